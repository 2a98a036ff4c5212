//! What stands in a task: its annotations, their results, and which of these are about a region.

use super::config::Config;
use crate::domain::Presence;
use crate::interchange::model::draft::DraftSaid;
use crate::interchange::model::reading::instant;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a value looks like a task of an export.
pub fn is_task(value: &Value) -> bool {
    value.get("annotations").or_else(|| value.get("completions")).is_some_and(Value::is_array)
        || value.get("annotation_id").is_some()
        || value.get("annotator").is_some()
}

/// Under this key [`super::write`] says that the task states of each finding whether it is present, absent or uncertain,
/// each under its own control.
pub const STATED: &str = "findings";

/// Whether a task states that of each finding.
pub fn is_stated(task: &Value) -> bool {
    let said = task.get("data").unwrap_or(task).get(STATED);
    said.is_some_and(|said| said.as_bool() == Some(true) || said.as_str() == Some("true"))
}

/// The control under which findings stand of which this is said.
pub fn control(presence: Presence) -> &'static str {
    match presence {
        Presence::Present => "label",
        Presence::Absent => "absent",
        Presence::Uncertain => "uncertain",
    }
}

/// What is said of the findings that stand under a control.
pub fn presence_asked(name: &str) -> Option<Presence> {
    Presence::ALL.into_iter().find(|presence| control(*presence) == name)
}

/// The controls whose choices were made about images, how often, and what was chosen.
#[derive(Debug, Default)]
pub struct Questions(BTreeMap<String, (usize, BTreeSet<String>)>);

impl Questions {
    /// Counts those of one more task; of the short form, which does not tell answers from data, those that its
    /// configuration knows.
    pub fn add(&mut self, task: &Value, config: Option<&Config>) {
        if is_stated(task) {
            return;
        }
        for annotation in annotations(task) {
            let regions = Regions::of(annotation);
            for result in results(annotation).filter(|result| kind(result) == "choices" && !regions.has(result)) {
                if let Some(name) = result.get("from_name").and_then(Value::as_str) {
                    self.count(name, choices(result.get("value").unwrap_or(&Value::Null)));
                }
            }
        }
        for question in config.into_iter().flat_map(Config::questions).filter(|_| is_short(task)) {
            if let Some(value) = task.get(question) {
                self.count(question, choices(value));
            }
        }
    }

    fn count<'a>(&mut self, question: &str, chosen: impl IntoIterator<Item = &'a str>) {
        if !self.0.contains_key(question) {
            self.0.insert(question.to_owned(), (0, BTreeSet::new()));
        }
        let Some((count, known)) = self.0.get_mut(question) else { return };
        *count += 1;
        for one in chosen {
            if !known.contains(one) {
                known.insert(one.to_owned());
            }
        }
    }

    /// The one whose choices are the label: the one answered most often.
    pub fn label(&self) -> Option<String> {
        self.0.iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(a.0))).map(|(name, _)| name.clone())
    }

    /// What was answered to each.
    pub fn answered(self) -> BTreeMap<String, BTreeSet<String>> {
        self.0.into_iter().map(|(question, (_, answered))| (question, answered)).collect()
    }

    /// Their names, for a sentence.
    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// Whether a task is in the short form, whose answers stand beside its data.
pub fn is_short(task: &Value) -> bool {
    task.get("annotations").is_none() && task.get("completions").is_none()
}

/// What is chosen, in each of the ways that exports write it.
pub fn choices(value: &Value) -> Vec<&str> {
    let value = value.get("choices").unwrap_or(value);
    let chosen: Vec<&str> = match value {
        Value::String(text) => vec![text.trim()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::trim).collect(),
        _ => Vec::new(),
    };
    chosen.into_iter().filter(|one| !one.is_empty()).collect()
}

/// What is chosen of an image: its class, or several findings that it has and no others; where each finding is asked for,
/// those that are `stated` to be so.
pub fn choose(value: &Value, stated: Option<Presence>, said: &mut DraftSaid) {
    for one in choices(value) {
        match stated {
            Some(presence) => said.findings.push((one.to_owned(), presence)),
            None => said.add_label(one),
        }
    }
}

/// Whether anything in a task is drawn, down to some depth.
pub fn mentions_boxes(value: &Value, depth: usize) -> bool {
    match value {
        Value::Object(map) => {
            map.contains_key("rectanglelabels")
                || map.contains_key("polygonlabels")
                || map.contains_key("ellipselabels")
                || depth < 8 && map.values().any(|v| mentions_boxes(v, depth + 1))
        }
        Value::Array(list) => depth < 8 && list.iter().any(|v| mentions_boxes(v, depth + 1)),
        _ => false,
    }
}

/// The annotations of a task.
pub fn annotations(task: &Value) -> impl Iterator<Item = &Value> {
    task.get("annotations").or_else(|| task.get("completions")).and_then(Value::as_array).into_iter().flatten()
}

/// The results of an annotation.
pub fn results(annotation: &Value) -> impl Iterator<Item = &Value> {
    annotation.get("result").and_then(Value::as_array).into_iter().flatten()
}

/// What kind of result it is.
pub fn kind(result: &Value) -> &str {
    result.get("type").and_then(Value::as_str).unwrap_or("")
}

/// Whether a result lies somewhere on its picture.
pub fn is_drawn(result: &Value) -> bool {
    let value = result.get("value").unwrap_or(result);
    ["x", "points", "rle", "vertices"].iter().any(|key| value.get(key).is_some())
}

/// The labels of a region.
pub fn labels(value: &Value) -> Vec<&str> {
    let keys = ["rectanglelabels", "polygonlabels", "ellipselabels", "labels"];
    let list = keys.iter().find_map(|key| value.get(key)?.as_array().filter(|list| !list.is_empty()));
    list.into_iter().flatten().filter_map(Value::as_str).map(str::trim).filter(|label| !label.is_empty()).collect()
}

/// The regions of an annotation, by their ids.
pub struct Regions<'a> {
    /// All of them.
    drawn: BTreeSet<&'a str>,
    labelled: BTreeSet<&'a str>,
}

impl<'a> Regions<'a> {
    /// Those of an annotation.
    pub fn of(annotation: &'a Value) -> Self {
        let mut regions = Self { drawn: BTreeSet::new(), labelled: BTreeSet::new() };
        for result in results(annotation).filter(|result| is_drawn(result) && kind(result) != "choices") {
            let Some(id) = id(result) else { continue };
            regions.drawn.insert(id);
            if !labels(result.get("value").unwrap_or(&Value::Null)).is_empty() {
                regions.labelled.insert(id);
            }
        }
        regions
    }

    /// Whether a result is about a region, and not about the image.
    pub fn has(&self, result: &Value) -> bool {
        is_drawn(result) || id(result).is_some_and(|id| self.drawn.contains(id))
    }

    /// Whether a region's label comes in a result of its own.
    pub fn has_label(&self, result: &Value) -> bool {
        id(result).is_some_and(|id| self.labelled.contains(id))
    }
}

/// The name of a result or of its region.
pub fn id(result: &Value) -> Option<&str> {
    result.get("id").and_then(Value::as_str)
}

/// Who annotated: an address or name where there is one, else the number.
pub fn reader(value: &Value) -> Option<String> {
    let name = match value {
        Value::Object(person) => {
            let text = |key: &str| person.get(key).map(plain).filter(|t| !t.is_empty());
            text("email").or_else(|| text("username")).or_else(|| text("id"))?
        }
        Value::Null => return None,
        other => plain(other),
    };
    Some(name).filter(|name| !name.is_empty())
}

/// When, in milliseconds since 1970-01-01 UTC.
pub fn time(annotation: &Value) -> Option<i64> {
    ["updated_at", "created_at"].iter().find_map(|key| instant(annotation.get(key)?.as_str()?))
}

/// A value as text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
