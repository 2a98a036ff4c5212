//! The choice of the score from which a model's boxes count.

use crate::domain::{ModelId, ThresholdGoal};

/// Whose threshold is chosen, what for, and the model it stands beside on the Evaluate screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdChoice {
    pub model: ModelId,
    pub goal: ThresholdGoal,
    pub active: Option<ModelId>,
}
