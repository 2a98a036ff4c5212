//! The figures of a model that draws boxes, with its curves.

use super::html::Html;
use super::numbers::{counted, maybe, number};
use super::plot::{Axis, COLOURS, GREY, Mark, Plot, Stroke};
use super::{EvaluationReport, items, matrix};
use crate::domain::{BoxMetrics, DetectionReport};

/// Figures, curves, and whole images called positive.
pub(super) fn section(page: &mut Html, of: &EvaluationReport, boxes: &DetectionReport) {
    page.heading("figures", "Figures", Some(items::FIGURES));
    let drawn = counted(boxes.boxes, "box", "boxes");
    page.paragraph(&format!(
        "{} with {drawn}, judged as COCO does (pycocotools' COCOeval, boxes of all sizes). Figures of boxes have no intervals yet.",
        counted(boxes.images, "image", "images"),
    ));
    let other = of
        .against
        .as_ref()
        .and_then(|against| Some((against.judged.model.as_str(), against.judged.report.detection.as_ref()?)));
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

fn froc(both: &[(&str, &DetectionReport)]) -> (String, String) {
    let alarms = both.iter().flat_map(|(_, report)| &report.froc).map(|point| point.false_positives_per_image);
    let most = alarms.fold(0.0, f64::max).clamp(1.0, 8.0);
    let mut marks = Vec::new();
    for (((model, report), colour), stroke) in both.iter().zip(COLOURS).zip([Stroke::Whole, Stroke::Dashed]) {
        let points = report.froc.iter().map(|point| [point.false_positives_per_image, point.sensitivity]);
        let points = std::iter::once([0.0, 0.0]).chain(points.take_while(|[alarms, _]| *alarms <= most)).collect();
        marks.push(Mark::Line { name: (*model).to_owned(), colour, stroke, points });
        let called = report.froc.iter().rfind(|point| point.threshold >= report.threshold);
        if let Some(point) = called.filter(|point| point.false_positives_per_image <= most) {
            let at = ([point.false_positives_per_image, point.sensitivity], None);
            marks.push(Mark::Dots { name: String::new(), colour, points: vec![at] });
        }
    }
    let caption =
        "How many of the boxes are found for so many wrong ones an image, all classes together. The dot is where \
                   boxes count."
            .to_owned();
    let (x, y) = (Axis::new("Wrong boxes an image", 0.0, most), Axis::new("Sensitivity", 0.0, 1.0));
    let plot = Plot { title: "FROC curve".to_owned(), alternative: caption.clone(), x, y, mirrored: false, marks };
    (plot.svg(), caption)
}

fn precision_recall(model: &str, report: &DetectionReport) -> (String, String) {
    let strokes = [Stroke::Whole, Stroke::Dashed, Stroke::Dotted];
    let marks =
        report.per_class.iter().filter(|(_, class)| class.ap50.is_some()).enumerate().map(|(at, (name, class))| {
            let last = class.precision_by_recall.len().saturating_sub(1).max(1) as f64;
            let point = |(at, precision): (usize, &f64)| [at as f64 / last, *precision];
            Mark::Line {
                name: format!("{name}: AP@0.5 {}", maybe(class.ap50)),
                colour: COLOURS.get(at % COLOURS.len()).copied().unwrap_or(GREY),
                stroke: strokes.get(at / COLOURS.len() % strokes.len()).copied().unwrap_or(Stroke::Whole),
                points: class.precision_by_recall.iter().enumerate().map(point).collect(),
            }
        });
    let caption =
        format!("{model}, by class: precision as COCO interpolates it, at an intersection over union of 0.5.");
    let (x, y) = (Axis::new("Recall", 0.0, 1.0), Axis::new("Precision", 0.0, 1.0));
    let title = "Precision-recall curve".to_owned();
    let plot = Plot { title, alternative: caption.clone(), x, y, mirrored: false, marks: marks.collect() };
    (plot.svg(), caption)
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
    let caption = "Rows are the truth, columns what the model says; the darker, the larger the share of the row.";
    page.drawings(&[(matrix::svg(&names, &report.confusion_matrix), caption.to_owned())]);
}
