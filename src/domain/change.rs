//! One change of what is said of an image: what the append-only log is made of.

use super::annotation::{AnnotatedBox, Annotation};
use super::finding::Findings;
use super::geometry::Rect;
use super::ids::{BoxId, MeasurementId};
use super::measurement::{AnnotatedMeasurement, Measurement};
use super::reliability::Reliability;
use super::sign_off::SignOff;
use serde::{Deserialize, Serialize};

/// By what rule the words of several readers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjudicationRule {
    /// All say the same.
    All,
    /// More than half of them do.
    Majority,
    /// As by majority, but for boxes: a place counts where STAPLE takes it for a finding, at the mean of the boxes weighted by how far
    /// each reader is relied on.
    Staple,
    /// A person chose one reader's word.
    Chosen,
}

impl AdjudicationRule {
    /// Those that need no person to choose.
    pub const AUTOMATIC: [Self; 3] = [Self::All, Self::Majority, Self::Staple];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all agree",
            Self::Majority => "majority",
            Self::Staple => "majority, boxes by STAPLE",
            Self::Chosen => "chosen by a person",
        }
    }
}

/// What a reader saw of what the model and others say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seeing {
    /// What is in force, as far as anything was: it was no reading of the reader's own.
    #[default]
    InForce,
    /// Nothing, in a reading of the reader's own.
    Nothing,
    /// What was revealed once the reader had committed such a reading.
    Revealed,
}

impl Seeing {
    /// Whether it was no reading of the reader's own.
    pub fn is_in_force(&self) -> bool {
        *self == Self::InForce
    }
}

/// One change of an [`Annotation`], with what it was before, so that it can be undone and audited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// The class label; `accepted` when the reader took the model's as it stood.
    Label {
        old: Option<usize>,
        new: Option<usize>,
        old_reviewed: bool,
        new_reviewed: bool,
        accepted: bool,
    },
    /// What is said of all findings; `accepted` when the reader took the model's answer as it stood.
    Findings {
        old: Findings,
        new: Findings,
        old_reviewed: bool,
        new_reviewed: bool,
        accepted: bool,
    },
    Flag {
        old: bool,
        new: bool,
    },
    /// Marks a key image, or takes the mark off.
    KeyImage {
        old: bool,
        new: bool,
    },
    Note {
        old: String,
        new: String,
    },
    /// Draws (`old` absent), moves or re-classifies (both there) or deletes (`new` absent) a box.
    Box {
        id: BoxId,
        old: Option<(usize, Rect)>,
        new: Option<(usize, Rect)>,
    },
    /// Measures (`old` absent), moves a point (both there) or deletes (`new` absent).
    Measurement {
        id: MeasurementId,
        old: Option<Measurement>,
        new: Option<Measurement>,
    },
    /// All that an imported reader said of the image at once, kept beside what is in force. The state stays as it is:
    /// what of it came into force was changed by events of their own. Of a reader here it is that the reader agrees with what is
    /// in force and reviewed.
    Reading {
        label: Option<usize>,
        #[serde(default, skip_serializing_if = "Findings::is_empty")]
        findings: Findings,
        boxes: Vec<(usize, Rect)>,
        /// The reader looked and found nothing to draw.
        nothing_found: bool,
        /// What it says was in force once it was in.
        in_force: bool,
        /// What the reader saw while reading, where the reading was the reader's own elsewhere.
        #[serde(default, skip_serializing_if = "Seeing::is_in_force")]
        seeing: Seeing,
        /// It is the reader's second reading of the image, beside the first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// A change of what its reader alone says, in a reading of the reader's own that others and the model do not see and
    /// that leaves the image's state as it is.
    Own {
        change: Box<Change>,
        /// The reader had committed the reading of this image, so that the model's answer and the others' were shown.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        revealed: bool,
        /// It is of the second reading of the image, which was assigned without showing the first; that one is committed in it,
        /// too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// What several readers said of the image was brought into force by a rule: all of these changes at once.
    Adjudicated {
        rule: AdjudicationRule,
        /// Whose words it was made of, as people call them; of one that was taken that reader alone.
        readers: Vec<String>,
        /// How far the boxes of those were relied on who looked for some, where the rule weighs them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weights: Vec<Reliability>,
        /// The largest number of a box it draws or deletes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<BoxId>,
        changes: Vec<Change>,
    },
    /// The reader commits what was said of the image so far, to see what the model and the others say.
    Committed,
    /// Signs the image off (`new`), so that what is said of it is locked, or takes that sign-off away.
    SignOff {
        sign_off: SignOff,
        /// When a person did it, in milliseconds since 1970-01-01 UTC; taking back leaves it.
        at_ms: i64,
        /// Counts the steps of this sign-off from 0, so that copies of a project agree on the later one.
        step: u32,
        /// Whether it held before; a merge also brings steps of sign-offs that do not hold here any more.
        old: bool,
        new: bool,
        /// Why it is reopened; empty where it is not.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

impl Change {
    /// A reader signs an image off at a time.
    pub fn signed_off(by: &str, at_ms: i64) -> Self {
        Self::signed_off_as(by, at_ms, String::new())
    }

    /// A reader signs off, at a time, what an image says, of which there is a digest.
    pub fn signed_off_as(by: &str, at_ms: i64, said: String) -> Self {
        let sign_off = SignOff { by: by.to_owned(), signed_ms: at_ms, said, elsewhere: false };
        Self::SignOff { sign_off, at_ms, step: 0, old: false, new: true, reason: String::new() }
    }

    /// Whether it would change what a sign-off locks.
    pub fn is_locked_by_sign_off(&self) -> bool {
        match self {
            Change::Label { .. }
            | Change::Findings { .. }
            | Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::Note { .. }
            | Change::Box { .. }
            | Change::Measurement { .. }
            | Change::Adjudicated { .. } => true,
            // These leave the state of the image as it is.
            Change::Reading { .. } | Change::Own { .. } | Change::Committed | Change::SignOff { .. } => false,
        }
    }

    /// The change that takes this one back.
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Change::Label { old, new, old_reviewed, new_reviewed, accepted: _ } => Change::Label {
                old: new,
                new: old,
                old_reviewed: new_reviewed,
                new_reviewed: old_reviewed,
                accepted: false,
            },
            Change::Findings { old, new, old_reviewed, new_reviewed, accepted: _ } => Change::Findings {
                old: new,
                new: old,
                old_reviewed: new_reviewed,
                new_reviewed: old_reviewed,
                accepted: false,
            },
            Change::Flag { old, new } => Change::Flag { old: new, new: old },
            Change::KeyImage { old, new } => Change::KeyImage { old: new, new: old },
            Change::Note { old, new } => Change::Note { old: new, new: old },
            Change::Box { id, old, new } => Change::Box { id, old: new, new: old },
            Change::Measurement { id, old, new } => Change::Measurement { id, old: new, new: old },
            Change::Own { change, revealed, again } => {
                Change::Own { change: Box::new(change.inverse()), revealed, again }
            }
            Change::Adjudicated { rule, readers, weights, id, changes } => {
                let changes = changes.iter().rev().map(Change::inverse).collect();
                Change::Adjudicated { rule, readers, weights, id, changes }
            }
            Change::SignOff { sign_off, at_ms, step, old, new, reason } => {
                Change::SignOff { sign_off, at_ms, step: step + 1, old: new, new: old, reason }
            }
            Change::Reading { .. } | Change::Committed => self.clone(),
        }
    }

    /// Applies the new value.
    pub fn apply(&self, to: &mut Annotation) {
        match self {
            Change::Label { new, new_reviewed, .. } => {
                to.label = *new;
                to.reviewed = *new_reviewed;
            }
            Change::Findings { new, new_reviewed, .. } => {
                to.findings.clone_from(new);
                to.reviewed = *new_reviewed;
            }
            Change::Flag { new, .. } => to.flagged = *new,
            Change::KeyImage { new, .. } => to.key = *new,
            Change::Note { new, .. } => to.note.clone_from(new),
            Change::Box { id, new, .. } => match (to.boxes.iter().position(|b| b.id == *id), new) {
                (Some(at), Some((class, rect))) => to.boxes[at] = AnnotatedBox { id: *id, class: *class, rect: *rect },
                (Some(at), None) => {
                    to.boxes.remove(at);
                }
                (None, Some((class, rect))) => {
                    // Kept in order of id, so that an undone deletion gives the same state as before it.
                    let at = to.boxes.partition_point(|b| b.id < *id);
                    to.boxes.insert(at, AnnotatedBox { id: *id, class: *class, rect: *rect });
                }
                (None, None) => {}
            },
            Change::Measurement { id, new, .. } => {
                to.measurements.retain(|one| one.id != *id);
                if let Some(measurement) = new {
                    let at = to.measurements.partition_point(|one| one.id < *id);
                    to.measurements.insert(at, AnnotatedMeasurement { id: *id, measurement: measurement.clone() });
                }
            }
            Change::Adjudicated { changes, .. } => changes.iter().for_each(|change| change.apply(to)),
            Change::SignOff { sign_off, new, .. } => {
                to.signed.retain(|one| !one.is(sign_off));
                if *new {
                    let at =
                        to.signed.partition_point(|one| (one.signed_ms, &one.by) < (sign_off.signed_ms, &sign_off.by));
                    to.signed.insert(at, sign_off.clone());
                }
            }
            Change::Reading { .. } | Change::Own { .. } | Change::Committed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Presence;
    use super::super::measurement::Measure;
    use super::*;

    fn rect(x: f64) -> Rect {
        Rect { xmin: x, ymin: 0.0, xmax: x + 5.0, ymax: 5.0 }
    }

    #[test]
    fn every_change_followed_by_its_inverse_changes_nothing() {
        let mut state = Annotation { label: Some(1), ..Annotation::default() };
        for id in [1, 2, 3] {
            Change::Box { id: BoxId(id), old: None, new: Some((0, rect(id as f64))) }.apply(&mut state);
        }
        let length = |x| Measurement::new(Measure::Length, vec![[0.0, 0.0], [x, 1.0]]);
        for id in [4, 5] {
            Change::Measurement { id: MeasurementId(id), old: None, new: Some(length(1.0)) }.apply(&mut state);
        }
        let changes = [
            Change::Measurement { id: MeasurementId(4), old: Some(length(1.0)), new: Some(length(2.0)) },
            Change::Measurement { id: MeasurementId(4), old: Some(length(1.0)), new: None },
            Change::Label { old: Some(1), new: Some(0), old_reviewed: false, new_reviewed: true, accepted: false },
            Change::Findings {
                old: Findings::default(),
                new: Findings::default().with(2, Some(Presence::Uncertain)),
                old_reviewed: false,
                new_reviewed: true,
                accepted: false,
            },
            Change::Flag { old: false, new: true },
            Change::signed_off("ann", 5),
            Change::Note { old: String::new(), new: "cortex".into() },
            Change::Box { id: BoxId(2), old: Some((0, rect(2.0))), new: None },
            Change::Box { id: BoxId(3), old: Some((0, rect(3.0))), new: Some((1, rect(9.0))) },
        ];
        for change in changes {
            let before = state.clone();
            change.apply(&mut state);
            assert_ne!(state, before, "{change:?} did nothing");
            change.inverse().apply(&mut state);
            assert_eq!(state, before, "{change:?} was not taken back");
        }
    }
}
