//! The key with which a project tells patients apart without naming them.

use super::error::SessionError;
use crate::imaging::dicom::{PatientKey, Patients};
use crate::interchange::notes;
use crate::store::{Access, Store};
use std::path::Path;

const KEY: &str = "patient_key";

/// That patients' identifiers are hashed on importing into a project: with its key, else with that of an import into it
/// that was not finished, else with a new one.
pub fn hashed(project: &Path) -> Result<Patients, SessionError> {
    let kept = if Store::is_project(project) {
        Store::open(project, Access::ReadOnly)?.setting::<String>(KEY)?.as_deref().and_then(PatientKey::from_hex)
    } else {
        notes::patient_key(&notes::beside(project))
    };
    let new = || PatientKey::random().map_err(|e| SessionError::refused(format!("no key for patients' names: {e}")));
    Ok(Patients::Hashed(kept.map_or_else(new, Ok)?))
}

/// Keeps the key in the project, so that a patient's images that come later join the group.
pub(super) fn keep(store: &mut Store, patients: &Patients) -> Result<(), SessionError> {
    if let Patients::Hashed(key) = patients {
        store.set_setting(KEY, &key.to_hex())?;
    }
    Ok(())
}
