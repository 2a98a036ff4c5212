//! Looking at every picture of a source once, on all cores; what was seen may be noted, so that an import that was ended
//! goes on where it was.

use crate::imaging::{self, DICOM, Probe};
use crate::interchange::model::error::FolderError;
use crate::interchange::model::options::{Options, Progress};
use crate::interchange::source::notes::Notes;
use crate::interchange::source::walk::File;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Files that are looked at together, so that what was seen is handed on before all is seen.
const TOGETHER: usize = 512;

/// Hands over each file, in their order, with what came with it and what its frames are, or why they cannot be read; the
/// pictures themselves are let go at once. How many files have DICOM headers.
///
/// # Errors
/// [`FolderError::Cancelled`] when `progress`, which hears the files looked at and their number, answers `false`.
pub fn look_at_all<T: Send>(
    mut files: impl ExactSizeIterator<Item = (File, T)>,
    options: &Options,
    progress: Progress,
    mut take: impl FnMut(File, T, Vec<Result<Probe, String>>),
) -> Result<usize, FolderError> {
    let total = files.len();
    let notes = options.notes.as_deref().and_then(|path| Notes::open(path, &options.patients, total));
    let (done, cancelled) = (AtomicUsize::new(0), AtomicBool::new(false));
    let look = |(file, with): (File, T)| {
        if cancelled.load(Ordering::Relaxed) {
            return (file, with, Vec::new());
        }
        let path = file.path();
        let noted = notes.as_ref().and_then(|notes| notes.find(&path));
        let frames = match noted {
            Some(frames) => frames.into_iter().map(Ok).collect(),
            None => {
                let probes = imaging::probe(&path, &options.patients);
                let frames: Vec<_> = probes.into_iter().map(|p| p.map_err(|error| error.problem.to_string())).collect();
                if let (Some(notes), Ok(whole)) = (&notes, frames.iter().cloned().collect::<Result<Vec<_>, _>>()) {
                    notes.note(&path, whole);
                }
                frames
            }
        };
        if !progress(done.fetch_add(1, Ordering::Relaxed) + 1, total) {
            cancelled.store(true, Ordering::Relaxed);
        }
        drop(path);
        (file, with, frames)
    };
    let mut with_headers = 0;
    loop {
        let next: Vec<(File, T)> = files.by_ref().take(TOGETHER).collect();
        if next.is_empty() {
            return Ok(with_headers);
        }
        let looked: Vec<_> = next.into_par_iter().map(look).collect();
        if cancelled.load(Ordering::Relaxed) {
            return Err(FolderError::Cancelled);
        }
        for (file, with, frames) in looked {
            with_headers += usize::from(frames.iter().flatten().any(|probe| probe.facts.format == DICOM));
            take(file, with, frames);
        }
    }
}

/// What one of a file's frames is called: the file's name, with the frame's number where there are several.
pub fn frame_name(file: &str, frame: u32, frames: usize) -> String {
    if frames == 1 { file.to_owned() } else { format!("{file}#{frame}") }
}
