//! The list of recently opened projects, in the user's data folder.

use super::caches::write_atomically;
use super::error::{IoContext, StoreError, to_json};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Longest list kept.
const KEPT: usize = 20;

/// Where demos, downloaded weights and the recent list of this user lie: `$OVERREAD_DATA_DIR` where that is set, else the
/// system's place for application data; `None` where the system names no home folder.
pub fn user_data_dir() -> Option<PathBuf> {
    all_in_one()
        .or_else(|| directories::ProjectDirs::from("", "", "overread").map(|dirs| dirs.data_dir().to_path_buf()))
}

/// Where the settings of this user lie: `$OVERREAD_DATA_DIR` where that is set, with everything else, else the system's
/// place for configuration; `None` where the system names no home folder.
pub fn user_config_dir() -> Option<PathBuf> {
    all_in_one()
        .or_else(|| directories::ProjectDirs::from("", "", "overread").map(|dirs| dirs.config_dir().to_path_buf()))
}

fn all_in_one() -> Option<PathBuf> {
    std::env::var_os("OVERREAD_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

/// One project of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentEntry {
    pub path: PathBuf,
    pub name: String,
    /// "480 images, 168 reviewed".
    pub summary: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub opened_ms: i64,
    /// A training run in it that did not get to its end, as far as it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<UnfinishedRun>,
}

/// How far a training run got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedRun {
    /// Whole epochs; it can be resumed after these.
    pub epochs: usize,
    pub of: usize,
}

/// The list, the newest first.
#[derive(Clone, Debug)]
pub struct RecentProjects {
    file: PathBuf,
}

impl RecentProjects {
    /// This user's list; `None` where there is no folder for it.
    pub fn of_user() -> Option<Self> {
        user_data_dir().map(|dir| Self::in_dir(&dir))
    }

    /// The list in a folder that need not exist yet.
    pub fn in_dir(dir: &Path) -> Self {
        Self { file: dir.join("recent.json") }
    }

    /// The entries, the newest first. A list that cannot be read is an empty one: it only saves the person a walk.
    pub fn entries(&self) -> Vec<RecentEntry> {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Puts a project on top.
    pub fn remember(&self, entry: RecentEntry) -> Result<(), StoreError> {
        let mut entries = self.entries();
        entries.retain(|other| other.path != entry.path);
        entries.insert(0, entry);
        entries.truncate(KEPT);
        self.write(&entries)
    }

    /// Notes of a project on the list how far a run in it is; `None` where none is left open.
    pub fn note_run(&self, path: &Path, run: Option<UnfinishedRun>) -> Result<(), StoreError> {
        let mut entries = self.entries();
        match entries.iter_mut().find(|entry| entry.path == path) {
            Some(entry) if entry.run != run => entry.run = run,
            _ => return Ok(()),
        }
        self.write(&entries)
    }

    /// Takes a project off the list; its folder stays.
    pub fn forget(&self, path: &Path) -> Result<(), StoreError> {
        let mut entries = self.entries();
        entries.retain(|other| other.path != path);
        self.write(&entries)
    }

    fn write(&self, entries: &[RecentEntry]) -> Result<(), StoreError> {
        if let Some(dir) = self.file.parent() {
            std::fs::create_dir_all(dir).on(dir)?;
        }
        write_atomically(&self.file, to_json(&entries)?.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_first_once_and_a_broken_list_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        let recent = RecentProjects::in_dir(&dir.path().join("data"));
        assert_eq!(recent.entries(), []);
        let entry = |name: &str, opened_ms| RecentEntry {
            path: PathBuf::from("/projects").join(name),
            name: name.into(),
            summary: String::new(),
            opened_ms,
            run: None,
        };
        for number in 0..25 {
            recent.remember(entry(&format!("p{number}"), number)).unwrap();
        }
        recent.remember(entry("p7", 99)).unwrap();
        let entries = recent.entries();
        assert_eq!((entries.len(), &entries[0]), (KEPT, &entry("p7", 99)));
        assert_eq!(entries.iter().filter(|e| e.name == "p7").count(), 1);
        recent.forget(Path::new("/projects/p7")).unwrap();
        assert_eq!(recent.entries()[0].name, "p24");
        std::fs::write(dir.path().join("data/recent.json"), "[{").unwrap();
        assert_eq!(recent.entries(), []);
    }
}
