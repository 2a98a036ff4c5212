//! One picture's annotation, as Supervisely's documentation of its format for images has it and its Python library 6.74
//! reads it (`supervisely/geometry`).

use crate::domain::{Rect, Split};
use crate::interchange::formats::drawn::{Drawn, around, around_turned, number_of, points, size, text_of};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{base_name, folder_of, split_of, stem};
use base64::prelude::{BASE64_STANDARD, Engine};
use flate2::read::ZlibDecoder;
use serde_json::Value;
use std::io::Read;

/// A mask's picture, unpacked, is smaller, in bytes.
const LARGEST_MASK: u64 = 64 << 20;

/// What a file holds.
pub struct Page {
    pub draft: Draft,
    pub drawn: Drawn,
    pub rectangles: usize,
    /// Tags that are neither a split nor the label.
    pub other_tags: Vec<String>,
}

/// The names of a project's classes.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn classes(text: &str) -> Result<Vec<String>, String> {
    let meta: Value = serde_json::from_str(text).map_err(|e| format!("is no list of Supervisely's classes ({e})"))?;
    let classes = meta.get("classes").and_then(Value::as_array).ok_or("is no list of Supervisely's classes")?;
    Ok(classes.iter().filter_map(|class| text_of(class, "title").map(str::to_owned)).collect())
}

/// Reads a file's text; `file` is its name below the source.
///
/// # Errors
/// What is wrong with it, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<Page, String> {
    let whole: Value = serde_json::from_str(text).map_err(|e| format!("is no annotation of Supervisely ({e})"))?;
    let Some(objects) = whole.get("objects").and_then(Value::as_array) else {
        return Err("is no annotation of Supervisely: it has no objects".into());
    };
    let mut page = Page { draft: Draft::default(), drawn: Drawn::default(), rectangles: 0, other_tags: Vec::new() };
    let mut split = split_of(file);
    let mut said = DraftSaid::default();
    let tags = whole.get("tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for tag in tags {
        let (name, value) = match tag {
            Value::String(name) => (name.trim(), None),
            tag => (text_of(tag, "name").unwrap_or(""), tag.get("value").filter(|value| !value.is_null())),
        };
        match (Split::parse(name), value, &said.label) {
            (Some(named), _, _) => split = Some(named),
            (None, None, None) if !name.is_empty() => said.label = Some(name.to_owned()),
            (None, _, _) => page.other_tags.push(name.to_owned()),
        }
    }
    let unannotated = page.other_tags.is_empty() && said.label.is_none() && objects.is_empty();
    for object in objects {
        boxed(object, file, &mut said, &mut page);
    }
    // `a.png.json` is of a.png; in older projects `a.json`.
    let picture = stem(base_name(file));
    let sides = whole.get("size");
    let side = |key: &str| sides.and_then(|size| number_of(size, key));
    let dataset = match folder_of(file) {
        "ann" => "img".to_owned(),
        folder => folder.strip_suffix("/ann").map_or_else(|| folder.to_owned(), |dataset| format!("{dataset}/img")),
    };
    page.draft.images.push(DraftImage {
        file: picture.to_owned(),
        stem: Some(picture.to_owned()).filter(|_| !crate::imaging::is_image_name(std::path::Path::new(picture))),
        scope: dataset,
        stated: size(side("width"), side("height")),
        split,
        unannotated,
        said: if unannotated { Vec::new() } else { vec![said] },
        ..DraftImage::default()
    });
    Ok(page)
}

/// Adds the box of an object.
fn boxed(object: &Value, file: &str, said: &mut DraftSaid, page: &mut Page) {
    let kind = text_of(object, "geometryType").or_else(|| text_of(object, "shape"));
    // Older files have no kind: what is drawn says it.
    let kind = kind.unwrap_or(if object.get("bitmap").is_some_and(Value::is_object) { "bitmap" } else { "polygon" });
    let Some(class) = text_of(object, "classTitle") else {
        return page.draft.leave_out(file, format!("a {kind} without a classTitle: give it a class"));
    };
    let exterior = || object.get("points").and_then(|all| all.get("exterior")).and_then(points);
    let found = match kind {
        "rectangle" => {
            exterior().filter(|corners| corners.len() == 2).and_then(|corners| around(&corners)).map(|r| (r, None))
        }
        "polygon" => exterior()
            .filter(|corners| corners.len() > 2)
            .and_then(|corners| around(&corners))
            .map(|r| (r, Some("polygon"))),
        "oriented_bbox" => {
            let corners = object.get("points").and_then(points).filter(|corners| corners.len() == 2);
            let angle = number_of(object, "angle");
            let upright = corners.and_then(|corners| around(&corners));
            upright.zip(angle).map(|(rect, angle)| (around_turned(rect, angle), Some("rotated rectangle")))
        }
        "bitmap" | "alpha_mask" => object.get(kind).and_then(mask).map(|rect| (rect, Some("mask"))),
        other => return page.drawn.dropped(other, file),
    };
    let Some((rect, became)) = found else {
        return page.draft.leave_out(file, format!("a {kind} of {class} whose place cannot be read: draw it again"));
    };
    match became {
        Some(shapes) => page.drawn.became(shapes),
        None => page.rectangles += 1,
    }
    if object.get("tags").and_then(Value::as_array).is_some_and(|tags| !tags.is_empty()) {
        page.drawn.omitted("tags");
    }
    said.boxes.push(DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels });
}

/// The box around what is set of a mask: a PNG, packed by zlib or not, in base 64, and where its corner lies.
fn mask(bitmap: &Value) -> Option<Rect> {
    let [[x, y]] = points(&Value::Array(vec![bitmap.get("origin")?.clone()]))?.try_into().ok()?;
    let packed = BASE64_STANDARD.decode(bitmap.get("data")?.as_str()?.trim()).ok()?;
    let mut png = Vec::new();
    let unpacked = ZlibDecoder::new(packed.as_slice()).take(LARGEST_MASK).read_to_end(&mut png);
    let picture = crate::imaging::from_bytes(if unpacked.is_ok() { &png } else { &packed }, 0).ok()?;
    let width = picture.width as usize;
    let (w, h) = (f64::from(picture.width), f64::from(picture.height));
    let set = picture.planes(1).into_iter().enumerate().filter(|(_, value)| f64::from(*value) > 0.0);
    let pixels = set.map(|(at, _)| [(at % width.max(1)) as f64, (at / width.max(1)) as f64]);
    let ends: Vec<[f64; 2]> = pixels.flat_map(|[x, y]| [[x, y], [x + 1.0, y + 1.0]]).collect();
    // Black with transparency: the library cuts a mask to what is set.
    let inside = around(&ends).unwrap_or(Rect { xmin: 0.0, ymin: 0.0, xmax: w, ymax: h });
    Some(Rect { xmin: x + inside.xmin, ymin: y + inside.ymin, xmax: x + inside.xmax, ymax: y + inside.ymax })
}
