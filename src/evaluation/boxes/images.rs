//! Images called positive or negative by the boxes found in them.

use super::detection;
use crate::domain::{BoxThresholds, ClassList, ClassificationReport, PredictedBox, TrueBox};
use crate::evaluation::{accuracy, balanced_accuracy, class_metrics, confusion_matrix, roc_auc};

/// The two things an image can be.
pub const IMAGE_CLASSES: [&str; 2] = ["negative", "positive"];

/// All figures of a model that draws boxes: those of boxes in `detection`, those of images beside it.
///
/// An image is positive where a box is there (a crowd, too), and is called so where a box of the class list with at
/// least the threshold's score was found. The area under the ROC curve is that of each image's highest score, 0 where
/// no box was found.
pub fn of_detector(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    classes: &ClassList,
    thresholds: &BoxThresholds,
) -> ClassificationReport {
    let (positive, scores): (Vec<bool>, Vec<f64>) = truth
        .iter()
        .zip(found)
        .map(|(truth, found)| (truth.iter().any(|b| b.class < classes.len()), best_score(found, classes)))
        .unzip();
    let as_class = |yes: &bool| usize::from(*yes);
    let counts = |one: &PredictedBox| one.class < classes.len() && thresholds.counts(one);
    let called: Vec<usize> = truth.iter().zip(found).map(|(_, found)| usize::from(found.iter().any(counts))).collect();
    let matrix = confusion_matrix(&positive.iter().map(as_class).collect::<Vec<_>>(), &called, IMAGE_CLASSES.len());
    ClassificationReport {
        images: positive.len(),
        accuracy: accuracy(&matrix),
        balanced_accuracy: balanced_accuracy(&matrix),
        per_class: IMAGE_CLASSES.into_iter().map(str::to_owned).zip(class_metrics(&matrix)).collect(),
        auc: roc_auc(&positive, &scores),
        confusion_matrix: matrix,
        detection: Some(detection(truth, found, classes, thresholds)),
        ..ClassificationReport::default()
    }
}

fn best_score(found: &[PredictedBox], classes: &ClassList) -> f64 {
    let scores = found.iter().filter(|b| b.class < classes.len()).map(|b| f64::from(b.score));
    scores.fold(0.0, f64::max)
}
