//! The figures of one finding.

use super::{plain, share};
use crate::domain::performance::{Estimate, FindingFigure};
use crate::evaluation::binary::probability::{Calibrator, brier, calibration_error, log_loss};
use crate::evaluation::binary::{Ranked, Table};
use crate::evaluation::bootstrap::{Groups, Resampled};
use crate::evaluation::calibration::CALIBRATION_BINS;
use std::borrow::Cow;

/// A finding on the images that are judged, made ready for many resamples.
pub(super) struct Finding {
    pub ranked: Ranked,
    /// Whether each image was called positive.
    called: Vec<bool>,
    /// Where it was not looked at on every image: of which image each of these is.
    places: Option<Vec<usize>>,
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
        Some(Self { ranked, called, places: None, calibrator, threshold })
    }

    /// A finding on the images on which it was looked at; the statements are one an image, `None` where it was not.
    pub fn of_statements(
        statements: impl Iterator<Item = Option<bool>>,
        scores: impl Iterator<Item = f64>,
        threshold: f64,
    ) -> Option<Self> {
        let (mut places, mut positive, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (statement, score)) in statements.zip(scores).enumerate() {
            if let Some(is) = statement {
                places.push(place);
                positive.push(is);
                known.push(score);
            }
        }
        let ranked = Ranked::new(&positive, &known)?;
        let called = known.iter().map(|score| *score >= threshold).collect();
        let calibrator = Calibrator::new(&ranked);
        Some(Self { ranked, called, places: Some(places), calibrator, threshold: Some(threshold) })
    }

    /// The place of an image among those on which it was looked at.
    fn seen(&self, image: usize) -> Option<usize> {
        match &self.places {
            None => Some(image),
            Some(places) => places.binary_search(&image).ok(),
        }
    }

    pub fn positives(&self) -> usize {
        self.ranked.positive().iter().filter(|positive| **positive).count()
    }

    pub fn negatives(&self) -> usize {
        self.ranked.positive().len() - self.positives()
    }

    /// Its AUROC for a weight an image.
    pub fn auroc(&self, weights: &[f64]) -> Option<f64> {
        self.ranked.auroc(&self.own(weights))
    }

    /// Of the weights of all images those of the images on which it was looked at.
    fn own<'a>(&self, weights: &'a [f64]) -> Cow<'a, [f64]> {
        match &self.places {
            None => Cow::Borrowed(weights),
            Some(places) => places.iter().map(|place| weights.get(*place).copied().unwrap_or_default()).collect(),
        }
    }

    /// Its figures for a weight an image, in the order of [`FindingFigure::ALL`].
    pub fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let weights = &*self.own(weights);
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
        let positive = |image: usize| self.seen(image).and_then(|at| self.ranked.positive().get(at).copied());
        let called = |image: usize| self.seen(image).and_then(|at| self.called.get(at).copied());
        let looked_at = !self.called.is_empty() || self.places.is_none();
        let or = |why| if looked_at { why } else { "there is no image on which it was looked at" };
        let (none_with, none_without) =
            (or("there is no image with the finding"), or("there is no image without the finding"));
        let one_kind = if self.positives() == 0 { none_with } else { none_without };
        match figure {
            FindingFigure::Sensitivity => share(resampled, groups, |at| positive(at) == Some(true), none_with),
            FindingFigure::Specificity => share(resampled, groups, |at| positive(at) == Some(false), none_without),
            FindingFigure::PositivePredictiveValue => {
                share(resampled, groups, |at| called(at) == Some(true), or("no image is called positive"))
            }
            FindingFigure::NegativePredictiveValue => {
                share(resampled, groups, |at| called(at) == Some(false), or("every image is called positive"))
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
