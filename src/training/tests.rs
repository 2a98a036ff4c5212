//! Whole runs on small drawn pictures.

use super::*;
use crate::domain::recipe::{Augmentation, ClassifierArchitecture, Imbalance, Loss, Optimizer, Schedule, SimpleCnn};
use crate::domain::{ClassList, ImageFile, Metric, ModelCard, Preprocessing, Recipe, StopReason};
use crate::files::hash::sha256_hex;
use crate::imaging::write::write_png_gray;
use crate::nn::Compute;
use crate::nn::weights;
use std::path::Path;

mod boxes;
mod choosing;
mod findings;
mod learning;

const SIDE: u32 = 24;

/// A grey square with grain; the class decides which half is brighter.
fn picture(class: usize, number: u32) -> Vec<u8> {
    let mut grain = number.wrapping_mul(2_654_435_761).wrapping_add(class as u32);
    (0..SIDE * SIDE)
        .map(|at| {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bright = ((at % SIDE) * (class as u32 + 1) / SIDE).is_multiple_of(2);
            (if bright { 60 } else { 150 }) + (grain >> 26) as u8
        })
        .collect()
}

fn samples(dir: &Path, classes: &[usize], from: u32) -> Vec<Sample> {
    let mut list = Vec::new();
    for (at, &class) in classes.iter().enumerate() {
        let name = format!("{}-{class}.png", from + at as u32);
        let path = dir.join(&name);
        write_png_gray(&path, SIDE, SIDE, &picture(class, from + at as u32)).unwrap();
        let sha256 = sha256_hex(&std::fs::read(&path).unwrap());
        list.push(Sample { file: ImageFile::first(path), name, sha256, truth: Truth::Class(class) });
    }
    list
}

fn small_recipe() -> Recipe {
    Recipe {
        architecture: SimpleCnn {
            channels: vec![6, 8],
            batch_norm: true,
            hidden: 6,
            global_pooling: false,
            dropout: 0.2,
        }
        .into(),
        preprocessing: Preprocessing { width: 24, height: 24, ..Preprocessing::default() },
        optimizer: Optimizer::AdamW { learning_rate: 5e-3, weight_decay: 1e-2 },
        schedule: Schedule::plateau(0.3, 0),
        augmentation: Augmentation {
            vertical_flip: true,
            rotation: 5.0,
            shift: 0.05,
            brightness: 0.1,
            ..Augmentation::default()
        },
        epochs: 4,
        batch: 5,
        ..Recipe::default()
    }
}

/// 21 training images, so that the last batch of five has one, and 8 for validation.
fn job(dir: &Path) -> TrainJob {
    let images = dir.join("images");
    std::fs::create_dir_all(&images).unwrap();
    let alternating = |n: usize| (0..n).map(|at| at % 2).collect::<Vec<_>>();
    TrainJob {
        recipe: small_recipe(),
        classes: ClassList::from_names(&["right", "stripes"], false).unwrap(),
        model_name: "test".into(),
        train: samples(&images, &alternating(21), 0),
        validation: samples(&images, &alternating(8), 1000),
        dir: dir.join("run"),
        start_from: None,
        resume: false,
        compute: Compute::cpu(),
        created_ms: 1_700_000_000_000,
    }
}

fn run(job: &TrainJob) -> (Outcome, Vec<String>) {
    let mut log = Vec::new();
    let outcome = train(job, &mut |event| {
        if let TrainEvent::Log(line) = event {
            log.push(line.clone());
        }
        Control::Continue
    });
    (outcome.unwrap(), log)
}

fn refusal(job: &TrainJob) -> String {
    train(job, &mut |_| Control::Continue).unwrap_err().to_string()
}

fn model_bytes(outcome: &Outcome) -> Vec<u8> {
    std::fs::read(outcome.model_file.as_ref().unwrap()).unwrap()
}

#[test]
fn it_learns_and_the_file_says_from_what() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.epochs = 12;
    job.recipe.best_by = Metric::Accuracy;
    let (mut steps, mut prepared, mut started) = (0, 0, None);
    let outcome = train(&job, &mut |event| {
        match event {
            TrainEvent::Step { seconds_left, images_per_second, steps: of, .. } => {
                assert!(*seconds_left >= 0.0 && *images_per_second > 0.0);
                assert_eq!(*of, 4, "the single last image joined the batch before it");
                steps += 1;
            }
            TrainEvent::Preparing { done, total } => {
                assert_eq!(*total, 29);
                prepared = *done;
            }
            TrainEvent::Started { train, validation } => started = Some((*train, *validation)),
            _ => {}
        }
        Control::Continue
    })
    .unwrap();
    assert_eq!((steps, prepared, started), (48, 29, Some((21, 8))));
    assert_eq!((outcome.stopped, outcome.epochs.len()), (None, 12));
    let best = outcome.epochs.iter().rfind(|e| e.best).unwrap();
    println!("validation accuracy: {:?}", best.validation.get(Metric::Accuracy));
    assert!(best.validation.get(Metric::Accuracy).unwrap() >= 0.9, "{:?}", outcome.epochs);
    let (_, metadata) = weights::read(outcome.model_file.as_ref().unwrap(), job.compute.device()).unwrap();
    let card: ModelCard = serde_json::from_str(&metadata[ModelCard::KEY]).unwrap();
    assert_eq!(card, ModelCard { created_ms: 0, ..outcome.card.clone() }, "all but the time is in the file");
    assert_eq!((card.recipe.as_ref(), outcome.card.created_ms), (Some(&job.recipe), job.created_ms));
    assert_eq!(card.data_digest, data_digest(&job.train, &job.classes));
}

/// Everything that a checkpoint has to remember or a resumed run has to draw again.
fn variants(dir: &Path) -> Vec<TrainJob> {
    let changed = |change: &dyn Fn(&mut TrainJob)| {
        let mut job = job(dir);
        change(&mut job);
        job
    };
    let mut parent = job(dir);
    parent.dir = dir.join("parent");
    parent.recipe.epochs = 1;
    let parent = run(&parent).0.model_file;
    vec![
        changed(&|_| {}),
        changed(&|job| {
            job.recipe.optimizer = Optimizer::Adam { learning_rate: 5e-3, weight_decay: 1e-3 };
            job.recipe.imbalance = Imbalance::ClassWeights;
        }),
        changed(&|job| {
            job.recipe.optimizer =
                Optimizer::Sgd { learning_rate: 0.02, momentum: 0.9, nesterov: true, weight_decay: 1e-3 };
            job.recipe.imbalance = Imbalance::WeightedSampling;
            job.recipe.schedule = Schedule::one_cycle();
        }),
        changed(&|job| {
            (job.recipe.accumulate, job.recipe.clip_norm, job.recipe.backbone_rate) = (3, 0.5, 0.3);
            job.recipe.imbalance = Imbalance::Oversampling;
            job.recipe.schedule = Schedule::one_cycle();
            job.recipe.best_by = Metric::Auroc;
        }),
        changed(&|job| {
            job.recipe.augmentation = Augmentation::default();
            job.recipe.freeze_backbone_epochs = 3;
            job.recipe.frozen_stages = 1;
            job.start_from = parent.clone();
        }),
        changed(&|job| grades(job)),
    ]
}

/// Three grades instead of two classes, learned as steps of a scale.
fn grades(job: &mut TrainJob) {
    let images = job.dir.parent().unwrap().join("images");
    let cycle = |n: usize| (0..n).map(|at| at % 3).collect::<Vec<_>>();
    job.classes = ClassList::from_names(&["none", "some", "much"], true).unwrap();
    (job.train, job.validation) = (samples(&images, &cycle(21), 2000), samples(&images, &cycle(9), 3000));
    job.recipe.loss = Loss::Corn;
    job.recipe.best_by = Metric::Kappa;
}

#[test]
fn a_resumed_run_ends_in_the_same_bytes_as_an_uninterrupted_one() {
    let dir = tempfile::tempdir().unwrap();
    for job in variants(dir.path()) {
        let straight = run(&job).0;
        let (expected, checkpoint) = (model_bytes(&straight), job.dir.join("checkpoint.safetensors"));
        let last_weights = weights::read(&checkpoint, job.compute.device()).unwrap().0;

        // Once between two epochs, once in the middle of one.
        for stop_in_step in [None, Some(2)] {
            let stopped = train(&job, &mut |event| match event {
                TrainEvent::Epoch(record) if stop_in_step.is_none() && record.epoch == 2 => Control::Stop,
                TrainEvent::Step { epoch: 3, step, .. } if stop_in_step == Some(*step) => Control::Stop,
                _ => Control::Continue,
            })
            .unwrap();
            assert_eq!((stopped.stopped, stopped.epochs.len()), (Some(StopReason::Stopped), 2));
            assert!(stopped.model_file.is_some());
            let resumed = run(&TrainJob { resume: true, ..job.clone() }).0;
            assert_eq!(resumed.epochs.len(), 4);
            assert!(model_bytes(&resumed) == expected, "{:?}: other bytes", job.recipe);
            for (ours, theirs) in resumed.epochs.iter().zip(&straight.epochs) {
                // The history is for reading: JSON may round its last digit. The weights below are compared to the bit.
                for (a, b) in [(ours.train_loss, theirs.train_loss), (ours.learning_rate, theirs.learning_rate)] {
                    assert!((a - b).abs() <= 1e-15 * b.abs(), "{a} against {b}");
                }
                assert_eq!(ours.best, theirs.best);
            }
            for (name, tensor) in weights::read(&checkpoint, job.compute.device()).unwrap().0 {
                let difference = tensor.flatten_all().unwrap().to_dtype(candle_core::DType::F64).unwrap();
                let expected = last_weights[&name].flatten_all().unwrap().to_dtype(candle_core::DType::F64).unwrap();
                assert_eq!(difference.to_vec1::<f64>().unwrap(), expected.to_vec1::<f64>().unwrap(), "{name}");
            }
        }
    }
}

/// Run by [`the_number_of_threads_changes_no_byte`] in a process of its own; the thread pool is made once a process.
#[test]
#[ignore = "a helper of the_number_of_threads_changes_no_byte"]
fn child_trains() {
    let Ok(dir) = std::env::var("OVERREAD_TEST_DIR") else { return };
    let mut job = job(Path::new(&dir));
    // Large enough for matrix products to be shared between threads.
    job.recipe.preprocessing.width = 96;
    job.recipe.preprocessing.height = 96;
    job.recipe.architecture =
        SimpleCnn { channels: vec![16, 32, 32], batch_norm: true, hidden: 64, global_pooling: false, dropout: 0.3 }
            .into();
    job.recipe.epochs = 2;
    run(&job);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let bytes = |threads: &str| {
        let dir = tempfile::tempdir().unwrap();
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["training::tests::child_trains", "--exact", "--ignored"])
            .env("RAYON_NUM_THREADS", threads)
            .env("OVERREAD_TEST_DIR", dir.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
        std::fs::read(dir.path().join("run/model.safetensors")).unwrap()
    };
    let one = bytes("1");
    for threads in ["2", "5"] {
        assert!(bytes(threads) == one, "{threads} threads gave other weights than one");
    }
}

#[test]
fn what_cannot_be_trained_on_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let job = job(dir.path());
    let with = |change: &dyn Fn(&mut TrainJob)| {
        let mut changed = job.clone();
        change(&mut changed);
        refusal(&changed)
    };
    let leak = with(&|job| job.validation.push(job.train[3].clone()));
    assert!(leak.contains(&job.train[3].name), "{leak}");
    assert!(with(&|job| job.train.clear()).contains("no training image"));
    assert!(with(&|job| job.train.retain(|s| s.truth == Truth::Class(1))).contains("stripes"));
    assert!(with(&|job| job.train[0].truth = Truth::Class(9)).contains(&job.train[0].name));
    assert!(with(&|job| job.recipe.epochs = 0).contains("epochs"));
    let unreadable = with(&|job| job.train.iter_mut().for_each(|s| s.file.path = "/nowhere.png".into()));
    assert!(unreadable.contains("no training image"), "{unreadable}");
    let diverged = with(&|job| {
        job.recipe.architecture =
            SimpleCnn { channels: vec![4], batch_norm: false, hidden: 8, global_pooling: false, dropout: 0.0 }.into();
        job.recipe.optimizer =
            Optimizer::Sgd { learning_rate: 10.0, momentum: 0.99, nesterov: false, weight_decay: 10.0 };
        job.recipe.epochs = 60;
    });
    assert!(diverged.contains("lower the learning rate (it was 10)"), "{diverged}");
}

#[test]
fn unreadable_images_are_left_out_aloud() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.epochs = 1;
    std::fs::write(&job.train[2].file.path, "no picture").unwrap();
    job.train[2].sha256 = sha256_hex(b"no picture");
    std::fs::remove_file(&job.validation[1].file.path).unwrap();
    let (outcome, log) = run(&job);
    for name in [&job.train[2].name, &job.validation[1].name] {
        assert!(log.iter().any(|line| line.contains(name.as_str()) && line.contains("left out")), "{log:?}");
    }
    let used: Vec<Sample> = job.train.iter().filter(|s| **s != job.train[2]).cloned().collect();
    assert_eq!(outcome.card.data_digest, data_digest(&used, &job.classes));
}

#[test]
fn stop_keeps_and_cancel_removes() {
    let dir = tempfile::tempdir().unwrap();
    let job = job(dir.path());
    let answer = |wanted: Control, at: usize| {
        train(&job, &mut |event| match event {
            TrainEvent::Step { epoch: 1, step, .. } if *step == at => wanted,
            _ => Control::Continue,
        })
        .unwrap()
    };
    let stopped = answer(Control::Stop, 2);
    assert_eq!((stopped.stopped, stopped.epochs.len()), (Some(StopReason::Stopped), 0));
    assert!(stopped.model_file.unwrap().exists(), "stopped within the first epoch: what there is");
    let at_its_end = answer(Control::Stop, 4);
    assert_eq!((at_its_end.stopped, at_its_end.epochs.len()), (Some(StopReason::Stopped), 0));
    assert!(at_its_end.model_file.unwrap().exists(), "not validated, but learned");
    for (wanted, left) in [(Control::Stop, 1), (Control::Cancel, 1)] {
        let mut heard = 0;
        let ended = train(&job, &mut |event| match event {
            TrainEvent::Validating { epoch: 2, total: 8, .. } => {
                heard += 1;
                wanted
            }
            _ => Control::Continue,
        })
        .unwrap();
        assert_eq!((heard, ended.epochs.len()), (1, left), "a wish is heard after one batch of validation images");
        assert_eq!(ended.model_file.is_some(), wanted == Control::Stop);
    }
    let cancelled = answer(Control::Cancel, 2);
    assert_eq!((cancelled.stopped, cancelled.model_file), (Some(StopReason::Cancelled), None));
    assert_eq!(std::fs::read_dir(&job.dir).unwrap().count(), 0);
    let early = train(&job, &mut |_| Control::Stop).unwrap();
    assert_eq!((early.stopped, early.model_file), (Some(StopReason::Stopped), None));
}

#[test]
fn a_run_without_gain_ends_early() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.architecture =
        SimpleCnn { channels: vec![4], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 }.into();
    job.recipe.optimizer = Optimizer::Sgd { learning_rate: 1e-30, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
    job.recipe.patience = Some(2);
    job.recipe.epochs = 9;
    let (outcome, _) = run(&job);
    assert_eq!((outcome.stopped, outcome.epochs.len()), (Some(StopReason::NoGain), 3));
    let again = run(&TrainJob { resume: true, ..job.clone() }).0;
    assert_eq!((again.stopped, again.epochs.len()), (Some(StopReason::NoGain), 3));
    job.validation.clear();
    let (outcome, log) = run(&job);
    assert_eq!((outcome.stopped, outcome.epochs.len()), (None, 9));
    assert!(log.iter().any(|line| line.contains("no validation image")));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.epochs = 1;
    let (_, log) = run(&TrainJob { resume: true, ..job.clone() });
    assert!(log.iter().any(|line| line.contains("no checkpoint")), "{log:?}");
    job.resume = true;
    let finished = run(&job).0;
    assert_eq!((finished.stopped, finished.epochs.len()), (None, 1));
    let mut other = job.clone();
    other.recipe.batch = 7;
    assert!(refusal(&other).contains("have changed"));
    let mut other = job.clone();
    other.train[0].truth = Truth::Class(1);
    assert!(refusal(&other).contains("have changed"));
    std::fs::remove_file(job.dir.join("model.safetensors")).unwrap();
    assert!(refusal(&job).contains("best weights"));
    let checkpoint = job.dir.join("checkpoint.safetensors");
    let whole = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &whole[..whole.len() / 2]).unwrap();
    assert!(refusal(&job).contains("cut short"), "{}", refusal(&job));
}

#[test]
fn fine_tuning_starts_from_another_models_weights() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = job(dir.path());
    first.recipe.epochs = 6;
    let parent = run(&first).0;
    let mut job = job(dir.path());
    job.dir = dir.path().join("child");
    job.recipe.freeze_backbone_epochs = 1;
    job.recipe.epochs = 1;
    let (_, log) = run(&job);
    assert!(log.iter().any(|line| line.contains("nothing is frozen")), "{log:?}");
    job.start_from = parent.model_file.clone();
    let (child, log) = run(&job);
    assert!(log.iter().any(|line| line.contains("started from")) && !log.iter().any(|l| l.contains("starts again")));
    let tensors =
        |outcome: &Outcome| weights::read(outcome.model_file.as_ref().unwrap(), job.compute.device()).unwrap().0;
    let (before, after) = (tensors(&parent), tensors(&child));
    let mut kept = 0;
    for (name, tensor) in &before {
        let values = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let same = values(tensor) == values(&after[name]);
        kept += usize::from(same);
    }
    assert!(kept > 0 && kept < before.len(), "a frozen backbone keeps its weights, the head learns: {kept}");

    job.classes = ClassList::from_names(&["right", "stripes", "neither"], false).unwrap();
    let (_, log) = run(&job);
    assert!(log.iter().any(|line| line.contains("starts again")), "{log:?}");

    job.recipe.architecture = ClassifierArchitecture::ResNet18.into();
    job.recipe.preprocessing.width = 32;
    job.recipe.preprocessing.height = 32;
    let said = refusal(&job);
    assert!(said.contains("it is a simple-cnn, the recipe wants a resnet18"), "{said}");
    job.start_from = Some(job.train[0].file.path.clone());
    assert!(refusal(&job).contains("cannot be started from"));
}
