//! The images in the order to look at them.

use crate::domain::{ImageId, Presence, Split};
use crate::session::protocol::query::Term;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which images are in the queue; every part narrows it further.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Images with this label (index into the class list).
    pub label: Option<usize>,
    pub split: Option<Split>,
    pub review: Option<Review>,
    pub flagged: bool,
    /// Key images alone.
    pub key: bool,
    /// The model's class differs from the label.
    pub disagreement: bool,
    /// The model says that it is not sure.
    pub unsure: bool,
    pub boxes: Option<Boxes>,
    pub findings: Option<OfFindings>,
    /// What a person asked for in words, see [`query`](crate::session::protocol::query).
    pub terms: Vec<Term>,
    /// Part of the name, ignoring case.
    pub name: String,
    /// Only these: a cell of a confusion matrix, the images that flipped.
    #[serde(skip)]
    pub only: Option<ImageSet>,
}

/// A named set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSet {
    /// "truth Fractured, predicted Non_fractured".
    pub title: String,
    pub images: Arc<Vec<ImageId>>,
}

/// Whether a person has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    Unreviewed,
    Reviewed,
}

/// What is to be said of an image's boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boxes {
    /// Readers drew some.
    Some,
    /// Somebody looked and found nothing to draw.
    None,
    /// The model misses one.
    Missed,
    /// The model has one beside its place.
    Shifted,
    /// The model has one that is not there.
    Extra,
}

/// What is to be known of an image's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfFindings {
    /// This of one finding; with no presence that nobody looked at it.
    Said { finding: usize, presence: Option<Presence> },
    /// All are absent.
    None,
    /// Nothing of any.
    Unsaid,
}

/// The queue's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// By name, test images last.
    #[default]
    Name,
    /// In the order of the named set that is shown, as of images that are like one; without a set by name.
    Likeness,
    /// As they were imported.
    Import,
    /// Shuffled, the same for the same number.
    Random(u64),
    /// By label, in the order of the classes; those without one last. Of findings those with the most first.
    Label,
    /// By the class that the model says, in the order of the classes; the surest of each first.
    Class,
    /// What was said last comes first; nothing said last.
    Time,
    /// By patient, those of one beside each other; images without one last.
    Patient,
    /// The largest first, by pixels.
    Size,
    /// Where the model gives this class the highest probability first (index into the class list).
    Probability(u16),
    /// Most uncertain first.
    Uncertainty,
    /// Where the model is not sure first, those with the most classes in its answer before; among equals the most uncertain.
    NotSure,
    /// The most confident disagreements with the label first; where the model draws boxes, the most of them.
    Disagreement,
    /// Most boxes first: the readers', else the model's.
    Boxes,
    /// The surest box of the model first.
    BestScore,
    /// Where the model is surest that this finding is present first (index into the class list).
    Finding(u16),
    /// Most missed, shifted or superfluous boxes of the model first.
    Missed,
    Shifted,
    Extra,
}
