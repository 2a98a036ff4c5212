//! What is told of models that answer with findings beside what is told of classes: each finding in a row, and whole images.

use super::html::{Html, MANY};
use super::{EvaluationReport, items};
use crate::domain::FindingsReport;
use crate::domain::finding_calibration::{FindingCalibration, FindingsCalibration, OutcomeFigures};
use crate::domain::performance::{Estimate, FindingFigure, FindingPerformance, Performance};
use crate::evaluation::findings::ANY_FINDING;
use crate::session::drawing::matrix;
use crate::session::drawing::numbers::{counted, maybe, number, with_interval};

/// What is told of each finding whatever its threshold.
const RANKING: [FindingFigure; 2] = [FindingFigure::Auroc, FindingFigure::AveragePrecision];

/// What is told of each finding at its threshold.
const CALLED: [FindingFigure; 5] = [
    FindingFigure::Sensitivity,
    FindingFigure::Specificity,
    FindingFigure::PositivePredictiveValue,
    FindingFigure::NegativePredictiveValue,
    FindingFigure::F1,
];

/// What is told of how far each finding's probability can be believed.
const CALIBRATION: [FindingFigure; 4] = [
    FindingFigure::CalibrationSlope,
    FindingFigure::CalibrationIntercept,
    FindingFigure::Brier,
    FindingFigure::CalibrationError,
];

/// Which images the figures of whole images are of.
pub(super) fn about_whole_images(of: &FindingsReport) -> String {
    let complete = counted(of.complete, "image", "images");
    let ranked = match of.nothing_to_rank {
        0 => String::new(),
        some => format!(" On {some} of them none or all are present: they count as ranked without a mistake."),
    };
    format!(
        "A mean is over the findings for which a figure is defined; pooled is over all pairs of an image and a finding. Exact \
         match, Hamming loss, coverage error and the label rankings are of the {complete} on which every finding is known.{ranked}"
    )
}

/// The findings of which the model speaks, in their order.
pub(super) fn told<'a>(of: &EvaluationReport, performance: &'a Performance) -> Vec<&'a FindingPerformance> {
    performance.told().filter(|finding| of.judged.speaks_of(&finding.name)).collect()
}

/// Whether there are so many that what is said of each is folded.
pub(super) fn are_many(of: &EvaluationReport) -> bool {
    of.judged.report.findings.as_ref().is_some_and(|of| of.per_finding.len() > MANY)
}

/// A row a finding: how often it is there and how well it is told apart, and what that comes to at its threshold.
pub(super) fn table(page: &mut Html, of: &EvaluationReport, performance: &Performance) {
    let Some(report) = &of.judged.report.findings else { return };
    page.subheading("Each finding");
    page.paragraph(
        "Present and absent are images on which that is known, and figures are of these; where a finding is uncertain or was not \
         looked at, the image counts for nothing. Why a figure is not defined or has no interval stands with its finding below.",
    );
    let counts = |finding: &FindingPerformance| {
        let unknown = report.per_finding.get(&finding.name).map_or(0, |of| of.not_known);
        [finding.positives, finding.negatives, unknown].map(|count| count.to_string()).to_vec()
    };
    each(page, of, performance, (&["Present", "Absent", "Not known"], counts), &RANKING);
    let from = |finding: &FindingPerformance| vec![finding.threshold.map(number).unwrap_or_default()];
    each(page, of, performance, (&["Called from"], from), &CALLED);
}

/// A table with a row a finding: what is counted of it, then these figures with their intervals.
fn each<const N: usize>(
    page: &mut Html,
    of: &EvaluationReport,
    performance: &Performance,
    (counted, counts): (&[&str; N], impl Fn(&FindingPerformance) -> Vec<String>),
    figures: &[FindingFigure],
) {
    let head = ["Finding"].into_iter().chain(counted.iter().copied());
    let head: Vec<&str> = head.chain(figures.iter().map(|figure| figure.words().title)).collect();
    let row = |finding: &&FindingPerformance| {
        let mut row = vec![finding.name.clone()];
        row.extend(counts(finding));
        row.extend(figures.iter().map(|figure| finding.figure(*figure).map(with_interval).unwrap_or_default()));
        row
    };
    let rows: Vec<Vec<String>> = told(of, performance).iter().map(row).collect();
    page.wide_table(&format!("l{}{}", "r".repeat(N), "v".repeat(figures.len())), &head, &rows);
}

/// How far each finding's probability can be believed, as the network gives it.
pub(super) fn calibration(page: &mut Html, of: &EvaluationReport) {
    let Some(performance) = of.judged.performance.as_ref().filter(|_| of.judged.report.findings.is_some()) else {
        return;
    };
    page.heading("calibration-by-finding", "Calibration of each finding", Some(items::FIGURES));
    let sentences: Vec<String> =
        CALIBRATION.iter().map(|figure| format!("{}: {}", figure.words().title, figure.words().sentence)).collect();
    page.paragraph(
        "How far the probabilities that the figures are of can be believed. Each is told on the images on which it is known \
         whether the finding is there; the plots stand with each finding.",
    );
    page.list(&sentences);
    let counts = |finding: &FindingPerformance| {
        let images = finding.positives + finding.negatives;
        let share = (images > 0).then(|| finding.positives as f64 / images as f64);
        let sum: f64 = finding.reliability.iter().map(|bin| bin.images as f64 * bin.mean).sum();
        let mean = (images > 0).then(|| sum / images as f64);
        vec![images.to_string(), maybe(share), maybe(mean)]
    };
    each(page, of, performance, (&["Images", "Share present", "Mean probability"], counts), &CALIBRATION);
    if let Some(seen) = &of.findings_calibration {
        temperatures(page, seen);
        answers(page, seen);
    }
}

/// By what the logits of each finding are divided, and what that changed.
fn temperatures(page: &mut Html, seen: &FindingsCalibration) {
    if !seen.is_calibrated() {
        return;
    }
    page.subheading("Before and after calibration");
    page.paragraph(
        "The logit of each finding is divided by a temperature of its own before it becomes a probability, fitted on the \
         validation images. All figures of this report are of the calibrated probabilities; the order of the images by a finding is \
         the same.",
    );
    let sentences =
        seen.findings.iter().filter_map(|of| of.temperature.as_ref()).map(|of| format!("{}.", of.sentence()));
    let sentences: Vec<String> = sentences.collect();
    page.fold_if(sentences.len() > MANY, "The temperature of each finding", |page| page.list(&sentences));
    if let Some(worse) = seen.worse() {
        page.paragraph(&worse);
    }
    let titles = OutcomeFigures::default().rows().map(|(title, ..)| title);
    let head: Vec<&str> = ["Finding"].into_iter().chain(titles).collect();
    let row = |of: &FindingCalibration| {
        let after = of.calibrated.unwrap_or(of.own);
        let figures = of.own.rows().into_iter().zip(after.rows());
        let figures = figures.map(|((_, own, _), (_, now, _))| format!("{} → {}", maybe(own), maybe(now)));
        std::iter::once(of.finding.clone()).chain(figures).collect()
    };
    let rows: Vec<Vec<String>> = seen.findings.iter().map(row).collect();
    page.wide_table(&format!("l{}", "v".repeat(titles.len())), &head, &rows);
}

/// How answers that may be "not sure" do.
fn answers(page: &mut Html, seen: &FindingsCalibration) {
    let (Some(sentence), Some(miss)) = (seen.sentence(), seen.miss) else { return };
    page.subheading("Answers that may be “not sure”");
    page.paragraph(&format!(
        "{sentence} Which probabilities are not sure was chosen for each finding on the validation images (split conformal \
         prediction). It holds on average for images like those, not for each patient or device. The intervals take every image \
         for one of its own (Wilson)."
    ));
    let sentences = seen.findings.iter().filter_map(|of| of.answers_sentence(miss)).map(|said| format!("{said}."));
    let sentences: Vec<String> = sentences.collect();
    page.fold_if(sentences.len() > MANY, "The answers about each finding", |page| page.list(&sentences));
}

/// What the table of figures has of it: finding, figure, value.
pub(super) fn calibration_rows(of: &EvaluationReport) -> Vec<(&str, &'static str, Estimate)> {
    let plain = |value| Estimate { value, interval: None, why: None };
    let mut rows = Vec::new();
    for one in of.findings_calibration.iter().flat_map(|seen| &seen.findings) {
        let name = one.finding.as_str();
        if let Some(temperature) = &one.temperature {
            rows.push((name, "temperature", plain(Some(temperature.temperature))));
            rows.push((name, "log_loss_before", plain(one.own.log_loss)));
            rows.push((name, "brier_before", plain(one.own.brier)));
            rows.push((name, "calibration_error_before", plain(one.own.calibration_error)));
        }
        if let Some(seen) = &one.answers {
            let interval = Some([seen.coverage.low, seen.coverage.high]);
            rows.push((name, "coverage", Estimate { value: Some(seen.coverage.value), interval, why: None }));
            rows.push((name, "not_sure", plain(Some(seen.not_sure as f64))));
        }
    }
    rows
}

/// Whole images, called by whether any finding is.
pub(super) fn whole_images(page: &mut Html, of: &EvaluationReport) {
    let report = &of.judged.report;
    let judged: usize = report.confusion_matrix.iter().flatten().sum();
    if judged == 0 {
        return;
    }
    page.subheading("Whole images: any finding, or none");
    page.items(items::MATRIX);
    page.paragraph(&format!(
        "An image is called positive where any finding is, and it has one where any is known to be present; it has none where \
         all are known to be absent. That is known of {}. Accuracy {}, balanced accuracy {}.",
        counted(judged, "image", "images"),
        number(report.accuracy),
        number(report.balanced_accuracy)
    ));
    page.drawings(&[matrix::draw(&ANY_FINDING.map(str::to_owned), &report.confusion_matrix)]);
}
