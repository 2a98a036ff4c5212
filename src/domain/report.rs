//! The figures of an evaluation, and what they are called where they are shown and printed.
//!
//! A new figure is a field of its report and a line of that report's `FIGURES`; `evaluation` computes it. The Evaluate
//! screen, the model's card and the command line show it then.

use super::findings_report::FindingsReport;
use super::geometry::Rect;
use super::in_order;
use super::performance::{BoxFigure, OverallFigure};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Precision, recall, F1 and support of one class. A ratio without a denominator is absent: scikit-learn gives 0 with a
/// warning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Positive predictive value; absent where nothing is called so.
    pub precision: Option<f64>,
    /// Sensitivity; absent where nothing is so.
    pub recall: Option<f64>,
    /// Absent where nothing is so and nothing is called so.
    pub f1: Option<f64>,
    /// Images whose truth is this class.
    pub support: usize,
}

/// A figure of a report `R`.
#[derive(Clone, Copy, Debug)]
pub struct Figure<R> {
    /// Stands before it in a model's card.
    pub title: &'static str,
    /// Stands above it on the Evaluate screen; `None` where that has no place for it.
    pub tile: Option<&'static str>,
    /// Begins its line in the terminal; `None` where a sentence of the report there says it.
    pub line: Option<&'static str>,
    pub lower_is_better: bool,
    /// What it says, for who does not know it.
    pub sentence: &'static str,
    /// For a share of the images: how many they are, and of how many.
    pub share: Option<Share<R>>,
    /// The figure with an interval that it is, where there is one: from it comes whether two models differ.
    pub measured: Option<WithInterval>,
    /// The value; absent where it is not defined.
    pub of: fn(&R) -> Option<f64>,
}

/// Which of the figures that are worked out with intervals a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithInterval {
    Overall(OverallFigure),
    /// The AUROC of the second of two classes, of more their mean.
    Auroc,
    Boxes(BoxFigure),
}

/// See [`Figure::share`].
pub type Share<R> = fn(&R) -> (usize, usize);

impl<R> Figure<R> {
    pub(super) const fn new(title: &'static str, sentence: &'static str, of: fn(&R) -> Option<f64>) -> Self {
        Self { title, tile: Some(title), line: None, lower_is_better: false, sentence, share: None, measured: None, of }
    }
}

/// Classification figures on one set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// Number of images.
    pub images: usize,
    pub accuracy: f64,
    /// Mean recall over the classes that occur.
    pub balanced_accuracy: f64,
    /// In the order of the class list.
    #[serde(with = "in_order")]
    pub per_class: IndexMap<String, ClassMetrics>,
    /// `[truth][predicted]`, in the order of the class list.
    pub confusion_matrix: Vec<Vec<usize>>,
    /// Area under the ROC curve: of the second class for two classes, mean one-vs-rest for more; absent where a class
    /// has no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
    /// Cohen's kappa with quadratic weights, for ordinal classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quadratic_kappa: Option<f64>,
    /// Mean distance in grades, for ordinal classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_absolute_error: Option<f64>,
    /// Expected calibration error over 10 equal bins of confidence (Guo et al. 2017).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<f64>,
    /// For models that draw boxes. The figures above are then of whole images, called positive where a box above the
    /// threshold is: the classes of the confusion matrix are "negative" and "positive".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<DetectionReport>,
    /// For models that answer with findings. The figures above are then of whether a whole image has any, where that is known:
    /// the classes of the confusion matrix are "no finding" and "a finding".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<FindingsReport>,
}

impl ClassificationReport {
    /// Its figures of all classes, in the order they are shown.
    pub const FIGURES: &'static [Figure<Self>] = &[
        Figure {
            share: Some(|r| (r.right(), r.images)),
            measured: Some(WithInterval::Overall(OverallFigure::Accuracy)),
            ..Figure::new("Accuracy", "The share of images that is called what it is.", |r| Some(r.accuracy))
        },
        Figure {
            measured: Some(WithInterval::Overall(OverallFigure::BalancedAccuracy)),
            ..Figure::new("Balanced accuracy", "The mean over the classes of the share called rightly.", |r| {
                Some(r.balanced_accuracy)
            })
        },
        Figure {
            line: Some("AUROC"),
            measured: Some(WithInterval::Auroc),
            ..Figure::new(
                "AUROC",
                "How often an image of the class gets a higher score than another: 0.5 is chance. Of more than two classes the mean.",
                |r| r.auc,
            )
        },
        Figure {
            line: Some("weighted kappa"),
            measured: Some(WithInterval::Overall(OverallFigure::QuadraticKappa)),
            ..Figure::new(
                "Weighted kappa",
                "Agreement beyond chance, where far grades count more, by their square: 0 is chance, 1 is full agreement.",
                |r| r.quadratic_kappa,
            )
        },
        Figure {
            line: Some("mean grade error"),
            lower_is_better: true,
            measured: Some(WithInterval::Overall(OverallFigure::MeanGradeError)),
            ..Figure::new("Mean grade error", "How many grades the answer is off on average.", |r| {
                r.mean_absolute_error
            })
        },
        Figure {
            line: Some("confidence error"),
            lower_is_better: true,
            measured: Some(WithInterval::Overall(OverallFigure::ConfidenceError)),
            ..Figure::new(
                "Confidence error",
                "How far the confidence in the called class is from how often the call is right, over ten ranges.",
                |r| r.calibration_error,
            )
        },
    ];

    /// Images that were called what they are.
    fn right(&self) -> usize {
        self.confusion_matrix.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum()
    }
}

/// A box that is there, as boxes of a model are judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueBox {
    pub class: usize,
    pub rect: Rect,
    /// Frames many things at once (COCO's `iscrowd`): boxes on it count neither as right nor as wrong.
    pub crowd: bool,
}

/// Figures of one class of boxes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxMetrics {
    /// Average precision at an intersection over union of 0.5; absent where no box of the class is there.
    pub ap50: Option<f64>,
    /// Averaged over intersections over union of 0.5, 0.55, ... 0.95.
    pub ap: Option<f64>,
    /// At the threshold of the report and an intersection over union of 0.5.
    pub precision: f64,
    /// Sensitivity, at the same.
    pub recall: f64,
    pub f1: f64,
    /// Boxes that are there.
    pub support: usize,
    /// From which score its boxes count, where the class has a threshold of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// Precision at an intersection over union of 0.5 for recalls of 0, 0.01, ... 1, as COCO interpolates it.
    pub precision_by_recall: Vec<f64>,
}

/// A point of the free-response operating characteristic (Bunch et al. 1977): what share of the boxes that are there is
/// found when so many wrong ones an image are put up with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrocPoint {
    pub threshold: f64,
    pub false_positives_per_image: f64,
    pub sensitivity: f64,
}

/// Figures of boxes on one set of images, as COCO defines them (pycocotools' COCOeval, boxes of all sizes).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectionReport {
    pub images: usize,
    /// Boxes that are there.
    pub boxes: usize,
    /// Mean over the classes that occur; absent where no box is there.
    pub map50: Option<f64>,
    pub map75: Option<f64>,
    /// Mean over intersections over union of 0.5, 0.55, ... 0.95.
    pub map: Option<f64>,
    /// Average recall with at most 1, 10 and 100 boxes an image.
    pub average_recall: [Option<f64>; 3],
    /// The score from which a box counts in `precision`, `recall` and `f1` and in the images called positive.
    pub threshold: f64,
    /// At the threshold and an intersection over union of 0.5, over all classes.
    pub precision: f64,
    /// Sensitivity, at the same.
    pub recall: f64,
    pub f1: f64,
    /// In the order of the class list.
    #[serde(with = "in_order")]
    pub per_class: IndexMap<String, BoxMetrics>,
    /// From the strictest threshold to the loosest.
    pub froc: Vec<FrocPoint>,
    /// Boxes by score, in equal bins from 0 to 1.
    #[serde(default)]
    pub scores: Vec<ScoreBin>,
    #[serde(default)]
    pub boxes_per_image: BoxesPerImage,
}

impl DetectionReport {
    /// Its figures of all classes, and the threshold that the last are of, in the order they are shown.
    pub const FIGURES: &'static [Figure<Self>] = &[
        Figure {
            measured: Some(WithInterval::Boxes(BoxFigure::Map50)),
            ..Figure::new(
                "mAP@0.5",
                "Precision averaged over sensitivities and classes (COCO); a box is right that overlaps a true one by half.",
                |r| r.map50,
            )
        },
        Figure {
            measured: Some(WithInterval::Boxes(BoxFigure::Map75)),
            ..Figure::new("mAP@0.75", "The same where a box has to overlap by three quarters of the union.", |r| {
                r.map75
            })
        },
        Figure {
            measured: Some(WithInterval::Boxes(BoxFigure::Map)),
            ..Figure::new("mAP@[.5:.95]", "The mean of ten such averages, from half to nearly all of the union.", |r| {
                r.map
            })
        },
        Figure {
            tile: None,
            ..Figure::new(
                "Average recall, 1 box an image",
                "The share found, over ten overlaps, by one box an image.",
                |r| r.average_recall[0],
            )
        },
        Figure {
            tile: Some("AR, 10 boxes"),
            measured: Some(WithInterval::Boxes(BoxFigure::AverageRecall10)),
            ..Figure::new(
                "Average recall, 10 boxes",
                "The share found, over ten overlaps, by the ten surest boxes of each image.",
                |r| r.average_recall[1],
            )
        },
        Figure {
            tile: Some("AR, 100 boxes"),
            measured: Some(WithInterval::Boxes(BoxFigure::AverageRecall100)),
            ..Figure::new(
                "Average recall, 100 boxes",
                "The share found, over ten overlaps, by the hundred surest boxes of each image.",
                |r| r.average_recall[2],
            )
        },
        Figure {
            tile: None,
            ..Figure::new(
                "Score from which a box counts",
                "Boxes with a lower score are left out of the figures that follow.",
                |r| Some(r.threshold),
            )
        },
        Figure {
            tile: Some("Precision"),
            measured: Some(WithInterval::Boxes(BoxFigure::Precision)),
            ..Figure::new(
                "Precision from there on",
                "Of the boxes that count, the share that is right (overlap of a half).",
                |r| Some(r.precision),
            )
        },
        Figure {
            tile: Some("Sensitivity"),
            measured: Some(WithInterval::Boxes(BoxFigure::Recall)),
            ..Figure::new(
                "Sensitivity from there on",
                "Of the boxes that are there, the share that is found by one that counts.",
                |r| Some(r.recall),
            )
        },
        Figure {
            tile: Some("F1"),
            measured: Some(WithInterval::Boxes(BoxFigure::F1)),
            ..Figure::new(
                "F1 from there on",
                "The harmonic mean of precision and sensitivity, where boxes count.",
                |r| Some(r.f1),
            )
        },
    ];
}

/// How many boxes whose score lies in a bin are right at an intersection over union of 0.5, and how many are wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreBin {
    pub right: usize,
    pub wrong: usize,
}

/// How many images have 0, 1, 2, ... boxes; the last entry counts those with as many or more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxesPerImage {
    pub truth: Vec<usize>,
    /// At the threshold of the report.
    pub found: Vec<usize>,
}

/// What a threshold of scores is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ThresholdGoal {
    /// The best F1 of boxes over all classes.
    F1,
    /// As many boxes left out as mean average precision at an intersection over union of 0.5 can bear.
    Map50,
    /// At least this share of the boxes found, with as few wrong ones as that allows.
    Sensitivity(f64),
}

/// As `overread evaluate --choose` takes it.
impl std::fmt::Display for ThresholdGoal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::F1 => f.write_str("f1"),
            Self::Map50 => f.write_str("map"),
            Self::Sensitivity(share) => write!(f, "sensitivity={share}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names<R>(figures: &[Figure<R>]) {
        let titles: BTreeSet<&str> = figures.iter().map(|figure| figure.title).collect();
        assert_eq!(titles.len(), figures.len(), "{titles:?}");
        let sentences: BTreeSet<&str> = figures.iter().map(|figure| figure.sentence).collect();
        assert!(sentences.len() == figures.len() && sentences.iter().all(|one| one.ends_with('.')), "{sentences:?}");
        for of in [|figure: &Figure<R>| figure.tile, |figure: &Figure<R>| figure.line] {
            let said: Vec<&str> = figures.iter().filter_map(of).collect();
            assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{said:?}");
            assert!(!said.contains(&""));
        }
    }

    #[test]
    fn every_figure_has_names_of_its_own() {
        names(ClassificationReport::FIGURES);
        names(DetectionReport::FIGURES);
        names(FindingsReport::FIGURES);
    }

    /// Reports hold their figures by name; each number of a report is in its list.
    #[test]
    fn the_list_has_every_number_of_the_report() {
        let classes = ClassificationReport {
            accuracy: 0.1,
            balanced_accuracy: 0.2,
            auc: Some(0.3),
            quadratic_kappa: Some(0.4),
            mean_absolute_error: Some(0.5),
            calibration_error: Some(0.6),
            ..Default::default()
        };
        let boxes = DetectionReport {
            map50: Some(0.1),
            map75: Some(0.2),
            map: Some(0.3),
            average_recall: [0.4, 0.5, 0.6].map(Some),
            threshold: 0.7,
            precision: 0.8,
            recall: 0.9,
            f1: 0.95,
            ..Default::default()
        };
        fn listed<R>(figures: &[Figure<R>], report: &R) -> Vec<f64> {
            figures.iter().filter_map(|figure| (figure.of)(report)).collect()
        }
        assert_eq!(listed(ClassificationReport::FIGURES, &classes), numbers(&classes));
        assert_eq!(listed(DetectionReport::FIGURES, &boxes), numbers(&boxes));
    }

    /// The numbers of a report as it is written that are no counts, in their order; those of its lists of three, too.
    fn numbers(report: &impl Serialize) -> Vec<f64> {
        let serde_json::Value::Object(fields) = serde_json::to_value(report).unwrap() else { panic!("no object") };
        let mut numbers: Vec<f64> = fields
            .values()
            .flat_map(|value| value.as_array().filter(|list| list.len() == 3).cloned().unwrap_or(vec![value.clone()]))
            .filter(serde_json::Value::is_f64)
            .filter_map(|value| value.as_f64())
            .collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    }
}
