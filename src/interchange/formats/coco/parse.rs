//! COCO object detection (cocodataset.org/#format-data): images, categories and annotations that point at both.
//!
//! `bbox` is x, y, width, height in pixels from 0. Where it is absent, polygons and run-length masks give it. What the
//! format has no word for (a label of the whole image, reader, time, group) is read from the key `overread`, as
//! `super::export` writes it.

use crate::domain::Split;
use crate::interchange::formats::coco::lists::{Each, Lenient};
use crate::interchange::formats::coco::marks::{Annotation, Mark, shape};
use crate::interchange::model::attributes::Column;
use crate::interchange::model::draft::{Draft, DraftImage, DraftSaid};
use crate::interchange::model::reading::instant;
use crate::interchange::model::spill::{SpillError, Spilled};
use indexmap::{IndexMap, IndexSet};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Formatter;
use std::io::Read;

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

/// What [`mod@super::export`] adds to an image.
#[derive(Deserialize)]
struct OfImage {
    group: Option<String>,
    #[serde(default)]
    said: Vec<Statement>,
}

/// What is said by whom and when.
#[derive(Deserialize)]
pub(super) struct Statement {
    pub reader: Option<String>,
    pub time: Option<String>,
    label: Option<String>,
    #[serde(default)]
    nothing_found: bool,
}

/// What a file says, in the order it says it; the images go where the caller wants them.
struct Listed<'a> {
    split: Option<Split>,
    scope: &'a str,
    images: &'a mut Spilled<DraftImage>,
    rest: Draft<()>,
    has_images: bool,
    /// The ids of images and what points at them, with the image's place where it is known.
    ids: IndexMap<Box<str>, Option<usize>>,
    /// Places of images that say themselves who looked at them, if anyone.
    with_readers: Vec<usize>,
    columns: BTreeMap<String, Column>,
    categories: Vec<Lenient<Category>>,
    of_boxes: IndexSet<Box<str>>,
    marks: Vec<Mark>,
}

/// Reads a COCO file and adds its images; what else it holds is returned. `split` is what the file's place says of
/// its images, `scope` the folder below which they are looked for first. Entries are taken one by one as they come, and
/// the lists may come in any order.
///
/// # Errors
/// The outer one when images that were put by cannot be had again. The inner one is what is wrong with the file, in words
/// that go behind its name; no image is added then.
pub fn read(
    json: impl Read,
    split: Option<Split>,
    scope: &str,
    images: &mut Spilled<DraftImage>,
) -> Result<Result<Draft<()>, String>, SpillError> {
    let before = images.len();
    let mut listed = Listed {
        split,
        scope,
        images,
        rest: Draft::default(),
        has_images: false,
        ids: IndexMap::new(),
        with_readers: Vec::new(),
        columns: BTreeMap::new(),
        categories: Vec::new(),
        of_boxes: IndexSet::new(),
        marks: Vec::new(),
    };
    let mut json = serde_json::Deserializer::from_reader(json);
    let read = json.deserialize_map(&mut listed).and_then(|()| json.end());
    let refused = |e: serde_json::Error| match e.is_io() {
        true => format!("cannot be read ({e})"),
        false => format!("is no COCO file ({e})"),
    };
    match read {
        Ok(()) => Ok(Ok(listed.settled(before)?)),
        Err(error) => {
            images.truncate(before);
            Ok(Err(refused(error)))
        }
    }
}

impl<'de> Visitor<'de> for &mut Listed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with images, annotations and categories")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<str>>()? {
            match &*key {
                "images" => {
                    self.has_images = true;
                    map.next_value_seed(Each::to(|entry| self.image(entry)))?;
                }
                "annotations" => map.next_value_seed(Each::to(|entry| self.annotation(entry)))?,
                "categories" => self.categories.extend(map.next_value::<Vec<_>>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if self.has_images { Ok(()) } else { Err(A::Error::missing_field("images")) }
    }
}

impl Listed<'_> {
    fn image(&mut self, entry: Lenient<Image>) {
        let image = match entry {
            Lenient::Good(image) => image,
            Lenient::Bad(what) => return self.rest.leave_out(shown(&what), "an image without id or file_name"),
        };
        let (id, place) = (key(&image.id), self.images.len());
        if self.ids.insert(id.as_str().into(), Some(place)).flatten().is_some() {
            self.rest.conflicts.push(format!("two images have the id {id}: annotations go to the second."));
        }
        if image.overread.is_some() {
            self.with_readers.push(place);
        }
        let words = image.more.iter().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()));
        let words = words.filter_map(|(name, value)| Some((name.clone(), word(value)?)));
        let mut attributes: BTreeMap<String, String> = words.collect();
        attributes.retain(|name, value| {
            if !self.columns.contains_key(name) {
                self.columns.insert(name.clone(), Column::of(name));
            }
            let column = self.columns.get_mut(name);
            column.is_some_and(|column| column.take(value))
        });
        self.images.push(DraftImage { attributes, scope: self.scope.to_owned(), ..drafted(image, self.split) });
    }

    fn annotation(&mut self, entry: Lenient<Annotation>) {
        let mut id = |id: &Value| {
            let entry = self.ids.entry(key(id).into());
            let at = entry.index();
            entry.or_default();
            at
        };
        let mark = match entry {
            Lenient::Good(annotation) => Mark::Good {
                image: id(&annotation.image_id),
                category: self.of_boxes.insert_full(key(&annotation.category_id).into()).0,
                shape: shape(&annotation),
                by: annotation.overread.map(|s| Box::new((s.reader, s.time.as_deref().and_then(instant)))),
            },
            Lenient::Bad(what) => Mark::Bad { image: what.get("image_id").map(id), shown: shown(&what).into() },
        };
        self.marks.push(mark);
    }

    /// Puts what was said on the images, whose places begin here.
    fn settled(self, before: usize) -> Result<Draft<()>, SpillError> {
        let Self { images, rest: mut draft, ids, with_readers, columns, of_boxes, marks, .. } = self;
        let names = categories(self.categories, &mut draft);
        let classes: Vec<Result<&str, &str>> =
            of_boxes.iter().map(|id| names.get(&**id).map(String::as_str).ok_or(&**id)).collect();
        let kept: HashMap<&str, String> = columns
            .iter()
            .filter(|(_, column)| column.is_kept())
            .map(|(name, _)| (name.as_str(), name.replace('_', " ")))
            .collect();
        let place = |id: usize| ids.get_index(id).and_then(|(_, place)| *place);
        // By image, and of one image as they came.
        let mut order: Vec<(Option<usize>, usize)> = Vec::with_capacity(marks.len());
        order.extend(marks.iter().enumerate().map(|(at, mark)| (mark.image().and_then(place), at)));
        order.sort_unstable();
        let mut order = order.into_iter().peekable();
        let mut lost: Vec<(usize, String, String)> = Vec::new();
        while let Some((_, at)) = order.next_if(|(place, _)| place.is_none()) {
            lost.extend(marks.get(at).map(|mark| mark.of_no_image(&ids)).map(|(what, why)| (at, what, why)));
        }
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut with_readers = with_readers.into_iter().peekable();
        for place in before..images.len() {
            let mut image = images.get(place)?.into_owned();
            let attributes = std::mem::take(&mut image.attributes).into_iter();
            image.attributes =
                attributes.filter_map(|(name, value)| Some((kept.get(&*name)?.clone(), value))).collect();
            let mut spoken_of = with_readers.next_if_eq(&place).is_some();
            while let Some((_, at)) = order.next_if(|(of, _)| *of == Some(place)) {
                spoken_of = true;
                if let Some(Err((what, why))) = marks.get(at).map(|mark| mark.put_on(&mut image, &classes, &mut counts))
                {
                    lost.push((at, what, why));
                }
            }
            if !spoken_of {
                // COCO lists images that were looked at: one without annotations is a negative.
                image.said = vec![DraftSaid { nothing_found: true, ..DraftSaid::default() }];
            }
            images.set(place, image);
        }
        lost.sort_by_key(|(at, ..)| *at);
        draft.left_out.extend(lost.into_iter().map(|(_, what, why)| (what, why)));
        for (what, count) in counts {
            draft.remarks.push(format!("{count} {what}."));
        }
        Ok(draft)
    }
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

fn categories(entries: Vec<Lenient<Category>>, draft: &mut Draft<()>) -> HashMap<String, String> {
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
#[path = "tests.rs"]
mod tests;
