//! An image of a project: where it lies and where it came from, never its pixels.

use super::ids::ImageId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which part of the data an image belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    /// All of them, in the order they are shown.
    pub const ALL: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

    /// The name written to files and taken from the command line.
    pub fn name(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Validation => "validation",
            Split::Test => "test",
        }
    }

    /// Reads the names people give to folders and columns: train, training, val, valid, validation, test, testing.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "train" | "training" => Some(Split::Train),
            "val" | "valid" | "validation" => Some(Split::Validation),
            "test" | "testing" => Some(Split::Test),
            _ => None,
        }
    }
}

/// Shares of the data by split; they need not add up to one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitRatios {
    pub train: f64,
    pub validation: f64,
    pub test: f64,
}

impl Default for SplitRatios {
    fn default() -> Self {
        Self { train: 80.0, validation: 10.0, test: 10.0 }
    }
}

/// Where one picture's pixels lie: a file, and which of the frames in it. What decodes takes this and never a path alone,
/// so that no place shows another frame than the one meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageFile {
    pub path: PathBuf,
    /// Counted from 0; 0 in all files that hold one picture.
    pub frame: u32,
}

impl ImageFile {
    /// The only picture of a file, or its first.
    pub fn first(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), frame: 0 }
    }
}

/// What identifies a picture's content in lists and on disk: the file's hash, with the frame where it is not the first.
pub fn content_key(sha256: &str, frame: u32) -> String {
    if frame == 0 { sha256.to_owned() } else { format!("{sha256}x{frame}") }
}

/// One frame with its content hash and origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    pub id: ImageId,
    /// Where the file lies.
    pub path: PathBuf,
    /// Which of the file's frames, counted from 0.
    pub frame: u32,
    /// The path below the imported folder, with `/`; what lists show and exports write.
    pub name: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Columns of the oriented frame.
    pub width: u32,
    /// Rows of the oriented frame.
    pub height: u32,
    /// Patient, uploader or whatever must not lie in two splits.
    pub group: Option<String>,
    pub split: Split,
    /// What brought it in, in words: "imported from Non_fractured/".
    pub source: String,
    /// The file is cut short and was decoded as far as it goes.
    pub truncated: bool,
}

impl ImageRecord {
    /// Where its pixels lie.
    pub fn file(&self) -> ImageFile {
        ImageFile { path: self.path.clone(), frame: self.frame }
    }

    /// See [`content_key`].
    pub fn content(&self) -> String {
        content_key(&self.sha256, self.frame)
    }
}
