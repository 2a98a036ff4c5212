//! One execution of a recipe.

use super::ids::{ModelId, RunId};
use super::metric::{Measured, Metric};
use super::recipe::Recipe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The figures of one pass over the training images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    pub train_loss: f64,
    pub train_accuracy: f64,
    /// On the validation images.
    #[serde(flatten)]
    pub validation: Measured,
    /// What the training loss is the sum of, by name, where it has parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub train_loss_parts: BTreeMap<String, f64>,
    /// Of the first step; schedules may change it within an epoch.
    pub learning_rate: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Share of those seconds spent waiting for images.
    pub data_wait: f64,
    /// The weights after this epoch are the best so far.
    pub best: bool,
    /// Learned from, without validation; 0 where it is not known.
    #[serde(default)]
    pub images_per_second: f64,
    /// How many images of each class were shown, in the order of the class list; empty where it is not known.
    #[serde(default)]
    pub drawn: Vec<usize>,
}

impl EpochRecord {
    /// The epoch whose weights are kept: of those that were better than all before them the last.
    pub fn kept(epochs: &[Self]) -> Option<&Self> {
        epochs.iter().rfind(|epoch| epoch.best)
    }

    /// The same figure as on the validation images, on those learned from; the loss and the accuracy are taken of them.
    pub fn train(&self, metric: Metric) -> Option<f64> {
        let taken = [(Metric::Loss, self.train_loss), (Metric::Accuracy, self.train_accuracy)];
        taken.into_iter().find_map(|(of, value)| (of == metric).then_some(value))
    }
}

/// What a run was made of and what it took, for the record. Fields are only ever added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunFacts {
    pub seed: u64,
    /// SHA-256 over the training images' hashes and labels, hexadecimal.
    pub data_digest: String,
    /// This program with its version.
    pub program: String,
    /// What computed the tensors, with its version.
    pub tensor_library: String,
    /// In the words of the status bar.
    pub device: String,
    /// What its weights were before the first step: "random weights", or the name of a file; empty in older records.
    pub started_from: String,
    /// The level of vector instructions on a CPU, and whether it was held down; empty elsewhere and in older records.
    pub vectors: String,
    /// Images that could be used.
    pub train_images: usize,
    pub validation_images: usize,
    /// Seconds the run took, without what an interruption lost.
    pub wall_seconds: f64,
    /// Learned from, without validation; over all epochs.
    pub images_per_second: f64,
    /// Share of the epochs' seconds spent waiting for images.
    pub data_wait: f64,
    /// How many images of each class were shown in all epochs, in the order of the class list.
    pub drawn: Vec<usize>,
    /// Why the run ended, as a sentence.
    pub ended: String,
}

impl RunFacts {
    /// The classes that no training image showed, by their places in the class list: the model cannot say them.
    pub fn never_shown(&self) -> Vec<usize> {
        self.drawn.iter().enumerate().filter(|(_, count)| **count == 0).map(|(class, _)| class).collect()
    }
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
    /// Once it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<RunFacts>,
    /// The model it ended in.
    pub model: Option<ModelId>,
    /// The active model when it was started, whose child it will be.
    pub parent: Option<ModelId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Epochs as they lie in projects and checkpoints and are printed: of classes, of boxes, without validation images.
    const WRITTEN: [&str; 3] = [
        r#"{"epoch":3,"train_loss":0.5,"train_accuracy":0.75,"validation_loss":0.6,"validation_accuracy":0.7,"validation_balanced_accuracy":0.65,"validation_macro_f1":0.625,"validation_auroc":0.875,"validation_kappa":-0.25,"learning_rate":0.001,"seconds":1.5,"data_wait":0.25,"best":true,"images_per_second":12.5,"drawn":[3,4]}"#,
        r#"{"epoch":1,"train_loss":1.5,"train_accuracy":0.0,"validation_loss":1.25,"validation_accuracy":null,"validation_map50":0.75,"validation_map":0.5,"train_loss_parts":{"classifier":0.5,"objectness":0.25},"learning_rate":0.01,"seconds":20.0,"data_wait":0.0,"best":false,"images_per_second":3.5,"drawn":[1]}"#,
        r#"{"epoch":2,"train_loss":0.1,"train_accuracy":1.0,"validation_loss":null,"validation_accuracy":null,"learning_rate":0.001,"seconds":1.0,"data_wait":0.0,"best":true,"images_per_second":0.0,"drawn":[]}"#,
    ];

    #[test]
    fn an_epoch_is_written_as_it_always_was() {
        for text in WRITTEN {
            let epoch: EpochRecord = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&epoch).unwrap(), text);
        }
    }

    #[test]
    fn an_epoch_of_another_version_is_read_without_what_it_does_not_say() {
        let older = r#"{"epoch":2,"train_loss":1,"train_accuracy":1,"validation_kappa":null,"of_a_later_version":{"a":[1]},"learning_rate":0.001,"seconds":1,"data_wait":0,"best":true}"#;
        let epoch: EpochRecord = serde_json::from_str(older).unwrap();
        let [_, _, plain] = WRITTEN;
        let expected = EpochRecord { train_loss: 1.0, ..serde_json::from_str(plain).unwrap() };
        assert_eq!(epoch, expected);
        assert!(serde_json::from_str::<EpochRecord>(&older.replace("null", "\"high\"")).is_err());
    }
}
