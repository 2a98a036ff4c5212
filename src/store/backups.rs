//! Dated copies of a project's database, in `backups/` beside it: whole ones, written beside and renamed, the last few.

use super::error::{IoContext, StoreError};
use super::project::connect;
use super::schema::{self, DATABASE};
use rusqlite::Connection;
use rusqlite::backup::{Backup as Copying, StepResult};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Copies that are kept.
pub const KEPT: usize = 5;
/// A project that stays open is copied so often.
pub const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Pages copied at once: 8 MB of the usual size.
const PAGES: i32 = 2048;
/// Tries while another connection is in the way, and how long to wait between them.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);
/// How unfinished copies begin.
const UNFINISHED: &str = ".backup-";

/// What became of a wish for a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackedUp {
    Made(PathBuf),
    /// Nothing has changed since the last one.
    Unchanged,
    /// It was broken off; nothing of it stays.
    BrokenOff,
}

/// One copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub path: PathBuf,
    /// The project as it was then.
    pub time: SystemTime,
    pub bytes: u64,
}

/// The folder of a project's copies.
pub fn folder(project: &Path) -> PathBuf {
    project.join("backups")
}

/// The copies of a project, the newest first; none where there is no folder of them.
pub fn backups(project: &Path) -> Vec<Backup> {
    let Ok(entries) = std::fs::read_dir(folder(project)) else { return Vec::new() };
    let is_one = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("project-") && name.ends_with(".db")
    };
    let one = |path: PathBuf| {
        let about = path.metadata().ok()?;
        Some(Backup { time: about.modified().ok()?, bytes: about.len(), path })
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| is_one(path));
    let mut all: Vec<Backup> = paths.filter_map(one).collect();
    // Their names hold the time, which no copying of the folder changes.
    all.sort_by(|a, b| b.path.cmp(&a.path));
    all
}

/// Copies the database of a project, where it changed since the last copy and is whole. The project may be open meanwhile,
/// here and elsewhere: the copy is of one moment, and nobody waits for it. `go_on` hears how many pages of how many are
/// done, and says whether to go on.
///
/// # Errors
/// [`StoreError::Damaged`] where the database is not whole, and what the disk says. The older copies stay.
pub fn back_up(project: &Path, go_on: &dyn Fn(usize, usize) -> bool) -> Result<BackedUp, StoreError> {
    let (database, to) = (project.join(DATABASE), folder(project));
    let now = SystemTime::now();
    if backups(project).first().is_some_and(|last| !changed_since(&database, last.time)) {
        return Ok(BackedUp::Unchanged);
    }
    std::fs::create_dir_all(&to).on(&to)?;
    remove_unfinished(&to);
    let copy = tempfile::Builder::new().prefix(UNFINISHED).suffix(".db").tempfile_in(&to).on(&to)?.into_temp_path();
    if !copy_pages(&database, &copy, go_on).map_err(|e| e.at(&database))? {
        return Ok(BackedUp::BrokenOff);
    }
    whole(&copy).map_err(|what| StoreError::Damaged { path: database, what })?;
    let file = File::options().write(true).open(&copy).on(&copy)?;
    file.set_modified(now).on(&copy)?;
    file.sync_all().on(&copy)?;
    let name = jiff::Timestamp::try_from(now).map(|time| time.strftime("%Y-%m-%dT%H-%M-%SZ").to_string());
    let path = to.join(format!("project-{}.db", name.unwrap_or_default()));
    copy.persist(&path).map_err(|e| e.error).on(&path)?;
    super::caches::sync_folder(&to);
    for old in backups(project).into_iter().skip(KEPT) {
        if let Err(error) = std::fs::remove_file(&old.path) {
            tracing::warn!(%error, file = %old.path.display(), "an old backup stays");
        }
    }
    Ok(BackedUp::Made(path))
}

/// Whether a database, or the log of what is not in it yet, was written to after a time.
fn changed_since(database: &Path, time: SystemTime) -> bool {
    let wal = with_suffix(database, "-wal");
    let after = |path: &Path| path.metadata().and_then(|about| Ok((about.len(), about.modified()?)));
    let of_log = after(&wal).is_ok_and(|(bytes, modified)| bytes > 0 && modified >= time);
    of_log || after(database).is_ok_and(|(_, modified)| modified >= time)
}

/// "project.db-wal" of "project.db".
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What a killed program left.
fn remove_unfinished(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // Whatever cannot be removed is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Copies page by page; whether it came to its end.
pub(super) fn copy_pages(from: &Path, to: &Path, go_on: &dyn Fn(usize, usize) -> bool) -> Result<bool, StoreError> {
    let source = connect(from, false)?;
    // From here on this connection sees one moment, so that no change makes the copying begin anew.
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let mut target = Connection::open(to)?;
    {
        let copying = Copying::new(&source, &mut target)?;
        let mut tries = 0;
        loop {
            match copying.step(PAGES)? {
                StepResult::Done => break,
                StepResult::More => {
                    let progress = copying.progress();
                    let of = usize::try_from(progress.pagecount).unwrap_or_default();
                    let left = usize::try_from(progress.remaining).unwrap_or_default();
                    if !go_on(of.saturating_sub(left), of) {
                        return Ok(false);
                    }
                }
                // Busy or locked: somebody holds the file for a moment.
                _ => {
                    tries += 1;
                    if tries > TRIES {
                        return Err(StoreError::Busy);
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }
    // One file, which can be read where nothing can be written.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)?;
    Ok(go_on(1, 1))
}

/// Whether a file is a database of Overread's that SQLite finds no fault with; else what is wrong with it.
pub(super) fn whole(file: &Path) -> Result<(), String> {
    let look = || -> Result<Result<(), String>, StoreError> {
        let db = connect(file, false)?;
        let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        if number("application_id")? != schema::APPLICATION_ID {
            return Ok(Err("it is no database of Overread".to_owned()));
        }
        let found = number("user_version")?;
        if found > schema::newest() {
            return Ok(Err(format!("it is of a newer Overread (form {found})")));
        }
        let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(if said == "ok" {
            Ok(())
        } else {
            Err(said.replace("*** in database main ***", "").trim().replace('\n', " "))
        })
    };
    match look() {
        Ok(found) => found,
        Err(StoreError::Damaged { what, .. }) => Err(what),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Change;
    use crate::store::{Access, Store, sample};

    fn go(_: usize, _: usize) -> bool {
        true
    }

    fn note(project: &mut sample::Sample, old: &str, new: &str) {
        project.say(0, Change::Note { old: old.into(), new: new.into() });
    }

    #[test]
    fn a_copy_of_an_open_project_holds_what_was_said_and_only_changes_make_another() {
        let mut project = sample::project(3);
        note(&mut project, "", "one");
        let BackedUp::Made(first) = back_up(&project.path, &go).unwrap() else { panic!("it changed") };
        assert_eq!(back_up(&project.path, &go).unwrap(), BackedUp::Unchanged);
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(&first, dir.path().join(DATABASE)).unwrap();
        let copy = Store::open(dir.path(), Access::ReadOnly).unwrap();
        assert_eq!(copy.annotation(project.images[0]).unwrap().note, "one");
        copy.verify_chain().unwrap();
        note(&mut project, "one", "two");
        assert!(matches!(back_up(&project.path, &go).unwrap(), BackedUp::Made(_)), "what is only in the log counts");
        let project = project.reopen();
        assert_eq!(project.store.annotation(project.images[0]).unwrap().note, "two");
    }

    #[test]
    fn the_last_five_are_kept_and_what_is_broken_off_leaves_nothing() {
        let mut project = sample::project(1);
        assert_eq!(back_up(&project.path, &|_, _| false).unwrap(), BackedUp::BrokenOff);
        assert_eq!(std::fs::read_dir(folder(&project.path)).unwrap().count(), 0);
        std::fs::write(folder(&project.path).join(".backup-killed.db"), "half").unwrap();
        for day in 1..=6 {
            let name = format!("project-2020-01-0{day}T00-00-00Z.db");
            std::fs::write(folder(&project.path).join(name), "older").unwrap();
        }
        note(&mut project, "", "new");
        // The older ones have just been written, as far as the disk knows.
        let past = SystemTime::UNIX_EPOCH + EVERY;
        for backup in backups(&project.path) {
            File::options().write(true).open(&backup.path).unwrap().set_modified(past).unwrap();
        }
        let BackedUp::Made(newest) = back_up(&project.path, &go).unwrap() else { panic!("it changed") };
        let all = backups(&project.path);
        assert_eq!((all.len(), &all[0].path), (KEPT, &newest));
        assert!(all[4].path.ends_with("project-2020-01-03T00-00-00Z.db"), "{all:?}");
        assert_eq!(std::fs::read_dir(folder(&project.path)).unwrap().count(), KEPT);
    }

    #[test]
    fn of_a_damaged_database_no_copy_is_kept() {
        let mut project = sample::project(400);
        note(&mut project, "", "one");
        let sample::Sample { store, path, dir, .. } = project;
        drop(store);
        let database = path.join(DATABASE);
        let mut bytes = std::fs::read(&database).unwrap();
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 8192].fill(0xa5);
        std::fs::write(&database, bytes).unwrap();
        let refused = back_up(&path, &go).unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().contains("overread repair"), "{refused}");
        assert_eq!(backups(&path), []);
        drop(dir);
    }
}
