//! What an image is besides its pixels' place: how it is stored, and what a header or table says of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was learned of an image when its file was looked at, kept so that nothing has to be decoded again to count,
/// filter or compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFacts {
    /// Bits a stored sample.
    pub bits: u8,
    /// The file stores colours, even where all of them are greys.
    pub color: bool,
    /// What a DICOM header or the other columns of a table say, by name: "modality", "view", "body part", "laterality",
    /// "manufacturer". Nothing that names a patient.
    pub attributes: BTreeMap<String, String>,
}
