//! Evaluating models on a split with the readers' labels as truth, and laying two models side by side.

use super::core::Core;
use super::error::SessionError;
use super::predicting::PredictPlan;
use super::queue::ImageSet;
use super::view::Comparison;
use super::work::{Order, Report, Work};
use crate::domain::{ClassificationReport, ImageId, ModelId, Prediction, Split, prediction};
use crate::evaluation;
use crate::nn::Compute;
use std::collections::HashMap;
use std::sync::Arc;

/// Predictions to make before two models can be compared.
#[derive(Clone, Debug)]
pub struct ComparePlan {
    pub candidate: ModelId,
    pub active: Option<ModelId>,
    pub predict: Vec<PredictPlan>,
}

impl ComparePlan {
    pub(super) fn run(self, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        for plan in self.predict {
            if plan.images.is_empty() {
                continue;
            }
            let mut failed = false;
            plan.run(compute, order, &mut |report| {
                failed |= matches!(report, Report::Failed(_));
                tell(report);
            });
            if failed || order() != Order::Go {
                return;
            }
        }
        tell(Report::Comparable { candidate: self.candidate, active: self.active });
    }
}

/// A model's figures with what they were counted from.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub report: ClassificationReport,
    /// The images of the split with a label and a prediction, with truth and predicted class.
    pub images: Vec<(ImageId, usize, usize)>,
    /// Images of the split without a label, and labelled ones without a prediction.
    pub left_out: usize,
}

impl Core {
    /// The predictions a model still has to make on a split before [`Core::evaluation`] covers all of it.
    pub fn evaluate(&self, model: ModelId, split: Split) -> Result<Option<Work>, SessionError> {
        let plan = self.split_plan(model, split)?;
        Ok(if plan.images.is_empty() { None } else { Some(Work::Predict(plan)) })
    }

    /// A model's figures on a split, from the predictions there are.
    pub fn evaluation(&self, model: ModelId, split: Split) -> Result<Evaluation, SessionError> {
        let stored = self.stored_predictions(model)?;
        Ok(self.evaluate_with(split, &stored, None))
    }

    /// Two models on the frozen test split; makes the predictions that are not there yet.
    pub fn compare(&self, candidate: ModelId, active: Option<ModelId>) -> Result<Work, SessionError> {
        // An active model that cannot be used any more must not keep a new one from being judged.
        let active = active.filter(|id| *id != candidate && self.problem(*id).is_none());
        let mut predict = vec![self.split_plan(candidate, Split::Test)?];
        if let Some(active) = active {
            predict.push(self.split_plan(active, Split::Test)?);
        }
        Ok(Work::Compare(ComparePlan { candidate, active, predict }))
    }

    fn split_plan(&self, model: ModelId, split: Split) -> Result<PredictPlan, SessionError> {
        let seen = self.stored_predictions(model)?;
        self.predict_plan(model, &seen, |at| {
            self.images.get(at).is_some_and(|i| i.split == split)
                && self.annotations.get(at).is_some_and(|a| a.label.is_some())
        })
    }

    fn evaluate_with(
        &self,
        split: Split,
        of: &HashMap<ImageId, Prediction>,
        also: Option<&HashMap<ImageId, Prediction>>,
    ) -> Evaluation {
        let (mut images, mut truth, mut probabilities, mut left_out) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (image, annotation) in self.images.iter().zip(&self.annotations).filter(|(i, _)| i.split == split) {
            let said = of.get(&image.id).filter(|_| also.is_none_or(|other| other.contains_key(&image.id)));
            let top = said.and_then(|p| prediction::top_class(&p.probabilities));
            let (Some(label), Some(said), Some(top)) = (annotation.label, said, top) else {
                left_out += 1;
                continue;
            };
            images.push((image.id, label, top));
            truth.push(label);
            probabilities.push(said.probabilities.clone());
        }
        let report = evaluation::classification(&truth, &probabilities, &self.view.classes);
        Evaluation { report, images, left_out }
    }

    /// Lays two models side by side from the predictions there are, keeps their figures in the registry and shows them.
    pub fn take_comparison(&mut self, candidate: ModelId, active: Option<ModelId>) -> Result<(), SessionError> {
        let said = self.stored_predictions(candidate)?;
        let said_before = active.map(|id| self.stored_predictions(id)).transpose()?;
        // Both on the same images, or the figures could not be laid side by side.
        let new = self.evaluate_with(Split::Test, &said, said_before.as_ref());
        let old = said_before.as_ref().map(|before| self.evaluate_with(Split::Test, before, Some(&said)));
        if new.images.is_empty() {
            self.warn(
                "there is no labelled image in the test split to judge the model by: label some and compare again"
                    .into(),
            );
        }
        let classes = self.view.classes.names();
        let (mut flipped, mut gained, mut lost) = (Vec::new(), 0, 0);
        if let Some(old) = &old {
            for (&(image, truth, now), &(_, _, before)) in new.images.iter().zip(&old.images) {
                if now != before {
                    flipped.push(image);
                    gained += usize::from(now == truth);
                    lost += usize::from(before == truth);
                }
            }
        }
        let comparison = Comparison {
            candidate,
            candidate_cells: cells(&new, &classes),
            active_cells: old.as_ref().map(|old| cells(old, &classes)).unwrap_or_default(),
            flipped: ImageSet { title: "images on which the two models disagree".into(), images: Arc::new(flipped) },
            gained,
            lost,
            candidate_report: new.report.clone(),
            active: active.zip(old.as_ref().map(|old| old.report.clone())),
        };
        if self.view.read_only.is_none() {
            self.store.set_test_report(candidate, &new.report)?;
            if let Some((active, old)) = active.zip(old) {
                self.store.set_test_report(active, &old.report)?;
            }
            self.reload_models()?;
        }
        self.view.comparison = Some(Arc::new(comparison));
        Ok(())
    }
}

/// Images by `[truth][predicted]`.
fn cells(of: &Evaluation, classes: &[String]) -> Vec<Vec<ImageSet>> {
    let cell = |t: usize, p: usize| {
        let inside = of.images.iter().filter(|(_, truth, predicted)| (*truth, *predicted) == (t, p));
        let title = match (classes.get(t), classes.get(p)) {
            (Some(truth), Some(predicted)) => format!("truth {truth}, predicted {predicted}"),
            _ => String::new(),
        };
        ImageSet { title, images: Arc::new(inside.map(|(image, ..)| *image).collect()) }
    };
    (0..classes.len()).map(|t| (0..classes.len()).map(|p| cell(t, p)).collect()).collect()
}
