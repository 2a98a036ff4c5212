//! Which pictures a task shows, and which of them a result is about.

use super::parse::NO_ANSWER;
use super::results::{annotations, is_drawn, results};
use crate::imaging::is_image_name;
use crate::interchange::model::names::path_of;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// What results of an export are about: names of tags in its labelling configuration, which is not part of it.
#[derive(Debug, Default)]
pub struct Tags {
    /// Of results that are not drawn.
    asked: BTreeSet<String>,
    /// Of results that are drawn.
    drawn_on: BTreeSet<String>,
}

/// The pictures of a task that are annotated.
#[derive(Debug, PartialEq, Eq)]
pub enum TaskPictures {
    /// One; where the task has others, too, the key it stands under.
    One {
        file: String,
        chosen: Option<String>,
    },
    /// Several, each under the name of its tag.
    Several(Vec<(String, String)>),
    /// Several, with their names, of which none is that of a tag.
    Unclear(Vec<String>),
    None,
}

impl Tags {
    /// Adds those of one more task.
    pub fn add(&mut self, task: &Value) {
        for result in annotations(task).flat_map(results) {
            if let Some(name) = result.get("to_name").and_then(Value::as_str) {
                let known = if is_drawn(result) { &mut self.drawn_on } else { &mut self.asked };
                if !known.contains(name) {
                    known.insert(name.to_owned());
                }
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.asked.contains(name) || self.drawn_on.contains(name)
    }

    /// Whether something is drawn on the picture of this tag anywhere in the export.
    pub fn is_drawn_on(&self, name: &str) -> bool {
        self.drawn_on.contains(name)
    }

    /// The pictures of a task. Tags are mostly called as their data.
    pub fn shown(&self, task: &Map<String, Value>, data: Option<&Map<String, Value>>) -> TaskPictures {
        let named = data.unwrap_or(task);
        let pictures: Vec<(String, String)> = named
            .iter()
            .filter(|(key, _)| data.is_some() || !NO_ANSWER.contains(&key.as_str()))
            .filter_map(|(key, value)| Some((key.clone(), picture(value)?)))
            .collect();
        if pictures.len() > 1 {
            let of_tags: Vec<_> = pictures.iter().filter(|(key, _)| self.has(key)).cloned().collect();
            if !of_tags.is_empty() {
                return TaskPictures::Several(of_tags);
            }
            // The short form says nothing of tags.
            if data.is_none() || self.drawn_on.len() > 1 {
                return TaskPictures::Unclear(pictures.into_iter().map(|(key, _)| key).collect());
            }
        }
        let Some(file) = image_reference(task, data) else { return TaskPictures::None };
        let chosen = pictures.iter().find(|(_, known)| pictures.len() > 1 && *known == file);
        TaskPictures::One { chosen: chosen.map(|(key, _)| key.clone()), file }
    }

    /// Which of several pictures a result is about.
    pub fn place(&self, result: &Value, pictures: &[(String, String)]) -> Option<usize> {
        let name = result.get("to_name").and_then(Value::as_str).unwrap_or_default();
        let own = pictures.iter().position(|(key, _)| key == name);
        // What is said of a text beside the only picture is said of the task.
        own.or_else(|| (pictures.len() == 1 && !self.drawn_on.contains(name)).then_some(0))
    }
}

fn picture(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    is_image_name(Path::new(path_of(text).trim())).then(|| text.to_owned())
}

/// The image's address: what was uploaded, else the first datum that is named as a picture.
fn image_reference(task: &Map<String, Value>, data: Option<&Map<String, Value>>) -> Option<String> {
    let upload = task.get("file_upload").and_then(picture);
    let named = data.unwrap_or(task);
    let first = ["image", "img", "picture", "url"].iter().find_map(|key| named.get(*key).and_then(picture));
    // DICOM files often have no extension, and frames have a number behind it.
    let told = || named.get("image").and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    // The datum keeps the folders, which the upload's name has lost.
    first.or(upload).or_else(|| named.values().find_map(picture)).or_else(told)
}
