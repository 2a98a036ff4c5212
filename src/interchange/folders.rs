//! Folders of images: class folders, with or without train/validation/test folders above them, or no classes at all.
//!
//! `ROOT/class/*`, `ROOT/train|val|valid|validation|test|testing/class/*` and `ROOT/class/train|..../*` are understood,
//! with further folders below and a wrapping folder above. What was left out is listed with the reason, and what is
//! contradictory (one picture in two classes or two splits) is told rather than decided.

mod duplicates;
pub(super) mod layout;
pub(super) mod walk;

use super::look::{frame_name, look_at_all};
use super::read::{Options, Progress};
use crate::domain::{ImageFacts, Split};
use crate::imaging::Probe;
use crate::imaging::dicom::Patients;
use std::path::{Path, PathBuf};

pub use layout::{are_grades, natural_order};

/// One picture that was found and can be read.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundImage {
    pub path: PathBuf,
    /// The path below the scanned folder, with `/`.
    pub name: String,
    /// The class folder it lies in, one of [`FolderScan::classes`].
    pub class: Option<String>,
    /// The split folder it lies in.
    pub split: Option<Split>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Columns and rows of the oriented frame.
    pub width: u32,
    pub height: u32,
    /// The file is cut short and decodes in part.
    pub truncated: bool,
    /// Which of the file's frames, counted from 0.
    pub frame: u32,
    pub facts: ImageFacts,
    /// The patient, where the header names one and that is asked for.
    pub group: Option<String>,
}

/// What a folder holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FolderScan {
    /// In natural order of their names.
    pub images: Vec<FoundImage>,
    /// Names of the classes, numbers in order of their value; empty where nothing is labelled.
    pub classes: Vec<String>,
    /// The class names are three or more consecutive whole numbers: grades.
    pub ordinal: bool,
    /// Some images lie in folders named train, validation or test.
    pub has_splits: bool,
    /// What was not taken and why: a file, a folder or a number of files.
    pub left_out: Vec<(String, String)>,
    /// Contradictions found, a sentence each.
    pub conflicts: Vec<String>,
    /// What was made of patients' identifiers.
    pub patients: Patients,
}

/// Why a folder could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} cannot be opened ({why}): check that the folder is there and may be read", .folder.display())]
    Unreadable { folder: PathBuf, why: std::io::Error },
    #[error("{} is a file: choose the folder it lies in", .0.display())]
    NotAFolder(PathBuf),
    #[error("{pattern:?} is no pattern for names ({why}): write it as in consensus_* or **/masks/*.png")]
    Pattern { pattern: String, why: String },
    #[error("{} holds no pictures (PNG, JPEG, TIFF, BMP, WebP, DICOM){others}: choose the folder that holds the images or the class folders", .folder.display())]
    NoPictures { folder: PathBuf, others: String },
    #[error("none of the {count} pictures in {} can be read; the first, {first}: {why}", .folder.display())]
    NoneReadable { folder: PathBuf, count: usize, first: String, why: String },
    #[error("the search was cancelled; nothing was changed")]
    Cancelled,
}

/// Looks through a folder, hashing and decoding every picture once, on all cores.
///
/// `exclude` holds patterns (`*` within a name, `**` across folders): one without `/` is compared with the name of
/// every file and folder, one with `/` with the path below `folder`; what lies in an excluded folder is left out.
/// `progress` is called with the pictures looked at and their number, from several threads; `false` cancels.
///
/// # Errors
/// [`FolderError`] when the folder or a pattern cannot be used, no picture can be read, or on cancelling.
pub fn scan(folder: &Path, exclude: &[String], progress: Progress) -> Result<FolderScan, FolderError> {
    scan_with(folder, &Options { exclude: exclude.to_vec(), ..Options::default() }, progress)
}

/// [`scan`] with more to say about how.
///
/// # Errors
/// As [`scan`].
pub fn scan_with(folder: &Path, options: &Options, progress: Progress) -> Result<FolderScan, FolderError> {
    let walk = walk::walk(folder, &options.exclude)?;
    let others = walk.others();
    let walk::Walk { files, mut left_out, other_files } = walk;
    left_out.extend(walk::not_pictures(&other_files));
    if files.is_empty() {
        return Err(FolderError::NoPictures { folder: folder.to_owned(), others });
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let layout = layout::Layout::of(&names);
    let looked = look_at_all(&files, options, progress)?;
    let mut first_failure = None;
    let mut images = Vec::with_capacity(files.len());
    for (file, frames) in files.iter().zip(looked) {
        let (class, split) = layout.place(&file.name);
        let count = frames.len();
        for (frame, probe) in (0u32..).zip(frames) {
            let name = frame_name(&file.name, frame, count);
            match probe {
                Ok(Probe { width, height, sha256, truncated, facts, patient: group, .. }) => {
                    let (path, class) = (file.path.clone(), class.clone());
                    let image =
                        FoundImage { path, name, class, split, sha256, width, height, truncated, frame, facts, group };
                    images.push(image);
                }
                Err(why) => {
                    first_failure.get_or_insert_with(|| (name.clone(), why.clone()));
                    left_out.push((name, why));
                }
            }
        }
    }
    if let (true, Some((first, why))) = (images.is_empty(), first_failure) {
        return Err(FolderError::NoneReadable { folder: folder.to_owned(), count: files.len(), first, why });
    }
    let mut conflicts = layout.remarks.clone();
    let images = duplicates::resolve(images, &mut left_out, &mut conflicts);
    let classes = layout.classes();
    let ordinal = are_grades(&classes);
    let has_splits = images.iter().any(|image| image.split.is_some());
    Ok(FolderScan { images, classes, ordinal, has_splits, left_out, conflicts, patients: options.patients.clone() })
}

#[cfg(test)]
mod tests;
