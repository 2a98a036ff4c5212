//! YOLO's detection layout out: `images/SPLIT`, `labels/SPLIT` and `data.yaml`, as Ultralytics reads them.

use super::losses::{Holds, sentences};
use super::names;
use super::pictures::Placing;
use super::{Export, ExportError, Writer, Written, draws, folders, last, put, split_folder};
use crate::domain::{Rect, Split};
use crate::interchange::model::format::Format;
use std::fmt::Write as _;
use std::path::Path;

/// Writes [`Format::YOLO`].
pub const WRITER: Writer = Writer {
    format: Format::YOLO,
    about: "For Ultralytics: boxes, or class folders where there are none.",
    write: write_boxes_or_folders,
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
        folders::write(export, to, placing, written)
    }
}

/// Writes the tree. An image nobody has looked at has no label file; one without boxes an empty one.
pub fn write(
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    for image in export.images.iter().map(|one| &one.image) {
        let split = split_folder(image.split);
        placing.put_alone(image, &to.join("images").join(split), &image.name)?;
        written.images += 1;
        let Some(said) = last(image).filter(|said| !said.boxes.is_empty() || said.nothing_found) else { continue };
        let (w, h) = (f64::from(image.width), f64::from(image.height));
        let mut text = String::new();
        for one in &said.boxes {
            let Some(class) = export.classes.iter().position(|name| *name == one.class) else { continue };
            let Rect { xmin, ymin, xmax, ymax } = one.rect;
            let (x, y) = ((xmin + xmax) / 2.0 / w, (ymin + ymax) / 2.0 / h);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{class} {x} {y} {} {}", (xmax - xmin) / w, (ymax - ymin) / h);
            written.boxes += 1;
        }
        put(&to.join("labels").join(split).join(format!("{}.txt", names::stem(&image.name))), &text)?;
    }
    written.lost.extend(sentences(export, "YOLO's detection layout", Holds { boxes: true, ..Holds::default() }));
    put(&to.join("data.yaml"), &data_yaml(export, written))
}

/// Ultralytics wants both `train` and `val`, and that the folders they name are there.
fn data_yaml(export: &Export<'_>, written: &mut Written) -> String {
    let has = |folder: &str| export.images.iter().any(|one| split_folder(one.image.split) == folder);
    let mut text = "path: .\n".to_owned();
    for split in Split::ALL {
        let folder = split_folder(Some(split));
        if has(folder) {
            let _ = writeln!(text, "{folder}: images/{folder}");
        } else if split != Split::Test {
            let other = ["train", "val", "test"].into_iter().find(|other| has(other)).unwrap_or("train");
            let _ = writeln!(text, "{folder}: images/{other}  # there is no image of this split");
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
