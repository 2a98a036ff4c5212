//! Follows a training run: its events into the project and onto the Train screen, its outcome into a candidate.

use crate::domain::{EpochRecord, ModelId, ModelRecord, RunId, RunRecord, RunState, StopReason};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::session::protocol::view::TrainingView;
use crate::session::protocol::words;
use crate::store::NewModel;
use crate::training::{Outcome, TrainEvent};
use std::sync::Arc;

impl Core {
    /// The classes that no image showed which a model learned from, by name; none where nothing is known of that.
    pub(in crate::session) fn never_learned(&self, model: &ModelRecord) -> Vec<String> {
        let run = model.run.and_then(|run| self.runs.iter().find(|known| known.id == run));
        let facts = run.and_then(|run| run.facts.as_ref());
        facts
            .map(|facts| facts.never_shown())
            .unwrap_or_default()
            .into_iter()
            .map(|c| self.view.classes.name(c))
            .collect()
    }

    fn edit_training(&mut self, run: RunId, change: impl FnOnce(&mut TrainingView)) {
        if let Some(training) = self.view.training.as_mut().filter(|t| t.run == run) {
            change(Arc::make_mut(training));
        }
    }

    fn edit_run(&mut self, run: RunId, change: impl FnOnce(&mut RunRecord)) {
        if let Some(record) = self.runs.iter_mut().find(|r| r.id == run) {
            change(record);
        }
        self.show_runs();
    }

    pub(in crate::session) fn take_training_event(
        &mut self,
        run: RunId,
        event: TrainEvent,
    ) -> Result<(), SessionError> {
        match event {
            TrainEvent::Preparing { done, total } => self.edit_training(run, |t| {
                t.phase = format!("preparing {done} of {}", words::images(total));
            }),
            TrainEvent::Started { train, validation } => {
                let text = format!("{} to train on, {validation} to validate", words::images(train));
                self.edit_training(run, |t| t.phase.clone_from(&text));
            }
            TrainEvent::Step { epoch, epochs, step, steps, images_per_second, seconds_left, .. } => {
                let fraction =
                    (epoch.saturating_sub(1) as f32 + step as f32 / steps.max(1) as f32) / epochs.max(1) as f32;
                self.edit_training(run, |t| {
                    t.phase = format!("epoch {epoch} of {epochs}");
                    t.progress = fraction.clamp(0.0, 1.0);
                    t.seconds_left = Some(seconds_left);
                    t.images_per_second = Some(images_per_second);
                });
            }
            TrainEvent::KeepingFeatures { done, total } => self.edit_training(run, |t| {
                t.phase = format!("making the features of {done} of {}", words::images(total));
            }),
            TrainEvent::Validating { epoch, done, total } => self.edit_training(run, |t| {
                t.phase = format!("epoch {epoch}: {done} of {total} validation images");
            }),
            TrainEvent::Epoch(epoch) => {
                self.store.append_epoch(run, &epoch)?;
                let add = |epochs: &mut Vec<EpochRecord>| {
                    // A resumed run may repeat the epoch it was interrupted in.
                    epochs.retain(|e| e.epoch < epoch.epoch);
                    if epoch.best {
                        epochs.iter_mut().for_each(|e| e.best = false);
                    }
                    epochs.push(epoch.clone());
                };
                self.edit_training(run, |t| add(&mut t.epochs));
                self.edit_run(run, |r| add(&mut r.epochs));
            }
            TrainEvent::Log(text) => {
                self.store.append_run_log(run, &text)?;
                self.edit_training(run, |t| t.log.push(text.clone()));
                self.edit_run(run, |r| r.log.push(text));
            }
        }
        Ok(())
    }

    pub(in crate::session) fn take_trained(
        &mut self,
        run: RunId,
        outcome: Result<Outcome, String>,
    ) -> Result<Vec<Work>, SessionError> {
        self.training = None;
        let ended = self.finish(run, outcome);
        if let Err(error) = &ended {
            // Disk full while the model is registered: the run's folder still holds it.
            let why = error.to_string();
            self.end_run(run, RunState::Failed { why: why.clone() }, None, "failed")?;
            self.edit_training(run, |t| t.error = Some(why));
        }
        ended
    }

    fn finish(&mut self, run: RunId, outcome: Result<Outcome, String>) -> Result<Vec<Work>, SessionError> {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(why) => {
                self.complain(format!("the training failed: {why}"));
                self.end_run(run, RunState::Failed { why: why.clone() }, None, "failed")?;
                self.edit_training(run, |t| t.error = Some(why));
                return Ok(Vec::new());
            }
        };
        if outcome.stopped == Some(StopReason::Cancelled) {
            self.store.delete_run(run)?;
            self.runs.retain(|r| r.id != run);
            self.refresh(Changed::Runs)?;
            self.edit_training(run, |t| {
                t.running = false;
                t.phase = "cancelled".into();
                (t.seconds_left, t.images_per_second) = (None, None);
            });
            return Ok(Vec::new());
        }
        // Of an epoch that ended just before the program did there may be a checkpoint but no note.
        self.complete_epochs(run, &outcome.epochs)?;
        self.store.set_run_facts(run, &outcome.facts)?;
        self.edit_run(run, |r| r.facts = Some(outcome.facts.clone()));
        let state = RunState::Finished { stopped: outcome.stopped };
        let Some(file) = outcome.model_file else {
            self.warn("the run was stopped before its first step: there is no model".into());
            self.end_run(run, state, None, "stopped before the first step")?;
            return Ok(Vec::new());
        };
        let parent = self.run(run)?.parent;
        let model = self.store.add_model(&NewModel { card: &outcome.card, file: &file, parent, run: Some(run) })?.id;
        let phase = match outcome.stopped {
            Some(StopReason::Stopped) => "stopped; the best weights so far are kept",
            Some(StopReason::NoGain) => "finished early: no gain any more",
            _ => "finished",
        };
        self.end_run(run, state, Some(model), phase)?;
        self.refresh(Changed::Models)?;
        // The model's file is in models/ now; the checkpoint has done its duty.
        if let Err(error) = std::fs::remove_dir_all(self.store.run_dir(run)) {
            tracing::debug!(%error, "a finished run's folder stays");
        }
        if self.view.test_closed {
            let name = &outcome.card.name;
            self.inform(format!("{name} is there. The test split stays closed: Evaluate opens it"));
            return Ok(Vec::new());
        }
        Ok(vec![self.compare(model, self.view.active)?])
    }

    fn complete_epochs(&mut self, run: RunId, epochs: &[EpochRecord]) -> Result<(), SessionError> {
        let mut record = self.run(run)?.clone();
        if record.epochs.len() == epochs.len() {
            return Ok(());
        }
        record.epochs = epochs.to_vec();
        self.store.update_run(&record)?;
        self.edit_training(run, |t| t.epochs.clone_from(&record.epochs));
        self.edit_run(run, |r| *r = record);
        Ok(())
    }

    fn end_run(
        &mut self,
        run: RunId,
        state: RunState,
        model: Option<ModelId>,
        phase: &str,
    ) -> Result<(), SessionError> {
        self.edit_training(run, |t| {
            t.running = false;
            t.phase = phase.to_owned();
            t.model = model;
            (t.seconds_left, t.images_per_second) = (None, None);
            if model.is_some() {
                t.progress = 1.0;
            }
        });
        self.store.set_run_state(run, &state, model)?;
        self.edit_run(run, |r| {
            r.state = state;
            r.model = model.or(r.model);
        });
        Ok(())
    }
}
