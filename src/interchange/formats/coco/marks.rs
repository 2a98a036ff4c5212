//! Annotations of a COCO file, each reduced to what it says as it is read.

use crate::domain::Rect;
use crate::interchange::formats::coco::Statement;
use crate::interchange::formats::mask;
use crate::interchange::model::draft::{DraftBox, DraftImage, DraftSaid, Unit};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An annotation as the file has it.
#[derive(Deserialize)]
pub struct Annotation {
    pub image_id: Value,
    pub category_id: Value,
    pub bbox: Option<Vec<f64>>,
    pub segmentation: Option<Value>,
    pub iscrowd: Option<Value>,
    pub overread: Option<Statement>,
}

/// An annotation without its points, of which there may be many.
pub enum Mark {
    Good {
        /// Which of the ids.
        image: usize,
        /// Which of the categories of boxes.
        category: usize,
        shape: Shape,
        /// The reader and the instant, in milliseconds since 1970-01-01 UTC, where the file says so.
        by: Option<Box<(Option<String>, Option<i64>)>>,
    },
    /// With the beginning of what stands in an annotation's place.
    Bad { image: Option<usize>, shown: Box<str> },
}

/// What an annotation draws, in pixels, or why it draws no box.
pub enum Shape {
    /// With what it was made of where that was no box.
    Box(Rect, Option<&'static str>),
    /// A region with many objects.
    Crowd,
    /// Neither a box nor a segmentation.
    Nothing,
    /// A segmentation that cannot be read, and why.
    Wrong(Box<str>),
    /// A box of so many numbers.
    Numbers(usize),
}

/// What an annotation shows.
pub fn shape(annotation: &Annotation) -> Shape {
    let crowd = annotation.iscrowd.as_ref();
    if matches!(crowd, Some(Value::Bool(true))) || crowd.and_then(Value::as_f64) == Some(1.0) {
        return Shape::Crowd;
    }
    match (annotation.bbox.as_deref(), &annotation.segmentation) {
        (Some(&[x, y, width, height]), _) => {
            Shape::Box(Rect { xmin: x, ymin: y, xmax: x + width, ymax: y + height }, None)
        }
        (Some([]) | None, None) => Shape::Nothing,
        (Some([]) | None, Some(shape)) => match mask::bounds(shape) {
            Ok((rect, what)) => Shape::Box(rect, Some(what)),
            Err(why) => Shape::Wrong(why.into()),
        },
        (Some(other), _) => Shape::Numbers(other.len()),
    }
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
        counts: &mut BTreeMap<&'static str, usize>,
    ) -> Result<(), (String, String)> {
        let (category, shape, by) = match self {
            Self::Good { category, shape, by, .. } => (*category, shape, by),
            Self::Bad { shown, .. } => return Err(bad(shown)),
        };
        let lost = |why: String| (image.file.clone(), why);
        let class = match classes.get(category) {
            Some(Ok(class)) => *class,
            Some(Err(id)) => return Err(lost(format!("a box of category {id}, which is not listed"))),
            None => return Ok(()),
        };
        let rect = match shape {
            Shape::Box(rect, made_of) => {
                if let Some(made_of) = made_of {
                    *counts.entry(made_of).or_default() += 1;
                }
                *rect
            }
            Shape::Crowd => {
                return Err(lost(format!("a crowd of {class}: it marks a region with many objects, not one")));
            }
            Shape::Nothing => return Err(lost("an annotation with neither bbox nor segmentation".into())),
            Shape::Wrong(why) => return Err(lost(format!("an annotation of {class}: {why}"))),
            Shape::Numbers(count) => return Err(lost(format!("a bbox with {count} numbers instead of 4"))),
        };
        let (reader, time_ms) = by.as_deref().cloned().unwrap_or_default();
        let found = DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels };
        match image.said.iter_mut().find(|s| s.reader == reader && s.time_ms == time_ms) {
            Some(said) => {
                said.nothing_found = false;
                said.boxes.push(found);
            }
            None => image.said.push(DraftSaid { reader, time_ms, boxes: vec![found], ..DraftSaid::default() }),
        }
        Ok(())
    }
}

fn bad(shown: &str) -> (String, String) {
    (shown.to_owned(), "an annotation without image_id, category_id or with odd values".into())
}
