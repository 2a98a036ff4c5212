//! One pass over the training images.

use super::batches::{Batch, Varied};
use super::error::TrainError;
use super::features::for_each_input;
use super::job::TrainEvent;
use super::learner::{Input, Learner, Place};
use super::listener::Listener;
use super::pace::Pace;
use super::run::Run;
use super::sampler::{batches, drawn, epoch_order};
use super::task::Figures;
use crate::domain::recipe::Imbalance;
use std::time::Instant;

/// What a pass came to.
pub(super) struct Pass {
    pub figures: Figures,
    /// Seconds spent waiting for images.
    pub waited: f64,
    pub seconds: f64,
    /// Of the first step.
    pub rate: f64,
    /// Images of each class that were drawn.
    pub drawn: Vec<usize>,
    /// It went to its end.
    pub whole: bool,
}

impl Run<'_> {
    /// Shows the network every image that is drawn for this epoch.
    ///
    /// A step of the optimizer follows `accumulate` batches. Each of them adds the gradient of its mean loss divided by
    /// that number, those of a last, shorter group too, as the usual loop in PyTorch does. Batch norm sees each batch.
    pub(super) fn pass(&mut self, epoch: usize, listener: &mut Listener<'_>) -> Result<Pass, TrainError> {
        let recipe = &self.job.recipe;
        let order = epoch_order(&self.train.kinds(), recipe.imbalance, recipe.augmentation.views(), recipe.seed, epoch);
        let plan = batches(&order, recipe.batch);
        let drawn = drawn(&order, &self.train.shown(), self.job.classes.len());
        if !matches!(recipe.imbalance, Imbalance::None | Imbalance::ClassWeights) {
            let counts = drawn.iter().enumerate().map(|(class, n)| format!("{} {n}", self.job.classes.name(class)));
            listener.log(format!("drawn for epoch {}: {}", epoch + 1, counts.collect::<Vec<_>>().join(", ")));
        }
        let varied = Varied { settings: &recipe.augmentation, seed: recipe.seed, epoch };
        let pace = Pace {
            images: order.len(),
            epochs_after: recipe.epochs - epoch - 1,
            validation_images: self.validation.len(),
            validation_seconds: self.validation_seconds,
        };
        let nothing_follows = self.validation.is_empty();
        let began = Instant::now();
        let (mut figures, mut whole) = (Figures::default(), true);
        let (learner, parts, schedule) = (&mut self.learner, &mut self.progress.parts, &self.progress.schedule);
        let share = 1.0 / recipe.accumulate as f64;
        learner.optimizer.forget_gradients();
        let kept = self.kept.train.as_ref();
        let waited = for_each_input(&self.train, kept, &plan, Some(varied), &mut |step, batch, input| {
            let least = recipe.smallest_batch();
            let mut group = Group { learner: &mut *learner, parts: &mut *parts, least, input };
            let of_batch = group.learn(&batch, Place { epoch, batch: step, from: 0 }, share, listener)?;
            let rates = schedule.rates(epoch, step / recipe.accumulate);
            if !of_batch.loss.is_finite() {
                let at = format!("in epoch {}, step {}", epoch + 1, step + 1);
                return Err(TrainError::NotFinite { at, rate: rates.learning_rate });
            }
            if (step + 1) % recipe.accumulate == 0 || step + 1 == plan.len() {
                learner.optimizer.apply(rates)?;
            }
            figures.add(&of_batch);
            let (images_per_second, seconds_left) = pace.after(figures.images, began.elapsed().as_secs_f64());
            let go_on = listener.tell(&TrainEvent::Step {
                epoch: epoch + 1,
                epochs: recipe.epochs,
                step: step + 1,
                steps: plan.len(),
                loss: of_batch.loss,
                images_per_second,
                seconds_left,
            });
            whole = step + 1 == plan.len() && (go_on || (nothing_follows && !listener.is_cancelled()));
            Ok(go_on)
        })?;
        let rate = schedule.rates(epoch, 0).learning_rate;
        let seconds = began.elapsed().as_secs_f64();
        Ok(Pass { figures, waited: waited.as_secs_f64(), seconds, rate, drawn, whole })
    }
}

/// Learns from batches in as many parts as memory allows.
struct Group<'a> {
    learner: &'a mut Learner,
    /// In how many parts a batch goes through the network.
    parts: &'a mut usize,
    /// Images that must stay together.
    least: usize,
    input: Input,
}

impl Group<'_> {
    /// Adds `share` of the gradient of a batch's mean loss to those of the step to come.
    ///
    /// When the device's memory does not suffice, what is left of the batch and all batches after it go through the
    /// network in parts of half the size; their gradients are weighed so that they add up to the batch's.
    fn learn(
        &mut self,
        batch: &Batch,
        place: Place,
        share: f64,
        listener: &mut Listener<'_>,
    ) -> Result<Figures, TrainError> {
        let images = batch.truths.len();
        let total = self.learner.weight(&batch.truths);
        let (mut figures, mut from) = (Figures::default(), 0);
        while from < images {
            let size = part_size(images, *self.parts, self.least);
            // A remainder too small to stand alone stays with the part before it.
            let to = if images - from < size + self.least { images } else { from + size };
            let place = Place { from, ..place };
            let learned = if (from, to) == (0, images) {
                self.learner.learn(batch, self.input, place, share)
            } else {
                let part = batch.part(from, to);
                let share = share * self.learner.weight(&part.truths) / total;
                self.learner.learn(&part, self.input, place, share)
            };
            match learned {
                Ok(of_part) if !of_part.loss.is_finite() => return Ok(of_part),
                Ok(of_part) => {
                    figures.add(&of_part);
                    from = to;
                }
                Err(error) if error.is_out_of_memory() => {
                    if size <= self.least {
                        return Err(TrainError::OutOfMemory { images: size });
                    }
                    *self.parts *= 2;
                    let half = part_size(images, *self.parts, self.least);
                    listener.log(format!(
                        "the device's memory does not suffice for {size} images at a time: from epoch {}, step {}, on \
                         {half} go through at a time, and their gradients add up to the same step",
                        place.epoch + 1,
                        place.batch + 1
                    ));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(figures)
    }
}

/// Images of one part.
pub(super) fn part_size(images: usize, parts: usize, least: usize) -> usize {
    images.div_ceil(parts.max(1)).max(least)
}
