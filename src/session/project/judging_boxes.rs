//! Figures with intervals for models that draw boxes: worked out in a job, because they are drawn many times.

use crate::domain::BoxThresholds;
use crate::domain::performance::{BoxDifference, BoxPerformance, BoxSubgroup, BoxSubgroups, BoxesOn};
use crate::domain::{ClassList, ImageId, ModelId, PredictedBox, TrueBox};
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::boxes::{JudgedBoxes, box_difference, box_subgroups, boxes_on, of_boxes};
use crate::evaluation::performance::Attribute;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::judging::Heard;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task};
use std::sync::Arc;

/// What one model drew on the images that it is judged by.
#[derive(Clone, Debug)]
struct Drew {
    model: ModelId,
    name: String,
    thresholds: BoxThresholds,
    found: Vec<Vec<PredictedBox>>,
}

/// Judging models that draw boxes, all on the same images.
#[derive(Clone, Debug)]
pub struct BoxJudgePlan {
    classes: Arc<ClassList>,
    images: Vec<ImageId>,
    truth: Vec<Vec<TrueBox>>,
    groups: Vec<Option<String>>,
    /// The candidate first.
    of: Vec<Drew>,
    /// Which are told apart: the first less the second, by their places.
    pairs: Vec<(usize, usize)>,
    /// Of the images.
    attributes: Vec<Attribute>,
    how: Bootstrap,
}

impl Task for BoxJudgePlan {
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
            let performance = of_boxes(self.judged(one), self.how);
            let on = boxes_on(&self.truth, &one.found, &self.classes, &one.thresholds);
            let on = self.images.iter().copied().zip(on).collect();
            tell(Report::BoxesJudged { model: one.model, performance: Box::new(performance), on });
        }
        for (first, second) in &self.pairs {
            let (Some(first), Some(second)) = (self.of.get(*first), self.of.get(*second)) else { continue };
            if !next(tell, format!("{} beside {}", first.name, second.name)) {
                return;
            }
            if let Some(difference) = box_difference(self.judged(first), self.judged(second), self.how) {
                tell(Report::BoxesApart { models: [first.model, second.model], difference: Box::new(difference) });
            }
        }
        if let Some(candidate) = self.of.first() {
            let (mut parted, mut images) = (Vec::new(), Vec::new());
            for attribute in &self.attributes {
                if !next(tell, format!("by {}", attribute.name)) {
                    return;
                }
                if let Some(one) = box_subgroups(self.judged(candidate), attribute, self.how) {
                    let with = |part: &BoxSubgroup| {
                        let having =
                            self.images.iter().zip(&attribute.values).filter(|(_, value)| **value == part.value);
                        having.map(|(image, _)| *image).collect()
                    };
                    images.push(one.parts.iter().map(with).collect());
                    parted.push(one);
                }
            }
            tell(Report::BoxesParted { model: candidate.model, subgroups: parted, images });
        }
        tell(Report::AllJudged);
    }
}

impl BoxJudgePlan {
    /// How many parts the work has, for the progress.
    pub(in crate::session) fn steps(&self) -> usize {
        self.of.len() + self.pairs.len() + self.attributes.len()
    }

    /// The same with attributes that this is true of, by their names.
    pub(in crate::session) fn by(mut self, shown: impl Fn(&str) -> bool) -> Self {
        self.attributes.retain(|attribute| shown(&attribute.name));
        self
    }

    fn judged<'a>(&'a self, of: &'a Drew) -> JudgedBoxes<'a> {
        let Self { truth, groups, classes, .. } = self;
        JudgedBoxes { truth, found: &of.found, groups, classes, thresholds: &of.thresholds }
    }
}

impl Core {
    /// The work of judging models that draw boxes on these images, from the predictions there are; none where one of them
    /// draws none. `pairs` are told apart, by their places among the models.
    pub(in crate::session) fn judge_boxes(
        &self,
        images: &[ImageId],
        models: &[Heard<'_>],
        pairs: Vec<(usize, usize)>,
    ) -> Option<BoxJudgePlan> {
        let thresholds: Vec<BoxThresholds> =
            models.iter().map(|(model, _)| self.thresholds_of(*model).boxes).collect::<Option<_>>()?;
        let (mut judged, mut truth, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        let mut of: Vec<Drew> = models
            .iter()
            .zip(thresholds)
            .map(|((model, _), thresholds)| Drew {
                model: *model,
                name: self.name_of(*model),
                thresholds,
                found: Vec::new(),
            })
            .collect();
        for image in images {
            let at = self.at.get(image).copied();
            let known = at.and_then(|at| Some((self.annotations.get(at)?, self.images.get(at)?)));
            let said: Option<Vec<&Vec<PredictedBox>>> =
                models.iter().map(|(_, said)| Some(&said.get(image)?.boxes)).collect();
            let (Some((annotation, record)), Some(said)) = (known, said) else { continue };
            judged.push(*image);
            truth.push(annotation.true_boxes());
            groups.push(record.group.clone());
            of.iter_mut().zip(said).for_each(|(one, boxes)| one.found.push(boxes.clone()));
        }
        let classes = Arc::clone(&self.view.classes);
        (!judged.is_empty()).then(|| BoxJudgePlan {
            attributes: self.attributes(&judged),
            classes,
            images: judged,
            truth,
            groups,
            of,
            pairs,
            how: Bootstrap::default(),
        })
    }

    /// Shows a model's figures, and what lies behind them, with the comparison that they belong to.
    pub(in crate::session) fn take_box_performance(
        &mut self,
        model: ModelId,
        performance: BoxPerformance,
        on: Vec<(ImageId, BoxesOn)>,
    ) {
        if let Some(comparison) = &mut self.view.comparison {
            let boxes = &mut Arc::make_mut(comparison).boxes;
            boxes.performances.retain(|(of, _)| *of != model);
            boxes.performances.push((model, Arc::new(performance)));
            boxes.on.retain(|(of, _)| *of != model);
            boxes.on.push((model, Arc::new(on)));
        }
    }

    /// Shows how much two models differ with the comparison of them.
    pub(in crate::session) fn take_box_difference(&mut self, [first, other]: [ModelId; 2], difference: BoxDifference) {
        let Some(comparison) = &mut self.view.comparison else { return };
        let comparison = Arc::make_mut(comparison);
        if comparison.active.as_ref().is_some_and(|(id, _)| *id == other) {
            comparison.boxes.differences.retain(|(of, _)| *of != first);
            comparison.boxes.differences.push((first, Arc::new(difference)));
        }
    }

    /// Shows how the candidate's boxes do in parts of the images.
    pub(in crate::session) fn take_box_subgroups(
        &mut self,
        model: ModelId,
        subgroups: Vec<BoxSubgroups>,
        images: Vec<Vec<Vec<ImageId>>>,
    ) {
        if let Some(comparison) = self.view.comparison.as_mut().filter(|comparison| comparison.candidate == model) {
            let comparison = Arc::make_mut(comparison);
            comparison.boxes.subgroups = Arc::new(subgroups);
            comparison.part_images = Arc::new(images);
        }
    }

    /// All of a comparison is worked out.
    pub(in crate::session) fn take_all_judged(&mut self) -> Result<(), SessionError> {
        self.keep_comparison()
    }
}
