//! A study that was read in several copies of a project comes to the same in all of them.

use super::tests::{called_class, says};
use super::*;
use crate::domain::{AnswerKind, Architecture, ReadingMode, Split};
use crate::inference::Output;
use crate::session::protocol::command::ProjectCommand;
use crate::session::test_project::{Small, add_model, send, small};
use crate::store::sharing::share;
use crate::store::{Access, Store};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::{Path, PathBuf};

const IMAGES: usize = 12;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = std::fs::copy(entry.path(), target).unwrap(),
        }
    }
}

fn merge(into: &Path, other: &Path) -> Option<String> {
    let mut core = Core::open(into).unwrap();
    core.merge(other, &|_, _| true).unwrap().unwrap().0.study_ended
}

fn reader(core: &mut Core, name: &str, mode: ReadingMode) {
    send(core, ProjectCommand::SetReader(name.into())).unwrap();
    send(core, ProjectCommand::SetReadingMode { mode, everyone: false }).unwrap();
}

/// So many copies of a project whose classes were imported, in which a study runs; and the images with a planted answer.
fn copies(count: usize) -> (Small, Vec<PathBuf>, Vec<ImageId>) {
    let small = small(IMAGES);
    let mut core = small.open();
    let model = add_model(&mut core, "first", Architecture::default(), None, 0);
    let one = |(at, image): (usize, &ImageId)| {
        let odds = (at as f32 + 1.0) / 4.0 * if at % 2 == 0 { -1.0 } else { 1.0 };
        let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, odds]);
        Prediction { image: *image, model, logits, probabilities, boxes }
    };
    let predictions: Vec<Prediction> = small.ids.iter().enumerate().map(one).collect();
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ann", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    core.set_reader("ann").unwrap();
    core.begin_study(6, 4).unwrap();
    let planted = core.images().iter().map(|image| image.id).filter(|image| core.is_planted(*image)).collect();
    drop(core);
    let all: Vec<PathBuf> = (0..count).map(|at| small.dir.path().join(format!("copy{at}.overread"))).collect();
    all.iter().for_each(|to| copy(&small.project, to));
    (small, all, planted)
}

fn follow(core: &mut Core, image: ImageId, follows: bool) {
    let class = called_class(core, image);
    says(core, image, Edit::Label(Some(if follows { class } else { 1 - class })));
}

fn told(core: &Core) -> Vec<(String, usize, usize)> {
    let study = core.studies().unwrap().remove(0);
    study.readers.iter().map(|one| (one.reader.clone(), one.followed.count, one.followed.of)).collect()
}

fn learned(core: &Core) -> usize {
    Split::ALL.into_iter().map(|split| core.samples(split, AnswerKind::Class).0.len()).sum()
}

#[test]
fn a_merge_brings_what_the_others_readers_made_of_a_study_and_leaves_out_what_followed_it() {
    let (small, all, planted) = copies(2);
    let [here, there] = &all[..] else { unreachable!() };
    let mut core = Core::open(here).unwrap();
    reader(&mut core, "ann", ReadingMode::Assisted);
    follow(&mut core, planted[0], true);
    follow(&mut core, planted[1], false);
    drop(core);
    let mut core = Core::open(there).unwrap();
    reader(&mut core, "ben", ReadingMode::Assisted);
    follow(&mut core, planted[2], true);
    follow(&mut core, planted[3], false);
    // Cleo says what she sees, and one of the two times follows what she is shown then.
    reader(&mut core, "cleo", ReadingMode::Reveal);
    for (image, follows) in [(planted[4], true), (planted[5], false)] {
        let answer = core.studying.planted[&image].probabilities.clone();
        let answer = usize::from(answer[1] > answer[0]);
        says(&mut core, image, Edit::Label(Some(1 - answer)));
        send(&mut core, ProjectCommand::CommitReading { image, display: Default::default() }).unwrap();
        if follows {
            says(&mut core, image, Edit::Label(Some(answer)));
        }
    }
    drop(core);
    // By a small copy without pictures and settings.
    let stick = small.dir.path().join("stick.overread");
    share(there, &stick, &|_, _| true).unwrap().unwrap();
    assert_eq!(merge(here, &stick), None, "it runs in both");
    let mut core = Core::open(here).unwrap();
    assert!(core.view().study && core.studies().unwrap()[0].readers.is_empty(), "and nothing of it is told");
    assert_eq!(learned(&core), IMAGES - 2, "Ann's and Ben's labels that follow it");
    core.set_reader("ann").unwrap();
    core.end_study().unwrap();
    let wanted = [("ann", 1, 2), ("ben", 1, 2), ("cleo", 1, 2)].map(|(name, count, of)| (name.to_owned(), count, of));
    assert_eq!(told(&core), wanted);
    let view = core.studies().unwrap().remove(0);
    assert_eq!((view.read, *view.unconfirmed == [planted[0], planted[2]], view.here, view.seed), (6, true, true, 4));
    // It is said again here, with the honest answer on screen.
    let said = core.annotations[core.at[&planted[2]]].label;
    says(&mut core, planted[2], Edit::Label(said));
    assert_eq!(learned(&core), IMAGES - 1);
    assert_eq!(told(&core), wanted, "that stays");
    assert!(core.store().verify_chain().is_ok() && core.store().decisions_hold().unwrap());
    drop(core);
    // Where it still runs it ends with that, and both know the same.
    let why = merge(there, here).unwrap();
    assert!(why.contains("had ended in the other copy"), "{why}");
    let core = Core::open(there).unwrap();
    assert_eq!((told(&core), core.view().study), (wanted.to_vec(), false));
    drop(core);
    let end = |project: &Path| Store::open(project, Access::ReadOnly).unwrap().log_end().unwrap();
    let before = end(there);
    assert_eq!((merge(there, here), end(there)), (None, before), "once is enough");
}

#[test]
fn a_study_of_another_copy_alone_is_told_of_and_plants_nothing_here() {
    let (small, all, planted) = copies(1);
    let mut core = Core::open(&all[0]).unwrap();
    reader(&mut core, "ben", ReadingMode::Assisted);
    follow(&mut core, planted[0], true);
    drop(core);
    // A project over the same images that never had one.
    let other = crate::session::test_project::small(IMAGES);
    merge(&other.project, &all[0]);
    let mut core = Core::open(&other.project).unwrap();
    let view = core.studies().unwrap().remove(0);
    assert_eq!((view.here, view.ended.is_none(), view.readers.len(), core.view().study), (false, true, 0, false));
    assert_eq!(core.end_study().unwrap_err().to_string(), "no study runs");
    drop(core);
    Core::open(&all[0]).unwrap().end_study().unwrap();
    // By small copies without pictures and settings, and by way of one that never had the study itself.
    let far = crate::session::test_project::small(IMAGES);
    for (from, into) in [(&all[0], &other.project), (&other.project, &far.project)] {
        let stick = small.dir.path().join(format!("{}-stick.overread", into.ancestors().count()));
        _ = std::fs::remove_dir_all(&stick);
        share(from, &stick, &|_, _| true).unwrap().unwrap();
        merge(into, &stick);
        let core = Core::open(into).unwrap();
        assert_eq!(told(&core), [("ben".to_owned(), 1, 1)]);
        assert_eq!((core.studies().unwrap()[0].images.len(), learned(&core)), (6, IMAGES - 1));
    }
}

#[test]
fn studies_come_to_the_same_in_any_order_grouping_and_number_of_merges() {
    for seed in 0..6 {
        let (small, all, planted) = copies(3);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut work = |most: usize| {
            for project in &all {
                let mut core = Core::open(project).unwrap();
                for _ in 0..rng.random_range(0..=most) {
                    let (name, image) =
                        (["ann", "ben"][rng.random_range(0..2usize)], planted[rng.random_range(0..3usize)]);
                    let mode = [ReadingMode::Assisted, ReadingMode::Reveal][rng.random_range(0..2usize)];
                    reader(&mut core, name, mode);
                    match rng.random_range(0..8) {
                        0 => _ = send(&mut core, ProjectCommand::Undo),
                        1 => _ = send(&mut core, ProjectCommand::CommitReading { image, display: Default::default() }),
                        2 => _ = core.end_study(),
                        class => says(&mut core, image, Edit::Label(Some(class as usize % 2))),
                    }
                }
            }
        };
        work(6);
        merge(&all[0], &all[1]);
        work(3);
        let again = |name: &str| -> Vec<PathBuf> {
            let to = |from: &PathBuf| small.dir.path().join(name).join(from.file_name().unwrap());
            all.iter().for_each(|from| copy(from, &to(from)));
            all.iter().map(to).collect()
        };
        let known = |project: &Path| {
            let core = Core::open(project).unwrap();
            core.store().verify_chain().unwrap();
            let view = core.studies().unwrap().remove(0);
            (view.readers, view.ended, view.read, Elsewhere::whole(core.store()).unwrap())
        };
        let [one, other] = ["one", "other"].map(again);
        merge(&one[0], &one[1]);
        merge(&one[0], &one[2]);
        let once = known(&one[0]);
        merge(&one[0], &one[2]);
        merge(&one[0], &one[1]);
        assert_eq!(known(&one[0]), once, "idempotent: {seed}");
        merge(&other[2], &other[1]);
        merge(&other[0], &other[2]);
        assert_eq!(known(&other[0]), once, "associative: {seed}");
        merge(&other[2], &other[0]);
        assert_eq!(known(&other[2]), once, "commutative: {seed}");
    }
}

#[test]
fn an_end_that_a_merge_brings_names_who_ended_the_study() {
    let (_small, all, _) = copies(3);
    let [here, there, later] = &all[..] else { unreachable!() };
    for (project, name) in [(there, "ben"), (later, "cleo")] {
        let mut core = Core::open(project).unwrap();
        core.set_reader(name).unwrap();
        core.end_study().unwrap();
    }
    // Whoever ended it first, by whichever way the word comes.
    merge(later, there);
    assert!(merge(here, later).is_some());
    let core = Core::open(here).unwrap();
    let end = core.store().decisions().unwrap().pop().unwrap();
    assert!(matches!(end.decision, Decision::Study { running: false, .. }));
    assert_eq!(end.reader, crate::domain::annotation::imported_reader("ben"));
}
