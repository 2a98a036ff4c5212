//! What every reader of a format gives: the images, what readers said of them, and what was left out and why.
//!
//! A parser turns one file's text into a [draft](super::draft), in the file's own names and coordinates, without touching a disk.
//! `super::settle` finds the images, looks at each once and makes the [`Reading`], whose boxes are in pixels of the
//! oriented frame.

use crate::domain::change::Seeing;
use crate::domain::{ImageFacts, Measurement, Presence, Rect, Split};
use crate::imaging::dicom::Patients;
use crate::interchange::model::columns::KnownTable;
use crate::interchange::model::format::Format;
use crate::interchange::model::spill::{SpillError, Spilled};
use crate::interchange::model::tally::Tally;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

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
    /// What is said of findings, by their names, where an image may have several.
    pub findings: Vec<(String, Presence)>,
    /// All findings that are not named are absent: with none named, "no finding".
    pub others_absent: bool,
    /// The table of which one row says all this: another row that says otherwise of a finding contradicts it. Absent where a
    /// place names single findings, of which others may stand elsewhere.
    #[serde(skip)]
    pub table: Option<String>,
    /// The place that names findings says, too, that there is none.
    #[serde(skip)]
    pub also_none: bool,
    pub boxes: Vec<ReadBox>,
    /// The reader looked and found nothing to draw: an empty label file, an image listed without boxes.
    pub nothing_found: bool,
    /// The image was reviewed by a person, as our own tables say.
    #[serde(default)]
    pub reviewed: bool,
    /// What the reader saw: a reading of the reader's own does not come into force.
    #[serde(default)]
    pub seeing: Seeing,
    /// The reader took back all that was said, so that nothing else is said here.
    #[serde(default)]
    pub taken_back: bool,
    /// It is later than all that is known of the reader: that the same was said before makes it no repetition.
    #[serde(default)]
    pub is_later: bool,
    /// It is the reader's second reading of the image, which stands beside the first.
    #[serde(default)]
    pub again: bool,
}

impl Said {
    /// That the image is of a class, by nobody in particular.
    pub fn label(class: String) -> Self {
        Self { label: Some(class), ..Self::default() }
    }

    /// Whether it says something of findings, of which an image may have several.
    pub fn is_about_findings(&self) -> bool {
        !self.findings.is_empty() || self.others_absent
    }

    /// Whether it says anything at all.
    pub fn is_empty(&self) -> bool {
        self.label.is_none()
            && !self.is_about_findings()
            && self.boxes.is_empty()
            && !self.nothing_found
            && !self.taken_back
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

    /// The findings that are present as the last says who speaks of them.
    pub fn present(&self) -> BTreeSet<&str> {
        let mut present = BTreeSet::new();
        for said in &self.said {
            if said.others_absent {
                present.clear();
            }
            for (finding, presence) in &said.findings {
                match presence {
                    Presence::Present => present.insert(finding.as_str()),
                    Presence::Absent | Presence::Uncertain => present.remove(finding.as_str()),
                };
            }
        }
        present
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
    /// The classes are findings, of which an image may have several.
    pub findings: bool,
    pub has_splits: bool,
    /// What was not taken and why: a file, a box of a file, a number of files.
    pub left_out: Vec<(String, String)>,
    /// So many more were not taken than stand there by their names.
    pub unlisted: usize,
    /// Contradictions a person should look at.
    pub conflicts: Vec<String>,
    /// What was decided on the way: frames, scales, rotations, guesses.
    pub remarks: Vec<String>,
    /// Images with boxes that EXIF turns.
    pub turned: usize,
    /// Images that are listed without an annotation, whatever they were taken as.
    pub unannotated: usize,
    /// Boxes that reached out of their image and were cut.
    pub boxes_clipped: usize,
    /// Files with DICOM headers, which may name patients.
    pub with_headers: usize,
    /// What was made of patients' identifiers; a project keeps the key, so that later imports give the same groups.
    pub patients: Patients,
    /// Tables whose columns a person told; a project remembers them.
    pub tables: Vec<KnownTable>,
    /// What there is to count of the images, once it was counted.
    pub counted: Counted,
}

/// A tally that is made when it is first asked for.
#[derive(Clone, Debug, Default)]
pub struct Counted(OnceLock<Tally>);

impl Counted {
    /// One that is made.
    pub fn of(tally: Tally) -> Self {
        Self(tally.into())
    }
}

impl PartialEq for Counted {
    /// It follows from the images: whether it was made yet makes no difference.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Reading {
    /// What there is to count of its images, which are not to change any more.
    ///
    /// # Errors
    /// When the list of images cannot be read.
    pub fn tally(&self) -> Result<&Tally, SpillError> {
        if let Some(tally) = self.counted.0.get() {
            return Ok(tally);
        }
        let tally = Tally::of(&self.images)?;
        Ok(self.counted.0.get_or_init(|| tally))
    }
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
