//! Label Studio exports (labelstud.io/guide/export): JSON, JSON-MIN and CSV; `choices` become labels, rectangles and
//! polygons boxes.
//!
//! Of several annotations of one task each is what its annotator said. Where the export has boxes at all, an
//! annotation without any says that there is nothing to draw.

use super::config::Config;
use super::fields::{Answers, Fields};
use super::pictures::{Tags, TaskPictures};
use super::results::{
    Regions, annotations, choose, control, is_stated, kind, labels, plain, presence_asked, reader, results, time,
};
use super::tasks::Seen;
use crate::domain::{Presence, Split};
use crate::imaging::is_image_name;
use crate::interchange::model::draft::{Draft, DraftImage, DraftSaid};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// So many results that are left out are named for each reason.
const NAMED: usize = 20;

/// Keys of a JSON-MIN task that are no answer of an annotator.
pub(super) const NO_ANSWER: [&str; 14] = [
    "id",
    "annotator",
    "annotation_id",
    "created_at",
    "updated_at",
    "lead_time",
    "image_rotation",
    "agreement",
    "task_id",
    "file_upload",
    "split",
    "group",
    "project",
    "inner_id",
];

/// How an export is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct How<'a> {
    /// The labelling configuration beside it.
    pub config: Option<&'a Config>,
    /// The question whose answers are the classes, where a person says it.
    pub class: Option<&'a str>,
    /// A person said that an image may have several findings.
    pub findings: bool,
    /// Pictures of which nothing is said are taken, too.
    pub unlabelled: bool,
}

/// Hands each task of an export to what it is given, the same ones whenever it is called.
pub type Tasks<'a> = &'a dyn Fn(&mut dyn FnMut(Value)) -> Result<(), String>;

/// Whether a table's columns are those of a Label Studio CSV export.
pub fn is_table(columns: &[&str]) -> bool {
    ["annotation_id", "annotator"].iter().all(|wanted| columns.contains(wanted))
}

/// Hands the images of an export over and returns what else it says.
///
/// # Errors
/// What is wrong with the export, in words that go behind the file's name; images that came until then are not to be kept.
pub fn draft(tasks: Tasks<'_>, how: How<'_>, images: &mut dyn FnMut(DraftImage)) -> Result<Draft<()>, String> {
    let mut seen = Seen::default();
    tasks(&mut |task| seen.add(&task, how.config))?;
    if seen.count > 0 && !seen.any_task {
        return Err("is no Label Studio export: its entries have neither annotations nor an annotator".into());
    }
    let question = match how.class {
        Some(class) if !seen.questions.names().is_empty() && !seen.questions.names().contains(&class) => {
            return Err(format!(
                "has no choices called {class} about the images: it has {}",
                seen.questions.names().join(", ")
            ));
        }
        Some(class) => Some(class.to_owned()),
        None => seen.questions.label(),
    };
    let fields = Fields::of(&seen.questions.answered(), how.config);
    let fields = Some(fields).filter(|fields| how.findings && how.class.is_none() && fields.are_several());
    let mut export = Export {
        draft: Draft { classes: declared(how.config, question.as_deref(), fields.as_ref()), ..Draft::default() },
        left_out: BTreeMap::new(),
        images,
        tags: seen.tags,
        of_regions: BTreeMap::new(),
        chosen: BTreeMap::new(),
        question,
        fields,
        has_boxes: seen.has_boxes,
        unlabelled: how.unlabelled,
        counts: BTreeMap::new(),
        other_questions: BTreeSet::new(),
    };
    let mut at = 0;
    tasks(&mut |task| {
        export.task(at, &task);
        at += 1;
    })?;
    Ok(export.finished())
}

/// The classes that a configuration names, in its order: what may be answered, and what regions may be called.
fn declared(config: Option<&Config>, question: Option<&str>, fields: Option<&Fields>) -> Vec<String> {
    let Some(config) = config else { return Vec::new() };
    // What Overread wrote has a control for each thing that may be said of findings, and asks no question.
    let question = question.unwrap_or(control(Presence::Present));
    let mut classes: Vec<String> = match fields {
        Some(fields) => fields.findings().collect(),
        None => config.answers(question).to_vec(),
    };
    for label in config.labels() {
        if classes.iter().all(|known| known != label) {
            classes.push(label.to_owned());
        }
    }
    classes
}

fn says_something(said: &DraftSaid) -> bool {
    said.is_about_the_whole() || !said.boxes.is_empty() || said.nothing_found
}

/// An export as far as its tasks were seen.
pub(super) struct Export<'a> {
    tags: Tags,
    /// Answers about regions, by their question.
    of_regions: BTreeMap<String, usize>,
    /// Tasks with several pictures of which one is taken, by its key.
    chosen: BTreeMap<String, usize>,
    draft: Draft<()>,
    /// Results that were left out, by why.
    left_out: BTreeMap<String, usize>,
    images: &'a mut dyn FnMut(DraftImage),
    question: Option<String>,
    /// The questions, where the answers to each are findings.
    fields: Option<Fields>,
    has_boxes: bool,
    /// Pictures of which nothing is said are taken, too.
    unlabelled: bool,
    pub(super) counts: BTreeMap<&'static str, usize>,
    other_questions: BTreeSet<String>,
}

impl Export<'_> {
    /// What there is to say when all tasks were seen.
    fn finished(self) -> Draft<()> {
        let Self { mut draft, counts, other_questions, question, fields, of_regions, chosen, left_out, .. } = self;
        draft.remarks.extend(fields.as_ref().map(Fields::sentence));
        for (why, count) in left_out.into_iter().filter(|(_, count)| *count > NAMED) {
            draft.leave_out(format!("{} more results", count - NAMED), why);
        }
        for (question, count) in of_regions {
            let answers = if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") };
            draft.remarks.push(format!(
                "{answers} to {question} are about single regions, not about the image: left out, as of a region only its class \
                 is kept."
            ));
        }
        for (key, count) in chosen {
            let tasks = if count == 1 { "1 task has".to_owned() } else { format!("{count} tasks have") };
            draft
                .remarks
                .push(format!("{tasks} several pictures: what is said is taken to be about the one under {key}."));
        }
        for (what, count) in counts {
            draft.remarks.push(format!("{count} {what}."));
        }
        if let (Some(question), false) = (question, other_questions.is_empty()) {
            let others: Vec<String> = other_questions.into_iter().collect();
            draft.remarks.push(format!(
                "the label is the answer to {question}; answers to {} were left out: --column class=NAME takes those of another \
                 question, and --findings those of all.",
                others.join(", ")
            ));
        }
        draft
    }

    /// Leaves a result of an image out.
    pub(super) fn leave_out(&mut self, file: &str, why: String) {
        let count = self.left_out.get(&why).copied().unwrap_or(0) + 1;
        if count <= NAMED {
            self.draft.leave_out(file, why.clone());
        }
        self.left_out.insert(why, count);
    }

    fn task(&mut self, at: usize, task: &Value) {
        let Some(map) = task.as_object() else {
            self.draft.leave_out(format!("task {}", at + 1), "it is no object");
            return;
        };
        let data = map.get("data").and_then(Value::as_object);
        let id = || map.get("id").map_or_else(|| (at + 1).to_string(), plain);
        let pictures = match self.tags.shown(map, data) {
            TaskPictures::One { file, chosen } => {
                if let Some(key) = chosen {
                    *self.chosen.entry(key).or_default() += 1;
                }
                vec![(String::new(), file)]
            }
            TaskPictures::Several(pictures) => pictures,
            TaskPictures::Unclear(keys) => {
                let why = match data {
                    Some(_) => {
                        "none of them is called as the tags that results are about: call the Image tags as their data and export again"
                    }
                    None => "this short form does not say which of them its answers are about: export as JSON",
                };
                return self.draft.leave_out(
                    format!("task {}", id()),
                    format!("it has several pictures ({}), and {why}", keys.join(", ")),
                );
            }
            TaskPictures::None => return self.draft.leave_out(format!("task {}", id()), "it has no image"),
        };
        let extra =
            |name: &str| data.unwrap_or(map).get(name).or_else(|| map.get(name)).map(plain).filter(|t| !t.is_empty());
        let image = |(_, file): &(String, String)| DraftImage {
            split: extra("split").as_deref().and_then(Split::parse),
            group: extra("group").or_else(|| extra("patient")),
            uploader: Some(String::new()),
            file: file.clone(),
            ..DraftImage::default()
        };
        let mut images: Vec<DraftImage> = pictures.iter().map(image).collect();
        let stated = is_stated(task);
        let mut why = "every annotation of it was cancelled";
        if !map.contains_key("annotations") && !map.contains_key("completions") {
            if let Some(image) = images.first_mut() {
                let said = self.short(map, image, stated);
                image.said.extend(Some(said).filter(says_something));
            }
            why = "its annotation is empty";
        } else if annotations(task).next().is_none() {
            why = "it has no annotation yet";
        }
        for annotation in annotations(task) {
            if annotation.get("was_cancelled").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            why = match results(annotation).next() {
                None => "its annotation is empty",
                Some(_) if images.len() > 1 => "nothing that is said of the task is about it",
                Some(_) => "its annotation has no choice that can be taken",
            };
            self.annotation(annotation, &pictures, &mut images, stated);
        }
        // Overread writes images nobody has looked at, too.
        let is_own = data.is_some_and(|data| data.contains_key("sha256") && data.contains_key("reviewed"));
        for image in images {
            if image.said.is_empty() && !self.unlabelled && !(is_own && annotations(task).next().is_none()) {
                self.draft.leave_out(image.file, why);
            } else {
                (self.images)(image);
            }
        }
    }

    /// Adds what an annotator said of each picture; `stated`: of each finding.
    fn annotation(
        &mut self,
        annotation: &Value,
        pictures: &[(String, String)],
        images: &mut [DraftImage],
        stated: bool,
    ) {
        let start = DraftSaid {
            reader: annotation.get("completed_by").and_then(reader),
            time_ms: time(annotation),
            ..DraftSaid::default()
        };
        let mut said: Vec<(DraftSaid, bool)> = vec![(start, true); images.len()];
        let mut answers: Vec<Answers> = vec![Answers::new(); images.len()];
        let of_annotation = Regions::of(annotation);
        let several = images.len() > 1 || pictures.iter().any(|(tag, _)| !tag.is_empty());
        for result in results(annotation) {
            let at = if several { self.tags.place(result, pictures) } else { Some(0) };
            let here = at.and_then(|at| Some((images.get_mut(at)?, said.get_mut(at)?)));
            let Some((image, (said, empty))) = here else {
                let to = result.get("to_name").and_then(Value::as_str).unwrap_or("nothing");
                let files: Vec<&str> = images.iter().map(|image| image.file.as_str()).collect();
                let why = format!(
                    "a result about {to}, which is the tag of none of these pictures: call the Image tags as their data and export again"
                );
                self.draft.left_out.push((files.join(", "), why));
                continue;
            };
            *empty = false;
            let name = result.get("from_name").and_then(Value::as_str).unwrap_or_default();
            let value = result.get("value").unwrap_or(&Value::Null);
            match kind(result) {
                "choices" if of_annotation.has(result) => *self.of_regions.entry(name.to_owned()).or_default() += 1,
                "choices" if stated && presence_asked(name).is_some() => {
                    choose(value.get("choices").unwrap_or(value), presence_asked(name), said);
                }
                "choices" if self.fields.as_ref().is_some_and(|fields| fields.has(name)) => {
                    let before = at.and_then(|at| answers.get_mut(at));
                    before.into_iter().for_each(|before| self.answer(&image.file, name, value, before));
                }
                "choices" if self.question.as_deref().is_none_or(|question| question == name) => {
                    self.choice(&image.file, value.get("choices").unwrap_or(value), said);
                }
                "choices" => {
                    self.other_questions.insert(name.to_owned());
                }
                _ => self.region(result, value, of_annotation.has_label(result), image, said),
            }
        }
        if let Some(fields) = &self.fields {
            said.iter_mut().zip(&answers).for_each(|((said, _), answers)| fields.say(answers, said));
        }
        let nothing_at_all = results(annotation).next().is_none();
        for ((image, (mut said, empty)), (tag, _)) in images.iter_mut().zip(said).zip(pictures) {
            // Of several pictures nobody need have drawn on each, but on those that are drawn on somewhere one could.
            said.nothing_found = empty && self.has_boxes && (nothing_at_all || self.tags.is_drawn_on(tag));
            image.said.extend(Some(said).filter(says_something));
        }
    }

    /// The one annotation of a JSON-MIN task or CSV row.
    fn short(&mut self, map: &Map<String, Value>, image: &mut DraftImage, stated: bool) -> DraftSaid {
        let mut said = DraftSaid {
            reader: map.get("annotator").and_then(reader),
            time_ms: time(&Value::Object(map.clone())),
            ..DraftSaid::default()
        };
        let (mut any_region, mut answers) = (false, Answers::new());
        for (key, value) in map.iter().filter(|(key, _)| !NO_ANSWER.contains(&key.as_str())) {
            if let Value::Array(list) = value
                && list.iter().any(Value::is_object)
            {
                any_region = true;
                for region in list {
                    if region.get("choices").is_some() && labels(region).is_empty() {
                        *self.of_regions.entry(key.clone()).or_default() += 1;
                    } else {
                        self.region(region, region, false, image, &mut said);
                    }
                }
                continue;
            }
            let value = value.get("choices").unwrap_or(value);
            let is_reference =
                value.as_str().is_some_and(|t| t == image.file || t.contains('/') || is_image_name(Path::new(t)));
            if is_reference || !(value.is_string() || value.is_array()) || value.as_str() == Some("") {
                continue;
            }
            if stated {
                if let Some(presence) = presence_asked(key) {
                    choose(value, Some(presence), &mut said);
                }
                continue;
            }
            if let Some(fields) = &self.fields {
                if fields.has(key) {
                    self.answer(&image.file, key, value, &mut answers);
                }
                continue;
            }
            if self.question.as_deref().is_some_and(|question| question != key) {
                self.other_questions.insert(key.clone());
                continue;
            }
            self.question = Some(key.clone());
            self.choice(&image.file, value, &mut said);
        }
        self.fields.iter().for_each(|fields| fields.say(&answers, &mut said));
        said.nothing_found = !any_region && !said.is_about_the_whole() && self.has_boxes;
        said
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
