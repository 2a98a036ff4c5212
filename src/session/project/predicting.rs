//! Running a model over images, and taking what it says into the project.

use crate::domain::{AnswerKind, ImageFile, ImageId, ModelId, Prediction, prediction};
use crate::inference::{Model, PredictOptions};
use crate::nn::Compute;
use crate::session::project::calibrating::Calibrator;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::rows::{self, Thresholds};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, TaskKind, Work};
use crate::session::protocol::view::OtherBoxes;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Images a step of the network.
const BATCH: usize = 16;
/// Predictions are handed over this often, so that rows fill while the job goes on.
const EVERY: Duration = Duration::from_millis(300);
/// Sentences about single files that are shown before the rest is only counted.
const NAMED: usize = 3;

/// A model and the images it should look at.
#[derive(Clone, Debug)]
pub struct PredictPlan {
    pub model: ModelId,
    pub name: String,
    pub file: PathBuf,
    pub images: Vec<(ImageId, ImageFile)>,
}

impl Task for PredictPlan {
    fn name(&self) -> String {
        format!("Predicting with {}", self.name)
    }

    fn kind(&self) -> TaskKind {
        TaskKind::Predict
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let model = match Model::open(&self.file, compute) {
            Ok(model) => model,
            Err(error) => return tell(Report::Failed(error.to_string())),
        };
        let total = self.images.len();
        let files: Vec<ImageFile> = self.images.iter().map(|(_, file)| file.clone()).collect();
        let (mut predictions, mut failed) = (Vec::new(), Vec::new());
        let (mut done, mut told) = (0, Instant::now());
        model.predict_files(&files, PredictOptions::plain(BATCH), &mut |index, output| {
            let Some(&(image, _)) = self.images.get(index) else { return true };
            match output {
                Ok(output) => predictions.push(Prediction {
                    image,
                    model: self.model,
                    logits: output.logits,
                    probabilities: output.probabilities,
                    boxes: output.boxes,
                }),
                Err(why) => failed.push((image, why)),
            }
            done += 1;
            if told.elapsed() >= EVERY {
                told = Instant::now();
                let (predictions, failed) = (std::mem::take(&mut predictions), std::mem::take(&mut failed));
                tell(Report::Predicted { model: self.model, predictions, failed });
                tell(Report::Progress { done, total, text: format!("{done} of {total} images") });
            }
            order() == Order::Go
        });
        tell(Report::Predicted { model: self.model, predictions, failed });
    }
}

impl Core {
    /// The active model's work over the images it has not seen; `None` when it has seen all that are there.
    pub fn missing_predictions(&self) -> Result<Option<Work>, SessionError> {
        let Some(active) = self.view.active else { return Ok(None) };
        if self.view.read_only.is_some() || self.problem(active).is_some() {
            return Ok(None);
        }
        // What was predicted and may not be seen yet is not predicted again.
        let stored = self.view.reading.is_own().then(|| self.stored_predictions(active)).transpose()?;
        let plan = self.predict_plan(active, stored.as_ref().unwrap_or(&self.predictions), |_| true)?;
        Ok(if plan.images.is_empty() { None } else { Some(Box::new(plan)) })
    }

    /// A model's work over the images that pass the test, are there, and are not among those it has seen.
    pub(in crate::session) fn predict_plan(
        &self,
        model: ModelId,
        seen: &HashMap<ImageId, Prediction>,
        test: impl Fn(usize) -> bool,
    ) -> Result<PredictPlan, SessionError> {
        let record = self.usable_model(model)?;
        let images = self
            .images
            .iter()
            .enumerate()
            .filter(|(at, image)| test(*at) && !self.missing.contains(&image.id) && !seen.contains_key(&image.id))
            .map(|(_, image)| (image.id, image.file()))
            .collect();
        Ok(PredictPlan { model, name: record.card.name.clone(), file: record.file.clone(), images })
    }

    /// What a model has said so far, from the store's cache, which holds its own probabilities; calibrated where it is.
    pub(in crate::session) fn stored_predictions(
        &self,
        model: ModelId,
    ) -> Result<HashMap<ImageId, Prediction>, SessionError> {
        let record = self.models.iter().find(|record| record.id == model);
        let by = record.map(Calibrator::of).unwrap_or_default();
        let said = self.store.predictions(model)?.into_iter();
        Ok(said.map(|said| (said.image, by.calibrated(said))).collect())
    }

    pub(in crate::session) fn take_predictions(
        &mut self,
        model: ModelId,
        mut predictions: Vec<Prediction>,
        failed: &[(ImageId, String)],
    ) -> Result<(), SessionError> {
        // A reason names the file, and its folder is often its class.
        let named = if self.view.reading.is_own() { 0 } else { NAMED };
        for (_, why) in failed.iter().take(named) {
            self.warn(why.clone());
        }
        if named > 0 && failed.len() > NAMED {
            self.warn(format!("{} more images could not be looked at by the model", failed.len() - NAMED));
        }
        if predictions.is_empty() {
            return Ok(());
        }
        self.store.put_predictions(&predictions)?;
        predictions.retain(|said| self.may_show(said.image));
        if self.view.active != Some(model) {
            return Ok(());
        }
        let thresholds = Thresholds::of(&self.view);
        let by = Calibrator::of(self.record(model)?);
        let rows = Arc::make_mut(&mut self.view.rows);
        let images: Vec<ImageId> = predictions.iter().map(|prediction| prediction.image).collect();
        for prediction in predictions.into_iter().map(|said| by.calibrated(said)) {
            let at = self.at.get(&prediction.image).copied();
            if let Some((row, annotation)) = at.and_then(|at| Some((rows.get_mut(at)?, self.annotations.get(at)?))) {
                rows::state(row, annotation, Some(&prediction), &thresholds, &self.view.classes);
            }
            self.predictions.insert(prediction.image, prediction);
        }
        self.refresh(Changed::Predictions(&images))
    }
}

impl Core {
    /// What the models of the comparison, but for the active one, find on an image that they have seen.
    pub(in crate::session) fn other_boxes(&self, image: ImageId) -> Result<Vec<OtherBoxes>, SessionError> {
        let Some(comparison) = self.view.comparison.as_deref() else { return Ok(Vec::new()) };
        let then_active = comparison.active.as_ref().map(|(model, _)| *model);
        let beside = comparison.beside.iter().map(|one| one.model);
        let compared = then_active.into_iter().chain([comparison.candidate]).chain(beside);
        let mut others = Vec::new();
        for model in compared.filter(|model| self.view.active != Some(*model)) {
            let record = self.models.iter().find(|record| record.id == model);
            let Some(record) = record.filter(|record| record.card.answers() == AnswerKind::Boxes) else { continue };
            let Some(said) = self.store.prediction(model, image)? else { continue };
            let thresholds = record.box_thresholds();
            let mut boxes = Calibrator::of(record).calibrated(said).boxes;
            boxes.retain(|one| thresholds.counts(one));
            others.push(OtherBoxes { name: record.card.name.clone(), threshold: thresholds.all, boxes });
        }
        Ok(others)
    }
}

/// Puts a model's word into a row, or takes it out.
pub(in crate::session) fn show(
    row: &mut crate::session::protocol::view::ImageRow,
    prediction: Option<&Prediction>,
    thresholds: &Thresholds,
) {
    row.predicted = prediction.and_then(|p| {
        let class = thresholds.classes.called(&p.probabilities)?;
        Some((u16::try_from(class).ok()?, *p.probabilities.get(class)?))
    });
    row.uncertainty = prediction.map_or(0.0, |p| prediction::uncertainty(&p.probabilities));
    row.named = prediction.and_then(|p| match thresholds.answers {
        // No class reaches its threshold: as an answer that names none.
        _ if thresholds.classes.is_unsure(&p.probabilities) => Some(0),
        Some(rule) => Some(u16::try_from(prediction::answer(&p.probabilities, rule.least).len()).unwrap_or(u16::MAX)),
        None => None,
    });
}
