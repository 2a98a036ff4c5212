//! Folders of images: class folders, with or without train/validation/test folders above them, or no classes at all.
//!
//! `ROOT/class/*`, `ROOT/train|val|valid|validation|test|testing/class/*` and `ROOT/class/train|..../*` are understood,
//! with further folders below and a wrapping folder above. What was left out is listed with the reason, and what is
//! contradictory (one picture in two classes or two splits) is told rather than decided.

mod duplicates;
pub(super) mod layout;
pub(super) mod walk;

use super::copies::Contents;
use super::look::{frame_name, look_at_all};
use super::read::{Options, Progress};
use super::reading::{Format, ReadImage, Reading, Said};
use super::spill::{SpillError, Spilled};
use crate::domain::Split;
use crate::imaging::Probe;
use std::path::{Path, PathBuf};

pub use layout::{are_grades, natural_order};

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
    #[error(transparent)]
    Spilled(#[from] SpillError),
}

/// Looks through a folder, hashing and decoding every picture once, on all cores; images and classes come in the natural
/// order of their names, numbers in order of their value.
///
/// `exclude` holds patterns (`*` within a name, `**` across folders): one without `/` is compared with the name of
/// every file and folder, one with `/` with the path below `folder`; what lies in an excluded folder is left out.
/// `progress` is called with the pictures looked at and their number, from several threads; `false` cancels.
///
/// # Errors
/// [`FolderError`] when the folder or a pattern cannot be used, no picture can be read, or on cancelling.
pub fn scan(folder: &Path, exclude: &[String], progress: Progress) -> Result<Reading, FolderError> {
    scan_with(folder, &Options { exclude: exclude.to_vec(), ..Options::default() }, progress)
}

/// [`scan`] with more to say about how.
///
/// # Errors
/// As [`scan`].
pub fn scan_with(folder: &Path, options: &Options, progress: Progress) -> Result<Reading, FolderError> {
    let walk = walk::walk(folder, &options.exclude)?;
    let others = walk.others();
    let walk::Walk { files, mut left_out, other_files } = walk;
    left_out.extend(walk::not_pictures(&other_files));
    let pictures = files.len();
    if pictures == 0 {
        return Err(FolderError::NoPictures { folder: folder.to_owned(), others });
    }
    let layout = layout::Layout::of(files.iter().map(|file| &*file.name));
    let mut first_failure = None;
    let (mut images, mut contents) = (Spilled::within(options.scratch.as_deref()), Contents::of(pictures));
    let mut has_splits = false;
    let files = files.into_iter().map(|file| (file, ()));
    let with_headers = look_at_all(files, options, progress, |file, (), frames| {
        let (class, split) = layout.place(&file.name);
        let count = frames.len();
        for (frame, seen) in (0u32..).zip(frames) {
            let name = frame_name(&file.name, frame, count);
            match seen {
                Ok(seen) => {
                    contents.push(&seen.sha256, frame);
                    has_splits |= split.is_some();
                    images.push(image(file.path().into_owned(), name, frame, class.clone(), split, seen));
                }
                Err(why) => {
                    first_failure.get_or_insert_with(|| (name.clone(), why.clone()));
                    left_out.push((name, why));
                }
            }
        }
    })?;
    if let (true, Some((first, why))) = (images.is_empty(), first_failure) {
        return Err(FolderError::NoneReadable { folder: folder.to_owned(), count: pictures, first, why });
    }
    let mut conflicts = layout.remarks.clone();
    duplicates::resolve(&mut images, contents.copies(), &mut left_out, &mut conflicts)?;
    let classes = layout.classes();
    Ok(Reading {
        format: Format::Folders,
        ordinal: are_grades(&classes),
        has_splits,
        images,
        classes,
        left_out,
        conflicts,
        remarks: Vec::new(),
        boxes_clipped: 0,
        with_headers,
        patients: options.patients.clone(),
        tables: Vec::new(),
    })
}

/// A picture with the class and split of the folders it lies in.
fn image(
    path: PathBuf,
    name: String,
    frame: u32,
    class: Option<String>,
    split: Option<Split>,
    seen: Probe,
) -> ReadImage {
    let Probe { width, height, sha256, truncated, facts, patient: group, .. } = seen;
    let said = class.map(Said::label).into_iter().collect();
    let measured = Vec::new();
    ReadImage { path, name, sha256, width, height, truncated, frame, facts, split, group, said, measured }
}

#[cfg(test)]
mod tests;
