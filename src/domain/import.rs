//! What an import took, left out and decided, as a project keeps it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Something that was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// A file, a box of a file, or a number of files.
    pub file: String,
    pub why: String,
}

/// The report of one import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportReport {
    /// What the source was read as: "COCO".
    pub format: String,
    /// Images that are new in the project.
    pub images: usize,
    /// Images that the project had before, by content.
    pub already_there: usize,
    /// Of all these, those that the source gives a class.
    pub labelled: usize,
    /// Boxes of all readers.
    pub boxes: usize,
    /// Boxes that reached out of their image and were cut.
    pub boxes_clipped: usize,
    /// Lengths and angles.
    pub measurements: usize,
    /// Images whose file is cut short and is used as far as it decodes.
    pub truncated: usize,
    /// Statements that the project knew already.
    pub repeated: usize,
    /// Patients or uploaders of whose images it has some; images of one stay in one split.
    pub groups: usize,
    /// The readers the source names.
    pub readers: Vec<String>,
    /// Classes found and what they are called here, where that differs.
    pub class_map: Vec<(String, String)>,
    /// Classes that the project did not have before.
    pub classes_made: Vec<String>,
    /// What was decided on the way, a sentence each.
    pub remarks: Vec<String>,
    /// What a person should look at, a sentence each.
    pub conflicts: Vec<String>,
    pub left_out: Vec<LeftOut>,
    /// So many more were left out than stand there by their names.
    #[serde(default)]
    pub unlisted: usize,
}

/// An import as the project remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    pub id: i64,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    /// The folder or file it came from.
    pub source: PathBuf,
    #[serde(flatten)]
    pub report: ImportReport,
}
