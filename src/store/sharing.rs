//! The small copy of a project that somebody else merges from: what was said and by whom, and nothing that only this machine
//! needs or that says who was examined.

use super::audit::without_names;
use super::backups::copy_pages;
use super::caches::sync_folder;
use super::error::{IoContext, StoreError, damaged};
use super::merged_logs::{MERGED, begins};
use super::project::{Access, Store, connect};
use super::schema::{self, DATABASE};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// Under which key of the settings it stands that a project was made by sharing.
const SHARED: &str = "shared";

/// Settings that the log replays to, or names by their hash.
const DECIDED: [&str; 4] = ["class_thresholds.", "finding_temperatures.", "finding_rules.", "study "];
/// What was said in studies of other copies that were merged, which their logs say.
const ELSEWHERE: &str = "studies elsewhere";

/// A copy that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedCopy {
    pub to: PathBuf,
    /// Events of the project's own log in it.
    pub events: usize,
    /// Logs of others in it.
    pub merged: usize,
    pub bytes: u64,
}

/// Writes what others need to merge from a project into the folder `to`: the log, its state, the classes, the hashes of the
/// images and the cards of the models that the log speaks of, and the logs merged before. Left out are pictures, the names and
/// paths of their files, patients and groups, what headers said, predictions but for those that a log says were on screen, files
/// of models, runs, settings and reports of imports. The log stands as it is, or it could not be verified: with the names of
/// readers, notes as they were typed, what studies plant, and the name of a source that an import was logged under. `None` where `go_on`, which
/// hears how many pages of how many are done, says no.
///
/// # Errors
/// When the project cannot be read or its log does not follow; when `to` is there and is no earlier shared copy of this very
/// project that nobody has worked in; what the disk says. A copy that was there stays as it was then.
pub fn share(
    project: &Path,
    to: &Path,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<SharedCopy>, StoreError> {
    let ours = Store::open(project, Access::ReadOnly)?;
    let log = ours.follow_log()?;
    let refused = |why: &str| Err(StoreError::NotShared(format!("{} {why}", to.display())));
    if to.file_name().is_some_and(|name| name == DATABASE) {
        return refused("is a file of a project: name a folder");
    }
    let is_there = to.exists();
    if is_there {
        if to.canonicalize().on(to)? == ours.dir().canonicalize().on(ours.dir())? {
            return refused("is the project itself: name another folder");
        }
        let there = Store::open(to, Access::ReadOnly)?;
        if there.setting::<bool>(SHARED)? != Some(true) {
            return refused("is a project of its own: name another folder");
        }
        if there.meta()?.created_ms != ours.meta()?.created_ms {
            return refused("was shared from another project: name another folder");
        }
        if !begins(&there.follow_log()?, &log) {
            return refused(
                "was worked in after it was shared: merge it first (overread merge), or name another folder",
            );
        }
        if to.join(format!("{DATABASE}-wal")).metadata().is_ok_and(|wal| wal.len() > 0) {
            return refused("is open somewhere: close it there, or name another folder");
        }
    }
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(StoreError::NotShared(format!(
            "{} cannot be written: the folder {} is not there; make it first (mkdir), or name another place",
            to.display(),
            parent.display()
        )));
    }
    // Beside the place it comes to, so that it comes there whole or not at all; what is left of it goes with this value.
    let made = tempfile::Builder::new()
        .prefix(".overread-share-")
        .tempdir_in(if is_there { to } else { parent })
        .on(parent)?;
    let database = made.path().join(DATABASE);
    if !copy_pages(&ours.dir().join(DATABASE), &database, go_on)? {
        return Ok(None);
    }
    strip(&database).map_err(|e| e.at(&database))?;
    fs::File::open(&database).and_then(|file| file.sync_all()).on(&database)?;
    let bytes = database.metadata().on(&database)?.len();
    // What is added to an earlier copy is there before its database is replaced; a merge from it meanwhile takes either.
    let whole = if is_there { to } else { made.path() };
    let merged = ours.merged_logs()?;
    if !merged.is_empty() {
        let folder = whole.join(MERGED);
        fs::create_dir_all(&folder).on(&folder)?;
        for one in &merged {
            let file = folder.join(one.file.file_name().unwrap_or_default());
            without_names(&one.file, &file)?;
        }
        sync_folder(&folder);
    }
    if is_there {
        fs::rename(&database, to.join(DATABASE)).on(to)?;
        sync_folder(to);
    } else {
        sync_folder(made.path());
        fs::rename(made.keep(), to).on(to)?;
        sync_folder(parent);
    }
    Ok(Some(SharedCopy { to: to.to_path_buf(), events: log.events, merged: merged.len(), bytes }))
}

/// Takes everything out that is not to be shared, so that not even its bytes stay.
fn strip(database: &Path) -> Result<(), StoreError> {
    let mut db: Connection = connect(database, true)?;
    // A project of an older form lacks some of the tables.
    schema::bring_up(&mut db).map_err(|error| damaged(error.to_string()))?;
    let triggers: Vec<(String, String)> = {
        let mut select =
            db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND sql IS NOT NULL")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    // Lists that are only added to in a project that goes on; this one does not.
    for (name, _) in triggers.iter().filter(|(name, _)| name.starts_with("split_changes")) {
        db.execute_batch(&format!("DROP TRIGGER \"{name}\""))?;
    }
    db.execute_batch(
        "BEGIN;
         DELETE FROM predictions; DELETE FROM image_facts; DELETE FROM imports; DELETE FROM truths;
         DELETE FROM run_log; DELETE FROM epochs; DELETE FROM runs; DELETE FROM split_changes;
         UPDATE models SET test = NULL;
         DELETE FROM meta WHERE key IN ('source', 'demo');
         UPDATE images SET path = substr(sha256, 1, 16), name = substr(sha256, 1, 16), source = '', patient_group = NULL;
         COMMIT;",
    )?;
    // What the log replays to stays, or the copy would seem to differ from its log.
    let keys: Vec<String> = {
        let mut select = db.prepare("SELECT key FROM settings")?;
        let rows = select.query_map([], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let stays = |key: &str| key == ELSEWHERE || DECIDED.iter().any(|prefix| key.starts_with(prefix));
    for key in keys.iter().filter(|key| !stays(key)) {
        db.execute("DELETE FROM settings WHERE key = ?", [key])?;
    }
    db.execute("INSERT INTO settings (key, value) VALUES (?, 'true')", [SHARED])?;
    for (_, sql) in triggers.iter().filter(|(name, _)| name.starts_with("split_changes")) {
        db.execute_batch(sql)?;
    }
    db.execute_batch("VACUUM")?;
    db.close().map_err(|(_, error)| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Change;
    use crate::store::sample;

    #[test]
    fn a_shared_copy_holds_what_was_said_and_nothing_of_this_machine_or_of_patients() {
        let mut project = sample::project(3);
        let said = sample::imported(0);
        project.store.append("ada", project.images[0], said, None, None, None).unwrap();
        project.store.set_setting("patient key", &"secret of patients").unwrap();
        let dir = project.store.dir().to_path_buf();
        let to = dir.with_file_name("shared.overread");
        let made = share(&dir, &to, &|_, _| true).unwrap().unwrap();
        assert_eq!((made.events, made.merged), (1, 0));
        let copy = Store::open(&to, Access::ReadOnly).unwrap();
        assert_eq!(copy.log_end().unwrap(), project.store.log_end().unwrap());
        assert_eq!(copy.replay().unwrap(), project.store.annotations().unwrap());
        let images = |store: &Store| store.images().unwrap().into_iter().map(|i| i.sha256).collect::<Vec<_>>();
        assert_eq!(images(&copy), images(&project.store));
        assert!(copy.images().unwrap().iter().all(|image| image.group.is_none() && image.source.is_empty()));
        let bytes = std::fs::read(to.join(DATABASE)).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        let before = project.store.images().unwrap();
        let of_files = before.iter().flat_map(|one| [one.name.clone(), one.path.display().to_string()]);
        for text in of_files.chain(before.iter().filter_map(|one| one.group.clone())).chain(["secret".to_owned()]) {
            assert!(!holds(&text), "{text:?}, not even in pages that are free");
        }
        assert!(copy.decisions_hold().unwrap());

        // Shared again after more was said, it is replaced; another project's is not.
        let flag = Change::Flag { old: false, new: true };
        project.store.append("ada", project.images[1], flag, None, None, None).unwrap();
        assert_eq!(share(&dir, &to, &|_, _| true).unwrap().unwrap().events, 2);
        let mut other = sample::project(3);
        other.store.append("bob", other.images[0], sample::imported(0), None, None, None).unwrap();
        let why = share(other.store.dir(), &to, &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("shared from another project"), "{why}");
        let why = share(&dir, other.store.dir(), &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("a project of its own"), "{why}");
        let why = share(&dir, &dir, &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("the project itself"), "{why}");
        let why = share(&dir, &to.join(DATABASE), &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("name a folder"), "{why}");
        assert_eq!(share(&dir, &to, &|_, _| false).unwrap(), None);
        let there = |folder: &Path| std::fs::read_dir(folder).unwrap().flatten().collect::<Vec<_>>();
        let left = there(&to).into_iter().chain(there(to.parent().unwrap()));
        assert!(left.into_iter().all(|one| !one.file_name().to_string_lossy().starts_with(".overread-share")));
        let nowhere = to.with_file_name("no").join("such.overread");
        let why = share(&dir, &nowhere, &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("make it first") && !nowhere.parent().unwrap().exists(), "{why}");
        // Whoever worked in it is not overwritten.
        let mut worked_in = Store::open(&to, Access::Write).unwrap();
        worked_in.append("bob", project.images[2], sample::imported(0), None, None, None).unwrap();
        drop(worked_in);
        let why = share(&dir, &to, &|_, _| true).unwrap_err().to_string();
        assert!(why.contains("worked in"), "{why}");
    }

    #[test]
    fn a_project_of_any_older_form_is_shared() {
        for version in 1..schema::newest() {
            let dir = tempfile::tempdir().unwrap();
            let database = dir.path().join(DATABASE);
            let mut db = Connection::open(&database).unwrap();
            schema::of_version(&mut db, usize::try_from(version).unwrap()).unwrap();
            db.close().unwrap();
            strip(&database).unwrap_or_else(|why| panic!("form {version}: {why}"));
        }
    }
}
