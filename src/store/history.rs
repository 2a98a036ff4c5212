//! Undo and redo as a cursor over the log: taking back appends the inverse, so it survives restarts and is audited.
//!
//! An event that undoes the newest undoable one is an undo; one that undoes the newest undo is a redo; any other event
//! of a person is a new edit and leaves nothing to redo. Imports are not undoable, and what a person said about an image
//! before an import changed it cannot be taken back any more, since the inverse would no longer fit. What has happened and
//! cannot be taken back, such as that test figures were seen, is left out of both stacks.

use crate::domain::{EventId, ImageId};
use std::collections::HashMap;

/// The two stacks, as the log's events build them.
#[derive(Clone, Default)]
pub(super) struct History {
    undo: Vec<(EventId, Option<ImageId>)>,
    redo: Vec<(EventId, Option<ImageId>)>,
    /// The last import of an image after the first event of a person.
    imported: HashMap<ImageId, EventId>,
    /// Of the events about a plan of readings, the digest of the plan.
    plans: HashMap<EventId, String>,
}

impl History {
    /// Takes the next event of the log in.
    pub(super) fn note(&mut self, id: EventId, image: Option<ImageId>, import: bool, undoes: Option<EventId>) {
        if import {
            if let Some(image) = image.filter(|_| self.heeds(import)) {
                self.imported.insert(image, id);
            }
        } else if undoes.is_some() && undoes == self.undo_top() {
            self.undo.pop();
            self.redo.push((id, image));
        } else if undoes.is_some() && undoes == self.redo_top() {
            self.redo.pop();
            self.undo.push((id, image));
        } else {
            self.redo.clear();
            self.undo.push((id, image));
        }
    }

    /// Takes the next event about a plan of readings in. What was decided of it before it changed elsewhere cannot be taken back any
    /// more, since the inverse would no longer fit.
    pub(super) fn note_plan(&mut self, id: EventId, digest: &str, import: bool, undoes: Option<EventId>) {
        if import {
            let (plans, other) = (&self.plans, |of: Option<&String>| of.is_none_or(|of| of != digest));
            self.undo.retain(|(id, _)| other(plans.get(id)));
            self.redo.retain(|(id, _)| other(plans.get(id)));
        } else {
            self.plans.insert(id, digest.to_owned());
            self.note(id, None, false, undoes);
        }
    }

    /// Whether the next event of an import, or else of a person, makes a difference: with nothing to take back, or to
    /// repeat, no import does.
    pub(super) fn heeds(&self, import: bool) -> bool {
        !(import && self.undo.is_empty() && self.redo.is_empty())
    }

    /// The event that undo would take back.
    pub(super) fn undo_top(&mut self) -> Option<EventId> {
        Self::top(&mut self.undo, &self.imported)
    }

    /// The undo that redo would take back.
    pub(super) fn redo_top(&mut self) -> Option<EventId> {
        Self::top(&mut self.redo, &self.imported)
    }

    /// Every event that undo would come to, were all after it taken back.
    pub(super) fn undoable(&self) -> impl Iterator<Item = EventId> + '_ {
        let fits = |(id, image): &&(EventId, Option<ImageId>)| Self::fits(*id, *image, &self.imported);
        self.undo.iter().filter(fits).map(|(id, _)| *id)
    }

    fn top(stack: &mut Vec<(EventId, Option<ImageId>)>, imported: &HashMap<ImageId, EventId>) -> Option<EventId> {
        while let Some((id, image)) = stack.last() {
            if Self::fits(*id, *image, imported) {
                return Some(*id);
            }
            stack.pop();
        }
        None
    }

    /// Whether no import changed the image since; what is about a model none does.
    fn fits(id: EventId, image: Option<ImageId>, imported: &HashMap<ImageId, EventId>) -> bool {
        image.and_then(|image| imported.get(&image)).is_none_or(|import| *import < id)
    }
}
