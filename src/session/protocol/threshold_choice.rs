//! The choice of the score from which a model's boxes count, or from which one of two classes is called.

use crate::domain::performance::FindingGoal;
use crate::domain::{ModelId, ThresholdGoal};

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Of a model that draws boxes.
    Boxes(ThresholdGoal),
    /// Of one that tells two classes apart.
    Finding(FindingGoal),
}

/// Whose threshold is chosen, what for, and the model it stands beside on the Evaluate screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdChoice {
    pub model: ModelId,
    pub goal: Goal,
    pub active: Option<ModelId>,
}
