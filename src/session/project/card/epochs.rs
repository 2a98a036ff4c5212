//! The part of a model's card that says how its run went, pass by pass.

use crate::domain::{AnswerKind, EpochRecord, Metric};
use crate::session::project::card::{Written, number};
use std::fmt::Write;

/// A figure of an epoch, with its head.
type Column = (String, Box<dyn Fn(&EpochRecord) -> Option<f64>>);

/// What a page has room for: four figures, those that say most.
fn columns(kind: AnswerKind) -> [Column; 4] {
    let train = |head: &str, metric| -> Column { (head.to_owned(), Box::new(move |e| e.train(metric))) };
    let validation = |metric: Metric| -> Column { (metric.title(), Box::new(move |e| e.validation.get(metric))) };
    let loss = train("Loss", Metric::Loss);
    match kind {
        AnswerKind::Class => {
            [loss, train("Accuracy", Metric::Accuracy), validation(Metric::Loss), validation(Metric::Accuracy)]
        }
        AnswerKind::Findings => {
            let auroc: Column = ("Validation AUROC, mean".to_owned(), validation(Metric::Auroc).1);
            [loss, validation(Metric::Loss), auroc, validation(Metric::AveragePrecision)]
        }
        AnswerKind::Boxes => [loss, validation(Metric::Loss), validation(Metric::Map50), validation(Metric::Map)],
    }
}

/// One line an epoch, in Markdown, with the figures that say most of networks that answer so.
pub(in crate::session) fn table(out: &mut String, epochs: &[EpochRecord], kind: AnswerKind) -> Written {
    let columns = columns(kind);
    let heads: Vec<&str> = columns.iter().map(|(head, _)| head.as_str()).collect();
    writeln!(out, "| Epoch | {} | Learning rate | Seconds |", heads.join(" | "))?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|---:|")?;
    let kept = EpochRecord::kept(epochs).map(|e| e.epoch);
    for e in epochs {
        let best = if Some(e.epoch) == kept { " (kept)" } else { "" };
        let figures: Vec<String> = columns.iter().map(|(_, of)| number(of(e))).collect();
        writeln!(out, "| {}{best} | {} | {} | {:.1} |", e.epoch, figures.join(" | "), e.learning_rate, e.seconds)?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_show_the_figures_of_what_the_network_answers_with() {
        let epoch = EpochRecord {
            epoch: 3,
            best: true,
            train_loss: 0.5,
            train_accuracy: 0.75,
            validation: [(Metric::Map50, 0.625), (Metric::Auroc, 0.875)].into(),
            learning_rate: 0.01,
            seconds: 2.0,
            ..EpochRecord::default()
        };
        let text = |kind| {
            let mut text = String::new();
            table(&mut text, std::slice::from_ref(&epoch), kind).unwrap();
            text
        };
        let boxes = text(AnswerKind::Boxes);
        assert!(boxes.contains("| 3 (kept) | 0.500 | - | 0.625 | - | 0.01 | 2.0 |"), "{boxes}");
        assert!(boxes.contains("mAP@0.5") && !boxes.contains("ccuracy"), "{boxes}");
        let findings = text(AnswerKind::Findings);
        assert!(findings.contains("| 3 (kept) | 0.500 | - | 0.875 | - | 0.01 | 2.0 |"), "{findings}");
        assert!(findings.contains("Validation AUROC, mean") && !findings.contains("ccuracy"), "{findings}");
        let classes = text(AnswerKind::Class);
        assert!(classes.contains("| 3 (kept) | 0.500 | 0.750 | - | - | 0.01 | 2.0 |"), "{classes}");
        // Better than all before it, but not than all: its weights are not those that were kept.
        let mut text = String::new();
        table(&mut text, &[EpochRecord { epoch: 2, ..epoch.clone() }, epoch.clone()], AnswerKind::Boxes).unwrap();
        assert!(text.contains("| 2 | 0.500") && text.contains("| 3 (kept) |"), "{text}");
    }
}
