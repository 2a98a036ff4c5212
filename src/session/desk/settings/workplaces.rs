//! How each project was left, a file each: by the project's folder, and in it by reader.

use super::Places;
use crate::files::{atomically, forgiving, hash};
use crate::session::protocol::workplace::Workplace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Projects of which this is remembered; those left longest ago go.
const PROJECTS: usize = 200;

/// The file of one project.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Left {
    /// The project's folder, for people who look into the file.
    project: PathBuf,
    readers: BTreeMap<String, Workplace>,
}

impl Places {
    /// How this reader left a project; `None` where that is not known.
    pub fn workplace(&self, project: &Path, reader: &str) -> Option<Workplace> {
        left(&self.workplace_file(project)).readers.remove(reader)
    }

    /// Remembers how this reader leaves a project.
    pub fn set_workplace(&self, project: &Path, reader: &str, workplace: &Workplace) -> std::io::Result<()> {
        let file = self.workplace_file(project);
        let mut all = left(&file);
        if all.readers.get(reader) == Some(workplace) {
            return Ok(());
        }
        all.project = project.to_path_buf();
        all.readers.insert(reader.to_owned(), workplace.clone());
        std::fs::create_dir_all(self.workplaces())?;
        let text = serde_json::to_vec(&all)?;
        let new = !file.exists();
        atomically(&file, |out| out.write_all(&text))?;
        if new { self.forget_old_workplaces() } else { Ok(()) }
    }

    /// The folder of these files.
    pub fn workplaces(&self) -> PathBuf {
        self.dir.join("workplaces")
    }

    fn workplace_file(&self, project: &Path) -> PathBuf {
        // Paths have signs that names of files cannot have.
        let name = hash::sha256_hex(project.to_string_lossy().as_bytes());
        self.workplaces().join(format!("{}.json", name.get(..24).unwrap_or(&name)))
    }

    fn forget_old_workplaces(&self) -> std::io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(self.workplaces())? {
            let entry = entry?;
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                files.push((entry.metadata()?.modified()?, path));
            }
        }
        files.sort();
        let surplus = files.len().saturating_sub(PROJECTS);
        files.iter().take(surplus).try_for_each(|(_, path)| std::fs::remove_file(path))
    }
}

/// Of a file that cannot be read whatever can be: it only saves the person a few presses.
fn left(file: &Path) -> Left {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    forgiving(&text).map(|read| read.value).unwrap_or_default()
}
