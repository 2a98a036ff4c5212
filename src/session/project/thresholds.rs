//! Choosing the score from which a model's boxes count, or the probability from which one of two classes is called, on the
//! validation images, which judge no model.

use crate::domain::performance::FindingGoal;
use crate::domain::{
    Annotation, AnswerKind, Basis, ClassThresholds, ImageId, ImageRecord, Prediction, Reached, Share, Split,
    ThresholdBy, ThresholdGoal, TrueBox,
};
use crate::evaluation::binary::Table;
use crate::evaluation::boxes::{choose_class_threshold, choose_threshold};
use crate::evaluation::interval::wilson_of_share;
use crate::evaluation::performance::{self, Judged};
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::predicting::PredictPlan;
use crate::session::project::truth::{held, truth};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::threshold_choice::{Goal, OnValidation, ThresholdChoice};
use std::collections::HashMap;

/// Predictions to make before something can be chosen on the validation images.
#[derive(Clone, Debug)]
pub struct ValidationPlan {
    pub what: OnValidation,
    pub predict: PredictPlan,
}

impl Task for ValidationPlan {
    fn name(&self) -> String {
        let what = match self.what {
            OnValidation::Threshold(_) => "Choosing a threshold",
            OnValidation::Temperature { .. } => "Calibrating",
            OnValidation::Answers { .. } => "Choosing when to be not sure",
        };
        format!("{what} on the validation images")
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let mut failed = false;
        if !self.predict.images.is_empty() {
            Box::new(self.predict).run(compute, order, &mut |report| {
                failed |= matches!(report, Report::Failed(_));
                tell(report);
            });
        }
        if !failed && order() == Order::Go {
            tell(Report::ValidationReady(self.what));
        }
    }
}

impl Core {
    /// The predictions of the validation images that are needed to choose a threshold.
    pub fn choose_threshold(&self, choice: ThresholdChoice) -> Result<Work, SessionError> {
        let draws = self.box_threshold(choice.model).is_some();
        let record = self.models.iter().find(|model| model.id == choice.model);
        let classes = record.map_or(0, |model| model.card.classes.len());
        match choice.goal {
            Goal::Boxes(_) if !draws => Err("this model draws no boxes, so that there is no such threshold to choose"),
            Goal::Finding(_) if draws => Err("this model draws boxes: choose the score from which they count"),
            Goal::Finding(_) if choice.class.is_none() && classes != 2 => {
                Err("say which class the threshold is for: of more than two each has its own")
            }
            Goal::Finding(_) if choice.class.is_some() && classes == 2 => {
                Err("of two classes there is one threshold, for the second")
            }
            Goal::Boxes(_) | Goal::Finding(_) if choice.class.is_some_and(|class| class >= classes) => {
                Err("the model has no such class")
            }
            Goal::Boxes(_) | Goal::Finding(_) => Ok(()),
        }
        .map_err(SessionError::refused)?;
        self.on_validation(OnValidation::Threshold(choice))
    }

    /// The predictions of the validation images that are needed to calibrate a model, or to choose when it is not sure.
    pub fn choose_calibration(&self, what: OnValidation) -> Result<Work, SessionError> {
        let draws = self.box_threshold(what.model()).is_some();
        if draws && matches!(what, OnValidation::Answers { .. }) {
            return Err(SessionError::refused("this model draws boxes: it gives no image a class to be unsure of"));
        }
        self.on_validation(what)
    }

    fn on_validation(&self, what: OnValidation) -> Result<Work, SessionError> {
        self.check_writable()?;
        let predict = self.split_plan(what.model(), Split::Validation)?;
        Ok(Box::new(ValidationPlan { what, predict }))
    }

    /// Chooses what was asked for from the predictions there are.
    pub(in crate::session) fn take_validation(&mut self, what: OnValidation) -> Result<Vec<Work>, SessionError> {
        match what {
            OnValidation::Threshold(choice) => self.take_threshold(choice),
            OnValidation::Temperature { model, active } => self.take_temperature(model, active),
            OnValidation::Answers { model, miss } => self.take_answers(model, miss),
        }
    }

    /// Chooses it from the predictions there are, keeps it with the model and judges the model anew.
    pub(in crate::session) fn take_threshold(&mut self, choice: ThresholdChoice) -> Result<Vec<Work>, SessionError> {
        let said = self.stored_predictions(choice.model)?;
        let chosen = match choice.goal {
            Goal::Boxes(goal) => self.threshold_of_boxes(&said, choice.class, goal),
            Goal::Finding(goal) => self.threshold_of_classes(&said, choice.class, goal),
        };
        let threshold = match chosen {
            Ok(threshold) => threshold,
            Err(why) => {
                self.warn(why.into());
                return Ok(Vec::new());
            }
        };
        let (threshold, by) = threshold;
        match choice.class {
            None => self.fix_threshold(choice.model, Some(threshold), by)?,
            Some(class) => {
                let class = self.record(choice.model)?.card.classes.name(class);
                self.fix_class_threshold(choice.model, &class, Some(threshold), by)?;
            }
        }
        self.compare_where_open(choice.model, choice.active)
    }

    /// The validation images with what is said of them.
    fn validation(&self) -> impl Iterator<Item = (&ImageRecord, &Annotation)> {
        // What was labelled as a study had planted is no truth until it is said again.
        let usable = |image: &ImageRecord| image.split == Split::Validation && !self.studying.is_followed(image.id);
        self.images.iter().zip(&self.annotations).filter(move |(image, _)| usable(image))
    }

    fn threshold_of_boxes(
        &self,
        said: &HashMap<ImageId, Prediction>,
        class: Option<usize>,
        goal: ThresholdGoal,
    ) -> Result<(f64, ThresholdBy), &'static str> {
        let (truth, found): (Vec<_>, Vec<_>) = self
            .validation()
            .filter(|(_, annotation)| annotation.boxes_known(&self.view.classes))
            .filter_map(|(image, annotation)| Some((annotation.true_boxes(), said.get(&image.id)?.boxes.clone())))
            .unzip();
        let is_of = |one: &TrueBox| class.is_none_or(|class| one.class == class);
        if !truth.iter().flatten().any(is_of) {
            return Err("no validation image has a box to choose a threshold by: draw some, or type the threshold");
        }
        let on = Basis { split: Split::Validation, images: truth.len(), positives: None };
        let classes = &self.view.classes;
        let threshold = match class {
            None => choose_threshold(&truth, &found, classes, goal),
            Some(class) => choose_class_threshold(&truth, &found, (classes, class), goal),
        };
        Ok((threshold, ThresholdBy::Goal { goal: goal.to_string(), on, reached: None }))
    }

    fn threshold_of_classes(
        &self,
        said: &HashMap<ImageId, Prediction>,
        class: Option<usize>,
        goal: FindingGoal,
    ) -> Result<(f64, ThresholdBy), &'static str> {
        let kind = if self.view.classes.findings { AnswerKind::Findings } else { AnswerKind::Class };
        let known = |(image, annotation): (&ImageRecord, &Annotation)| {
            let truth = truth(annotation, kind, &self.view.classes)?;
            Some((truth, said.get(&image.id)?.probabilities.clone()))
        };
        let (truth, probabilities): (Vec<_>, Vec<_>) = self.validation().filter_map(known).unzip();
        let truth = held(kind == AnswerKind::Findings, truth);
        let of = Judged {
            truth: truth.lent(),
            probabilities: &probabilities,
            groups: &[],
            classes: &self.view.classes,
            thresholds: ClassThresholds::NONE,
        };
        let chosen = match class {
            None => performance::choose_threshold(of, goal),
            Some(class) => performance::choose_class_threshold(of, class, goal),
        };
        let by = |(threshold, table)| (threshold, chosen_by(goal, &table));
        chosen.map(by).ok_or(
            "no threshold serves that on the validation images: some must be of the class and some of another, and the share \
             wanted must be within reach",
        )
    }
}

/// Where a threshold comes from that was chosen for a goal on the validation images of this table, with what it comes to
/// there. Images of which nobody knows whether they show the finding are none of them.
pub fn chosen_by(goal: FindingGoal, table: &Table) -> ThresholdBy {
    let images = count(table.positives() + table.negatives());
    let on = Basis { split: Split::Validation, images, positives: Some(count(table.positives())) };
    let share = |value: Option<f64>, of: f64| {
        let (low, high) = wilson_of_share(value?, count(of))?;
        Some(Share { value: value?, low, high })
    };
    let sensitivity = share(table.sensitivity(), table.positives());
    let specificity = share(table.specificity(), table.negatives());
    let reached = sensitivity.zip(specificity).map(|(sensitivity, specificity)| Reached { sensitivity, specificity });
    ThresholdBy::Goal { goal: goal.to_string(), on, reached }
}

/// Images that each weigh 1.
fn count(weight: f64) -> usize {
    weight.round().max(0.0) as usize
}

#[cfg(test)]
#[path = "class_thresholds_tests.rs"]
mod of_classes;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use crate::domain::{ModelId, PredictedBox, Rect};
    use crate::session::project::changed::Changed;
    use crate::session::protocol::command::{Edit, ProjectCommand};
    use crate::session::protocol::exports::ExportRequest;
    use crate::session::test_project::{add_detector, add_model, annotate, send, small};

    fn rect(x: f64) -> Rect {
        Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 }
    }

    #[test]
    fn a_threshold_is_chosen_on_validation_images_only_and_kept_with_the_model() {
        let project = small(10);
        let mut core = project.open();
        let model = add_detector(&mut core, "boxes", 0.4, 0);
        let choice = ThresholdChoice { model, class: None, goal: Goal::Boxes(ThresholdGoal::F1), active: None };
        assert!(core.take_threshold(choice).unwrap().is_empty(), "nothing to choose by");
        assert_eq!(core.models()[0].threshold, None);

        // Everywhere a right box; where the model is to be tuned a wrong one of less score, elsewhere one of more.
        let predictions: Vec<Prediction> = (core.images().iter())
            .map(|image| {
                let tuned = image.split == Split::Validation;
                let said = |score, x| PredictedBox { class: 0, score, rect: rect(x) };
                let boxes = vec![said(0.75, 2.0), said(if tuned { 0.5 } else { 0.9 }, 20.0)];
                Prediction { image: image.id, model, logits: Vec::new(), probabilities: Vec::new(), boxes }
            })
            .collect();
        core.store.put_predictions(&predictions).unwrap();
        for image in &project.ids {
            send(&mut core, annotate(*image, Edit::DrawBox { class: 0, rect: rect(2.0) })).unwrap();
        }
        let work = core.take_threshold(choice).unwrap();
        let names: Vec<String> = work.iter().map(|work| work.name()).collect();
        assert_eq!(names, ["Comparing models on the test split"], "the model is judged again");
        assert_eq!(core.models()[0].threshold, Some(0.75));
        send(&mut core, ProjectCommand::SetThreshold { model, threshold: None }).unwrap();
        assert_eq!(core.models()[0].box_threshold(), 0.4);
    }

    #[test]
    fn one_of_two_classes_is_called_from_the_threshold_on_everywhere_and_no_more_once_it_is_taken_away() {
        let project = small(20);
        let mut core = project.open();
        let model = add_model(&mut core, "classes", Architecture::default(), None, 0);
        // All are more probably dark; bright ones less so.
        let bright: HashMap<ImageId, bool> =
            core.images().iter().map(|image| (image.id, image.name.starts_with("bright"))).collect();
        let predictions: Vec<Prediction> = (core.images().iter())
            .map(|image| {
                let p = if bright[&image.id] { 0.3 } else { 0.1 };
                let (logits, probabilities) = (vec![0.0; 2], vec![1.0 - p, p]);
                Prediction { image: image.id, model, logits, probabilities, boxes: Vec::new() }
            })
            .collect();
        core.store.put_predictions(&predictions).unwrap();
        core.store.set_active("ada", Some(model)).unwrap();
        core.refresh(Changed::ActiveModel).unwrap();
        let called = |core: &Core| {
            core.view().rows.iter().filter(|row| row.predicted.is_some_and(|(class, _)| class == 1)).count()
        };
        assert_eq!(called(&core), 0);
        let choice = |goal| ThresholdChoice { model, class: None, goal: Goal::Finding(goal), active: None };
        core.take_threshold(choice(FindingGoal::Youden)).unwrap();
        assert_eq!(core.models()[0].class_threshold().map(|t| (t * 100.0).round()), Some(20.0));
        assert_eq!(called(&core), 10, "all bright images, in the queue at once");
        assert_eq!(core.evaluation(model, Split::Test).unwrap().report.accuracy, 1.0);
        let out = core.outgoing(&ExportRequest::table(project.dir.path().join("x.csv"))).unwrap();
        assert!(
            out.iter().all(|one| one.predicted.as_ref().unwrap().label == one.image.said[0].label.clone().unwrap())
        );
        let image = *bright.iter().find(|(_, bright)| **bright).unwrap().0;
        send(&mut core, annotate(image, Edit::Label(None))).unwrap();
        send(&mut core, annotate(image, Edit::Accept)).unwrap();
        let at = core.images().iter().position(|one| one.id == image).unwrap();
        assert_eq!(core.annotations()[at].label, Some(1), "what is accepted is what is called");
        send(&mut core, ProjectCommand::SetThreshold { model, threshold: None }).unwrap();
        assert_eq!(called(&core), 0);
        let boxes = ThresholdChoice { goal: Goal::Boxes(ThresholdGoal::F1), ..choice(FindingGoal::F1) };
        assert!(core.choose_threshold(boxes).unwrap_err().to_string().contains("no boxes"));
    }

    #[test]
    fn a_model_that_draws_no_boxes_has_none_to_choose() {
        let project = small(4);
        let choice =
            ThresholdChoice { model: ModelId(9), class: None, goal: Goal::Boxes(ThresholdGoal::F1), active: None };
        assert!(project.open().choose_threshold(choice).unwrap_err().to_string().contains("no boxes"));
    }
}
