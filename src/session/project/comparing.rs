//! Evaluating models on a split with the readers' labels as truth, and laying two models side by side.

use crate::domain::prediction::answered_findings;
use crate::domain::{
    Annotation, AnswerKind, BoxThresholds, ClassList, ClassThresholds, ClassificationReport, Findings, ImageId,
    ModelId, ModelRecord, Prediction, Presence, Rect, Split,
};
use crate::evaluation::findings::{ANY_FINDING, any_finding, findings_report};
use crate::evaluation::{self, boxes::IMAGE_CLASSES};
use crate::nn::Compute;
use crate::session::importing::readings::same_findings;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::judging::Heard;
use crate::session::project::keeping::said_of;
use crate::session::project::predicting::PredictPlan;
use crate::session::project::rows::Thresholds;
use crate::session::project::truth::truth;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::queue::ImageSet;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::{Beside, ComparedBoxes, Comparison, Said};
use crate::training::Truth;
use std::collections::HashMap;
use std::sync::Arc;

/// Predictions to make before two models can be compared.
#[derive(Clone, Debug)]
pub struct ComparePlan {
    pub candidate: ModelId,
    pub active: Option<ModelId>,
    pub predict: Vec<PredictPlan>,
}

impl Task for ComparePlan {
    fn name(&self) -> String {
        "Comparing models on the test split".into()
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        for plan in self.predict {
            if plan.images.is_empty() {
                continue;
            }
            let mut failed = false;
            Box::new(plan).run(compute, order, &mut |report| {
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
    /// The images of the split of which the truth is known and that have a prediction, with truth and predicted class; of
    /// a model that draws boxes these are the [`IMAGE_CLASSES`].
    pub images: Vec<(ImageId, usize, usize)>,
    /// What is known of each and what was said.
    answers: Vec<(Answer, Answer)>,
    /// Images of the split of which the truth is not known, and those without a prediction.
    pub left_out: usize,
}

/// What is known of an image or said of it.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Class(usize),
    /// Of a model what it says of all findings, from their thresholds on.
    Findings(Findings),
    /// From the model's threshold on.
    Boxes(Vec<(usize, Rect)>),
}

impl Answer {
    /// Whether both come to the same: boxes need not lie exactly on one another.
    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boxes(a), Self::Boxes(b)) => same_findings(a, b),
            // What is not known of a finding contradicts nothing.
            (Self::Findings(a), Self::Findings(b)) => a.iter().all(|(finding, one)| {
                let other = b.get(finding).and_then(Presence::known);
                one.known().zip(other).is_none_or(|(one, other)| one == other)
            }),
            (a, b) => a == b,
        }
    }
}

impl Evaluation {
    /// What is known of the findings of each image, where the model answers with findings.
    pub(in crate::session) fn findings(&self) -> HashMap<ImageId, Findings> {
        let of = |((image, ..), (truth, _)): (&(ImageId, usize, usize), &(Answer, Answer))| match truth {
            Answer::Findings(said) => Some((*image, said.clone())),
            Answer::Class(_) | Answer::Boxes(_) => None,
        };
        self.images.iter().zip(&self.answers).filter_map(of).collect()
    }
}

impl Core {
    /// The predictions a model still has to make on a split before [`Core::evaluation`] covers all of it.
    pub fn evaluate(&self, model: ModelId, split: Split) -> Result<Option<Work>, SessionError> {
        let plan = self.split_plan(model, split)?;
        Ok(if plan.images.is_empty() { None } else { Some(Box::new(plan)) })
    }

    /// A model's figures on a split, from the predictions there are.
    pub fn evaluation(&self, model: ModelId, split: Split) -> Result<Evaluation, SessionError> {
        let stored = self.stored_predictions(model)?;
        Ok(self.evaluate_with(split, &stored, &[], (self.kind_of(model), self.thresholds_of(model))))
    }

    /// Two models on the frozen test split; makes the predictions that are not there yet.
    pub fn compare(&self, candidate: ModelId, active: Option<ModelId>) -> Result<Work, SessionError> {
        // An active model that cannot be used any more must not keep a new one from being judged, nor one that answers
        // another question.
        let alike = |id: &ModelId| self.kind_of(*id) == self.kind_of(candidate);
        let active = active.filter(|id| *id != candidate && self.problem(*id).is_none()).filter(alike);
        let models = std::iter::once(candidate).chain(active).chain(self.laid_beside(candidate, active));
        let predict = models.map(|model| self.split_plan(model, Split::Test)).collect::<Result<_, _>>()?;
        Ok(Box::new(ComparePlan { candidate, active, predict }))
    }

    /// The further models of a comparison: those asked for that can be used and answer the same question.
    fn laid_beside(&self, candidate: ModelId, active: Option<ModelId>) -> Vec<ModelId> {
        let known = |id: &&ModelId| self.models.iter().any(|model| model.id == **id) && self.problem(**id).is_none();
        let further =
            |id: &&ModelId| **id != candidate && Some(**id) != active && self.kind_of(**id) == self.kind_of(candidate);
        self.view.beside.iter().filter(known).filter(further).copied().collect()
    }

    /// Models on the images of the test split that all of them have predictions of, in their order.
    pub(in crate::session) fn side_by_side(&self, models: &[ModelId]) -> Result<Vec<SideBySide>, SessionError> {
        let said = models.iter().map(|model| self.stored_predictions(*model)).collect::<Result<Vec<_>, _>>()?;
        let all: Vec<&HashMap<ImageId, Prediction>> = said.iter().collect();
        let judge = |(model, own): (&ModelId, &HashMap<ImageId, Prediction>)| {
            self.evaluate_with(Split::Test, own, &all, (self.kind_of(*model), self.thresholds_of(*model)))
        };
        let evaluations: Vec<Evaluation> = models.iter().zip(&said).map(judge).collect();
        let all = models.iter().zip(said).zip(evaluations);
        Ok(all.map(|((model, said), evaluation)| SideBySide { model: *model, said, evaluation }).collect())
    }

    /// What a model answers with; one that is gone, with classes.
    pub(in crate::session) fn kind_of(&self, model: ModelId) -> AnswerKind {
        self.models.iter().find(|m| m.id == model).map(|record| record.card.answers()).unwrap_or_default()
    }

    /// The score from which a model's boxes count; `None` for one that draws none.
    pub fn box_threshold(&self, model: ModelId) -> Option<f64> {
        let record = self.models.iter().find(|m| m.id == model)?;
        record.card.architecture.draws_boxes().then(|| record.box_threshold())
    }

    /// From where on a model's words count.
    pub(in crate::session) fn thresholds_of(&self, model: ModelId) -> Thresholds {
        let record = self.models.iter().find(|m| m.id == model);
        Thresholds {
            boxes: record.filter(|record| record.card.architecture.draws_boxes()).map(ModelRecord::box_thresholds),
            classes: record.map(ModelRecord::thresholds).unwrap_or_default(),
            findings: record
                .filter(|record| record.card.answers() == AnswerKind::Findings)
                .map(|record| Arc::new(record.finding_thresholds())),
            answers: record.and_then(|record| record.answers),
            rules: record.and_then(ModelRecord::rules_of_findings).map(Arc::new),
        }
    }

    pub(in crate::session) fn split_plan(&self, model: ModelId, split: Split) -> Result<PredictPlan, SessionError> {
        let seen = self.stored_predictions(model)?;
        let kind = self.kind_of(model);
        let known = |a: &Annotation| truth(a, kind, &self.view.classes).is_some();
        self.predict_plan(model, &seen, |at| {
            self.images.get(at).is_some_and(|i| i.split == split) && self.annotations.get(at).is_some_and(known)
        })
    }

    /// The figures on the images of a split that `of` has predictions of, and all of `also` too; with a threshold those of
    /// a model that draws boxes.
    fn evaluate_with(
        &self,
        split: Split,
        of: &HashMap<ImageId, Prediction>,
        also: &[&HashMap<ImageId, Prediction>],
        (kind, thresholds): (AnswerKind, Thresholds),
    ) -> Evaluation {
        let all = self.images.iter().zip(&self.annotations).filter(|(i, _)| i.split == split);
        let mut known: Vec<(ImageId, &Annotation, &Prediction)> = Vec::new();
        let mut left_out = 0;
        for (image, annotation) in all {
            let said = of.get(&image.id).filter(|_| also.iter().all(|other| other.contains_key(&image.id)));
            let usable = |said: &&Prediction| {
                let speaks = kind == AnswerKind::Boxes || !said.probabilities.is_empty();
                // What was labelled as a study had planted is no truth until it is said again.
                speaks && !self.studying.is_followed(image.id) && truth(annotation, kind, &self.view.classes).is_some()
            };
            match said.filter(usable) {
                Some(said) => known.push((image.id, annotation, said)),
                None => left_out += 1,
            }
        }
        match &thresholds.boxes {
            Some(boxes) => of_boxes(&known, boxes, &self.view.classes, left_out),
            None if kind == AnswerKind::Findings => {
                of_findings(&known, &thresholds.classes, &self.view.classes, left_out)
            }
            None => of_classes(&known, &thresholds.classes, &self.view.classes, left_out),
        }
    }

    /// Lays two models side by side from the predictions there are, keeps their figures in the registry and shows them; what
    /// comes back works out their intervals.
    pub fn take_comparison(&mut self, candidate: ModelId, active: Option<ModelId>) -> Result<Vec<Work>, SessionError> {
        // All on the same images, or the figures could not be laid side by side.
        let models: Vec<ModelId> =
            std::iter::once(candidate).chain(active).chain(self.laid_beside(candidate, active)).collect();
        let all = self.side_by_side(&models)?;
        let Some((first, others)) = all.split_first() else { return Ok(Vec::new()) };
        let (old, further) = match (active, others.split_first()) {
            (Some(_), Some((old, further))) => (Some(&old.evaluation), further),
            (Some(_) | None, _) => (None, others),
        };
        let new = &first.evaluation;
        let thresholds = self.thresholds_of(candidate);
        if new.images.is_empty() {
            self.warn(
                "there is no labelled image in the test split to judge the model by: label some and compare again"
                    .into(),
            );
        }
        let names = match &thresholds.boxes {
            Some(_) => IMAGE_CLASSES.map(str::to_owned).to_vec(),
            None if self.kind_of(candidate) == AnswerKind::Findings => ANY_FINDING.map(str::to_owned).to_vec(),
            None => self.view.classes.names(),
        };
        let (mut flipped, mut gained, mut lost) = (Vec::new(), 0, 0);
        if let Some(old) = old {
            let images = new.images.iter().zip(&new.answers).zip(&old.answers);
            for ((&(image, ..), (truth, now)), (_, before)) in images {
                if !now.agrees(before) {
                    flipped.push(image);
                    gained += usize::from(now.agrees(truth));
                    lost += usize::from(before.agrees(truth));
                }
            }
        }
        let comparison = Comparison {
            candidate,
            candidate_cells: cells(new, &names),
            active_cells: old.map(|old| cells(old, &names)).unwrap_or_default(),
            flipped: ImageSet { title: "images on which the two models disagree".into(), images: Arc::new(flipped) },
            gained,
            lost,
            candidate_report: new.report.clone(),
            active: active.zip(old.map(|old| old.report.clone())),
            subgroups: Arc::default(),
            part_images: Arc::default(),
            said: all.iter().map(|one| (one.model, Arc::new(one.said_of_images()))).collect(),
            beside: further.iter().map(SideBySide::beside).collect(),
            boxes: ComparedBoxes::default(),
            performances: Vec::new(),
            difference: None,
        };
        let images: Vec<ImageId> = new.images.iter().map(|(image, ..)| *image).collect();
        let heard: Vec<Heard<'_>> = all.iter().map(|one| (one.model, &one.said)).collect();
        // The model in use is what the others are measured by.
        let pairs = if active.is_some() {
            (0..all.len()).filter(|at| *at != 1).map(|at| (at, 1)).collect()
        } else {
            Vec::new()
        };
        let judge: Option<Work> = match thresholds.boxes {
            Some(_) => self.judge_boxes(&images, &heard, pairs).map(|plan| Box::new(plan) as Work),
            None => self.judge(&images, &heard, pairs).map(|plan| Box::new(plan) as Work),
        };
        if self.view.read_only.is_none() {
            for one in &all {
                let name = self.record(one.model)?.card.name.clone();
                self.store.open_test(&self.view.reader, Some(one.model), &name, one.evaluation.images.len())?;
            }
            for one in &all {
                self.store.set_test_report(one.model, &one.evaluation.report)?;
            }
            self.refresh(Changed::Models)?;
        }
        self.tell_seen(&models)?;
        self.view.comparison = Some(Arc::new(comparison));
        // What the models find on the image looked at is beside it from now on.
        self.show_detail()?;
        self.show_calibration();
        self.keep_comparison()?;
        Ok(judge.into_iter().collect())
    }
}

/// A model on the images that others are judged by, too.
pub(in crate::session) struct SideBySide {
    pub model: ModelId,
    pub said: HashMap<ImageId, Prediction>,
    pub evaluation: Evaluation,
}

impl SideBySide {
    /// What it said of each image; nothing where it draws boxes.
    fn said_of_images(&self) -> Vec<Said> {
        let truth: Vec<(ImageId, usize)> =
            self.evaluation.images.iter().map(|(image, truth, _)| (*image, *truth)).collect();
        said_of(&self.said, &truth, &self.evaluation.findings())
    }

    fn beside(&self) -> Beside {
        Beside { model: self.model, report: self.evaluation.report.clone(), difference: None }
    }
}

fn of_classes(
    known: &[(ImageId, &Annotation, &Prediction)],
    thresholds: &ClassThresholds,
    classes: &ClassList,
    left_out: usize,
) -> Evaluation {
    let (mut images, mut answers, mut truth, mut probabilities) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (image, annotation, said) in known {
        let (Some(label), Some(top)) = (annotation.label, thresholds.called(&said.probabilities)) else {
            continue;
        };
        images.push((*image, label, top));
        answers.push((Answer::Class(label), Answer::Class(top)));
        truth.push(label);
        probabilities.push(said.probabilities.clone());
    }
    let report = evaluation::classification_at(&truth, &probabilities, classes, thresholds);
    Evaluation { report, images, answers, left_out }
}

fn of_findings(
    known: &[(ImageId, &Annotation, &Prediction)],
    thresholds: &ClassThresholds,
    classes: &ClassList,
    left_out: usize,
) -> Evaluation {
    let each: Vec<f64> =
        (0..classes.len()).map(|place| thresholds.of(place).unwrap_or(ModelRecord::THRESHOLD)).collect();
    let (mut images, mut answers, mut truths, mut probabilities) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (image, annotation, said) in known {
        let Some(Truth::Findings(is)) = truth(annotation, AnswerKind::Findings, classes) else { continue };
        let answered = answered_findings(&said.probabilities, &each, classes);
        // Of an image of which it is not known whether it has any finding there is no cell.
        let whole = any_finding(&is, classes).unwrap_or(ANY_FINDING.len());
        images.push((*image, whole, usize::from(answered.that_are(Presence::Present).next().is_some())));
        answers.push((Answer::Findings(is.clone()), Answer::Findings(answered)));
        truths.push(is);
        probabilities.push(said.probabilities.clone());
    }
    let report = findings_report(&truths, &probabilities, classes, thresholds);
    Evaluation { report, images, answers, left_out }
}

fn of_boxes(
    known: &[(ImageId, &Annotation, &Prediction)],
    thresholds: &BoxThresholds,
    classes: &ClassList,
    left_out: usize,
) -> Evaluation {
    let (mut images, mut answers, mut truth, mut found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (image, annotation, said) in known {
        let drawn: Vec<(usize, Rect)> = annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
        let counts = said.boxes.iter().filter(|one| thresholds.counts(one));
        let said_boxes: Vec<(usize, Rect)> = counts.map(|one| (one.class, one.rect)).collect();
        images.push((*image, usize::from(!drawn.is_empty()), usize::from(!said_boxes.is_empty())));
        truth.push(annotation.true_boxes());
        found.push(said.boxes.clone());
        answers.push((Answer::Boxes(drawn), Answer::Boxes(said_boxes)));
    }
    let report = evaluation::boxes::of_detector(&truth, &found, classes, thresholds);
    Evaluation { report, images, answers, left_out }
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
