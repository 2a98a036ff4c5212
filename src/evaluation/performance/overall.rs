//! The figures of all classes together.

use super::{curves, plain, share};
use crate::domain::ClassList;
use crate::domain::performance::{CoveragePoint, Estimate, OverallFigure};
use crate::evaluation::binary::Ranked;
use crate::evaluation::bootstrap::{Groups, Resampled};
use crate::evaluation::calibration::CALIBRATION_BINS;
use crate::evaluation::shares;

/// All classes on the images that are judged, made ready for many resamples.
pub(super) struct Overall {
    figures: Vec<OverallFigure>,
    truth: Vec<usize>,
    predicted: Vec<usize>,
    classes: usize,
    /// What the classes stand for, where they are grades.
    pub grades: Vec<f64>,
    /// Each class against all others; empty for two classes, whose one finding says it.
    each: Vec<Ranked>,
    /// The scores of all classes in one list; an image stands in it once a class.
    pooled: Option<Ranked>,
    /// Of each image: summed squared distance, negative log-likelihood of the truth, and the confidence in the call.
    squared: Vec<f64>,
    losses: Vec<f64>,
    confidence: Vec<f64>,
    /// A class without an image.
    absent: Option<String>,
}

impl Overall {
    pub fn new(classes: &ClassList, truth: &[usize], rows: &[&[f32]], predicted: &[usize]) -> Self {
        let count = classes.len();
        let several = count > 2;
        let p = |row: &[f32], class: usize| row.get(class).map_or(0.0, |p| f64::from(*p));
        let of_class = |class: usize| {
            let positive: Vec<bool> = truth.iter().map(|truth| *truth == class).collect();
            let scores: Vec<f64> = rows.iter().map(|row| p(row, class)).collect();
            Ranked::new(&positive, &scores)
        };
        let pooled = || {
            let positive: Vec<bool> =
                (0..count).flat_map(|class| truth.iter().map(move |truth| *truth == class)).collect();
            let scores: Vec<f64> = (0..count).flat_map(|class| rows.iter().map(move |row| p(row, class))).collect();
            Ranked::new(&positive, &scores)
        };
        let squared = |(truth, row): (&usize, &&[f32])| -> f64 {
            (0..count).map(|class| (p(row, class) - f64::from(class == *truth)).powi(2)).sum()
        };
        let loss = |(truth, row): (&usize, &&[f32])| -p(row, *truth).max(f64::EPSILON).ln();
        let absent = (0..count).find(|class| !truth.contains(class));
        Self {
            figures: OverallFigure::ALL
                .into_iter()
                .filter(|figure| match figure {
                    OverallFigure::MacroAuroc
                    | OverallFigure::MicroAuroc
                    | OverallFigure::BalancedAccuracy
                    | OverallFigure::MacroF1
                    | OverallFigure::Matthews
                    | OverallFigure::Brier
                    | OverallFigure::LogLoss => several,
                    OverallFigure::QuadraticKappa | OverallFigure::MeanGradeError => classes.ordinal,
                    OverallFigure::Accuracy | OverallFigure::Kappa | OverallFigure::ConfidenceError => true,
                    OverallFigure::MacroAveragePrecision
                    | OverallFigure::MicroAveragePrecision
                    | OverallFigure::MacroSensitivity
                    | OverallFigure::MacroSpecificity
                    | OverallFigure::MicroF1
                    | OverallFigure::ExactMatch
                    | OverallFigure::HammingLoss
                    | OverallFigure::CoverageError
                    | OverallFigure::RankingLoss
                    | OverallFigure::RankingAveragePrecision => false,
                })
                .collect(),
            truth: truth.to_vec(),
            predicted: predicted.to_vec(),
            classes: count,
            grades: classes.grades(),
            each: if several { (0..count).filter_map(of_class).collect() } else { Vec::new() },
            pooled: if several { pooled() } else { None },
            squared: truth.iter().zip(rows).map(squared).collect(),
            losses: truth.iter().zip(rows).map(loss).collect(),
            confidence: predicted.iter().zip(rows).map(|(predicted, row)| p(row, *predicted)).collect(),
            absent: absent.map(|class| classes.name(class)),
        }
    }

    /// Which figures there are, in the order of the values.
    pub fn figures(&self) -> &[OverallFigure] {
        &self.figures
    }

    /// The figures for a weight an image.
    pub fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let matrix = shares::matrix(&self.truth, &self.predicted, weights, self.classes);
        let all: f64 = weights.iter().sum();
        let mean = |of: &[f64]| {
            let sum: f64 = of.iter().zip(weights).map(|(value, weight)| value * weight).sum();
            (all > 0.0).then(|| sum / all)
        };
        let value = |figure: &OverallFigure| match figure {
            OverallFigure::MacroAuroc => {
                let areas: Option<Vec<f64>> = self.each.iter().map(|ranked| ranked.auroc(weights)).collect();
                areas.filter(|areas| !areas.is_empty()).map(|areas| areas.iter().sum::<f64>() / areas.len() as f64)
            }
            OverallFigure::MicroAuroc => {
                self.pooled.as_ref().and_then(|pooled| pooled.auroc(&weights.repeat(self.classes)))
            }
            OverallFigure::Accuracy => shares::accuracy(&matrix),
            OverallFigure::BalancedAccuracy => shares::balanced_accuracy(&matrix),
            OverallFigure::MacroF1 => shares::macro_f1(&matrix),
            OverallFigure::Matthews => shares::matthews(&matrix),
            OverallFigure::Kappa => shares::kappa(&matrix, None),
            OverallFigure::QuadraticKappa => shares::kappa(&matrix, Some(&self.grades)),
            OverallFigure::MeanGradeError => shares::mean_grade_error(&matrix, &self.grades),
            OverallFigure::Brier => mean(&self.squared),
            OverallFigure::LogLoss => mean(&self.losses),
            OverallFigure::ConfidenceError => self.confidence_error(weights),
            // Of findings.
            OverallFigure::MacroAveragePrecision
            | OverallFigure::MicroAveragePrecision
            | OverallFigure::MacroSensitivity
            | OverallFigure::MacroSpecificity
            | OverallFigure::MicroF1
            | OverallFigure::ExactMatch
            | OverallFigure::HammingLoss
            | OverallFigure::CoverageError
            | OverallFigure::RankingLoss
            | OverallFigure::RankingAveragePrecision => None,
        };
        self.figures.iter().map(value).collect()
    }

    /// How many of the surest calls are wrong.
    pub fn coverage(&self) -> Vec<CoveragePoint> {
        let right: Vec<bool> = self.truth.iter().zip(&self.predicted).map(|(truth, called)| truth == called).collect();
        curves::coverage(&self.confidence, &right)
    }

    /// As [`crate::evaluation::expected_calibration_error`], of the class that was called.
    fn confidence_error(&self, weights: &[f64]) -> Option<f64> {
        let mut apart = [0.0; CALIBRATION_BINS];
        let mut all = 0.0;
        let calls = self.truth.iter().zip(&self.predicted).zip(&self.confidence).zip(weights);
        for (((truth, predicted), confidence), weight) in calls {
            let bin = ((confidence * CALIBRATION_BINS as f64).ceil() as usize).clamp(1, CALIBRATION_BINS) - 1;
            if let Some(apart) = apart.get_mut(bin) {
                *apart += weight * (confidence - f64::from(truth == predicted));
            }
            all += weight;
        }
        (all > 0.0).then(|| apart.iter().map(|apart| apart.abs()).sum::<f64>() / all)
    }

    /// The figures as they are shown; takes as many of `resampled` as [`Self::values`] gives.
    pub fn estimates(
        &self,
        resampled: &mut impl Iterator<Item = Resampled>,
        groups: &Groups,
    ) -> Vec<(OverallFigure, Estimate)> {
        self.figures
            .iter()
            .zip(resampled)
            .map(|(figure, resampled)| (*figure, self.estimate(*figure, resampled, groups)))
            .collect()
    }

    fn estimate(&self, figure: OverallFigure, resampled: Resampled, groups: &Groups) -> Estimate {
        let none = "there are no images";
        match figure {
            OverallFigure::Accuracy => share(resampled, groups, |_| true, none),
            OverallFigure::MacroAuroc => {
                let why = match &self.absent {
                    Some(name) => format!("no image is of the class {name}, so that its AUROC is not defined"),
                    None => "all images are of one class".to_owned(),
                };
                plain(resampled, groups, &why)
            }
            OverallFigure::Matthews | OverallFigure::Kappa | OverallFigure::QuadraticKappa => {
                plain(resampled, groups, "all images are of one class or are called one")
            }
            OverallFigure::MicroAuroc
            | OverallFigure::MacroAveragePrecision
            | OverallFigure::MicroAveragePrecision
            | OverallFigure::MacroSensitivity
            | OverallFigure::MacroSpecificity
            | OverallFigure::MicroF1
            | OverallFigure::ExactMatch
            | OverallFigure::HammingLoss
            | OverallFigure::CoverageError
            | OverallFigure::RankingLoss
            | OverallFigure::RankingAveragePrecision
            | OverallFigure::BalancedAccuracy
            | OverallFigure::MacroF1
            | OverallFigure::MeanGradeError
            | OverallFigure::Brier
            | OverallFigure::LogLoss
            | OverallFigure::ConfidenceError => plain(resampled, groups, none),
        }
    }
}
