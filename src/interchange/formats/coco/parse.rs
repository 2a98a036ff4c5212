//! COCO object detection (cocodataset.org/#format-data): images, categories and annotations that point at both.
//!
//! `bbox` is x, y, width, height in pixels from 0. Where it is absent, polygons and run-length masks give it. What the
//! format has no word for (a label of the whole image, reader, time, group) is read from the key `overread`, as
//! `super::write` writes it.

use super::loose::number;
use crate::domain::{Presence, Split};
use crate::interchange::formats::coco::categories::{Categories, Category};
use crate::interchange::formats::coco::lists::{Each, Lenient};
use crate::interchange::formats::coco::marks::{Annotation, Beside, Mark, more, shape};
use crate::interchange::formats::coco::write::AGAIN;
use crate::interchange::formats::marks::Marks;
use crate::interchange::model::attributes::Column;
use crate::interchange::model::draft::{Draft, DraftImage, DraftSaid};
use crate::interchange::model::options::{Frame, Unannotated};
use crate::interchange::model::reading::instant;
use crate::interchange::model::spill::{SpillError, Spilled};
use indexmap::{IndexMap, IndexSet};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Formatter;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;

#[derive(Deserialize)]
struct Image {
    id: Value,
    file_name: String,
    #[serde(default, deserialize_with = "number")]
    width: Option<f64>,
    #[serde(default, deserialize_with = "number")]
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

/// Where the attributes of an image stand together, as those of an annotation do.
const ATTRIBUTES: &str = "attributes";

/// What [`mod@super::write`] adds to an image.
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
    /// Each with what is said of it.
    #[serde(default)]
    findings: Vec<(String, Presence)>,
    #[serde(default)]
    others_absent: bool,
    #[serde(default)]
    nothing_found: bool,
    /// Which reading of its reader it is of, where it is not the first.
    reading: Option<u8>,
}

/// What is known of a file before it is read.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// What its place says of its images.
    pub split: Option<Split>,
    /// The folder below which its images are looked for first.
    pub scope: &'a str,
    pub unannotated: Unannotated,
}

/// What a file holds besides images.
#[derive(Debug)]
pub struct Rest {
    pub draft: Draft<()>,
    pub categories: Categories,
}

/// What a file says, in the order it says it; the images go where the caller wants them.
struct Listed<'a> {
    about: About<'a>,
    images: &'a mut Spilled<DraftImage>,
    rest: Draft<()>,
    has_images: bool,
    /// The place of its first image.
    before: usize,
    /// The ids of images and what points at them, with the image's place where it is known.
    ids: IndexMap<Box<str>, Option<usize>>,
    /// The number made of each image's name and size, in their order, and how many have it.
    pictures: Vec<u64>,
    times: HashMap<u64, u32>,
    hasher: RandomState,
    /// Places of images whose annotations go to another of the same id.
    overruled: HashSet<usize>,
    /// Written by Label Studio's converter.
    label_studio: bool,
    /// Annotations that are words, and those that are the segments of a panoptic picture.
    captions: usize,
    panoptic: usize,
    /// Places of images that say themselves who looked at them, if anyone.
    with_readers: Vec<usize>,
    columns: BTreeMap<String, Column>,
    categories: Vec<Lenient<Category>>,
    of_boxes: IndexSet<Box<str>>,
    marks: Vec<Mark>,
}

/// Reads a COCO file and adds its images; what else it holds is returned. Entries are taken one by one as they come, and
/// the lists may come in any order.
///
/// # Errors
/// The outer one when images that were put by cannot be had again. The inner one is what is wrong with the file, in words
/// that go behind its name; no image is added then.
pub fn read(
    json: impl Read,
    about: About<'_>,
    images: &mut Spilled<DraftImage>,
) -> Result<Result<Rest, String>, SpillError> {
    let before = images.len();
    let mut listed = Listed {
        about,
        images,
        rest: Draft::default(),
        has_images: false,
        before,
        ids: IndexMap::new(),
        pictures: Vec::new(),
        times: HashMap::new(),
        hasher: RandomState::new(),
        overruled: HashSet::new(),
        label_studio: false,
        captions: 0,
        panoptic: 0,
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
        Ok(()) => match listed.no_boxes() {
            None => Ok(Ok(listed.settled(before)?)),
            Some(why) => {
                images.truncate(before);
                Ok(Err(why.to_owned()))
            }
        },
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
                "info" => {
                    let info: Value = map.next_value()?;
                    self.label_studio = info.get("contributor").and_then(Value::as_str) == Some("Label Studio");
                }
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
            Lenient::Bad(what) => {
                return self.rest.leave_out(shown(&what), "an image without id or file_name, or with odd values");
            }
        };
        let (id, place) = (key(&image.id), self.images.len());
        let size = [image.width, image.height].map(|side| side.map(f64::to_bits));
        let picture = self.hasher.hash_one((&image.file_name, size));
        if let Some(before) = self.ids.insert(id.as_str().into(), Some(place)).flatten() {
            self.overruled.insert(before);
            let of = |place: usize| self.pictures.get(place.checked_sub(self.before)?);
            if of(before) != Some(&picture) {
                self.rest.conflicts.push(format!(
                    "two images have the id {id}: annotations go to the second, {}, and the first is taken as not looked \
                     at; give each image an id of its own.",
                    image.file_name
                ));
            }
        }
        self.pictures.push(picture);
        *self.times.entry(picture).or_default() += 1;
        if image.overread.is_some() {
            self.with_readers.push(place);
        }
        let words = image.more.iter().filter(|(name, _)| !NOT_KEPT.contains(&name.as_str()));
        let inner = image.more.get(ATTRIBUTES).and_then(Value::as_object).into_iter().flatten();
        let words = words.chain(inner).filter_map(|(name, value)| Some((name.clone(), word(value)?)));
        let mut attributes: BTreeMap<String, String> = words.collect();
        attributes.retain(|name, value| {
            if !self.columns.contains_key(name) {
                self.columns.insert(name.clone(), Column::of(name));
            }
            let column = self.columns.get_mut(name);
            column.is_some_and(|column| column.take(value))
        });
        self.images.push(DraftImage {
            attributes,
            scope: self.about.scope.to_owned(),
            ..drafted(image, self.about.split)
        });
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
                id: annotation.id.as_ref().map(|id| key(id).into()),
                beside: Beside::of(&annotation),
                image: id(&annotation.image_id),
                category: self.of_boxes.insert_full(key(&annotation.category_id).into()).0,
                shape: shape(&annotation),
                more: more(&annotation),
                by: annotation
                    .overread
                    .map(|s| Box::new((s.reader, s.time.as_deref().and_then(instant), s.reading == Some(AGAIN)))),
            },
            Lenient::Bad(what) if what.get("caption").is_some() => {
                self.captions += 1;
                return;
            }
            Lenient::Bad(what) if what.get("segments_info").is_some() => {
                self.panoptic += 1;
                return;
            }
            Lenient::Bad(what) => Mark::Bad { image: what.get("image_id").map(id), shown: shown(&what).into() },
        };
        self.marks.push(mark);
    }

    /// Why the file is none of boxes, though it is one of COCO's.
    fn no_boxes(&self) -> Option<&'static str> {
        if !self.marks.is_empty() {
            return None;
        }
        match (self.captions, self.panoptic) {
            (0, 0) => None,
            (0, _) => Some(
                "holds panoptic segments, whose outlines are colours of pictures: no boxes, nothing of it was taken; choose \
                 the set's instances file",
            ),
            _ => Some(
                "holds captions, which say in words what a picture shows: no boxes, nothing of it was taken; choose the \
                 set's instances file",
            ),
        }
    }

    /// Puts what was said on the images, whose places begin here.
    fn settled(self, before: usize) -> Result<Rest, SpillError> {
        let Self { about, images, rest: mut draft, ids, with_readers, columns, of_boxes, marks, .. } = self;
        let (known, names) = Categories::of(self.categories, &mut draft);
        for (count, what) in [(self.captions, "captions"), (self.panoptic, "panoptic segments")] {
            if count > 0 {
                draft.leave_out(format!("{count} {what}"), "only boxes are taken, and what boxes can be made of");
            }
        }
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
        let (mut counts, mut said_more) = (Counts::new(), Marks::default());
        let (mut listings, mut several): (HashMap<u64, u32>, usize) = (HashMap::new(), 0);
        let mut with_readers = with_readers.into_iter().peekable();
        for place in before..images.len() {
            let mut image = images.get(place)?.into_owned();
            let attributes = std::mem::take(&mut image.attributes).into_iter();
            image.attributes =
                attributes.filter_map(|(name, value)| Some((kept.get(&*name)?.clone(), value))).collect();
            let mut spoken_of = with_readers.next_if_eq(&place).is_some();
            while let Some((_, at)) = order.next_if(|(of, _)| *of == Some(place)) {
                spoken_of = true;
                if let Some(Err((what, why))) =
                    marks.get(at).map(|mark| mark.put_on(&mut image, &classes, &mut counts, &mut said_more))
                {
                    lost.push((at, what, why));
                }
            }
            image.unannotated = !spoken_of && !self.overruled.contains(&place);
            let picture = self.pictures.get(place - before).copied().unwrap_or_default();
            if self.label_studio {
                // As its window shows pictures. The size beside them is that of the stored picture.
                image.frame = Some(Frame::Oriented);
                image.uploader = Some(String::new());
            }
            if self.times.get(&picture).is_some_and(|times| *times > 1) {
                let listing = listings.entry(picture).or_default();
                *listing += 1;
                several += usize::from(*listing == 2);
                if self.label_studio {
                    by_annotator(&mut image, *listing, about.unannotated);
                }
            }
            images.set(place, image);
        }
        lost.sort_by_key(|(at, ..)| *at);
        draft.left_out.extend(lost.into_iter().map(|(_, what, why)| (what, why)));
        for ((one, many), count) in counts {
            draft.remarks.push(format!("{count} {}.", if count == 1 { one } else { many }));
        }
        draft.remarks.extend(said_more.sentences());
        if several > 0 {
            let are = if several == 1 { "1 picture is".to_owned() } else { format!("{several} pictures are") };
            draft.remarks.push(match self.label_studio {
                true => format!(
                    "{are} listed once for each annotator, whom the file does not name: they are annotator 1, 2 and so on of \
                     each picture, in the file's order, and need not be the same person on the next; Label Studio's own \
                     JSON names them."
                ),
                false => format!("{are} listed more than once: what is said in each place was joined."),
            });
        }
        Ok(Rest { draft, categories: known })
    }
}

/// Sentences about things of which there is one, or of which there are many, and how many there are.
pub(super) type Counts = BTreeMap<(&'static str, &'static str), usize>;

/// Of several listings of a picture in Label Studio's file each is an annotator's.
fn by_annotator(image: &mut DraftImage, listing: u32, unannotated: Unannotated) {
    let reader = format!("annotator {listing}");
    match unannotated {
        Unannotated::Negative if image.unannotated && image.said.is_empty() => {
            image.said.push(DraftSaid { nothing_found: true, ..DraftSaid::default() });
        }
        Unannotated::Negative | Unannotated::Unseen => {}
    }
    for said in image.said.iter_mut().filter(|said| said.reader.is_none()) {
        said.reader = Some(reader.clone());
    }
}

/// A value as a word; lists and objects are none.
pub(super) fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
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
                findings: s.findings,
                others_absent: s.others_absent,
                nothing_found: s.nothing_found,
                again: s.reading == Some(AGAIN),
                ..DraftSaid::default()
            })
            .collect();
    }
    let split = image.split.as_deref().and_then(Split::parse).or(split);
    DraftImage { file: image.file_name, stated, split, group, said, ..DraftImage::default() }
}

/// Ids are numbers or texts; either is compared as text, and 1, 1.0 and "1" are the same.
pub(super) fn key(id: &Value) -> String {
    let text = match id {
        Value::String(text) => text.trim(),
        Value::Number(number) => &number.to_string(),
        other => return other.to_string(),
    };
    let whole =
        text.split_once('.').filter(|(_, fraction)| !fraction.is_empty() && fraction.bytes().all(|b| b == b'0'));
    let digits = |whole: &str| !whole.is_empty() && whole.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
    whole.map(|(whole, _)| whole).filter(|whole| digits(whole)).unwrap_or(text).to_owned()
}

/// The beginning of a value, to point at it.
pub(super) fn shown(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
