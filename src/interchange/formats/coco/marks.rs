//! Annotations of a COCO file, each reduced to what it says as it is read.

use super::loose::numbers;
use crate::domain::Rect;
use crate::interchange::formats::coco::parse::word;
use crate::interchange::formats::coco::{Counts, Statement};
use crate::interchange::formats::marks::Marks;
use crate::interchange::formats::mask;
use crate::interchange::model::draft::{DraftBox, DraftImage, DraftSaid, Unit};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An annotation as the file has it.
#[derive(Deserialize)]
pub struct Annotation {
    pub id: Option<Value>,
    pub image_id: Value,
    pub category_id: Value,
    #[serde(default, deserialize_with = "numbers")]
    pub bbox: Option<Vec<f64>>,
    pub segmentation: Option<Value>,
    pub iscrowd: Option<Value>,
    pub keypoints: Option<Value>,
    /// CVAT's.
    pub attributes: Option<Value>,
    pub overread: Option<Statement>,
}

/// The reader, when it was said (ms since 1970-01-01 UTC), and whether in a second reading.
pub type By = (Option<String>, Option<i64>, bool);

/// An annotation without its points, of which there may be many.
pub enum Mark {
    Good {
        /// Its own id.
        id: Option<Box<str>>,
        beside: Beside,
        /// Which of the ids.
        image: usize,
        /// Which of the categories of boxes.
        category: usize,
        shape: Shape,
        /// The reader and the instant, in milliseconds since 1970-01-01 UTC, where the file says so.
        by: Option<Box<By>>,
        /// What else is said of it, by name.
        more: BTreeMap<String, String>,
    },
    /// With the beginning of what stands in an annotation's place.
    Bad { image: Option<usize>, shown: Box<str> },
}

/// What lies beside a box and is not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    outline: bool,
    points: bool,
}

impl Beside {
    /// What an annotation draws besides its box. An outline that is the box itself is none, and one without a box becomes
    /// the box.
    pub fn of(annotation: &Annotation) -> Self {
        let Some(&[x, y, width, height]) = annotation.bbox.as_deref() else { return Self::default() };
        let sides = ([x, x + width], [y, y + height]);
        let is_box = |polygon: &Value| {
            let numbers: Vec<f64> = polygon.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
            let near = |value: f64, side: [f64; 2]| side.iter().any(|at| (at - value).abs() < 0.01);
            numbers.chunks(2).all(|point| matches!(point, &[a, b] if near(a, sides.0) && near(b, sides.1)))
        };
        let outline = match &annotation.segmentation {
            Some(Value::Array(polygons)) => polygons.iter().any(|polygon| !is_box(polygon)),
            Some(Value::Object(_)) => true,
            Some(_) | None => false,
        };
        let points = annotation.keypoints.as_ref().and_then(Value::as_array);
        let points = points.is_some_and(|points| points.iter().any(|n| n.as_f64().is_some_and(|n| n != 0.0)));
        Self { outline, points }
    }
}

/// What an annotation draws, in pixels, or why it draws no box.
pub enum Shape {
    /// With what it was made of where that was no box.
    Box(Rect, Option<(&'static str, &'static str)>),
    /// A region with many objects.
    Crowd,
    /// Neither a box nor a segmentation: the annotation is about the image as a whole.
    Nothing,
    /// Key points alone.
    Points,
    /// A segmentation that cannot be read, and why.
    Wrong(Box<str>),
    /// A box of so many numbers.
    Numbers(usize),
}

/// What is said of the box besides, by name: CVAT's attributes, and what Overread writes of Pascal VOC's.
pub fn more(annotation: &Annotation) -> BTreeMap<String, String> {
    let said = annotation.attributes.as_ref().and_then(Value::as_object).into_iter().flatten();
    said.filter_map(|(name, value)| Some((name.clone(), word(value)?))).collect()
}

/// What an annotation shows.
pub fn shape(annotation: &Annotation) -> Shape {
    let crowd = annotation.iscrowd.as_ref();
    if matches!(crowd, Some(Value::Bool(true))) || crowd.and_then(Value::as_f64) == Some(1.0) {
        return Shape::Crowd;
    }
    match (annotation.bbox.as_deref(), &annotation.segmentation) {
        (Some(&[x, y, width, height]), _) => {
            let rect = Rect { xmin: x, ymin: y, xmax: x + width, ymax: y + height };
            match rotation(annotation) {
                Some(angle) => Shape::Box(mask::turned_about_middle(rect, angle), Some(TURNED)),
                None => Shape::Box(rect, None),
            }
        }
        (Some([]) | None, None) if annotation.keypoints.is_some() => Shape::Points,
        (Some([]) | None, Some(Value::Array(none))) if none.is_empty() && annotation.keypoints.is_some() => {
            Shape::Points
        }
        (Some([]) | None, None) => Shape::Nothing,
        (Some([]) | None, Some(Value::Array(none))) if none.is_empty() => Shape::Nothing,
        (Some([]) | None, Some(shape)) => match mask::bounds(shape) {
            Ok((rect, what)) => Shape::Box(rect, Some((what, what))),
            Err(why) => Shape::Wrong(why.into()),
        },
        (Some(other), _) => Shape::Numbers(other.len()),
    }
}

/// What became of rectangles that are turned.
const TURNED: (&str, &str) = (
    "rectangle is turned (attributes.rotation): the upright box around it was taken",
    "rectangles are turned (attributes.rotation): the upright boxes around them were taken",
);
const OUTLINE: (&str, &str) = (
    "box has a polygon or mask beside it, which was left out: only the box was taken",
    "boxes have a polygon or mask beside them, which were left out: only the boxes were taken",
);
const POINTS: (&str, &str) = (
    "box has key points beside it, which were left out: only the box was taken",
    "boxes have key points beside them, which were left out: only the boxes were taken",
);
const WHOLE: (&str, &str) = (
    "annotation has neither bbox nor segmentation: its category is taken as what the whole image shows",
    "annotations have neither bbox nor segmentation: their categories are taken as what the whole images show",
);
const TWICE: (&str, &str) = (
    "annotation stands twice in the file, with the same id, class and corners: taken once",
    "annotations stand twice in the file, with the same id, class and corners: taken once",
);

/// The angle in degrees, clockwise, that CVAT writes beside a rectangle it has turned; `bbox` is the rectangle before.
fn rotation(annotation: &Annotation) -> Option<f64> {
    let outlined = match &annotation.segmentation {
        Some(Value::Array(polygons)) => !polygons.is_empty(),
        Some(Value::Object(_)) => true,
        Some(_) | None => false,
    };
    let angle = match annotation.attributes.as_ref()?.get("rotation")? {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    Some(angle).filter(|angle: &f64| angle.is_finite() && angle % 360.0 != 0.0 && !outlined)
}

impl Mark {
    /// Which of the ids it points at, where it does.
    pub fn image(&self) -> Option<usize> {
        match self {
            Self::Good { image, .. } => Some(*image),
            Self::Bad { image, .. } => *image,
        }
    }

    /// What is left out, and why, where no image has its id.
    pub fn of_no_image(&self, ids: &IndexMap<Box<str>, Option<usize>>) -> (String, String) {
        match self {
            Self::Good { image, .. } => {
                let id = ids.get_index(*image).map_or("", |(id, _)| id);
                (format!("an annotation of image {id}"), "no image has that id".into())
            }
            Self::Bad { shown, .. } => bad(shown),
        }
    }

    /// Adds what it says to its image; else what is left out, and why. `classes` gives a category's name, else its id.
    pub fn put_on(
        &self,
        image: &mut DraftImage,
        classes: &[Result<&str, &str>],
        counts: &mut Counts,
        said_more: &mut Marks,
    ) -> Result<(), (String, String)> {
        let (id, category, shape, by, beside, more) = match self {
            Self::Good { id, category, shape, by, beside, more, .. } => (id, *category, shape, by, beside, more),
            Self::Bad { shown, .. } => return Err(bad(shown)),
        };
        let lost = |why: String| (image.file.clone(), why);
        let class = match classes.get(category) {
            Some(Ok(class)) => *class,
            Some(Err(id)) => {
                let what = if matches!(shape, Shape::Nothing) { "an annotation" } else { "a box" };
                return Err(lost(format!("{what} of category {id}, which is not listed")));
            }
            None => return Ok(()),
        };
        let rect = match shape {
            Shape::Box(rect, made_of) => {
                if let Some(made_of) = made_of {
                    *counts.entry(*made_of).or_default() += 1;
                }
                *rect
            }
            Shape::Crowd => {
                return Err(lost(format!("a crowd of {class}: it marks a region with many objects, not one")));
            }
            Shape::Nothing => {
                *counts.entry(WHOLE).or_default() += 1;
                let by = by.as_deref().cloned().unwrap_or_default();
                said_by(image, by).into_iter().for_each(|said| said.add_label(class));
                return Ok(());
            }
            Shape::Points => {
                return Err(lost(format!("key points of {class} without a box: only boxes are taken, and outlines")));
            }
            Shape::Wrong(why) => return Err(lost(format!("an annotation of {class}: {why}"))),
            Shape::Numbers(count) => return Err(lost(format!("a bbox with {count} numbers instead of 4"))),
        };
        let found = DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels };
        let Some(said) = said_by(image, by.as_deref().cloned().unwrap_or_default()) else { return Ok(()) };
        said.nothing_found = false;
        let mut known = said.boxes.iter().zip(&said.ids);
        if id.is_some() && known.any(|(one, known)| known == id && *one == found) {
            *counts.entry(TWICE).or_default() += 1;
            return Ok(());
        }
        said.boxes.push(found);
        said.ids.push(id.clone());
        said_more.of_box(more.clone(), rect, &mut image.marked);
        for (_, what) in [(beside.outline, OUTLINE), (beside.points, POINTS)].iter().filter(|(there, _)| *there) {
            *counts.entry(*what).or_default() += 1;
        }
        Ok(())
    }
}

/// What a reader said of an image at a time, in a second reading or not, begun where nothing is known of it.
fn said_by(image: &mut DraftImage, (reader, time_ms, again): By) -> Option<&mut DraftSaid> {
    let is = |said: &DraftSaid| (&said.reader, said.time_ms, said.again) == (&reader, time_ms, again);
    let known = image.said.iter().position(is);
    if known.is_none() {
        image.said.push(DraftSaid { reader, time_ms, again, ..DraftSaid::default() });
    }
    match known {
        Some(at) => image.said.get_mut(at),
        None => image.said.last_mut(),
    }
}

fn bad(shown: &str) -> (String, String) {
    (shown.to_owned(), "an annotation without image_id, category_id or with odd values".into())
}
