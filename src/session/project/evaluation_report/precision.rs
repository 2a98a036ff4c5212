//! How many images narrow intervals take.

use super::EvaluationReport;
use super::html::Html;
use super::{findings, items};
use crate::domain::performance::{Estimate, FindingFigure, OverallFigure, Performance};
use crate::evaluation::performance::images_needed;
use crate::session::drawing::numbers::interval;
use serde::Serialize;

/// Both sides together.
const WIDTH: f64 = 0.1;

/// A figure of which the images for a narrow interval are told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// Absent for figures of all classes together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    pub figure: &'static str,
    #[serde(skip)]
    pub now: String,
    pub images: usize,
}

/// Of the figures that papers report.
pub(super) fn needed(of: &Performance) -> Vec<Needed> {
    let one = |finding: Option<&str>, figure: &'static str, estimate: &Estimate| {
        let images = images_needed(estimate, of.images, WIDTH)?;
        Some(Needed { finding: finding.map(str::to_owned), figure, now: interval(estimate), images })
    };
    let of_all = match of.is_of_findings() {
        true => [OverallFigure::MacroAuroc, OverallFigure::ExactMatch].as_slice(),
        false => [OverallFigure::Accuracy].as_slice(),
    };
    let overall = of.overall.iter().filter(|(figure, _)| of_all.contains(figure));
    let overall = overall.filter_map(|(figure, estimate)| one(None, figure.words().title, estimate));
    let asked = [
        FindingFigure::Auroc,
        FindingFigure::Sensitivity,
        FindingFigure::Specificity,
        FindingFigure::PositivePredictiveValue,
        FindingFigure::NegativePredictiveValue,
    ];
    let findings = of.told().flat_map(|finding| {
        let figures = finding.figures.iter().filter(|(figure, _)| asked.contains(figure));
        figures.filter_map(|(figure, estimate)| one(Some(&finding.name), figure.words().title, estimate))
    });
    overall.chain(findings).collect()
}

/// The table.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("images-needed", "Images for narrower intervals", Some(items::PRECISION));
    if of.images_needed.is_empty() {
        return page.paragraph("No figure here has an interval to go by.");
    }
    page.paragraph(
        "Images like these, of which the truth is known, for a 95 % interval that reaches 0.05 to each side. Widths fall with \
         the square root of the images. It is a guide for the next set, not a plan that was made before this one.",
    );
    let all = if of.judged.report.findings.is_some() { "all findings" } else { "all classes" };
    let row = |one: &Needed| {
        let finding = one.finding.clone().unwrap_or_else(|| all.to_owned());
        vec![finding, one.figure.to_owned(), one.now.clone(), one.images.to_string()]
    };
    let rows: Vec<Vec<String>> = of.images_needed.iter().map(row).collect();
    page.fold_if(findings::are_many(of), "Images for each figure", |page| {
        page.table("llrr", &["Finding", "Figure", "Interval now", "Images for ±0.05"], &rows);
    });
}
