//! What becomes of patients' identifiers.

use crate::imaging::dicom::Patients;
use serde::{Deserialize, Serialize};

/// What becomes of the patients' identifiers in DICOM headers, as a person chooses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientIds {
    /// A keyed hash of each tells which images are of one patient.
    #[default]
    Hashed,
    /// They are the groups' names.
    Kept,
    /// They are not looked at.
    Ignored,
}

impl PatientIds {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hashed, Self::Kept, Self::Ignored];
}

impl From<&Patients> for PatientIds {
    fn from(patients: &Patients) -> Self {
        match patients {
            Patients::Hashed(_) => Self::Hashed,
            Patients::Kept => Self::Kept,
            Patients::Ignored => Self::Ignored,
        }
    }
}
