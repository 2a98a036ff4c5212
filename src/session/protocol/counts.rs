//! How many images of a project there are of what.

/// How many images there are of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub images: usize,
    pub unreviewed: usize,
    pub disagreements: usize,
    pub flagged: usize,
    /// Key images.
    pub key: usize,
    /// Images that are signed off.
    pub signed: usize,
    /// Images of which the model says that it is not sure.
    pub unsure: usize,
    /// In the order of `Split::ALL`.
    pub splits: [usize; 3],
    /// Images with a class, or of which something is known of a finding.
    pub labelled: usize,
    pub predicted: usize,
    /// Images with boxes of readers.
    pub with_boxes: usize,
    /// Images on which it is known that there is none.
    pub without_boxes: usize,
    /// Images with boxes that the model misses, has beside their place, has too many of.
    pub missed: usize,
    pub shifted: usize,
    pub extra: usize,
}
