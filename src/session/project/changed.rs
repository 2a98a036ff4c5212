//! What of a project may change.

use crate::domain::ImageId;

/// What of a project changed.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) enum Changed<'a> {
    /// It was read anew.
    Everything,
    /// What is said of the images at these places.
    Annotations(&'a [usize]),
    /// The class list.
    Classes,
    /// Which model is active.
    ActiveModel,
    /// Models, their states or figures.
    Models,
    /// From which score boxes of the active model count.
    Threshold,
    /// What the active model says of these images.
    Predictions(&'a [ImageId]),
    /// Runs.
    Runs,
    /// Splits or groups of images.
    Splits,
    /// Who reads.
    Reader,
    /// What is known of pictures.
    Facts,
    /// Which image is looked at.
    Looked,
    /// Which images are on screen beside each other.
    Page,
}
