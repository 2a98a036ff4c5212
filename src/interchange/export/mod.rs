//! Handing a project out in the formats other tools read: labels and boxes written anew, pictures copied or linked.
//!
//! Everything is written to a folder beside the wanted one, which gets its name when it is whole: an export that fails
//! or is cancelled leaves nothing behind.

mod coco;
mod confidential;
mod folders;
mod label_studio;
mod losses;
mod names;
mod pictures;
pub mod submission;
mod tables;
mod unseen;
mod voc;
mod yolo;

#[cfg(test)]
mod attributes_tests;
#[cfg(test)]
mod confidential_tests;
#[cfg(test)]
mod planting_tests;
#[cfg(test)]
mod tests;

pub use confidential::{Confidentiality, Dates};
pub use pictures::Pictures;
pub use tables::{export_tables, time_text};
pub use unseen::{Unseen, takes_silence_for_none};

use crate::domain::Split;
use crate::files::atomically;
use crate::imaging::making::Making;
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::{ReadBox, ReadImage, Said};
use pictures::Placing;
use std::io;
use std::path::{Path, PathBuf};

/// Called with the pictures done and their number; `false` ends the work.
pub type Progress<'a> = &'a dyn Fn(usize, usize) -> bool;

/// What a model says of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicted {
    /// The model's name.
    pub model: String,
    pub label: String,
    /// The label's probability, 0 to 1.
    pub score: f32,
    /// One a class, in the order of [`Export::classes`].
    pub probabilities: Vec<f32>,
    /// Boxes with their scores, 0 to 1.
    pub boxes: Vec<(ReadBox, f32)>,
}

/// An image with all that is handed out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    pub image: ReadImage,
    pub reviewed: bool,
    pub flagged: bool,
    pub note: String,
    pub predicted: Option<Predicted>,
}

/// What is handed out.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub images: &'a [Outgoing],
    pub classes: &'a [String],
    /// The images carry what every reader said, not only what is in force.
    pub every_reader: bool,
}

/// How it is handed out.
#[derive(Clone, Debug, Default)]
pub struct How {
    pub pictures: Pictures,
    /// What becomes of images nobody has looked at, where the format has no word for them.
    pub unseen: Unseen,
    /// Pictures are cleaned of what may tell who the patient is, and everything has new names.
    pub confidentiality: Option<Confidentiality>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub images: usize,
    pub boxes: usize,
    /// What the format has no place for, a sentence each.
    pub lost: Vec<String>,
    /// Pictures that are not in the export, by name, and why.
    pub left_out: Vec<(String, String)>,
    /// What a person has to look at.
    pub warnings: Vec<String>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{} cannot be written ({why}): choose a folder you may write to", .path.display())]
    Io { path: PathBuf, why: io::Error },
    #[error("{} cannot be read ({why}): relink the images, or export without pictures", .path.display())]
    Picture { path: PathBuf, why: io::Error },
    #[error("{} is there already and not empty: choose another folder, so that nothing is mixed up", .0.display())]
    NotEmpty(PathBuf),
    #[error("{0}")]
    Refused(String),
    #[error("the export was cancelled; nothing of it is left")]
    Cancelled,
}

/// Writes everything to a folder, which must be new or empty.
///
/// # Errors
/// [`ExportError`] when the folder is in use or cannot be written, a picture cannot be copied, or `progress` says no.
pub fn export(
    format: Format,
    export: &Export<'_>,
    to: &Path,
    how: &How,
    progress: Progress,
) -> Result<Written, ExportError> {
    let to = std::path::absolute(to).map_err(|why| ExportError::Io { path: to.to_owned(), why })?;
    check_free(&to)?;
    let beside = to.parent().unwrap_or(Path::new("/"));
    make(beside)?;
    let io = |why| ExportError::Io { path: to.clone(), why };
    let built = Making::within(beside).map_err(io)?;
    let mut written = Written::default();
    let mut pictures = how.pictures;
    let mut images = match pictures {
        // Whoever has the pictures has them by their own names.
        Pictures::Leave => names::as_imported(export.images),
        Pictures::Copy | Pictures::Link | Pictures::Move => names::unique(export.images),
    };
    images = unseen::settle(format, images, how.unseen, &mut written);
    if let Some(confidentiality) = &how.confidentiality {
        images = confidential::cleaned(images, confidentiality, built.path(), &mut written, progress)?;
        pictures = Pictures::Move;
    }
    let export = Export { images: &images, ..*export };
    let mut placing = Placing::new(pictures, images.len(), progress);
    write(format, &export, built.path(), &mut placing, &mut written)?;
    confidential::remove_staging(built.path())?;
    readable(built.path()).map_err(io)?;
    built.take_place(&to).map_err(io)?;
    Ok(written)
}

/// Writes labels and boxes in one format.
#[derive(Clone, Copy)]
pub struct Writer {
    pub format: Format,
    /// What it is for, a sentence.
    pub about: &'static str,
    /// It has no word for an image nobody has looked at: one without a box is one without findings there.
    pub silent: bool,
    write: fn(&Export<'_>, &Path, &mut Placing<'_>, &mut Written) -> Result<(), ExportError>,
}

/// The formats that are written, in the order they are offered.
pub const WRITERS: &[Writer] =
    &[tables::WRITER, coco::WRITER, yolo::WRITER, voc::WRITER, label_studio::WRITER, folders::WRITER];

fn write(
    format: Format,
    export: &Export<'_>,
    to: &Path,
    placing: &mut Placing<'_>,
    written: &mut Written,
) -> Result<(), ExportError> {
    match WRITERS.iter().find(|writer| writer.format == format) {
        Some(writer) => (writer.write)(export, to, placing, written),
        None => Err(ExportError::Refused(format!("{} is read, but not written: choose another format", format.name()))),
    }
}

/// Whether somebody drew boxes, or looked for some and found none.
fn draws(image: &ReadImage) -> bool {
    image.said.iter().any(|said| !said.boxes.is_empty() || said.nothing_found)
}

/// The statement in force: the last with boxes or without, with the last label.
pub fn last(image: &ReadImage) -> Option<Said> {
    let mut said =
        image.said.iter().rev().find(|s| !s.boxes.is_empty() || s.nothing_found).or(image.said.last())?.clone();
    said.label = image.said.iter().rev().find_map(|s| s.label.clone());
    Some(said)
}

/// The folder of a split in exported trees.
fn split_folder(split: Option<Split>) -> &'static str {
    match split {
        Some(Split::Validation) => "val",
        Some(Split::Test) => "test",
        _ => "train",
    }
}

/// Fails where something is in the way of a new folder.
///
/// # Errors
/// [`ExportError::NotEmpty`], or that it cannot be looked into.
pub fn check_free(to: &Path) -> Result<(), ExportError> {
    match std::fs::read_dir(to) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ExportError::NotEmpty(to.to_owned())),
        },
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(why) => Err(ExportError::Io { path: to.to_owned(), why }),
    }
}

/// Makes a folder and those above it.
fn make(folder: &Path) -> Result<(), ExportError> {
    std::fs::create_dir_all(folder).map_err(|why| ExportError::Io { path: folder.to_owned(), why })
}

/// Writes a file whole.
fn put(path: &Path, text: &str) -> Result<(), ExportError> {
    put_with(path, |out| out.write_all(text.as_bytes()))
}

fn put_with(path: &Path, content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    atomically(path, content).map_err(|why| ExportError::Io { path: path.to_owned(), why })
}

/// Gives a temporary folder the permissions any other program would give a new one.
#[cfg(unix)]
fn readable(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // A folder made just now shows what the umask leaves.
    let probe = folder.join(".overread-permissions");
    std::fs::create_dir(&probe)?;
    let mode = std::fs::metadata(&probe)?.permissions().mode();
    std::fs::remove_dir(&probe)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn readable(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// The time of a statement as text, where there is one.
fn time_of(said: &Said) -> Option<String> {
    said.time_ms.map(time_text)
}
