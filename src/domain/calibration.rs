//! How far a classifier's probabilities can be believed, as they are and calibrated, and how answers of several classes did.

use super::decision::{AnswerRule, BetaMap, Share};
use serde::{Deserialize, Serialize};

/// Figures of probabilities on images of which the truth is known; absent where not defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationFigures {
    /// Of the finding: 1 where probabilities are as extreme as they should be.
    pub slope: Option<f64>,
    /// Of the finding: 0 where they are right on average (log odds).
    pub intercept: Option<f64>,
    /// Of the finding: the mean distance from how often it is there, over ten ranges.
    pub calibration_error: Option<f64>,
    pub brier: Option<f64>,
    /// Of the finding.
    pub log_loss: Option<f64>,
    /// Of the most probable class: the mean distance of its probability from how often it is right.
    pub confidence_error: Option<f64>,
    /// Of all classes; absent for two, of which the finding's says it all.
    pub log_loss_of_all: Option<f64>,
}

impl CalibrationFigures {
    /// Each with its name and what is best, in the order to read them.
    pub fn rows(&self) -> Vec<(&'static str, Option<f64>, &'static str)> {
        let mut rows = vec![
            ("Calibration slope", self.slope, "1 is best"),
            ("Calibration in the large", self.intercept, "0 is best"),
            ("Calibration error", self.calibration_error, "lower is better"),
            ("Brier score", self.brier, "lower is better"),
            ("Log loss", self.log_loss, "lower is better"),
            ("Confidence error of the most probable class", self.confidence_error, "lower is better"),
        ];
        if self.log_loss_of_all.is_some() {
            rows.push(("Log loss, all classes", self.log_loss_of_all, "lower is better"));
        }
        rows
    }
}

/// How answers that may name several classes did on images that their rule was not chosen on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswersSeen {
    pub rule: AnswerRule,
    pub images: usize,
    /// Answers that hold the truth.
    pub covered: usize,
    /// Their share.
    pub coverage: Share,
    /// Answers of one class, of several, and of none.
    pub single: usize,
    pub several: usize,
    pub empty: usize,
    /// Classes an answer names on average.
    pub mean_size: f64,
}

impl AnswersSeen {
    /// What it comes to: "Answers that should miss at most 10 % of the truths hold 46 of 48 (95.8 %, 86.0 to 98.8) ...".
    pub fn sentence(&self) -> String {
        let Self { rule, images, covered, coverage, single, several, empty, mean_size } = self;
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let none = match empty {
            0 => String::new(),
            empty => format!(", none on {empty}"),
        };
        format!(
            "Answers that should miss at most {} % of the truths hold the truth of {covered} of {images} ({} %, {} to {}); they \
             name one class on {single}, several on {several}{none}, {mean_size:.2} on average.",
            percent(rule.miss),
            percent(coverage.value),
            percent(coverage.low),
            percent(coverage.high),
        )
    }
}

/// A model's probabilities on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub images: usize,
    /// The finding that the first figures are of.
    pub finding: String,
    /// By what logits are divided; absent where the model's own probabilities are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Of the model's own probabilities.
    pub own: CalibrationFigures,
    /// Of those at the temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<CalibrationFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswersSeen>,
}

/// Figures of scores as the probability that a box is right (overlap of a half); absent where not defined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreFigures {
    /// The mean distance of the score from how often boxes of it are right, over ten ranges.
    pub calibration_error: Option<f64>,
    pub brier: Option<f64>,
    pub log_loss: Option<f64>,
}

impl ScoreFigures {
    /// Each with its name, in the order to read them; lower is better of all.
    pub fn rows(&self) -> [(&'static str, Option<f64>); 3] {
        [("Calibration error", self.calibration_error), ("Brier score", self.brier), ("Log loss", self.log_loss)]
    }
}

/// The scores of a model's boxes on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxCalibration {
    pub boxes: usize,
    /// Of these, right.
    pub right: usize,
    /// Absent where the model's own scores are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<BetaMap>,
    /// Of the model's own scores.
    pub own: ScoreFigures,
    /// Of the calibrated ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<ScoreFigures>,
}
