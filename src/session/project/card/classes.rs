//! The part of a model's card that says how well it tells classes apart.

use crate::domain::ClassificationReport;
use crate::evaluation::wilson_interval;
use crate::session::project::card::{Written, cell, number};
use std::fmt::Write;

/// The figures on the test split, in Markdown.
pub(in crate::session) fn figures(out: &mut String, test: &ClassificationReport, names: &[String]) -> Written {
    writeln!(out, "Intervals are 95 % (Wilson) and speak of images, as if each were of another person.\n")?;
    writeln!(out, "| | |\n|---|---|")?;
    for figure in ClassificationReport::FIGURES {
        let Some(value) = (figure.of)(test) else { continue };
        let interval = figure.share.map_or_else(String::new, |share| {
            let (right, images) = share(test);
            format!(" {}", interval(right, images))
        });
        writeln!(out, "| {} | {}{interval} |", figure.title, number(Some(value)))?;
    }
    writeln!(out, "\n| Class | Precision | Recall | F1 | Images |\n|---|---:|---:|---:|---:|")?;
    for (at, name) in names.iter().enumerate() {
        let Some(m) = test.per_class.get(name) else { continue };
        let found = test.confusion_matrix.get(at).and_then(|row| row.get(at)).copied().unwrap_or(0);
        writeln!(
            out,
            "| {} | {} | {} {} | {} | {} |",
            cell(name),
            number(m.precision),
            number(m.recall),
            interval(found, m.support),
            number(m.f1),
            m.support
        )?;
    }
    writeln!(out)?;
    confusion(out, test, names)
}

fn confusion(out: &mut String, test: &ClassificationReport, names: &[String]) -> Written {
    let heads: Vec<String> = names.iter().map(|name| cell(name)).collect();
    writeln!(out, "Rows are the readers' labels, columns what the model says:\n")?;
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---:|".repeat(heads.len()))?;
    for (head, row) in heads.iter().zip(&test.confusion_matrix) {
        let row: Vec<String> = row.iter().map(usize::to_string).collect();
        writeln!(out, "| **{head}** | {} |", row.join(" | "))?;
    }
    writeln!(out)
}

fn interval(successes: usize, trials: usize) -> String {
    wilson_interval(successes, trials).map_or_else(String::new, |(low, high)| format!("({low:.3} to {high:.3})"))
}
