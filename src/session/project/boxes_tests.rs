//! Boxes from a model's word to the log: what counts, taking it over, and undo in one step.

use super::*;
use crate::domain::ModelId;
use crate::domain::{DisplayState, ImageId, ShownPrediction};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::queue::{Boxes, Filter};
use crate::session::protocol::task::Report;
use crate::session::protocol::view::PageImage;
use crate::session::test_project::{Small, add_detector, annotate, send, small};

fn rect(x: f64) -> Rect {
    Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 }
}

fn said(class: usize, score: f32, x: f64) -> PredictedBox {
    PredictedBox { class, score, rect: rect(x) }
}

/// A project whose active model, a detector, has looked at the first three images.
fn detected() -> (Small, Core, ModelId) {
    let project = small(6);
    let mut core = project.open();
    let model = add_detector(&mut core, "boxes", 0.4, 0);
    let words = [vec![said(0, 0.9, 2.0), said(1, 0.6, 20.0), said(0, 0.2, 12.0)], vec![said(0, 0.3, 2.0)], vec![]];
    let of = |(image, boxes): (&ImageId, Vec<PredictedBox>)| Prediction {
        image: *image,
        model,
        logits: Vec::new(),
        probabilities: Vec::new(),
        boxes,
    };
    let predictions: Vec<Prediction> = project.ids.iter().zip(words).map(of).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    for image in &project.ids {
        core.annotate(*image, &Edit::Label(None), None, None).unwrap();
    }
    (project, core, model)
}

fn drawn_boxes(core: &Core, at: usize) -> Vec<(usize, Rect)> {
    core.annotations()[at].boxes.iter().map(|one| (one.class, one.rect)).collect()
}

#[test]
fn rows_say_what_counts_and_follow_the_threshold() {
    let (project, mut core, model) = detected();
    let row = |core: &Core, at: usize| core.view().rows[at].clone();
    assert_eq!(core.view().threshold, Some(0.4));
    assert!(core.view().is_about_boxes());
    let first = row(&core, 0);
    assert_eq!((first.predicted, first.boxes.predicted, first.boxes.best), (Some((0, 0.9)), 2, 0.9));
    assert_eq!((first.boxes.known, first.boxes.extra), (false, 0), "nobody said what is there");
    // 0.2 of 0 to 0.4 and 0.6 of 0.4 to 1: the second and the third box are nearest to it.
    assert!((first.uncertainty - (1.0 - 0.2 / 0.6)).abs() < 1e-6, "{}", first.uncertainty);
    let second = row(&core, 1);
    assert_eq!((second.predicted, second.is_predicted(), second.boxes.best), (None, true, 0.3));
    assert!(!row(&core, 4).is_predicted());
    assert_eq!(core.view().counts.predicted, 3);

    send(&mut core, annotate(project.ids[0], Edit::DrawBox { class: 0, rect: rect(3.0) })).unwrap();
    send(&mut core, annotate(project.ids[1], Edit::DrawBox { class: 0, rect: rect(2.0) })).unwrap();
    send(&mut core, annotate(project.ids[2], Edit::NothingHere)).unwrap();
    let counts = |core: &Core, at: usize| {
        let b = row(core, at).boxes;
        (b.drawn, b.missed, b.shifted, b.extra)
    };
    assert_eq!([0, 1, 2].map(|at| counts(&core, at)), [(1, 0, 0, 1), (1, 1, 0, 0), (0, 0, 0, 0)]);
    assert_eq!(core.view().counts.disagreements, 2);
    let filter = |boxes| ProjectCommand::SetFilter(Filter { boxes: Some(boxes), ..Filter::default() });
    for (boxes, expected) in [(Boxes::Missed, vec![1u32]), (Boxes::Extra, vec![0]), (Boxes::None, vec![2])] {
        send(&mut core, filter(boxes)).unwrap();
        assert_eq!(*core.view().queue, expected, "{boxes:?}");
    }

    send(&mut core, filter(Boxes::Missed)).unwrap();
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.7) }).unwrap();
    assert_eq!([0, 1].map(|at| counts(&core, at)), [(1, 0, 0, 0), (1, 1, 0, 0)]);
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.25) }).unwrap();
    assert_eq!([0, 1].map(|at| counts(&core, at)), [(1, 0, 0, 1), (1, 0, 0, 0)]);
    assert!(core.view().queue.is_empty(), "the queue follows");
    drop(core);
    assert_eq!(project.open().view().threshold, Some(0.25), "kept with the model");
}

#[test]
fn the_boxes_of_a_page_are_shown_and_follow_changes() {
    let (project, mut core, model) = detected();
    let page = |core: &Core| {
        let one = |one: &PageImage| (one.image, one.boxes.len(), one.found.len());
        core.view().page.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(page(&core), []);
    let ids = &project.ids;
    send(&mut core, ProjectCommand::LookAtPage(vec![ids[1], ids[0], ImageId(-7)])).unwrap();
    assert_eq!(page(&core), [(ids[1], 0, 1), (ids[0], 0, 3)], "also those that do not count");
    let before = core.view().page.clone();
    send(&mut core, annotate(ids[3], Edit::Flag(true))).unwrap();
    assert!(std::sync::Arc::ptr_eq(&before, &core.view().page), "nothing on the page changed");
    send(&mut core, annotate(ids[0], Edit::DrawBox { class: 0, rect: rect(3.0) })).unwrap();
    assert_eq!(page(&core), [(ids[1], 0, 1), (ids[0], 1, 3)]);
    let said = Prediction { image: ids[1], model, logits: vec![], probabilities: vec![], boxes: vec![] };
    core.take(Report::Predicted { model, predictions: vec![said], failed: vec![] }).unwrap();
    assert_eq!(page(&core), [(ids[1], 0, 0), (ids[0], 1, 3)]);
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::LookAtPage(vec![ids[0]])).unwrap();
    assert_eq!(page(&core), [(ids[0], 0, 3)]);
}

#[test]
fn accepting_all_reviews_and_is_taken_back_at_once() {
    let (project, mut core, model) = detected();
    let image = project.ids[0];
    let before = core.annotations()[0].clone();
    let events = core.store().events(image).unwrap().len();
    let shown = ShownPrediction::of(core.prediction(image).unwrap(), Some(&crate::domain::BoxThresholds::of_all(0.4)));
    assert_eq!(shown.boxes.len(), 2, "those on screen");
    let command = ProjectCommand::Annotate {
        image,
        edit: Edit::AcceptBoxes { threshold: 0.4 },
        shown: Some(shown.clone()),
        display: DisplayState::default(),
    };
    send(&mut core, command).unwrap();
    assert_eq!(drawn_boxes(&core, 0), [(0, rect(2.0)), (1, rect(20.0))]);
    assert!(core.annotations()[0].reviewed);
    let log = core.store().events(image).unwrap();
    assert_eq!(log.len(), events + 3);
    assert!(log[events..].iter().all(|event| event.shown.as_ref() == Some(&shown)));
    let after = core.annotations()[0].clone();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations()[0], before);
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert_eq!(core.annotations()[0], after);
    core.store().verify_chain().unwrap();

    // Nothing counts: looked at, and nothing is there.
    send(&mut core, annotate(project.ids[1], Edit::AcceptBoxes { threshold: 0.4 })).unwrap();
    assert!(core.annotations()[1].boxes_known(&core.view().classes) && core.annotations()[1].boxes.is_empty());
    let error = core.annotate(project.ids[5], &Edit::AcceptBoxes { threshold: 0.4 }, None, None).unwrap_err();
    assert!(error.to_string().contains("no model has looked at this image"), "{error}");
    assert_eq!(core.view().active, Some(model));
}

#[test]
fn where_somebody_drew_a_box_the_models_are_added_only_one_by_one_or_by_name() {
    let (project, mut core, _) = detected();
    let image = project.ids[0];
    send(&mut core, annotate(image, Edit::DrawBox { class: 0, rect: rect(3.0) })).unwrap();
    assert!(core.annotate(image, &Edit::AcceptBoxes { threshold: 0.4 }, None, None).unwrap().is_none());
    assert_eq!(drawn_boxes(&core, 0), [(0, rect(3.0))]);
    let said = core.prediction(image).unwrap().boxes.clone();
    let offered =
        takeable(&core.annotations()[0].boxes, &said, &crate::domain::BoxThresholds::of_all(0.4), 2, [32.0, 24.0]);
    assert_eq!(offered, [(1, rect(20.0))], "what is drawn already is not offered");
    send(&mut core, annotate(image, Edit::DrawBoxes(offered))).unwrap();
    assert_eq!(drawn_boxes(&core, 0), [(0, rect(3.0)), (1, rect(20.0))]);
    assert_eq!(
        takeable(&core.annotations()[0].boxes, &said, &crate::domain::BoxThresholds::of_all(0.4), 2, [32.0, 24.0]),
        []
    );
    assert_eq!(
        takeable(&[], &said, &crate::domain::BoxThresholds::of_all(0.4), 1, [32.0, 24.0]),
        [(0, rect(2.0))],
        "a class the project does not have"
    );
    assert_eq!(
        takeable(&[], &said, &crate::domain::BoxThresholds::of_all(0.4), 2, [15.0, 24.0]),
        [(0, rect(2.0))],
        "outside the image"
    );
}

#[test]
fn one_box_is_accepted_once() {
    let (project, mut core, _) = detected();
    let accept = Edit::AcceptBox { class: 1, rect: rect(20.0) };
    send(&mut core, annotate(project.ids[0], accept.clone())).unwrap();
    assert_eq!(drawn_boxes(&core, 0), [(1, rect(20.0))]);
    let error = core.annotate(project.ids[0], &accept, None, None).unwrap_err().to_string();
    assert!(error.contains("a box of this class already"), "{error}");
}

#[test]
fn nothing_here_takes_boxes_and_class_away_and_undo_brings_them_back() {
    let (project, mut core, _) = detected();
    let image = project.ids[3];
    send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
    let boxes = vec![(0, rect(2.0)), (1, rect(20.0)), (1, rect(20.5)), (7, rect(9.0)), (0, rect(50.0))];
    send(&mut core, annotate(image, Edit::DrawBoxes(boxes))).unwrap();
    assert_eq!(drawn_boxes(&core, 3), [(0, rect(2.0)), (1, rect(20.0))], "the same, unknown and outside are left out");
    let before = core.annotations()[3].clone();
    send(&mut core, annotate(image, Edit::NothingHere)).unwrap();
    let now = core.annotations()[3].clone();
    assert!(now.boxes_known(&core.view().classes) && now.boxes.is_empty() && now.label.is_none() && now.reviewed);
    assert!(core.annotate(image, &Edit::NothingHere, None, None).unwrap().is_none());
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations()[3], before);
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert!(core.annotations()[3].boxes.is_empty(), "the boxes were one step");
}

#[test]
fn a_class_that_means_nothing_to_find_stays_where_nothing_is_found() {
    let (project, mut core, _) = detected();
    let mut classes = core.view().classes.as_ref().clone();
    classes.classes[1].negative = true;
    core.set_classes(&classes).unwrap();
    for (at, edit) in [(1, Edit::AcceptBoxes { threshold: 0.4 }), (3, Edit::NothingHere), (5, Edit::Confirm)] {
        send(&mut core, annotate(project.ids[at], Edit::Label(Some(1)))).unwrap();
        send(&mut core, annotate(project.ids[at], edit)).unwrap();
        let now = &core.annotations()[at];
        assert_eq!((now.label, now.reviewed, now.boxes.len()), (Some(1), true, 0), "image {at}");
    }
}

#[test]
fn confirming_reviews_what_is_drawn() {
    let (project, mut core, _) = detected();
    send(&mut core, annotate(project.ids[0], Edit::DrawBox { class: 0, rect: rect(3.0) })).unwrap();
    send(&mut core, annotate(project.ids[0], Edit::Confirm)).unwrap();
    assert!(core.annotations()[0].reviewed && core.annotations()[0].boxes.len() == 1);
    assert!(core.annotate(project.ids[0], &Edit::Confirm, None, None).unwrap().is_none());
}

#[test]
fn confirming_keeps_a_class_and_says_nothing_of_an_image_of_which_nobody_did() {
    let (project, mut core, _) = detected();
    assert!(core.annotate(project.ids[3], &Edit::Confirm, None, None).unwrap().is_none());
    assert!(!core.annotations()[3].reviewed);
    // As imported: a class that nobody has confirmed.
    let project = small(4);
    let mut core = project.open();
    let now = |core: &Core| (core.annotations()[1].label, core.annotations()[1].reviewed);
    assert_eq!(now(&core), (Some(1), false));
    send(&mut core, annotate(project.ids[1], Edit::Confirm)).unwrap();
    assert_eq!(now(&core), (Some(1), true));
    let log = core.store().events(project.ids[1]).unwrap();
    assert!(matches!(log.last().unwrap().change, Change::Label { old: Some(1), new: Some(1), accepted: false, .. }));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(now(&core), (Some(1), false));
}

#[test]
fn a_score_on_the_threshold_is_undecided() {
    for (score, threshold, expected) in
        [(0.5, 0.5, 1.0), (1.0, 0.5, 0.0), (0.0, 0.5, 0.0), (0.25, 0.5, 0.5), (1.0, 1.0, 1.0), (0.0, 0.0, 1.0)]
    {
        assert_eq!(undecided(score, threshold), expected, "{score} at {threshold}");
    }
}
