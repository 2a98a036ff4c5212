//! Hands a project out: labels, boxes and pictures in the formats other tools read, or the log itself.

use super::core::Core;
use super::error::SessionError;
use super::readings::{By, Readings, Word};
use super::work::{Order, Report};
use crate::domain::annotation::{IMPORT_READER, is_imported};
use crate::domain::{ImageFacts, ImageId, ImageRecord, ModelId};
use crate::imaging::hash::hex;
use crate::imaging::write::atomically;
use crate::interchange::export::How;
use crate::interchange::{
    self, Confidentiality, Dates, Export, Format, Outgoing, Pictures, Predicted, ReadBox, ReadImage, Said,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A file with fewer signs is no key.
const SHORTEST_KEY: usize = 16;

/// In what form a project is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Labels(Format),
    /// The annotation log as JSON lines, with its hash chain.
    AuditLog,
}

impl ExportFormat {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 7] = [
        Self::Labels(Format::Csv),
        Self::Labels(Format::Coco),
        Self::Labels(Format::Yolo),
        Self::Labels(Format::Voc),
        Self::Labels(Format::LabelStudio),
        Self::Labels(Format::Folders),
        Self::AuditLog,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels(format) => format.name(),
            Self::AuditLog => "audit log",
        }
    }
}

/// Since when something of an image must have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    #[default]
    Ever,
    /// Milliseconds since 1970-01-01 UTC.
    Time(i64),
    /// Since this model was made.
    Model(ModelId),
}

/// Cleaning what is handed out of what may tell who the patient is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deidentify {
    /// Dates are moved, or else removed.
    pub shift_dates: bool,
    /// The file that holds the key, made where it is not there yet: files of two exports with one key fit together.
    /// Without one the key is forgotten.
    pub key: Option<PathBuf>,
}

/// What is handed out, how, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    pub format: ExportFormat,
    /// A folder, new or empty; a file for the log, and for tables where its name ends in `.csv`.
    pub to: PathBuf,
    pub pictures: Pictures,
    /// What every reader said of each image, not only what is in force.
    pub every_reader: bool,
    pub since: Since,
    pub deidentify: Option<Deidentify>,
}

impl ExportRequest {
    /// The labels in force as a table, without pictures.
    pub fn table(to: PathBuf) -> Self {
        Self {
            format: ExportFormat::Labels(Format::Csv),
            to,
            pictures: Pictures::Leave,
            every_reader: false,
            since: Since::Ever,
            deidentify: None,
        }
    }

    /// Whether the tables are written as files, without a folder round them.
    fn is_file(&self) -> bool {
        self.format == ExportFormat::Labels(Format::Csv)
            && self.to.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
    }
}

/// What was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub to: PathBuf,
    /// "COCO".
    pub format: &'static str,
    pub images: usize,
    pub boxes: usize,
    /// Events, of the log.
    pub events: usize,
    /// What the format has no place for, a sentence each.
    pub lost: Vec<String>,
    /// Pictures that are not in the export, by name, and why.
    pub left_out: Vec<(String, String)>,
    /// What a person has to look at.
    pub warnings: Vec<String>,
}

/// An export to be done, from a second look at the project, so that nobody waits for it.
#[derive(Clone, Debug)]
pub struct ExportPlan {
    pub project: PathBuf,
    pub request: ExportRequest,
}

impl ExportPlan {
    pub(super) fn run(self, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
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
        let export = Export { images: &images, classes: &classes, every_reader: request.every_reader };
        let written = if request.is_file() {
            interchange::export_tables(&export, &request.to)
        } else {
            let confidentiality = request.deidentify.as_ref().map(confidentiality).transpose()?;
            let how = How { pictures: request.pictures, confidentiality };
            interchange::export(format, &export, &request.to, &how, progress)
        };
        let written = written.map_err(|e| SessionError::refused(e.to_string()))?;
        Ok(Exported {
            to: request.to.clone(),
            format: request.format.name(),
            images: written.images,
            boxes: written.boxes,
            events: 0,
            lost: written.lost.into_iter().chain(self.lost_in(format, &images)).collect(),
            left_out: written.left_out,
            warnings: written.warnings,
        })
    }

    /// What no label format has a place for.
    fn lost_in(&self, format: Format, images: &[Outgoing]) -> Vec<String> {
        let mut lost = Vec::new();
        let measured: usize = self.annotations.iter().map(|said| said.measurements.len()).sum();
        if measured > 0 {
            lost.push(format!("Lengths and angles are only in the audit log: {measured} are not written."));
        }
        let of_several = images.iter().any(|one| one.image.frame > 0);
        if of_several && !matches!(format, Format::Yolo | Format::Folders) {
            lost.push(
                "Frames of one file are named FILE#N, which other tools do not resolve: YOLO and class folders get \
                 them as pictures of their own."
                    .into(),
            );
        }
        lost
    }

    fn export_log(&self, request: &ExportRequest) -> Result<Exported, SessionError> {
        if request.deidentify.is_some() || request.since != Since::Ever {
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

    /// Every image that is asked for, with what was said of it.
    fn outgoing(&self, request: &ExportRequest) -> Result<Vec<Outgoing>, SessionError> {
        let since = match request.since {
            Since::Ever => None,
            Since::Time(time) => Some(time),
            Since::Model(id) => {
                let model = self.models.iter().find(|model| model.id == id);
                let model = model.ok_or_else(|| SessionError::refused(format!("there is no model {id}")))?;
                Some(model.card.created_ms)
            }
        };
        let mut readings: HashMap<ImageId, (Readings, i64)> = HashMap::new();
        self.store.for_each_event(|event| {
            let (of_image, changed_ms) = readings.entry(event.image).or_default();
            of_image.take(&event);
            *changed_ms = event.time_ms;
            Ok(())
        })?;
        let mut facts = self.store.facts()?;
        let model = self.models.iter().find(|model| model.active).map(|model| model.card.name.as_str());
        let mut images = Vec::with_capacity(self.images.len());
        for (record, annotation) in self.images.iter().zip(&self.annotations) {
            let of_image = readings.remove(&record.id);
            if since.is_some_and(|since| of_image.as_ref().is_none_or(|(_, changed_ms)| *changed_ms < since)) {
                continue;
            }
            let of_image = of_image.map(|(readings, _)| readings).unwrap_or_default();
            let said = if request.every_reader { self.every_word(&of_image) } else { self.in_force(&of_image) };
            images.push(Outgoing {
                image: read_image(record, facts.remove(&record.id).unwrap_or_default(), said),
                reviewed: annotation.reviewed,
                flagged: annotation.flagged,
                note: annotation.note.clone(),
                predicted: model.and_then(|model| self.predicted(record.id, model)),
            });
        }
        Ok(images)
    }

    /// Every reader's own word, in the order they were said.
    fn every_word(&self, readings: &Readings) -> Vec<Said> {
        let words = readings.in_order().into_iter().map(|(reader, word)| self.word(reader, word));
        words.filter(|said| !said.is_empty()).collect()
    }

    /// What is in force. Where one reader's label and another's boxes are, each says its own.
    fn in_force(&self, readings: &Readings) -> Vec<Said> {
        let Some((reader, word)) = readings.in_force() else { return Vec::new() };
        let whole = self.word(reader, &word);
        let said = match (&readings.label_by, &readings.boxes_by) {
            (Some(label), Some(boxes)) if label.reader != boxes.reader && !whole.nothing_found => {
                let only_label = Said { boxes: Vec::new(), ..self.signed(label, &whole) };
                let only_boxes = Said { label: None, ..self.signed(boxes, &whole) };
                let mut said = vec![only_label, only_boxes];
                said.sort_by_key(|said| said.time_ms);
                said
            }
            _ => vec![whole],
        };
        said.into_iter().filter(|said| !said.is_empty()).collect()
    }

    /// The same statement by another reader.
    fn signed(&self, by: &By, said: &Said) -> Said {
        Said { reader: reader_name(&by.reader), time_ms: Some(by.said_ms), ..said.clone() }
    }

    fn word(&self, reader: &str, word: &Word) -> Said {
        let class = |index: usize| self.view.classes.name(index);
        Said {
            reader: reader_name(reader),
            time_ms: Some(word.said_ms),
            label: word.label.map(class),
            boxes: word.boxes.iter().map(|(index, rect)| ReadBox { class: class(*index), rect: *rect }).collect(),
            nothing_found: word.nothing_found,
        }
    }

    fn predicted(&self, image: ImageId, model: &str) -> Option<Predicted> {
        let prediction = self.predictions.get(&image)?;
        let name = |class: usize| self.view.classes.name(class);
        let top = crate::domain::prediction::top_class(&prediction.probabilities);
        let boxes = prediction.boxes.iter();
        Some(Predicted {
            model: model.to_owned(),
            label: top.map(name).unwrap_or_default(),
            score: top.and_then(|class| prediction.probabilities.get(class)).copied().unwrap_or_default(),
            probabilities: prediction.probabilities.clone(),
            boxes: boxes.map(|one| (ReadBox { class: name(one.class), rect: one.rect }, one.score)).collect(),
        })
    }
}

/// What a reader is called outside: those of imported data by their own names, where they have any.
fn reader_name(logged: &str) -> Option<String> {
    match logged.strip_prefix(IMPORT_READER).filter(|_| is_imported(logged)) {
        Some(rest) => rest.strip_prefix(':').map(str::to_owned),
        None => Some(logged.to_owned()),
    }
}

fn read_image(record: &ImageRecord, facts: ImageFacts, said: Vec<Said>) -> ReadImage {
    ReadImage {
        path: record.path.clone(),
        name: record.name.clone(),
        sha256: record.sha256.clone(),
        width: record.width,
        height: record.height,
        truncated: record.truncated,
        frame: record.frame,
        facts,
        split: Some(record.split),
        group: record.group.clone(),
        said,
    }
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
