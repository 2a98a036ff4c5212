//! YOLO's detection layout out: `images/SPLIT`, `labels/SPLIT` and `data.yaml`, as Ultralytics reads them.

use crate::domain::{Rect, Split};
use crate::interchange::formats::folders;
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::ReadImage;
use crate::interchange::writing::losses::{self, Holds, sentences};
use crate::interchange::writing::names;
use crate::interchange::writing::pictures::{Pictures, Placing};
use crate::interchange::writing::{Export, ExportError, Writer, Written, draws, last, put, split_folder};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

/// Writes [`Format::YOLO`].
pub const WRITER: Writer = Writer {
    silent: true,
    frames_alone: true,
    ..Writer::new(
        Format::YOLO,
        "For Ultralytics: boxes, or class folders where there are none.",
        write_boxes_or_folders,
    )
};

/// YOLO's classification layout is class folders below splits.
fn write_boxes_or_folders(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    if export.images.iter().any(|one| draws(&one.image)) {
        write(export, to, placing, written)
    } else {
        folders::write::write(export, to, placing, written)
    }
}

/// Writes the tree, with an empty label file for an image without boxes. Where the pictures stay, label files go where
/// Ultralytics looks for those of the pictures as they were imported, and lists say which are of which split.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    let left = placing.pictures == Pictures::Leave;
    let (mut taken, mut other_classes) = (HashMap::new(), 0usize);
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for image in export.images.iter().map(|one| &one.image) {
        let split = split_folder(image.split);
        let stem = names::stem(&image.name);
        let label = if left { beside(&stem) } else { format!("labels/{split}/{stem}") };
        if left && let Err(why) = alone(image, &label, &mut taken) {
            written.left_out.push((image.name.clone(), why));
            continue;
        }
        placing.put_alone(image, &to.join("images").join(split), &image.name)?;
        written.images += 1;
        // Writing to a String cannot fail.
        let _ = writeln!(lists.entry(split).or_default(), "./{}", image.name);
        let Some(said) = last(image).filter(|said| !said.boxes.is_empty() || said.nothing_found) else { continue };
        let (w, h) = (f64::from(image.width), f64::from(image.height));
        let mut text = String::new();
        for one in &said.boxes {
            let Some(class) = export.classes.iter().position(|name| *name == one.class) else {
                other_classes += 1;
                continue;
            };
            let Rect { xmin, ymin, xmax, ymax } = one.rect;
            let (x, y) = ((xmin + xmax) / 2.0 / w, (ymin + ymax) / 2.0 / h);
            let _ = writeln!(text, "{class} {x} {y} {} {}", (xmax - xmin) / w, (ymax - ymin) / h);
            written.boxes += 1;
        }
        put(&to.join(format!("{label}.txt")), &text)?;
    }
    written.lost.extend(sentences(export, "YOLO's detection layout", Holds { boxes: true, ..Holds::default() }));
    written.lost.extend(losses::of_other_classes(other_classes));
    if left {
        for (split, list) in &lists {
            put(&to.join(format!("{split}.txt")), list)?;
        }
        written.warnings.push(
            "The pictures are not here: put this folder's content into the folder they were imported from, beside them.".into(),
        );
    }
    let splits: Vec<&str> = lists.into_keys().collect();
    put(&to.join("data.yaml"), &data_yaml(export, &splits, left, written))
}

/// Where Ultralytics looks for a picture's label file: in `labels` where the last `images` of its path is.
fn beside(stem: &str) -> String {
    let parts: Vec<&str> = stem.split('/').collect();
    let folders = parts.len().saturating_sub(1);
    let images = parts.iter().take(folders).rposition(|part| *part == "images");
    let part = |(at, part): (usize, &&str)| if Some(at) == images { "labels".to_owned() } else { (*part).to_owned() };
    parts.iter().enumerate().map(part).collect::<Vec<_>>().join("/")
}

/// Why a picture that is not copied cannot have this label file.
fn alone<'a>(image: &'a ReadImage, label: &str, taken: &mut HashMap<String, &'a str>) -> Result<(), String> {
    if names::file_of(&image.name) != image.name {
        return Err("it is one frame of several in a file, which YOLO cannot name: export it with pictures".into());
    }
    match taken.insert(label.to_lowercase(), &image.name) {
        None => Ok(()),
        Some(other) => {
            taken.insert(label.to_lowercase(), other);
            Err(format!(
                "its label file would be that of {other}: export it with pictures, which get names of their own"
            ))
        }
    }
}

/// Ultralytics wants both `train` and `val`, and that what they name is there. Without `path` it looks below the folder that
/// data.yaml lies in; `path: .` would be the folder it is started from.
fn data_yaml(export: &Export<'_>, splits: &[&str], lists: bool, written: &mut Written) -> String {
    let place = |split: &str| if lists { format!("{split}.txt") } else { format!("images/{split}") };
    let mut text = String::new();
    for split in Split::ALL {
        let folder = split_folder(Some(split));
        if splits.contains(&folder) {
            let _ = writeln!(text, "{folder}: {}", place(folder));
        } else if split != Split::Test {
            let other = ["train", "val", "test"].into_iter().find(|other| splits.contains(other)).unwrap_or("train");
            let _ = writeln!(text, "{folder}: {}  # there is no image of this split", place(other));
            written.warnings.push(format!(
                "No image is for {}: data.yaml names the {other} images in its place, because YOLO wants both.",
                split.name()
            ));
        }
    }
    text.push_str("names:\n");
    for (at, name) in export.classes.iter().enumerate() {
        let _ = writeln!(text, "  {at}: '{}'", name.replace('\'', "''").replace(['\n', '\r'], " "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn label_files_lie_where_ultralytics_looks() {
        let table = [
            ("images/a", "labels/a"),
            ("images/x/images/b", "images/x/labels/b"),
            ("p/c", "p/c"),
            ("images", "images"),
        ];
        for (picture, label) in table {
            assert_eq!(beside(picture), label);
        }
    }
}
