//! Hands a project out: its labels as a table, or everything in the formats other tools read.

use super::core::Core;
use super::error::SessionError;
use super::readings::{Readings, Word};
use crate::domain::annotation::{IMPORT_READER, is_imported};
use crate::domain::{ImageFacts, ImageId};
use crate::interchange::csv_export::{self, CsvRow};
use crate::interchange::{self, Export, Format, Pictures, Predicted, ReadBox, ReadImage, Said, Written};
use std::collections::HashMap;
use std::path::Path;

/// What of a project is handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Every reader's last word on each image, not only the last of all.
    pub all_readers: bool,
    /// Only images of which something was said since then, in milliseconds since 1970-01-01 UTC.
    pub since_ms: Option<i64>,
}

impl Core {
    /// Writes every image with its label, who gave it last and when; how many rows.
    pub fn export_csv(&self, to: &Path) -> Result<usize, SessionError> {
        let said = self.store.last_labels()?;
        let rows: Vec<CsvRow> = self
            .images
            .iter()
            .zip(&self.annotations)
            .filter_map(|(image, annotation)| {
                let by = said.get(&image.id).filter(|_| annotation.label.is_some());
                let predicted = self.view.rows.get(*self.at.get(&image.id)?)?.predicted;
                Some(CsvRow {
                    path: image.path.to_string_lossy().into_owned(),
                    sha256: image.sha256.clone(),
                    split: image.split.name().to_owned(),
                    group: image.group.clone(),
                    label: annotation.label.map(|label| self.view.classes.name(label)),
                    reader: by.map(|(reader, _)| reader.clone()),
                    time: by.map(|(_, time)| csv_export::time_text(*time)),
                    reviewed: annotation.reviewed,
                    flagged: annotation.flagged,
                    note: annotation.note.clone(),
                    predicted: predicted.map(|(class, _)| self.view.classes.name(usize::from(class))),
                    probability: predicted.map(|(_, p)| p),
                })
            })
            .collect();
        csv_export::write_csv(to, rows.into_iter()).map_err(|e| SessionError::refused(e.to_string()))
    }

    /// Writes images with labels and boxes below a new or empty folder; for CSV the boxes alone, as a file.
    pub fn export(
        &self,
        format: Format,
        to: &Path,
        pictures: Pictures,
        wanted: Wanted,
    ) -> Result<Written, SessionError> {
        let images = self.said(wanted)?;
        if format == Format::Csv {
            let boxes = csv_export::write_boxes(to, &images).map_err(|e| SessionError::refused(e.to_string()))?;
            return Ok(Written { images: images.len(), boxes, lost: Vec::new() });
        }
        let classes = self.view.classes.names();
        let model = self
            .view
            .models
            .iter()
            .find(|model| model.record.active)
            .map(|model| model.record.card.name.clone())
            .unwrap_or_default();
        let predicted = |image: &crate::domain::ImageRecord| {
            let (class, score) = self.view.rows.get(*self.at.get(&image.id)?)?.predicted?;
            let label = self.view.classes.name(usize::from(class));
            Some((image.name.clone(), Predicted { model: model.clone(), label, score }))
        };
        let predictions: HashMap<String, Predicted> = self.images.iter().filter_map(predicted).collect();
        let export = Export { images: &images, classes: &classes, predictions: &predictions };
        interchange::export(format, &export, to, pictures).map_err(|e| SessionError::refused(e.to_string()))
    }

    /// Whether any image has a box.
    pub fn has_boxes(&self) -> bool {
        self.annotations.iter().any(|annotation| !annotation.boxes.is_empty())
    }

    /// What was said of the images, told from the log: the state in force, or every reader's own word with those in force
    /// last.
    fn said(&self, wanted: Wanted) -> Result<Vec<ReadImage>, SessionError> {
        let mut images: HashMap<ImageId, (Readings, i64)> = HashMap::new();
        self.store.for_each_event(|event| {
            let (readings, last_ms) = images.entry(event.image).or_default();
            readings.take(&event);
            *last_ms = event.time_ms;
            Ok(())
        })?;
        let image = |record: &crate::domain::ImageRecord| {
            let of_image = images.get(&record.id);
            let last_ms = of_image.map(|(_, last_ms)| *last_ms);
            if wanted.since_ms.is_some_and(|since| last_ms.is_none_or(|last| last < since)) {
                return None;
            }
            let said: Vec<Said> = match of_image {
                Some((readings, _)) if wanted.all_readers => {
                    readings.in_order().into_iter().map(|(reader, word)| self.word(reader, word)).collect()
                }
                Some((readings, _)) => {
                    readings.in_force().iter().map(|(reader, word)| self.word(reader, word)).collect()
                }
                None => Vec::new(),
            };
            Some(ReadImage {
                path: record.path.clone(),
                name: record.name.clone(),
                sha256: record.sha256.clone(),
                width: record.width,
                height: record.height,
                truncated: record.truncated,
                frame: record.frame,
                facts: ImageFacts::default(),
                split: Some(record.split),
                group: record.group.clone(),
                said: said.into_iter().filter(|said| !said.is_empty()).collect(),
            })
        };
        Ok(self.images.iter().filter_map(image).collect())
    }

    fn word(&self, reader: &str, word: &Word) -> Said {
        let class = |index: usize| self.view.classes.name(index);
        let reader = match reader.strip_prefix(IMPORT_READER).filter(|_| is_imported(reader)) {
            Some(rest) => rest.strip_prefix(':'),
            None => Some(reader),
        };
        Said {
            reader: reader.map(str::to_owned),
            time_ms: Some(word.said_ms),
            label: word.label.map(class),
            boxes: word.boxes.iter().map(|(index, rect)| ReadBox { class: class(*index), rect: *rect }).collect(),
            nothing_found: word.nothing_found,
        }
    }
}
