//! Thresholds as events: what the log shows, undo across restarts, and a test split that stays closed.

use super::*;
use crate::domain::performance::FindingGoal;
use crate::domain::{Architecture, ImageId, Prediction, Split, Standing};
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::threshold_choice::{Goal, ThresholdChoice};
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{Small, add_model, send, small};
use std::collections::HashMap;

/// A model that is right of every image, and less sure of bright ones: 0.3 for them, 0.1 for the others.
fn model(core: &mut Core, name: &str) -> ModelId {
    let model = add_model(core, name, Architecture::default(), None, 0);
    let bright: HashMap<ImageId, bool> =
        core.images().iter().map(|image| (image.id, image.name.starts_with("bright"))).collect();
    let said = |image: &ImageId| {
        let p: f32 = if bright[image] { 0.3 } else { 0.1 };
        let (logits, probabilities) = (vec![0.0, (p / (1.0 - p)).ln()], vec![1.0 - p, p]);
        Prediction { image: *image, model, logits, probabilities, boxes: Vec::new() }
    };
    let predictions: Vec<Prediction> = bright.keys().map(said).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    model
}

fn choice(model: ModelId) -> ProjectCommand {
    let goal = Goal::Finding(FindingGoal::Youden);
    ProjectCommand::ChooseThreshold(ThresholdChoice { model, class: None, goal, active: None })
}

fn standing(core: &Core, model: ModelId) -> Standing {
    core.view().models.iter().find(|row| row.record.id == model).unwrap().prespecified.standing
}

fn opened(core: &Core) -> usize {
    let decisions = core.store().decisions().unwrap();
    decisions.iter().filter(|event| matches!(event.decision, Decision::TestOpened { .. })).count()
}

fn ada(project: &Small) -> Core {
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    core
}

#[test]
fn a_choice_before_the_test_figures_is_fixed_and_one_after_them_exploratory() {
    let project = small(20);
    let mut core = ada(&project);
    let model = model(&mut core, "m");
    assert_eq!(standing(&core, model), Standing::NotChosen);
    send(&mut core, choice(model)).unwrap();
    assert_eq!((standing(&core, model), opened(&core)), (Standing::Fixed, 1), "chosen, then judged");
    send(&mut core, choice(model)).unwrap();
    assert_eq!(standing(&core, model), Standing::Fixed, "the same again is no other choice");
    let logged = core.store().decisions().unwrap();
    let ThresholdBy::Goal { goal, on, reached } = logged
        .iter()
        .find_map(|event| match &event.decision {
            Decision::Threshold { by, class, .. } => {
                assert_eq!(class.as_deref(), Some("bright"));
                Some(by.clone())
            }
            _ => None,
        })
        .unwrap()
    else {
        panic!("chosen for a goal")
    };
    let validation = core.images().iter().filter(|image| image.split == Split::Validation).count();
    assert_eq!((goal.as_str(), on.split, on.images), ("youden", Split::Validation, validation));
    let sensitivity = reached.unwrap().sensitivity;
    assert_eq!((sensitivity.value, sensitivity.high), (1.0, 1.0));
    assert!(sensitivity.low > 0.2 && sensitivity.low < 0.5, "of two bright images: {sensitivity:?}");

    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.25) }).unwrap();
    assert_eq!(standing(&core, model), Standing::Exploratory);
    assert!(core.store().decisions_hold().unwrap());
}

#[test]
fn undo_takes_thresholds_back_says_so_and_judges_anew_also_after_a_restart() {
    let project = small(20);
    let mut core = ada(&project);
    let model = model(&mut core, "m");
    send(&mut core, choice(model)).unwrap();
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.05) }).unwrap();
    let called = |core: &Core| core.view().rows.iter().filter(|row| row.predicted.is_some_and(|p| p.0 == 1)).count();
    assert_eq!((called(&core), core.view().undo.as_deref()), (20, Some("threshold of m")));
    drop(core);
    let mut core = ada(&project);
    core.take_comparison(model, None).unwrap();
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(called(&core), 10, "the rows follow");
    let told = core.take_notices();
    assert!(told.contains(&(NoticeKind::Passing, "Undid: threshold of m, back to 0.200".into())), "{told:?}");
    let figures = core.view().comparison.clone().unwrap();
    assert_eq!(figures.candidate_report.accuracy, 1.0, "the figures on screen are of the threshold in force");
    assert_eq!(core.view().redo.as_deref(), Some("threshold of m"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((core.models()[0].threshold, called(&core)), (None, 0));
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.models()[0].threshold.map(|t| (t * 100.0).round()), Some(20.0));
    core.act_as("grace");
    send(&mut core, ProjectCommand::Undo).unwrap();
    let told = core.take_notices();
    assert!(told.iter().any(|(_, text)| text.contains("ada's (threshold of m)")), "{told:?}");
    assert_eq!(called(&core), 10, "another reader's choice stays");
}

#[test]
fn a_closed_test_split_is_opened_by_nothing_but_a_wish_for_figures() {
    let project = small(20);
    let mut core = ada(&project);
    send(&mut core, ProjectCommand::KeepTestClosed(true)).unwrap();
    drop(core);
    let mut core = ada(&project);
    assert!(core.view().test_closed);
    let model = model(&mut core, "m");
    send(&mut core, choice(model)).unwrap();
    assert_eq!((opened(&core), standing(&core, model)), (0, Standing::Fixed));
    assert!(core.view().comparison.is_none());
    send(&mut core, ProjectCommand::Compare { candidate: model, active: None }).unwrap();
    assert_eq!((opened(&core), standing(&core, model)), (1, Standing::Fixed));
    send(&mut core, ProjectCommand::Compare { candidate: model, active: None }).unwrap();
    assert_eq!(opened(&core), 1, "the first time counts");
}

#[test]
fn a_project_keeps_its_own_choice_of_the_test_split_and_others_follow_the_person_s() {
    let project = small(10);
    let mut core = project.open();
    core.keep_test_closed_by_default(true);
    assert!(core.view().test_closed, "nobody chose it here");
    core.keep_test_closed(false).unwrap();
    drop(core);
    let mut core = project.open();
    core.keep_test_closed_by_default(true);
    assert!(!core.view().test_closed, "somebody did");
}
