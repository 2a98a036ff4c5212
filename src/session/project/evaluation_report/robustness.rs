//! How the model does on pictures made worse: a plot and a table for each way.

use super::html::{Html, MANY};
use super::{EvaluationReport, items};
use crate::domain::performance::Estimate;
use crate::domain::{RobustPoint, Robustness};
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::drawing::robustness;

/// The block; a sentence how to fill it where nothing was measured.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("robustness", "On worse pictures", Some(items::FIGURES));
    if of.robustness.is_empty() {
        return page.paragraph(
            "It was not measured how the model does on noisy, blurred, turned or compressed pictures: press Measure under \
             Robustness on the Evaluate screen, or use overread evaluate --robustness, and write the report again.",
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
        let named = one.finding.as_ref().filter(|_| one.findings().is_empty());
        let named = named.map_or_else(String::new, |finding| format!(" AUROC is of {finding}."));
        page.paragraph(&format!(
            "{} {}{}{named}",
            one.kind.sentence(),
            counted(one.images, "image", "images"),
            super::figures::of_groups(one.images, one.groups)
        ));
        table(page, one);
        findings(page, one);
        page.drawings(&[robustness::draw(one)]);
    }
}

fn table(page: &mut Html, of: &Robustness) {
    let figures = of.points.first().map(|point| point.values.as_slice()).unwrap_or_default();
    let (mut head, mut kinds) = (vec![of.kind.axis().to_owned()], "l".to_owned());
    for value in figures {
        head.extend([of.title_of(value.figure), "Fall".to_owned()]);
        kinds.push_str("vv");
    }
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
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

/// How far each finding's AUROC falls at most, where they were measured by themselves.
fn findings(page: &mut Html, of: &Robustness) {
    let row = |finding: &&str| {
        let (at, worst) = of.worst_of(finding)?;
        let fall = worst.drop.as_ref().map(with_interval).unwrap_or_default();
        Some(vec![(*finding).to_owned(), of.kind.says(at), with_interval(&worst.value), fall])
    };
    let rows: Vec<Vec<String>> = of.findings().iter().filter_map(row).collect();
    if !rows.is_empty() {
        let summary = format!("Each finding's largest fall ({})", of.kind.title().to_lowercase());
        page.fold_if(rows.len() > MANY, &summary, |page| {
            page.table("lrvv", &["Finding", "Falls most at", "AUROC there", "Fall"], &rows);
        });
    }
}

/// What the table of figures has of it: the finding (none of all together), the figure and its value.
pub(super) fn rows(of: &EvaluationReport) -> Vec<(&str, String, Estimate)> {
    let mut rows = Vec::new();
    for one in &of.robustness {
        for point in one.points.iter().filter(|point| point.strength != one.kind.none()) {
            let values = point.values.iter().map(|value| ("", value.figure.key(), &value.value, &value.drop));
            let each = point.findings.iter().map(|of| (of.finding.as_str(), "auroc", &of.value, &of.drop));
            for (finding, key, value, drop) in values.chain(each) {
                let name = format!("{key}_{}_at_{}", one.kind.name(), point.strength);
                rows.push((finding, name.clone(), value.clone()));
                if let Some(drop) = drop {
                    rows.push((finding, format!("fall_of_{name}"), drop.clone()));
                }
            }
        }
    }
    rows
}
