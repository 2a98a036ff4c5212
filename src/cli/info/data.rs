//! What the data are made of and what is wrong with them, as `info` prints it: image names in place of numbers.

use crate::domain::{ImageId, Split};
use crate::session::{Analysis, ProblemKind};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// An analysis in names.
#[derive(Debug, Serialize)]
pub struct Data {
    /// Images whose brightness, depth and look were not kept at import.
    unmeasured: usize,
    attributes: Vec<Attribute>,
    /// By class: the mean share of each sixteenth of the greys, black to white.
    brightness: BTreeMap<String, Vec<f64>>,
    /// Images with the same content.
    duplicates: Vec<Vec<String>>,
    near_duplicates: Vec<Vec<String>>,
    /// The same picture, or nearly, with different labels.
    conflicting_labels: Vec<Vec<String>>,
    duplicates_across_splits: Vec<Vec<String>>,
    groups_across_splits: Vec<Vec<String>>,
    shortcuts: Vec<Shortcut>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    name: String,
    distinct: usize,
    /// The most frequent first, at most forty.
    values: Vec<Value>,
}

#[derive(Debug, Serialize)]
struct Value {
    value: String,
    images: usize,
    by_class: BTreeMap<String, usize>,
    by_split: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Serialize)]
struct Shortcut {
    attribute: String,
    balanced_accuracy: f64,
    /// Lower end of the 95 % interval.
    low: f64,
    chance: f64,
    sentence: String,
    detail: String,
}

impl Data {
    /// The analysis of a project with these classes; `names` are its images'.
    pub fn new(analysis: &Analysis, classes: &[String], names: &HashMap<ImageId, &str>) -> Self {
        let by_class = |counts: &[usize]| classes.iter().cloned().zip(counts.iter().copied()).collect();
        let by_split = |counts: [usize; 3]| Split::ALL.map(Split::name).into_iter().zip(counts).collect();
        let sets = |kind: ProblemKind| -> Vec<Vec<String>> {
            let found = analysis.problems.iter().filter(|problem| problem.kind == kind);
            let name = |id: &ImageId| names.get(id).map(|name| (*name).to_owned());
            found.flat_map(|problem| &problem.sets).map(|set| set.iter().filter_map(name).collect()).collect()
        };
        Self {
            unmeasured: analysis.unmeasured,
            attributes: analysis
                .attributes
                .iter()
                .map(|table| Attribute {
                    name: table.name.clone(),
                    distinct: table.distinct,
                    values: table
                        .values
                        .iter()
                        .map(|value| Value {
                            value: value.value.clone(),
                            images: value.images.len(),
                            by_class: by_class(&value.by_class),
                            by_split: by_split(value.by_split),
                        })
                        .collect(),
                })
                .collect(),
            brightness: classes.iter().cloned().zip(analysis.brightness.iter().cloned()).collect(),
            duplicates: sets(ProblemKind::ExactDuplicates),
            near_duplicates: sets(ProblemKind::NearDuplicates),
            conflicting_labels: sets(ProblemKind::ConflictingLabels),
            duplicates_across_splits: sets(ProblemKind::DuplicatesAcrossSplits),
            groups_across_splits: sets(ProblemKind::GroupsAcrossSplits),
            shortcuts: analysis
                .shortcuts
                .iter()
                .map(|s| Shortcut {
                    attribute: s.attribute.clone(),
                    balanced_accuracy: s.balanced_accuracy,
                    low: s.low,
                    chance: s.chance,
                    sentence: s.sentence.clone(),
                    detail: s.detail.clone(),
                })
                .collect(),
        }
    }

    /// Lines for a reader.
    pub fn in_words(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .attributes
            .iter()
            .map(|table| {
                let values = table.values.iter().take(4).map(|v| format!("{} ({})", v.value, v.images));
                let more = if table.distinct > 4 { ", ..." } else { "" };
                format!("{}: {}{more}", table.name, values.collect::<Vec<_>>().join(", "))
            })
            .collect();
        for (sets, what) in [
            (&self.duplicates, "sets of images with the same content"),
            (&self.near_duplicates, "sets of near duplicates"),
            (&self.conflicting_labels, "duplicates with different labels"),
            (&self.duplicates_across_splits, "duplicates across splits"),
            (&self.groups_across_splits, "groups across splits"),
        ] {
            if let Some(first) = sets.first() {
                lines.push(format!("{} {what}, the first: {}", sets.len(), first.join(", ")));
            }
        }
        for shortcut in &self.shortcuts {
            lines.push(format!("shortcut: {} ({})", shortcut.sentence, shortcut.detail));
        }
        if self.unmeasured > 0 {
            lines.push(format!(
                "{} images were imported before brightness and look were kept: open the Data screen to look at them again",
                self.unmeasured
            ));
        }
        lines
    }
}
