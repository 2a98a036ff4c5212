//! What files say of single boxes besides their class: difficult, truncated, a pose, attributes of the annotator's own.

use crate::domain::Rect;
use crate::interchange::model::attributes::Column;
use crate::interchange::model::draft::DraftMarks;
use std::collections::BTreeMap;

/// Values that say no more than that nobody said anything.
const USUAL: [&str; 7] = ["", "0", "0.0", "false", "unspecified", "none", "null"];
/// What is said by turning the box.
const TURNED: &str = "rotation";

/// What there was to keep, and how many boxes have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    kept: BTreeMap<String, usize>,
    /// What may name a person or a day.
    private: BTreeMap<String, usize>,
    /// Boxes that were turned by an angle.
    pub turned: usize,
    /// Objects that have an outline and no box.
    pub outlined: usize,
}

impl Marks {
    /// Adds another file's.
    pub fn add(&mut self, other: Self) {
        self.turned += other.turned;
        self.outlined += other.outlined;
        for (to, from) in [(&mut self.kept, other.kept), (&mut self.private, other.private)] {
            from.into_iter().for_each(|(name, count)| *to.entry(name).or_default() += count);
        }
    }

    /// Keeps what is said of a box; what says nothing is passed over, what may name a person is only counted.
    pub fn of_box(&mut self, mut marks: BTreeMap<String, String>, rect: Rect, to: &mut Vec<DraftMarks>) {
        marks.retain(|name, value| {
            // Pascal VOC writes 1 for what CVAT's COCO calls true.
            if value == "true" && ["difficult", "truncated", "occluded"].contains(&name.as_str()) {
                *value = "1".into();
            }
            if name == TURNED || USUAL.contains(&value.to_lowercase().as_str()) {
                return false;
            }
            let is_kept = Column::of(name).take(value);
            let counts = if is_kept { &mut self.kept } else { &mut self.private };
            *counts.entry(name.clone()).or_default() += 1;
            is_kept
        });
        if !marks.is_empty() {
            to.push(DraftMarks { rect, marks });
        }
    }

    /// What is to be told of them.
    pub fn sentences(&self) -> Vec<String> {
        let listed = |counts: &BTreeMap<String, usize>| {
            counts.iter().map(|(name, count)| format!("{name} ({count})")).collect::<Vec<_>>().join(", ")
        };
        let mut sentences = Vec::new();
        if self.turned > 0 {
            sentences.push(format!("{} rotated boxes became the upright boxes around them.", self.turned));
        }
        if !self.kept.is_empty() {
            sentences.push(format!(
                "what the files say of single boxes is kept with them and exported to Pascal VOC and COCO again: \
                 {}.",
                listed(&self.kept)
            ));
        }
        if !self.private.is_empty() {
            sentences.push(format!(
                "what the files say of single boxes and may name a person or a day is not taken: {}.",
                listed(&self.private)
            ));
        }
        sentences
    }
}
