//! What becomes of the patients' identifiers on importing, and the key with which a project tells patients apart without
//! naming them.

use crate::imaging::dicom::{PatientKey, Patients};
use crate::interchange::{self, Reading};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::patient_ids::PatientIds;
use crate::store::{Access, Importing, Store};
use std::path::Path;

/// The setting that holds the key.
const KEY: &str = "patient_key";
/// The setting that holds what was chosen last.
const CHOICE: &str = "patient_ids";

/// What becomes of patients' identifiers on importing into a project: what is asked for, else what the last import into it
/// did, else they are hashed. The key is the project's, else that of an import into it that was not finished, by its `notes`,
/// else a new one.
///
/// # Errors
/// When the project cannot be read, or the system has no randomness to give.
pub fn on_import(project: &Path, notes: &Path, asked: Option<PatientIds>) -> Result<Patients, SessionError> {
    let there = if Store::is_project(project) { Some(Store::open(project, Access::ReadOnly)?) } else { None };
    let before = there.as_ref().map(|store| store.setting(CHOICE)).transpose()?.flatten();
    match asked.or(before).unwrap_or_default() {
        PatientIds::Kept => Ok(Patients::Kept),
        PatientIds::Ignored => Ok(Patients::Ignored),
        PatientIds::Hashed => {
            let kept = there.as_ref().map(|store| store.setting::<String>(KEY)).transpose()?.flatten();
            let known = kept.as_deref().and_then(PatientKey::from_hex);
            let known = known.or_else(|| interchange::notes::patient_key(notes));
            let new =
                || PatientKey::random().map_err(|e| SessionError::refused(format!("no key for patients' names: {e}")));
            Ok(Patients::Hashed(known.map_or_else(new, Ok)?))
        }
    }
}

/// The key with which a project's patients are told apart; absent where none were hashed.
pub(in crate::session) fn key(store: &Store) -> Result<Option<String>, SessionError> {
    Ok(store.setting(KEY)?)
}

/// Keeps in the project what was done and with which key, so that a patient's images that come later join the group.
pub(in crate::session) fn keep(import: &Importing<'_>, reading: &Reading) -> Result<(), SessionError> {
    if reading.with_headers > 0 {
        import.set_setting(CHOICE, &PatientIds::from(&reading.patients))?;
    }
    if let Patients::Hashed(key) = &reading.patients {
        import.set_setting(KEY, &key.to_hex())?;
    }
    Ok(())
}

/// A sentence where an import does with identifiers what the one before into the project did not: a patient's images then
/// are of two groups, or of none.
pub(in crate::session) fn parted(store: &Store, reading: &Reading) -> Result<Option<String>, SessionError> {
    let before: Option<PatientIds> = store.setting(CHOICE)?;
    let now = PatientIds::from(&reading.patients);
    let differs = reading.with_headers > 0 && before.is_some_and(|before| before != now);
    Ok(differs.then(|| {
        "in the import before this one something else became of each PatientID: images of one patient may be of two \
         groups, and lie in two splits"
            .to_owned()
    }))
}
