//! The list that was assigned to the present reader: what of it is left, in its order, and when an image comes again.
//!
//! What comes again is read as if for the first time: its first reading is closed and not shown, the image has another name, and
//! nothing in the list tells that it was there before. That is only so where readings are the reader's own; where the label in
//! force is in sight, a second reading would tell nothing, and there is none.

use super::key;
use super::list::{Assigned, At};
use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, ImageId, ReadingMode, Turn};
use crate::session::importing::readings::{Readings, Word};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::order::NameOrder;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::Filter;
use crate::session::protocol::words;
use crate::store::own::OwnReading;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Whether a reading of the reader's own is done, as this reader reads.
pub(super) fn is_done(mode: ReadingMode, reading: &OwnReading) -> bool {
    match mode {
        ReadingMode::Reveal => reading.committed.is_some(),
        ReadingMode::Blind | ReadingMode::Assisted => reading.said.reviewed,
    }
}

impl Core {
    /// Reads the list of the present reader, with what of it is done: by these readings of the reader's own, or where there are
    /// none given by what the log has of the reader.
    pub(in crate::session) fn read_assigned(
        &mut self,
        own: Option<&HashMap<ImageId, OwnReading>>,
    ) -> Result<(), SessionError> {
        self.assigned = None;
        self.view.assigned = None;
        if self.own.waits && self.view.reading.is_own() {
            return Ok(());
        }
        let Some((assignment, at)) = self.store.assignment_of(&self.view.reader)? else { return Ok(()) };
        let here: HashMap<_, ImageId> = self.images.iter().rev().map(|image| (key(image), image.id)).collect();
        let is_own = self.view.reading.is_own();
        let order: Vec<(ImageId, Turn)> = assignment
            .list
            .of(at)
            .filter(|(_, turn)| is_own || *turn != Turn::Repeat)
            .filter_map(|(image, turn)| Some((here.get(image).copied()?, turn)))
            .collect();
        let mut assigned =
            Assigned { seed: assignment.plan.seed, order, gap: assignment.plan.gap, ..Assigned::default() };
        match own {
            Some(own) => {
                for (image, reading) in own {
                    for (again, reading) in [(false, Some(reading)), (true, reading.again.as_deref())] {
                        if let Some(at) = reading.and_then(|reading| self.done_at(reading)) {
                            assigned.done.insert((*image, again), at);
                        }
                    }
                }
                for image in self.said_elsewhere(&assigned)? {
                    for (again, at) in [false, true].into_iter().zip(self.read_elsewhere(image)?) {
                        if let Some(at) = at {
                            assigned.done.entry((image, again)).or_insert(at);
                            assigned.second.extend(again.then_some(image));
                        }
                    }
                }
                let begun = own.iter().filter(|(_, reading)| reading.again.is_some()).map(|(image, _)| *image);
                assigned.second.extend(begun);
                // As it was left: what was due then is due now.
                for image in assigned.due() {
                    assigned.second.insert(image);
                }
            }
            None => {
                let images: HashSet<ImageId> = assigned.order.iter().map(|(image, _)| *image).collect();
                let mut said: HashSet<ImageId> = HashSet::new();
                for (logged, of) in self.store.said_by()? {
                    if words::reader(&logged) == self.view.reader {
                        said.extend(of.intersection(&images));
                    }
                }
                said.extend(images.iter().filter(|image| self.is_signed_off(**image)));
                for image in said {
                    if let Some(at) = self.read_in_sight(image)? {
                        assigned.done.insert((image, false), at);
                    }
                }
            }
        }
        self.view.assigned = Some(assigned.view());
        self.assigned = Some(assigned);
        Ok(())
    }

    /// When a reading of the reader's own was done, where it is.
    fn done_at(&self, reading: &OwnReading) -> Option<At> {
        reading.last.filter(|_| is_done(self.view.reading, reading))
    }

    /// The images of a list of which the present reader said something in another copy.
    fn said_elsewhere(&self, assigned: &Assigned) -> Result<HashSet<ImageId>, SessionError> {
        let images: HashSet<ImageId> = assigned.order.iter().map(|(image, _)| *image).collect();
        let said = self.store.said_by()?.into_iter();
        let theirs = said.filter(|(logged, _)| is_imported(logged) && words::reader(logged) == self.view.reader);
        Ok(theirs.flat_map(|(_, of)| of).filter(|image| images.contains(image)).collect())
    }

    /// Whether an image is signed off, so that nothing more is said of it in force.
    fn is_signed_off(&self, image: ImageId) -> bool {
        self.at.get(&image).and_then(|&at| self.annotations.get(at)).is_some_and(|said| !said.signed.is_empty())
    }

    /// When the present reader read an image with the label in force in sight, where that is so.
    fn read_in_sight(&self, image: ImageId) -> Result<Option<At>, SessionError> {
        let events = self.store.events(image)?;
        let readings = Readings::of(&events);
        let mine = readings
            .words
            .iter()
            .filter(|(logged, word)| words::reader(logged) == self.view.reader && !readings.silenced(logged, word));
        let read = mine.map(|(_, word)| (word.logged.event, word.said_ms)).max();
        // Of what is signed off nothing is left to be said.
        let signs = |event: &&AnnotationEvent| matches!(event.change, Change::SignOff { .. });
        let signed = || events.iter().rfind(signs).filter(|_| !readings.state.signed.is_empty());
        Ok(read.or_else(|| signed().map(|event| (event.id, event.time_ms))))
    }

    /// When the present reader, who reads without what is in force, read an image in another copy: the first time, and again.
    fn read_elsewhere(&self, image: ImageId) -> Result<[Option<At>; 2], SessionError> {
        let readings = Readings::of(&self.store.events(image)?);
        let at = |(logged, word): (&String, &Word)| {
            let is_theirs = is_imported(logged) && words::reader(logged) == self.view.reader;
            (is_theirs && !readings.silenced(logged, word)).then_some((word.logged.event, word.said_ms))
        };
        Ok([readings.words.iter().filter_map(at).max(), readings.again.iter().filter_map(at).max()])
    }

    /// Whether an image waits for the present reader to read it.
    pub(in crate::session) fn is_assigned(&self, image: ImageId) -> bool {
        self.assigned.as_ref().is_some_and(|assigned| assigned.left().any(|left| left == image))
    }

    /// Whether an image is in the list of the present reader, read by now or not.
    pub(in crate::session) fn is_of_list(&self, image: ImageId) -> bool {
        self.assigned.as_ref().is_some_and(|assigned| assigned.order.iter().any(|(one, _)| *one == image))
    }

    /// Whether what is said of an image now is of its second reading.
    pub(in crate::session) fn is_second(&self, image: ImageId) -> bool {
        self.assigned.as_ref().is_some_and(|assigned| assigned.is_second(image))
    }

    /// A change of the reader's own as it goes into the log: of the first reading or the second.
    pub(in crate::session) fn of_round(&self, image: ImageId, change: Change) -> Change {
        match self.is_second(image) {
            true => Change::Own { change: Box::new(change), revealed: false, again: true },
            false => change,
        }
    }

    /// Takes in what the reader said in readings of the reader's own: what is done by that, and what comes again.
    pub(in crate::session) fn own_said(&mut self, events: &[AnnotationEvent]) -> Result<(), SessionError> {
        let Some(mut assigned) = self.assigned.take() else { return Ok(()) };
        for event in events {
            let again = matches!(event.change, Change::Own { again: true, .. });
            let at = self.place(event.image)?;
            let is_done = match self.view.reading {
                ReadingMode::Reveal => self.own.committed.contains(&event.image),
                ReadingMode::Blind | ReadingMode::Assisted => {
                    self.annotations.get(at).is_some_and(|said| said.reviewed)
                }
            };
            match is_done {
                true => _ = assigned.done.insert((event.image, again), (event.id, event.time_ms)),
                false => _ = assigned.done.remove(&(event.image, again)),
            }
        }
        // What is on screen stays as it is, unless nothing else is left.
        let waits = assigned.left().next().is_some();
        let due: Vec<ImageId> =
            assigned.due().into_iter().filter(|image| !waits || self.looked != Some(*image)).collect();
        assigned.second.extend(due.iter().copied());
        self.view.assigned = Some(assigned.view());
        self.assigned = Some(assigned);
        self.come_again(&due)?;
        if self.view.filter.assigned {
            self.rebuild_queue();
        }
        Ok(())
    }

    /// Shows images as they are before anybody read them.
    fn come_again(&mut self, images: &[ImageId]) -> Result<(), SessionError> {
        if images.is_empty() {
            return Ok(());
        }
        let mut places = Vec::new();
        for image in images {
            let at = self.place(*image)?;
            if let Some(said) = self.annotations.get_mut(at) {
                *said = crate::domain::Annotation::default();
            }
            self.own.committed.remove(image);
            self.predictions.remove(image);
            places.push(at);
        }
        self.name_assigned();
        self.refresh(Changed::Annotations(&places))
    }

    /// Calls the images of the list by names that tell nothing, where readings are the reader's own.
    pub(in crate::session) fn name_assigned(&mut self) {
        let Some(assigned) = self.assigned.as_ref().filter(|_| self.view.reading.is_own()) else { return };
        let rows = Arc::make_mut(&mut self.view.rows);
        for (image, _) in &assigned.order {
            let Some(row) = self.at.get(image).and_then(|&at| rows.get_mut(at)) else { continue };
            let name = assigned.name(*image);
            if *row.name != *name {
                row.name = name.into();
                if row.facts.tail.is_some() {
                    Arc::make_mut(&mut row.facts).tail = None;
                }
            }
        }
        self.names = NameOrder::new(rows);
    }

    /// The images of the list, in its order.
    pub(in crate::session) fn assigned_images(&self) -> impl Iterator<Item = ImageId> {
        self.assigned.iter().flat_map(|assigned| assigned.order.iter().map(|(image, _)| *image))
    }

    /// What is left of the list as places of rows, in its order.
    pub(in crate::session) fn assigned_rows(&self) -> Vec<u32> {
        let left = self.assigned.iter().flat_map(Assigned::left);
        left.filter_map(|image| u32::try_from(*self.at.get(&image)?).ok()).collect()
    }

    /// Brings up to date what is done where something was said of the images at these places with the label in force in sight.
    pub(in crate::session) fn assigned_touched(&mut self, places: &[usize]) -> Result<(), SessionError> {
        let Some(mut assigned) = self.assigned.take() else { return Ok(()) };
        let mine: HashSet<ImageId> = assigned.order.iter().map(|(image, _)| *image).collect();
        let touched = places.iter().filter_map(|&at| self.images.get(at)).map(|image| image.id);
        for image in touched.filter(|image| mine.contains(image)) {
            match self.read_in_sight(image)? {
                Some(at) => _ = assigned.done.insert((image, false), at),
                None => _ = assigned.done.remove(&(image, false)),
            }
        }
        self.view.assigned = Some(assigned.view());
        self.assigned = Some(assigned);
        Ok(())
    }

    /// Reads the list of the present reader anew and starts in it, where something of it is left.
    pub(in crate::session) fn follow_assignment(&mut self) -> Result<(), SessionError> {
        // A plan may say how its readers read.
        let before = self.view.reading;
        if !self.own.waits && self.mode_of(&self.view.reader)? != before {
            self.enter_reading_mode()?;
        }
        match self.view.reading.is_own() {
            // What is masked follows from the list, too.
            true => self.load_what_may_be_seen()?,
            false => self.read_assigned(None)?,
        }
        self.start_assigned()
    }

    /// Starts in what is left of the list of the present reader.
    pub(in crate::session) fn start_assigned(&mut self) -> Result<(), SessionError> {
        let is_left = self.view.assigned.as_ref().is_some_and(|mine| !mine.is_finished());
        if is_left && !self.view.filter.assigned {
            return self.set_filter(Filter { assigned: true, ..Filter::default() });
        }
        if self.view.assigned.is_none() && self.view.filter.assigned {
            return self.set_filter(Filter { assigned: false, ..self.view.filter.clone() });
        }
        self.rebuild_queue();
        Ok(())
    }
}
