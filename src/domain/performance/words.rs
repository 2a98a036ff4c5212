//! What figures are called and what they say, for a person who does not know them.

use super::{FindingFigure, OverallFigure};

/// What a figure is called and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub title: &'static str,
    /// A sentence for a person who does not know it.
    pub sentence: &'static str,
}

impl FindingFigure {
    pub const ALL: [Self; 15] = [
        Self::Auroc,
        Self::CalibrationSlope,
        Self::CalibrationIntercept,
        Self::NetBenefit,
        Self::Sensitivity,
        Self::Specificity,
        Self::PositivePredictiveValue,
        Self::NegativePredictiveValue,
        Self::BalancedAccuracy,
        Self::F1,
        Self::AveragePrecision,
        Self::Matthews,
        Self::Brier,
        Self::LogLoss,
        Self::CalibrationError,
    ];

    /// What it is called and what it says.
    pub fn words(self) -> Words {
        let (title, sentence) = match self {
            Self::Auroc => (
                "AUROC",
                "How often an image with the finding gets a higher score than one without: 0.5 is chance, 1 is always.",
            ),
            Self::CalibrationSlope => (
                "Calibration slope",
                "1 where probabilities are as extreme as they should be; below 1 they are too sure of themselves.",
            ),
            Self::CalibrationIntercept => (
                "Calibration in the large",
                "0 where the probabilities are right on average; above 0 they are too low, below 0 too high (log odds).",
            ),
            Self::NetBenefit => (
                "Net benefit",
                "Findings called rightly an image, less the false alarms at the odds that the threshold stands for.",
            ),
            Self::Sensitivity => ("Sensitivity", "Of the images with the finding, the share that is called positive."),
            Self::Specificity => ("Specificity", "Of the images without the finding, the share that is not called."),
            Self::PositivePredictiveValue => (
                "PPV",
                "Of the images called positive, the share that has the finding; it falls where the finding is rarer.",
            ),
            Self::NegativePredictiveValue => (
                "NPV",
                "Of the images not called, the share that does not have the finding; it rises where the finding is rarer.",
            ),
            Self::BalancedAccuracy => ("Balanced accuracy", "The mean of sensitivity and specificity."),
            Self::F1 => (
                "F1",
                "The harmonic mean of PPV and sensitivity. It leaves true negatives out and changes with how common the \
                 finding is: not a figure to decide by.",
            ),
            Self::AveragePrecision => (
                "Average precision",
                "The area under precision against sensitivity; chance is the share of images with the finding.",
            ),
            Self::Matthews => ("Matthews correlation", "Of calls and truth: 0 is chance, 1 is without a mistake."),
            Self::Brier => {
                ("Brier score", "The mean squared distance of the probability from what is; lower is better.")
            }
            Self::LogLoss => ("Log loss", "Punishes sure mistakes most; lower is better, 0.693 is a coin's."),
            Self::CalibrationError => (
                "Calibration error",
                "The mean distance of the finding's probability from how often it is there, over ten ranges.",
            ),
        };
        Words { title, sentence }
    }

    /// Whether it hangs on the threshold.
    pub fn is_at_threshold(self) -> bool {
        match self {
            Self::NetBenefit
            | Self::Sensitivity
            | Self::Specificity
            | Self::PositivePredictiveValue
            | Self::NegativePredictiveValue
            | Self::BalancedAccuracy
            | Self::F1
            | Self::Matthews => true,
            Self::Auroc
            | Self::CalibrationSlope
            | Self::CalibrationIntercept
            | Self::AveragePrecision
            | Self::Brier
            | Self::LogLoss
            | Self::CalibrationError => false,
        }
    }
}

impl OverallFigure {
    pub const ALL: [Self; 22] = [
        Self::MacroAuroc,
        Self::MicroAuroc,
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::MacroF1,
        Self::MacroAveragePrecision,
        Self::MicroAveragePrecision,
        Self::MacroSensitivity,
        Self::MacroSpecificity,
        Self::MicroF1,
        Self::ExactMatch,
        Self::HammingLoss,
        Self::CoverageError,
        Self::RankingLoss,
        Self::RankingAveragePrecision,
        Self::Matthews,
        Self::Kappa,
        Self::QuadraticKappa,
        Self::MeanGradeError,
        Self::Brier,
        Self::LogLoss,
        Self::ConfidenceError,
    ];

    /// What it is called and what it says.
    pub fn words(self) -> Words {
        let (title, sentence) = match self {
            Self::MacroAuroc => {
                ("AUROC, mean", "The mean of the AUROCs of all classes, each against the others, or of all findings.")
            }
            Self::MicroAuroc => ("AUROC, all pooled", "One curve over the scores of all classes or findings together."),
            Self::Accuracy => ("Accuracy", "The share of images that is called what it is."),
            Self::BalancedAccuracy => ("Balanced accuracy", "The mean over the classes of the share called rightly."),
            Self::MacroF1 => ("F1, mean", "Over all classes or findings. Not a figure to decide by: see F1."),
            Self::MacroAveragePrecision => (
                "Average precision, mean",
                "The mean of each finding's average precision; chance is the share of images that have it.",
            ),
            Self::MicroAveragePrecision => {
                ("Average precision, all pooled", "Of all pairs of an image and a finding in one list.")
            }
            Self::MacroSensitivity => ("Sensitivity, mean", "The mean over the findings, each at its own threshold."),
            Self::MacroSpecificity => {
                ("Specificity, mean", "The mean of each finding's specificity, each at its own threshold.")
            }
            Self::MicroF1 => ("F1, all pooled", "Of all pairs of an image and a finding; not a figure to decide by."),
            Self::ExactMatch => (
                "Exact match",
                "The share of images of which every finding is told right; of those alone in which all were looked at.",
            ),
            Self::HammingLoss => ("Hamming loss", "The share of findings that is told wrong; lower is better."),
            Self::CoverageError => (
                "Coverage error",
                "How far down the list of findings, the surest first, one goes to have met all that are there; lower is better.",
            ),
            Self::RankingLoss => (
                "Label ranking loss",
                "Of the pairs of a finding that is there and one that is not, the share in the wrong order; lower is better.",
            ),
            Self::RankingAveragePrecision => (
                "Label ranking average precision",
                "Of the findings as sure as one that is there or surer, the share that is there; images without any count as 1.",
            ),
            Self::Matthews => ("Matthews correlation", "Of calls and truth: 0 is chance, 1 is without a mistake."),
            Self::Kappa => ("Kappa", "Agreement beyond chance (Cohen): 0 is chance, 1 is full agreement."),
            Self::QuadraticKappa => ("Weighted kappa", "The same, where far grades count more, by their square."),
            Self::MeanGradeError => ("Mean grade error", "How many grades the answer is off on average."),
            Self::Brier => ("Brier score", "Over all classes: the summed squared distance, 0 to 2; lower is better."),
            Self::LogLoss => ("Log loss", "Of the probability given to what is; lower is better."),
            Self::ConfidenceError => (
                "Confidence error",
                "The mean distance of the called class's probability from how often the call is right, over ten ranges.",
            ),
        };
        Words { title, sentence }
    }

    /// Whether it is of grades, not of classes without an order.
    pub fn is_of_grades(self) -> bool {
        matches!(self, Self::QuadraticKappa | Self::MeanGradeError)
    }
}
