//! The figures on the validation images by which an epoch is judged.

use super::confusion::macro_f1;
use super::findings::{JudgedFindings, of_findings};
use crate::domain::{
    AnswerKind, ClassList, ClassificationReport, DetectionReport, Findings, Measured, Metric, Presence,
};

/// Of a network that classifies whole images: the mean loss, the share of the images that it got right, and the figures
/// of what it said of them.
pub fn measured_classes(loss: f64, accuracy: f64, report: &ClassificationReport) -> Measured {
    let value = |metric| match metric {
        Metric::Loss => Some(loss),
        Metric::Accuracy => Some(accuracy),
        Metric::BalancedAccuracy => Some(report.balanced_accuracy),
        Metric::MacroF1 => Some(macro_f1(&report.confusion_matrix)),
        Metric::Auroc => report.auc,
        Metric::Kappa => report.quadratic_kappa,
        Metric::AveragePrecision | Metric::ExactMatch | Metric::Map50 | Metric::Map => None,
    };
    Metric::of_kind(AnswerKind::Class).map(|metric| (metric, value(metric))).collect()
}

/// Of a network that answers with findings: the mean loss, the share of findings that are told right, and figures over the
/// findings; a finding is present from a probability of one half on.
pub fn measured_findings(loss: f64, truth: &[Findings], probabilities: &[Vec<f32>], classes: &ClassList) -> Measured {
    let places: Vec<usize> = classes.finding_places().collect();
    let known = |said: &Findings, place: &usize| said.get(*place).and_then(Presence::known);
    let truth: Vec<Vec<Option<bool>>> =
        truth.iter().map(|said| places.iter().map(|place| known(said, place)).collect()).collect();
    let of_places = |row: &Vec<f32>| places.iter().filter_map(|place| row.get(*place).copied()).collect();
    let probabilities: Vec<Vec<f32>> = probabilities.iter().map(of_places).collect();
    let thresholds = vec![0.5; places.len()];
    let judged = JudgedFindings { truth: &truth, probabilities: &probabilities, groups: &[], thresholds: &thresholds };
    let figures = of_findings(judged);
    let value = |metric| match metric {
        Metric::Loss => Some(loss),
        Metric::Accuracy => figures.micro_table.accuracy(),
        Metric::MacroF1 => figures.macro_average.f1.value,
        Metric::Auroc => figures.macro_average.auroc.value,
        Metric::AveragePrecision => figures.macro_average.average_precision.value,
        Metric::ExactMatch => figures.over_images.exact_match,
        Metric::BalancedAccuracy | Metric::Kappa | Metric::Map50 | Metric::Map => None,
    };
    Metric::of_kind(AnswerKind::Findings).map(|metric| (metric, value(metric))).collect()
}

/// Of a network that draws boxes: the mean loss, and the figures of its boxes.
pub fn measured_boxes(loss: f64, report: &DetectionReport) -> Measured {
    let value = |metric| match metric {
        Metric::Loss => Some(loss),
        Metric::Map50 => report.map50,
        Metric::Map => report.map,
        Metric::Accuracy
        | Metric::BalancedAccuracy
        | Metric::MacroF1
        | Metric::Auroc
        | Metric::AveragePrecision
        | Metric::ExactMatch
        | Metric::Kappa => None,
    };
    Metric::of_kind(AnswerKind::Boxes).map(|metric| (metric, value(metric))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_measured_of_its_kind_and_of_no_other() {
        let classes = ClassificationReport {
            balanced_accuracy: 0.5,
            auc: Some(0.75),
            quadratic_kappa: Some(0.25),
            confusion_matrix: vec![vec![1, 1], vec![0, 0]],
            ..Default::default()
        };
        let classes = measured_classes(0.1, 0.5, &classes);
        let boxes = measured_boxes(0.2, &DetectionReport { map50: Some(0.5), map: Some(0.25), ..Default::default() });
        for metric in Metric::ALL {
            assert_eq!(classes.get(metric).is_some(), metric.judges(AnswerKind::Class), "{metric:?}");
            assert_eq!(boxes.get(metric).is_some(), metric.judges(AnswerKind::Boxes), "{metric:?}");
        }
        assert!((classes.get(Metric::MacroF1).unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((boxes.get(Metric::Loss), boxes.get(Metric::Map50)), (Some(0.2), Some(0.5)));
    }
}
