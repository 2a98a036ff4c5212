//! How the model does on pictures made worse: a plot and a table for each way.

use super::html::Html;
use super::{EvaluationReport, items};
use crate::domain::performance::Estimate;
use crate::domain::{RobustPoint, Robustness};
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::drawing::robustness;

/// The block; a sentence how to fill it where nothing was measured.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("robustness", "On worse pictures", Some(items::FIGURES));
    if of.robustness.is_empty() && of.judged.report.findings.is_some() {
        return page
            .paragraph("It was not measured how the model does on noisy, blurred, turned or compressed pictures.");
    }
    if of.robustness.is_empty() {
        return page.paragraph(
            "It was not measured how the model does on noisy, blurred, turned or compressed pictures: press Measure under \
             Robustness on the Evaluate screen, or use overread evaluate --robustness, and write the report anew.",
        );
    }
    page.paragraph(
        "The same images were made worse before they were resized and normalised for the network, in eight bits as a reader \
         sees them, and the model looked at each again. A fall is the figure of the unchanged pictures less that of the \
         changed ones, with its interval from the same draws; each interval stands for itself, and of many \
         some exclude nothing by chance alone. Pictures from elsewhere differ in more ways than these.",
    );
    page.list(&of.robustness.iter().map(Robustness::verdict).collect::<Vec<_>>());
    for one in &of.robustness {
        page.subheading(one.kind.title());
        let named = one.finding.as_ref().map_or_else(String::new, |finding| format!(" AUROC is of {finding}."));
        page.paragraph(&format!(
            "{} {}{}{named}",
            one.kind.sentence(),
            counted(one.images, "image", "images"),
            super::figures::of_groups(one.images, one.groups)
        ));
        table(page, one);
        page.drawings(&[robustness::draw(one)]);
    }
}

fn table(page: &mut Html, of: &Robustness) {
    let figures = of.points.first().map(|point| point.values.as_slice()).unwrap_or_default();
    let (mut head, mut kinds) = (vec![of.kind.axis()], "l".to_owned());
    for value in figures {
        head.extend([value.figure.title(), "Fall"]);
        kinds.push_str("vv");
    }
    let row = |point: &RobustPoint| {
        let mut row = vec![of.kind.says(point.strength)];
        for value in &point.values {
            row.push(with_interval(&value.value));
            row.push(value.drop.as_ref().map(with_interval).unwrap_or_default());
        }
        row
    };
    let rows: Vec<Vec<String>> = of.points.iter().map(row).collect();
    page.table(&kinds, &head, &rows);
}

/// What the table of figures has of it.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(String, Estimate)> {
    let mut rows = Vec::new();
    for one in &of.robustness {
        for point in one.points.iter().filter(|point| point.strength != one.kind.none()) {
            for value in &point.values {
                let name = format!("{}_{}_at_{}", value.figure.key(), one.kind.name(), point.strength);
                rows.push((name.clone(), value.value.clone()));
                if let Some(drop) = &value.drop {
                    rows.push((format!("fall_of_{name}"), drop.clone()));
                }
            }
        }
    }
    rows
}
