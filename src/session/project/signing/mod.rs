//! Signing images off: what is said of one is locked from then on for everybody, until it is reopened with a reason.

mod merged;
#[cfg(test)]
mod tests;

pub(in crate::session) use merged::ComingSignOffs;

use self::merged::Said;
use crate::domain::{Annotation, AnnotationEvent, Change, ClassList, EventId, ImageId, SignOffStep, signed_by};
use crate::session::importing::readings::Readings;
use crate::session::project::agreeing;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::reader::UNNAMED;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use jiff::Zoned;
use std::collections::HashSet;

/// Images that are named before the rest is only counted.
const NAMED: usize = 5;

/// Why an image is not signed off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Signed,
    NothingSaid,
    NotReviewed,
    ReadersDiffer,
}

impl Open {
    const ALL: [Self; 4] = [Self::NothingSaid, Self::NotReviewed, Self::ReadersDiffer, Self::Signed];

    /// What is so of these images, by name, and what to do.
    fn in_words(self, names: &[&str]) -> String {
        let (what, way) = match self {
            Self::Signed => ("signed off already", ""),
            Self::NothingSaid => ("nothing said yet", ""),
            Self::NotReviewed => ("not reviewed", ""),
            Self::ReadersDiffer => ("readers differ", "; take one reader's word, or adjudicate, first"),
        };
        format!("{what}: {}{way}", named(names))
    }
}

/// "2 images (a.png, b.png)", "12 images (a.png, ... and 7 more)".
fn named(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(|name| words::short(name)).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {} more", words::thousands(more)) } else { String::new() };
    format!("{} ({}{more})", words::images(names.len()), shown.join(", "))
}

/// Whether an adjudication that stands came after all words of readers: then it does not matter that they differ.
fn is_adjudicated(events: &[AnnotationEvent], readings: &Readings) -> bool {
    let made = |id: EventId| {
        // What is in force again after undo and redo is that of the event that was done again.
        let root = std::iter::successors(Some(id), |id| events.iter().find(|event| event.id == *id)?.undoes).last();
        events.iter().any(|event| Some(event.id) == root && matches!(event.change, Change::Adjudicated { .. }))
    };
    let by = [&readings.label_by, &readings.boxes_by];
    by.into_iter()
        .flatten()
        .any(|by| made(by.event) && readings.words.values().all(|word| word.logged.event < by.event))
}

impl Core {
    /// Signs images off, as one step of undo; how many. Of one image alone it says why not; of several those are left out, and
    /// said, of which nothing is said, that nobody has reviewed, or on which readers differ.
    ///
    /// # Errors
    /// When nobody has said who reads, none of them can be signed off, or it cannot be written.
    pub fn sign_off(&mut self, images: &[ImageId]) -> Result<usize, SessionError> {
        self.check_signing()?;
        let now_ms = words::now_ms();
        let (mut places, mut changes, mut open) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for &image in images.iter().filter(|image| seen.insert(**image)) {
            let at = self.place(image)?;
            match self.is_open(at, image)? {
                Some(why) => open.push((why, at)),
                None => {
                    places.push(at);
                    let said = self.annotations.get(at).map(|said| Said::of(said, &self.view.classes).digest());
                    let change = Change::signed_off_as(&self.view.reader, now_ms, said.unwrap_or_default());
                    changes.push((image, change));
                }
            }
        }
        let names = |of: Open| -> Vec<&str> {
            let these = open.iter().filter(|(why, _)| *why == of);
            these.filter_map(|(_, at)| Some(self.images.get(*at)?.name.as_str())).collect()
        };
        let left: Vec<String> = Open::ALL
            .into_iter()
            .map(|why| (why, names(why)))
            .filter(|(_, names)| !names.is_empty())
            .map(|(why, names)| why.in_words(&names))
            .collect();
        let left = left.join("; ");
        if changes.is_empty() {
            return Err(SessionError::refused(match left.is_empty() {
                true => "no image is chosen to be signed off".to_owned(),
                false => format!("nothing was signed off: {left}"),
            }));
        }
        self.append_signing(&changes, &places)?;
        let done = format!("{} signed off by {}", words::images(places.len()), self.view.reader);
        match left.is_empty() {
            true => self.mention(done),
            false => self.inform(format!("{done}; left out: {left}")),
        }
        Ok(places.len())
    }

    /// Reopens images that are signed off, as one step of undo; how many. Others are left as they are.
    ///
    /// # Errors
    /// When no reason is given, none of them is signed off, or it cannot be written.
    pub fn reopen(&mut self, images: &[ImageId], reason: &str) -> Result<usize, SessionError> {
        self.check_signing()?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(SessionError::refused(
                "what is signed off is reopened with a reason, which stays in the log: say why",
            ));
        }
        let now_ms = words::now_ms();
        let (mut places, mut changes) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for &image in images.iter().filter(|image| seen.insert(**image)) {
            let at = self.place(image)?;
            if self.annotations.get(at).is_none_or(|said| said.signed.is_empty()) {
                continue;
            }
            let events = self.store.events(image)?;
            let steps = SignOffStep::last(events.iter().map(|event| &event.change));
            let reopened = steps.iter().filter(|step| step.holds).map(|step| (image, step.reopened(now_ms, reason)));
            changes.extend(reopened);
            places.push(at);
        }
        if changes.is_empty() {
            return Err(SessionError::refused("none of these images is signed off: there is nothing to reopen"));
        }
        self.append_signing(&changes, &places)?;
        self.mention(format!("{} reopened by {}: {reason}", words::images(places.len()), self.view.reader));
        Ok(places.len())
    }

    fn append_signing(&mut self, changes: &[(ImageId, Change)], places: &[usize]) -> Result<(), SessionError> {
        let events = match changes {
            [(image, change)] => {
                vec![self.store.append(&self.view.reader, *image, change.clone(), None, None, None)?]
            }
            changes => self.store.append_many(&self.view.reader, changes)?,
        };
        for event in &events {
            if let Some(annotation) = self.at.get(&event.image).and_then(|&at| self.annotations.get_mut(at)) {
                event.change.apply(annotation);
            }
        }
        self.refresh(Changed::Annotations(places))
    }

    /// Whether somebody with a name can sign here.
    fn check_signing(&self) -> Result<(), SessionError> {
        self.check_writable()?;
        if self.view.reading.is_own() {
            return Err(SessionError::refused(
                "what is in force is signed off, and in a reading of your own it is not shown: choose Assisted reading first",
            ));
        }
        if self.view.readers.is_some() || self.view.reader == UNNAMED {
            return Err(SessionError::refused(
                "a sign-off is somebody's: say first who reads (the reader's menu at the top right, or --reader)",
            ));
        }
        Ok(())
    }

    /// Why an image cannot be signed off; `None` where it can.
    fn is_open(&self, at: usize, image: ImageId) -> Result<Option<Open>, SessionError> {
        let Some(said) = self.annotations.get(at) else { return Ok(Some(Open::NothingSaid)) };
        if !said.signed.is_empty() {
            return Ok(Some(Open::Signed));
        }
        if said.is_untouched() {
            return Ok(Some(Open::NothingSaid));
        }
        if !said.reviewed {
            return Ok(Some(Open::NotReviewed));
        }
        let events = self.store.events(image)?;
        let words = agreeing::words_of(&events, &self.view.classes, &Zoned::now());
        let differ = words.differ && !is_adjudicated(&events, &Readings::of(&events));
        Ok(differ.then_some(Open::ReadersDiffer))
    }

    /// Why what is said of these images may not be changed: some are signed off. It counts and names them.
    ///
    /// # Errors
    /// Where it is so.
    pub(in crate::session) fn check_unsigned(
        &self,
        places: impl IntoIterator<Item = usize>,
    ) -> Result<(), SessionError> {
        let names = self.signed_names(places);
        match names.is_empty() {
            true => Ok(()),
            false => Err(SessionError::refused(signed_sentence(&names))),
        }
    }

    /// Why classes may not be called so: a class that an image says which is signed off would be called otherwise.
    ///
    /// # Errors
    /// Where it is so.
    pub(in crate::session) fn check_names_unsigned(&self, classes: &ClassList) -> Result<(), SessionError> {
        for (class, (old, new)) in self.view.classes.names().iter().zip(&classes.names()).enumerate() {
            let says = |said: &Annotation| {
                said.label == Some(class)
                    || said.findings.get(class).is_some()
                    || said.boxes.iter().any(|one| one.class == class)
            };
            let saying = (0..self.annotations.len()).filter(|at| self.annotations.get(*at).is_some_and(says));
            let names = if old == new { Vec::new() } else { self.signed_names(saying) };
            if !names.is_empty() {
                let why = signed_sentence(&names);
                return Err(SessionError::refused(format!("{old} cannot be called {new}: {why}")));
            }
        }
        Ok(())
    }

    /// The names of those of these images that are signed off, as they stand in the list.
    pub(in crate::session) fn signed_names(&self, places: impl IntoIterator<Item = usize>) -> Vec<&str> {
        let signed = |at: &usize| self.annotations.get(*at).is_some_and(|said| !said.signed.is_empty());
        let name = |at: usize| Some(self.images.get(at)?.name.as_str());
        // A reader's own reading is locked by nobody.
        let locks = !self.view.reading.is_own();
        places.into_iter().filter(|_| locks).filter(signed).filter_map(name).collect()
    }

    /// Why an image may not be changed: it is signed off, and by whom; `None` where it may.
    pub(in crate::session) fn signed_off_why(&self, at: usize) -> Option<String> {
        if self.view.reading.is_own() {
            return None;
        }
        let by = signed_by(&self.annotations.get(at)?.signed)?;
        let name = words::short(&self.images.get(at)?.name);
        Some(format!("{name} is signed off by {by}, and nothing said of it changes: reopen it first, with a reason"))
    }
}

/// That images are signed off, and what to do.
pub(in crate::session) fn signed_sentence(names: &[&str]) -> String {
    let (is, it) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
    format!("{} {is} signed off, and nothing said of {it} changes: reopen {it} first, with a reason", named(names))
}

/// Who signed an image off and when that was last done: "Signed off by ann, 10:42"; `None` while it is open.
pub(in crate::session) fn signed_off(said: &Annotation, now: &Zoned) -> Option<String> {
    let (by, last) = (signed_by(&said.signed)?, said.signed.last()?);
    Some(format!("Signed off by {by}, {}", words::instant(last.signed_ms, now)))
}
