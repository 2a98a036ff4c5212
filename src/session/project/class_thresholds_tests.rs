//! Each class's own threshold: chosen on validation images, used wherever a model's word is, and taken back.

use crate::domain::performance::FindingGoal;
use crate::domain::{
    Architecture, ClassList, Decision, ImageId, ModelId, PredictedBox, Prediction, Rect, Split, Standing, ThresholdGoal,
};
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::threshold_choice::{Goal, ThresholdChoice};
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{Small, add_detector, add_model, annotate, send, small};

/// Every fourth image is grey; the model gives 0.3 to grey there, and 0.6 to bright.
fn three_classes(project: &Small) -> (Core, ModelId, Vec<ImageId>) {
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let classes = ClassList::from_names(&["dark", "bright", "grey"], false).unwrap();
    send(&mut core, ProjectCommand::SetClasses(classes)).unwrap();
    let grey: Vec<ImageId> = project.ids.iter().copied().skip(1).step_by(4).collect();
    for image in &grey {
        send(&mut core, annotate(*image, Edit::Label(Some(2)))).unwrap();
    }
    let model = add_model(&mut core, "m", Architecture::default(), None, 0);
    let said = |(at, image): (usize, &ImageId)| {
        let probabilities = match (grey.contains(image), at % 2) {
            (true, _) => vec![0.1, 0.6, 0.3],
            (false, 0) => vec![0.8, 0.15, 0.05],
            (false, _) => vec![0.1, 0.85, 0.05],
        };
        let logits = probabilities.iter().map(|p: &f32| p.ln()).collect();
        Prediction { image: *image, model, logits, probabilities, boxes: Vec::new() }
    };
    let predictions: Vec<Prediction> = project.ids.iter().enumerate().map(said).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    (core, model, grey)
}

fn called(core: &Core, class: u16) -> usize {
    core.view().rows.iter().filter(|row| row.predicted.is_some_and(|(called, _)| called == class)).count()
}

fn for_class(model: ModelId, class: usize) -> ProjectCommand {
    let goal = Goal::Finding(FindingGoal::Youden);
    ProjectCommand::ChooseThreshold(ThresholdChoice { model, class: Some(class), goal, active: None })
}

#[test]
fn one_of_three_classes_is_called_from_its_own_threshold_on_everywhere() {
    let project = small(40);
    let (mut core, model, grey) = three_classes(&project);
    assert_eq!(called(&core, 2), 0);
    send(&mut core, for_class(model, 2)).unwrap();
    let own = core.models()[0].class_thresholds["grey"];
    assert!((own - 0.175).abs() < 1e-6, "halfway between what grey images and others have: {own}");
    assert_eq!(called(&core, 2), grey.len(), "in the queue at once");
    assert_eq!(core.evaluation(model, Split::Test).unwrap().report.accuracy, 1.0);
    let shown = core.view().comparison.clone().unwrap();
    assert_eq!(shown.candidate_report.accuracy, 1.0, "the figures on screen are judged again");
    let out = core.outgoing(&ExportRequest::table(project.dir.path().join("x.csv"))).unwrap();
    let label = |image: &ImageId| {
        let at = core.images().iter().position(|one| one.id == *image).unwrap();
        out[at].predicted.as_ref().unwrap().label.clone()
    };
    assert_eq!((label(&grey[0]), label(&project.ids[0])), ("grey".to_owned(), "dark".to_owned()));
    send(&mut core, annotate(grey[0], Edit::Label(None))).unwrap();
    send(&mut core, annotate(grey[0], Edit::Accept)).unwrap();
    let at = core.images().iter().position(|one| one.id == grey[0]).unwrap();
    assert_eq!(core.annotations()[at].label, Some(2), "what is accepted is what is called");
    let row = &core.view().models[0];
    assert_eq!(row.prespecified.standing, Standing::NotChosen);
    let (class, since) = &row.prespecified_classes[0];
    assert_eq!((class.as_str(), since.standing), ("grey", Standing::Fixed));

    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, ProjectCommand::Undo).unwrap();
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    let told = core.take_notices();
    let undone = (NoticeKind::Passing, "Undid: threshold of grey of m, back to none of its own".to_owned());
    assert!(told.contains(&undone), "{told:?}");
    assert_eq!(called(&core, 2), 0);
    send(&mut core, ProjectCommand::Redo).unwrap();
    drop(core);
    let core = project.open();
    assert_eq!(called(&core, 2), grey.len(), "also after a restart");
    assert!(core.store().decisions_hold().unwrap());
}

#[test]
fn where_no_class_reaches_its_threshold_the_model_is_not_sure() {
    let project = small(40);
    let (mut core, model, grey) = three_classes(&project);
    for (class, threshold) in [("dark", 0.7), ("bright", 0.7), ("grey", 0.5)] {
        let class = class.to_owned();
        send(&mut core, ProjectCommand::SetClassThreshold { model, class, threshold: Some(threshold) }).unwrap();
    }
    assert_eq!(core.view().counts.unsure, grey.len());
    assert_eq!(called(&core, 1), 20, "the most probable is called all the same");
    send(&mut core, ProjectCommand::SetClassThreshold { model, class: "grey".into(), threshold: None }).unwrap();
    assert_eq!(
        (core.view().counts.unsure, called(&core, 2)),
        (0, grey.len()),
        "grey is left where no other is reached"
    );
    assert!(send(&mut core, ProjectCommand::SetClassThreshold { model, class: "x".into(), threshold: None }).is_err());
}

#[test]
fn a_class_must_be_named_where_there_are_three_and_calibrating_takes_their_thresholds_away() {
    let project = small(40);
    let (mut core, model, grey) = three_classes(&project);
    let without = ThresholdChoice { model, class: None, goal: Goal::Finding(FindingGoal::F1), active: None };
    assert!(core.choose_threshold(without).unwrap_err().to_string().contains("which class"));
    assert!(core.choose_threshold(ThresholdChoice { class: Some(7), ..without }).is_err());
    send(&mut core, for_class(model, 2)).unwrap();
    core.take_notices();
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let told = core.take_notices();
    assert!(core.models()[0].temperature.is_some(), "{told:?}");
    assert!(core.models()[0].class_thresholds.is_empty(), "none would call the same images");
    assert!(told.iter().any(|(_, text)| text.contains("no thresholds of their own any more")), "{told:?}");
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((core.models()[0].temperature, called(&core, 2)), (None, grey.len()), "one step brings both back");
}

fn rect(x: f64) -> Rect {
    Rect { xmin: x, ymin: 2.0, xmax: x + 8.0, ymax: 12.0 }
}

#[test]
fn boxes_of_a_class_count_from_its_own_threshold_on_everywhere() {
    let project = small(40);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let model = add_detector(&mut core, "d", 0.5, 0);
    // Of dark a right box of 0.3; of bright a right one of 0.9 and a wrong one of 0.6.
    let said = |image: &ImageId| {
        let one = |class, score, x| PredictedBox { class, score, rect: rect(x) };
        let boxes = vec![one(1, 0.9, 16.0), one(1, 0.6, 22.0), one(0, 0.3, 2.0)];
        Prediction { image: *image, model, logits: Vec::new(), probabilities: Vec::new(), boxes }
    };
    let predictions: Vec<Prediction> = project.ids.iter().map(said).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    let (unseen, seen) = project.ids.split_first().unwrap();
    for image in seen {
        for (class, x) in [(0, 2.0), (1, 16.0)] {
            send(&mut core, annotate(*image, Edit::DrawBox { class, rect: rect(x) })).unwrap();
        }
    }
    let row = |core: &Core| core.view().rows.iter().find(|row| row.id == seen[0]).unwrap().boxes;
    assert_eq!((row(&core).predicted, row(&core).missed, row(&core).extra), (2, 1, 1));
    for class in 0..2 {
        let goal = Goal::Boxes(ThresholdGoal::F1);
        let choice = ThresholdChoice { model, class: Some(class), goal, active: None };
        send(&mut core, ProjectCommand::ChooseThreshold(choice)).unwrap();
    }
    let own = core.models()[0].class_thresholds.clone();
    assert_eq!([own["dark"], own["bright"]].map(|t| t as f32), [0.3, 0.9]);
    assert_eq!((core.models()[0].threshold, core.view().threshold), (None, Some(0.5)), "that of all stays");
    assert_eq!((row(&core).predicted, row(&core).missed, row(&core).extra), (2, 0, 0));
    let figures = core.evaluation(model, Split::Test).unwrap().report.detection.unwrap();
    assert_eq!((figures.precision, figures.recall), (1.0, 1.0));
    send(&mut core, annotate(*unseen, Edit::Label(None))).unwrap();
    send(&mut core, annotate(*unseen, Edit::AcceptBoxes { threshold: 0.5 })).unwrap();
    let at = core.images().iter().position(|one| one.id == *unseen).unwrap();
    let taken: Vec<usize> = core.annotations()[at].boxes.iter().map(|one| one.class).collect();
    assert_eq!(taken, [1, 0], "what is accepted is what counts");

    // The same boxes count once the scores are calibrated.
    send(&mut core, ProjectCommand::Calibrate { model, active: None }).unwrap();
    let now = core.models()[0].clone();
    assert!(now.scores.is_some() && now.class_thresholds != own);
    assert_eq!((row(&core).predicted, row(&core).extra), (2, 0));
    let logged = core.store().decisions().unwrap();
    assert!(matches!(logged.last().unwrap().decision, Decision::TestOpened { .. } | Decision::ClassThreshold { .. }));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!((core.models()[0].scores, &core.models()[0].class_thresholds), (None, &own));
}
