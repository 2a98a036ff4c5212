//! COCO out: one file a split. What COCO has no word for stands under the key `overread`, which other tools pass over.

use crate::domain::Split;
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::Said;
use crate::interchange::writing::losses::{Holds, of_other_classes, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::Placing;
use crate::interchange::writing::{
    Export, ExportError, Outgoing, Signed, Writer, Written, make, put, split_folder, time_of,
};
use serde_json::{Value, json};
use std::path::Path;

/// What our own files say of a second reading, where they say which reading of its reader a statement is of.
pub(super) const AGAIN: u8 = 2;

/// Writes [`Format::COCO`].
pub const WRITER: Writer =
    Writer { silent: true, ..Writer::new(Format::COCO, "Boxes as JSON, one file a split.", write) };

/// Writes `annotations/instances_SPLIT.json` and `images/`.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    make(&to.join("annotations"))?;
    for image in export.images.iter().map(|one| &one.image) {
        placing.put(&image.path, &to.join("images").join(names::file_of(&image.name)))?;
    }
    let mut other_classes = 0;
    for split in [None, Some(Split::Train), Some(Split::Validation), Some(Split::Test)] {
        let of_split: Vec<&Outgoing> = export.images.iter().filter(|one| one.image.split == split).collect();
        if of_split.is_empty() {
            continue;
        }
        let (file, boxes, without) = file(export.classes, &of_split);
        other_classes += without;
        let name =
            split.map_or_else(|| "instances.json".to_owned(), |_| format!("instances_{}.json", split_folder(split)));
        put(&to.join("annotations").join(name), &file.to_string())?;
        written.images += of_split.len();
        written.boxes += boxes;
    }
    written.lost.extend(of_other_classes(other_classes));
    written.lost.extend(sentences(
        export,
        "COCO",
        Holds { boxes: true, marks: true, attributes: true, own_key: Some("overread"), ..Holds::default() },
    ));
    Ok(())
}

/// One file's content, its number of boxes, and how many are of no class that is listed.
fn file(classes: &[String], images: &[&Outgoing]) -> (Value, usize, usize) {
    let mut other_classes = 0;
    let categories: Vec<Value> =
        (1..).zip(classes).map(|(id, name): (usize, _)| json!({"id": id, "name": name, "supercategory": ""})).collect();
    let mut annotations = Vec::new();
    let mut listed = Vec::with_capacity(images.len());
    for (id, one) in (1usize..).zip(images) {
        let image = &one.image;
        let statement = |said: &Said| {
            let mut statement = json!({"reader": said.reader, "time": time_of(said), "label": said.label, "nothing_found": said.nothing_found});
            if let (true, Value::Object(keys)) = (said.is_about_findings(), &mut statement) {
                keys.insert("findings".into(), json!(said.findings));
                keys.insert("others_absent".into(), json!(said.others_absent));
            }
            if let (true, Value::Object(keys)) = (said.again, &mut statement) {
                keys.insert("reading".into(), json!(AGAIN));
            }
            statement
        };
        let [signed_by, signed_at] = Signed::texts(one.signed.as_ref());
        let mut entry = json!({
            "id": id,
            "file_name": image.name,
            "width": image.width,
            "height": image.height,
            "split": image.split.map(Split::name),
            "overread": {
                "group": image.group,
                "said": image.said.iter().map(statement).collect::<Vec<_>>(),
                "reviewed": one.reviewed,
                "flagged": one.flagged,
                "key_image": one.key,
                "signed_off_by": signed_by,
                "signed_off_at": signed_at,
                "note": one.note,
            },
        });
        if let (false, Value::Object(keys)) = (image.facts.attributes.is_empty(), &mut entry) {
            keys.insert("attributes".into(), json!(image.facts.attributes));
        }
        listed.push(entry);
        for said in &image.said {
            for one in &said.boxes {
                let Some(class) = classes.iter().position(|name| *name == one.class) else {
                    other_classes += 1;
                    continue;
                };
                let (width, height) = (one.rect.xmax - one.rect.xmin, one.rect.ymax - one.rect.ymin);
                let mut annotation = json!({
                    "id": annotations.len() + 1,
                    "image_id": id,
                    "category_id": class + 1,
                    "bbox": [one.rect.xmin, one.rect.ymin, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                    "segmentation": [],
                    "overread": {"reader": said.reader, "time": time_of(said)},
                });
                if let (true, Some(Value::Object(keys))) = (said.again, annotation.get_mut("overread")) {
                    keys.insert("reading".into(), json!(AGAIN));
                }
                if let (Some(marks), Value::Object(keys)) = (image.facts.marks_of(&one.rect), &mut annotation) {
                    keys.insert("attributes".into(), json!(marks));
                }
                annotations.push(annotation);
            }
        }
    }
    let boxes = annotations.len();
    let info = json!({"description": "Exported by Overread; boxes are in the frame turned upright by EXIF."});
    (
        json!({"info": info, "licenses": [], "images": listed, "annotations": annotations, "categories": categories}),
        boxes,
        other_classes,
    )
}
