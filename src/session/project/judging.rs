//! Figures with intervals for the models that were laid side by side: worked out in a job, because they are drawn many times.

use crate::domain::performance::{Difference, Performance, Subgroup, Subgroups};
use crate::domain::{
    Annotation, AnswerKind, ClassList, ClassThresholds, ImageFacts, ImageId, ImageRecord, ModelId, Prediction,
};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::performance::{Attribute, HeldTruths, Judged, difference, of_classes, subgroups};
use crate::nn::Compute;
use crate::session::project::analysis::{Material, values_of};
use crate::session::project::core::Core;
use crate::session::project::truth::{held, truth};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task};
use crate::store::Store;
use std::collections::HashMap;
use std::sync::Arc;

/// What one model said of the images that it is judged by.
#[derive(Clone, Debug)]
struct Answers {
    model: ModelId,
    name: String,
    thresholds: ClassThresholds,
    images: Vec<ImageId>,
    truth: HeldTruths,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

/// Judging models on images of which the truth is known.
#[derive(Clone, Debug)]
pub struct JudgePlan {
    classes: Arc<ClassList>,
    /// The candidate first.
    of: Vec<Answers>,
    /// Which are told apart: the first less the second, by their places.
    pairs: Vec<(usize, usize)>,
    /// Of the images of the first.
    attributes: Vec<Attribute>,
    how: Bootstrap,
}

impl Task for JudgePlan {
    fn name(&self) -> String {
        "Working out intervals".into()
    }

    fn run(self: Box<Self>, _compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let total = self.steps();
        let mut done = 0;
        // Says what comes next, and whether to go on.
        let mut next = |tell: &mut dyn FnMut(Report), text: String| {
            tell(Report::Progress { done, total, text });
            done += 1;
            order() == Order::Go
        };
        for one in &self.of {
            if !next(tell, one.name.clone()) {
                return;
            }
            let performance = of_classes(self.judged(one), self.how);
            tell(Report::Judged { model: one.model, performance: Box::new(performance) });
        }
        for (first, second) in &self.pairs {
            let (Some(first), Some(second)) = (self.of.get(*first), self.of.get(*second)) else { continue };
            if !next(tell, format!("{} beside {}", first.name, second.name)) {
                return;
            }
            if let Some(difference) = difference(self.judged(first), self.judged(second), self.how) {
                tell(Report::Apart { models: [first.model, second.model], difference: Box::new(difference) });
            }
        }
        if let Some(candidate) = self.of.first() {
            let (mut parted, mut images) = (Vec::new(), Vec::new());
            for attribute in &self.attributes {
                if !next(tell, format!("by {}", attribute.name)) {
                    return;
                }
                for one in subgroups(self.judged(candidate), attribute, self.how) {
                    images.push(one.parts.iter().map(|part| with_value(candidate, attribute, part)).collect());
                    parted.push(one);
                }
            }
            tell(Report::Parted { model: candidate.model, subgroups: parted, images });
        }
        tell(Report::AllJudged);
    }
}

/// The images of a part.
fn with_value(of: &Answers, attribute: &Attribute, part: &Subgroup) -> Vec<ImageId> {
    let having = of.images.iter().zip(&attribute.values).filter(|(_, value)| **value == part.value);
    having.map(|(image, _)| *image).collect()
}

impl JudgePlan {
    /// How many parts the work has, for the progress.
    pub(in crate::session) fn steps(&self) -> usize {
        self.of.len() + self.pairs.len() + self.attributes.len()
    }

    /// The same with attributes that this is true of, by their names, with their values written as they are to be shown.
    pub(in crate::session) fn by(mut self, shown: impl Fn(&str) -> bool) -> Self {
        self.attributes.retain(|attribute| shown(&attribute.name));
        self
    }

    fn judged<'a>(&'a self, of: &'a Answers) -> Judged<'a> {
        let Answers { truth, probabilities, groups, thresholds, .. } = of;
        Judged { truth: truth.lent(), probabilities, groups, classes: &self.classes, thresholds }
    }
}

/// A model with what it said.
pub(in crate::session) type Heard<'a> = (ModelId, &'a HashMap<ImageId, Prediction>);

impl Core {
    /// The work of judging classifiers on these images, from the predictions there are; none for models that draw boxes.
    /// `pairs` are told apart, by their places among the models.
    pub(in crate::session) fn judge(
        &self,
        images: &[ImageId],
        models: &[Heard<'_>],
        pairs: Vec<(usize, usize)>,
    ) -> Option<JudgePlan> {
        if models.iter().any(|(model, _)| self.box_threshold(*model).is_some()) {
            return None;
        }
        let answers = |(model, said): &Heard<'_>| {
            let kind = self.kind_of(*model);
            let known = |image: &ImageId| {
                let at = self.at.get(image).copied()?;
                let truth = truth(self.annotations.get(at)?, kind, &self.view.classes)?;
                Some((*image, truth, said.get(image)?.probabilities.clone(), self.images.get(at)?.group.clone()))
            };
            let (mut taken, mut truths, mut probabilities, mut groups) = (vec![], vec![], vec![], vec![]);
            for (image, truth, row, group) in images.iter().filter_map(known) {
                taken.push(image);
                truths.push(truth);
                probabilities.push(row);
                groups.push(group);
            }
            Answers {
                model: *model,
                name: self.name_of(*model),
                thresholds: self.thresholds_of(*model).classes,
                images: taken,
                truth: held(kind == AnswerKind::Findings, truths),
                probabilities,
                groups,
            }
        };
        let of: Vec<Answers> = models.iter().map(answers).collect();
        let first = of.first().filter(|first| !first.truth.is_empty())?;
        let attributes = self.attributes(&first.images);
        let classes = Arc::clone(&self.view.classes);
        Some(JudgePlan { classes, of, pairs, attributes, how: Bootstrap::default() })
    }

    /// A model's name, or its number where it is gone.
    pub(in crate::session) fn name_of(&self, model: ModelId) -> String {
        let record = self.models.iter().find(|record| record.id == model);
        record.map_or_else(|| format!("model {model}"), |record| record.card.name.clone())
    }

    /// Shows how the candidate does in parts of the images.
    pub(in crate::session) fn take_subgroups(
        &mut self,
        model: ModelId,
        subgroups: Vec<Subgroups>,
        images: Vec<Vec<Vec<ImageId>>>,
    ) {
        if let Some(comparison) = self.view.comparison.as_mut().filter(|comparison| comparison.candidate == model) {
            let comparison = Arc::make_mut(comparison);
            comparison.subgroups = Arc::new(subgroups);
            comparison.part_images = Arc::new(images);
        }
    }

    /// What parts these images: every attribute with a few values; measures in three parts of as many images.
    pub(in crate::session) fn attributes(&self, images: &[ImageId]) -> Vec<Attribute> {
        let places: Vec<usize> = images.iter().filter_map(|image| self.at.get(image).copied()).collect();
        let records: Vec<ImageRecord> = places.iter().filter_map(|at| self.images.get(*at).cloned()).collect();
        let annotations: Vec<Annotation> = places.iter().filter_map(|at| self.annotations.get(*at).cloned()).collect();
        of_records(&self.store, &records, &annotations, &self.view.classes).unwrap_or_else(|error| {
            tracing::warn!(%error, "what is known of the images was not read; they are not judged in parts");
            Vec::new()
        })
    }

    /// Shows how much two models differ with the comparison of them.
    pub(in crate::session) fn take_difference(&mut self, models: [ModelId; 2], difference: Difference) {
        let Some(comparison) = &mut self.view.comparison else { return };
        let [first, other] = models;
        let comparison = Arc::make_mut(comparison);
        if comparison.active.as_ref().is_none_or(|(id, _)| *id != other) {
            return;
        }
        if comparison.candidate == first {
            comparison.difference = Some(Arc::new(difference));
        } else if let Some(beside) = comparison.beside.iter_mut().find(|beside| beside.model == first) {
            beside.difference = Some(Arc::new(difference));
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

/// What parts these images, which are given with what is said of them, of a project: every attribute with a few values;
/// measures in three parts of as many images, ages in bands.
///
/// # Errors
/// When what is known of the pictures cannot be read.
pub fn of_records(
    store: &Store,
    records: &[ImageRecord],
    annotations: &[Annotation],
    classes: &ClassList,
) -> Result<Vec<Attribute>, SessionError> {
    // Of these images alone: a project may hold many more.
    let facts: Result<Vec<Option<ImageFacts>>, _> = records.iter().map(|record| store.facts_of(record.id)).collect();
    Ok(values_of(Material { images: records, annotations, facts: &facts?, classes }))
}
