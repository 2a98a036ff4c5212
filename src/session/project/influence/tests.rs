//! What a log tells of readers and models, said through the workbench.

use super::*;
use crate::domain::{BoxThresholds, DisplayState, ImageId, PredictedBox, Prediction, Presence, ReadingMode, Rect};
use crate::evaluation::box_influence::BoxFates;
use crate::evaluation::influence::{Part, Truths};
use crate::inference::Output;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::test_project::{Small, add_detector, add_model, add_model_of_findings, annotate, send, small};

fn found(core: &Core) -> Influences {
    of(core.store(), None, &|_, _| true).unwrap().unwrap()
}

fn count(part: Part) -> (usize, usize) {
    (part.count, part.of)
}

fn mode(core: &mut Core, mode: ReadingMode) {
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

fn reads(core: &mut Core, reader: &str, way: ReadingMode) {
    send(core, ProjectCommand::SetReader(reader.into())).unwrap();
    mode(core, way);
}

fn commit(core: &mut Core, image: ImageId) {
    send(core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
}

fn activate(core: &mut Core, model: ModelId, predictions: &[Prediction]) {
    core.store.put_predictions(predictions).unwrap();
    core.store.set_active("ben", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
}

/// A model that calls an image bright the surer the later it comes; from the seventh on where nobody chose a threshold.
fn project() -> (Small, Core, ModelId) {
    let project = small(12);
    let mut core = project.open();
    let model = add_model(&mut core, "first", crate::domain::Architecture::default(), None, 0);
    let one = |(at, image): (usize, &ImageId)| {
        let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, (at as f32 - 5.3) / 3.0]);
        Prediction { image: *image, model, logits, probabilities, boxes }
    };
    let predictions: Vec<Prediction> = project.ids.iter().enumerate().map(one).collect();
    activate(&mut core, model, &predictions);
    (project, core, model)
}

#[test]
fn a_model_is_held_to_the_threshold_that_it_had_then() {
    let (project, mut core, model) = project();
    let [before, after] = [project.ids[3], project.ids[4]];
    for (image, threshold) in [(before, Some(0.25)), (after, None)] {
        reads(&mut core, "ann", ReadingMode::Reveal);
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
        commit(&mut core, image);
        mode(&mut core, ReadingMode::Assisted);
        send(&mut core, ProjectCommand::SetThreshold { model, threshold }).unwrap();
    }
    let told = found(&core);
    let [of_ann] = &told.readers[..] else { panic!("{told:?}") };
    // By the threshold of now, or by that of between, both would be called the same.
    assert_eq!((count(of_ann.all.agreed_first), of_ann.version), ((1, 2), model));
    assert_eq!((told.made_of.committed, told.made_of.images, told.made_of.unsure_thresholds), (2, 2, 0));
}

#[test]
fn boxes_are_told_as_they_were_shown_before_and_after_the_reveal() {
    let project = small(6);
    let mut core = project.open();
    let model = add_detector(&mut core, "finder", 0.4, 0);
    let at = |x: f64| Rect { xmin: x, ymin: 0.0, xmax: x + 6.0, ymax: 6.0 };
    let said = |x: f64, score: f32| PredictedBox { class: 0, score, rect: at(x) };
    let boxes_of = |index: usize| match index {
        0 => vec![said(0.0, 0.9), said(20.0, 0.5), said(10.0, 0.2)],
        _ => Vec::new(),
    };
    let one = |(index, image): (usize, &ImageId)| {
        let (logits, probabilities) = (Vec::new(), Vec::new());
        Prediction { image: *image, model, logits, probabilities, boxes: boxes_of(index) }
    };
    let predictions: Vec<Prediction> = project.ids.iter().enumerate().map(one).collect();
    activate(&mut core, model, &predictions);
    reads(&mut core, "ann", ReadingMode::Reveal);
    let [image, empty] = [project.ids[0], project.ids[1]];
    for x in [0.5, 12.0] {
        send(&mut core, annotate(image, Edit::DrawBox { class: 0, rect: at(x) })).unwrap();
    }
    commit(&mut core, image);
    // The one at 20 is taken over; that at 10 was not shown, so that Ann's own at 12 is none of the model's.
    send(&mut core, annotate(image, Edit::DrawBox { class: 0, rect: at(20.0) })).unwrap();
    send(&mut core, annotate(empty, Edit::NothingHere)).unwrap();
    commit(&mut core, empty);
    // What counts now does not matter.
    mode(&mut core, ReadingMode::Assisted);
    send(&mut core, ProjectCommand::SetThreshold { model, threshold: Some(0.1) }).unwrap();
    let told = found(&core);
    let [of_ann] = &told.readers[..] else { panic!("{told:?}") };
    assert_eq!((of_ann.asked, of_ann.readings, of_ann.all.answers), (AnswerKind::Boxes, 2, 3));
    let boxes = of_ann.boxes.unwrap();
    assert_eq!(boxes.before, BoxFates { kept: 1, moved: 0, deleted: 1, added: 1 });
    assert_eq!(boxes.after, BoxFates { kept: 2, moved: 0, deleted: 0, added: 1 });
    assert_eq!((count(of_ann.all.followed), count(of_ann.all.right_model)), ((1, 2), (0, 0)));
    // Ben says in force what is there: the first, and one that all missed.
    reads(&mut core, "ben", ReadingMode::Assisted);
    for x in [0.2, 25.0] {
        send(&mut core, annotate(image, Edit::DrawBox { class: 0, rect: at(x) })).unwrap();
    }
    let all = &found(&core).readers[0].all;
    assert_eq!((count(all.misled), count(all.gained), count(all.right_last)), ((1, 1), (0, 1), (1, 4)));
    assert_eq!(all.truths, Truths { another_reader: 4, ..Truths::default() });
    // Who takes the model's box as it stands settles nothing about the model.
    send(&mut core, annotate(image, Edit::DrawBox { class: 0, rect: at(20.0) })).unwrap();
    assert_eq!(found(&core).readers[0].all.truths, Truths::default());
    // Who says that nothing is there, with the model on screen, has read the image, too.
    let image = project.ids[2];
    send(&mut core, annotate(image, Edit::Label(None))).unwrap();
    reads(&mut core, "cem", ReadingMode::Assisted);
    let shown = core.prediction(image).map(|said| ShownPrediction::of(said, Some(&BoxThresholds::of_all(0.4))));
    let (edit, display) = (Edit::NothingHere, DisplayState::default());
    send(&mut core, ProjectCommand::Annotate { image, edit, shown, display }).unwrap();
    let assisted = found(&core).assisted;
    assert_eq!(assisted.iter().map(|one| (one.reader.as_str(), one.readings)).collect::<Vec<_>>(), [("cem", 1)]);
}

#[test]
fn with_the_model_on_screen_it_is_told_who_overrode_it_and_who_was_right() {
    let (project, mut core, _) = project();
    reads(&mut core, "ann", ReadingMode::Assisted);
    let shown = |core: &Core, image: ImageId| {
        core.prediction(image).map(|said| ShownPrediction::of(said, None::<&BoxThresholds>))
    };
    let says = |core: &mut Core, at: usize, class: usize| {
        let image = project.ids[at];
        let shown = shown(core, image);
        let edit = Edit::Label(Some(class));
        send(core, ProjectCommand::Annotate { image, edit, shown, display: DisplayState::default() }).unwrap();
    };
    // The model calls these 0; Ann corrects the second at once, and changes the fourth.
    for (at, class) in [(0, 1), (1, 0), (1, 1), (2, 0), (3, 1)] {
        says(&mut core, at, class);
    }
    let told = found(&core);
    let [one] = &told.assisted[..] else { panic!("{told:?}") };
    assert_eq!((one.readings, count(one.overrides.overridden), one.truths), (4, (3, 4), Truths::default()));
    assert!(told.readers.is_empty() && told.made_of.assisted == 4);
    // Ben adjudicates by saying so: of two of them he is of the model's opinion.
    reads(&mut core, "ben", ReadingMode::Assisted);
    for (at, class) in [(0, 0), (3, 0)] {
        send(&mut core, annotate(project.ids[at], Edit::Label(Some(class)))).unwrap();
    }
    let told = found(&core);
    let ann = told.assisted.iter().find(|one| one.reader == "ann").unwrap();
    assert_eq!((count(ann.overrides.reader_right), count(ann.overrides.model_right)), ((0, 2), (2, 2)));
    // What was taken back was not said.
    reads(&mut core, "cem", ReadingMode::Assisted);
    says(&mut core, 5, 1);
    assert_eq!(found(&core).assisted.len(), 2, "ben said nothing with a model's answer in the event");
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(found(&core).assisted.len(), 1);
}

#[test]
fn times_are_of_first_readings_and_what_is_said_again_is_a_repeat() {
    let (project, mut core, _) = project();
    reads(&mut core, "ann", ReadingMode::Assisted);
    let says = |core: &mut Core, at: usize, class: usize| {
        send(core, ProjectCommand::Look { image: project.ids[at] }).unwrap();
        send(core, annotate(project.ids[at], Edit::Label(Some(class)))).unwrap();
    };
    for (at, class) in [(0, 1), (0, 0), (2, 1), (0, 1), (4, 1)] {
        says(&mut core, at, class);
    }
    // What is read blind does not show what was said before.
    mode(&mut core, ReadingMode::Blind);
    says(&mut core, 2, 1);
    let times: Vec<_> = found(&core).times.iter().map(|one| (one.reader.clone(), one.curve.readings)).collect();
    assert_eq!(times, [("ann".to_owned(), 3)]);
    let classes = core.store.classes().unwrap();
    let told = repeated(&core.store, None, &classes, &classes).unwrap();
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!((one.intra.agreement.images, one.intra.agreement.same, one.intra.unseen), (2, 1, 1));
    assert_eq!(one.images, [vec![project.ids[2]], vec![project.ids[0]]]);
    assert!(repeated(&core.store, Some(Split::Test), &classes, &classes).unwrap().is_empty());
}

#[test]
fn findings_are_told_one_by_one_by_the_thresholds_of_then() {
    let project = small(6);
    let mut core = project.open();
    for image in &project.ids {
        core.annotate(*image, &Edit::Label(None), None, None).unwrap();
    }
    core.set_classes(&ClassList::of_findings(&["dark", "bright"]).unwrap()).unwrap();
    let model = add_model_of_findings(&mut core, "findings");
    let one = |image: &ImageId| {
        let said = [0.9f32, 0.3];
        let logits = said.map(|p| (p / (1.0 - p)).ln()).to_vec();
        Prediction { image: *image, model, logits, probabilities: said.to_vec(), boxes: Vec::new() }
    };
    let predictions: Vec<Prediction> = project.ids.iter().map(one).collect();
    activate(&mut core, model, &predictions);
    reads(&mut core, "ann", ReadingMode::Reveal);
    let image = project.ids[0];
    let says = |core: &mut Core, finding, presence| {
        send(core, annotate(image, Edit::Finding { finding, presence: Some(presence) })).unwrap();
    };
    says(&mut core, 0, Presence::Absent);
    says(&mut core, 1, Presence::Present);
    commit(&mut core, image);
    says(&mut core, 0, Presence::Present);
    let told = found(&core);
    let [of_ann] = &told.readers[..] else { panic!("{told:?}") };
    let all = of_ann.all.clone();
    assert_eq!((of_ann.asked, of_ann.readings, all.answers), (AnswerKind::Findings, 1, 2));
    assert_eq!((count(all.agreed_first), count(all.agreed_last), count(all.followed)), ((0, 2), (1, 2), (1, 2)));
    // The second is called present from now on, and was not then.
    mode(&mut core, ReadingMode::Assisted);
    let lower = ProjectCommand::SetClassThreshold { model, class: "bright".into(), threshold: Some(0.2) };
    send(&mut core, lower).unwrap();
    assert_eq!(found(&core).readers[0].all, all);
}

#[test]
fn boxes_of_a_second_reading_are_compared_with_those_of_the_first() {
    let (project, mut core, _) = project();
    reads(&mut core, "ann", ReadingMode::Blind);
    let draws = |core: &mut Core, at: usize, class: usize, x: f64| {
        send(core, ProjectCommand::Look { image: project.ids[at] }).unwrap();
        let rect = Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 };
        send(core, annotate(project.ids[at], Edit::DrawBox { class, rect })).unwrap();
    };
    draws(&mut core, 0, 1, 0.0);
    draws(&mut core, 2, 0, 5.0);
    // What is drawn again after another image is a reading of its own: what stood is part of it.
    draws(&mut core, 0, 0, 15.0);
    let agreement = crate::session::project::agreeing::of(
        core.store(),
        crate::session::protocol::agreement::WhichReadings::Last,
        None,
        &|_, _| true,
    );
    let found = agreement.unwrap().unwrap().box_repeats;
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((one.reader.as_str(), one.unseen, one.all.images), ("ann", 0, 1));
    assert_eq!((one.all.both, one.all.only, one.all.mean_iou), (1, [0, 1], Some(1.0)));
    assert!((one.all.f1.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    let by_class: Vec<_> = one.by_class.iter().map(|(class, of)| (*class, of.f1.value)).collect();
    assert_eq!(by_class, [(0, Some(0.0)), (1, Some(1.0))]);
    assert_eq!(one.images, [vec![], vec![project.ids[0]]]);
}

#[test]
fn what_says_nothing_of_boxes_is_no_second_reading_of_them() {
    let (project, mut core, _) = project();
    reads(&mut core, "ann", ReadingMode::Blind);
    let [drawn, again, open, other] = [0, 1, 2, 3].map(|at: usize| project.ids[at]);
    let says = |core: &mut Core, image: ImageId, edit: Edit| {
        send(core, ProjectCommand::Look { image }).unwrap();
        send(core, annotate(image, edit)).unwrap();
    };
    let draw = |x: f64| Edit::DrawBox { class: 1, rect: Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 } };
    says(&mut core, drawn, draw(0.0));
    says(&mut core, again, draw(0.0));
    // The second class is a finding: without a box it is not known where.
    says(&mut core, open, Edit::Label(Some(1)));
    says(&mut core, other, draw(0.0));
    // A class beside a box that stands, and once more a class alone.
    says(&mut core, drawn, Edit::Label(Some(1)));
    says(&mut core, again, draw(15.0));
    says(&mut core, open, Edit::Label(None));
    says(&mut core, other, Edit::Label(Some(1)));
    says(&mut core, open, Edit::Label(Some(1)));
    let found = crate::session::project::influence::repeated_boxes(core.store(), None, &core.view().classes).unwrap();
    let [(_, twice)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(twice.iter().map(|one| one.image).collect::<Vec<_>>(), [again]);
}
