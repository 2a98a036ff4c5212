//! `overread predict` for a model that answers with findings, of which an image may have several.

use super::classes::{cell, class_map};
use crate::cli::output::Output;
use crate::domain::not_sure::{outcomes, unsure_of};
use crate::domain::prediction::answered_findings;
use crate::domain::{ClassList, ClassThresholds, Decided, Findings, ModelRecord, Presence};
use crate::files::atomically;
use crate::inference::Output as Said;
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What the findings are called, and from which probability on each is said to be present.
pub(super) struct Labels<'a> {
    classes: &'a ClassList,
    names: Vec<String>,
    each: Vec<f64>,
    /// By what logits were divided, and when the answer about a finding is "not sure".
    decided: Decided,
}

impl<'a> Labels<'a> {
    pub fn new(classes: &'a ClassList, own: &ClassThresholds, decided: Decided) -> Self {
        let each = (0..classes.len()).map(|at| own.of(at).unwrap_or(ModelRecord::THRESHOLD)).collect();
        Self { classes, names: classes.names(), each, decided }
    }

    /// The temperature of each finding by its name; empty where the model's own probabilities are used.
    fn temperatures(&self) -> Map<String, Value> {
        let each = self.decided.finding_temperatures.iter();
        each.map(|one| (one.finding.clone(), json!(one.temperature))).collect()
    }

    /// The findings of which the model is not sure, where it may say so.
    fn not_sure(&self, said: &Said) -> Option<Vec<&String>> {
        let least = self.decided.finding_rules.as_ref()?.by_place(self.classes);
        let places = unsure_of(&said.probabilities, &least);
        Some(places.into_iter().filter_map(|place| self.names.get(place)).collect())
    }

    /// The outcomes that belong to the answer about each finding that may be "not sure".
    fn answers(&self, said: &Said) -> Option<Map<String, Value>> {
        let least = self.decided.finding_rules.as_ref()?.by_place(self.classes);
        let of = |((name, p), least): ((&String, &f32), Option<f64>)| {
            let named: Vec<&str> = outcomes(*p, least?).map(Presence::name).collect();
            Some((name.clone(), json!(named)))
        };
        Some(self.names.iter().zip(&said.probabilities).zip(least).filter_map(of).collect())
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
    let not_sure = labels.not_sure(said);
    let thresholds: Map<String, Value> =
        labels.names.iter().cloned().zip(labels.each.iter().map(|threshold| json!(threshold))).collect();
    out.json(&json!({
        "image": image,
        "findings": present,
        "thresholds": thresholds,
        "temperatures": labels.temperatures(),
        "answers": labels.answers(said),
        "not_sure": not_sure,
        "probabilities": class_map(&labels.names, &said.probabilities),
        "logits": said.logits,
        "cut_short": said.visible.is_some(),
    }))?;
    let shares: Vec<String> =
        labels.names.iter().zip(&said.probabilities).map(|(name, p)| format!("{name} {:.1} %", 100.0 * p)).collect();
    let present = if present.is_empty() { "no finding".to_owned() } else { present.join(", ") };
    let doubt = match not_sure.as_deref() {
        None | Some([]) => String::new(),
        Some(names) => {
            format!("; not sure of {}", names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "))
        }
    };
    out.text(format!("{image}: {present} ({}){doubt}", shares.join(", ")))
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
