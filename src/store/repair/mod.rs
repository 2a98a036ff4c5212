//! Putting a damaged project right: the newest whole backup takes the database's place, and what the damaged file still
//! holds of the append-only log after it is said again, event by event. The damaged file is kept aside, never deleted.

#[cfg(test)]
mod altered_tests;
mod decided;
mod first_pages;
mod leaves;
#[cfg(test)]
mod recovered_tests;
mod replay;
mod salvage;
mod states;
#[cfg(test)]
mod tests;
mod texts;
mod words;

use super::backups::{self, with_suffix};
use super::caches::sync_folder;
use super::error::{IoContext, StoreError};
use super::lock::{Attempt, Lock};
use super::project::{Access, Store, connect, migration, write_fresh};
use super::schema::{self, DATABASE};
use first_pages::{form_of, give_header, give_schema};
use replay::replay;
use rusqlite::Connection;
use rusqlite::types::Value;
use salvage::Salvage;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What a repair did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// What is wrong with the database; absent where nothing is, and nothing is done then.
    pub damage: Option<String>,
    /// The backup that takes its place; absent where there was no whole one, and all that the damaged file still holds was
    /// put into a new database.
    pub backup: Option<PathBuf>,
    /// Newer backups that are not whole themselves.
    pub passed_over: Vec<PathBuf>,
    /// Events that the backup holds.
    pub in_backup: usize,
    /// Later events that the damaged file still holds and that were said again.
    pub replayed: usize,
    /// Later events that could not be read.
    pub unreadable: usize,
    /// Later events that could be read and do not fit without those that could not.
    pub unfitting: usize,
    /// Events that were made of what the tables of state held beyond the log: what was said and decided, without how it came
    /// to be.
    pub recovered: usize,
    /// Images that those are about.
    pub recovered_images: usize,
    /// Parts of states that make no sense in the project as it is.
    pub recovered_unfitting: usize,
    /// Images and models of which neither the whole log nor the state could be read.
    pub states_unreadable: usize,
    /// Images that could not be read, with all that was said of them.
    pub images_gone: usize,
    /// Images that keep split, group and place of the backup, because their later ones could not be read.
    pub unmoved: usize,
    /// Other tables of which rows could not be read, and how many; 0 where nothing tells.
    pub cut: Vec<(&'static str, usize)>,
    /// Images, models, imports and other rows that came after the backup and were taken over.
    pub rows: usize,
    /// Nothing of the damaged file could be read: what came after the backup is not here.
    pub blind: bool,
    /// Where the damaged file lies now; absent while nothing was done.
    pub kept: Option<PathBuf>,
}

/// Puts a project right; with `only_look` nothing is changed, and what would be done is said.
///
/// # Errors
/// When the project is open, there is no whole backup of it and its file does not even say what it is, or the disk fails;
/// the database is then what it was.
pub fn repair(project: &Path, only_look: bool) -> Result<Repair, StoreError> {
    let dir = std::path::absolute(project).on(project)?;
    let dir = if dir.file_name().is_some_and(|name| name == DATABASE) {
        dir.parent().map(Path::to_path_buf).unwrap_or_default()
    } else {
        dir
    };
    let database = dir.join(DATABASE);
    if !dir.is_dir() {
        return Err(StoreError::NotFound(dir));
    }
    let all = backups::backups(&dir);
    if !database.exists() && all.is_empty() {
        return Err(StoreError::NotAProject(dir));
    }
    let lock = match Lock::attempt(&dir)? {
        Attempt::Held(lock) => Some(lock),
        Attempt::Taken(holder) => {
            let who = holder.map_or_else(|| "another window".to_owned(), |holder| holder.to_string());
            return Err(StoreError::Refused(format!("{who} has the project open; close it there first")));
        }
        Attempt::Impossible(_) if only_look => None,
        Attempt::Impossible(why) => return Err(StoreError::Refused(why)),
    };
    // The work is done beside the database, so that the last step is a renaming; a mere look leaves nothing there.
    let place = if only_look { std::env::temp_dir() } else { dir.clone() };
    let work = tempfile::Builder::new().prefix(".repair-").tempdir_in(&place).on(&place)?;
    let damaged = work.path().join("damaged");
    copy_database(&database, &damaged)?;
    // A newer program's project is whole to that one; what this one does not know would be lost.
    if let Some(found) = form_of(&damaged.join(DATABASE)).filter(|found| *found > schema::newest()) {
        return Err(StoreError::Newer { path: database, found, known: schema::newest() });
    }
    let Some(damage) = damage_of(&damaged) else { return Ok(Repair::default()) };
    let repaired = work.path().join("repaired");
    std::fs::create_dir(&repaired).on(&repaired)?;
    let new = repaired.join(DATABASE);
    // Reading may change what is read, and what is kept aside is the file as it was.
    let read = work.path().join("read");
    copy_database(&damaged.join(DATABASE), &read)?;
    let mut salvage = Salvage::open(&read.join(DATABASE));
    let (backup, passed_over) = newest_whole(all, &salvage);
    if let Some(backup) = &backup {
        salvage = with_first_pages(salvage, backup, &damaged.join(DATABASE), work.path())?;
    }
    match &backup {
        Some(backup) => {
            std::fs::copy(backup, &new).on(backup)?;
        }
        None => match salvage.meta() {
            Some(meta) => write_fresh(&new, &meta)?,
            None => {
                let none = if passed_over.is_empty() { "there is no backup of it" } else { "no backup of it is whole" };
                let what = format!("{damage}; {none} in {}", backups::folder(&dir).display());
                return Err(StoreError::Beyond { path: database, what });
            }
        },
    }
    let blind = !salvage.is_open();
    let mut report = Repair { damage: Some(damage), backup, passed_over, blind, ..Repair::default() };
    {
        let mut db = connect(&new, true)?;
        schema::bring_up(&mut db).map_err(migration)?;
        replay(&mut db, &salvage, &mut report)?;
        note(&db, &report)?;
        db.close().map_err(|(_, error)| error)?;
    }
    backups::whole(&new).map_err(|what| StoreError::Damaged { path: new.clone(), what })?;
    Store::open(&repaired, Access::ReadOnly)?.verify_chain()?;
    if !only_look {
        report.kept = Some(put_in_place(&dir, &damaged, &new)?);
    }
    drop(lock);
    Ok(report)
}

/// Where the damaged file cannot be opened, it may be with the header of the backup, or with its schema.
fn with_first_pages(salvage: Salvage, backup: &Path, damaged: &Path, work: &Path) -> Result<Salvage, StoreError> {
    let mut salvage = salvage;
    for (name, give) in [("headed", give_header as fn(&Path, &Path) -> std::io::Result<()>), ("schema", give_schema)] {
        if salvage.is_open() {
            break;
        }
        let place = work.join(name);
        copy_database(damaged, &place)?;
        let database = place.join(DATABASE);
        match give(backup, &database) {
            Ok(()) => salvage = Salvage::open(&database).if_it_tells_anything(),
            Err(error) => tracing::debug!(%error, name, "what the backup begins with is of no help"),
        }
    }
    Ok(salvage)
}

/// A copy of a database with what is not in it yet; nobody may have it open. Its backup may be all there is.
fn copy_database(database: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::create_dir(to).on(to)?;
    for suffix in ["", "-wal"] {
        let from = with_suffix(database, suffix);
        if from.exists() {
            std::fs::copy(&from, with_suffix(&to.join(DATABASE), suffix)).on(&from)?;
        }
    }
    Ok(())
}

/// What is wrong with a copied database; looking may change the copy.
fn damage_of(copy: &Path) -> Option<String> {
    // SQLite takes its log in at once, which would mend nothing and lose what a damaged file makes of it.
    let look = tempfile::tempdir().ok()?;
    let there = look.path().join("looked-at");
    if copy_database(&copy.join(DATABASE), &there).is_err() || !there.join(DATABASE).exists() {
        return Some("it is missing".to_owned());
    }
    if let Err(what) = backups::whole(&there.join(DATABASE)) {
        return Some(what);
    }
    let chain = Store::open(&there, Access::ReadOnly).and_then(|store| store.verify_chain());
    chain.err().map(|error| match error {
        StoreError::Damaged { what, .. } => what,
        StoreError::ChainBroken { event, why } => format!("its log was altered at event {event}: {why}"),
        other => other.to_string(),
    })
}

/// The newest backup that is whole and of this project, and those before it that are not.
fn newest_whole(all: Vec<backups::Backup>, damaged: &Salvage) -> (Option<PathBuf>, Vec<PathBuf>) {
    let mut passed_over = Vec::new();
    for backup in all {
        if backups::whole(&backup.path).is_ok() && is_of(&backup.path, damaged) {
            return (Some(backup.path), passed_over);
        }
        passed_over.push(backup.path);
    }
    (None, passed_over)
}

/// Whether a backup is of the same project as far as the damaged file says: made at the same time, and with the same last event.
fn is_of(backup: &Path, damaged: &Salvage) -> bool {
    // A copy, for looking may change what is looked at.
    let Ok(look) = tempfile::tempdir() else { return true };
    let copy = look.path().join(DATABASE);
    if std::fs::copy(backup, &copy).is_err() {
        return true;
    }
    let theirs = Salvage::open(&copy);
    let differ = |a: Option<Value>, b: Option<Value>| a.zip(b).is_some_and(|(a, b)| a != b);
    let made = |salvage: &Salvage| salvage.named("meta", "created_ms");
    let (last, known) = theirs.last("events", "id", 0);
    let hash = |salvage: &Salvage, event: i64| salvage.row("events", "id", &["hash".to_owned()], event)?.pop();
    // One event may be what is damaged; several are another log's.
    let compared: Vec<bool> = (1..=last)
        .rev()
        .take(if known { 5 } else { 0 })
        .filter_map(|event| hash(&theirs, event).zip(hash(damaged, event)))
        .map(|(a, b)| a != b)
        .collect();
    let other_log = compared.len() > 1 && compared.iter().all(|differs| *differs);
    !differ(made(&theirs), made(damaged)) && !other_log
}

/// The setting that keeps what the last repair said.
pub const REPAIRED: &str = "repaired";

/// When a project was repaired and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    pub what: String,
}

/// Keeps in the project what could not be brought back.
fn note(db: &Connection, report: &Repair) -> Result<(), StoreError> {
    let said = Repaired { time_ms: jiff::Timestamp::now().as_millisecond(), what: report.in_words(false) };
    let value = super::error::to_json(&said)?;
    db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", [REPAIRED, &value])?;
    Ok(())
}

/// Keeps the damaged file aside, and puts the new one in its place.
fn put_in_place(dir: &Path, damaged: &Path, new: &Path) -> Result<PathBuf, StoreError> {
    let time = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S").to_string();
    let names = std::iter::once(format!("damaged-{time}")).chain((2..).map(|n: u32| format!("damaged-{time}-{n}")));
    let kept = names.map(|name| dir.join(name)).find(|kept| !kept.exists()).unwrap_or_else(|| dir.join("damaged"));
    // On the disk before anything of the original is removed. Windows syncs only what may be written.
    for suffix in ["", "-wal"] {
        let copy = with_suffix(&damaged.join(DATABASE), suffix);
        if copy.exists() {
            std::fs::File::options()
                .read(true)
                .write(cfg!(windows))
                .open(&copy)
                .and_then(|file| file.sync_all())
                .on(&copy)?;
        }
    }
    sync_folder(damaged);
    std::fs::rename(damaged, &kept).on(&kept)?;
    sync_folder(dir);
    let database = dir.join(DATABASE);
    // A log that belongs to the damaged file must not be taken into the new one.
    for suffix in ["-wal", "-shm"] {
        let left = with_suffix(&database, suffix);
        if left.exists() {
            std::fs::remove_file(&left).on(&left)?;
        }
    }
    let file = std::fs::File::options().write(true).open(new).on(new)?;
    file.sync_all().on(new)?;
    std::fs::rename(new, &database).on(&database)?;
    sync_folder(dir);
    Ok(kept)
}
