//! All figures of one set of images in the form they are shown and printed.

use super::agreement::{KappaWeights, cohen_kappa, mean_absolute_error};
use super::calibration::{CALIBRATION_BINS, expected_calibration_error};
use super::confusion::{accuracy, balanced_accuracy, class_metrics, confusion_matrix};
use super::ranking::{column, mean_one_vs_rest_auc, roc_auc};
use crate::domain::ClassThresholds;
use crate::domain::{ClassList, ClassificationReport};

/// Every classification figure of `probabilities` (one row an image, one column a class) against `truth`.
///
/// An image whose truth is not in the class list, or whose row has another length, is left out; `images` says how many
/// were taken.
pub fn classification(truth: &[usize], probabilities: &[Vec<f32>], classes: &ClassList) -> ClassificationReport {
    classification_at(truth, probabilities, classes, ClassThresholds::NONE)
}

/// The same where the second of two classes is called from this probability on.
pub fn classification_at(
    truth: &[usize],
    probabilities: &[Vec<f32>],
    classes: &ClassList,
    thresholds: &ClassThresholds,
) -> ClassificationReport {
    let (truth, probabilities): (Vec<usize>, Vec<Vec<f32>>) = truth
        .iter()
        .zip(probabilities)
        .filter(|(t, row)| **t < classes.len() && row.len() == classes.len())
        .map(|(t, row)| (*t, row.clone()))
        .unzip();
    let predicted: Vec<usize> = probabilities.iter().map(|row| thresholds.called(row).unwrap_or(0)).collect();
    let matrix = confusion_matrix(&truth, &predicted, classes.len());
    let auc = if classes.len() == 2 {
        let positive: Vec<bool> = truth.iter().map(|&t| t == 1).collect();
        roc_auc(&positive, &column(&probabilities, 1))
    } else {
        mean_one_vs_rest_auc(&truth, &probabilities, classes.len())
    };
    let (any, grades) = (!truth.is_empty(), classes.grades());
    ClassificationReport {
        images: truth.len(),
        accuracy: accuracy(&matrix),
        balanced_accuracy: balanced_accuracy(&matrix),
        per_class: classes.names().into_iter().zip(class_metrics(&matrix)).collect(),
        auc,
        quadratic_kappa: if classes.ordinal { cohen_kappa(&matrix, KappaWeights::Quadratic, &grades) } else { None },
        mean_absolute_error: (classes.ordinal && any).then(|| mean_absolute_error(&matrix, &grades)),
        calibration_error: any.then(|| expected_calibration_error(&truth, &probabilities, CALIBRATION_BINS)),
        confusion_matrix: matrix,
        detection: None,
        findings: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        ordinal: bool,
        classes: Vec<String>,
        truth: Vec<usize>,
        probabilities: Vec<Vec<f32>>,
        report: ClassificationReport,
        kappa: f64,
        linear_kappa: f64,
    }

    #[derive(Deserialize)]
    struct Reference {
        cases: Vec<Case>,
    }

    #[track_caller]
    fn near(ours: Option<f64>, theirs: Option<f64>, what: &str) {
        match (ours, theirs) {
            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-6, "{what}: {a} against {b}"),
            (a, b) => assert_eq!(a, b, "{what}"),
        }
    }

    #[test]
    fn figures_equal_scikit_learn() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/reference/expected/metrics.json")).unwrap();
        assert!(reference.cases.len() >= 3);
        for case in reference.cases {
            let classes = ClassList::from_names(&case.classes, case.ordinal).unwrap();
            let ours = classification(&case.truth, &case.probabilities, &classes);
            let theirs = case.report;
            assert_eq!(ours.images, theirs.images);
            assert_eq!(ours.confusion_matrix, theirs.confusion_matrix);
            near(Some(ours.accuracy), Some(theirs.accuracy), "accuracy");
            near(Some(ours.balanced_accuracy), Some(theirs.balanced_accuracy), "balanced accuracy");
            near(ours.auc, theirs.auc, "auc");
            near(ours.quadratic_kappa, theirs.quadratic_kappa, "quadratic kappa");
            near(ours.mean_absolute_error, theirs.mean_absolute_error, "mean absolute error");
            near(ours.calibration_error, theirs.calibration_error, "calibration error");
            for (name, metrics) in &theirs.per_class {
                let own = &ours.per_class[name];
                assert_eq!(own.support, metrics.support);
                // scikit-learn was asked for 0 where there is no denominator.
                near(own.precision.or(Some(0.0)), metrics.precision, "precision");
                near(own.recall.or(Some(0.0)), metrics.recall, "recall");
                near(own.f1.or(Some(0.0)), metrics.f1, "f1");
            }
            near(cohen_kappa(&ours.confusion_matrix, KappaWeights::Unweighted, &[]), Some(case.kappa), "kappa");
            near(
                cohen_kappa(&ours.confusion_matrix, KappaWeights::Linear, &classes.grades()),
                Some(case.linear_kappa),
                "linear kappa",
            );
        }
    }

    #[test]
    fn nothing_gives_zeros_and_no_areas() {
        let classes = ClassList::from_names(&["a", "b"], true).unwrap();
        let report = classification(&[9], &[vec![0.5, 0.5]], &classes);
        assert_eq!((report.images, report.accuracy, report.auc, report.calibration_error), (0, 0.0, None, None));
        assert_eq!(report.confusion_matrix, vec![vec![0, 0], vec![0, 0]]);
    }
}
