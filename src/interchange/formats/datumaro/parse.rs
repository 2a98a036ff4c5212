//! One subset of a Datumaro dataset. Kinds and keys are those that datumaro 1.13 writes
//! (`plugins/data_formats/datumaro/exporter.py`); CVAT's boxes have their rotation among the attributes, in degrees about
//! the middle.

use crate::domain::{Rect, Split};
use crate::interchange::formats::drawn::{Drawn, around_turned, number, number_of, size, text_of};
use crate::interchange::formats::mask::{around_points, bounds};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{base_name, folder_of, split_in_name, split_of, stem};
use serde_json::Value;

/// Attributes that only keep books; CVAT writes them to every box.
const BOOKKEEPING: [&str; 6] = ["rotation", "occluded", "track_id", "keyframe", "is_crowd", "id"];

/// Reads a file's text; `file` is its name below the source.
///
/// # Errors
/// What is wrong with it, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<(Draft, Drawn), String> {
    let whole: Value = serde_json::from_str(text).map_err(|e| format!("is no Datumaro file ({e})"))?;
    let items = whole.get("items").and_then(Value::as_array);
    let (Some(items), Some(categories)) = (items, whole.get("categories")) else {
        return Err("is no Datumaro file: it has no items and categories".into());
    };
    let labels = categories.get("label").and_then(|label| label.get("labels")).and_then(Value::as_array);
    let classes: Vec<Option<&str>> = labels.into_iter().flatten().map(|label| text_of(label, "name")).collect();
    let (mut draft, mut drawn) = (Draft::default(), Drawn::default());
    for class in classes.iter().copied().flatten().map(str::to_owned) {
        if !draft.classes.contains(&class) {
            draft.classes.push(class);
        }
    }
    let subset = stem(base_name(file));
    let split = Split::parse(subset).or_else(|| split_in_name(subset)).or_else(|| split_of(file));
    let images = images_beside(file, subset);
    for (place, item) in (1..).zip(items) {
        let Some(id) = text_of(item, "id") else {
            draft.leave_out(format!("{file}: item {place}"), "it has no id");
            continue;
        };
        if ["point_cloud", "video", "video_frame"].iter().any(|key| item.get(*key).is_some()) {
            draft.leave_out(id, "it is no image, but a video or a cloud of points: export its frames as pictures");
            continue;
        }
        let image = item.get("image").or_else(|| item.get("media"));
        let annotations = item.get("annotations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let said = said(annotations, id, &classes, &mut draft, &mut drawn);
        let stated = image.and_then(|image| image.get("size")).and_then(Value::as_array);
        let stated = stated.and_then(|size| Some([size.first()?, size.get(1)?]));
        draft.images.push(DraftImage {
            file: image.and_then(|image| text_of(image, "path")).unwrap_or(id).to_owned(),
            stem: Some(id.to_owned()),
            scope: images.clone(),
            // Height goes first.
            stated: stated.and_then(|[height, width]| size(number(width), number(height))),
            split,
            unannotated: annotations.is_empty(),
            said: if annotations.is_empty() { Vec::new() } else { vec![said] },
            ..DraftImage::default()
        });
    }
    Ok((draft, drawn))
}

/// Where the pictures of a subset lie: `images/SUBSET` beside the folder of annotations.
fn images_beside(file: &str, subset: &str) -> String {
    let folder = folder_of(file);
    let around = if base_name(folder) == "annotations" { folder_of(folder) } else { folder };
    [around, "images", subset].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// What the annotations of one item say.
fn said(list: &[Value], id: &str, classes: &[Option<&str>], draft: &mut Draft, drawn: &mut Drawn) -> DraftSaid {
    let mut said = DraftSaid::default();
    for annotation in list {
        let kind = text_of(annotation, "type").unwrap_or("");
        if matches!(kind, "polyline" | "points" | "caption" | "cuboid_3d" | "cuboid_2d" | "skeleton" | "") {
            drawn.dropped(if kind.is_empty() { "without a name" } else { kind }, id);
            continue;
        }
        let at = annotation.get("label_id").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
        let Some(class) = at.and_then(|at| classes.get(at)).copied().flatten() else {
            draft.leave_out(id, format!("a {kind} whose label_id is none of the file's labels: give it a label"));
            continue;
        };
        if kind == "label" {
            said.add_label(class);
            continue;
        }
        match rect(kind, annotation) {
            Some(Ok((rect, became))) => {
                if let Some(shapes) = became {
                    drawn.became(shapes);
                }
                if has_attributes(annotation) {
                    drawn.omitted("attributes");
                }
                said.boxes.push(DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels });
            }
            Some(Err(why)) => draft.leave_out(id, format!("a {kind} of {class}: {why}")),
            None => drawn.dropped(kind, id),
        }
    }
    said
}

type Boxed = (Rect, Option<&'static str>);

/// The box of an annotation and what it was, where not a box; `None` where its kind has none.
fn rect(kind: &str, annotation: &Value) -> Option<Result<Boxed, String>> {
    let list = |key: &str| annotation.get(key).and_then(Value::as_array);
    let numbers = |key: &str| -> Option<Vec<f64>> { list(key)?.iter().map(number).collect() };
    let unreadable = || Err("its coordinates cannot be read".to_owned());
    Some(match kind {
        "bbox" => match numbers("bbox").as_deref() {
            Some(&[x, y, w, h]) => {
                let upright = Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h };
                match annotation.get("attributes").and_then(|a| number_of(a, "rotation")).filter(|angle| *angle != 0.0)
                {
                    Some(angle) => Ok((around_turned(upright, angle.to_radians()), Some("rotated rectangle"))),
                    None => Ok((upright, None)),
                }
            }
            _ => unreadable(),
        },
        "rotated_bbox" => match numbers("points").or_else(|| numbers("rotated_bbox")).as_deref() {
            // Its middle, its size and the angle in degrees.
            Some(&[x, y, w, h, angle]) => {
                let upright = Rect { xmin: x - w / 2.0, ymin: y - h / 2.0, xmax: x + w / 2.0, ymax: y + h / 2.0 };
                Ok((around_turned(upright, angle.to_radians()), Some("rotated rectangle")))
            }
            _ => unreadable(),
        },
        "polygon" | "ellipse" => match numbers("points").and_then(|numbers| around_points(numbers.into_iter())) {
            Some(rect) => Ok((rect, Some(if kind == "polygon" { "polygon" } else { "ellipse" }))),
            None => unreadable(),
        },
        "mask" => match annotation.get("rle") {
            Some(rle) => bounds(rle).map(|(rect, _)| (rect, Some("mask"))),
            None => unreadable(),
        },
        _ => return None,
    })
}

fn has_attributes(annotation: &Value) -> bool {
    let attributes = annotation.get("attributes").and_then(Value::as_object);
    attributes.is_some_and(|map| map.keys().any(|key| !BOOKKEEPING.contains(&key.as_str())))
}
