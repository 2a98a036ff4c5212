//! `overread predict` for a model that answers with findings, of which an image may have several.

use super::classes::{cell, class_map};
use crate::cli::output::Output;
use crate::domain::prediction::answered_findings;
use crate::domain::{ClassList, ClassThresholds, Findings, ModelRecord, Presence};
use crate::files::atomically;
use crate::inference::Output as Said;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;

/// What the findings are called, and from which probability on each is said to be present.
pub(super) struct Labels<'a> {
    classes: &'a ClassList,
    names: Vec<String>,
    each: Vec<f64>,
}

impl<'a> Labels<'a> {
    pub fn new(classes: &'a ClassList, own: &ClassThresholds) -> Self {
        let each = (0..classes.len()).map(|at| own.of(at).unwrap_or(ModelRecord::THRESHOLD)).collect();
        Self { classes, names: classes.names(), each }
    }

    fn answered(&self, said: &Said) -> Findings {
        answered_findings(&said.probabilities, &self.each, self.classes)
    }

    fn present(&self, said: &Said) -> Vec<String> {
        self.answered(said).that_are(Presence::Present).map(|finding| self.classes.name(finding)).collect()
    }
}

pub(super) fn print(out: Output, image: &str, labels: &Labels<'_>, said: &Said) -> Result<()> {
    let present = labels.present(said);
    let thresholds: serde_json::Map<String, Value> =
        labels.names.iter().cloned().zip(labels.each.iter().map(|threshold| json!(threshold))).collect();
    out.json(&json!({
        "image": image,
        "findings": present,
        "thresholds": thresholds,
        "probabilities": class_map(&labels.names, &said.probabilities),
        "logits": said.logits,
        "cut_short": said.visible.is_some(),
    }))?;
    let shares: Vec<String> =
        labels.names.iter().zip(&said.probabilities).map(|(name, p)| format!("{name} {:.1} %", 100.0 * p)).collect();
    let present = if present.is_empty() { "no finding".to_owned() } else { present.join(", ") };
    out.text(format!("{image}: {present} ({})", shares.join(", ")))
}

/// A row an image: what is present, separated by `|`, then the probability of each finding.
pub(super) fn write_csv(path: &Path, labels: &Labels<'_>, rows: &[(&str, Said)]) -> Result<()> {
    atomically(path, |out| {
        let header: Vec<String> = labels.names.iter().map(|name| cell(&format!("p_{name}"))).collect();
        writeln!(out, "image,findings,{}", header.join(","))?;
        for (image, said) in rows {
            let shares: Vec<String> = said.probabilities.iter().map(ToString::to_string).collect();
            writeln!(out, "{},{},{}", cell(image), cell(&labels.present(said).join("|")), shares.join(","))?;
        }
        Ok(())
    })
    .with_context(|| format!("{} was not written", path.display()))
}
