//! What can go wrong with a project on disk, each as one sentence that says what and what to do.

use crate::domain::{EventId, ImageId};
use std::path::{Path, PathBuf};

/// A failure of the store. Whatever is reported here was not saved; whatever was acknowledged before still is.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} is not there: check how the path is written, or look for the project elsewhere if it was moved", .0.display())]
    NotFound(PathBuf),
    #[error("{} is not an Overread project: choose a folder that holds a project.db made by Overread", .0.display())]
    NotAProject(PathBuf),
    #[error(
        "{} was made by a newer version of Overread (form {found}, this one knows up to {known}): update Overread to open it",
        path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{} is damaged ({what}): `overread repair` with the project's folder puts the newest backup back and adds what the \
         damaged file still holds; the images themselves are not touched",
        path.display()
    )]
    Damaged { path: PathBuf, what: String },
    #[error(
        "{} is damaged ({what}): nothing was changed; put a copy of the project from elsewhere back, the images themselves \
         are not touched",
        path.display()
    )]
    Beyond { path: PathBuf, what: String },
    #[error("{} already exists and is not empty: open it, or choose another name", .0.display())]
    AlreadyExists(PathBuf),
    #[error("the change was not saved, the project is open read-only: {0}")]
    ReadOnly(String),
    #[error(
        "the change was not saved, the disk is full: nothing that was saved before is lost; free some space and try again"
    )]
    DiskFull,
    #[error("the change was not saved, the project is busy with another program's work: try again")]
    Busy,
    #[error(
        "the change was not saved, {what} of image {image} is no longer what it was when the change was made: look at it again"
    )]
    Stale { image: ImageId, what: &'static str },
    #[error("the project has no {0}")]
    Unknown(String),
    #[error("the change was not saved: {0}")]
    Refused(String),
    /// No copy to share was made; what of which folder.
    #[error("not shared: {0}")]
    NotShared(String),
    #[error(
        "the annotation log was altered at event {event} ({why}): what comes before it is sound; `overread repair` puts the newest backup back and keeps this file"
    )]
    ChainBroken { event: EventId, why: &'static str },
    #[error("{}: {source}; check that the disk is there and can be written", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the project's database did not do what was asked ({0}); close the project and open it again")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, ReadOnly};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::DiskFull,
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            Some(ReadOnly) => Self::ReadOnly("its file cannot be written".into()),
            Some(DatabaseCorrupt | NotADatabase) => {
                Self::Damaged { path: PathBuf::from(super::schema::DATABASE), what: error.to_string() }
            }
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// The same error with the file's whole path where only its name was known.
    pub fn at(self, path: &Path) -> Self {
        match self {
            Self::Damaged { what, .. } => Self::Damaged { path: path.to_path_buf(), what },
            other => other,
        }
    }
}

/// Names the file an I/O error is about.
pub(super) trait IoContext<T> {
    fn on(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn on(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| match source.kind() {
            std::io::ErrorKind::StorageFull => StoreError::DiskFull,
            _ => StoreError::Io { path: path.to_path_buf(), source },
        })
    }
}

/// Writes a value as JSON text.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Refused(format!("a value cannot be written down ({e})")))
}

/// Reads JSON text of the database; what it cannot read is damage.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| damaged(format!("{what} cannot be read: {e}")))
}

/// A damaged database whose path is filled in later.
pub(super) fn damaged(what: impl Into<String>) -> StoreError {
    StoreError::Damaged { path: PathBuf::from(super::schema::DATABASE), what: what.into() }
}
