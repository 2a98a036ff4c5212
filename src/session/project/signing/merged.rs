//! The sign-offs of another copy: one holds where either copy has it and none has reopened it since.

use crate::domain::annotation::imported_reader;
use crate::domain::{Annotation, AnnotationEvent, Change, ClassList, Presence, SignOffStep};
use crate::files::hash::sha256_hex;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::{About, ImportedChange, Store};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// The later steps of sign-offs that another copy knows.
pub(in crate::session) struct ComingSignOffs {
    /// By the content of the image: hash and frame.
    by_content: HashMap<(String, u32), Vec<(SignOffStep, AnnotationEvent)>>,
    /// What the image says there.
    said: HashMap<(String, u32), Said>,
}

impl ComingSignOffs {
    /// Reads those of another copy.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(theirs: &Store) -> Result<Self, SessionError> {
        let mut signing = theirs.sign_off_events()?;
        let (mut annotations, classes) = (theirs.annotations()?, theirs.classes()?);
        let (mut by_content, mut said) = (HashMap::new(), HashMap::new());
        for image in theirs.images()? {
            let Some(events) = signing.remove(&image.id) else { continue };
            let key = (image.sha256, image.frame);
            said.insert(key.clone(), Said::of(&annotations.remove(&image.id).unwrap_or_default(), &classes));
            by_content.insert(key, last(events));
        }
        Ok(Self { by_content, said })
    }

    /// How many steps of images of this project it knows that are not known here.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn news(&self, core: &Core) -> Result<usize, SessionError> {
        Ok(self.changes(core)?.len())
    }

    fn changes(&self, core: &Core) -> Result<Vec<ImportedChange>, SessionError> {
        let (ours, states) = (core.store.sign_off_events()?, core.store.annotations()?);
        let nothing = Annotation::default();
        let mut all = Vec::new();
        // Of copies of one image the first has what is said.
        let mut first: HashSet<(String, u32)> = HashSet::new();
        for image in &core.images {
            let key = (image.sha256.clone(), image.frame);
            let Some(theirs) = self.by_content.get(&key) else { continue };
            if !first.insert(key.clone()) {
                continue;
            }
            let known = ours.get(&image.id).cloned().map(last).unwrap_or_default();
            // What is in force, also while a reader sees only a reading of the reader's own.
            let annotation = states.get(&image.id).unwrap_or(&nothing);
            let here = Said::of(annotation, &core.view.classes);
            let digest = here.digest();
            let differs = self.said.get(&key).is_some_and(|there| *there != here);
            for (step, event) in theirs {
                let ours = known.iter().find(|(known, _)| known.sign_off.is(&step.sign_off)).map(|(known, _)| known);
                if ours.is_some_and(|ours| ours.cmp_time(step) != Ordering::Less) {
                    continue;
                }
                let mut sign_off = step.sign_off.clone();
                // By what was signed, whatever copies it came through; only an older sign-off does not say.
                sign_off.elsewhere = match sign_off.said.is_empty() {
                    true => sign_off.elsewhere || differs,
                    false => sign_off.said != digest,
                };
                let change = Change::SignOff {
                    sign_off,
                    at_ms: step.at_ms,
                    step: step.step,
                    old: annotation.signed.iter().any(|one| one.is(&step.sign_off)),
                    new: step.holds,
                    reason: step.reason.clone(),
                };
                all.push(ImportedChange {
                    about: About::Known(image.id),
                    reader: imported_reader(words::reader(&event.reader)),
                    stated_ms: Some(event.said_ms()),
                    change,
                });
            }
        }
        Ok(all)
    }
}

/// The last step of each sign-off, with the event that made it.
fn last(events: Vec<AnnotationEvent>) -> Vec<(SignOffStep, AnnotationEvent)> {
    let steps = SignOffStep::last(events.iter().map(|event| &event.change));
    let made = |step: &SignOffStep| {
        events.iter().rev().find(|event| match &event.change {
            Change::SignOff { sign_off, at_ms, step: number, .. } => {
                sign_off.is(&step.sign_off) && (*at_ms, *number) == (step.at_ms, step.step)
            }
            _ => false,
        })
    };
    steps.into_iter().filter_map(|step| made(&step).cloned().map(|event| (step, event))).collect()
}

/// All that a sign-off locks of an image, by the names of classes, so that two copies can be compared.
#[derive(PartialEq, Serialize)]
pub(super) struct Said {
    label: Option<String>,
    findings: Vec<String>,
    boxes: Vec<String>,
    measurements: Vec<String>,
    note: String,
    flagged: bool,
    key: bool,
}

impl Said {
    pub(super) fn of(annotation: &Annotation, classes: &ClassList) -> Self {
        let said = |(class, presence): (usize, Presence)| format!("{} {}", classes.name(class), presence.name());
        let mut findings: Vec<String> = annotation.findings.iter().map(said).collect();
        let mut boxes: Vec<String> =
            annotation.boxes.iter().map(|one| format!("{} {:?}", classes.name(one.class), one.rect)).collect();
        findings.sort_unstable();
        boxes.sort_unstable();
        let label = annotation.label.map(|label| classes.name(label));
        // Numbers of boxes and measurements are each copy's own.
        let mut measurements: Vec<String> =
            annotation.measurements.iter().map(|one| format!("{:?}", one.measurement)).collect();
        measurements.sort_unstable();
        let Annotation { note, flagged, key, .. } = annotation;
        Self { label, findings, boxes, measurements, note: note.clone(), flagged: *flagged, key: *key }
    }

    /// SHA-256 of it as JSON, in hexadecimal digits.
    pub(super) fn digest(&self) -> String {
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

impl Core {
    /// Takes the sign-offs of another copy in; how many steps were new.
    pub(in crate::session) fn take_sign_offs(&mut self, coming: &ComingSignOffs) -> Result<usize, SessionError> {
        let changes = coming.changes(self)?;
        if changes.is_empty() {
            return Ok(0);
        }
        let events = self.store.append_merged(&changes)?;
        let mut places: Vec<usize> = Vec::new();
        for event in &events {
            let Some(&at) = self.at.get(&event.image) else { continue };
            if !self.view.reading.is_own()
                && let Some(annotation) = self.annotations.get_mut(at)
            {
                event.change.apply(annotation);
            }
            places.push(at);
        }
        places.dedup();
        self.refresh(Changed::Annotations(&places))?;
        Ok(events.len())
    }
}
