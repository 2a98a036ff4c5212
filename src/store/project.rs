//! Making, opening and locking a project, and what it says about itself.

use super::caches::{Thumbnails, sync_folder};
use super::error::{IoContext, StoreError, from_json, to_json};
use super::features::FeatureFiles;
use super::head::Head;
use super::history::History;
use super::lock::{Attempt, Holder, Lock};
use super::schema::{self, DATABASE};
use crate::domain::{ClassList, RunId};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for another process's transaction.
const BUSY: Duration = Duration::from_secs(10);

/// What the opener wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To write where that is possible; else it is opened read-only and [`Store::read_only_reason`] says why.
    Write,
    /// Only to look; never in anyone's way.
    ReadOnly,
}

/// Why nothing can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadOnlyReason {
    /// Another window or command has it; who, where that could be read.
    Held(Option<Holder>),
    /// The folder, the file system or the file cannot be written: why, and what to do.
    Unwritable(String),
    /// It was asked for.
    Asked,
}

impl std::fmt::Display for ReadOnlyReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held(Some(holder)) => write!(f, "{holder} has it open; close it there to make changes here"),
            Self::Held(None) => f.write_str("another window has it open; close it there to make changes here"),
            Self::Unwritable(why) => f.write_str(why),
            Self::Asked => f.write_str("it was opened only to look"),
        }
    }
}

/// How a demo's phantoms were made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoInfo {
    /// "fracture", "knee", "ankle".
    pub kind: String,
    pub images: usize,
    pub seed: u64,
}

/// What a project says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    pub name: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
    pub classes: ClassList,
    /// Present when the images are phantoms.
    pub demo: Option<DemoInfo>,
    /// The folder the images were imported from.
    pub source: Option<PathBuf>,
}

impl Meta {
    /// A project made now.
    pub fn new(name: impl Into<String>, classes: ClassList) -> Self {
        Self { name: name.into(), created_ms: super::now_ms(), classes, demo: None, source: None }
    }
}

/// An open project. Fields drop in this order: the database is closed before the lock is given up.
pub struct Store {
    pub(super) db: Connection,
    pub(super) dir: PathBuf,
    pub(super) head: Head,
    /// Read from the log when first needed.
    pub(super) history: Option<History>,
    /// The undo and redo of each reader's own readings; read together with `history`.
    pub(super) own_history: HashMap<String, History>,
    /// The largest number given to a box.
    pub(super) last_box: i64,
    read_only: Option<ReadOnlyReason>,
    lock: Option<Lock>,
    // Where the database had to be copied to be read.
    _copy: Option<tempfile::TempDir>,
}

impl Store {
    /// Makes the folder and an empty project in it and opens that. A kill at any point leaves either no `project.db` or
    /// a whole one.
    pub fn create(dir: &Path, meta: &Meta) -> Result<Self, StoreError> {
        let dir = std::path::absolute(dir).on(dir)?;
        let fresh = format!("{DATABASE}.new");
        if dir.exists() {
            for entry in std::fs::read_dir(&dir).on(&dir)? {
                // What an interrupted creation may have left, and images of an archive that are there first.
                let name = entry.on(&dir)?.file_name();
                if !name.to_string_lossy().starts_with(&fresh)
                    && !["models", "cache", "images"].contains(&name.to_string_lossy().as_ref())
                {
                    return Err(StoreError::AlreadyExists(dir));
                }
            }
        }
        std::fs::create_dir_all(&dir).on(&dir)?;
        for folder in ["models", "cache"] {
            let folder = dir.join(folder);
            std::fs::create_dir_all(&folder).on(&folder)?;
        }
        let temporary = dir.join(&fresh);
        for left in [fresh.clone(), format!("{fresh}-journal")] {
            if dir.join(&left).exists() {
                std::fs::remove_file(dir.join(&left)).on(&dir)?;
            }
        }
        write_fresh(&temporary, meta)?;
        std::fs::rename(&temporary, dir.join(DATABASE)).on(&dir)?;
        sync_folder(&dir);
        if let Some(parent) = dir.parent() {
            sync_folder(parent);
        }
        Self::open(&dir, Access::Write)
    }

    /// Opens the project in a folder (or its `project.db`). Falls back to reading only when it cannot be written.
    pub fn open(dir: &Path, access: Access) -> Result<Self, StoreError> {
        let given = std::path::absolute(dir).on(dir)?;
        let dir = match given.file_name() {
            Some(name) if name == DATABASE => given.parent().unwrap_or(&given).to_path_buf(),
            _ => given,
        };
        let file = dir.join(DATABASE);
        check_is_project(&dir, &file)?;
        let (lock, mut read_only) = match access {
            Access::ReadOnly => (None, Some(ReadOnlyReason::Asked)),
            Access::Write => match Lock::attempt(&dir)? {
                Attempt::Held(lock) => (Some(lock), None),
                Attempt::Taken(holder) => (None, Some(ReadOnlyReason::Held(holder))),
                Attempt::Impossible(why) => (None, Some(ReadOnlyReason::Unwritable(why))),
            },
        };
        let (mut db, copy) = if read_only.is_none() {
            (connect(&file, true).map_err(|e| e.at(&file))?, None)
        } else {
            connect_to_look(&file).and_then(renewed_to_look).map_err(|e| e.at(&file))?
        };
        if read_only.is_none() && db.is_readonly("main")? {
            read_only = Some(ReadOnlyReason::Unwritable(format!(
                "{DATABASE} is write-protected; take that off, or copy the project, to make changes"
            )));
        }
        prepare(&mut db, &file, read_only.is_none()).map_err(|e| e.at(&file))?;
        let head = Head::read(&db).map_err(|e| e.at(&file))?;
        let last_box = db.query_row("SELECT coalesce(max(box), 0) FROM events WHERE box IS NOT NULL", [], |r| r.get(0));
        let last_box = last_box.map_err(|e| StoreError::from(e).at(&file))?;
        let mut store =
            Self { db, dir, head, history: None, own_history: HashMap::new(), last_box, read_only, lock, _copy: copy };
        if store.read_only.is_none() {
            match store.mark_interrupted_runs().and_then(|()| store.adopt_decisions()) {
                // The project can be looked at; the next opening does it.
                Err(StoreError::DiskFull) => {
                    tracing::warn!("what an older program left is not noted: the disk is full")
                }
                done => done.map_err(|e| e.at(&file))?,
            }
        }
        Ok(store)
    }

    /// Whether a folder holds a project, without opening it.
    pub fn is_project(dir: &Path) -> bool {
        dir.join(DATABASE).is_file()
    }

    /// The project folder, absolute.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Why nothing can be changed; `None` when it can.
    pub fn read_only_reason(&self) -> Option<&ReadOnlyReason> {
        self.read_only.as_ref()
    }

    /// Name, classes and origin.
    pub fn meta(&self) -> Result<Meta, StoreError> {
        let get = |key: &str| -> Result<Option<String>, StoreError> {
            Ok(self.db.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional()?)
        };
        let needed = |key: &str| get(key)?.ok_or_else(|| super::error::damaged(format!("its {key} is missing")));
        Ok(Meta {
            name: from_json(&needed("name")?, "the project's name")?,
            created_ms: from_json(&needed("created_ms")?, "the time of creation")?,
            classes: self.classes()?,
            demo: get("demo")?.map(|text| from_json(&text, "the demo's settings")).transpose()?,
            source: get("source")?.map(|text| from_json(&text, "the source folder")).transpose()?,
        })
    }

    /// Renames the project (not its folder).
    pub fn set_name(&mut self, name: &str) -> Result<(), StoreError> {
        let text = to_json(&name)?;
        self.writable()?.execute("UPDATE meta SET value = ? WHERE key = 'name'", [text])?;
        Ok(())
    }

    /// Where a run keeps its checkpoint; below `cache/`, made when needed.
    pub fn run_dir(&self, run: RunId) -> PathBuf {
        self.dir.join("cache").join("runs").join(run.to_string())
    }

    /// The thumbnails, for any thread.
    pub fn thumbnails(&self) -> Thumbnails {
        Thumbnails::at(self.dir.join("cache").join("thumbnails"))
    }

    /// The features of images under models, for any thread.
    pub fn features(&self) -> FeatureFiles {
        FeatureFiles::at(self.dir.join("cache").join("features"))
    }

    /// How much of the heat of images under models lies outside boxes, for any thread: one number for each image, class and boxes.
    pub fn heat_outside(&self) -> FeatureFiles {
        FeatureFiles::at(self.dir.join("cache").join("heat"))
    }

    /// Removes predictions, features and thumbnails, which are made again when needed. Checkpoints of runs stay.
    pub fn clear_caches(&mut self) -> Result<(), StoreError> {
        self.writable()?.execute("DELETE FROM predictions", [])?;
        self.features().clear()?;
        self.heat_outside().clear()?;
        self.thumbnails().clear()
    }

    /// The connection, where the project may be changed.
    pub(super) fn writable(&self) -> Result<&Connection, StoreError> {
        match &self.read_only {
            None => Ok(&self.db),
            Some(why) => Err(StoreError::ReadOnly(why.to_string())),
        }
    }

    /// Whether nobody writes to the project, here or elsewhere: a run that is marked as running has been interrupted then.
    pub(super) fn is_left(&self) -> bool {
        self.lock.is_none() && !Lock::is_held(&self.dir)
    }

    /// A transaction that holds the write lock from its start.
    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.writable()?;
        Ok(self.db.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

/// Writes a whole new database under a temporary name.
pub(super) fn write_fresh(path: &Path, meta: &Meta) -> Result<(), StoreError> {
    let mut db = Connection::open(path).map_err(|e| StoreError::from(e).at(path))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    schema::bring_up(&mut db).map_err(migration)?;
    db.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    let tx = db.transaction()?;
    let mut values = vec![("name", to_json(&meta.name)?), ("created_ms", to_json(&meta.created_ms)?)];
    if let Some(demo) = &meta.demo {
        values.push(("demo", to_json(demo)?));
    }
    if let Some(source) = &meta.source {
        values.push(("source", to_json(&source.to_string_lossy())?));
    }
    for (key, value) in values {
        tx.execute("INSERT INTO meta (key, value) VALUES (?, ?)", [key, &value])?;
    }
    insert_classes(&tx, crate::domain::annotation::IMPORT_READER, &meta.classes)?;
    tx.commit()?;
    db.close().map_err(|(_, e)| StoreError::from(e))
}

/// Says what is wrong with a folder before SQLite is asked, whose words would help nobody.
fn check_is_project(dir: &Path, file: &Path) -> Result<(), StoreError> {
    if !dir.exists() {
        return Err(StoreError::NotFound(dir.to_path_buf()));
    }
    if !file.is_file() {
        return Err(StoreError::NotAProject(dir.to_path_buf()));
    }
    // SQLite takes what is shorter than its smallest page for a new, empty database.
    let what = match std::fs::metadata(file).on(file)?.len() {
        0 => "it is empty",
        1..512 => "it is cut short",
        _ => return Ok(()),
    };
    Err(StoreError::Damaged { path: file.to_path_buf(), what: what.into() })
}

pub(super) fn connect(file: &Path, write: bool) -> Result<Connection, StoreError> {
    let access = if write { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let db = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Opens only to look. Where the folder cannot be written, SQLite cannot make the index of its write-ahead log, and a
/// copy in the temporary folder is read instead.
fn connect_to_look(file: &Path) -> Result<(Connection, Option<tempfile::TempDir>), StoreError> {
    use rusqlite::ErrorCode::{CannotOpen, ReadOnly};
    let db = connect(file, false)?;
    match db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)) {
        Ok(_) => Ok((db, None)),
        Err(e) if matches!(e.sqlite_error_code(), Some(CannotOpen | ReadOnly)) => copy_to_look(file),
        Err(e) => Err(e.into()),
    }
}

fn copy_to_look(file: &Path) -> Result<(Connection, Option<tempfile::TempDir>), StoreError> {
    let copy = tempfile::Builder::new().prefix("overread-").tempdir().on(&std::env::temp_dir())?;
    let to = copy.path().join(DATABASE);
    for suffix in ["", "-wal"] {
        let with_suffix = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let from = with_suffix(file);
        if from.exists() {
            // Not fs::copy: a copied write protection would stop SQLite from making its index here, too.
            let mut reader = std::fs::File::open(&from).on(&from)?;
            let target = with_suffix(&to);
            let mut writer = std::fs::File::create(&target).on(&target)?;
            std::io::copy(&mut reader, &mut writer).on(&from)?;
        }
    }
    let db = connect(&to, true)?;
    db.pragma_update(None, "query_only", true)?;
    Ok((db, Some(copy)))
}

/// Of a project of an older program a copy in the temporary folder, brought to the newest form, is read instead: looking
/// changes nothing.
fn renewed_to_look(
    (db, copy): (Connection, Option<tempfile::TempDir>),
) -> Result<(Connection, Option<tempfile::TempDir>), StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id")? != schema::APPLICATION_ID || number("user_version")? >= schema::newest() {
        return Ok((db, copy));
    }
    let folder = tempfile::Builder::new().prefix("overread-").tempdir().on(&std::env::temp_dir())?;
    let to = folder.path().join(DATABASE);
    // A whole picture of the database, also while somebody else writes to it.
    db.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
    drop(db);
    let mut db = connect(&to, true)?;
    schema::bring_up(&mut db).map_err(migration)?;
    db.pragma_update(None, "query_only", true)?;
    Ok((db, Some(folder)))
}

/// Checks whose the database is and of which version, and brings it to the newest.
fn prepare(db: &mut Connection, file: &Path, write: bool) -> Result<(), StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if number("application_id")? != schema::APPLICATION_ID {
        return Err(StoreError::NotAProject(file.to_path_buf()));
    }
    let (found, known) = (number("user_version")?, schema::newest());
    if found > known {
        return Err(StoreError::Newer { path: file.to_path_buf(), found, known });
    }
    if !write {
        return Ok(());
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // Without it INSERT OR REPLACE would not ask the triggers that keep the log.
    db.pragma_update(None, "recursive_triggers", true)?;
    if found < known { schema::bring_up(db).map_err(migration) } else { Ok(()) }
}

pub(super) fn migration(error: rusqlite_migration::Error) -> StoreError {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        other => super::error::damaged(other.to_string()),
    }
}

/// Puts another class list in force.
pub(super) fn insert_classes(db: &Connection, reader: &str, classes: &ClassList) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO class_lists (time_ms, reader, classes) VALUES (?, ?, ?)",
        params![super::now_ms(), reader, to_json(classes)?],
    )?;
    Ok(())
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
