//! Which epoch is kept, and by which images.

use super::*;
use crate::domain::{EpochRecord, Rect};

/// The job with a third class, of which so many validation images are there and no training image.
fn with_an_unlearned_class(dir: &Path, images: usize) -> TrainJob {
    let mut job = job(dir);
    job.classes = ClassList::from_names(&["right", "stripes", "finer"], false).unwrap();
    job.recipe.epochs = 6;
    let more = samples(&dir.join("images"), &vec![2; images], 2000);
    job.validation.extend(more);
    job
}

#[test]
fn images_of_a_class_that_cannot_be_learned_choose_no_epoch() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [(without, alone), (with, log)] =
        [(0, &dirs[0]), (7, &dirs[1])].map(|(images, dir)| run(&with_an_unlearned_class(dir.path(), images)));
    let figures = |outcome: &Outcome| -> Vec<_> {
        outcome.epochs.iter().map(|e: &EpochRecord| (e.best, e.validation.clone())).collect()
    };
    assert_eq!(figures(&with), figures(&without));
    assert_eq!(with.facts.validation_images, 8);
    assert_eq!(with.facts.never_shown(), [2]);
    let line = |log: &[String], part: &str| log.iter().any(|line| line.contains(part));
    assert!(
        line(&log, "no training image shows finer") && line(&log, "7 validation images of it do not count"),
        "{log:?}"
    );
    assert!(line(&alone, "no training image shows finer: the model will never say it"), "{alone:?}");
}

#[test]
fn among_equally_good_epochs_the_one_with_the_smaller_loss_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.best_by = Metric::Accuracy;
    job.recipe.epochs = 20;
    let (outcome, _) = run(&job);
    let kept = outcome.epochs.iter().rfind(|epoch| epoch.best).unwrap();
    let accuracy = |epoch: &EpochRecord| epoch.validation.get(Metric::Accuracy).unwrap();
    let loss = |epoch: &EpochRecord| epoch.validation.get(Metric::Loss).unwrap();
    let highest = outcome.epochs.iter().map(accuracy).fold(0.0, f64::max);
    let equal: Vec<_> = outcome.epochs.iter().filter(|epoch| accuracy(epoch) == highest).collect();
    assert!(equal.len() > 2, "several epochs are equally good");
    assert_eq!(accuracy(kept), highest);
    assert_eq!(loss(kept), equal.iter().map(|epoch| loss(epoch)).fold(f64::INFINITY, f64::min));
}

#[test]
fn one_epoch_is_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.schedule = Schedule::Cosine { warmup_epochs: 3, final_rate: 0.0 };
    recipe::set(&mut job.recipe, "epochs=1").unwrap();
    assert_eq!(run(&job).0.epochs.len(), 1);
}

#[test]
fn sides_are_not_mirrored_whatever_the_recipe_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.epochs = 1;
    job.recipe.augmentation.horizontal_flip = true;
    for (names, mirrored) in [(["right", "stripes"], true), (["right", "left"], false)] {
        job.classes = ClassList::from_names(&names, false).unwrap();
        let (outcome, log) = run(&job);
        assert_eq!(outcome.card.recipe.unwrap().augmentation.mirrors(), mirrored, "{log:?}");
        assert_eq!(log.iter().any(|line| line.contains("not mirrored")), !mirrored, "{log:?}");
    }
}

#[test]
fn boxes_that_cannot_be_learned_are_told_before_the_first_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = boxes::boxes_job(dir.path(), 8);
    let rect = |left: f64, width: f64| Rect { xmin: left, ymin: 4.0, xmax: left + width, ymax: 30.0 };
    job.train[0].truth = Truth::Boxes(vec![(0, rect(4.0, 20.0)), (1, rect(4.0, 20.0)), (0, rect(50.0, 0.4))]);
    let mut log = Vec::new();
    train(&job, &mut |event| match event {
        TrainEvent::Log(line) => {
            log.push(line.clone());
            Control::Continue
        }
        TrainEvent::Step { .. } => Control::Cancel,
        _ => Control::Continue,
    })
    .unwrap();
    let told = |part: &str| log.iter().any(|line| line.contains(part));
    assert!(told("1 boxes lie on one of another class") && told("1 boxes are less than a pixel"), "{log:?}");
}
