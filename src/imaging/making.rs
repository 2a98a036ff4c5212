//! Folders made under another name beside their place, which they get when they are whole. Whoever makes one holds a lock
//! beside it: what was left by a program that was killed meanwhile is known by its free lock, and removed by the next.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

const PREFIX: &str = ".overread-";
/// What a lock's name has more than its folder's.
const LOCK: &str = ".lock";

/// A folder in the making; removed with all that is in it when dropped before it has its place.
#[derive(Debug)]
pub struct Making {
    dir: tempfile::TempDir,
    /// Nothing where the file system has no locks: then a leftover stays.
    _lock: Option<Lock>,
}

/// Held until dropped, and then removed.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    _held: File,
}

impl Making {
    /// Begins a folder in another, and removes there what was left by programs that were killed.
    ///
    /// # Errors
    /// What the system says (no such folder, no permission, disk full).
    pub fn within(parent: &Path) -> io::Result<Self> {
        remove_left(parent);
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        let lock = Lock::beside(dir.path());
        Ok(Self { dir, _lock: lock })
    }

    /// The folder as it is called now.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Gives the folder its place, where an empty folder may be.
    ///
    /// # Errors
    /// What the system says; something else may be there.
    pub fn take_place(self, place: &Path) -> io::Result<()> {
        match std::fs::remove_dir(place) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        std::fs::rename(self.dir.path(), place)?;
        // Nothing is left under the old name to be removed.
        let _ = self.dir.keep();
        Ok(())
    }
}

impl Lock {
    /// Locked before it has its name, so that nobody ever finds it free while its folder is in use.
    fn beside(folder: &Path) -> Option<Self> {
        let mut path = folder.as_os_str().to_owned();
        path.push(LOCK);
        let path = PathBuf::from(path);
        let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder.parent()?).ok()?;
        file.as_file().try_lock().ok()?;
        let held = file.persist_noclobber(&path).ok()?;
        Some(Self { path, _held: held })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "a lock that nobody holds is left to the next");
        }
    }
}

/// Removes the folders whose locks nobody holds.
fn remove_left(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let Some(folder) = locked_by(&entry.file_name()).map(|name| parent.join(name)) else { continue };
        let Ok(lock) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        if lock.try_lock().is_err() {
            continue;
        }
        let removed = match std::fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => std::fs::remove_file(entry.path()),
        };
        if let Err(error) = removed {
            tracing::warn!(%error, "what a program that was killed left beside the project cannot be removed");
        }
    }
}

/// The name of the folder that a lock of this name is for.
fn locked_by(lock: &OsStr) -> Option<&str> {
    lock.to_str()?.strip_suffix(LOCK).filter(|name| name.len() > PREFIX.len() && name.starts_with(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_has_its_place_when_it_is_whole_and_else_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("whole");
        std::fs::create_dir(&place).unwrap();
        let making = Making::within(dir.path()).unwrap();
        std::fs::write(making.path().join("a"), "1").unwrap();
        making.take_place(&place).unwrap();
        assert_eq!((names(dir.path()), names(&place)), (vec!["whole".to_owned()], vec!["a".to_owned()]));
        let making = Making::within(dir.path()).unwrap();
        std::fs::write(making.path().join("b"), "2").unwrap();
        making.take_place(&place).unwrap_err();
        assert_eq!((names(dir.path()), names(&place)), (vec!["whole".to_owned()], vec!["a".to_owned()]));
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_what_is_in_use_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let [left, other, others_lock] = [".overread-left", ".overread-unlocked", "mine.lock"];
        for name in [left, other, "mine"] {
            std::fs::create_dir_all(dir.path().join(name).join("images")).unwrap();
        }
        for lock in [".overread-left.lock", ".overread-gone.lock", ".overread-.lock", others_lock] {
            std::fs::write(dir.path().join(lock), "").unwrap();
        }
        let used = Making::within(dir.path()).unwrap();
        std::fs::write(used.path().join("a"), "1").unwrap();
        let second = Making::within(dir.path()).unwrap();
        assert!(used.path().join("a").is_file() && second.path().is_dir());
        drop((used, second));
        assert_eq!(names(dir.path()), [".overread-.lock", other, "mine", others_lock]);
    }
}
