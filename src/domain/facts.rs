//! What an image is besides its pixels' place: how it is stored, and what a header or table says of it.

use super::geometry::Rect;
use super::measurement::Spacing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a file says of one box besides its class: that it is difficult or truncated, its pose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxMarks {
    /// The box as it was imported.
    pub rect: Rect,
    pub marks: BTreeMap<String, String>,
}

/// What was learned of an image when its file was looked at, kept so that nothing has to be decoded again to count,
/// filter or compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFacts {
    /// "PNG", "JPEG", "DICOM", ...
    pub format: String,
    /// Bits a stored sample.
    pub bits: u8,
    /// The file stores colours, even where all of them are greys.
    pub color: bool,
    /// Of a thousand pixels as displayed, how many lie in each sixteenth of the greys from black to white; empty where
    /// nobody has looked yet.
    pub brightness: Vec<u16>,
    /// What the picture looks like in 64 bits, so that alike pictures differ in few of them; absent where nobody has
    /// looked yet, and for pictures too flat to look like anything.
    pub perceptual_hash: Option<u64>,
    /// Absent where the file does not say how large its pixels are.
    pub spacing: Option<Spacing>,
    /// What a DICOM header or the other columns of a table say, by name: "modality", "view", "body part", "laterality",
    /// "manufacturer". Nothing that names a patient.
    pub attributes: BTreeMap<String, String>,
    /// StudyInstanceUID and SeriesInstanceUID of a DICOM file. They identify the patient to who has the archive (PS3.15
    /// table E.1-1), so they stay in the project unless asked for.
    pub study: Option<String>,
    pub series: Option<String>,
    /// What imported files say of single boxes.
    pub box_marks: Vec<BoxMarks>,
    /// What a person should know of how the file was read, a sentence each.
    pub remarks: Vec<String>,
}

impl ImageFacts {
    /// A box was moved: what is said of it is said of where it is now, too.
    pub fn box_moved(&mut self, from: &Rect, to: &Rect) {
        if let Some(marks) = self.marks_of(from).filter(|_| self.marks_of(to).is_none()).cloned() {
            self.box_marks.push(BoxMarks { rect: *to, marks });
        }
    }

    /// What an imported file says of the box that is here.
    pub fn marks_of(&self, rect: &Rect) -> Option<&BTreeMap<String, String>> {
        self.box_marks.iter().find(|marked| marked.rect == *rect).map(|marked| &marked.marks)
    }

    /// Whether the picture itself was measured; facts of older projects lack that.
    pub fn measured(&self) -> bool {
        !self.brightness.is_empty()
    }

    /// The mean grey as displayed, 0 black to 1 white, from the middles of the histogram's bins; `None` where it was not
    /// measured.
    pub fn mean_brightness(&self) -> Option<f64> {
        let total: f64 = self.brightness.iter().map(|&n| f64::from(n)).sum();
        let bins = self.brightness.len() as f64;
        let weighted: f64 =
            self.brightness.iter().enumerate().map(|(bin, &n)| (bin as f64 + 0.5) / bins * f64::from(n)).sum();
        (total > 0.0).then(|| weighted / total)
    }
}
