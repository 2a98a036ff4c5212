//! First readings alone: what each reader said of an image before anything but the image could be known to have moved the reader.
//!
//! A first reading ends with its commit, where the reader goes on to another image, and where the words of several are adjudicated or
//! one is taken. What is said first after that is none.

use crate::domain::annotation::is_imported;
use crate::domain::change::Seeing;
use crate::domain::{AnnotationEvent, Change, EventId, ImageId};
use crate::session::importing::readings::{Readings, Word};
use crate::store::{Store, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How far the first reading of an image by a reader goes.
#[derive(Clone, Copy, Debug)]
struct First {
    last: EventId,
    /// When it began; statements that are imported at once are one reading.
    time_ms: i64,
    ended: bool,
}

/// Where first readings end.
#[derive(Default)]
pub(super) struct FirstReadings {
    /// By image and reader as logged.
    of: HashMap<ImageId, BTreeMap<String, First>>,
    /// Where the first that a reader said was said after an adjudication, or elsewhere after a reveal.
    late: HashMap<ImageId, HashSet<String>>,
    /// The image of which a reader here said something last.
    at: HashMap<String, ImageId>,
    settled: HashSet<ImageId>,
}

/// Whether a change says what an image shows, and if so whether the reader had seen what was revealed.
fn word(change: &Change) -> Option<Seeing> {
    match change {
        Change::Label { .. } | Change::Findings { .. } | Change::Box { .. } => Some(Seeing::InForce),
        // A second reading, for agreement with oneself, is not the first.
        Change::Reading { again: true, .. } | Change::Own { again: true, .. } => None,
        Change::Reading { seeing, .. } => Some(*seeing),
        Change::Own { change, revealed, again: false } => {
            word(change).map(|_| if *revealed { Seeing::Revealed } else { Seeing::Nothing })
        }
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Measurement { .. }
        | Change::Adjudicated { .. }
        | Change::Committed => None,
    }
}

impl FirstReadings {
    /// Those of a project.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let mut all = Self::default();
        store.for_each_event(|event| {
            all.take(&event);
            Ok(())
        })?;
        Ok(all)
    }

    fn take(&mut self, event: &AnnotationEvent) {
        let image = event.image;
        match &event.change {
            Change::Committed => self.end(&event.reader, image),
            Change::Adjudicated { .. } => {
                self.settled.insert(image);
                self.of.entry(image).or_default().values_mut().for_each(|first| first.ended = true);
            }
            Change::Label { .. }
            | Change::Findings { .. }
            | Change::Box { .. }
            | Change::Reading { .. }
            | Change::Own { .. }
            | Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::SignOff { .. }
            | Change::Note { .. }
            | Change::Measurement { .. } => {
                if let Some(seeing) = word(&event.change) {
                    self.say(event, seeing);
                }
            }
        }
    }

    fn end(&mut self, reader: &str, image: ImageId) {
        if let Some(first) = self.of.get_mut(&image).and_then(|readers| readers.get_mut(reader)) {
            first.ended = true;
        }
    }

    fn say(&mut self, event: &AnnotationEvent, seeing: Seeing) {
        let (image, imported) = (event.image, is_imported(&event.reader));
        if !imported
            && let Some(before) = self.at.insert(event.reader.clone(), image)
            && before != image
        {
            self.end(&event.reader, before);
        }
        let readers = self.of.entry(image).or_default();
        let Some(first) = readers.get_mut(&event.reader) else {
            if self.settled.contains(&image) || seeing == Seeing::Revealed {
                self.late.entry(image).or_default().insert(event.reader.clone());
            }
            let ended = matches!(event.change, Change::Reading { .. });
            readers.insert(event.reader.clone(), First { last: event.id, time_ms: event.time_ms, ended });
            return;
        };
        first.ended |= imported && event.time_ms != first.time_ms;
        if !first.ended {
            first.last = event.id;
        }
    }

    /// What each reader, as logged, said first of an image with these events; and how many said something first too late for that.
    pub fn words(&self, image: ImageId, events: &[AnnotationEvent]) -> (Vec<(String, Word)>, usize) {
        let Some(readers) = self.of.get(&image) else { return (Vec::new(), 0) };
        let late = self.late.get(&image);
        let mut words = Vec::new();
        for (reader, first) in readers.iter().filter(|(reader, _)| late.is_none_or(|late| !late.contains(*reader))) {
            let upto = events.iter().take_while(|event| event.id <= first.last);
            let mut readings = Readings::default();
            upto.for_each(|event| readings.take(event));
            words.extend(readings.words.get(reader).map(|word| (reader.clone(), word.clone())));
        }
        (words, late.map_or(0, HashSet::len))
    }
}
