//! What a row of the queue says of findings.

use crate::domain::{Findings, Presence};
use std::sync::Arc;

/// What is known of one finding of an image, and what the active model says of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowFinding {
    /// What readers say of it; absent where nobody looked.
    pub known: Option<Presence>,
    /// Whether the active model says that it is present; absent where it has not looked, or does not answer with findings.
    pub answered: Option<bool>,
    /// The probability that the model gives to it, 0 to 1; 0 where it gives none.
    pub probability: f32,
    /// The model is not sure of it: both outcomes are likely enough for its answer, or neither is.
    pub unsure: bool,
}

impl RowFinding {
    /// Readers and the model, which is sure of it, say the opposite of it.
    pub fn disagrees(self) -> bool {
        if self.unsure {
            return false;
        }
        let known = self.known.and_then(Presence::known);
        known.zip(self.answered).is_some_and(|(known, answered)| known != answered)
    }

    /// How sure the model is of what it says, 0 to 1.
    pub fn sureness(self) -> f32 {
        match self.answered {
            Some(true) => self.probability,
            Some(false) => 1.0 - self.probability,
            None => 0.0,
        }
    }
}

/// What a row says of the findings of its image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowFindings {
    /// By place in the class list; a place that is no finding says nothing.
    each: Arc<[RowFinding]>,
    none: bool,
}

impl RowFindings {
    /// Of these, one a class; `none` where readers say that all of them are absent.
    pub fn new(each: impl IntoIterator<Item = RowFinding>, none: bool) -> Self {
        Self { each: each.into_iter().collect(), none }
    }

    /// What it says of each, by place in the class list.
    pub fn each(&self) -> &[RowFinding] {
        &self.each
    }

    /// What it says of one.
    pub fn get(&self, finding: usize) -> RowFinding {
        self.each.get(finding).copied().unwrap_or_default()
    }

    /// What readers say; drawn boxes say that their finding is present.
    pub fn known(&self) -> Findings {
        self.each.iter().enumerate().filter_map(|(place, one)| Some((place, one.known?))).collect()
    }

    /// What the active model says of those that it is sure of; `None` where it has not looked, or does not answer with
    /// findings.
    pub fn answered(&self) -> Option<Findings> {
        let sure = self.each.iter().enumerate().filter(|(_, one)| !one.unsure);
        self.is_answered().then(|| sure.filter_map(|(place, one)| Some((place, one.answered?.into()))).collect())
    }

    /// Something is known of one.
    pub fn is_known(&self) -> bool {
        self.each.iter().any(|one| one.known.is_some())
    }

    /// The active model has looked for them.
    pub fn is_answered(&self) -> bool {
        self.each.iter().any(|one| one.answered.is_some())
    }

    /// Those of which the active model is not sure, by their places.
    pub fn unsure(&self) -> impl Iterator<Item = usize> + '_ {
        self.each.iter().enumerate().filter(|(_, one)| one.unsure).map(|(place, _)| place)
    }

    /// Readers say that all are absent.
    pub fn is_none(&self) -> bool {
        self.none
    }

    /// Those of which readers and the model say the opposite.
    pub fn disagreements(&self) -> impl Iterator<Item = RowFinding> + '_ {
        self.each.iter().copied().filter(|one| one.disagrees())
    }
}
