//! The figures of an evaluation, in the form they are shown and printed.

use super::geometry::Rect;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Precision, recall, F1 and support of one class. A ratio without a denominator is 0, as scikit-learn's
/// `zero_division=0`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Positive predictive value.
    pub precision: f64,
    /// Sensitivity.
    pub recall: f64,
    pub f1: f64,
    /// Images whose truth is this class.
    pub support: usize,
}

/// Classification figures on one set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassificationReport {
    /// Number of images.
    pub images: usize,
    pub accuracy: f64,
    /// Mean recall over the classes that occur.
    pub balanced_accuracy: f64,
    pub per_class: BTreeMap<String, ClassMetrics>,
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
    pub per_class: BTreeMap<String, BoxMetrics>,
    /// From the strictest threshold to the loosest.
    pub froc: Vec<FrocPoint>,
    /// Boxes by score, in equal bins from 0 to 1.
    #[serde(default)]
    pub scores: Vec<ScoreBin>,
    #[serde(default)]
    pub boxes_per_image: BoxesPerImage,
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
