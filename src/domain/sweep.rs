//! Many runs of one recipe with different settings and seeds: what a run of a sweep was asked and what came of it.

use super::metric::Measured;
use super::run::{EpochRecord, StopReason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The value of a setting that a sweep varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    Flag(bool),
    Number(f64),
    Text(String),
}

/// As recipes take it: `0.001`, `true`, `cosine`.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Settings by their dotted names in a recipe.
pub type Settings = BTreeMap<String, Setting>;

/// One run of a sweep, as it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// From 1, in the order they are done.
    pub number: usize,
    /// From 0; only successive halving goes further.
    #[serde(default)]
    pub rung: usize,
    pub settings: Settings,
    pub seed: u64,
    pub epochs: usize,
}

impl Trial {
    /// Whether it asks for the same, whatever its number.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.rung, self.seed, self.epochs) == (other.rung, other.seed, other.epochs) && self.settings == other.settings
    }
}

/// How a run of a sweep ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ended")]
pub enum TrialEnd {
    Done {
        /// Why before its last epoch, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<StopReason>,
    },
    Failed {
        why: String,
    },
}

/// One run of a sweep and what came of it; a file of JSON in the sweep's folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    pub recipe: String,
    #[serde(flatten)]
    pub trial: Trial,
    #[serde(flatten)]
    pub end: TrialEnd,
    /// On the validation images, of the epoch whose weights were kept.
    pub figures: Measured,
    /// That epoch, from 1; absent where there is none.
    pub best_epoch: Option<usize>,
    pub history: Vec<EpochRecord>,
    /// SHA-256 over the training images and their labels: other labels, other figures.
    pub data_digest: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    pub program: String,
}

impl TrialRecord {
    /// Why there is no figure of it.
    pub fn failure(&self) -> Option<&str> {
        match &self.end {
            TrialEnd::Done { .. } => None,
            TrialEnd::Failed { why } => Some(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let settings = [
            ("optimizer.learning_rate", Setting::Number(0.001)),
            ("schedule.kind", Setting::Text("cosine".into())),
            ("augmentation.horizontal_flip", Setting::Flag(true)),
        ];
        let settings = settings.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let record = TrialRecord {
            recipe: "demo-cnn".into(),
            trial: Trial { number: 3, rung: 1, settings, seed: 7, epochs: 4 },
            end: TrialEnd::Done { stopped: Some(StopReason::NoGain) },
            figures: [(crate::domain::Metric::Auroc, 0.75)].into(),
            best_epoch: Some(2),
            history: Vec::new(),
            data_digest: "00".into(),
            seconds: 1.5,
            program: "Overread".into(),
        };
        for end in [record.end.clone(), TrialEnd::Failed { why: "no memory".into() }] {
            let record = TrialRecord { end, ..record.clone() };
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<TrialRecord>(&text).unwrap(), record, "{text}");
        }
    }

    #[test]
    fn values_are_written_as_recipes_take_them() {
        let texts = [Setting::Number(16.0), Setting::Number(1e-7), Setting::Flag(false)].map(|value| value.to_string());
        assert_eq!(texts, ["16", "0.0000001", "false"]);
    }
}
