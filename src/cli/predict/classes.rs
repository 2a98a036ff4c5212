//! `overread predict` for a model that gives classes to whole images.

use crate::cli::output::Output;
use crate::domain::prediction::top_class;
use crate::files::atomically;
use crate::inference::Output as Said;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn print(out: Output, image: &str, names: &[String], said: &Said) -> Result<()> {
    let label = label(names, said);
    out.json(&json!({
        "image": image,
        "label": label,
        "probabilities": class_map(names, &said.probabilities),
        "logits": said.logits,
        "boxes": [],
        "cut_short": said.visible.is_some(),
    }))?;
    let shares: Vec<String> =
        names.iter().zip(&said.probabilities).map(|(name, p)| format!("{name} {:.1} %", 100.0 * p)).collect();
    out.text(format!("{image}: {label} ({})", shares.join(", ")))
}

/// Probabilities by class.
pub fn class_map(names: &[String], probabilities: &[f32]) -> Value {
    Value::Object(names.iter().cloned().zip(probabilities.iter().map(|p| json!(p))).collect())
}

fn label(names: &[String], said: &Said) -> String {
    top_class(&said.probabilities).and_then(|class| names.get(class)).cloned().unwrap_or_default()
}

pub(super) fn write_csv(path: &Path, names: &[String], rows: &[(&str, Said)]) -> Result<()> {
    atomically(path, |out| {
        let header: Vec<String> = names.iter().map(|name| cell(&format!("p_{name}"))).collect();
        writeln!(out, "image,label,{}", header.join(","))?;
        for (image, said) in rows {
            let shares: Vec<String> = said.probabilities.iter().map(ToString::to_string).collect();
            let (image, label) = (cell(image), cell(&label(names, said)));
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
