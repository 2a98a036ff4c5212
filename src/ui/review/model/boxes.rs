//! Boxes as the screen speaks of them: whose one is, how it is to be painted, and a change of one that is on its way.

use super::current::Current;
use crate::domain::{AnnotatedBox, BoxId, ImageId, Rect};

/// How long a change that was sent is shown before the view has it, in seconds; after that it was refused.
const LONGEST_SENT: f64 = 2.0;

/// A box that lies under the pointer or is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    Drawn(BoxId),
    /// A box of the model, by its place in the prediction.
    Found(usize),
}

/// A box as it is to be painted.
pub struct Mark {
    /// Absent while it is new.
    pub id: Option<BoxId>,
    pub class: usize,
    pub rect: Rect,
}

/// Annotated boxes as they are.
pub fn marks(boxes: &[AnnotatedBox]) -> Vec<Mark> {
    boxes.iter().map(|b| Mark { id: Some(b.id), class: b.class, rect: b.rect }).collect()
}

/// A change of a box that was sent and is not in the view yet.
pub struct Sent {
    pub image: ImageId,
    /// Absent for a new box.
    pub id: Option<BoxId>,
    pub class: usize,
    pub rect: Rect,
    /// Those that were there before.
    boxes: Vec<AnnotatedBox>,
    /// When, in seconds.
    at: f64,
    /// The new box is chosen once it is there.
    pub choose: bool,
}

impl Sent {
    /// A change that is sent now.
    pub fn new(current: &Current<'_>, mark: Mark, at: f64) -> Self {
        let boxes = current.boxes().to_vec();
        Self { image: current.row.id, id: mark.id, class: mark.class, rect: mark.rect, boxes, at, choose: false }
    }

    /// It is as if it were sent now.
    pub fn sent_anew(&mut self, now: f64) {
        self.at = now;
    }

    /// Whether it was refused, as far as can be told.
    pub fn is_old(&self, now: f64) -> bool {
        now - self.at > LONGEST_SENT
    }

    /// Whether it is not needed any more: the view has it, or never will.
    pub fn is_over(&self, current: &Current<'_>, now: f64) -> bool {
        let boxes = current.boxes();
        let there = match self.id {
            Some(id) => boxes.iter().find(|one| one.id == id).is_none_or(|one| one.rect == self.rect),
            None => boxes != self.boxes,
        };
        self.image != current.row.id || self.is_old(now) || (current.detail.is_some() && there)
    }

    /// The new box, once it is there.
    pub fn made(&self, boxes: &[AnnotatedBox]) -> Option<BoxId> {
        let is_new = |one: &&AnnotatedBox| one.rect == self.rect && self.boxes.iter().all(|old| old.id != one.id);
        boxes.iter().find(is_new).map(|one| one.id)
    }
}
