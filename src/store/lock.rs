//! One writer a project: an advisory lock on `project.lock`, and beside it who holds it.
//!
//! The lock itself is the system's, so it is gone the moment its holder is, however it died. Who holds it is written to
//! a second file, because Windows lets nobody read a locked one.

use super::error::{IoContext, StoreError};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const LOCK: &str = "project.lock";
const HOLDER: &str = "project.holder.json";

const UNWRITABLE: &str = "the folder cannot be written; copy the project to where you may write to make changes";
const FULL: &str = "the disk is full; free some space and open the project again to make changes";

/// Who has a project open for writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub host: String,
    /// Process id on that host.
    pub pid: u32,
    pub user: String,
    /// Milliseconds since 1970-01-01 UTC.
    pub since_ms: i64,
}

impl Holder {
    /// This process, now.
    pub(super) fn me() -> Self {
        let user = ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        Self {
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: std::process::id(),
            user: user.unwrap_or_else(|| "unknown user".into()),
            since_ms: super::now_ms(),
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since = jiff::Timestamp::from_millisecond(self.since_ms).map_or_else(
            |_| "an unknown time".to_owned(),
            |t| t.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string(),
        );
        write!(f, "{} on {} (process {}, since {since})", self.user, self.host, self.pid)
    }
}

/// What an attempt to become the writer came to.
pub(super) enum Attempt {
    Held(Lock),
    /// Somebody else is; who, where that could be read.
    Taken(Option<Holder>),
    /// The folder cannot be written or the file system cannot lock; the reason in words.
    Impossible(String),
}

/// Being the writer; given up when dropped.
pub(super) struct Lock {
    // Held for the lock that closing it frees.
    _file: File,
    holder: PathBuf,
}

impl Lock {
    /// Whether somebody holds the lock of a project; it is not taken for longer than it takes to see.
    pub(super) fn is_held(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(LOCK)) else { return false };
        matches!(fs4::FileExt::try_lock_shared(&file), Err(fs4::TryLockError::WouldBlock))
    }

    /// Tries once, without waiting.
    pub(super) fn attempt(dir: &Path) -> Result<Attempt, StoreError> {
        let path = dir.join(LOCK);
        let file = match OpenOptions::new().create(true).truncate(false).write(true).read(true).open(&path) {
            Ok(file) => file,
            Err(e) => return impossible(e, &path),
        };
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => return Ok(Attempt::Taken(read_holder(dir))),
            Err(fs4::TryLockError::Error(e)) => {
                return Ok(Attempt::Impossible(format!(
                    "its file system cannot lock files ({e}); copy the project to another disk to make changes"
                )));
            }
        }
        // The lock file of a folder whose permissions changed later may still be writable.
        if let Err(e) = tempfile::Builder::new().prefix(".write-test").tempfile_in(dir) {
            return impossible(e, dir);
        }
        let holder = dir.join(HOLDER);
        let text = super::error::to_json(&Holder::me())?;
        match super::caches::write_atomically(&holder, text.as_bytes()) {
            Ok(()) => Ok(Attempt::Held(Self { _file: file, holder })),
            Err(StoreError::DiskFull) => Ok(Attempt::Impossible(FULL.into())),
            Err(e) => Err(e),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only a courtesy: without the lock nobody reads the file.
        if let Err(e) = std::fs::remove_file(&self.holder) {
            tracing::debug!("the lock's holder file stays: {e}");
        }
    }
}

/// A folder that can only be looked at is no error.
fn impossible(error: std::io::Error, path: &Path) -> Result<Attempt, StoreError> {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Ok(Attempt::Impossible(UNWRITABLE.into())),
        ErrorKind::StorageFull => Ok(Attempt::Impossible(FULL.into())),
        _ => Err(error).on(path),
    }
}

fn read_holder(dir: &Path) -> Option<Holder> {
    let text = std::fs::read_to_string(dir.join(HOLDER)).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_sees_who_is_first_and_a_dropped_lock_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let Attempt::Held(first) = Lock::attempt(dir.path()).unwrap() else { panic!("a fresh folder is free") };
        let Attempt::Taken(Some(holder)) = Lock::attempt(dir.path()).unwrap() else { panic!("it is taken") };
        assert_eq!(holder.pid, std::process::id());
        assert!(holder.to_string().contains(&holder.host), "{holder}");
        drop(first);
        assert!(matches!(Lock::attempt(dir.path()).unwrap(), Attempt::Held(_)));
    }

    #[test]
    fn a_holder_left_by_a_killed_process_does_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(HOLDER), r#"{"host":"h","pid":1,"user":"u","since_ms":0}"#).unwrap();
        std::fs::write(dir.path().join(LOCK), "").unwrap();
        assert!(matches!(Lock::attempt(dir.path()).unwrap(), Attempt::Held(_)));
    }
}
