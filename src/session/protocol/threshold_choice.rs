//! The choice of the score from which a model's boxes count, or from which a class is called.

use crate::domain::performance::FindingGoal;
use crate::domain::{ModelId, ThresholdGoal};

/// What a threshold is chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Of a model that draws boxes.
    Boxes(ThresholdGoal),
    /// Of one that gives classes.
    Finding(FindingGoal),
}

/// What is worked out on a model's validation images; `active` stands beside it on the Evaluate screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnValidation {
    Threshold(ThresholdChoice),
    /// The temperature that makes its probabilities as sure as they should be.
    Temperature {
        model: ModelId,
        active: Option<ModelId>,
    },
    /// The rule of answers that may name several classes; `miss` is the share that may miss the truth.
    Answers {
        model: ModelId,
        miss: f64,
    },
}

impl OnValidation {
    /// Whose it is.
    pub fn model(&self) -> ModelId {
        match self {
            Self::Threshold(choice) => choice.model,
            Self::Temperature { model, .. } | Self::Answers { model, .. } => *model,
        }
    }
}

/// Whose threshold is chosen, what for, and the model it stands beside on the Evaluate screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdChoice {
    pub model: ModelId,
    /// The class whose own threshold it is, by its place in the model's list; `None` for the one of all boxes, or of the second of
    /// two classes.
    pub class: Option<usize>,
    pub goal: Goal,
    pub active: Option<ModelId>,
}
