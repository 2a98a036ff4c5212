//! Figures with intervals for the models that were laid side by side: worked out in a job, because they are drawn many times.

use crate::domain::performance::{Difference, Performance, Subgroups};
use crate::domain::{Annotation, ClassList, ImageFacts, ImageId, ImageRecord, ModelId, Prediction};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::performance::{Attribute, Judged, difference, of_classes, subgroups};
use crate::nn::Compute;
use crate::session::project::analysis::{Material, values_of};
use crate::session::project::core::Core;
use crate::session::protocol::task::{Order, Report, Task, Work};
use std::collections::HashMap;
use std::sync::Arc;

/// What one model said of the images that it is judged by.
#[derive(Clone, Debug)]
struct Answers {
    model: ModelId,
    threshold: Option<f64>,
    images: Vec<ImageId>,
    truth: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

/// Judging models on images of which the truth is known.
#[derive(Clone, Debug)]
pub struct JudgePlan {
    classes: Arc<ClassList>,
    of: Vec<Answers>,
    /// Of the images of the first.
    attributes: Vec<Attribute>,
    how: Bootstrap,
}

impl Task for JudgePlan {
    fn name(&self) -> String {
        "Working out intervals".into()
    }

    fn run(self: Box<Self>, _compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let total = self.of.len();
        for (done, one) in self.of.iter().enumerate() {
            if order() != Order::Go {
                return;
            }
            tell(Report::Progress { done, total, text: String::new() });
            let performance = of_classes(self.judged(one), self.how);
            tell(Report::Judged { model: one.model, performance: Box::new(performance) });
        }
        if let Some(candidate) = self.of.first() {
            let mut parted = Vec::new();
            for attribute in &self.attributes {
                if order() != Order::Go {
                    return;
                }
                parted.extend(subgroups(self.judged(candidate), attribute, self.how));
            }
            tell(Report::Parted { model: candidate.model, subgroups: parted });
        }
        if let [candidate, other] = self.of.as_slice()
            && order() == Order::Go
            && let Some(difference) = difference(self.judged(candidate), self.judged(other), self.how)
        {
            tell(Report::Apart { models: [candidate.model, other.model], difference: Box::new(difference) });
        }
    }
}

impl JudgePlan {
    fn judged<'a>(&'a self, of: &'a Answers) -> Judged<'a> {
        let Answers { truth, probabilities, groups, threshold, .. } = of;
        Judged { truth, probabilities, groups, classes: &self.classes, threshold: *threshold }
    }
}

impl Core {
    /// The work of judging classifiers on these images, from the predictions there are; none for models that draw boxes.
    pub(in crate::session) fn judge(
        &self,
        images: &[ImageId],
        models: &[(ModelId, &HashMap<ImageId, Prediction>)],
    ) -> Option<Work> {
        let answers = |(model, said): &(ModelId, &HashMap<ImageId, Prediction>)| {
            let mut answers = Answers {
                model: *model,
                threshold: self.thresholds_of(*model).class,
                images: Vec::new(),
                truth: Vec::new(),
                probabilities: Vec::new(),
                groups: Vec::new(),
            };
            for image in images {
                let at = self.at.get(image).copied();
                let label = at.and_then(|at| self.annotations.get(at)).and_then(|annotation| annotation.label);
                if let (Some(label), Some(said), Some(record)) =
                    (label, said.get(image), at.and_then(|at| self.images.get(at)))
                {
                    answers.images.push(*image);
                    answers.truth.push(label);
                    answers.probabilities.push(said.probabilities.clone());
                    answers.groups.push(record.group.clone());
                }
            }
            answers
        };
        let of: Vec<Answers> = models
            .iter()
            .filter(|(model, _)| self.box_threshold(*model).is_none())
            .map(answers)
            .filter(|answers| !answers.truth.is_empty())
            .collect();
        let first = of.first()?;
        let attributes = self.attributes(&first.images);
        let classes = Arc::clone(&self.view.classes);
        Some(Box::new(JudgePlan { classes, of, attributes, how: Bootstrap::default() }))
    }

    /// Shows how the candidate does in parts of the images.
    pub(in crate::session) fn take_subgroups(&mut self, model: ModelId, subgroups: Vec<Subgroups>) {
        if let Some(comparison) = self.view.comparison.as_mut().filter(|comparison| comparison.candidate == model) {
            Arc::make_mut(comparison).subgroups = Arc::new(subgroups);
        }
    }

    /// What parts these images: every attribute with a few values; measures in three parts of as many images.
    fn attributes(&self, images: &[ImageId]) -> Vec<Attribute> {
        let places: Vec<usize> = images.iter().filter_map(|image| self.at.get(image).copied()).collect();
        let records: Vec<ImageRecord> = places.iter().filter_map(|at| self.images.get(*at).cloned()).collect();
        let annotations: Vec<Annotation> = places.iter().filter_map(|at| self.annotations.get(*at).cloned()).collect();
        // Of these images alone: a project may hold many more.
        let facts: Result<Vec<Option<ImageFacts>>, _> =
            records.iter().map(|record| self.store.facts_of(record.id)).collect();
        let facts = match facts {
            Ok(facts) => facts,
            Err(error) => {
                tracing::warn!(%error, "what is known of the images was not read; they are not judged in parts");
                return Vec::new();
            }
        };
        let classes = &self.view.classes;
        values_of(Material { images: &records, annotations: &annotations, facts: &facts, classes })
    }

    /// Shows how much two models differ with the comparison of them.
    pub(in crate::session) fn take_difference(&mut self, models: [ModelId; 2], difference: Difference) {
        if let Some(comparison) = &mut self.view.comparison {
            let [candidate, other] = models;
            let comparison = Arc::make_mut(comparison);
            let is_of =
                comparison.candidate == candidate && comparison.active.as_ref().is_some_and(|(id, _)| *id == other);
            comparison.difference = Some(Arc::new(difference)).filter(|_| is_of);
        }
    }

    /// Shows a model's figures with the comparison that they belong to.
    pub(in crate::session) fn take_performance(&mut self, model: ModelId, performance: Performance) {
        if let Some(comparison) = &mut self.view.comparison {
            let comparison = Arc::make_mut(comparison);
            comparison.performances.retain(|(of, _)| *of != model);
            comparison.performances.push((model, Arc::new(performance)));
        }
    }
}
