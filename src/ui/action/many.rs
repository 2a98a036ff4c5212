//! What may be asked of several images at once.

use crate::domain::Split;

/// Choosing several images, and what is done to them that is not done to one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManyAction {
    /// All that the filter shows.
    ChooseAll,
    /// The image looked at is taken in, or out where it is chosen.
    ChooseThis,
    /// The next or the previous image is taken in too.
    ChooseNext,
    ChoosePrevious,
    /// Confirms or takes the model's of every picture of the grid's page.
    AcceptPage,
    /// Signs every picture of the grid's page off.
    SignOffPage,
    /// To another split.
    Move(Split),
    /// Chooses where, then writes their labels.
    Export,
}
