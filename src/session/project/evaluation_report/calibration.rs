//! How far the probabilities can be believed where they are calibrated, and how answers of several classes do.

use super::html::Html;
use super::{EvaluationReport, findings, items};
use crate::domain::calibration::BoxCalibration;
use crate::domain::performance::Estimate;
use crate::session::drawing::numbers;

/// The block: of findings how far each can be believed; else none where nothing is decided about the probabilities and answers.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    findings::calibration(page, of);
    if let Some(seen) = of.box_calibration.as_ref().filter(|seen| seen.boxes > 0) {
        boxes(page, seen);
    }
    let Some(seen) = &of.calibration else { return };
    page.heading("calibration", "Calibration and answers", Some(items::FIGURES));
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), numbers::number);
    if let (Some(temperature), Some(calibrated)) = (seen.temperature, &seen.calibrated) {
        page.paragraph(&format!(
            "The logits are divided by a temperature of {} before they become probabilities. It was fitted on the validation \
             images. All figures of this report are of the calibrated probabilities; the order of the classes of an image is \
             the same. The first five figures are of {}.",
            numbers::number(temperature),
            seen.finding
        ));
        let rows = seen.own.rows().into_iter().zip(calibrated.rows());
        let rows: Vec<Vec<String>> = rows
            .map(|((title, own, best), (_, now, _))| vec![title.to_owned(), number(own), number(now), best.to_owned()])
            .collect();
        page.table("lrrl", &["", "before", "after", ""], &rows);
    }
    if let Some(answers) = &seen.answers {
        page.paragraph(&answers.sentence());
        page.paragraph(&format!(
            "A class belongs to an answer from a probability of {} on: the k-th smallest of 1 - p(truth) on {} validation \
             images, k = ceil((n + 1)(1 - share)) (split conformal prediction). It holds on average for images like those, not \
             for each patient, class or device. The interval takes every image for one of its own (Wilson).",
            numbers::number(answers.rule.least),
            answers.rule.images
        ));
    }
}

/// How far the scores of boxes can be believed.
fn boxes(page: &mut Html, seen: &BoxCalibration) {
    page.heading("calibration", "Calibration of the scores", Some(items::FIGURES));
    let number = |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), numbers::number);
    let found = format!(
        "{}, of which {} right (overlap of a half).",
        numbers::counted(seen.boxes, "box was found", "boxes were found"),
        numbers::counted(seen.right, "is", "are")
    );
    let (Some(map), Some(calibrated)) = (seen.map, &seen.calibrated) else {
        page.paragraph(&format!(
            "The model's own scores are used, as if each were the probability that the box is right. {found}"
        ));
        let rows: Vec<Vec<String>> =
            seen.own.rows().iter().map(|(title, own)| vec![(*title).to_owned(), number(*own)]).collect();
        return page.table("lr", &["Lower is better", "Value"], &rows);
    };
    page.paragraph(&format!(
        "Scores are calibrated on {} of the validation images (beta calibration; Kull, Silva Filho and Flach 2017): their log \
         odds become {} ln(s) − {} ln(1 − s) + {}. All figures of this report are of the calibrated scores; the order of the \
         boxes is the same, and so are those that count. {found}",
        numbers::counted(map.boxes, "box", "boxes"),
        numbers::number(map.a),
        numbers::number(map.b),
        numbers::number(map.c)
    ));
    let rows = seen.own.rows().into_iter().zip(calibrated.rows());
    let rows: Vec<Vec<String>> =
        rows.map(|((title, own), (_, now))| vec![title.to_owned(), number(own), number(now)]).collect();
    page.table("lrr", &["Lower is better", "before", "after"], &rows);
}

/// What the table of figures has of it.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(&'static str, Estimate)> {
    if let Some(seen) = &of.box_calibration {
        let value = |value| Estimate { value, interval: None, why: None };
        let names = ["score_calibration_error", "score_brier", "score_log_loss"];
        let after = ["score_calibration_error_after", "score_brier_after", "score_log_loss_after"];
        let mut rows: Vec<(&'static str, Estimate)> =
            names.into_iter().zip(seen.own.rows()).map(|(name, (_, own))| (name, value(own))).collect();
        let calibrated = seen.calibrated.iter().flat_map(|figures| figures.rows());
        rows.extend(after.into_iter().zip(calibrated).map(|(name, (_, now))| (name, value(now))));
        return rows;
    }
    let Some(seen) = &of.calibration else { return Vec::new() };
    let plain = |value| Estimate { value, interval: None, why: None };
    let mut rows = vec![("temperature", plain(seen.temperature))];
    rows.push(("confidence_error_before", plain(seen.own.confidence_error)));
    rows.push(("log_loss_before", plain(seen.own.log_loss_of_all.or(seen.own.log_loss))));
    if let Some(answers) = &seen.answers {
        let interval = Some([answers.coverage.low, answers.coverage.high]);
        rows.push(("answers_may_miss", plain(Some(answers.rule.miss))));
        rows.push(("coverage", Estimate { value: Some(answers.coverage.value), interval, why: None }));
        rows.push(("answer_size", plain(Some(answers.mean_size))));
    }
    rows
}
