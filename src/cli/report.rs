//! A model's figures, as one JSON object or as a table in words.

use super::output::Output;
use crate::domain::{ClassificationReport, DetectionReport, Figure, FindingsReport};
use anyhow::Result;
use serde::Serialize;

/// What evaluating, training and the demo end with.
#[derive(Debug, Serialize)]
pub struct Figures<'a, E: Serialize> {
    pub model: &'a str,
    pub split: &'a str,
    #[serde(flatten)]
    pub report: &'a ClassificationReport,
    #[serde(flatten)]
    pub extra: E,
}

impl<E: Serialize> Figures<'_, E> {
    /// Prints them.
    pub fn print(&self, out: Output) -> Result<()> {
        out.json(self)?;
        if out.is_json() {
            return Ok(());
        }
        let report = self.report;
        if let Some(detection) = &report.detection {
            return boxes(self.model, self.split, report, detection, out);
        }
        if let Some(findings) = &report.findings {
            return of_findings(self.model, self.split, report, findings, out);
        }
        out.text(format!(
            "{} on {} {} images: accuracy {:.1} %, balanced {:.1} %",
            self.model,
            report.images,
            self.split,
            100.0 * report.accuracy,
            100.0 * report.balanced_accuracy
        ))?;
        for (name, class) in &report.per_class {
            let [precision, recall, f1] = [class.precision, class.recall, class.f1].map(figure);
            let images = class.support;
            out.text(format!("  {name:<24} precision {precision}  sensitivity {recall}  F1 {f1}  images {images}"))?;
        }
        lines(ClassificationReport::FIGURES, report, out)
    }
}

/// A figure, or that it is not defined.
fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// The figures that have a line of their own.
fn lines<R>(figures: &[Figure<R>], report: &R, out: Output) -> Result<()> {
    for figure in figures {
        if let (Some(what), Some(value)) = (figure.line, (figure.of)(report)) {
            out.text(format!("  {what} {value:.3}"))?;
        }
    }
    Ok(())
}

/// The figures of a model that answers with findings, in words.
fn of_findings(model: &str, split: &str, images: &ClassificationReport, f: &FindingsReport, out: Output) -> Result<()> {
    out.text(format!(
        "{model} on {} {split} images: AUROC {} (mean of {} findings), {} images with every finding looked at",
        f.images,
        figure(f.macro_auroc),
        f.findings_with_auroc,
        f.complete
    ))?;
    for (name, one) in &f.per_finding {
        let [auroc, ap, sensitivity, specificity, f1] =
            [one.auroc, one.average_precision, one.sensitivity, one.specificity, one.f1].map(figure);
        out.text(format!(
            "  {name:<24} AUROC {auroc}  AP {ap}  from {:.3} on: sensitivity {sensitivity}  specificity {specificity}  \
             F1 {f1}  present {}  absent {}  not known {}",
            one.threshold, one.positives, one.negatives, one.not_known
        ))?;
    }
    lines(FindingsReport::FIGURES, f, out)?;
    if f.nothing_to_rank > 0 {
        out.text(format!(
            "  in {} of these images all or none is present: they count as ranked without a mistake",
            f.nothing_to_rank
        ))?;
    }
    out.text(format!("  images with or without any finding: accuracy {:.1} %", 100.0 * images.accuracy))
}

/// The figures of a model that draws boxes, in words.
fn boxes(model: &str, split: &str, images: &ClassificationReport, d: &DetectionReport, out: Output) -> Result<()> {
    out.text(format!(
        "{model} on {} {split} images with {} boxes: mAP@0.5 {}, mAP@[.5:.95] {}",
        d.images,
        d.boxes,
        figure(d.map50),
        figure(d.map)
    ))?;
    let [one, ten, hundred] = d.average_recall.map(figure);
    out.text(format!("  average recall with 1, 10, 100 boxes an image: {one}, {ten}, {hundred}"))?;
    out.text(format!(
        "  from a score of {:.3} on: precision {:.3}, sensitivity {:.3}, F1 {:.3}",
        d.threshold, d.precision, d.recall, d.f1
    ))?;
    lines(DetectionReport::FIGURES, d, out)?;
    for (name, class) in &d.per_class {
        let (ap50, ap) = (figure(class.ap50), figure(class.ap));
        out.text(format!(
            "  {name:<24} AP@0.5 {ap50}  AP {ap}  precision {:.3}  sensitivity {:.3}  boxes {}",
            class.precision, class.recall, class.support
        ))?;
    }
    let area = images.auc.map_or_else(String::new, |auc| format!(", AUROC {auc:.3}"));
    out.text(format!("  images with or without a box: accuracy {:.1} %{area}", 100.0 * images.accuracy))
}
