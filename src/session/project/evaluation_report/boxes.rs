//! The figures of a model that draws boxes, with its curves.

use super::html::Html;
use super::{EvaluationReport, items};
use crate::domain::{BoxMetrics, DetectionReport};
use crate::session::drawing::boxes::{froc, precision_recall};
use crate::session::drawing::matrix;
use crate::session::drawing::numbers::{counted, maybe, number};

/// Figures, curves, and whole images called positive.
pub(super) fn section(page: &mut Html, of: &EvaluationReport, boxes: &DetectionReport) {
    page.heading("figures", "Figures", Some(items::FIGURES));
    let drawn = counted(boxes.boxes, "box", "boxes");
    page.paragraph(&format!(
        "{} with {drawn}, judged as COCO does (pycocotools' COCOeval, boxes of all sizes). Figures of boxes have no intervals yet.",
        counted(boxes.images, "image", "images"),
    ));
    let other = of
        .others()
        .filter_map(|against| Some((against.judged.model.as_str(), against.judged.report.detection.as_ref()?)));
    let both: Vec<(&str, &DetectionReport)> = std::iter::once((of.judged.model.as_str(), boxes)).chain(other).collect();
    overall(page, &both);
    classes(page, &both);
    let mut drawings = vec![froc(&both)];
    drawings.extend(both.iter().map(|(model, report)| precision_recall(model, report)));
    page.drawings(&drawings);
    images(page, of);
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
        ("Recall from there on", |d| Some(d.recall)),
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
    page.table("lrrrrrr", &["Class", "AP@0.5", "AP", "Precision", "Recall", "F1", "Boxes"], &rows);
}

fn images(page: &mut Html, of: &EvaluationReport) {
    let report = &of.judged.report;
    if report.confusion_matrix.is_empty() {
        return;
    }
    page.subheading("Whole images");
    page.items(items::MATRIX);
    page.paragraph(&format!(
        "An image is called positive where a box above the threshold is. Accuracy {}, area under the ROC curve {}.",
        number(report.accuracy),
        maybe(report.auc)
    ));
    let names = ["no box".to_owned(), "a box".to_owned()];
    page.drawings(&[matrix::draw(&names, &report.confusion_matrix)]);
}
