//! What the import dialog shows of a source before anything is made of it.

use crate::domain::{ImportRecord, ImportReport, LeftOut, Rect, Split};
use crate::interchange::{Format, Frame, TableHead, Unannotated, VocBase};
use crate::session::protocol::command::ImportSource;
use crate::session::protocol::patient_ids::PatientIds;
use crate::session::protocol::pictures::Thumbnail;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// A source that is being read, or was.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportView {
    pub source: ImportSource,
    /// What the source may be read as, likeliest first, each with the reason; empty until it was looked at.
    pub formats: Vec<(Format, String)>,
    /// What it is read as.
    pub format: Option<Format>,
    /// Columns and first rows, where it is read as a table.
    pub table: Option<TableHead>,
    pub state: ImportState,
    /// What adding it to the open project would do, once that was asked; else why it cannot be added.
    pub merge: Option<Result<Arc<ImportReport>, String>>,
    /// The job of this id in `View::jobs` makes a project of it or adds it to the open one.
    pub adding: Option<u64>,
}

/// An import that was broken off while its source was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// The folder or annotation file.
    pub source: PathBuf,
    /// The folder of the pictures where a person said that they are elsewhere.
    #[serde(default)]
    pub images: Option<PathBuf>,
    /// Names and paths to leave out.
    pub exclude: Vec<String>,
    /// What a person said it is read as.
    #[serde(default)]
    pub format: Option<Format>,
    /// Where a person said Pascal VOC counts pixels from.
    #[serde(default)]
    pub voc_base: Option<VocBase>,
    /// The frame a person said boxes on turned pictures are in.
    #[serde(default)]
    pub frame: Option<Frame>,
    /// What a person said becomes of images that are listed without an annotation.
    #[serde(default)]
    pub unannotated: Unannotated,
    /// A person said that pictures come in, too, that no annotation speaks of.
    #[serde(default)]
    pub unlabelled: bool,
    /// What a person said becomes of patients' identifiers.
    #[serde(default)]
    pub patients: Option<PatientIds>,
    /// A person said that an image may have several findings.
    #[serde(default)]
    pub findings: bool,
    /// The project beside which lies what was seen so far.
    pub project: PathBuf,
    /// That project was there before.
    pub into: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ImportState {
    /// The job of this id in `View::jobs` reads it.
    Reading {
        job: u64,
    },
    Ready(Arc<ImportSummary>),
    Failed(String),
}

/// A class that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundClass {
    pub name: String,
    /// Images of which it is the label.
    pub images: usize,
    pub boxes: usize,
}

/// One of the images, to see whether boxes and labels are read right.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub label: Option<String>,
    /// Class and place in pixels of the oriented frame.
    pub boxes: Vec<(String, Rect)>,
    /// Columns and rows of the oriented frame.
    pub size: [u32; 2],
    pub thumbnail: Thumbnail,
}

/// An import of the open project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// "today 10:42".
    pub when: String,
    pub record: ImportRecord,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportSummary {
    /// Readable images.
    pub images: usize,
    /// In the order of the source; empty where nothing is labelled.
    pub classes: Vec<FoundClass>,
    /// The classes look like grades (numbers in a row).
    pub ordinal: bool,
    /// The classes are findings, of which an image may have several.
    pub findings: bool,
    /// Images by split where the source has splits.
    pub splits: Vec<(Split, usize)>,
    /// Patients or uploaders that the source names.
    pub groups: usize,
    /// What became of patients' identifiers, where there are headers that may have them.
    pub patients: Option<PatientIds>,
    /// Readers that the source names.
    pub readers: Vec<String>,
    pub boxes: usize,
    /// Images with boxes that EXIF turns.
    pub turned: usize,
    /// Images that are listed without an annotation, whatever they were taken as.
    pub unannotated: usize,
    /// Boxes that reached out of their image and were cut.
    pub boxes_clipped: usize,
    /// Lengths and angles.
    pub measurements: usize,
    /// Truncated images used as far as they decode.
    pub truncated: usize,
    pub left_out: Vec<LeftOut>,
    /// So many more were left out than stand there by their names.
    pub unlisted: usize,
    /// What was decided on the way, a sentence each.
    pub remarks: Vec<String>,
    /// What a person should look at, a sentence each.
    pub conflicts: Vec<String>,
    /// Names of the first images, to try a pattern for groups on.
    pub names: Vec<String>,
    pub samples: Vec<Sample>,
    /// The images come in an archive and will lie in the project.
    pub unpacked: bool,
    /// Where the project would be made unless the person says otherwise.
    pub project: PathBuf,
}
