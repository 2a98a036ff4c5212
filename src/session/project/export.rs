//! Hands a project out: labels, boxes and pictures in the formats other tools read, or the log itself.

use crate::files::atomically;
use crate::files::hash::hex;
use crate::interchange::export::How;
use crate::interchange::{self, Confidentiality, Dates, Export, Outgoing, Pictures};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::exports::{Deidentify, ExportFormat, ExportRequest, Exported, Since};
use crate::session::protocol::task::{Order, Report, Task, Work};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A file with fewer signs is no key.
const SHORTEST_KEY: usize = 16;

/// An export to be done, from a second look at the project, so that nobody waits for it.
#[derive(Clone, Debug)]
pub struct ExportPlan {
    pub project: PathBuf,
    pub request: ExportRequest,
}

impl Task for ExportPlan {
    fn name(&self) -> String {
        format!("Exporting as {}", self.request.format.name())
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let tell = std::cell::RefCell::new(tell);
        let progress = |done: usize, total: usize| {
            (tell.borrow_mut())(Report::Progress { done, total, text: format!("{done} of {total} images") });
            order() == Order::Go
        };
        let exported = Core::open_to_look(&self.project).and_then(|core| core.export(&self.request, &progress));
        let report = match exported {
            Ok(exported) => Report::Exported(Box::new(exported)),
            // Who cancelled it knows.
            Err(_) if order() != Order::Go => return,
            Err(error) => Report::Failed(error.to_string()),
        };
        (tell.borrow_mut())(report);
    }
}

impl Core {
    /// Hands the project out elsewhere.
    pub(in crate::session) fn export_work(&self, request: ExportRequest) -> Work {
        Box::new(ExportPlan { project: self.view.path.clone(), request })
    }

    /// Hands the project out. `progress` is called with the images done and their number; `false` ends the work, of
    /// which then nothing is left.
    pub fn export(
        &self,
        request: &ExportRequest,
        progress: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Exported, SessionError> {
        let format = match request.format {
            ExportFormat::Labels(format) => format,
            ExportFormat::AuditLog => return self.export_log(request),
        };
        let inside = std::path::absolute(&request.to).is_ok_and(|to| to.starts_with(self.store.dir()));
        if inside {
            return Err(SessionError::refused("an export does not go into the project's own folder: choose another"));
        }
        if request.deidentify.is_some() && (request.is_file() || request.pictures == Pictures::Leave) {
            return Err(SessionError::refused(
                "de-identifying makes new pictures, to which the labels refer: export to a folder, with pictures",
            ));
        }
        let images = self.outgoing(request)?;
        let classes = self.view.classes.names();
        let findings: Vec<String> =
            self.view.classes.finding_places().map(|place| self.view.classes.name(place)).collect();
        let export =
            Export { images: &images, classes: &classes, findings: &findings, every_reader: request.every_reader };
        let written = if request.is_file() {
            interchange::export_tables(&export, &request.to)
        } else {
            let confidentiality = request.deidentify.as_ref().map(confidentiality).transpose()?;
            let how = How { pictures: request.pictures, unseen: request.unseen, confidentiality };
            interchange::export(format, &export, &request.to, &how, progress)
        };
        let written = written.map_err(|e| SessionError::refused(e.to_string()))?;
        Ok(Exported {
            to: request.to.clone(),
            format: request.format.name(),
            images: written.images,
            boxes: written.boxes,
            events: 0,
            lost: written.lost.into_iter().chain(lost_of_frames(request.format, &images)).collect(),
            left_out: written.left_out,
            warnings: written.warnings,
        })
    }

    fn export_log(&self, request: &ExportRequest) -> Result<Exported, SessionError> {
        if request.deidentify.is_some() || request.since != Since::Ever || request.only.is_some() {
            return Err(SessionError::refused(
                "the audit log is written whole and unchanged, or its chain would not hold: export it without \
                 --deidentify and --since",
            ));
        }
        let events = self.store.export_log(&request.to)?;
        Ok(Exported {
            to: request.to.clone(),
            format: request.format.name(),
            images: self.images.len(),
            boxes: 0,
            events,
            lost: Vec::new(),
            left_out: Vec::new(),
            warnings: Vec::new(),
        })
    }
}

/// What becomes of frames in a format that names files.
fn lost_of_frames(format: ExportFormat, images: &[Outgoing]) -> Option<String> {
    let of_several = images.iter().any(|one| one.image.frame > 0);
    (of_several && !format.takes_frames_apart()).then(|| {
        "Frames of one file are named FILE#N, which other tools do not resolve: YOLO and class folders get them as \
         pictures of their own."
            .into()
    })
}

/// The key that was asked for and what becomes of dates.
fn confidentiality(wanted: &Deidentify) -> Result<Confidentiality, SessionError> {
    let dates = if wanted.shift_dates { Dates::Shift } else { Dates::Remove };
    let fresh = || {
        let mut key = [0u8; 32];
        getrandom::fill(&mut key)
            .map_err(|e| SessionError::refused(format!("the system gives no random numbers for a key ({e})")))?;
        Ok::<_, SessionError>(key)
    };
    let key = match &wanted.key {
        None => fresh()?,
        Some(file) => kept_key(file, fresh)?,
    };
    Ok(Confidentiality { key, dates })
}

/// The SHA-256 of what a file says; a file that is not there yet is made with words nobody can guess.
fn kept_key(file: &Path, fresh: impl Fn() -> Result<[u8; 32], SessionError>) -> Result<[u8; 32], SessionError> {
    let words = match std::fs::read_to_string(file) {
        Ok(words) => words,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let words = format!("{}\n", hex(&fresh()?));
            atomically(file, |out| out.write_all(words.as_bytes()))
                .map_err(|e| SessionError::file(file, "written", &e))?;
            words
        }
        Err(error) => return Err(SessionError::file(file, "read", &error)),
    };
    let words = words.trim();
    if words.len() < SHORTEST_KEY {
        return Err(SessionError::refused(format!(
            "{} is too short for a key, which others could guess: name a file of at least {SHORTEST_KEY} signs, or one \
             that is not there yet",
            file.display()
        )));
    }
    Ok(Sha256::digest(words).into())
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;
