//! The part of a model's card that says how its run went, pass by pass.

use crate::domain::EpochRecord;
use crate::session::project::card::{Written, number};
use std::fmt::Write;

/// A figure of an epoch, with its head.
type Column = (&'static str, fn(&EpochRecord) -> Option<f64>);

const OF_CLASSES: [Column; 4] = [
    ("Loss", |e| Some(e.train_loss)),
    ("Accuracy", |e| Some(e.train_accuracy)),
    ("Validation loss", |e| e.validation_loss),
    ("Validation accuracy", |e| e.validation_accuracy),
];
const OF_BOXES: [Column; 4] = [
    ("Loss", |e| Some(e.train_loss)),
    ("Validation loss", |e| e.validation_loss),
    ("Validation mAP@0.5", |e| e.validation_map50),
    ("Validation mAP@[.5:.95]", |e| e.validation_map),
];

/// One line an epoch, in Markdown; those of networks that draw boxes have other figures.
pub(in crate::session) fn table(out: &mut String, epochs: &[EpochRecord], boxes: bool) -> Written {
    let columns = if boxes { OF_BOXES } else { OF_CLASSES };
    writeln!(out, "| Epoch | {} | Learning rate | Seconds |", columns.map(|(head, _)| head).join(" | "))?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|---:|")?;
    for e in epochs {
        let best = if e.best { " (kept)" } else { "" };
        let figures = columns.map(|(_, of)| number(of(e))).join(" | ");
        writeln!(out, "| {}{best} | {figures} | {} | {:.1} |", e.epoch, e.learning_rate, e.seconds)?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_of_boxes_show_precision_and_those_of_classes_accuracy() {
        let epoch = EpochRecord {
            epoch: 3,
            best: true,
            train_loss: 0.5,
            train_accuracy: 0.75,
            validation_map50: Some(0.625),
            learning_rate: 0.01,
            seconds: 2.0,
            ..EpochRecord::default()
        };
        let text = |boxes| {
            let mut text = String::new();
            table(&mut text, std::slice::from_ref(&epoch), boxes).unwrap();
            text
        };
        assert!(text(true).contains("| 3 (kept) | 0.500 | - | 0.625 | - | 0.01 | 2.0 |"), "{}", text(true));
        assert!(text(true).contains("mAP@0.5") && !text(true).contains("ccuracy"), "{}", text(true));
        assert!(text(false).contains("| 3 (kept) | 0.500 | 0.750 | - | - | 0.01 | 2.0 |"), "{}", text(false));
    }
}
