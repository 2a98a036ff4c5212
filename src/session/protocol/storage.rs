//! What lies where on the disk.

use std::path::PathBuf;
use std::sync::Arc;

/// What was found when it was last measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageView {
    pub lines: Arc<Vec<StorageLine>>,
}

/// One kind of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageLine {
    pub name: String,
    /// What it is, as a sentence.
    pub what: String,
    pub path: PathBuf,
    /// The folder to be shown: the path itself, or the one that it lies in.
    pub folder: PathBuf,
    /// Absent where there is nothing.
    pub bytes: Option<u64>,
}
