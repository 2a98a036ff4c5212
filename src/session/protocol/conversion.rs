//! What making a project of one class an image one of several findings an image would do, or the other way round.

use crate::domain::{Change, ClassList, ImageId};

/// What a conversion would do; nothing is changed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The class list that comes into force.
    pub classes: ClassList,
    /// Images of which something is said anew.
    pub images: usize,
    /// Those of them that models are tested on.
    pub test_images: usize,
    /// What the other way of saying it cannot hold, a sentence each, with counts.
    pub lost: Vec<String>,
    /// What else to know, a sentence each.
    pub notes: Vec<String>,
    pub(in crate::session) changes: Vec<(ImageId, Change)>,
}

/// What an image has after a conversion: "several findings an image".
pub fn kind_words(findings: bool) -> &'static str {
    if findings { "several findings an image" } else { "one class an image" }
}
