//! What the writers of all formats have in common: what is handed out, what came of it, where pictures go, what files are
//! called, and what a format has no place for.

pub mod losses;
pub mod names;
pub mod pictures;

use crate::domain::Split;
use crate::files::atomically;
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
    /// The class; of several findings those that are present, as `A|B`.
    pub label: String,
    /// The label's probability, 0 to 1; of several the least.
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
    /// It is a key image.
    pub key: bool,
    /// That it is signed off, where it is.
    pub signed: Option<Signed>,
    pub note: String,
    pub predicted: Option<Predicted>,
}

/// Who signed an image off, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// "ann", "ann and ben"; absent where it is kept back.
    pub by: Option<String>,
    /// Milliseconds since 1970-01-01 UTC; absent where it is kept back.
    pub at_ms: Option<i64>,
}

impl Signed {
    /// Who and when, as the columns of tables and the keys of JSON have it; both empty where it is open.
    pub fn texts(of: Option<&Self>) -> [String; 2] {
        let by = of.and_then(|one| one.by.clone()).unwrap_or_default();
        [by, of.and_then(|one| one.at_ms).map(time_text).unwrap_or_default()]
    }
}

/// What is handed out.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub images: &'a [Outgoing],
    pub classes: &'a [String],
    /// The findings, of which an image may have several; empty where an image is of one class.
    pub findings: &'a [String],
    /// The images carry what every reader said, not only what is in force.
    pub every_reader: bool,
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

/// Writes labels and boxes in one format.
#[derive(Clone, Copy)]
pub struct Writer {
    pub format: Format,
    /// What it is for, a sentence.
    pub about: &'static str,
    /// It has no word for an image nobody has looked at: one without a box is one without findings there.
    pub silent: bool,
    /// Without the pictures there is nothing to write: the sentence for who wants none.
    pub of_pictures: Option<&'static str>,
    /// Each frame of a file becomes a picture of its own; the others call it `FILE#N`.
    pub frames_alone: bool,
    /// Writes everything below a folder that is there and empty.
    pub write: Write,
}

/// See [`Writer::write`].
pub type Write = fn(&Export<'_>, &Path, &mut Placing<'_>, &mut Written) -> Result<(), ExportError>;

impl Writer {
    /// One that is as most are.
    pub const fn new(format: Format, about: &'static str, write: Write) -> Self {
        Self { format, about, silent: false, of_pictures: None, frames_alone: false, write }
    }
}

/// Whether somebody drew boxes, or looked for some and found none.
pub fn draws(image: &ReadImage) -> bool {
    image.said.iter().any(|said| !said.boxes.is_empty() || said.nothing_found)
}

/// The statement in force: the last with boxes or without, with the last label.
pub fn last(image: &ReadImage) -> Option<Said> {
    let mut said =
        image.said.iter().rev().find(|s| !s.boxes.is_empty() || s.nothing_found).or(image.said.last())?.clone();
    said.label = image.said.iter().rev().find_map(|s| s.label.clone());
    if let Some(of_findings) = image.said.iter().rev().find(|s| s.is_about_findings()) {
        said.findings.clone_from(&of_findings.findings);
        said.others_absent = of_findings.others_absent;
    }
    Some(said)
}

/// The folder of a split in exported trees.
pub fn split_folder(split: Option<Split>) -> &'static str {
    match split {
        Some(Split::Validation) => "val",
        Some(Split::Test) => "test",
        _ => "train",
    }
}

/// Makes a folder and those above it.
pub fn make(folder: &Path) -> Result<(), ExportError> {
    std::fs::create_dir_all(folder).map_err(|why| ExportError::Io { path: folder.to_owned(), why })
}

/// Writes a file whole.
pub fn put(path: &Path, text: &str) -> Result<(), ExportError> {
    put_with(path, |out| out.write_all(text.as_bytes()))
}

pub fn put_with(path: &Path, content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    atomically(path, content).map_err(|why| ExportError::Io { path: path.to_owned(), why })
}

/// Writes a table (CSV, RFC 4180, UTF-8) with these columns.
///
/// # Errors
/// When it cannot be written.
pub fn plain_table(
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(columns).map_err(io::Error::other)?;
    for row in rows {
        table.write_record(row).map_err(io::Error::other)?;
    }
    table.flush()
}

/// An instant as the `time` column holds it: `2026-01-31T08:15:30.25Z`; empty for an instant no calendar has.
pub fn time_text(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms).map(|time| time.to_string()).unwrap_or_default()
}

/// The time of a statement as text, where there is one.
pub fn time_of(said: &Said) -> Option<String> {
    said.time_ms.map(time_text)
}
