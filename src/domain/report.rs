//! The figures of an evaluation, in the form they are shown and printed.

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
}
