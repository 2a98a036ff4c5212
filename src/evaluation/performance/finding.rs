//! The figures of one finding.

use super::{plain, share};
use crate::domain::performance::{Estimate, FindingFigure};
use crate::evaluation::binary::probability::{Calibrator, brier, calibration_error, log_loss};
use crate::evaluation::binary::{Ranked, Table};
use crate::evaluation::bootstrap::{Groups, Resampled};
use crate::evaluation::calibration::CALIBRATION_BINS;

/// A finding on the images that are judged, made ready for many resamples.
pub(super) struct Finding {
    pub ranked: Ranked,
    /// Whether each image was called positive.
    called: Vec<bool>,
    calibrator: Calibrator,
    /// From which probability it is called; `None` where the most probable class is.
    pub threshold: Option<f64>,
}

impl Finding {
    /// A class against all others. `None` where scores cannot be ranked.
    pub fn of_class(
        class: usize,
        truth: &[usize],
        rows: &[&[f32]],
        predicted: &[usize],
        threshold: Option<f64>,
    ) -> Option<Self> {
        let positive: Vec<bool> = truth.iter().map(|truth| *truth == class).collect();
        let scores: Vec<f64> = rows.iter().map(|row| row.get(class).map_or(f64::NAN, |p| f64::from(*p))).collect();
        let ranked = Ranked::new(&positive, &scores)?;
        let called = predicted.iter().map(|predicted| *predicted == class).collect();
        let calibrator = Calibrator::new(&ranked);
        Some(Self { ranked, called, calibrator, threshold })
    }

    pub fn positives(&self) -> usize {
        self.ranked.positive().iter().filter(|positive| **positive).count()
    }

    pub fn negatives(&self) -> usize {
        self.ranked.positive().len() - self.positives()
    }

    /// Its figures for a weight an image, in the order of [`FindingFigure::ALL`].
    pub fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let table = Table::of(self.ranked.positive(), self.called.iter().copied(), weights);
        let calibration = self.calibrator.fit(self.ranked.positive(), weights);
        let value = |figure: FindingFigure| match figure {
            FindingFigure::Auroc => self.ranked.auroc(weights),
            FindingFigure::CalibrationSlope => calibration.map(|fit| fit.slope),
            FindingFigure::CalibrationIntercept => calibration.map(|fit| fit.intercept),
            FindingFigure::NetBenefit => table.net_benefit(self.threshold.unwrap_or(0.5)),
            FindingFigure::Sensitivity => table.sensitivity(),
            FindingFigure::Specificity => table.specificity(),
            FindingFigure::PositivePredictiveValue => table.positive_predictive_value(),
            FindingFigure::NegativePredictiveValue => table.negative_predictive_value(),
            FindingFigure::BalancedAccuracy => table.balanced_accuracy(),
            FindingFigure::F1 => table.f1(),
            FindingFigure::AveragePrecision => self.ranked.average_precision(weights),
            FindingFigure::Matthews => table.matthews(),
            FindingFigure::Brier => brier(&self.ranked, weights),
            FindingFigure::LogLoss => log_loss(&self.ranked, weights),
            FindingFigure::CalibrationError => calibration_error(&self.ranked, weights, CALIBRATION_BINS),
        };
        FindingFigure::ALL.map(value).to_vec()
    }

    /// The figures as they are shown; takes as many of `resampled` as [`Self::values`] gives.
    pub fn estimates(
        &self,
        resampled: &mut impl Iterator<Item = Resampled>,
        groups: &Groups,
    ) -> Vec<(FindingFigure, Estimate)> {
        FindingFigure::ALL
            .into_iter()
            .zip(resampled)
            .map(|(figure, resampled)| (figure, self.estimate(figure, resampled, groups)))
            .collect()
    }

    fn estimate(&self, figure: FindingFigure, resampled: Resampled, groups: &Groups) -> Estimate {
        let positive = |at: usize| self.ranked.positive().get(at).copied().unwrap_or_default();
        let called = |at: usize| self.called.get(at).copied().unwrap_or_default();
        let (none_with, none_without) = ("there is no image with the finding", "there is no image without the finding");
        let one_kind = if self.positives() == 0 { none_with } else { none_without };
        match figure {
            FindingFigure::Sensitivity => share(resampled, groups, positive, none_with),
            FindingFigure::Specificity => share(resampled, groups, |at| !positive(at), none_without),
            FindingFigure::PositivePredictiveValue => share(resampled, groups, called, "no image is called positive"),
            FindingFigure::NegativePredictiveValue => {
                share(resampled, groups, |at| !called(at), "every image is called positive")
            }
            FindingFigure::Auroc | FindingFigure::BalancedAccuracy => plain(resampled, groups, one_kind),
            FindingFigure::AveragePrecision => plain(resampled, groups, none_with),
            FindingFigure::CalibrationSlope | FindingFigure::CalibrationIntercept => {
                let both = self.positives() > 0 && self.negatives() > 0;
                let apart = "the probabilities are all equal, or tell all images apart: no line fits best";
                plain(resampled, groups, if both { apart } else { one_kind })
            }
            FindingFigure::F1 => plain(resampled, groups, "no image has the finding and none is called positive"),
            FindingFigure::Matthews => plain(resampled, groups, "all images are of one kind or are called one way"),
            FindingFigure::NetBenefit
            | FindingFigure::Brier
            | FindingFigure::LogLoss
            | FindingFigure::CalibrationError => plain(resampled, groups, "there are no images"),
        }
    }
}
