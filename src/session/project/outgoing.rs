//! What was said of a project's images, as it is handed out: by whom, and what is in force.

use crate::domain::annotation::{IMPORT_READER, is_imported};
use crate::domain::{
    AnnotatedMeasurement, Change, ImageFacts, ImageId, ImageRecord, Presence, of_what_is_said, signed_by,
};
use crate::interchange::{Format, Measured, Outgoing, Predicted, ReadBox, ReadImage, Said, Signed};
use crate::session::importing::readings::{By, Readings, Word};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::exports::{ExportFormat, ExportRequest, Since};
use std::collections::{HashMap, HashSet};

impl Core {
    /// Every image that is asked for, with what was said of it.
    pub(in crate::session) fn outgoing(&self, request: &ExportRequest) -> Result<Vec<Outgoing>, SessionError> {
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
        let mut facts = self.store.facts()?;
        self.store.for_each_event(|event| {
            if let Change::Box { old: Some((_, from)), new: Some((_, to)), .. } = &event.change
                && let Some(facts) = facts.get_mut(&event.image)
            {
                facts.box_moved(from, to);
            }
            let (of_image, changed_ms) = readings.entry(event.image).or_default();
            of_image.take(&event);
            *changed_ms = event.time_ms;
            Ok(())
        })?;
        let model = self.models.iter().find(|model| model.active).map(|model| model.card.name.as_str());
        // Other formats cannot tell a reader's second word from the first.
        let tells_readings = [Format::CSV, Format::COCO].iter().any(|one| request.format == ExportFormat::Labels(*one));
        let only: Option<HashSet<ImageId>> = request.only.as_ref().map(|only| only.iter().copied().collect());
        let mut images = Vec::with_capacity(self.images.len());
        for (record, annotation) in self.images.iter().zip(&self.annotations) {
            let of_image = readings.remove(&record.id);
            if since.is_some_and(|since| of_image.as_ref().is_none_or(|(_, changed_ms)| *changed_ms < since)) {
                continue;
            }
            if only.as_ref().is_some_and(|only| !only.contains(&record.id)) {
                continue;
            }
            let of_image = of_image.map(|(readings, _)| readings).unwrap_or_default();
            let mut said = if request.every_reader { self.every_word(&of_image) } else { self.in_force(&of_image) };
            if request.every_reader && tells_readings {
                said.extend(self.second_readings(&of_image));
            }
            let facts = facts.remove(&record.id).unwrap_or_default();
            // Nobody signed what is handed out of an image that said something else where it was signed.
            let signed = of_what_is_said(&annotation.signed);
            images.push(Outgoing {
                image: ReadImage { said, measured: measured(&of_image), ..read_image(record, facts) },
                reviewed: annotation.reviewed,
                flagged: annotation.flagged,
                key: annotation.key,
                signed: signed_by(&signed)
                    .map(|by| Signed { by: Some(by), at_ms: signed.last().map(|one| one.signed_ms) }),
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

    /// What readers said who read the image a second time without seeing their first reading.
    fn second_readings(&self, readings: &Readings) -> Vec<Said> {
        let mut words: Vec<(&String, &Word)> = readings.again.iter().collect();
        words.sort_by_key(|(_, word)| word.said_ms);
        words.into_iter().map(|(reader, word)| Said { again: true, ..self.word(reader, word) }).collect()
    }

    /// What is in force. Where one reader's label and another's boxes are, each says its own.
    fn in_force(&self, readings: &Readings) -> Vec<Said> {
        let Some((reader, word)) = readings.in_force() else { return Vec::new() };
        let whole = self.word(reader, &word);
        let said = match (&readings.label_by, &readings.boxes_by) {
            (Some(label), Some(boxes)) if label.reader != boxes.reader && !whole.nothing_found => {
                let only_label = Said { boxes: Vec::new(), ..self.signed(label, &whole) };
                let only_boxes = Said { label: None, findings: Vec::new(), ..self.signed(boxes, &whole) };
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
            findings: word.findings.iter().map(|(finding, presence)| (class(finding), presence)).collect(),
            others_absent: false,
            table: None,
            also_none: false,
            boxes: word.boxes.iter().map(|(index, rect)| ReadBox { class: class(*index), rect: *rect }).collect(),
            nothing_found: word.nothing_found,
            reviewed: false,
            seeing: word.seeing,
            taken_back: false,
            is_later: false,
            again: false,
        }
    }

    fn predicted(&self, image: ImageId, model: &str) -> Option<Predicted> {
        let prediction = self.predictions.get(&image)?;
        let name = |class: usize| self.view.classes.name(class);
        let top = self.view.class_thresholds.called(&prediction.probabilities);
        let present: Option<Vec<usize>> = self
            .view
            .answered_findings(&prediction.probabilities)
            .map(|findings| findings.that_are(Presence::Present).collect());
        let probability = |class: usize| prediction.probabilities.get(class).copied().unwrap_or_default();
        let (label, score) = match present {
            // The least sure of them.
            Some(present) => (
                present.iter().map(|class| name(*class)).collect::<Vec<_>>().join("|"),
                present.iter().map(|class| probability(*class)).fold(1.0, f32::min),
            ),
            None => (top.map(name).unwrap_or_default(), top.map(probability).unwrap_or_default()),
        };
        let boxes = prediction.boxes.iter();
        Some(Predicted {
            model: model.to_owned(),
            label,
            score,
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

/// What is measured on an image, by whom and when.
fn measured(readings: &Readings) -> Vec<Measured> {
    let one = |one: &AnnotatedMeasurement| {
        let by = readings.measured_by.get(&one.id);
        Measured {
            reader: by.and_then(|by| reader_name(&by.reader)),
            time_ms: by.map(|by| by.said_ms),
            measurement: one.measurement.clone(),
        }
    };
    readings.state.measurements.iter().map(one).collect()
}

/// The image with nothing said of it.
fn read_image(record: &ImageRecord, facts: ImageFacts) -> ReadImage {
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
        said: Vec::new(),
        measured: Vec::new(),
    }
}

#[cfg(test)]
#[path = "second_readings_tests.rs"]
mod tests;
