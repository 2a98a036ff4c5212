//! Choosing the score from which a model's boxes count, on the validation images, which judge no model.

use crate::domain::Split;
use crate::evaluation::boxes::choose_threshold;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::predicting::PredictPlan;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::threshold_choice::ThresholdChoice;

/// Predictions to make before a threshold can be chosen.
#[derive(Clone, Debug)]
pub struct ThresholdPlan {
    pub choice: ThresholdChoice,
    pub predict: PredictPlan,
}

impl Task for ThresholdPlan {
    fn name(&self) -> String {
        "Choosing a threshold on the validation images".into()
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
            tell(Report::ThresholdReady(self.choice));
        }
    }
}

impl Core {
    /// The predictions of the validation images that are needed to choose a threshold.
    pub fn choose_threshold(&self, choice: ThresholdChoice) -> Result<Work, SessionError> {
        if self.box_threshold(choice.model).is_none() {
            return Err(SessionError::refused("this model draws no boxes, so that there is no threshold to choose"));
        }
        let predict = self.split_plan(choice.model, Split::Validation)?;
        Ok(Box::new(ThresholdPlan { choice, predict }))
    }

    /// Chooses it from the predictions there are, keeps it with the model and judges the model anew.
    pub(in crate::session) fn take_threshold(&mut self, choice: ThresholdChoice) -> Result<Vec<Work>, SessionError> {
        let said = self.stored_predictions(choice.model)?;
        let known = self.images.iter().zip(&self.annotations);
        let (truth, found): (Vec<_>, Vec<_>) = known
            .filter(|(image, annotation)| {
                image.split == Split::Validation && annotation.boxes_known(&self.view.classes)
            })
            .filter_map(|(image, annotation)| Some((annotation.true_boxes(), said.get(&image.id)?.boxes.clone())))
            .unzip();
        if truth.iter().all(Vec::is_empty) {
            self.warn(
                "no validation image has a box to choose a threshold by: draw some, or type the threshold".into(),
            );
            return Ok(Vec::new());
        }
        let threshold = choose_threshold(&truth, &found, &self.view.classes, choice.goal);
        self.set_threshold(choice.model, Some(threshold))?;
        Ok(vec![self.compare(choice.model, choice.active)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ModelId, ThresholdGoal};
    use crate::domain::{PredictedBox, Prediction, Rect};
    use crate::session::protocol::command::{Edit, ProjectCommand};
    use crate::session::test_project::{add_detector, annotate, send, small};

    fn rect(x: f64) -> Rect {
        Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 }
    }

    #[test]
    fn a_threshold_is_chosen_on_validation_images_only_and_kept_with_the_model() {
        let project = small(10);
        let mut core = project.open();
        let model = add_detector(&mut core, "boxes", 0.4, 0);
        let choice = ThresholdChoice { model, goal: ThresholdGoal::F1, active: None };
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
        assert_eq!(names, ["Comparing models on the test split"], "the model is judged anew");
        assert_eq!(core.models()[0].threshold, Some(0.75));
        send(&mut core, ProjectCommand::SetThreshold { model, threshold: None }).unwrap();
        assert_eq!(core.models()[0].box_threshold(), 0.4);
    }

    #[test]
    fn a_model_that_draws_no_boxes_has_none_to_choose() {
        let project = small(4);
        let choice = ThresholdChoice { model: ModelId(9), goal: ThresholdGoal::F1, active: None };
        assert!(project.open().choose_threshold(choice).unwrap_err().to_string().contains("no boxes"));
    }
}
