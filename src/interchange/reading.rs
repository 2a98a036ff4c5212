//! What every reader of a format gives: the images, what readers said of them, and what was left out and why.
//!
//! A parser turns one file's text into a [`Draft`], in the file's own names and coordinates, without touching a disk.
//! `super::settle` finds the images, looks at each once and makes the [`Reading`], whose boxes are in pixels of the
//! oriented frame.

use super::csv_mapping::KnownTable;
use super::folders::FolderError;
use super::spill::{SpillError, Spilled};
use super::tally::Tally;
use crate::domain::{ImageFacts, Measurement, Rect, Split};
use crate::imaging::dicom::Patients;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A format that is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One folder a class.
    Folders,
    Coco,
    Yolo,
    /// Pascal VOC, and CVAT's "for images" XML beside it.
    Voc,
    Csv,
    LabelStudio,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Folders, Self::Coco, Self::Yolo, Self::Voc, Self::Csv, Self::LabelStudio];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folders => "class folders",
            Self::Coco => "COCO",
            Self::Yolo => "YOLO",
            Self::Voc => "Pascal VOC",
            Self::Csv => "CSV",
            Self::LabelStudio => "Label Studio",
        }
    }
}

/// A box with the name of its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadBox {
    pub class: String,
    pub rect: Rect,
}

/// What one reader said of one image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Who; absent where the format does not say.
    pub reader: Option<String>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: Option<i64>,
    /// The image's class.
    pub label: Option<String>,
    pub boxes: Vec<ReadBox>,
    /// The reader looked and found nothing to draw: an empty label file, an image listed without boxes.
    pub nothing_found: bool,
}

impl Said {
    /// That the image is of a class, by nobody in particular.
    pub fn label(class: String) -> Self {
        Self { label: Some(class), ..Self::default() }
    }

    /// Whether it says anything at all.
    pub fn is_empty(&self) -> bool {
        self.label.is_none() && self.boxes.is_empty() && !self.nothing_found
    }
}

/// A length or angle on an image, and who measured it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Absent where the format does not say.
    pub reader: Option<String>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: Option<i64>,
    /// Its points in pixels of the oriented frame.
    pub measurement: Measurement,
}

/// One image that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadImage {
    pub path: PathBuf,
    /// Unique in its reading.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Columns and rows of the oriented frame.
    pub width: u32,
    pub height: u32,
    /// The file is cut short and decodes in part.
    pub truncated: bool,
    /// Which of the file's frames, counted from 0.
    pub frame: u32,
    pub facts: ImageFacts,
    pub split: Option<Split>,
    /// Patient or uploader.
    pub group: Option<String>,
    /// In the order they said it, the latest last.
    pub said: Vec<Said>,
    pub measured: Vec<Measured>,
}

impl ReadImage {
    /// The class that was said last.
    pub fn label(&self) -> Option<&str> {
        self.said.iter().rev().find_map(|said| said.label.as_deref())
    }

    /// Whether somebody drew a box on it.
    pub fn has_box(&self) -> bool {
        self.said.iter().any(|said| !said.boxes.is_empty())
    }
}

/// What a source holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub format: Format,
    pub images: Spilled<ReadImage>,
    /// Names of the classes, in the order the format gives them, else in natural order.
    pub classes: Vec<String>,
    /// The class names are three or more consecutive whole numbers: grades.
    pub ordinal: bool,
    pub has_splits: bool,
    /// What was not taken and why: a file, a box of a file, a number of files.
    pub left_out: Vec<(String, String)>,
    /// Contradictions a person should look at.
    pub conflicts: Vec<String>,
    /// What was decided on the way: frames, scales, rotations, guesses.
    pub remarks: Vec<String>,
    /// Boxes that reached out of their image and were cut.
    pub boxes_clipped: usize,
    /// Files with DICOM headers, which may name patients.
    pub with_headers: usize,
    /// What was made of patients' identifiers; a project keeps the key, so that later imports give the same groups.
    pub patients: Patients,
    /// Tables whose columns a person told; a project remembers them.
    pub tables: Vec<KnownTable>,
}

impl Reading {
    /// What there is to count of its images.
    ///
    /// # Errors
    /// When the list of images cannot be read.
    pub fn tally(&self) -> Result<Tally, SpillError> {
        Tally::of(&self.images)
    }
}

/// How a draft's coordinates are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Pixels of the frame whose size the file states.
    Pixels,
    /// Shares of the width and height, 0 to 1.
    Fractions,
}

/// A box as a file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftBox {
    pub class: String,
    pub rect: Rect,
    pub unit: Unit,
}

/// What one reader said, as a file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftSaid {
    pub reader: Option<String>,
    pub time_ms: Option<i64>,
    pub label: Option<String>,
    pub boxes: Vec<DraftBox>,
    pub nothing_found: bool,
}

/// An image as a file speaks of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DraftImage {
    /// The file's path, name or address, as written.
    pub file: String,
    /// The name without extension that is tried when nothing is called `file`.
    pub stem: Option<String>,
    /// The folder below the source in which it is looked for first, with `/`; empty for the source itself.
    pub scope: String,
    /// Only there, and by likeness of the names: Label Studio alters them.
    pub uploader: Option<String>,
    /// Width and height in pixels that the file states.
    pub stated: Option<[f64; 2]>,
    pub split: Option<Split>,
    pub group: Option<String>,
    /// What else is said of it, by name.
    pub attributes: BTreeMap<String, String>,
    pub said: Vec<DraftSaid>,
    /// In pixels of the frame whose size the file states.
    pub measured: Vec<Measured>,
}

/// One file's content, before any image was looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft<Images = Vec<DraftImage>> {
    /// Classes in the order the file gives them; those only named by annotations are added later.
    pub classes: Vec<String>,
    pub images: Images,
    pub left_out: Vec<(String, String)>,
    pub conflicts: Vec<String>,
    pub remarks: Vec<String>,
    pub tables: Vec<KnownTable>,
}

/// What all files of a source hold.
pub type Drafts = Draft<Spilled<DraftImage>>;

impl Drafts {
    /// The same with its images in memory.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn in_memory(self) -> Result<Draft, SpillError> {
        let (rest, images) = self.parted();
        Ok(rest.with(images.to_vec()?))
    }
}

impl<Images> Draft<Images> {
    /// Notes something not taken.
    pub fn leave_out(&mut self, what: impl Into<String>, why: impl Into<String>) {
        self.left_out.push((what.into(), why.into()));
    }

    /// Adds what another file holds, or several.
    pub fn extend<Others: IntoIterator<Item = DraftImage>>(&mut self, other: Draft<Others>)
    where
        Images: Extend<DraftImage>,
    {
        let (other, images) = other.parted();
        self.images.extend(images);
        self.join(other);
    }

    /// What it holds besides images, and those.
    fn parted(self) -> (Draft<()>, Images) {
        let Self { classes, images, left_out, conflicts, remarks, tables } = self;
        (Draft { classes, images: (), left_out, conflicts, remarks, tables }, images)
    }

    /// The same with other images.
    pub(super) fn with<Others>(self, images: Others) -> Draft<Others> {
        let Self { classes, left_out, conflicts, remarks, tables, .. } = self;
        Draft { classes, images, left_out, conflicts, remarks, tables }
    }

    /// Adds what other files hold; their images take the place of those here.
    pub fn take(&mut self, other: Self) {
        let (other, images) = other.parted();
        self.images = images;
        self.join(other);
    }

    /// Adds what another file holds besides images.
    pub fn join(&mut self, other: Draft<()>) {
        for class in other.classes {
            if !self.classes.contains(&class) {
                self.classes.push(class);
            }
        }
        self.left_out.extend(other.left_out);
        self.conflicts.extend(other.conflicts);
        self.tables.extend(other.tables);
        for remark in other.remarks {
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
    }
}

/// Why a source could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{} {why}", .path.display())]
    File { path: PathBuf, why: String },
    #[error(transparent)]
    Spilled(#[from] SpillError),
    #[error("{0}")]
    Refused(String),
}

/// An instant as text (RFC 3339, or the same without its zone, taken as UTC) in milliseconds since 1970-01-01 UTC.
pub fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_millisecond());
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}
