//! Label Studio exports (labelstud.io/guide/export): JSON, JSON-MIN and CSV; `choices` become labels, rectangles and
//! polygons boxes.
//!
//! Coordinates are percent of the image's width and height, and a rotation in degrees clockwise about the top left
//! corner. Of several annotations of one task each is what its annotator said. Where the export has boxes at all, an
//! annotation without any says that there is nothing to draw.

use crate::domain::{Rect, Split};
use crate::imaging::is_image_name;
use crate::interchange::formats::mask::around_points;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::reading::instant;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Keys of a JSON-MIN task that are no answer of an annotator.
const NO_ANSWER: [&str; 14] = [
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

/// Reads a JSON or JSON-MIN export.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn parse(text: &str) -> Result<Draft, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("is no whole JSON file ({e})"))?;
    let tasks = match value {
        Value::Array(tasks) => tasks,
        Value::Object(task) if task.contains_key("annotations") && task.contains_key("data") => {
            vec![Value::Object(task)]
        }
        _ => return Err("is no Label Studio export: it is no list of tasks".into()),
    };
    if !tasks.is_empty() && !tasks.iter().any(is_task) {
        return Err("is no Label Studio export: its entries have neither annotations nor an annotator".into());
    }
    Ok(draft_of(&tasks))
}

/// Whether a value looks like a task of an export.
pub fn is_task(value: &Value) -> bool {
    value.get("annotations").or_else(|| value.get("completions")).is_some_and(Value::is_array)
        || value.get("annotation_id").is_some()
        || value.get("annotator").is_some()
}

/// Whether a table's columns are those of a Label Studio CSV export.
pub fn is_table(columns: &[&str]) -> bool {
    ["annotation_id", "annotator"].iter().all(|wanted| columns.contains(wanted))
}

/// Makes a draft of a CSV export's rows: cells by column, JSON in cells that begin with a bracket.
pub fn parse_rows(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Draft {
    let task = |cells: Vec<String>| {
        let cell = |text: String| match text.trim_start().starts_with(['[', '{']) {
            true => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            false => Value::String(text),
        };
        Value::Object(columns.iter().map(|c| (*c).to_owned()).zip(cells.into_iter().map(cell)).collect())
    };
    let tasks: Vec<Value> = rows.map(task).collect();
    draft_of(&tasks)
}

fn draft_of(tasks: &[Value]) -> Draft {
    let mut export = Export {
        draft: Draft::default(),
        question: question(tasks),
        has_boxes: tasks.iter().any(|task| mentions_boxes(task, 0)),
        counts: BTreeMap::new(),
        other_questions: BTreeSet::new(),
    };
    for (at, task) in tasks.iter().enumerate() {
        export.task(at, task);
    }
    let Export { mut draft, counts, other_questions, question, .. } = export;
    for (what, count) in counts {
        draft.remarks.push(format!("{count} {what}."));
    }
    if let (Some(question), false) = (question, other_questions.is_empty()) {
        let others: Vec<String> = other_questions.into_iter().collect();
        draft
            .remarks
            .push(format!("the label is the answer to {question}; answers to {} were left out.", others.join(", ")));
    }
    draft
}

/// The control whose choices are the label: the one answered most often.
fn question(tasks: &[Value]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for result in tasks.iter().flat_map(annotations).flat_map(results) {
        if let ("choices", Some(name)) = (kind(result), result.get("from_name").and_then(Value::as_str)) {
            *counts.entry(name).or_default() += 1;
        }
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(name, _)| name.to_owned())
}

fn mentions_boxes(value: &Value, depth: usize) -> bool {
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

fn annotations(task: &Value) -> impl Iterator<Item = &Value> {
    task.get("annotations").or_else(|| task.get("completions")).and_then(Value::as_array).into_iter().flatten()
}

fn results(annotation: &Value) -> impl Iterator<Item = &Value> {
    annotation.get("result").and_then(Value::as_array).into_iter().flatten()
}

fn kind(result: &Value) -> &str {
    result.get("type").and_then(Value::as_str).unwrap_or("")
}

struct Export {
    draft: Draft,
    question: Option<String>,
    has_boxes: bool,
    counts: BTreeMap<&'static str, usize>,
    other_questions: BTreeSet<String>,
}

impl Export {
    fn task(&mut self, at: usize, task: &Value) {
        let Some(map) = task.as_object() else {
            self.draft.leave_out(format!("task {}", at + 1), "it is no object");
            return;
        };
        let data = map.get("data").and_then(Value::as_object);
        let reference = image_reference(map, data);
        let Some(file) = reference else {
            let id = map.get("id").map_or_else(|| (at + 1).to_string(), plain);
            self.draft.leave_out(format!("task {id}"), "it has no image");
            return;
        };
        let extra =
            |name: &str| data.unwrap_or(map).get(name).or_else(|| map.get(name)).map(plain).filter(|t| !t.is_empty());
        let mut image = DraftImage {
            split: extra("split").as_deref().and_then(Split::parse),
            group: extra("group").or_else(|| extra("patient")),
            uploader: Some(String::new()),
            file,
            ..DraftImage::default()
        };
        if map.contains_key("annotations") || map.contains_key("completions") {
            if annotations(task).next().is_none() {
                self.draft.leave_out(image.file, "it has no annotation yet");
                return;
            }
            let mut why = "every annotation of it was cancelled";
            for annotation in annotations(task) {
                if annotation.get("was_cancelled").and_then(Value::as_bool) == Some(true) {
                    continue;
                }
                let said = self.said(annotation, &mut image);
                if said.label.is_some() || !said.boxes.is_empty() || said.nothing_found {
                    image.said.push(said);
                } else {
                    why = "its annotation has no choice that can be taken";
                    if results(annotation).next().is_none() {
                        why = "its annotation is empty";
                    }
                }
            }
            if image.said.is_empty() {
                self.draft.leave_out(image.file, why);
                return;
            }
        } else {
            let said = self.short(map, &mut image);
            if said.label.is_none() && said.boxes.is_empty() && !said.nothing_found {
                self.draft.leave_out(image.file, "its annotation is empty");
                return;
            }
            image.said.push(said);
        }
        self.draft.images.push(image);
    }

    fn said(&mut self, annotation: &Value, image: &mut DraftImage) -> DraftSaid {
        let mut said = DraftSaid {
            reader: annotation.get("completed_by").and_then(reader),
            time_ms: time(annotation),
            ..DraftSaid::default()
        };
        let mut empty = true;
        for result in results(annotation) {
            empty = false;
            let name = result.get("from_name").and_then(Value::as_str).unwrap_or_default();
            let value = result.get("value").unwrap_or(&Value::Null);
            match kind(result) {
                "choices" if self.question.as_deref().is_none_or(|question| question == name) => {
                    self.choice(&image.file, value.get("choices").unwrap_or(value), &mut said);
                }
                "choices" => {
                    self.other_questions.insert(name.to_owned());
                }
                _ => self.region(result, value, image, &mut said),
            }
        }
        said.nothing_found = empty && self.has_boxes;
        said
    }

    /// A choice as the label; only one can be.
    fn choice(&mut self, file: &str, value: &Value, said: &mut DraftSaid) {
        let chosen: Vec<&str> = match value {
            Value::String(text) => vec![text.trim()],
            Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::trim).collect(),
            _ => Vec::new(),
        };
        match chosen.as_slice() {
            [] | [""] => {}
            [one] if said.label.is_none() || said.label.as_deref() == Some(*one) => {
                said.label = Some((*one).to_owned())
            }
            several => {
                self.draft.left_out.push((file.to_owned(), format!("several choices at once ({})", several.join(", "))))
            }
        }
    }

    /// A rectangle, polygon or ellipse as a box.
    fn region(&mut self, result: &Value, value: &Value, image: &mut DraftImage, said: &mut DraftSaid) {
        let kind = kind(result).to_owned();
        let out = |export: &mut Self, why: String| export.draft.left_out.push((image.file.clone(), why));
        let labels = ["rectanglelabels", "polygonlabels", "ellipselabels", "labels"];
        let Some(class) = labels.iter().find_map(|key| value.get(key)?.as_array()?.first()?.as_str()) else {
            match kind.as_str() {
                // The same region comes again with its label.
                "rectangle" | "polygon" | "ellipse" => {}
                "" => out(self, "a result without a type".into()),
                other => out(
                    self,
                    format!("a result of the kind {other}: only choices, rectangles, polygons and ellipses are taken"),
                ),
            }
            return;
        };
        if number(result, "image_rotation").is_some_and(|angle| angle != 0.0) {
            return out(self, format!("a {kind} of {class} on an image that was turned in Label Studio"));
        }
        if let (Some(w), Some(h)) = (number(result, "original_width"), number(result, "original_height"))
            && w > 0.0
            && h > 0.0
        {
            image.stated = Some([w, h]);
        }
        // Turning needs the true proportions.
        let size = result.get("original_width").and(image.stated).unwrap_or([1.0, 1.0]);
        match shape(value, size) {
            Some((rect, what)) => {
                if let Some(what) = what {
                    *self.counts.entry(what).or_default() += 1;
                }
                said.boxes.push(DraftBox { class: class.trim().to_owned(), rect, unit: Unit::Fractions });
            }
            None => out(self, format!("a {kind} of {class} whose coordinates cannot be read")),
        }
    }

    /// The one annotation of a JSON-MIN task or CSV row.
    fn short(&mut self, map: &Map<String, Value>, image: &mut DraftImage) -> DraftSaid {
        let mut said = DraftSaid {
            reader: map.get("annotator").and_then(reader),
            time_ms: time(&Value::Object(map.clone())),
            ..DraftSaid::default()
        };
        let mut any_region = false;
        for (key, value) in map.iter().filter(|(key, _)| !NO_ANSWER.contains(&key.as_str())) {
            if let Value::Array(list) = value
                && list.iter().any(Value::is_object)
            {
                any_region = true;
                for region in list {
                    self.region(region, region, image, &mut said);
                }
                continue;
            }
            let value = value.get("choices").unwrap_or(value);
            let is_reference =
                value.as_str().is_some_and(|t| t == image.file || t.contains('/') || is_image_name(Path::new(t)));
            if is_reference || !(value.is_string() || value.is_array()) || value.as_str() == Some("") {
                continue;
            }
            if self.question.as_deref().is_some_and(|question| question != key) {
                self.other_questions.insert(key.clone());
                continue;
            }
            self.question = Some(key.clone());
            self.choice(&image.file, value, &mut said);
        }
        said.nothing_found = !any_region && said.label.is_none() && self.has_boxes;
        said
    }
}

/// The rectangle of a region in shares of the image, and what was done to get it. `size` is the image's in pixels.
fn shape(value: &Value, size: [f64; 2]) -> Option<(Rect, Option<&'static str>)> {
    let [width, height] = size;
    let share = |rect: Rect| Rect {
        xmin: rect.xmin / 100.0,
        ymin: rect.ymin / 100.0,
        xmax: rect.xmax / 100.0,
        ymax: rect.ymax / 100.0,
    };
    if let Some(points) = value.get("points").and_then(Value::as_array) {
        if points.len() < 3 {
            return None;
        }
        let numbers = points
            .iter()
            .flat_map(|point| point.as_array().into_iter().flatten())
            .map(|n| n.as_f64().unwrap_or(f64::NAN));
        return Some((share(around_points(numbers)?), Some("polygons became the boxes around them")));
    }
    let (x, y) = (number(value, "x")?, number(value, "y")?);
    let angle = number(value, "rotation").unwrap_or(0.0);
    let (sin, cos) = angle.to_radians().sin_cos();
    if let (Some(rx), Some(ry)) = (number(value, "radiusX"), number(value, "radiusY")) {
        let (rx, ry) = (rx * width, ry * height);
        let (across, down) = ((rx * cos).hypot(ry * sin) / width, (rx * sin).hypot(ry * cos) / height);
        let rect = Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down };
        return Some((share(rect), Some("ellipses became the boxes around them")));
    }
    let (w, h) = (number(value, "width")?, number(value, "height")?);
    if angle == 0.0 {
        return Some((share(Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h }), None));
    }
    let (w, h) = (w * width, h * height);
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let turned = corners.iter().flat_map(|[a, b]| [x + (a * cos - b * sin) / width, y + (a * sin + b * cos) / height]);
    Some((share(around_points(turned)?), Some("rotated rectangles became the upright boxes around them")))
}

fn number(value: &Value, key: &str) -> Option<f64> {
    match value.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
    .filter(|n: &f64| n.is_finite())
}

/// The image's address: what was uploaded, else the first datum that is named as a picture.
fn image_reference(task: &Map<String, Value>, data: Option<&Map<String, Value>>) -> Option<String> {
    let picture = |value: &Value| {
        let text = value.as_str()?;
        is_image_name(Path::new(crate::interchange::model::names::path_of(text).trim())).then(|| text.to_owned())
    };
    let upload = task.get("file_upload").and_then(picture);
    let named = data.unwrap_or(task);
    let first = ["image", "img", "picture", "url"].iter().find_map(|key| named.get(*key).and_then(picture));
    // DICOM files often have no extension, and frames have a number behind it.
    let told = || named.get("image").and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    // The datum keeps the folders, which the upload's name has lost.
    first.or(upload).or_else(|| named.values().find_map(picture)).or_else(told)
}

/// Who annotated: an address or name where there is one, else the number.
fn reader(value: &Value) -> Option<String> {
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

fn time(annotation: &Value) -> Option<i64> {
    ["updated_at", "created_at"].iter().find_map(|key| instant(annotation.get(key)?.as_str()?))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
