//! One execution of a recipe.

use super::ids::{ModelId, RunId};
use super::recipe::Recipe;
use serde::{Deserialize, Serialize};

/// The figures of one pass over the training images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    pub train_loss: f64,
    pub train_accuracy: f64,
    /// Absent when there is no validation image.
    pub validation_loss: Option<f64>,
    pub validation_accuracy: Option<f64>,
    pub learning_rate: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Share of those seconds spent waiting for images.
    pub data_wait: f64,
    /// The weights after this epoch are the best so far.
    pub best: bool,
}

/// Why a run ended before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The person pressed Stop: the best weights so far become a model.
    Stopped,
    /// The person pressed Cancel: nothing is kept.
    Cancelled,
    /// No gain for as many epochs as the recipe's patience.
    NoGain,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    Running,
    /// The program ended while it ran; it can be resumed from its last checkpoint.
    Interrupted,
    Finished {
        stopped: Option<StopReason>,
    },
    Failed {
        why: String,
    },
}

/// A run as the project remembers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: RunId,
    pub recipe: Recipe,
    pub state: RunState,
    /// Milliseconds since 1970-01-01 UTC.
    pub started_ms: i64,
    pub epochs: Vec<EpochRecord>,
    pub log: Vec<String>,
    /// The model it ended in.
    pub model: Option<ModelId>,
    /// The active model when it was started, whose child it will be.
    pub parent: Option<ModelId>,
}
