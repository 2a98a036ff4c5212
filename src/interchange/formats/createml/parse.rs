//! One file of Create ML.

use crate::domain::Rect;
use crate::interchange::formats::drawn::{number_of, text_of};
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::{folder_of, split_in_name, split_of};
use serde_json::Value;

/// What the image is called, as Apple's examples and those who write the format spell it, in lower case.
const IMAGE: [&str; 5] = ["image", "imagefilename", "filename", "image_filename", "imageurl"];
const ANNOTATIONS: [&str; 2] = ["annotations", "annotation"];

/// Whether a file that begins so is one.
pub fn is_one(head: &str) -> bool {
    let lower = head.to_lowercase();
    let has = |key: &str| lower.contains(&format!("\"{key}\""));
    lower.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('[')
        && IMAGE.iter().any(|key| has(key))
        && ANNOTATIONS.iter().any(|key| has(key))
        // Label Studio's tasks have annotations, too, and their own keys.
        && !["result", "completed_by", "annotation_id", "lead_time"].iter().any(|key| has(key))
        && ((has("coordinates") && has("label")) || is_bare(&lower))
}

/// Whether the first entry has nothing but an image and an empty list, or a class as text.
fn is_bare(lower: &str) -> bool {
    let first = lower.split_once('{').map_or("", |(_, rest)| rest.split('}').next().unwrap_or(rest));
    first.matches("\":").count() + first.matches("\" :").count() == 2
}

/// Reads a file's text; `file` is its name below the source.
///
/// # Errors
/// What is wrong with it, in words that go behind the file's name.
pub fn parse(text: &str, file: &str) -> Result<Draft, String> {
    let entries: Value = serde_json::from_str(text).map_err(|e| format!("is no Create ML file ({e})"))?;
    let Value::Array(entries) = entries else {
        return Err("is no Create ML file: it is no list of images".into());
    };
    let mut draft: Draft = Draft::default();
    let split = split_of(file).or_else(|| split_in_name(crate::interchange::model::names::base_name(file)));
    let (mut any_box, mut images) = (false, 0);
    for (number, entry) in (1..).zip(&entries) {
        let (name, annotations) = (under(entry, &IMAGE).and_then(Value::as_str), under(entry, &ANNOTATIONS));
        let (Some(name), Some(annotations)) = (name, annotations) else {
            draft.leave_out(format!("{file}: entry {number}"), "it names no image, or has no list of annotations");
            continue;
        };
        images += 1;
        let mut said = DraftSaid::default();
        let list = match annotations {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for annotation in list {
            if let Some(class) = annotation.as_str().map(str::trim).filter(|class| !class.is_empty()) {
                said.add_label(class);
                continue;
            }
            let Some(class) = text_of(annotation, "label") else {
                draft.leave_out(name, "an annotation without a label: give it one");
                continue;
            };
            let Some(coordinates) = annotation.get("coordinates") else {
                said.add_label(class);
                continue;
            };
            let four = ["x", "y", "width", "height"].map(|key| number_of(coordinates, key));
            let [Some(x), Some(y), Some(w), Some(h)] = four else {
                let why = format!("a box of {class} that lacks one of x, y, width and height: draw it again");
                draft.leave_out(name, why);
                continue;
            };
            let rect = Rect { xmin: x - w / 2.0, ymin: y - h / 2.0, xmax: x + w / 2.0, ymax: y + h / 2.0 };
            said.boxes.push(DraftBox { class: class.to_owned(), rect, unit: Unit::Pixels });
        }
        any_box |= !said.boxes.is_empty();
        draft.images.push(DraftImage {
            file: name.to_owned(),
            scope: folder_of(file).to_owned(),
            split,
            // Whoever lists every picture of a folder has them so, and who drew nothing on one.
            unannotated: list.is_empty(),
            said: if list.is_empty() { Vec::new() } else { vec![said] },
            ..DraftImage::default()
        });
    }
    if images == 0 {
        return Err("is no Create ML file: no entry names an image and has annotations".into());
    }
    unit(&mut draft, file, any_box);
    Ok(draft)
}

/// The unit of the whole file.
fn unit(draft: &mut Draft, file: &str, any_box: bool) {
    let boxes = || draft.images.iter().flat_map(|image| &image.said).flat_map(|said| &said.boxes);
    let sides = |one: &DraftBox| [one.rect.xmax, one.rect.ymax, one.rect.width(), one.rect.height()];
    // A box in pixels that ends within the first pixel would be none.
    if any_box && boxes().flat_map(sides).all(|side| side <= 1.0 + 1e-6) {
        let all = draft.images.iter_mut().flat_map(|image| &mut image.said).flat_map(|said| &mut said.boxes);
        all.for_each(|one| one.unit = Unit::Fractions);
        draft.remarks.push(format!(
            "{file}: no coordinate is above 1, so boxes are taken as shares of the image's width and height, from its upper \
             left corner."
        ));
    }
}

/// The value under one of these keys, in any case.
fn under<'a>(entry: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    let entry = entry.as_object()?;
    keys.iter()
        .find_map(|wanted| entry.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value))
}
