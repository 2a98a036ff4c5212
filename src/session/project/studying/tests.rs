//! A study shows wrong answers where somebody reads, and nowhere else.

use super::*;
use crate::domain::{AnswerKind, Architecture, DisplayState, ReadingMode, Split};
use crate::inference::Output;
use crate::nn::Compute;
use crate::session::project::influence;
use crate::session::protocol::command::{ProjectCommand, StartFrom};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::queue::Sort;
use crate::session::protocol::workplace::Workplace;
use crate::session::test_project::{Small, add_model, annotate, send, small, tiny};

const IMAGES: usize = 12;

/// A project in which a model says of each image one of two classes, and of all the class is known: the model's.
fn project() -> (Small, Core, ModelId) {
    let project = small(IMAGES);
    let mut core = project.open();
    core.set_reader("ben").unwrap();
    let model = add_model(&mut core, "first", Architecture::default(), None, 0);
    let one = |(at, image): (usize, &ImageId)| {
        let odds = (at as f32 + 1.0) / 4.0 * if at % 2 == 0 { -1.0 } else { 1.0 };
        let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, odds]);
        Prediction { image: *image, model, logits, probabilities, boxes }
    };
    let predictions: Vec<Prediction> = project.ids.iter().enumerate().map(one).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ben", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    for (at, &image) in project.ids.iter().enumerate() {
        send(&mut core, annotate(image, Edit::Label(Some(at % 2)))).unwrap();
    }
    core.take_notices();
    (project, core, model)
}

fn called(core: &Core) -> Vec<Option<u16>> {
    core.view().rows.iter().map(|row| row.predicted.map(|(class, _)| class)).collect()
}

fn planted(core: &Core) -> Vec<ImageId> {
    core.images().iter().map(|image| image.id).filter(|image| core.is_planted(*image)).collect()
}

/// Says a class with what is on screen, as the window does.
pub(super) fn says(core: &mut Core, image: ImageId, edit: Edit) {
    core.look(image).unwrap();
    let shown = core.view().detail.as_ref().unwrap().prediction.as_ref().map(|said| ShownPrediction::of(said, None));
    send(core, ProjectCommand::Annotate { image, edit, shown, display: DisplayState::default() }).unwrap();
}

pub(super) fn called_class(core: &Core, image: ImageId) -> usize {
    core.view.class_thresholds.called(&core.said_on_screen(image).unwrap().probabilities).unwrap()
}

#[test]
fn planted_answers_are_shown_and_reach_nothing_else() {
    let (project, mut core, model) = project();
    let (before, stored) = (called(&core), core.store().predictions(model).unwrap());
    let request = ExportRequest::table(project.dir.path().join("x.csv"));
    let exported = format!("{:?}", core.outgoing(&request).unwrap());
    let samples = |core: &Core| format!("{:?}", Split::ALL.map(|split| core.samples(split, AnswerKind::Class)));
    let learned = samples(&core);
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 4, seed: 7 })).unwrap();
    let images = planted(&core);
    assert_eq!((images.len(), core.view().study), (4, true));
    for image in &images {
        let truth = core.annotations[core.at[image]].label.unwrap();
        assert_ne!(called_class(&core, *image), truth, "a wrong one");
    }
    let now = called(&core);
    for (at, image) in project.ids.iter().enumerate() {
        let is_planted = images.contains(image);
        assert_eq!(now[at] != before[at], is_planted, "another class where one is planted, and nowhere else");
        core.look(*image).unwrap();
        let detail = core.view().detail.clone().unwrap();
        let shown = detail.prediction.as_ref().unwrap().probabilities.clone();
        assert_eq!(shown == stored.iter().find(|said| said.image == *image).unwrap().probabilities, !is_planted);
        assert!(stored.iter().any(|said| said.probabilities == shown), "a real one of another image");
    }
    // Nothing else sees it.
    assert_eq!(core.store().predictions(model).unwrap(), stored);
    assert!(stored.iter().all(|said| core.prediction(said.image) == Some(said)));
    assert_eq!(format!("{:?}", core.outgoing(&request).unwrap()), exported, "exports");
    assert_eq!(samples(&core), learned, "training");
    // It goes on when the project is opened again.
    drop(core);
    let mut core = project.open();
    core.set_reader("ben").unwrap();
    assert_eq!((core.view().study, planted(&core), called(&core)), (true, images.clone(), now));
    assert!(core.view().data.studies.is_none() && core.studies().unwrap()[0].images.is_empty(), "nobody is told which");
    send(&mut core, ProjectCommand::Study(StudyCommand::End)).unwrap();
    assert_eq!((core.view().study, called(&core)), (false, before), "honest answers again");
    assert_eq!(*core.view().data.studies.as_ref().unwrap()[0].images, images);
    assert!(core.store().verify_chain().is_ok() && core.store().decisions_hold().unwrap());
    let end = core.store().decisions().unwrap().pop().unwrap();
    let Decision::Study { seed, running, images: count, ref name, .. } = end.decision else { panic!("{end:?}") };
    assert_eq!((seed, running, count, name.as_str(), &*end.reader), (7, false, 4, "first", "ben"));
    let said: Vec<String> = core.take_notices().into_iter().map(|(_, text)| text).collect();
    assert!(said.iter().any(|text| text.contains("ended") && text.contains("4 images")), "{said:?}");
    // The same seed plants the same.
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 4, seed: 7 })).unwrap();
    assert_eq!(planted(&core), images);
}

#[test]
fn what_follows_a_planted_answer_is_counted_apart_and_not_learned_until_it_is_said_again() {
    let (_project, mut core, _) = project();
    core.set_reader("ann").unwrap();
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 3, seed: 2 })).unwrap();
    let images = planted(&core);
    let learned = |core: &Core| -> usize {
        Split::ALL.into_iter().map(|split| core.samples(split, AnswerKind::Class).0.len()).sum()
    };
    let all = learned(&core);
    // Ann takes two planted answers, and not the third; and an honest one.
    for image in &images[..2] {
        let class = called_class(&core, *image);
        says(&mut core, *image, Edit::Label(Some(class)));
    }
    let right = 1 - called_class(&core, images[2]);
    says(&mut core, images[2], Edit::Label(Some(1 - right)));
    says(&mut core, images[2], Edit::Label(Some(right)));
    let honest = core.images().iter().map(|image| image.id).find(|image| !images.contains(image)).unwrap();
    let other = 1 - called_class(&core, honest);
    says(&mut core, honest, Edit::Label(Some(other)));
    let last = core.store().events(images[0]).unwrap().pop().unwrap();
    assert!(last.shown.unwrap().planted, "the log keeps that it was planted");
    assert!(!core.store().events(honest).unwrap().pop().unwrap().shown.unwrap().planted);
    assert_eq!(learned(&core), all - 2, "nothing is learned from what follows a planted answer");
    assert_eq!(core.view().follows_planted, [0; 3], "which is not told while it runs");

    let told = influence::of(core.store(), None, &|_, _| true).unwrap().unwrap();
    let [of_ann] = &told.planted[..] else { panic!("{told:?}") };
    assert_eq!((of_ann.followed.planted.count, of_ann.followed.planted.of), (2, 3));
    assert_eq!((of_ann.followed.right.count, of_ann.followed.right.of), (0, 0), "Ann's own word is no truth");
    let [assisted] = &told.assisted[..] else { panic!("{told:?}") };
    assert_eq!((assisted.reader.as_str(), assisted.readings), ("ann", 1), "the honest one alone");

    send(&mut core, ProjectCommand::Study(StudyCommand::End)).unwrap();
    assert_eq!(core.view().follows_planted.iter().sum::<usize>(), 2);
    let studies = core.view().data.studies.clone().unwrap();
    let [reader] = &studies[0].readers[..] else { panic!("{studies:?}") };
    assert_eq!((reader.reader.as_str(), reader.followed.count, reader.followed.of), ("ann", 2, 3));
    assert_eq!(*studies[0].unconfirmed, images[..2]);
    // Said again: another class, or the same with the honest answer on screen.
    let (stays, turns) = (images[0], images[1]);
    let said = core.annotations[core.at[&stays]].label;
    says(&mut core, stays, Edit::Label(said));
    let now = called_class(&core, turns);
    says(&mut core, turns, Edit::Label(Some(now)));
    assert_eq!((learned(&core), core.view().follows_planted), (all, [0; 3]));
    let told = influence::of(core.store(), None, &|_, _| true).unwrap().unwrap();
    assert_eq!((told.planted[0].followed.planted.count, told.planted[0].followed.planted.of), (2, 3), "that stays");
}

#[test]
fn nothing_planted_is_seen_before_the_reveal() {
    let (_project, mut core, _) = project();
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 3, seed: 2 })).unwrap();
    let images = planted(&core);
    let way = |mode| ProjectCommand::SetReadingMode { mode, everyone: false };
    core.set_reader("ann").unwrap();
    for mode in [ReadingMode::Blind, ReadingMode::Reveal] {
        send(&mut core, way(mode)).unwrap();
        assert!(core.view().study && core.view().data.studies.is_none());
        assert_eq!(called(&core), vec![None; IMAGES]);
        core.look(images[0]).unwrap();
        assert!(core.view().detail.as_ref().unwrap().prediction.is_none());
        assert!(send(&mut core, ProjectCommand::Study(StudyCommand::End)).is_err());
    }
    let image = images[0];
    let planted = core.studying.planted[&image].probabilities.clone();
    let answer = usize::from(planted[1] > planted[0]);
    says(&mut core, image, Edit::Label(Some(1 - answer)));
    assert_eq!(core.store().events(image).unwrap().pop().unwrap().shown, None, "nothing was shown yet");
    send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
    let shown = core.store().events(image).unwrap().pop().unwrap().shown.unwrap();
    assert_eq!((shown.planted, shown.probabilities == planted), (true, true), "the planted one is revealed");
    assert_eq!(core.view().detail.as_ref().unwrap().prediction.as_ref().unwrap().probabilities, planted);
    says(&mut core, image, Edit::Label(Some(answer)));
    let told = influence::of(core.store(), None, &|_, _| true).unwrap().unwrap();
    assert!(told.readers.is_empty(), "{told:?}");
    assert_eq!((told.planted[0].followed.planted.count, told.planted[0].followed.planted.of), (1, 1));
}

#[test]
fn what_would_give_a_study_away_or_change_it_is_refused() {
    let (project, mut core, model) = project();
    assert!(core.end_study().unwrap_err().to_string().contains("no study runs"));
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 99, seed: 2 })).unwrap();
    assert_eq!(planted(&core).len(), IMAGES, "no more than there are");
    for refused in [
        ProjectCommand::Study(StudyCommand::Begin { images: 1, seed: 3 }),
        ProjectCommand::SetThreshold { model, threshold: Some(0.9) },
        ProjectCommand::AnnotateMany { images: project.ids.clone(), edit: ManyEdit::Accept { threshold: None } },
    ] {
        let why = send(&mut core, refused).unwrap_err().to_string();
        assert!(why.contains("a study runs") && why.contains("end it first"), "{why}");
    }
    // A list that was changed from outside plants nothing.
    let digest = core.read_studies().unwrap()[0].digest.clone();
    core.store.set_setting(&setting(&digest), &Vec::<PlantedAnswer>::new()).unwrap();
    core.read_study().unwrap();
    assert!(planted(&core).is_empty() && core.view().study);
}

fn frozen(core: &Core) -> String {
    format!("{:?}", (&core.view().comparison, core.view().recall, core.view().follows_planted, &core.view().exported))
}

#[test]
fn while_a_study_runs_nothing_tells_which_answers_are_planted() {
    let (project, mut core, model) = project();
    let compare = || ProjectCommand::Compare { candidate: model, active: None };
    send(&mut core, compare()).unwrap();
    assert!(core.view().comparison.is_some());
    core.set_reader("ann").unwrap();
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 3, seed: 2 })).unwrap();
    assert!(core.view().comparison.is_none(), "what was compared before is not shown any more");
    let before = frozen(&core);
    let table = || ExportRequest::table(project.dir.path().join("labels.csv"));
    for refused in [
        compare(),
        ProjectCommand::RecallComparison,
        ProjectCommand::LayBeside(vec![model]),
        ProjectCommand::Export(table()),
        ProjectCommand::SetSort(Sort::ModelsApart),
        ProjectCommand::LearnWhileLabelling(true),
    ] {
        let what = format!("{refused:?}");
        let why = send(&mut core, refused).map_err(|why| why.to_string()).expect_err(&what);
        assert!(why.contains("a study runs") && why.contains("end it first (Data, Readers)"), "{why}");
    }
    // What was asked for before and comes late.
    core.take(crate::session::protocol::task::Report::Comparable { candidate: model, active: None }).unwrap();
    let images = planted(&core);
    let class = called_class(&core, images[0]);
    says(&mut core, images[0], Edit::Label(Some(class)));
    send(&mut core, ProjectCommand::CompareReaders(Default::default())).unwrap();
    assert_eq!(frozen(&core), before, "neither figures nor counts tell that it was a planted one");
    let agreement = core.view().data.readers.clone().unwrap();
    assert_eq!(
        format!("{:?}", agreement.influences),
        format!("{:?}", crate::session::protocol::agreement::Influences::default())
    );
    assert!(core.studies().unwrap()[0].unconfirmed.is_empty() && core.studies().unwrap()[0].read == 0);
    send(&mut core, ProjectCommand::Study(StudyCommand::End)).unwrap();
    assert_eq!(core.view().follows_planted.iter().sum::<usize>(), 1);
    send(&mut core, ProjectCommand::CompareReaders(Default::default())).unwrap();
    assert_eq!(core.view().data.readers.as_ref().unwrap().influences.planted.len(), 1);
    send(&mut core, compare()).unwrap();
    assert!(core.view().comparison.is_some());
}

#[test]
fn a_reveal_shows_the_planted_answer_and_nobody_elses_word_until_the_study_ends() {
    let (_project, mut core, _) = project();
    send(&mut core, ProjectCommand::Study(StudyCommand::Begin { images: 3, seed: 2 })).unwrap();
    let image = planted(&core)[0];
    core.set_reader("ann").unwrap();
    send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Reveal, everyone: false }).unwrap();
    says(&mut core, image, Edit::Label(Some(0)));
    send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
    let shown = |core: &mut Core| {
        core.look(image).unwrap();
        let detail = core.view().detail.clone().unwrap();
        let others = detail.history.iter().filter(|line| line.who != "ann").count();
        (detail.prediction.is_some(), others > 0, detail.readers.words.len() > 1)
    };
    assert_eq!(shown(&mut core), (true, false, false), "the model alone: Ben and the import know the class");
    core.set_reader("ben").unwrap();
    core.end_study().unwrap();
    core.set_reader("ann").unwrap();
    assert_eq!(shown(&mut core), (true, true, true));
}

#[test]
fn a_second_study_changes_nothing_of_what_came_of_the_first() {
    let (_project, mut core, _) = project();
    core.set_reader("ann").unwrap();
    let mut figures = Vec::new();
    for follows in [true, false] {
        core.begin_study(3, 2).unwrap();
        let image = planted(&core)[0];
        let class = called_class(&core, image);
        says(&mut core, image, Edit::Label(Some(class)));
        if !follows {
            says(&mut core, image, Edit::Label(Some(1 - class)));
        }
        core.end_study().unwrap();
        // What is said afterwards is no part of it.
        for said in [class, 1 - class] {
            says(&mut core, image, Edit::Label(Some(said)));
        }
        let parts: Vec<_> =
            core.studies().unwrap().iter().map(|one| (one.readers[0].followed.count, one.read)).collect();
        figures.push(parts);
    }
    assert_eq!(figures, [vec![(1, 1)], vec![(0, 1), (1, 1)]], "the newest first");
    core.begin_study(3, 2).unwrap();
    core.end_study().unwrap();
    let last = core.studies().unwrap().remove(0);
    assert_eq!((last.readers.len(), last.read), (0, 0), "in which nobody read");
}

#[test]
fn an_adjudication_that_takes_a_word_which_follows_a_planted_answer_teaches_nothing_either() {
    let (_project, mut core, _) = project();
    core.set_reader("ann").unwrap();
    core.begin_study(3, 2).unwrap();
    let images = planted(&core);
    let learned = |core: &Core| core.studying.followed.len();
    for (name, independent) in [("ann", false), ("cleo", false), ("dora", true)] {
        core.set_reader(name).unwrap();
        send(&mut core, ProjectCommand::SetReadingMode { mode: ReadingMode::Reveal, everyone: false }).unwrap();
        for (at, &image) in images[..2].iter().enumerate() {
            let answer = core.studying.planted[&image].probabilities.clone();
            let answer = usize::from(answer[1] > answer[0]);
            // Dora says it of the second by herself.
            let first = if independent && at == 1 { answer } else { 1 - answer };
            says(&mut core, image, Edit::Label(Some(first)));
            send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
            says(&mut core, image, Edit::Label(Some(answer)));
        }
    }
    core.set_reader("ben").unwrap();
    core.end_study().unwrap();
    assert_eq!(learned(&core), 0, "readings of their own are not in force");
    for (image, reader) in images.iter().zip(["ann", "dora"]) {
        send(&mut core, ProjectCommand::TakeWord { image: *image, reader: reader.into() }).unwrap();
    }
    let followed: Vec<bool> = images.iter().map(|image| core.studying.is_followed(*image)).collect();
    assert_eq!(followed, [true, false, false], "Dora said it before she saw it");
}

#[test]
fn what_was_labelled_as_planted_is_no_truth_to_judge_a_model_by() {
    let (_project, mut core, model) = project();
    core.set_reader("ann").unwrap();
    let judged = |core: &Core| {
        let of = core.evaluation(model, Split::Test).unwrap();
        (of.images.len(), of.left_out, of.report.accuracy)
    };
    let before = judged(&core);
    core.begin_study(IMAGES, 1).unwrap();
    let test = core.images().iter().find(|image| image.split == Split::Test).unwrap().id;
    // Without what the window says was shown, too.
    send(&mut core, annotate(test, Edit::Replace)).unwrap();
    core.end_study().unwrap();
    assert_eq!(judged(&core), (before.0 - 1, before.1 + 1, before.2));
    let said = core.annotations[core.at[&test]].label;
    says(&mut core, test, Edit::Label(said));
    let after = judged(&core);
    assert_eq!((after.0, after.1), (before.0, before.1));
    assert!(after.2 < before.2, "now it is what somebody means");
}

#[test]
fn where_the_heat_lies_is_not_told_while_a_study_runs() {
    let (_project, mut core, _) = project();
    let by_heat = || ProjectCommand::SetSort(Sort::HeatOutside);
    let told = |core: &Core| core.view().rows.iter().any(|row| row.facts.heat_outside.is_some());
    for begins in [true, false] {
        core.view.sort = Sort::HeatOutside;
        Arc::make_mut(&mut Arc::make_mut(&mut core.view.rows)[0].facts).heat_outside = Some(0.5);
        match begins {
            true => _ = core.begin_study(3, 2).unwrap(),
            false => core.end_study().unwrap(),
        }
        assert_eq!((told(&core), core.view().sort == Sort::HeatOutside), (false, false), "{begins}");
        if begins {
            let why = send(&mut core, by_heat()).unwrap_err().to_string();
            assert!(why.contains("a study runs") && why.contains("end it first"), "{why}");
            // As it was left before, too.
            core.take_workplace(Workplace { sort: Sort::HeatOutside, ..Workplace::default() });
            assert_eq!(core.view().sort, Sort::Name);
        }
    }
}

#[test]
fn nothing_is_planted_where_nobody_can_read() {
    let (project, mut core, _) = project();
    core.missing.insert(project.ids[0]);
    assert_eq!(core.begin_study(99, 2).unwrap(), IMAGES - 1);
    assert!(!planted(&core).contains(&project.ids[0]), "a file that is missing");
}

#[test]
fn nothing_is_trained_in_the_window_while_a_study_runs() {
    let (_project, mut core, _) = project();
    core.begin_study(3, 2).unwrap();
    for refused in [
        ProjectCommand::Train(Box::new(tiny())),
        ProjectCommand::TrainFrom { recipe: Box::new(tiny()), start: StartFrom::Random },
        ProjectCommand::ResumeRun(crate::domain::RunId(1)),
        ProjectCommand::Sweep { name: "rates".into(), text: String::new() },
        ProjectCommand::ContinueSweep("rates".into()),
    ] {
        let what = format!("{refused:?}");
        let why = core.apply(refused, &Compute::cpu()).map(|_| what).unwrap_err().to_string();
        assert!(why.contains("a study runs") && why.contains("end it first"), "{why}");
    }
}

#[test]
fn a_list_that_was_changed_from_outside_hides_no_other_study() {
    let (_project, mut core, _) = project();
    core.begin_study(3, 2).unwrap();
    core.end_study().unwrap();
    core.begin_study(4, 3).unwrap();
    let digest = core.read_studies().unwrap()[1].digest.clone();
    core.store.set_setting(&setting(&digest), &Vec::<PlantedAnswer>::new()).unwrap();
    core.end_study().unwrap();
    let [damaged, whole] = &core.studies().unwrap()[..] else { panic!() };
    assert!(damaged.ended.is_some() && damaged.images.is_empty() && whole.images.len() == 3);
    let why = damaged.unreadable.as_ref().unwrap();
    assert!(why.contains("changed from outside") && whole.unreadable.is_none(), "{why}");
}

#[test]
fn labels_that_follow_are_the_same_told_one_by_one_as_read_anew() {
    let (_project, mut core, _) = project();
    core.set_reader("ann").unwrap();
    core.begin_study(5, 2).unwrap();
    let images = planted(&core);
    let known = |core: &Core| {
        let sorted = |set: &HashSet<ImageId>| {
            let mut all: Vec<ImageId> = set.iter().copied().collect();
            all.sort_by_key(|image| image.0);
            all
        };
        (sorted(&core.studying.followed), sorted(&core.studying.met))
    };
    for (at, follows) in [(0, true), (1, true), (2, false), (0, false), (3, true), (0, true)] {
        let class = called_class(&core, images[at]);
        says(&mut core, images[at], Edit::Label(Some(if follows { class } else { 1 - class })));
        let one_by_one = known(&core);
        core.read_study().unwrap();
        assert_eq!(known(&core), one_by_one, "{at}");
    }
    send(&mut core, ProjectCommand::Undo).unwrap();
    let one_by_one = known(&core);
    core.read_study().unwrap();
    assert_eq!((known(&core), core.studying.followed.len()), (one_by_one, 2));
}
