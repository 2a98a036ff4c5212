//! How far the probabilities can be believed where they are calibrated, and how answers of several classes do.

use super::html::Html;
use super::{EvaluationReport, items};
use crate::domain::performance::Estimate;
use crate::session::drawing::numbers;

/// The block; none where nothing is decided about the probabilities and answers.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
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

/// What the table of figures has of it.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(&'static str, Estimate)> {
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
