//! What only the whole session shows of conversions, merges and weights from elsewhere: messages, jobs, and what undo offers.

use crate::domain::{Architecture, Preprocessing};
use crate::inference::{Preparation, Rule};
use crate::models;
use crate::nn::{Params, weights};
use crate::session::Workbench;
use crate::session::desk::converting::CONVERTING;
use crate::session::desk::test_window::window;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::view::{NoticeKind, Offer, ProjectView, View};
use crate::session::protocol::weights::{WeightsAsked, WeightsState};
use crate::session::test_project::{annotate, small};
use candle_core::Device;
use std::collections::HashMap;

fn project(view: &View) -> &ProjectView {
    view.project.as_deref().unwrap()
}

fn offers_undo(view: &View) -> bool {
    view.notices.iter().any(|notice| matches!(notice.offer, Some(Offer::Undo(_))))
}

#[test]
fn a_conversion_is_offered_to_be_taken_back_as_long_as_undo_would_do_that() {
    let small = small(10);
    let window = window(Some(small.project.clone()));
    window.until("the project", |view| view.project.is_some());
    window.send(ProjectCommand::Convert);
    window.until("the refusal", |view| view.notices.iter().any(|notice| notice.kind == NoticeKind::Error));
    assert!(window.session.view().notices[0].text.contains("look first"), "{:?}", window.session.view().notices);

    let convert = || {
        window.send(ProjectCommand::PlanConversion { findings: true });
        let planned = |view: &View| matches!(project(view).data.conversion, Some(Ok(_)));
        window.until("what it would do", planned);
        window.send(ProjectCommand::Convert);
        window.until("the conversion", |view| project(view).classes.findings && offers_undo(view))
    };
    let view = convert();
    let said = view.notices.iter().find(|notice| notice.offer.is_some()).unwrap();
    assert_eq!(said.text, "The project has several findings an image now: 10 images converted");
    assert_eq!(said.offer, Some(Offer::Undo("the conversion to several findings an image".into())));
    // Others, such as the look for the pictures, may go on.
    assert!(view.jobs.iter().all(|job| job.name != CONVERTING), "{:?}", view.jobs);
    window.send(ProjectCommand::Undo);
    window.until("the classes", |view| !project(view).classes.findings && !offers_undo(view));
    assert_eq!(project(&window.session.view()).rows[0].label, Some(0));

    // Once something else was done, undo is about that.
    convert();
    window.send(annotate(small.ids[0], Edit::Flag(true)));
    window.until("the flag", |view| project(view).rows[0].flagged && !offers_undo(view));
}

#[test]
fn weights_are_looked_at_and_added_beside_the_work() {
    let small = small(10);
    let file = small.dir.path().join("theirs.safetensors");
    let params = Params::new(&Device::Cpu, 5);
    models::build(Architecture::default().classifier().unwrap(), &Preprocessing::default(), 2, &params).unwrap();
    let tensors: Vec<_> = params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
    weights::write(&file, &tensors, &HashMap::new()).unwrap();

    let window = window(Some(small.project.clone()));
    window.until("the project", |view| view.project.is_some());
    let preparation = Preparation {
        rule: Some(Rule::Stretch),
        size: Some(16),
        mean: vec![0.5],
        std: vec![0.25],
        ..Preparation::default()
    };
    let asked = WeightsAsked { preparation, ..WeightsAsked::of(file) };
    window.send(ProjectCommand::LookAtWeights(Box::new(asked)));
    let fits = |view: &View| {
        let shown = project(view).weights.as_ref();
        shown.is_some_and(|weights| matches!(weights.state, WeightsState::Fits(_)))
    };
    window.until("what the file is", fits);
    window.send(ProjectCommand::AddWeights);
    let view = window.until("the model", |view| project(view).models.len() == 1 && project(view).weights.is_none());
    assert!(view.notices.iter().any(|notice| notice.text.contains("theirs is a candidate")), "{:?}", view.notices);
}

#[test]
fn a_merge_that_went_wrong_is_not_said_any_more_once_one_went_well() {
    let (small, other) = (small(10), small(10));
    let window = window(Some(small.project.clone()));
    window.until("the project", |view| view.project.is_some());
    let merge = |other: std::path::PathBuf| window.send(ProjectCommand::Merge { other });
    merge(small.dir.path().join("nowhere.overread"));
    let failed = |view: &View| view.notices.iter().any(|notice| notice.kind == NoticeKind::Error);
    window.until("the refusal", failed);
    merge(other.project.clone());
    let view = window.until("the merge", |view| view.notices.iter().any(|one| one.text.contains("are in both")));
    assert!(!failed(&view), "{:?}", view.notices);
}
