//! The part of a model's card that says how its run went, pass by pass.

use crate::domain::{EpochRecord, Metric};
use crate::session::project::card::{Written, number};
use std::fmt::Write;

/// A figure of an epoch, with its head.
type Column = (String, Box<dyn Fn(&EpochRecord) -> Option<f64>>);

/// What a page has room for: four figures, those that say most.
fn columns(boxes: bool) -> [Column; 4] {
    let train = |head: &str, metric| -> Column { (head.to_owned(), Box::new(move |e| e.train(metric))) };
    let validation = |metric: Metric| -> Column { (metric.title(), Box::new(move |e| e.validation.get(metric))) };
    let loss = train("Loss", Metric::Loss);
    if boxes {
        [loss, validation(Metric::Loss), validation(Metric::Map50), validation(Metric::Map)]
    } else {
        [loss, train("Accuracy", Metric::Accuracy), validation(Metric::Loss), validation(Metric::Accuracy)]
    }
}

/// One line an epoch, in Markdown; those of networks that draw boxes have other figures.
pub(in crate::session) fn table(out: &mut String, epochs: &[EpochRecord], boxes: bool) -> Written {
    let columns = columns(boxes);
    let heads: Vec<&str> = columns.iter().map(|(head, _)| head.as_str()).collect();
    writeln!(out, "| Epoch | {} | Learning rate | Seconds |", heads.join(" | "))?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|---:|")?;
    for e in epochs {
        let best = if e.best { " (kept)" } else { "" };
        let figures: Vec<String> = columns.iter().map(|(_, of)| number(of(e))).collect();
        writeln!(out, "| {}{best} | {} | {} | {:.1} |", e.epoch, figures.join(" | "), e.learning_rate, e.seconds)?;
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
            validation: [(Metric::Map50, 0.625)].into(),
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
