//! Looking at every picture of a source once, on all cores; what was seen may be noted, so that an import that was ended
//! goes on where it was.

use super::folders::FolderError;
use super::folders::walk::File;
use super::notes::Notes;
use super::read::{Options, Progress};
use crate::imaging::{self, Probe};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// For each file, in their order, what its frames are or why they cannot be read.
///
/// # Errors
/// [`FolderError::Cancelled`] when `progress`, which hears the files looked at and their number, answers `false`.
pub fn look_at_all(
    files: &[File],
    options: &Options,
    progress: Progress,
) -> Result<Vec<Vec<Result<Probe, String>>>, FolderError> {
    let notes = options.notes.as_deref().and_then(|path| Notes::open(path, &options.patients, files.len()));
    let (done, cancelled) = (AtomicUsize::new(0), AtomicBool::new(false));
    let look = |file: &File| {
        if cancelled.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let noted = notes.as_ref().and_then(|notes| notes.find(&file.path));
        let frames = match noted {
            Some(frames) => frames.into_iter().map(Ok).collect(),
            None => {
                let probes = imaging::probe(&file.path, &options.patients);
                let frames: Vec<_> = probes.into_iter().map(|p| p.map_err(|error| error.problem.to_string())).collect();
                if let (Some(notes), Ok(whole)) = (&notes, frames.iter().cloned().collect::<Result<Vec<_>, _>>()) {
                    notes.note(&file.path, whole);
                }
                frames
            }
        };
        if !progress(done.fetch_add(1, Ordering::Relaxed) + 1, files.len()) {
            cancelled.store(true, Ordering::Relaxed);
        }
        frames
    };
    let seen = files.par_iter().map(look).collect();
    if cancelled.into_inner() { Err(FolderError::Cancelled) } else { Ok(seen) }
}

/// What one of a file's frames is called: the file's name, with the frame's number where there are several.
pub fn frame_name(file: &str, frame: u32, frames: usize) -> String {
    if frames == 1 { file.to_owned() } else { format!("{file}#{frame}") }
}
