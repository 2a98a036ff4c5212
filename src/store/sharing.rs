//! The small copy of a project that somebody else merges from: what was said and by whom, and nothing that only this machine
//! needs or that says who was examined.

use super::backups::copy_pages;
use super::error::{IoContext, StoreError, damaged};
use super::merged_logs::MERGED;
use super::project::{Access, Store, connect};
use super::schema::DATABASE;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// Under which key of the settings it stands that a project was made by sharing.
const SHARED: &str = "shared";

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

/// Writes what others need to merge from a project into the folder `to`: the log, its state, the classes and the hashes of the
/// images, and the logs merged before. Left out are pictures, paths, patients and groups, what headers said, predictions, files
/// of models, runs, settings and reports of imports. What readers typed stands in it as they typed it, and the names of image
/// files. `None` where `go_on`, which hears how many pages of how many are done, says no.
///
/// # Errors
/// When the project cannot be read or its log does not follow; when `to` is there and is no earlier shared copy of this very
/// project; what the disk says. Nothing is left behind then.
pub fn share(
    project: &Path,
    to: &Path,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<SharedCopy>, StoreError> {
    let ours = Store::open(project, Access::ReadOnly)?;
    let log = ours.follow_log()?;
    if to.exists() {
        let refused = |why| StoreError::Refused(format!("{} is there, and {why}: name another folder", to.display()));
        let there = Store::open(to, Access::ReadOnly).map_err(|_| refused("it is no shared copy"))?;
        if there.setting::<bool>(SHARED)? != Some(true) {
            return Err(refused("it is a project of its own"));
        }
        let (events, head) = there.log_end()?;
        if events > 0 && log.hash_of(events) != Some(&*head) {
            return Err(refused("it was shared from another project"));
        }
    }
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = tempfile::Builder::new().prefix(".overread-share-").tempdir_in(parent).on(parent)?;
    let database = made.path().join(DATABASE);
    if !copy_pages(&ours.dir().join(DATABASE), &database, go_on)? {
        return Ok(None);
    }
    strip(&database).map_err(|e| e.at(&database))?;
    let merged = ours.merged_logs()?;
    if !merged.is_empty() {
        let folder = made.path().join(MERGED);
        fs::create_dir(&folder).on(&folder)?;
        for one in &merged {
            let name = one.file.file_name().unwrap_or_default();
            fs::copy(&one.file, folder.join(name)).on(&one.file)?;
        }
    }
    fs::File::open(&database).and_then(|file| file.sync_all()).on(&database)?;
    let bytes = database.metadata().on(&database)?.len();
    // Whole or not at all: an earlier copy goes only once this one is made.
    let made = made.keep();
    let earlier = to.exists().then(|| made.with_extension("earlier"));
    if let Some(earlier) = &earlier {
        fs::rename(to, earlier).on(to)?;
    }
    if let Err(error) = fs::rename(&made, to) {
        if let Some(earlier) = &earlier {
            fs::rename(earlier, to).on(to)?;
        }
        return Err(error).on(to);
    }
    if let Some(earlier) = &earlier {
        fs::remove_dir_all(earlier).on(earlier)?;
    }
    super::caches::sync_folder(parent);
    Ok(Some(SharedCopy { to: to.to_path_buf(), events: log.events, merged: merged.len(), bytes }))
}

/// Takes everything out that is not to be shared, so that not even its bytes stay.
fn strip(database: &Path) -> Result<(), StoreError> {
    let db: Connection = connect(database, true)?;
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
         DELETE FROM run_log; DELETE FROM epochs; DELETE FROM runs; DELETE FROM settings;
         DELETE FROM split_changes;
         DELETE FROM meta WHERE key IN ('source', 'demo');
         UPDATE images SET path = name, source = '', patient_group = NULL;
         INSERT INTO settings (key, value) VALUES ('shared', 'true');
         COMMIT;",
    )?;
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
        assert!(!bytes.windows(6).any(|part| part == b"secret"), "not even in pages that are free");

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
        assert_eq!(share(&dir, &to, &|_, _| false).unwrap(), None);
        let beside = std::fs::read_dir(to.parent().unwrap()).unwrap().flatten();
        assert!(beside.into_iter().all(|one| !one.file_name().to_string_lossy().starts_with(".overread-share")));
    }
}
