//! What a person calls a model, notes of it, and whether its weights lie in the project's bin. None of it is in the log: it
//! changes nothing that a model says.

use super::caches::sync_folder;
use super::error::{IoContext, StoreError};
use super::project::Store;
use crate::domain::{ModelId, ModelRecord};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The most letters of a model's name.
pub const LONGEST_NAME: usize = 80;

/// What is kept of one model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ModelWords {
    /// In the place of the name that its file has.
    pub name: Option<String>,
    pub note: String,
    pub deleted: bool,
}

fn key(model: ModelId) -> String {
    format!("model.{model}.words")
}

/// What is kept of a model; nothing where it cannot be read.
pub(super) fn of(db: &Connection, model: ModelId) -> Result<ModelWords, StoreError> {
    let mut select = db.prepare_cached("SELECT value FROM settings WHERE key = ?")?;
    let text: Option<String> = select.query_row([key(model)], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

impl Store {
    /// Calls a model otherwise, and keeps a note of it.
    ///
    /// # Errors
    /// When the name is empty, too long or another model's.
    pub fn describe_model(&mut self, model: ModelId, name: &str, note: &str) -> Result<(), StoreError> {
        let (name, note) = (name.trim(), note.trim());
        let others: Vec<ModelRecord> = self.models()?.into_iter().filter(|other| other.id != model).collect();
        let refuse = |why: String| Err(StoreError::Refused(why));
        if name.is_empty() {
            return refuse("a model needs a name".to_owned());
        }
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return refuse(format!("a model's name has {LONGEST_NAME} letters at most, in one line"));
        }
        if others.iter().any(|other| other.card.name.to_lowercase() == name.to_lowercase()) {
            return refuse(format!("another model is called {name}: choose another name"));
        }
        let words = of(&self.db, model)?;
        self.set_setting(&key(model), &ModelWords { name: Some(name.to_owned()), note: note.to_owned(), ..words })
    }

    /// Puts the weights of a model into the project's bin, where they wait for [`Self::restore_model`] or
    /// [`Self::empty_bin`].
    ///
    /// # Errors
    /// When it is the active model, or its file cannot be moved.
    pub fn delete_model(&mut self, model: ModelId) -> Result<(), StoreError> {
        let record = self.model(model)?;
        if record.active {
            return Err(StoreError::Refused(
                "the active model cannot be deleted: promote another one first, then delete it".to_owned(),
            ));
        }
        self.writable()?;
        let bin = self.bin();
        std::fs::create_dir_all(&bin).on(&bin)?;
        // Noted first: a file that did not get there is one that is restored from where it is.
        self.set_deleted(model, true)?;
        if record.file.exists() {
            move_file(&record.file, &self.in_bin(&record))?;
        }
        self.features().remove(model)
    }

    /// Brings the weights of a model back out of the bin.
    ///
    /// # Errors
    /// When they are not there any more.
    pub fn restore_model(&mut self, model: ModelId) -> Result<(), StoreError> {
        let record = self.model(model)?;
        let binned = self.in_bin(&record);
        self.writable()?;
        if !record.file.exists() {
            if !binned.exists() {
                return Err(StoreError::Refused(format!(
                    "the weights of {} are not in the bin any more",
                    record.card.name
                )));
            }
            move_file(&binned, &record.file)?;
        }
        self.set_deleted(model, false)
    }

    /// Deletes the weights in the bin for good.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn empty_bin(&mut self) -> Result<usize, StoreError> {
        self.writable()?;
        let mut count = 0;
        for record in self.models()?.iter().filter(|record| record.deleted) {
            for file in [self.in_bin(record), record.file.clone()] {
                if file.exists() {
                    std::fs::remove_file(&file).on(&file)?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// Whether a deleted model can still be restored.
    pub fn is_restorable(&self, record: &ModelRecord) -> bool {
        record.deleted && (self.in_bin(record).exists() || record.file.exists())
    }

    fn set_deleted(&mut self, model: ModelId, deleted: bool) -> Result<(), StoreError> {
        let words = of(&self.db, model)?;
        self.set_setting(&key(model), &ModelWords { deleted, ..words })
    }

    pub(super) fn bin(&self) -> PathBuf {
        self.dir.join("bin")
    }

    fn in_bin(&self, record: &ModelRecord) -> PathBuf {
        self.bin().join(record.file.file_name().unwrap_or_default())
    }
}

fn move_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).on(from)?;
    for folder in [from.parent(), to.parent()].into_iter().flatten() {
        sync_folder(folder);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::store::sample;

    #[test]
    fn a_model_is_renamed_noted_deleted_and_restored() {
        let mut project = sample::project(0);
        let (first, second) = (project.add_model("one"), project.add_model("two"));
        let store = &mut project.store;
        store.describe_model(first, " best so far ", "trained on the knees\n").unwrap();
        let one = store.model(first).unwrap();
        assert_eq!((one.card.name.as_str(), one.note.as_str()), ("best so far", "trained on the knees"));
        for name in ["", "  ", "TWO", &"x".repeat(81)] {
            assert!(store.describe_model(first, name, "").is_err(), "{name:?}");
        }
        let (file, bytes) =
            (store.model(second).unwrap().file, std::fs::read(store.model(second).unwrap().file).unwrap());
        store.delete_model(second).unwrap();
        let gone = store.model(second).unwrap();
        assert!(gone.deleted && store.is_restorable(&gone) && !file.exists());
        store.restore_model(second).unwrap();
        assert_eq!((store.model(second).unwrap().deleted, std::fs::read(&file).unwrap()), (false, bytes));
        store.delete_model(second).unwrap();
        assert_eq!(store.empty_bin().unwrap(), 1);
        assert!(!store.is_restorable(&store.model(second).unwrap()) && store.restore_model(second).is_err());
        store.set_active("ada", Some(first)).unwrap();
        assert!(store.delete_model(first).unwrap_err().to_string().contains("promote another one first"));
        assert_eq!(store.empty_bin().unwrap(), 0);
        store.verify_chain().unwrap();
    }
}
