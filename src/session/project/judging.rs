//! Figures with intervals for the models that were laid side by side: worked out in a job, because they are drawn many times.

use crate::domain::performance::{Difference, Performance};
use crate::domain::{ClassList, ImageId, ModelId, Prediction};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::performance::{Judged, difference, of_classes};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::task::{Order, Report, Task, Work};
use std::collections::HashMap;
use std::sync::Arc;

/// What one model said of the images that it is judged by.
#[derive(Clone, Debug)]
struct Answers {
    model: ModelId,
    threshold: Option<f64>,
    truth: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

/// Judging models on images of which the truth is known.
#[derive(Clone, Debug)]
pub struct JudgePlan {
    classes: Arc<ClassList>,
    of: Vec<Answers>,
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
        let plan = JudgePlan { classes: Arc::clone(&self.view.classes), of, how: Bootstrap::default() };
        (!plan.of.is_empty()).then(|| Box::new(plan) as Work)
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
