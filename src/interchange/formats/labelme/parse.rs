//! One file of labelme, or of X-AnyLabeling, which grew out of it and adds to its shapes.
//!
//! What each shape's points mean is as labelme 6 draws it (`labelme/utils/shape.py`): of a rectangle two opposite corners
//! in either order, of a circle the middle and a point on it, of a mask the first and the last pixel. X-AnyLabeling 2.4
//! and later write all four corners of a rectangle.

use crate::domain::Rect;
use crate::interchange::formats::drawn::{Drawn, around, around_both, number, points, size, text_of};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{base_name, folder_of, split_of, stem};
use serde::Deserialize;
use serde_json::Value;

/// Which of the two wrote a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Labelme,
    XAnyLabeling,
}

impl Tool {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labelme => "labelme",
            Self::XAnyLabeling => "X-AnyLabeling",
        }
    }

    /// Which one a file is of, by its beginning; `None` where it is of neither.
    pub fn of(head: &str) -> Option<Self> {
        let has = |key: &str| head.contains(key);
        let is_object = head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{');
        // In files of a large picture the rest may lie behind it.
        let is_one = has("\"shapes\"") && ["\"flags\"", "\"shape_type\"", "\"imagePath\""].into_iter().any(has)
            || has("\"imagePath\"") && has("\"imageData\"");
        if !is_object || !is_one {
            return None;
        }
        // The version is the tool's own: that of labelme has been 4 and more since 2020, the other's is less.
        let version = head.split_once("\"version\"").and_then(|(_, rest)| rest.split('"').nth(1));
        let major = version.and_then(|version| version.split('.').next()).and_then(|major| major.parse::<u32>().ok());
        let keys = ["\"difficult\"", "\"kie_linking\"", "\"attributes\"", "\"direction\"", "\"checked\""];
        let is_other = keys.into_iter().any(has) || (has("\"shapes\": []") && major.is_some_and(|major| major < 3));
        Some(if is_other { Self::XAnyLabeling } else { Self::Labelme })
    }
}

/// What a file holds.
pub struct Page {
    pub draft: Draft,
    pub drawn: Drawn,
}

/// The keys that are read; the picture within a file is passed over.
#[derive(Deserialize)]
struct Written {
    shapes: Option<Vec<Value>>,
    flags: Option<Value>,
    #[serde(rename = "imagePath")]
    path: Option<String>,
    #[serde(rename = "imageWidth")]
    width: Option<Value>,
    #[serde(rename = "imageHeight")]
    height: Option<Value>,
}

/// Reads one file's text; `file` is its name below the source.
///
/// # Errors
/// What is wrong with it, in words that go behind the file's name.
pub fn parse(text: &str, file: &str, tool: Tool) -> Result<Page, String> {
    let name = tool.name();
    let written: Written = serde_json::from_str(text).map_err(|e| format!("is no {name} file ({e})"))?;
    let (Some(shapes), true) = (&written.shapes, written.path.is_some() || text.contains("\"shape_type\"")) else {
        return Err(format!("is no {name} file: it has no shapes and no imagePath"));
    };
    let (mut draft, mut drawn) = (Draft::default(), Drawn::default());
    let (label, flags) = flags_of(&written, &mut draft, file);
    draft.classes.extend(label.clone());
    let boxes = boxes(shapes, file, tool, &mut draft, &mut drawn);
    let said = DraftSaid {
        // Several flags say something that has no place here, which is not nothing.
        nothing_found: shapes.is_empty() && flags == 0,
        label,
        boxes,
        ..DraftSaid::default()
    };
    let own = stem(base_name(file)).to_owned();
    let path = written.path.as_deref().map(str::trim).filter(|path| !path.is_empty());
    let side = |value: &Option<Value>| value.as_ref().and_then(number);
    draft.images.push(DraftImage {
        file: path.unwrap_or(&own).to_owned(),
        stem: Some(own),
        scope: folder_of(file).to_owned(),
        stated: size(side(&written.width), side(&written.height)),
        split: split_of(file),
        said: vec![said],
        ..DraftImage::default()
    });
    Ok(Page { draft, drawn })
}

/// The one flag of the image that is set, and how many are; several at once cannot be its label.
fn flags_of(written: &Written, draft: &mut Draft, file: &str) -> (Option<String>, usize) {
    let flags = written.flags.as_ref().and_then(Value::as_object);
    let set = flags.into_iter().flatten().filter(|(_, value)| value.as_bool() == Some(true));
    let set: Vec<&str> = set.map(|(name, _)| name.trim()).filter(|name| !name.is_empty()).collect();
    match set.as_slice() {
        [] => (None, 0),
        [one] => (Some((*one).to_owned()), 1),
        several => {
            let why = format!(
                "several flags are set at once ({}), and an image has one label: it is taken without one; leave one flag set",
                several.join(", ")
            );
            draft.leave_out(file, why);
            (None, several.len())
        }
    }
}

/// The boxes of shapes. What labelme's users drew in several parts, which share a number (`group_id`), is one thing.
fn boxes(shapes: &[Value], file: &str, tool: Tool, draft: &mut Draft, drawn: &mut Drawn) -> Vec<DraftBox> {
    let mut boxes: Vec<(Option<String>, DraftBox)> = Vec::with_capacity(shapes.len());
    for shape in shapes {
        let kind = text_of(shape, "shape_type").unwrap_or("polygon");
        let Some(class) = text_of(shape, "label") else {
            draft.leave_out(file, format!("a {kind} without a label: give it one"));
            continue;
        };
        let placed = shape.get("points").and_then(points).and_then(|points| placed(kind, &points));
        let rect = match placed {
            Some(Placed::Box(rect)) => rect,
            Some(Placed::Around(rect, shapes)) => {
                drawn.became(shapes);
                rect
            }
            Some(Placed::Nothing) => {
                drawn.dropped(kind, file);
                continue;
            }
            None => {
                draft.leave_out(file, format!("a {kind} of {class} whose points cannot be read: draw it again"));
                continue;
            }
        };
        if is_set(shape.get("attributes")) {
            drawn.omitted("attributes");
        }
        if is_set(shape.get("difficult")) || is_set(shape.get("flags")) {
            drawn.omitted("flags");
        }
        let number = shape.get("group_id").filter(|id| !id.is_null()).map(Value::to_string);
        let part = number.filter(|_| tool == Tool::Labelme && kind != "rectangle");
        let of_same = boxes.iter_mut().find(|(known, one)| part.is_some() && *known == part && one.class == class);
        match of_same {
            Some((_, one)) => {
                one.rect = around_both(one.rect, rect);
                drawn.became("joined part");
            }
            None => boxes.push((part, DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels })),
        }
    }
    boxes.into_iter().map(|(_, one)| one).collect()
}

/// Whether a value says something: true, or an object in which anything does.
fn is_set(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(set)) => *set,
        Some(Value::String(text)) => !text.is_empty() && text != "false",
        Some(Value::Object(map)) => map.values().any(|value| is_set(Some(value))),
        Some(Value::Number(_) | Value::Array(_)) => true,
    }
}

enum Placed {
    Box(Rect),
    /// The box around a shape, with the shapes' name.
    Around(Rect, &'static str),
    /// It encloses nothing.
    Nothing,
}

/// Where a shape lies; `None` where it has other points than its kind needs.
fn placed(kind: &str, points: &[[f64; 2]]) -> Option<Placed> {
    match (kind, points) {
        ("rectangle", [_, _] | [_, _, _, _]) => Some(Placed::Box(around(points)?)),
        // The last pixel is part of the mask.
        ("mask", [_, _]) => {
            let rect = around(points)?;
            let rect = Rect { xmax: rect.xmax + 1.0, ymax: rect.ymax + 1.0, ..rect };
            Some(Placed::Around(rect, "mask"))
        }
        ("circle", [[x, y], [px, py]]) => {
            let r = (px - x).hypot(py - y);
            Some(Placed::Around(Rect { xmin: x - r, ymin: y - r, xmax: x + r, ymax: y + r }, "circle"))
        }
        ("polygon", [_, _, _, ..]) => Some(Placed::Around(around(points)?, "polygon")),
        ("quadrilateral", [_, _, _, _]) => Some(Placed::Around(around(points)?, "quadrilateral")),
        ("oriented_rectangle" | "rotation", [_, _, _, _]) => Some(Placed::Around(around(points)?, "rotated rectangle")),
        ("rectangle" | "mask" | "circle" | "polygon" | "quadrilateral" | "oriented_rectangle" | "rotation", _) => None,
        (_, _) => Some(Placed::Nothing),
    }
}
