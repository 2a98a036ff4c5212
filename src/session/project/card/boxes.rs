//! The part of a model's card that says how well it draws boxes.

use crate::domain::DetectionReport;
use crate::session::project::card::{Written, cell, number};
use std::fmt::Write;

/// The figures on the test split, in Markdown.
pub(in crate::session) fn figures(out: &mut String, d: &DetectionReport, names: &[String]) -> Written {
    writeln!(out, "{} boxes, judged as COCO does (pycocotools' COCOeval).\n", d.boxes)?;
    writeln!(out, "| | |\n|---|---|")?;
    for figure in DetectionReport::FIGURES {
        writeln!(out, "| {} | {} |", figure.title, number((figure.of)(d)))?;
    }
    writeln!(out, "\n| Class | AP@0.5 | AP | Precision | Recall | F1 | Boxes |\n|---|---:|---:|---:|---:|---:|---:|")?;
    for name in names {
        let Some(m) = d.per_class.get(name) else { continue };
        let figures = [m.ap50, m.ap, Some(m.precision), Some(m.recall), Some(m.f1)].map(number).join(" | ");
        writeln!(out, "| {} | {figures} | {} |", cell(name), m.support)?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BoxMetrics;

    #[test]
    fn every_class_has_a_line_and_what_is_not_defined_a_dash() {
        let mut report = DetectionReport { boxes: 7, map50: Some(0.8125), threshold: 0.25, ..Default::default() };
        report.per_class.insert("mass".into(), BoxMetrics { ap50: Some(0.5), support: 4, ..Default::default() });
        let mut text = String::new();
        figures(&mut text, &report, &["mass".into(), "nodule".into()]).unwrap();
        for part in ["7 boxes", "| mAP@0.5 | 0.812 |", "| mAP@0.75 | - |", "| mass | 0.500 | - | 0.000 |", "| 0.250 |"]
        {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(!text.contains("nodule"), "{text}");
    }
}
