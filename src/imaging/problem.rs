//! What can be wrong with a picture's file, and the limits of what is opened.

use super::dicom::DicomProblem;
use std::path::{Path, PathBuf};

/// More pixels than this are refused before allocation.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Larger files are refused unread.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// What is wrong with a picture's file; each says what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum DecodeProblem {
    #[error("cannot be opened ({0}): check that it is still there and may be read")]
    Io(#[from] std::io::Error),
    #[error("the file is empty: copy it again from where it came from")]
    Empty,
    #[error("not a picture: the content is none of PNG, JPEG, TIFF, BMP, WebP or DICOM, whatever the name says")]
    NotAPicture,
    #[error(transparent)]
    Dicom(#[from] DicomProblem),
    #[error("the file holds one picture, frame 0: there is no frame {0}")]
    NoFrame(u32),
    #[error("{width} x {height} pixels is more than the {} million that are opened: make a smaller copy", MAX_PIXELS / 1_000_000)]
    TooLarge { width: u64, height: u64 },
    #[error("the file has {} MB, more than the {} MB that are opened: make a smaller copy", .0 / 1_000_000, MAX_FILE_BYTES / 1_000_000)]
    FileTooLarge(u64),
    #[error("a {format} with {what}, which is not supported: save it again with 8 or 16 bits a channel")]
    Unsupported { format: &'static str, what: String },
    #[error("a damaged {format} of which nothing can be decoded ({why}): copy it again from where it came from")]
    Damaged { format: &'static str, why: String },
}

/// Why a picture could not be read: which file, what is wrong with it and what to do.
#[derive(Debug)]
pub struct DecodeError {
    /// The file; absent for pictures in memory.
    pub path: Option<PathBuf>,
    pub problem: DecodeProblem,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", path.display(), self.problem),
            None => self.problem.fmt(f),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.problem)
    }
}

impl From<DecodeProblem> for DecodeError {
    fn from(problem: DecodeProblem) -> Self {
        Self { path: None, problem }
    }
}

pub(super) fn located(path: &Path, problem: DecodeProblem) -> DecodeError {
    DecodeError { path: Some(path.to_owned()), problem }
}

/// The whole file, unless it is larger than what is opened.
pub fn file_bytes(path: &Path) -> Result<Vec<u8>, DecodeProblem> {
    let length = std::fs::metadata(path)?.len();
    if length > MAX_FILE_BYTES {
        return Err(DecodeProblem::FileTooLarge(length));
    }
    Ok(std::fs::read(path)?)
}

/// Refuses pictures of no or of too many pixels.
pub(super) fn check_size(width: u64, height: u64) -> Result<(), DecodeProblem> {
    if width == 0 || height == 0 {
        return Err(DecodeProblem::Damaged { format: "picture", why: format!("{width} x {height} pixels") });
    }
    if width.saturating_mul(height) > MAX_PIXELS {
        return Err(DecodeProblem::TooLarge { width, height });
    }
    Ok(())
}
