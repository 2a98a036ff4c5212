//! `overread predict` for a model that gives classes to whole images.

use crate::cli::output::Output;
use crate::domain::prediction::answer;
use crate::domain::{AnswerRule, ClassThresholds};
use crate::files::atomically;
use crate::inference::Output as Said;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

/// What the classes are called, and from which probability on.
#[derive(Clone, Copy)]
pub(super) struct Labels<'a> {
    pub names: &'a [String],
    pub thresholds: &'a ClassThresholds,
    /// By what logits were divided.
    pub temperature: Option<f64>,
    /// By what rule several classes may be named.
    pub answers: Option<AnswerRule>,
}

impl<'a> Labels<'a> {
    fn of(self, said: &Said) -> String {
        let class = self.thresholds.called(&said.probabilities);
        class.and_then(|class| self.names.get(class)).cloned().unwrap_or_default()
    }

    /// The classes that the answer names, the most probable first, where it may name several.
    fn answer(self, said: &Said) -> Option<Vec<&'a String>> {
        if self.thresholds.is_unsure(&said.probabilities) {
            return Some(Vec::new());
        }
        let classes = answer(&said.probabilities, self.answers?.least);
        Some(classes.into_iter().filter_map(|class| self.names.get(class)).collect())
    }
}

pub(super) fn print(out: Output, image: &str, labels: Labels<'_>, said: &Said) -> Result<()> {
    let (label, names, answer) = (labels.of(said), labels.names, labels.answer(said));
    let unsure = answer.as_ref().filter(|answer| answer.len() != 1);
    out.json(&json!({
        "image": image,
        "label": label,
        "threshold": labels.thresholds.of(1).filter(|_| names.len() == 2),
        "class_thresholds": labels.thresholds.with_names(names),
        "temperature": labels.temperature,
        "answer": answer,
        "not_sure": answer.as_ref().map(|_| unsure.is_some()),
        "probabilities": class_map(names, &said.probabilities),
        "logits": said.logits,
        "boxes": [],
        "cut_short": said.visible.is_some(),
    }))?;
    let shares: Vec<String> =
        names.iter().zip(&said.probabilities).map(|(name, p)| format!("{name} {:.1} %", 100.0 * p)).collect();
    let doubt = match unsure.map(Vec::as_slice) {
        None => String::new(),
        Some([]) => "; not sure: no class is likely enough".to_owned(),
        Some(classes) => {
            format!("; not sure: {}", classes.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" or "))
        }
    };
    out.text(format!("{image}: {label} ({}){doubt}", shares.join(", ")))
}

/// Probabilities by class.
pub fn class_map(names: &[String], probabilities: &[f32]) -> Value {
    Value::Object(names.iter().cloned().zip(probabilities.iter().map(|p| json!(p))).collect())
}

pub(super) fn write_csv(path: &Path, labels: Labels<'_>, rows: &[(&str, Said)]) -> Result<()> {
    atomically(path, |out| {
        let header: Vec<String> = labels.names.iter().map(|name| cell(&format!("p_{name}"))).collect();
        writeln!(out, "image,label,{}", header.join(","))?;
        for (image, said) in rows {
            let shares: Vec<String> = said.probabilities.iter().map(ToString::to_string).collect();
            let (image, label) = (cell(image), cell(&labels.of(said)));
            writeln!(out, "{image},{label},{}", shares.join(","))?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}

/// A cell as RFC 4180 wants it.
pub(in crate::cli) fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(cell("hand.png"), "hand.png");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }
}
