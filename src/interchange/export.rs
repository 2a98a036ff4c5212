//! Handing a project out in the formats other tools read: labels and boxes written anew, pictures copied or linked.

use super::csv_export::time_text;
use super::reading::{Format, ReadImage, Said};
use super::{export_coco, export_label_studio, export_voc};
use crate::domain::{Rect, Split};
use crate::imaging::write::atomically;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Component, Path, PathBuf};

/// What becomes of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    Copy,
    /// Links to where they lie; copies where the system has none.
    Link,
    /// Only labels are written.
    Leave,
}

/// What a model says of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The model's name.
    pub model: String,
    pub label: String,
    /// Its probability, 0 to 1.
    pub score: f32,
}

/// What is handed out.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub images: &'a [ReadImage],
    pub classes: &'a [String],
    /// By the image's name.
    pub predictions: &'a HashMap<String, Predicted>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub images: usize,
    pub boxes: usize,
    /// What the format has no place for, a sentence each.
    pub lost: Vec<String>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{} cannot be written ({why}): choose a folder you may write to", .path.display())]
    Io { path: PathBuf, why: io::Error },
    #[error("{} is there already and not empty: choose another folder, so that nothing is mixed up", .0.display())]
    NotEmpty(PathBuf),
    #[error("{0}")]
    Refused(String),
}

/// Writes everything below a folder, which must be new or empty.
///
/// # Errors
/// [`ExportError`] when the folder is in use, cannot be written, or a picture cannot be copied.
pub fn export(format: Format, export: &Export<'_>, to: &Path, pictures: Pictures) -> Result<Written, ExportError> {
    make(to)?;
    if std::fs::read_dir(to).map_err(|why| ExportError::Io { path: to.to_owned(), why })?.next().is_some() {
        return Err(ExportError::NotEmpty(to.to_owned()));
    }
    match format {
        Format::Coco => export_coco::write(export, to, pictures),
        Format::Voc => export_voc::write(export, to, pictures),
        Format::LabelStudio => export_label_studio::write(export, to, pictures),
        Format::Folders => folders(export, to, pictures),
        Format::Yolo
            if export
                .images
                .iter()
                .any(|image| last(image).is_some_and(|s| !s.boxes.is_empty() || s.nothing_found)) =>
        {
            yolo(export, to, pictures)
        }
        // YOLO's classification layout is class folders below splits.
        Format::Yolo => folders(export, to, pictures),
        Format::Csv => Err(ExportError::Refused("tables are written as one file, not as a folder".into())),
    }
}

/// The statement in force: the last with boxes or without, with the last label.
pub fn last(image: &ReadImage) -> Option<Said> {
    let mut said =
        image.said.iter().rev().find(|s| !s.boxes.is_empty() || s.nothing_found).or(image.said.last())?.clone();
    said.label = image.said.iter().rev().find_map(|s| s.label.clone());
    Some(said)
}

/// The folder of a split in exported trees.
pub(super) fn split_folder(split: Option<Split>) -> &'static str {
    match split {
        Some(Split::Validation) => "val",
        Some(Split::Test) => "test",
        _ => "train",
    }
}

/// The image's name as a path that stays below the folder it is joined to.
pub(super) fn safe(name: &str) -> String {
    let parts = Path::new(name).components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
        _ => None,
    });
    let joined = parts.collect::<Vec<_>>().join("/");
    if joined.is_empty() { "image".into() } else { joined }
}

/// Makes a folder and those above it.
pub(super) fn make(folder: &Path) -> Result<(), ExportError> {
    std::fs::create_dir_all(folder).map_err(|why| ExportError::Io { path: folder.to_owned(), why })
}

/// Writes a text file whole.
pub(super) fn put(path: &Path, text: &str) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    atomically(path, |out| out.write_all(text.as_bytes())).map_err(|why| ExportError::Io { path: path.to_owned(), why })
}

/// Copies or links a picture; sources are only read.
pub(super) fn picture(from: &Path, to: &Path, pictures: Pictures) -> Result<(), ExportError> {
    if pictures == Pictures::Leave {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        make(folder)?;
    }
    if pictures == Pictures::Link && link(from, to).is_ok() {
        return Ok(());
    }
    std::fs::copy(from, to).map(|_| ()).map_err(|why| ExportError::Io { path: to.to_owned(), why })
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(std::path::absolute(from)?, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::hard_link(from, to)
}

/// The time of a statement as text, where there is one.
pub(super) fn time_of(said: &Said) -> Option<String> {
    said.time_ms.map(time_text)
}

/// What a format without readers and groups loses of these images.
pub(super) fn plain_losses(export: &Export<'_>, format: &str) -> Vec<String> {
    let said = || export.images.iter().flat_map(|image| &image.said);
    let mut lost = Vec::new();
    if said().any(|s| s.reader.is_some() || s.time_ms.is_some()) {
        lost.push(format!("{format} does not hold who said what and when."));
    }
    if export.images.iter().any(|image| image.said.len() > 1) {
        lost.push(format!("{format} holds one statement an image: only the last of several readers is written."));
    }
    if export.images.iter().any(|image| image.group.is_some()) {
        lost.push(format!("{format} does not hold groups: split anew elsewhere, one patient's images may be parted."));
    }
    lost
}

/// `SPLIT/CLASS/NAME`; images without a label are left out.
fn folders(export: &Export<'_>, to: &Path, pictures: Pictures) -> Result<Written, ExportError> {
    if pictures == Pictures::Leave {
        return Err(ExportError::Refused("class folders are made of pictures: copy or link them".into()));
    }
    let splits = export.images.iter().any(|image| image.split.is_some());
    let mut written = Written { lost: plain_losses(export, "A tree of class folders"), ..Written::default() };
    let (mut unlabelled, mut boxes) = (0usize, 0usize);
    for image in export.images {
        let said = last(image).unwrap_or_default();
        boxes += said.boxes.len();
        let Some(label) = said.label else {
            unlabelled += 1;
            continue;
        };
        // Slashes in names would make further folders, dots might leave this one.
        let class = safe(&label.replace(['/', '\\'], "_"));
        let folder = if splits { to.join(split_folder(image.split)).join(class) } else { to.join(class) };
        picture(&image.path, &folder.join(safe(&image.name).replace('/', "_")), pictures)?;
        written.images += 1;
    }
    if unlabelled > 0 {
        written.lost.push(format!("{unlabelled} images without a label are not in the class folders."));
    }
    if boxes > 0 {
        written.lost.push(format!("Class folders hold no boxes: {boxes} are not written."));
    }
    Ok(written)
}

/// `images/SPLIT`, `labels/SPLIT` and `data.yaml`, as Ultralytics reads them.
fn yolo(export: &Export<'_>, to: &Path, pictures: Pictures) -> Result<Written, ExportError> {
    let mut written = Written { lost: plain_losses(export, "YOLO"), ..Written::default() };
    let mut labels = 0usize;
    for image in export.images {
        let name = safe(&image.name);
        let split = split_folder(image.split);
        picture(&image.path, &to.join("images").join(split).join(&name), pictures)?;
        written.images += 1;
        let Some(said) = last(image) else { continue };
        labels += usize::from(said.label.is_some());
        if said.boxes.is_empty() && !said.nothing_found {
            continue;
        }
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
        let path = to.join("labels").join(split).join(name);
        put(&path.with_extension("txt"), &text)?;
    }
    if labels > 0 {
        written
            .lost
            .push(format!("YOLO's detection layout has no label of the whole image: {labels} are not written."));
    }
    let names: Vec<String> = export
        .classes
        .iter()
        .enumerate()
        .map(|(at, name)| format!("  {at}: '{}'\n", name.replace('\'', "''").replace('\n', " ")))
        .collect();
    let yaml = format!("path: .\ntrain: images/train\nval: images/val\ntest: images/test\nnames:\n{}", names.concat());
    put(&to.join("data.yaml"), &yaml)?;
    Ok(written)
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
