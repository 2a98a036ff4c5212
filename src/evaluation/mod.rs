//! Figures of merit: pure functions of arrays, no files and no tensors.
//!
//! Classes are indices into a class list; probabilities are one row an image, one column a class. Every figure equals
//! scikit-learn's of the same name (`tests/reference/metrics.py` makes the values the tests compare with); figures of
//! boxes equal pycocotools' ([`boxes`]).

pub mod active;
mod agreement;
pub mod binary;
pub mod bootstrap;
pub mod box_agreement;
pub mod box_influence;
pub mod box_recalibration;
pub mod boxes;
pub mod calibrated;
mod calibration;
pub mod conformal;
mod confusion;
pub mod findings;
pub mod holm;
pub mod influence;
pub mod interval;
pub mod learning_curve;
pub mod logistic;
mod matching;
pub mod mcnemar;
pub mod part_order;
pub mod performance;
pub mod planted;
mod ranking;
pub mod raters;
pub mod readers;
pub mod repeats;
mod report;
pub mod retest;
mod shares;
pub mod shortcut;
pub mod similar;
pub mod staple;
pub mod temperature;
mod validation;

pub use agreement::{KappaWeights, cohen_kappa, mean_absolute_error};
pub use calibration::{CALIBRATION_BINS, expected_calibration_error};
pub use confusion::{accuracy, balanced_accuracy, class_metrics, confusion_matrix, macro_f1};
pub use interval::wilson_interval;
pub use matching::{BoxMatches, FOUND_IOU, SHIFTED_IOU, match_boxes, misplaced, on_truth};
pub use ranking::{mean_one_vs_rest_auc, roc_auc};
pub use report::{classification, classification_at};
pub use validation::{measured_boxes, measured_classes, measured_findings};
