//! The figures of a model that draws boxes, with its curves.

use super::html::Html;
use super::{EvaluationReport, items};
use crate::domain::performance::{BoxFigure, BoxPerformance, Estimate, in_groups};
use crate::domain::{BoxMetrics, DetectionReport};
use crate::session::drawing::boxes::{afroc, froc, precision_recall};
use crate::session::drawing::matrix;
use crate::session::drawing::numbers::{counted, maybe, number, with_interval};

/// Figures, curves, and whole images called positive.
pub(super) fn section(page: &mut Html, of: &EvaluationReport, boxes: &DetectionReport) {
    page.heading("figures", "Figures", Some(items::FIGURES));
    let drawn = counted(boxes.boxes, "box", "boxes");
    page.paragraph(&format!(
        "{} with {drawn}, judged as COCO does (pycocotools' COCOeval, boxes of all sizes).",
        counted(boxes.images, "image", "images"),
    ));
    let other = of
        .others()
        .filter_map(|against| Some((against.judged.model.as_str(), against.judged.report.detection.as_ref()?)));
    let both: Vec<(&str, &DetectionReport)> = std::iter::once((of.judged.model.as_str(), boxes)).chain(other).collect();
    match &of.judged.box_performance {
        Some(ours) => with_intervals(page, of, ours),
        None => overall(page, &both),
    }
    classes(page, &both);
    let mut drawings = vec![froc(&both)];
    drawings.extend(both.iter().map(|(model, report)| precision_recall(model, report)));
    let curves: Vec<(&str, &BoxPerformance)> = of
        .judged
        .box_performance
        .iter()
        .map(|ours| (of.judged.model.as_str(), ours))
        .chain(of.others().filter_map(|one| Some((one.judged.model.as_str(), one.judged.box_performance.as_ref()?))))
        .filter(|(_, one)| !one.afroc.is_empty())
        .collect();
    if !curves.is_empty() {
        drawings.insert(1, afroc(&curves));
    }
    page.drawings(&drawings);
    images(page, of);
}

/// All figures with their intervals, each model's beside the others', and how much it differs from the first.
fn with_intervals(page: &mut Html, of: &EvaluationReport, ours: &BoxPerformance) {
    let images = counted(ours.images, "image", "images");
    let drawn = match (ours.draws, in_groups(ours.images, ours.groups)) {
        (0, _) => "No intervals were drawn.".to_owned(),
        (draws, true) => format!("Intervals are 95 %: the groups were drawn {draws} times, seed {}.", ours.seed),
        (draws, false) => format!("Intervals are 95 %: the images were drawn {draws} times, seed {}.", ours.seed),
    };
    page.paragraph(&format!("{images}{} {drawn}", super::figures::of_groups(ours.images, ours.groups)));
    let others: Vec<_> = of.others().filter_map(|one| Some((one, one.judged.box_performance.as_ref()?))).collect();
    let mut head = vec!["All classes".to_owned(), of.judged.model.clone()];
    for (other, _) in &others {
        head.extend([other.judged.model.clone(), format!("{} − {}", of.judged.model, other.judged.model)]);
    }
    head.push("What it says".to_owned());
    let cell = |estimate: Option<&Estimate>| estimate.map(with_interval).unwrap_or_default();
    let row = |(figure, estimate): &(BoxFigure, Estimate)| {
        let mut row = vec![figure.words().title.to_owned()];
        row.push(cell(Some(estimate)));
        for (other, performance) in &others {
            row.push(cell(performance.figure(*figure)));
            row.push(cell(other.box_difference.as_ref().and_then(|apart| apart.figure(*figure))));
        }
        let why = estimate.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        row.push(format!("{}{why}", figure.words().sentence));
        row
    };
    let rows: Vec<Vec<String>> = ours.figures.iter().map(row).collect();
    let kinds = format!("l{}l", "v".repeat(head.len().saturating_sub(2)));
    page.table(&kinds, &head.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
    page.paragraph(&format!("Boxes count from a score of {} on.", number(ours.threshold)));
}

fn overall(page: &mut Html, both: &[(&str, &DetectionReport)]) {
    type Row = (&'static str, fn(&DetectionReport) -> Option<f64>);
    let rows: [Row; 10] = [
        ("mAP@0.5", |d| d.map50),
        ("mAP@0.75", |d| d.map75),
        ("mAP@[.5:.95]", |d| d.map),
        ("Average recall, 1 box an image", |d| d.average_recall[0]),
        ("Average recall, 10 boxes", |d| d.average_recall[1]),
        ("Average recall, 100 boxes", |d| d.average_recall[2]),
        ("Score from which a box counts", |d| Some(d.threshold)),
        ("Precision from there on", |d| Some(d.precision)),
        ("Sensitivity from there on", |d| Some(d.recall)),
        ("F1 from there on", |d| Some(d.f1)),
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(name, of)| std::iter::once((*name).to_owned()).chain(both.iter().map(|(_, d)| maybe(of(d)))).collect())
        .collect();
    let head: Vec<&str> = std::iter::once("All classes").chain(both.iter().map(|(model, _)| *model)).collect();
    page.table("lrr", &head, &rows);
    if let [(first, ours), (second, theirs)] = both {
        let apart = ours.map50.zip(theirs.map50).map(|(ours, theirs)| number(ours - theirs));
        let apart = apart.unwrap_or_else(|| "not defined".to_owned());
        page.paragraph(&format!("mAP@0.5 of {first} less that of {second}: {apart}."));
    }
}

fn classes(page: &mut Html, both: &[(&str, &DetectionReport)]) {
    let mut rows = Vec::new();
    for (model, report) in both {
        if both.len() > 1 {
            rows.push(vec![(*model).to_owned()]);
        }
        rows.extend(report.per_class.iter().map(|(name, m): (&String, &BoxMetrics)| {
            let figures = [m.ap50, m.ap, Some(m.precision), Some(m.recall), Some(m.f1)].map(maybe);
            std::iter::once(name.clone()).chain(figures).chain([m.support.to_string()]).collect()
        }));
    }
    page.table("lrrrrrr", &["Class", "AP@0.5", "AP", "Precision", "Sensitivity", "F1", "Boxes"], &rows);
}

fn images(page: &mut Html, of: &EvaluationReport) {
    let report = &of.judged.report;
    if report.confusion_matrix.is_empty() {
        return;
    }
    page.subheading("Whole images");
    page.items(items::MATRIX);
    page.paragraph(&format!(
        "An image is called positive where a box above the threshold is. Accuracy {}, AUROC {}.",
        number(report.accuracy),
        maybe(report.auc)
    ));
    let names = ["no box".to_owned(), "a box".to_owned()];
    page.drawings(&[matrix::draw(&names, &report.confusion_matrix)]);
}
