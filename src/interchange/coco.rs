//! COCO object detection (cocodataset.org/#format-data): images, categories and annotations that point at both.
//!
//! `bbox` is x, y, width, height in pixels from 0. Where it is absent, polygons and run-length masks give it. What the
//! format has no word for (a label of the whole image, reader, time, group) is read from the key `overread`, as
//! `super::export` writes it.

use super::reading::{Draft, DraftBox, DraftImage, DraftSaid, Unit, instant};
use super::{attributes, coco_mask};
use crate::domain::{Rect, Split};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Deserialize)]
struct File {
    images: Vec<Lenient<Image>>,
    #[serde(default)]
    annotations: Vec<Lenient<Annotation>>,
    #[serde(default)]
    categories: Vec<Lenient<Category>>,
}

/// One entry, or what stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Good(T),
    Bad(Value),
}

#[derive(Deserialize)]
struct Image {
    id: Value,
    file_name: String,
    width: Option<f64>,
    height: Option<f64>,
    #[serde(alias = "patient_id", alias = "patientId", alias = "group")]
    patient: Option<Value>,
    split: Option<String>,
    overread: Option<OfImage>,
    /// What else it says.
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

/// Keys of an image that the format has, about the file and not about what it shows.
const NOT_KEPT: [&str; 4] = ["license", "coco_url", "flickr_url", "date_captured"];

#[derive(Deserialize)]
struct Category {
    id: Value,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: Value,
    category_id: Value,
    bbox: Option<Vec<f64>>,
    segmentation: Option<Value>,
    iscrowd: Option<Value>,
    overread: Option<Statement>,
}

/// What [`mod@super::export`] adds to an image.
#[derive(Deserialize)]
struct OfImage {
    group: Option<String>,
    #[serde(default)]
    said: Vec<Statement>,
}

/// What is said by whom and when.
#[derive(Deserialize)]
struct Statement {
    reader: Option<String>,
    time: Option<String>,
    label: Option<String>,
    #[serde(default)]
    nothing_found: bool,
}

/// Reads a COCO file's text; `split` is what the file's place says of its images.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn parse(text: &str, split: Option<Split>) -> Result<Draft, String> {
    let file: File = serde_json::from_str(text).map_err(|e| format!("is no COCO file ({e})"))?;
    let mut draft = Draft::default();
    let categories = categories(file.categories, &mut draft);
    let kept = kept_attributes(&file.images);
    let mut places: HashMap<String, usize> = HashMap::new();
    // Images that something is said of, be it left out: only the others are negatives.
    let mut spoken_of: HashSet<usize> = HashSet::new();
    for entry in file.images {
        let image = match entry {
            Lenient::Good(image) => image,
            Lenient::Bad(what) => {
                draft.leave_out(shown(&what), "an image without id or file_name");
                continue;
            }
        };
        if places.insert(key(&image.id), draft.images.len()).is_some() {
            draft.conflicts.push(format!("two images have the id {}: annotations go to the second.", key(&image.id)));
        }
        if image.overread.is_some() {
            // The file itself says who looked at it, if anyone.
            spoken_of.insert(draft.images.len());
        }
        let attributes = kept.iter().filter_map(|name| Some((name.replace('_', " "), word(image.more.get(name)?)?)));
        let attributes = attributes.collect();
        draft.images.push(DraftImage { attributes, ..drafted(image, split) });
    }
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let place = |id: &Value| places.get(&key(id)).copied();
    for entry in file.annotations {
        let annotation = match entry {
            Lenient::Good(annotation) => annotation,
            Lenient::Bad(what) => {
                spoken_of.extend(what.get("image_id").and_then(place));
                draft.leave_out(shown(&what), "an annotation without image_id, category_id or with odd values");
                continue;
            }
        };
        let at = place(&annotation.image_id);
        spoken_of.extend(at);
        let Some(image) = at.and_then(|at| draft.images.get_mut(at)) else {
            draft
                .left_out
                .push((format!("an annotation of image {}", key(&annotation.image_id)), "no image has that id".into()));
            continue;
        };
        if let Err(why) = annotate(image, annotation, &categories, &mut counts) {
            let name = image.file.clone();
            draft.left_out.push((name, why));
        }
    }
    for (at, image) in draft.images.iter_mut().enumerate() {
        // COCO lists images that were looked at: one without annotations is a negative.
        if !spoken_of.contains(&at) {
            image.said = vec![DraftSaid { nothing_found: true, ..DraftSaid::default() }];
        }
    }
    for (what, count) in counts {
        draft.remarks.push(format!("{count} {what}."));
    }
    Ok(draft)
}

/// What the images say besides, of which few different values are kept: a finding, the view.
fn kept_attributes(images: &[Lenient<Image>]) -> Vec<String> {
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for image in images {
        let Lenient::Good(image) = image else { continue };
        for (name, value) in &image.more {
            columns.entry(name).or_default().extend(word(value));
        }
    }
    let kept = |(name, values): &(&str, Vec<String>)| {
        !NOT_KEPT.contains(name) && attributes::is_kept(name, values.iter().map(String::as_str))
    };
    columns.into_iter().filter(kept).map(|(name, _)| name.to_owned()).collect()
}

/// A value as a word; lists and objects are none.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn categories(entries: Vec<Lenient<Category>>, draft: &mut Draft) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for entry in entries {
        match entry {
            Lenient::Good(Category { id, name }) if !name.trim().is_empty() => {
                let name = name.trim().to_owned();
                if !draft.classes.contains(&name) {
                    draft.classes.push(name.clone());
                }
                names.insert(key(&id), name);
            }
            Lenient::Good(Category { id, .. }) => draft.leave_out(format!("category {}", key(&id)), "it has no name"),
            Lenient::Bad(what) => draft.leave_out(shown(&what), "a category without id or name"),
        }
    }
    names
}

fn drafted(image: Image, split: Option<Split>) -> DraftImage {
    let stated = match (image.width, image.height) {
        (Some(width), Some(height)) if width > 0.0 && height > 0.0 => Some([width, height]),
        _ => None,
    };
    let mut group = image.patient.as_ref().map(key).filter(|group| !group.is_empty());
    let mut said = Vec::new();
    if let Some(more) = image.overread {
        group = more.group.or(group);
        said = more
            .said
            .into_iter()
            .map(|s| DraftSaid {
                time_ms: s.time.as_deref().and_then(instant),
                reader: s.reader,
                label: s.label,
                boxes: Vec::new(),
                nothing_found: s.nothing_found,
            })
            .collect();
    }
    let split = image.split.as_deref().and_then(Split::parse).or(split);
    DraftImage { file: image.file_name, stated, split, group, said, ..DraftImage::default() }
}

fn annotate(
    image: &mut DraftImage,
    annotation: Annotation,
    categories: &HashMap<String, String>,
    counts: &mut BTreeMap<&'static str, usize>,
) -> Result<(), String> {
    let id = key(&annotation.category_id);
    let class = categories.get(&id).cloned().ok_or_else(|| format!("a box of category {id}, which is not listed"))?;
    if matches!(annotation.iscrowd, Some(Value::Bool(true)))
        || annotation.iscrowd.as_ref().and_then(Value::as_f64) == Some(1.0)
    {
        return Err(format!("a crowd of {class}: it marks a region with many objects, not one"));
    }
    let rect = match annotation.bbox.as_deref() {
        Some(&[x, y, width, height]) => Rect { xmin: x, ymin: y, xmax: x + width, ymax: y + height },
        Some([]) | None => {
            let shape = annotation.segmentation.as_ref().ok_or("an annotation with neither bbox nor segmentation")?;
            let (rect, what) = coco_mask::bounds(shape).map_err(|why| format!("an annotation of {class}: {why}"))?;
            *counts.entry(what).or_default() += 1;
            rect
        }
        Some(other) => return Err(format!("a bbox with {} numbers instead of 4", other.len())),
    };
    let (reader, time_ms) =
        annotation.overread.map_or((None, None), |s| (s.reader, s.time.as_deref().and_then(instant)));
    let found = DraftBox { class, rect, unit: Unit::Pixels };
    match image.said.iter_mut().find(|s| s.reader == reader && s.time_ms == time_ms) {
        Some(said) => {
            said.nothing_found = false;
            said.boxes.push(found);
        }
        None => image.said.push(DraftSaid { reader, time_ms, boxes: vec![found], ..DraftSaid::default() }),
    }
    Ok(())
}

/// Ids are numbers or texts; either is compared as text.
fn key(id: &Value) -> String {
    match id {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The beginning of a value, to point at it.
fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[cfg(test)]
#[path = "coco_tests.rs"]
mod tests;
