//! Probabilities as they are and at a temperature, and answers of several classes, on the same images.

use super::bootstrap::Bootstrap;
use super::conformal::coverage;
use super::interval::wilson_interval;
use super::performance::{Judged, Truths, of_classes};
use super::temperature::softened;
use crate::domain::ClassList;
use crate::domain::ClassThresholds;
use crate::domain::calibration::{AnswersSeen, Calibration, CalibrationFigures};
use crate::domain::decision::{AnswerRule, Share};
use crate::domain::performance::{FindingFigure, OverallFigure};

/// The figures of logits with one row an image and one column a class.
pub fn calibration_of(
    truth: &[usize],
    logits: &[Vec<f32>],
    classes: &ClassList,
    temperature: Option<f64>,
    rule: Option<AnswerRule>,
) -> Calibration {
    let at = |temperature: f64| -> Vec<Vec<f32>> { logits.iter().map(|row| softened(row, temperature)).collect() };
    let own = at(1.0);
    let (finding, images, own_figures) = figures(truth, &own, classes);
    let calibrated = temperature.map(at);
    let used = calibrated.as_ref().unwrap_or(&own);
    Calibration {
        images,
        finding,
        temperature,
        own: own_figures,
        calibrated: calibrated.as_ref().map(|rows| figures(truth, rows, classes).2),
        answers: rule.and_then(|rule| answers(truth, used, rule)),
    }
}

fn figures(truth: &[usize], rows: &[Vec<f32>], classes: &ClassList) -> (String, usize, CalibrationFigures) {
    let of = Judged {
        truth: Truths::Classes(truth),
        probabilities: rows,
        groups: &[],
        classes,
        thresholds: ClassThresholds::NONE,
    };
    let all = of_classes(of, Bootstrap { draws: 0, ..Bootstrap::default() });
    let finding = all.findings.get(all.main_finding());
    let value = |figure| finding.and_then(|finding| finding.figure(figure)).and_then(|estimate| estimate.value);
    let overall = |figure: OverallFigure| {
        all.overall.iter().find(|(kind, _)| *kind == figure).and_then(|(_, estimate)| estimate.value)
    };
    let figures = CalibrationFigures {
        slope: value(FindingFigure::CalibrationSlope),
        intercept: value(FindingFigure::CalibrationIntercept),
        calibration_error: value(FindingFigure::CalibrationError),
        brier: value(FindingFigure::Brier),
        log_loss: value(FindingFigure::LogLoss),
        confidence_error: overall(OverallFigure::ConfidenceError),
        log_loss_of_all: overall(OverallFigure::LogLoss),
    };
    (finding.map(|finding| finding.name.clone()).unwrap_or_default(), all.images, figures)
}

fn answers(truth: &[usize], rows: &[Vec<f32>], rule: AnswerRule) -> Option<AnswersSeen> {
    let counts = coverage(truth, rows, rule.least);
    let (low, high) = wilson_interval(counts.covered, counts.images)?;
    let images = counts.images as f64;
    Some(AnswersSeen {
        rule,
        images: counts.images,
        covered: counts.covered,
        coverage: Share { value: counts.covered as f64 / images, low, high },
        single: counts.single,
        several: counts.images - counts.single - counts.empty,
        empty: counts.empty,
        mean_size: counts.named as f64 / images,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::conformal::{answer, least_probability};
    use crate::evaluation::temperature::temperature;
    use serde_json::Value;

    fn rows(of: &Value) -> Vec<Vec<f32>> {
        let row = |row: &Value| row.as_array().unwrap().iter().map(|p| p.as_f64().unwrap() as f32).collect();
        of.as_array().unwrap().iter().map(row).collect()
    }

    fn truth(of: &Value) -> Vec<usize> {
        of.as_array().unwrap().iter().map(|t| t.as_u64().unwrap() as usize).collect()
    }

    #[test]
    fn temperatures_are_those_of_scikit_learn_and_answers_those_of_mapie() {
        let all: Value = serde_json::from_str(include_str!("../../tests/reference/expected/deciding.json")).unwrap();
        for case in all["cases"].as_array().unwrap() {
            let (name, logits, known) = (case["name"].as_str().unwrap(), rows(&case["logits"]), truth(&case["truth"]));
            let found = temperature(&known, &logits).unwrap();
            let theirs = case["temperature"].as_f64().unwrap();
            assert!((found / theirs - 1.0).abs() < 1e-6, "{name}: {found}, expected {theirs}");
            let names: Vec<String> = (0..logits[0].len()).map(|at| format!("c{at}")).collect();
            let classes = ClassList::from_names(&names, false).unwrap();
            let soft: Vec<Vec<f32>> = logits.iter().map(|row| softened(row, found)).collect();
            let test_truth = truth(&case["test_truth"]);
            for theirs in case["answers"].as_array().unwrap() {
                let miss = theirs["miss"].as_f64().unwrap();
                let least = least_probability(&known, &soft, miss).unwrap();
                assert!((1.0 - least - theirs["score"].as_f64().unwrap()).abs() < 1e-6, "{name} {miss}: {least}");
                let rule = AnswerRule { miss, least, images: known.len() };
                let test = rows(&case["test_logits"]);
                let seen = calibration_of(&test_truth, &test, &classes, Some(found), Some(rule));
                for (row, named) in test.iter().zip(theirs["named"].as_array().unwrap()) {
                    assert_eq!(
                        answer(&softened(row, found), least).len() as u64,
                        named.as_u64().unwrap(),
                        "{name} {miss}"
                    );
                }
                let answers = seen.answers.unwrap();
                assert!((answers.coverage.value - theirs["coverage"].as_f64().unwrap()).abs() < 1e-9, "{name} {miss}");
                assert!((answers.mean_size - theirs["width"].as_f64().unwrap()).abs() < 1e-9, "{name} {miss}");
            }
            let seen = calibration_of(&known, &logits, &classes, Some(found), None);
            let (own, calibrated) = (seen.own, seen.calibrated.unwrap());
            for (ours, theirs) in [&own, &calibrated].into_iter().zip(case["log_loss"].as_array().unwrap()) {
                assert!(
                    (ours.log_loss_of_all.or(ours.log_loss).unwrap() - theirs.as_f64().unwrap()).abs() < 1e-6,
                    "{name}"
                );
            }
            assert!(calibrated.confidence_error < own.confidence_error, "{name}: {own:?}, {calibrated:?}");
        }
    }
}
