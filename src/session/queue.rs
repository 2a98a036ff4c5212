//! The images in the order to look at them.

use crate::domain::{ImageId, Split};
use std::sync::Arc;

/// Which images are in the queue; every part narrows it further.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Images with this label (index into the class list).
    pub label: Option<usize>,
    pub split: Option<Split>,
    pub review: Option<Review>,
    pub flagged: bool,
    /// The model's class differs from the label.
    pub disagreement: bool,
    /// Part of the name, ignoring case.
    pub name: String,
    /// Only these: a cell of a confusion matrix, the images that flipped.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    Unreviewed,
    Reviewed,
}

/// The queue's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    /// Most uncertain first.
    Uncertainty,
    /// The most confident disagreements with the label first.
    Disagreement,
}
