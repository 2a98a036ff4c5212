//! Why the session could not do what was asked, as a sentence for the person.

use crate::inference::ModelError;
use crate::interchange::FolderError;
use crate::interchange::SpillError;
use crate::store::StoreError;
use crate::training::TrainError;
use std::path::Path;

/// An error whose text says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The request makes no sense as things stand.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Spilled(#[from] SpillError),
    #[error(transparent)]
    Model(Box<ModelError>),
    #[error(transparent)]
    Training(Box<TrainError>),
}

// Boxed, because these carry whole paths and shapes and every result would grow with them.
impl From<ModelError> for SessionError {
    fn from(error: ModelError) -> Self {
        Self::Model(Box::new(error))
    }
}

impl From<TrainError> for SessionError {
    fn from(error: TrainError) -> Self {
        Self::Training(Box::new(error))
    }
}

impl SessionError {
    /// A refusal with this sentence.
    pub fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    /// A file that could not be read or written, with what to do about the usual causes.
    pub fn file(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let remedy = match error.kind() {
            ErrorKind::PermissionDenied => ": choose a folder you may write to",
            ErrorKind::StorageFull => ": make room on the disk and try again",
            ErrorKind::NotFound => ": check that the folder is there",
            _ => "",
        };
        Self::Refused(format!("{} could not be {doing} ({error}){remedy}", path.display()))
    }
}
