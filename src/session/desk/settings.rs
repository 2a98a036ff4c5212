//! What the program remembers between projects: the recent list, the reader's name, which columns of tables hold what,
//! and where demos go.

use crate::domain::{MapMethod, MapMethods};
use crate::files::atomically;
use crate::interchange::KnownTable;
use crate::interchange::notes;
use crate::pretrained::{Pretrained, Shelf, catalogue};
use crate::session::importing::tables;
use crate::session::project::reader::default_reader;
use crate::session::protocol::import_view::Unfinished;
use crate::session::protocol::keys::OwnKeys;
use crate::session::protocol::preferences::Preferences;
use crate::session::protocol::view::RecentProject;
use crate::session::protocol::words;
use crate::store::recent::{RecentEntry, RecentProjects, user_data_dir};
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Tables remembered for projects to come.
const TABLES: usize = 50;

/// The folder of one user's settings, recent list and demos.
#[derive(Clone, Debug)]
pub struct Places {
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
    /// The names of the methods by which heat maps are made; absent until the person chose.
    map_of_images: Option<String>,
    map_of_boxes: Option<String>,
}

impl Places {
    /// The system's folder for this user; below the temporary folder where the system names none.
    pub fn of_user() -> Self {
        Self::at(&user_data_dir().unwrap_or_else(|| std::env::temp_dir().join("overread")))
    }

    /// Another folder, for tests.
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), weights: catalogue() }
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
        self.settings().imports.into_iter().rfind(is_noted)
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

    fn write(&self, settings: &Settings) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        let text = serde_json::to_vec_pretty(settings)?;
        atomically(&self.file(), |out| out.write_all(&text))
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

    // Settings that cannot be read are the defaults: a lost name must not keep the program from starting.
    fn settings(&self) -> Settings {
        let text = std::fs::read_to_string(self.file()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn file(&self) -> PathBuf {
        self.dir.join("settings.json")
    }
}

/// What it has seen may lie on a disk that is not there just now.
fn is_noted(import: &Unfinished) -> bool {
    notes::beside(&import.project).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interchange::Role;
    use crate::interchange::{Format, Frame, Unannotated, VocBase};

    #[test]
    fn the_reader_is_remembered_and_damage_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::at(&dir.path().join("deep"));
        assert_eq!(places.reader(), default_reader());
        places.set_reader("Dr A").unwrap();
        assert_eq!(places.reader(), "Dr A");
        let project = dir.path().join("x.overread");
        let import = Unfinished {
            patients: None,
            findings: true,
            source: "/data/x".into(),
            images: Some("/data/pictures".into()),
            exclude: vec!["a*".into()],
            format: Some(Format::VOC),
            voc_base: Some(VocBase::One),
            frame: Some(Frame::Raw),
            unannotated: Unannotated::Negative,
            unlabelled: true,
            project,
            into: false,
        };
        places.begin_import(import.clone()).unwrap();
        assert_eq!((places.reader().as_str(), places.unfinished()), ("Dr A", None), "nothing was noted");
        std::fs::write(notes::beside(&import.project), "").unwrap();
        assert_eq!(places.unfinished(), Some(import.clone()));
        let other = Unfinished { project: dir.path().join("y.overread"), ..import.clone() };
        places.begin_import(other.clone()).unwrap();
        assert_eq!(places.unfinished(), Some(import.clone()), "nothing was noted of the other yet");
        std::fs::write(notes::beside(&other.project), "").unwrap();
        assert_eq!(places.unfinished(), Some(other.clone()));
        let again = Unfinished { exclude: Vec::new(), ..import.clone() };
        places.begin_import(again.clone()).unwrap();
        assert_eq!(places.unfinished(), Some(again), "the last one is offered");
        places.end_import(&import.project).unwrap();
        assert_eq!(places.unfinished(), Some(other), "then the one before it");
        std::fs::write(places.file(), "{\"reader\": 7").unwrap();
        assert_eq!(places.reader(), default_reader());
    }

    #[test]
    fn the_way_of_making_heat_maps_is_remembered_and_an_unknown_one_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::at(dir.path());
        assert_eq!(places.map_methods(), MapMethods::default());
        let methods = MapMethods::default().with(false, MapMethod::Occlusion).with(true, MapMethod::DRise);
        places.set_map_methods(methods).unwrap();
        places.set_reader("Dr A").unwrap();
        assert_eq!((places.map_methods(), places.reader().as_str()), (methods, "Dr A"));
        assert_eq!(methods.with(true, MapMethod::Rise), methods, "what explains no boxes is not for them");
        std::fs::write(places.file(), r#"{"reader": "Dr A", "map_of_images": "of-tomorrow"}"#).unwrap();
        assert_eq!((places.map_methods(), places.reader().as_str()), (MapMethods::default(), "Dr A"));
    }

    #[test]
    fn keys_are_remembered_beside_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::at(dir.path());
        places.set_reader("Dr A").unwrap();
        assert_eq!(places.keys(), OwnKeys::default());
        let keys = OwnKeys {
            actions: [("fit".to_owned(), Vec::new())].into(),
            classes: [("fracture".to_owned(), vec!["F".to_owned()])].into(),
        };
        places.set_keys(&keys).unwrap();
        assert_eq!((places.keys(), places.reader().as_str()), (keys, "Dr A"));
    }

    #[test]
    fn the_last_tables_are_remembered_each_once() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::at(dir.path());
        let table = |header: &str, class: &str| KnownTable {
            header: vec![header.into()],
            columns: vec![(Role::Class, class.into())],
        };
        for number in 0..=TABLES {
            places.remember_tables(&[table(&number.to_string(), "")]).unwrap();
        }
        places.set_reader("Dr A").unwrap();
        places.remember_tables(&[table("7", "x")]).unwrap();
        let tables = places.tables();
        assert_eq!((tables.len(), &tables[0], tables.last()), (TABLES, &table("1", ""), Some(&table("7", "x"))));
        assert_eq!(tables.iter().filter(|table| table.header == ["7"]).count(), 1);
    }

    #[test]
    fn a_new_demo_never_lands_in_an_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::at(dir.path());
        let first = places.new_demo("knee");
        std::fs::create_dir_all(&first).unwrap();
        assert_ne!(places.new_demo("knee"), first);
    }
}
