//! What the program remembers between projects: how a person likes to work, where the window lay, the recent list, the
//! reader's name, which columns of tables hold what, how each project was left, and where demos go.

mod file;
mod workplaces;

use crate::domain::{MapMethod, MapMethods};
use crate::interchange::KnownTable;
use crate::interchange::notes;
use crate::pretrained::{Pretrained, Shelf, catalogue};
use crate::session::importing::tables;
use crate::session::project::reader::default_reader;
use crate::session::protocol::import_view::Unfinished;
use crate::session::protocol::keys::OwnKeys;
use crate::session::protocol::preferences::Preferences;
use crate::session::protocol::view::RecentProject;
use crate::session::protocol::window_place::WindowPlace;
use crate::session::protocol::words;
use crate::store::recent::{RecentEntry, RecentProjects, user_config_dir, user_data_dir};
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Tables remembered for projects to come.
const TABLES: usize = 50;

/// The folders of one user's settings, and of the recent list, demos and whatever else is no settings.
#[derive(Clone, Debug)]
pub struct Places {
    /// Of `settings.json`.
    config: PathBuf,
    /// Of all else.
    dir: PathBuf,
    /// The weights that can be downloaded.
    weights: &'static [Pretrained],
}

/// Imports that are remembered at most.
const IMPORTS: usize = 20;

/// The file of what is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    /// The name under which changes are logged; absent until the person gives one.
    reader: Option<String>,
    /// Imports that were begun and neither done nor given up, each into another project, the latest last.
    imports: Vec<Unfinished>,
    /// Tables whose columns a person told, the latest last.
    tables: Vec<KnownTable>,
    /// Keys that the person gave.
    keys: OwnKeys,
    /// How the person likes to work.
    preferences: Preferences,
    /// Where the window lay.
    window: Option<WindowPlace>,
    /// The names of the methods by which heat maps are made; absent until the person chose.
    map_of_images: Option<String>,
    map_of_boxes: Option<String>,
}

impl Places {
    /// The system's folders for this user; below the temporary folder where the system names none.
    pub fn of_user() -> Self {
        let none = || std::env::temp_dir().join("overread");
        Self::of(&user_config_dir().unwrap_or_else(none), &user_data_dir().unwrap_or_else(none))
    }

    /// Another folder for everything, for tests.
    pub fn at(dir: &Path) -> Self {
        Self::of(dir, dir)
    }

    fn of(config: &Path, dir: &Path) -> Self {
        Self { config: config.to_path_buf(), dir: dir.to_path_buf(), weights: catalogue() }
    }

    /// The folder of demos, downloaded weights and the recent list.
    pub fn data_dir(&self) -> &Path {
        &self.dir
    }

    /// The same with other weights to be downloaded, for tests.
    #[cfg(test)]
    pub(in crate::session) fn with_weights(self, weights: &'static [Pretrained]) -> Self {
        Self { weights, ..self }
    }

    /// A folder for a new demo that does not exist yet: `demos/fracture`, `demos/fracture-2`, ...
    pub fn new_demo(&self, kind: &str) -> PathBuf {
        let demos = self.dir.join("demos");
        let numbered = (2..).map(|n: u32| demos.join(format!("{kind}-{n}")));
        std::iter::once(demos.join(kind)).chain(numbered).find(|dir| !dir.exists()).unwrap_or(demos)
    }

    /// The name under which changes are logged: the one the person gave last, else what the system calls the user, else
    /// "Reader 1".
    pub fn reader(&self) -> String {
        self.settings().reader.filter(|name| !name.trim().is_empty()).unwrap_or_else(default_reader)
    }

    /// Remembers the reader's name for projects to come.
    pub fn set_reader(&self, name: &str) -> std::io::Result<()> {
        self.write(&Settings { reader: Some(name.to_owned()), ..self.settings() })
    }

    /// The last of the imports that were broken off of which what they have seen is still there.
    pub fn unfinished(&self) -> Option<Unfinished> {
        // What it has seen may lie on a disk that is not there just now.
        self.settings().imports.into_iter().rfind(|import| self.notes_of(&import.project).is_file())
    }

    /// Where what an import into this project has seen is noted: beside the project only where an import from the command line
    /// has begun that there, else with what else the program keeps of its own, until a person agrees to the project's place.
    pub fn notes_of(&self, project: &Path) -> PathBuf {
        let beside = notes::beside(project);
        if beside.is_file() { beside } else { notes::within(&self.dir.join("imports"), project) }
    }

    /// Remembers that an import is under way; of those into one project the last.
    pub fn begin_import(&self, import: Unfinished) -> std::io::Result<()> {
        let mut settings = self.settings();
        settings.imports.retain(|other| other.project != import.project);
        settings.imports.push(import);
        settings.imports.drain(..settings.imports.len().saturating_sub(IMPORTS));
        self.write(&settings)
    }

    /// Forgets the import into a project, which is done or given up.
    pub fn end_import(&self, project: &Path) -> std::io::Result<()> {
        let mut settings = self.settings();
        settings.imports.retain(|other| other.project != project);
        self.write(&settings)
    }

    /// Tables whose columns a person told, the latest last.
    pub fn tables(&self) -> Vec<KnownTable> {
        self.settings().tables
    }

    /// Remembers tables for projects to come; of one header what was said last.
    pub fn remember_tables(&self, new: &[KnownTable]) -> std::io::Result<()> {
        let mut settings = self.settings();
        tables::learn(&mut settings.tables, new);
        settings.tables.drain(..settings.tables.len().saturating_sub(TABLES));
        self.write(&settings)
    }

    /// Keys that the person gave.
    pub fn keys(&self) -> OwnKeys {
        self.settings().keys
    }

    /// Remembers keys, in the place of all that were given before.
    pub fn set_keys(&self, keys: &OwnKeys) -> std::io::Result<()> {
        self.write(&Settings { keys: keys.clone(), ..self.settings() })
    }

    /// How the person likes to work.
    pub fn preferences(&self) -> Preferences {
        self.settings().preferences
    }

    /// Remembers how the person likes to work, in the place of all that was chosen before.
    pub fn set_preferences(&self, preferences: &Preferences) -> std::io::Result<()> {
        self.write(&Settings { preferences: preferences.clone(), ..self.settings() })
    }

    /// Where the window lay the last time.
    pub fn window(&self) -> Option<WindowPlace> {
        self.settings().window.and_then(WindowPlace::sane)
    }

    /// Remembers where the window lies.
    pub fn set_window(&self, window: WindowPlace) -> std::io::Result<()> {
        self.write(&Settings { window: Some(window), ..self.settings() })
    }

    /// How heat maps are made; a method that this version does not know counts as none chosen.
    pub fn map_methods(&self) -> MapMethods {
        let settings = self.settings();
        let chosen = |name: Option<String>| name.and_then(|name| name.parse().ok()).unwrap_or_default();
        MapMethods::default().with(false, chosen(settings.map_of_images)).with(true, chosen(settings.map_of_boxes))
    }

    /// Remembers how heat maps are made.
    pub fn set_map_methods(&self, methods: MapMethods) -> std::io::Result<()> {
        let name = |method: MapMethod| Some(method.name().to_owned());
        let (map_of_images, map_of_boxes) = (name(methods.images), name(methods.boxes));
        self.write(&Settings { map_of_images, map_of_boxes, ..self.settings() })
    }

    /// Pretrained weights, kept in this folder.
    pub fn shelf(&self) -> Shelf {
        Shelf::with(&self.dir, self.weights)
    }

    /// The list of projects opened before.
    pub fn recent(&self) -> RecentProjects {
        RecentProjects::in_dir(&self.dir)
    }

    /// That list as the start screen shows it.
    pub fn recent_lines(&self, now: &Zoned) -> Vec<RecentProject> {
        let line = |entry: RecentEntry| RecentProject {
            missing: !entry.path.is_dir(),
            opened: words::day_and_time(entry.opened_ms, now),
            path: entry.path,
            name: entry.name,
            summary: entry.summary,
            run: entry.run,
        };
        self.recent().entries().into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests;
