//! The end of an epoch: a look at the validation images, what is kept, and the checkpoint.

use super::checkpoint;
use super::epoch::{Pass, part_size};
use super::error::TrainError;
use super::job::TrainEvent;
use super::listener::Listener;
use super::run::Run;
use super::task::Validated;
use crate::domain::{EpochRecord, Metric};
use crate::inference;
use std::time::Instant;

impl Run<'_> {
    /// Validates, keeps the weights if they are the best, and writes the checkpoint. `None` when the listener ended the
    /// run meanwhile: then the epoch does not count.
    pub(super) fn close(
        &mut self,
        epoch: usize,
        pass: &Pass,
        began: Instant,
        listener: &mut Listener<'_>,
    ) -> Result<Option<EpochRecord>, TrainError> {
        let validating = Instant::now();
        let validated = if self.validation.is_empty() {
            None
        } else {
            match self.look(epoch, listener)? {
                None => return Ok(None),
                validated => validated,
            }
        };
        self.validation_seconds = Some(validating.elapsed().as_secs_f64());
        if validated.as_ref().is_some_and(|validated| !validated.loss().is_finite()) {
            let at = format!("on the validation images after epoch {}", epoch + 1);
            return Err(TrainError::NotFinite { at, rate: pass.rate });
        }
        let mut record = self.record(epoch, pass, validated.as_ref());
        record.best = self.judge(&record);
        if record.best {
            self.progress.threshold = validated.as_ref().and_then(|v| v.threshold(&self.job.classes));
            self.card.threshold = self.progress.threshold;
            inference::save(&self.files.model(), &self.card, &self.learner.params)?;
        }
        record.seconds = began.elapsed().as_secs_f64();
        record.data_wait = if record.seconds > 0.0 { (pass.waited / record.seconds).min(1.0) } else { 0.0 };
        self.progress.history.push(record.clone());
        checkpoint::write(&self.files.checkpoint(), &self.progress, &self.learner)?;
        Ok(Some(record))
    }

    fn look(&mut self, epoch: usize, listener: &mut Listener<'_>) -> Result<Option<Validated>, TrainError> {
        let recipe = &self.job.recipe;
        let total = self.validation.len();
        loop {
            let batch = part_size(recipe.batch, self.progress.parts, 1);
            let looked = self.learner.validate(&self.validation, self.kept.validation.as_ref(), batch, &mut |done| {
                listener.tell(&TrainEvent::Validating { epoch: epoch + 1, done, total })
            });
            match looked {
                Err(error) if error.is_out_of_memory() && batch > 1 => self.progress.parts *= 2,
                Err(error) if error.is_out_of_memory() => return Err(TrainError::OutOfMemory { images: batch }),
                looked => return looked,
            }
        }
    }

    fn record(&self, epoch: usize, pass: &Pass, validated: Option<&Validated>) -> EpochRecord {
        let figures = &pass.figures;
        EpochRecord {
            epoch: epoch + 1,
            train_loss: figures.loss,
            train_accuracy: figures.accuracy(),
            validation: validated.map(|validated| validated.measured(&self.job.classes)).unwrap_or_default(),
            train_loss_parts: figures.parts.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            learning_rate: pass.rate,
            images_per_second: if pass.seconds > 0.0 { figures.images as f64 / pass.seconds } else { 0.0 },
            drawn: pass.drawn.clone(),
            ..EpochRecord::default()
        }
    }

    /// Whether the weights are the best so far; moves on what patience and the schedule remember. Without validation
    /// images the last weights are the best, and the schedule watches the training images.
    fn judge(&mut self, record: &EpochRecord) -> bool {
        let recipe = &self.job.recipe;
        let validation = &record.validation;
        let figure = |by: Metric| validation.get(by).or_else(|| by.undefined().filter(|_| !validation.is_empty()));
        let score = |by: Metric| figure(by).map(|value| if by.lower_is_better() { value } else { -value });
        let lower = |score: Option<f64>, before: Option<f64>| match (score, before) {
            (Some(score), Some(before)) => score < before,
            _ => true,
        };
        let of_best = score(recipe.best_by);
        // Among epochs that are equally good the one with the smaller loss is kept: it is right by a wider margin.
        let loss = score(Metric::Loss);
        let equal = of_best.is_some() && of_best == self.progress.best;
        let best = if equal { lower(loss, self.progress.best_loss) } else { lower(of_best, self.progress.best) };
        if best {
            self.progress.best = of_best;
            self.progress.best_loss = loss;
        }
        let of_stop = score(recipe.stop_by.unwrap_or(recipe.best_by));
        let gained = lower(of_stop, self.progress.gained);
        if gained {
            self.progress.gained = of_stop;
        }
        self.progress.waited = if gained { 0 } else { self.progress.waited + 1 };
        let watched = self.progress.schedule.watched().and_then(|by| figure(by).or_else(|| record.train(by)));
        if let Some(watched) = watched {
            self.progress.schedule.watch(watched);
        }
        best
    }
}
