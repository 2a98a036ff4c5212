//! Which part of the network learns in an epoch, and the features that are kept while it is only the head.

use super::epoch::part_size;
use super::error::TrainError;
use super::features::{FEATURE_BUDGET, Features, Made};
use super::job::TrainEvent;
use super::listener::Listener;
use super::run::Run;
use std::time::Instant;

/// The features of both splits while they do not change.
#[derive(Default)]
pub(super) struct FrozenFeatures {
    pub train: Option<Features>,
    pub validation: Option<Features>,
    /// It was tried; they may not have fitted.
    tried: bool,
    /// What making them took.
    seconds: f64,
    /// Epochs that used them.
    epochs: usize,
}

impl Run<'_> {
    /// Stages that are left as they are in an epoch. Weights drawn at random are never frozen.
    fn frozen_stages(&self, epoch: usize) -> usize {
        let recipe = &self.job.recipe;
        if self.job.start_from.is_none() {
            0
        } else if epoch < recipe.freeze_backbone_epochs {
            usize::MAX
        } else {
            recipe.frozen_stages
        }
    }

    /// Freezes what this epoch leaves as it is, and makes features where they will be used more than once. `false` when
    /// the listener ended the run.
    pub(super) fn freeze(&mut self, epoch: usize, listener: &mut Listener<'_>) -> Result<bool, TrainError> {
        self.learner.freeze(self.frozen_stages(epoch));
        let recipe = &self.job.recipe;
        let steady = self.learner.only_head_learns() && recipe.augmentation.changes_nothing();
        if !steady {
            self.drop_features(listener);
            return Ok(true);
        }
        let again = epoch + 1 < recipe.epochs && self.frozen_stages(epoch + 1) == self.frozen_stages(epoch);
        if self.kept.tried || !again {
            return Ok(true);
        }
        self.kept.tried = true;
        let began = Instant::now();
        let mut budget = budget();
        let total = self.train.len() + self.validation.len();
        let batch = part_size(recipe.batch, self.progress.parts, 1);
        let mut before = 0;
        let mut kept = [None, None];
        for (samples, place) in [&self.train, &self.validation].into_iter().zip(&mut kept) {
            let made = Features::of(&self.learner, samples, batch, &mut budget, &mut |done| {
                listener.tell(&TrainEvent::KeepingFeatures { done: before + done, total })
            });
            match made {
                Ok(Made::Kept(features)) => *place = Some(features),
                Ok(Made::Ended) => return Ok(false),
                Ok(Made::TooLarge(bytes)) => {
                    listener.log(format!(
                        "the features of {} images would take {}: they are made again in each epoch",
                        samples.len(),
                        megabytes(bytes)
                    ));
                }
                // Made again batch by batch, where lack of memory is dealt with.
                Err(error) if error.is_out_of_memory() => {}
                Err(error) => return Err(error),
            }
            before += samples.len();
        }
        [self.kept.train, self.kept.validation] = kept;
        self.kept.seconds = began.elapsed().as_secs_f64();
        let bytes = [&self.kept.train, &self.kept.validation].into_iter().flatten().map(Features::bytes).sum();
        if bytes > 0 {
            let took = megabytes(bytes);
            listener
                .log(format!("only the last layer learns: the features of the images are made once and kept ({took})"));
        }
        Ok(true)
    }

    /// Notes that an epoch used what is kept.
    pub(super) fn count_kept_epoch(&mut self) {
        self.kept.epochs += usize::from(self.kept.train.is_some() || self.kept.validation.is_some());
    }

    /// Frees the features and says what they spared.
    pub(super) fn drop_features(&mut self, listener: &mut Listener<'_>) {
        let kept = std::mem::take(&mut self.kept);
        if kept.epochs > 1 {
            let spared = kept.seconds * (kept.epochs - 1) as f64;
            listener.log(format!("kept features served {} epochs and spared about {spared:.1} s", kept.epochs));
        }
    }
}

#[cfg(not(test))]
fn budget() -> usize {
    FEATURE_BUDGET
}

#[cfg(test)]
fn budget() -> usize {
    BUDGET.get()
}

#[cfg(test)]
thread_local! {
    pub(super) static BUDGET: std::cell::Cell<usize> = const { std::cell::Cell::new(FEATURE_BUDGET) };
}

fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
