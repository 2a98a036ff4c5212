//! MONAI Label's store of a folder (`datastore_v2.json`): pictures, and masks that say which pixels belong to what.
//!
//! A mask has no place in a project, so the pictures are taken without a label and each mask is named as left out.

use super::drawn::text_of as text_under;
use super::{Found, Glance, Importer, Rank, Told};
use crate::interchange::model::draft::{Draft, DraftImage};
use crate::interchange::model::error::ReadError;
use crate::interchange::model::format::Format;
use crate::interchange::model::names::{base_name, folder_of};
use crate::interchange::model::options::Options;
use crate::interchange::resolve::settle::Rest;
use crate::interchange::source::listing::{LARGEST, Source};
use crate::interchange::source::text::text_of;
use serde_json::Value;

impl Format {
    /// MONAI Label's own store.
    pub const MONAI_LABEL: Self = Self::new("monai-label", "MONAI Label");
}

/// Reads [`Format::MONAI_LABEL`].
pub struct MonaiLabel;

/// What MONAI Label calls its file; the number is that of the version of the format.
fn is_store(name: &str) -> bool {
    let name = base_name(name).to_lowercase();
    name.starts_with("datastore") && name.ends_with(".json")
}

impl Importer for MonaiLabel {
    fn format(&self) -> Format {
        Format::MONAI_LABEL
    }

    fn detect(&self, glance: &Glance<'_>) -> Option<Told> {
        let first = glance.others.iter().find(|other| is_store(&other.name) && other.head.contains("\"objects\""))?;
        Some(Told { reason: format!("{} is a store of MONAI Label", first.name), rank: Rank::Annotations })
    }

    fn read(&self, source: &Source, _: &Options) -> Result<Found, ReadError> {
        let (mut draft, mut any) = (source.draft(), false);
        for file in source.with_extension("json").filter(|file| source.is_file || is_store(&file.name)) {
            match text_of(file, LARGEST).and_then(|text| parse(&text, folder_of(&file.name))) {
                Ok(more) => {
                    any = true;
                    draft.extend(more);
                }
                Err(why) => draft.leave_out(file.name.clone(), why),
            }
        }
        if any {
            Ok(Found { draft, rest: Rest::Leave })
        } else {
            Err(source.none_of("MONAI Label store (datastore_v2.json)", &draft))
        }
    }
}

/// Reads a store's text; it lies in `folder` below the source.
fn parse(text: &str, folder: &str) -> Result<Draft, String> {
    let store: Value = serde_json::from_str(text).map_err(|e| format!("is no store of MONAI Label ({e})"))?;
    let objects =
        store.get("objects").and_then(Value::as_object).ok_or("is no store of MONAI Label: it has no objects")?;
    let mut draft: Draft = Draft::default();
    let below = |key: &str, absent: &'static str| {
        let named = text_under(&store, key).unwrap_or(absent).trim_matches('/');
        named.strip_prefix("./").unwrap_or(named).to_owned()
    };
    let path = |parts: &[&str]| {
        let parts = parts.iter().copied().filter(|part| !part.is_empty() && *part != ".");
        parts.collect::<Vec<_>>().join("/")
    };
    let (images, labels) = (below("images_dir", ""), below("labels_dir", "labels"));
    for (id, object) in objects {
        let ext = |of: &Value| of.get("ext").and_then(Value::as_str).unwrap_or("").to_owned();
        let name = format!("{id}{}", object.get("image").map(ext).unwrap_or_default());
        let unannotated = object.get("labels").and_then(Value::as_object).is_none_or(|labels| labels.is_empty());
        let masks = object.get("labels").and_then(Value::as_object).into_iter().flatten();
        for (tag, mask) in masks {
            let file = path(&[folder, &labels, tag, &format!("{id}{}", ext(mask))]);
            let why = format!(
                "it is the mask {tag} of {name}, and masks of MONAI Label are not read: the picture is taken without it; \
                 draw its boxes here, or bring them as COCO"
            );
            draft.leave_out(file, why);
        }
        draft.images.push(DraftImage {
            file: name,
            unannotated,
            scope: path(&[folder, &images]),
            ..DraftImage::default()
        });
    }
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::write::write_png_gray;
    use crate::interchange::{format_at, read};
    use serde_json::json;

    #[test]
    fn pictures_are_taken_and_masks_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for (at, name) in ["a.png", "b.png", "labels/final/a.png"].into_iter().enumerate() {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_png_gray(&path, 30, 20, &[at as u8; 600]).unwrap();
        }
        // The keys are those of LocalDatastoreModel in MONAI Label 0.8.5.
        let one = |labels: Value| json!({"image": {"ext": ".png", "info": {"ts": 1}}, "labels": labels});
        let store = json!({"name": "x", "description": "", "images_dir": ".", "labels_dir": "labels", "objects": {
            "a": one(json!({"final": {"ext": ".png", "info": {}}, "original": {"ext": ".nii.gz", "info": {}}})),
            "b": one(json!({}))}});
        std::fs::write(dir.path().join("datastore_v2.json"), store.to_string()).unwrap();
        assert_eq!(format_at(dir.path(), &Options::default()).unwrap().format, Format::MONAI_LABEL);
        let reading = read(dir.path(), Format::MONAI_LABEL, &Options::default(), &|_, _| true).unwrap();
        let names: Vec<String> = reading.images.to_vec().unwrap().into_iter().map(|image| image.name).collect();
        assert_eq!(names, ["a.png", "b.png"]);
        let refused = |mask: &str| reading.left_out.iter().any(|(what, why)| what == mask && why.contains("of a.png"));
        assert!(refused("labels/final/a.png") && refused("labels/original/a.nii.gz"), "{:?}", reading.left_out);
        for text in ["", "{}", "{\"objects\": 1}"] {
            assert!(parse(text, "").unwrap_err().starts_with("is no"), "{text}");
        }
    }
}
