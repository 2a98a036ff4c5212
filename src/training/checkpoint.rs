//! What a run leaves on disk after each epoch, so that it can go on as if it had never stopped.

use super::error::TrainError;
use super::learner::Learner;
use crate::domain::EpochRecord;
use crate::nn::Schedule;
use crate::nn::{exact, weights};
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const KEY: &str = "overread.checkpoint";
const MODEL: &str = "model/";
const OPTIMIZER: &str = "optimizer/";

/// The files of a run.
pub(super) struct Files {
    dir: PathBuf,
}

impl Files {
    /// Makes the run's folder.
    pub fn new(dir: &Path) -> Result<Self, TrainError> {
        std::fs::create_dir_all(dir).map_err(|source| TrainError::Folder { path: dir.to_owned(), source })?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The best weights so far, as a model file.
    pub fn model(&self) -> PathBuf {
        self.dir.join("model.safetensors")
    }

    /// Everything needed to go on.
    pub fn checkpoint(&self) -> PathBuf {
        self.dir.join("checkpoint.safetensors")
    }

    /// Removes both.
    pub fn remove(&self) -> Result<(), TrainError> {
        for path in [self.checkpoint(), self.model()] {
            match std::fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(TrainError::Folder { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Where a run stands between two epochs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Tells a checkpoint of other settings or images.
    pub fingerprint: String,
    pub schedule: Schedule,
    /// Of the kept weights, lower is better.
    #[serde(with = "exact")]
    pub best: Option<f64>,
    /// Their loss on the validation images, which decides among epochs that are equally good.
    #[serde(default, with = "exact")]
    pub best_loss: Option<f64>,
    /// Chosen for the kept weights of a network that draws boxes.
    #[serde(default, with = "exact")]
    pub threshold: Option<f64>,
    /// Of the last epoch that counted as a gain for early stopping, lower is better.
    #[serde(with = "exact")]
    pub gained: Option<f64>,
    /// Epochs since then.
    pub waited: usize,
    /// In how many parts a batch goes through the network; more than one once memory did not suffice.
    pub parts: usize,
    pub history: Vec<EpochRecord>,
}

/// A checkpoint as it was read.
pub(super) struct Saved {
    pub progress: Progress,
    pub model: HashMap<String, Tensor>,
    pub optimizer: HashMap<String, Tensor>,
}

/// Writes a checkpoint over the one before, whole or not at all.
pub(super) fn write(path: &Path, progress: &Progress, learner: &Learner) -> Result<(), TrainError> {
    let text = serde_json::to_string(progress).map_err(|error| TrainError::CannotResume { why: error.to_string() })?;
    let mut tensors: Vec<(String, Tensor)> = learner
        .params
        .all()
        .into_iter()
        .map(|(name, var)| (format!("{MODEL}{name}"), var.as_detached_tensor()))
        .collect();
    tensors.extend(learner.optimizer.state()?.into_iter().map(|(name, tensor)| (format!("{OPTIMIZER}{name}"), tensor)));
    weights::write(path, &tensors, &HashMap::from([(KEY.to_owned(), text)]))?;
    Ok(())
}

/// Reads a checkpoint; `None` where there is none.
pub(super) fn read(path: &Path, device: &Device) -> Result<Option<Saved>, TrainError> {
    if !path.exists() {
        return Ok(None);
    }
    let (tensors, metadata) = weights::read(path, device)?;
    let text = metadata.get(KEY).ok_or_else(|| TrainError::CannotResume {
        why: format!("{} is not a checkpoint of Overread", path.display()),
    })?;
    let progress: Progress = serde_json::from_str(text)
        .map_err(|error| TrainError::CannotResume { why: format!("its checkpoint is of another version ({error})") })?;
    let part = |prefix: &str| {
        tensors
            .iter()
            .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone())))
            .collect()
    };
    let (model, optimizer) = (part(MODEL), part(OPTIMIZER));
    Ok(Some(Saved { progress, model, optimizer }))
}
