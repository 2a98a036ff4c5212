//! A head that learns from corrections, on a small project with a trained model.

use crate::domain::{ImageId, PredictedBox, Prediction, ReadingMode, Rect, Split};
use crate::files::hash;
use crate::nn::Compute;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::task::Order;
use crate::session::protocol::view::RefitState;
use crate::session::test_project::{Small, add_detector, annotate, send, small, tiny};
use crate::store::{FeatureKey, Features};

/// A project with an active model that has seen all images.
fn project() -> (Small, Core) {
    let project = small(40);
    let mut core = project.open();
    core.set_reader("ada").unwrap();
    let compute = Compute::cpu();
    let work = vec![core.train(tiny(), None, &compute).unwrap()];
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let model = core.view().training.as_ref().unwrap().model.unwrap();
    send(&mut core, ProjectCommand::Promote(model)).unwrap();
    assert_eq!(core.view().counts.predicted, 40);
    (project, core)
}

/// What is shown of each image.
fn shown(core: &Core) -> Vec<Vec<f32>> {
    let probabilities =
        |row: &crate::session::protocol::view::ImageRow| row.facts.probabilities.as_ref().unwrap().to_vec();
    core.view().rows.iter().map(probabilities).collect()
}

fn stored(core: &Core, project: &Small) -> Vec<Prediction> {
    project.ids.iter().map(|id| core.prediction(*id).unwrap().clone()).collect()
}

fn of_split(core: &Core, split: Split) -> Vec<ImageId> {
    core.images().iter().filter(|image| image.split == split).map(|image| image.id).collect()
}

/// The largest change of a probability.
fn apart(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_correction_changes_what_is_shown_of_others_and_nothing_that_is_kept() {
    let (project, mut core) = project();
    let (before, model_said) = (shown(&core), stored(&core, &project));
    let file = core.active_model().unwrap().file.clone();
    let weights = hash::sha256_file(&file).unwrap();
    let train = of_split(&core, Split::Train);
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    assert_eq!(shown(&core), before, "nothing was corrected yet");
    assert_eq!(core.view().refit.state, RefitState::Stored);

    // The dark ones are bright after all.
    let dark: Vec<ImageId> =
        train.iter().copied().filter(|id| core.view().rows[core.place(*id).unwrap()].label == Some(0)).collect();
    send(&mut core, ProjectCommand::AnnotateMany { images: dark[..6].to_vec(), edit: ManyEdit::Label(Some(1)) })
        .unwrap();
    let after = shown(&core);
    let RefitState::Learned(learned) = core.view().refit.state.clone() else { panic!("{:?}", core.view().refit) };
    assert_eq!(learned.corrections, 6);
    let others = core.images().iter().filter(|image| !dark.contains(&image.id));
    let moved = others.filter(|image| {
        let at = core.place(image.id).unwrap();
        (after[at][1] - before[at][1]).abs() > 1e-3
    });
    assert!(moved.count() > 10, "images that nobody touched");
    let at = core.place(dark[7]).unwrap();
    assert!(after[at][1] > before[at][1], "toward what was said of images like it");
    assert_eq!(core.view().rows[at].predicted.unwrap().1, after[at].iter().copied().fold(0.0, f32::max));
    let changed = (0..40).filter(|at| (after[*at][0] > 0.5) != (before[*at][0] > 0.5)).count();
    assert_eq!(learned.changed.len(), changed);

    assert_eq!(stored(&core, &project), model_said);
    let kept = core.store().predictions(core.view().active.unwrap()).unwrap();
    assert!(kept.iter().all(|said| model_said.contains(said)) && kept.len() == 40);
    assert_eq!(hash::sha256_file(&file).unwrap(), weights);

    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(shown(&core), before, "to the last bit");
    assert_eq!(core.view().refit.state, RefitState::Stored);
    send(&mut core, ProjectCommand::Redo).unwrap();
    assert!(apart(&shown(&core), &after) < 1e-4);
    send(&mut core, ProjectCommand::LearnWhileLabelling(false)).unwrap();
    assert_eq!(shown(&core), before, "switched off");
    core.store().verify_chain().unwrap();
}

#[test]
fn a_project_remembers_it_and_what_was_corrected_before() {
    let (project, mut core) = project();
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    let train = of_split(&core, Split::Train);
    for id in &train[..3] {
        let label = core.annotations()[core.place(*id).unwrap()].label.unwrap();
        send(&mut core, annotate(*id, Edit::Label(Some(1 - label)))).unwrap();
    }
    // Of a test image nothing is learned.
    let test = of_split(&core, Split::Test)[0];
    let before = shown(&core);
    send(&mut core, annotate(test, Edit::Label(Some(1)))).unwrap();
    assert!(apart(&shown(&core), &before) < 1e-5);
    drop(core);

    let mut core = project.open();
    assert!(core.view().refit.on);
    let compute = Compute::cpu();
    let work = core.opening_work();
    core.perform(work, &compute, &mut |_| Order::Go).unwrap();
    let RefitState::Learned(learned) = &core.view().refit.state else { panic!("{:?}", core.view().refit) };
    assert_eq!(learned.images(), 3);
    assert!(apart(&shown(&core), &before) < 1e-4);
}

#[test]
fn the_log_says_which_answers_were_shown() {
    let (_project, mut core) = project();
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    let train = of_split(&core, Split::Train);
    let say = |core: &mut Core, image: ImageId| {
        send(core, ProjectCommand::AnnotateMany { images: vec![image], edit: ManyEdit::Flag(true) }).unwrap();
        core.store().events(image).unwrap().pop().unwrap().shown.unwrap()
    };
    let first = say(&mut core, train[0]);
    assert_eq!(first.learned_from, None);
    let label = core.annotations()[core.place(train[1]).unwrap()].label.unwrap();
    send(&mut core, annotate(train[1], Edit::Label(Some(1 - label)))).unwrap();
    let second = say(&mut core, train[2]);
    assert_eq!(second.learned_from, Some(1));
    let row = core.place(train[2]).unwrap();
    assert_eq!(second.probabilities, shown(&core)[row]);
    send(&mut core, ProjectCommand::Look { image: train[2] }).unwrap();
    let detail = core.view().detail.clone().unwrap();
    assert_eq!(
        (detail.learned_from, detail.prediction.as_ref().unwrap().probabilities.clone()),
        (Some(1), second.probabilities)
    );
    core.store().verify_chain().unwrap();
}

#[test]
fn an_older_head_is_not_heard_and_features_are_kept() {
    let (project, mut core) = project();
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    let kept = project.project.join("cache/features");
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 1);
    let compute = Compute::cpu();
    let train = of_split(&core, Split::Train);
    let correct = |core: &mut Core, at: usize| {
        let label = core.annotations()[core.place(train[at]).unwrap()].label.unwrap();
        core.apply(annotate(train[at], Edit::Label(Some(1 - label))), &compute).unwrap()
    };
    let mut first = correct(&mut core, 0);
    // It is done, but nobody has heard of it, when the next correction comes.
    let mut late = Vec::new();
    first.pop().unwrap().run(&compute, &|| Order::Go, &mut |report| late.push(report));
    let second = correct(&mut core, 1);
    assert_eq!((first.len(), second.len(), late.len()), (0, 1, 1));
    core.perform(second, &compute, &mut |_| Order::Go).unwrap();
    let after = shown(&core);
    assert!(core.take(late.pop().unwrap()).unwrap().is_empty());
    assert_eq!(shown(&core), after);
    let RefitState::Learned(learned) = &core.view().refit.state else { panic!("{:?}", core.view().refit) };
    assert_eq!(learned.images(), 2);
    let other = add_detector(&mut core, "other", 0.5, 0);
    let sha256 = hash::sha256_hex(b"other");
    let mut features = Features::default();
    features.put(FeatureKey::of(&sha256, 0).unwrap(), &[1.0]);
    core.store().features().write(other, &sha256, &features).unwrap();
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 2);
    send(&mut core, ProjectCommand::DeleteModel(other)).unwrap();
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 1, "they go with their model");
    core.store().features().clear().unwrap();
    assert!(!kept.exists());
}

/// Nothing is learned anew from what was in force when the training began, whether or not the model got it right.
#[test]
fn confirming_what_the_model_says_moves_little() {
    let (_project, mut core) = project();
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    let before = shown(&core);
    let train = of_split(&core, Split::Train);
    let surest = |core: &Core| {
        let p = |id: &ImageId| {
            let at = core.place(*id).unwrap();
            core.annotations()[at].label.map(|label| before[at][label]).unwrap()
        };
        train.iter().copied().max_by(|a, b| p(a).total_cmp(&p(b))).unwrap()
    };
    let image = surest(&core);
    let label = core.annotations()[core.place(image).unwrap()].label;
    send(&mut core, annotate(image, Edit::Label(label))).unwrap();
    let RefitState::Learned(learned) = &core.view().refit.state else { panic!("{:?}", core.view().refit) };
    assert_eq!((learned.corrections, learned.confirmations), (0, 1), "a review says what the model says");
    let confirmed = apart(&shown(&core), &before);
    send(&mut core, annotate(image, Edit::Label(label.map(|label| 1 - label)))).unwrap();
    let contradicted = apart(&shown(&core), &before);
    assert!(confirmed < contradicted, "{confirmed} and {contradicted}");
}

#[test]
fn scores_of_boxes_follow_what_readers_made_of_them_and_nothing_else_moves() {
    let project = small(20);
    let mut core = project.open();
    assert!(core.view().refit.problem.unwrap().contains("no model"));
    let model = add_detector(&mut core, "boxes", 0.5, 0);
    let at = |x: f64| Rect { xmin: x, ymin: 0.0, xmax: x + 8.0, ymax: 8.0 };
    let one = |image: &ImageId| {
        let boxes = [(0, 0.0), (1, 12.0)].map(|(class, x)| PredictedBox { class, score: 0.8, rect: at(x) });
        let (logits, probabilities, boxes) = (Vec::new(), Vec::new(), boxes.to_vec());
        Prediction { image: *image, model, logits, probabilities, boxes }
    };
    let predictions: Vec<Prediction> = project.ids.iter().map(one).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ada", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    assert_eq!((core.view().refit.problem, &core.view().refit.state), (None, &RefitState::Stored));
    let counted = |core: &Core| core.view().rows.iter().map(|row| row.boxes.predicted).collect::<Vec<_>>();
    assert_eq!(counted(&core), [2; 20]);
    // On six training images the box of the first class is right, and that of the second is not there; test images teach nothing.
    for index in [0, 1, 2, 3, 4, 5, 8] {
        let edit = Edit::DrawBox { class: 0, rect: at(0.5) };
        send(&mut core, annotate(project.ids[index], edit)).unwrap();
    }
    let RefitState::Learned(learned) = &core.view().refit.state else { panic!("{:?}", core.view().refit) };
    assert!(
        learned.sentence().starts_with("learned from 6 corrections; 20 predictions changed"),
        "{}",
        learned.sentence()
    );
    assert_eq!(counted(&core), [1; 20], "the second class falls below the threshold");
    send(&mut core, ProjectCommand::Look { image: project.ids[19] }).unwrap();
    let detail = core.view().detail.clone().unwrap();
    let scores: Vec<f32> = detail.prediction.as_ref().unwrap().boxes.iter().map(|one| one.score).collect();
    assert!(scores[0] > 0.8 && scores[1] < 0.5, "{scores:?}");
    assert_eq!((detail.learned_from, core.view().threshold), (Some(6), Some(0.5)));
    assert_eq!(core.store.prediction(model, project.ids[19]).unwrap().unwrap(), predictions[19], "as it was");
    // Who reads blind is not shown it, and who switches it off sees the model's own.
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone: false }).unwrap();
    assert_eq!((core.view().refit.on, &core.view().refit.state), (false, &RefitState::Stored));
    assert_eq!(counted(&core), [0; 20]);
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Assisted, everyone: false }).unwrap();
    assert_eq!(counted(&core), [1; 20]);
    send(&mut core, ProjectCommand::LearnWhileLabelling(false)).unwrap();
    assert_eq!((counted(&core), &core.view().refit.state), (vec![2; 20], &RefitState::Stored));
    let refused = send(&mut core, ProjectCommand::ShowSimilar(project.ids[0])).unwrap_err().to_string();
    assert!(refused.contains("draws boxes"), "{refused}");
}

#[test]
fn similar_images_stand_in_the_order_of_their_likeness() {
    let (project, mut core) = project();
    let asked = project.ids[0];
    send(&mut core, ProjectCommand::ShowSimilar(asked)).unwrap();
    let view = core.view();
    let queue: Vec<ImageId> = view.queue.iter().map(|row| view.rows[*row as usize].id).collect();
    assert_eq!((queue.len(), queue[0], view.sort), (25, asked, Sort::Likeness));
    let near = core.similar(asked, 24).unwrap();
    assert_eq!(queue[1..], near.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    assert!(near.is_sorted_by(|a, b| a.1 >= b.1));
    let label = |id: &ImageId| core.annotations()[core.place(*id).unwrap()].label;
    let alike = queue[1..11].iter().filter(|id| label(id) == Some(0)).count();
    assert!(alike >= 9, "the dark ones are like a dark one: {alike}");
    let title = view.filter.only.as_ref().unwrap().title.clone();
    assert_eq!(title, "similar to img0.png");
}

#[test]
fn nothing_is_learned_of_what_follows_a_planted_answer() {
    let (_project, mut core) = project();
    core.begin_study(12, 1).unwrap();
    let train = of_split(&core, Split::Train);
    let planted: Vec<ImageId> = train.iter().copied().filter(|image| core.is_planted(*image)).collect();
    for &image in &planted[..2] {
        core.look(image).unwrap();
        let shown = core.view().detail.clone().unwrap().prediction.clone().unwrap();
        let class = usize::from(shown.probabilities[1] > shown.probabilities[0]);
        let shown = crate::domain::ShownPrediction::of(&shown, None);
        let (edit, display) = (Edit::Label(Some(class)), Default::default());
        send(&mut core, ProjectCommand::Annotate { image, edit, shown: Some(shown), display }).unwrap();
    }
    core.end_study().unwrap();
    let before = shown(&core);
    send(&mut core, ProjectCommand::LearnWhileLabelling(true)).unwrap();
    assert_eq!(
        (&core.view().refit.state, shown(&core)),
        (&RefitState::Stored, before),
        "there is nothing to learn from"
    );
    // Said again it is a correction like any other.
    let said = core.annotations()[core.place(planted[0]).unwrap()].label.unwrap();
    send(&mut core, annotate(planted[0], Edit::Label(Some(said)))).unwrap();
    let images = |core: &Core| match &core.view().refit.state {
        RefitState::Learned(learned) => learned.images(),
        other => panic!("{other:?}"),
    };
    assert_eq!(images(&core), 1);
    let (from_one, said) = (shown(&core), core.annotations()[core.place(planted[1]).unwrap()].label.unwrap());
    send(&mut core, annotate(planted[1], Edit::Label(Some(said)))).unwrap();
    assert_eq!(images(&core), 2);
    assert!(apart(&shown(&core), &from_one) > 1e-4, "it had taught nothing before");
}
