//! The figures of one finding in parts of the images: which part does worst, a table, and a forest plot each.

use super::html::Html;
use super::{EvaluationReport, findings, items};
use crate::domain::performance::{BoxFigure, BoxSubgroup, BoxSubgroups, Subgroup, Subgroups};
use crate::session::drawing::forest;
use crate::session::drawing::numbers::with_interval;

/// All parts.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("subgroups", "Subgroups", Some(items::SUBGROUPS));
    if of.judged.report.detection.is_some() {
        return of_boxes(page, &of.box_subgroups);
    }
    let all = &of.subgroups;
    if all.is_empty() {
        return page.paragraph(NONE);
    }
    page.paragraph(ABOUT);
    let attributes = Subgroups::attributes(all);
    let Some(report) = &of.judged.report.findings else {
        let all: Vec<&Subgroups> = all.iter().collect();
        worst(page, &all, attributes);
        for one in all {
            page.subheading(&format!("{} by {}", one.finding, one.attribute));
            table(page, one);
            page.drawings(&[forest::draw(one)]);
        }
        return;
    };
    for finding in report.per_finding.keys() {
        let parts: Vec<&Subgroups> = all.iter().filter(|of| of.finding == *finding).collect();
        let summary = format!("{finding} in parts of the images");
        page.fold_if(findings::are_many(of), &summary, |page| of_finding(page, &parts, (finding, attributes)));
    }
}

/// One of several findings by every attribute, closer together.
fn of_finding(page: &mut Html, all: &[&Subgroups], (finding, attributes): (&str, usize)) {
    page.subheading(&format!("{finding} in parts of the images"));
    worst(page, all, attributes);
    all.iter().for_each(|one| table(page, one));
    page.drawings(&all.iter().map(|one| forest::draw(one)).collect::<Vec<_>>());
}

/// Which part does worst by any attribute.
fn worst(page: &mut Html, all: &[&Subgroups], attributes: usize) {
    if let Some(worst) = all.iter().min_by(|a, b| lowest(a).total_cmp(&lowest(b))) {
        page.paragraph(&worst.verdict(attributes));
    }
}

const NONE: &str = "No attribute that a report may show parts these images.";
const ABOUT: &str = "Only attributes of devices, pictures and kinds of people are shown here, ages in bands: by the name of \
                     others it is not sure that nobody is named there. Parts hold few images, and with many parts some do \
                     badly by chance alone: this is where to look, not what is found.";

/// The same of boxes.
fn of_boxes(page: &mut Html, all: &[BoxSubgroups]) {
    if all.is_empty() {
        return page.paragraph(NONE);
    }
    page.paragraph(ABOUT);
    let lowest = |of: &BoxSubgroups| {
        let worst = of.worst().and_then(|part| part.figure(BoxFigure::Map50)?.value);
        worst.unwrap_or(f64::INFINITY)
    };
    if let Some(worst) = all.iter().min_by(|a, b| lowest(a).total_cmp(&lowest(b))) {
        page.paragraph(&worst.verdict(all.len()));
    }
    for one in all {
        page.subheading(&format!("Boxes by {}", one.attribute));
        let mut head = vec![one.attribute.as_str(), "Images", "Boxes"];
        let kinds: Vec<BoxFigure> =
            one.parts.first().map(|part| part.figures.iter().map(|(kind, _)| *kind).collect()).unwrap_or_default();
        head.extend(kinds.iter().map(|kind| kind.words().title));
        let row = |part: &BoxSubgroup| {
            let mut row = vec![part.name().to_owned(), part.images.to_string(), part.boxes.to_string()];
            row.extend(kinds.iter().map(|kind| part.figure(*kind).map(with_interval).unwrap_or_default()));
            row
        };
        let rows: Vec<Vec<String>> = one.parts.iter().map(row).collect();
        page.table(&format!("lrr{}", "v".repeat(kinds.len())), &head, &rows);
        page.drawings(&[forest::draw_boxes(one)]);
    }
}

fn lowest(of: &Subgroups) -> f64 {
    let area = |part: &Subgroup| part.figure(crate::domain::performance::FindingFigure::Auroc)?.value;
    of.worst().and_then(area).unwrap_or(f64::INFINITY)
}

fn table(page: &mut Html, of: &Subgroups) {
    let figures: Vec<_> =
        of.parts.first().map(|part| part.figures.iter().map(|(kind, _)| *kind).collect()).unwrap_or_default();
    let mut head = vec![of.attribute.as_str(), "Images", "With it"];
    let mut kinds = "lrr".to_owned();
    for figure in &figures {
        head.push(figure.words().title);
        kinds.push('v');
    }
    let row = |part: &Subgroup| {
        let mut row = vec![part.name().to_owned(), part.images.to_string(), part.positives.to_string()];
        for figure in &figures {
            row.push(part.figure(*figure).map(with_interval).unwrap_or_default());
        }
        row
    };
    let rows: Vec<Vec<String>> = of.parts.iter().map(row).collect();
    page.table(&kinds, &head, &rows);
}
