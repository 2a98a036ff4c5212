//! How a source is read, as a person says it.

use crate::imaging::dicom::Patients;
use crate::interchange::model::columns::{Columns, KnownTable};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where Pascal VOC files count pixels from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VocBase {
    /// From 0, the maximum exclusive: coordinates as they are.
    Zero,
    /// From 1, the maximum inclusive: minima are one less.
    One,
}

/// The frame in which boxes are meant, of a picture that EXIF turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// Rows and columns as stored.
    #[serde(rename = "stored")]
    Raw,
    /// Turned as the EXIF orientation says.
    #[serde(rename = "upright")]
    Oriented,
}

/// What becomes of images that a file lists without an annotation, where it does not say whether anybody looked at them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unannotated {
    /// Nobody has looked at them.
    #[default]
    Unseen,
    /// Somebody looked and found nothing to draw.
    Negative,
}

/// Called with how many files were looked at and of how many, from several threads; `false` ends the work.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// How a source is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names and paths to leave out, as in `formats::folders::scan`.
    pub exclude: Vec<String>,
    /// The folder of the pictures where it is not the source.
    pub images: Option<PathBuf>,
    /// Where VOC counts pixels from; `None` detects it.
    pub voc_base: Option<VocBase>,
    /// The frame of boxes on pictures that EXIF turns; `None` tells it from the files.
    pub frame: Option<Frame>,
    /// What becomes of images that are listed without an annotation.
    pub unannotated: Unannotated,
    /// Pictures that no annotation speaks of are taken, too, without a label.
    pub unlabelled: bool,
    /// Which column of tables holds what, as a person says it; what is not said is told by their names.
    pub columns: Columns,
    /// Classes that a person gives a name, so that they are classes even where they look like the word for none.
    pub mapped: Vec<String>,
    /// The classes are findings, of which an image may have several, also where each image has one.
    pub findings: bool,
    /// What was said before, of tables with these headers.
    pub known_tables: Vec<KnownTable>,
    /// What becomes of patients' identifiers in DICOM headers.
    pub patients: Patients,
    /// The folder for what is put by while a large source is read; where it is not said, the system's for temporary
    /// files.
    pub scratch: Option<PathBuf>,
    /// Where what was seen is noted, so that an import that was ended can go on; see `source::notes`.
    pub notes: Option<PathBuf>,
}
