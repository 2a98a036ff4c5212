//! The figures of several findings an image, as they are kept with a model, shown and printed.

use super::in_order;
use super::performance::OverallFigure;
use super::report::{Figure, WithInterval};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// One finding on the images on which it was looked at. A figure that is not defined is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingMetrics {
    /// Images that have it, and that do not.
    pub positives: usize,
    pub negatives: usize,
    /// Images on which it was not looked at, or is uncertain.
    pub not_known: usize,
    /// It is said to be present from this probability on.
    pub threshold: f64,
    pub auroc: Option<f64>,
    pub average_precision: Option<f64>,
    pub sensitivity: Option<f64>,
    pub specificity: Option<f64>,
    pub positive_predictive_value: Option<f64>,
    pub negative_predictive_value: Option<f64>,
    pub f1: Option<f64>,
}

/// Figures of findings on one set of images. Macro averages are plain means over the findings for which a figure is defined;
/// micro averages are of all pairs of an image and a finding in one list. Figures of whole images are of those alone on which
/// every finding was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingsReport {
    pub images: usize,
    /// Images on which every finding was looked at.
    pub complete: usize,
    /// Of these, images with none or all of the findings, where there is nothing to put in order.
    pub nothing_to_rank: usize,
    pub macro_auroc: Option<f64>,
    /// For how many findings that is defined.
    pub findings_with_auroc: usize,
    pub micro_auroc: Option<f64>,
    pub macro_average_precision: Option<f64>,
    pub micro_average_precision: Option<f64>,
    pub macro_sensitivity: Option<f64>,
    pub macro_specificity: Option<f64>,
    pub macro_f1: Option<f64>,
    pub micro_f1: Option<f64>,
    pub exact_match: Option<f64>,
    pub hamming_loss: Option<f64>,
    pub coverage_error: Option<f64>,
    pub ranking_loss: Option<f64>,
    pub ranking_average_precision: Option<f64>,
    /// In the order of the class list.
    #[serde(with = "in_order")]
    pub per_finding: IndexMap<String, FindingMetrics>,
}

/// A figure with the words that its like with an interval has.
const fn overall(
    title: &'static str,
    sentence: &'static str,
    figure: OverallFigure,
    of: fn(&FindingsReport) -> Option<f64>,
) -> Figure<FindingsReport> {
    let lower_is_better =
        matches!(figure, OverallFigure::HammingLoss | OverallFigure::CoverageError | OverallFigure::RankingLoss);
    let measured = Some(WithInterval::Overall(figure));
    Figure { measured, tile: None, line: Some(title), lower_is_better, ..Figure::new(title, sentence, of) }
}

/// One that stands large above the others.
const fn large(of: Figure<FindingsReport>) -> Figure<FindingsReport> {
    Figure { tile: Some(of.title), ..of }
}

impl FindingsReport {
    /// Its figures of all findings, in the order they are shown.
    pub const FIGURES: &'static [Figure<Self>] = &[
        large(overall(
            "AUROC, mean",
            "The mean over the findings of how often an image with it gets a higher score than one without: 0.5 is chance.",
            OverallFigure::MacroAuroc,
            |r| r.macro_auroc,
        )),
        overall(
            "AUROC, all pooled",
            "One curve over all pairs of an image and a finding.",
            OverallFigure::MicroAuroc,
            |r| r.micro_auroc,
        ),
        large(overall(
            "Average precision, mean",
            "The mean of each finding's average precision; chance is the share of images that have it.",
            OverallFigure::MacroAveragePrecision,
            |r| r.macro_average_precision,
        )),
        overall(
            "Average precision, all pooled",
            "Of all pairs of an image and a finding in one list.",
            OverallFigure::MicroAveragePrecision,
            |r| r.micro_average_precision,
        ),
        large(overall(
            "Sensitivity, mean",
            "The mean over the findings of the share that is found, each at its own threshold.",
            OverallFigure::MacroSensitivity,
            |r| r.macro_sensitivity,
        )),
        large(overall(
            "Specificity, mean",
            "The mean over the findings of the share that is rightly not called, each at its own threshold.",
            OverallFigure::MacroSpecificity,
            |r| r.macro_specificity,
        )),
        large(overall("F1, mean", "Over all findings. Not a figure to decide by.", OverallFigure::MacroF1, |r| {
            r.macro_f1
        })),
        overall(
            "F1, all pooled",
            "Of all pairs of an image and a finding. Not a figure to decide by.",
            OverallFigure::MicroF1,
            |r| r.micro_f1,
        ),
        large(overall(
            "Exact match",
            "The share of images of which every finding is told right; of those alone in which all were looked at.",
            OverallFigure::ExactMatch,
            |r| r.exact_match,
        )),
        overall(
            "Hamming loss",
            "The share of findings that is told wrong; lower is better.",
            OverallFigure::HammingLoss,
            |r| r.hamming_loss,
        ),
        overall(
            "Coverage error",
            "How far down the list of findings one goes to have met all that are there; lower is better.",
            OverallFigure::CoverageError,
            |r| r.coverage_error,
        ),
        overall(
            "Label ranking loss",
            "Of the pairs of a finding that is there and one that is not, the share in the wrong order; lower is better.",
            OverallFigure::RankingLoss,
            |r| r.ranking_loss,
        ),
        overall(
            "Label ranking average precision",
            "Of the findings as sure as one that is there or surer, the share that is there; images without any count as 1.",
            OverallFigure::RankingAveragePrecision,
            |r| r.ranking_average_precision,
        ),
    ];
}
