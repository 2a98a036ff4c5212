//! Why a source could not be read.

use crate::interchange::model::spill::SpillError;
use std::path::PathBuf;

/// How the folder of pictures that lie apart from what is said of them is named.
pub const IMAGES_APART: &str = "on the command line with --images DIR";

/// Why a folder could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} cannot be opened ({why}): check that the folder is there and may be read", .folder.display())]
    Unreadable { folder: PathBuf, why: std::io::Error },
    #[error("{} is a file: choose the folder it lies in", .0.display())]
    NotAFolder(PathBuf),
    #[error("{pattern:?} is no pattern for names ({why}): write it as in consensus_* or **/masks/*.png")]
    Pattern { pattern: String, why: String },
    #[error("{} holds no pictures (PNG, JPEG, TIFF, BMP, WebP, DICOM){others}: choose the folder that holds the images or the class folders, or name it beside a file that says where they lie ({})", .folder.display(), IMAGES_APART)]
    NoPictures { folder: PathBuf, others: String },
    #[error("none of the {count} pictures in {} can be read; the first, {first}: {why}", .folder.display())]
    NoneReadable { folder: PathBuf, count: usize, first: String, why: String },
    #[error("the search was cancelled; nothing was changed")]
    Cancelled,
    #[error(transparent)]
    Spilled(#[from] SpillError),
}

/// Why a source could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{} {why}", .path.display())]
    File { path: PathBuf, why: String },
    #[error(transparent)]
    Spilled(#[from] SpillError),
    #[error("{0}")]
    Refused(String),
}
