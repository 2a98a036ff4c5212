//! Whole runs of a network that draws boxes, on drawn squares.

use super::*;
use crate::domain::Rect;
use crate::domain::recipe::{ClassifierArchitecture, DetectorArchitecture, DetectorSettings as Settings};
use crate::evaluation::boxes::detection;
use crate::imaging::decode;
use crate::inference::{Detector, Fusion, PredictOptions};

const WIDE: u32 = 96;
const HIGH: u32 = 64;

/// Bright and dark squares on grain, bright ones of class 0; every fifth image has none.
fn film(number: u32) -> (Vec<u8>, Vec<(usize, Rect)>) {
    let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(97);
    let mut next = |most: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % most
    };
    let mut pixels: Vec<u8> = (0..WIDE * HIGH).map(|_| 110 + next(12) as u8).collect();
    let mut boxes = Vec::new();
    // One in each half, so that they never meet.
    for half in 0..2u32 {
        if number % 5 == 4 || (number + half) % 3 == 2 {
            continue;
        }
        let (class, side) = (next(2) as usize, 16 + next(10));
        let (left, top) = (half * WIDE / 2 + next(WIDE / 2 - side), next(HIGH - side));
        for y in top..top + side {
            for x in left..left + side {
                pixels[(y * WIDE + x) as usize] = if class == 0 { 215 } else { 20 } + next(12) as u8;
            }
        }
        let [xmin, ymin, xmax, ymax] = [left, top, left + side, top + side].map(f64::from);
        boxes.push((class, Rect { xmin, ymin, xmax, ymax }));
    }
    (pixels, boxes)
}

fn films(dir: &Path, numbers: std::ops::Range<u32>) -> Vec<Sample> {
    numbers
        .map(|number| {
            let (pixels, boxes) = film(number);
            let name = format!("film-{number}.png");
            let path = dir.join(&name);
            write_png_gray(&path, WIDE, HIGH, &pixels).unwrap();
            let sha256 = sha256_hex(&std::fs::read(&path).unwrap());
            Sample { file: ImageFile::first(path), name, sha256, truth: Truth::Boxes(boxes) }
        })
        .collect()
}

fn boxes_recipe() -> Recipe {
    let settings = Settings {
        anchor_sizes: vec![12.0, 24.0, 48.0, 96.0, 192.0],
        pyramid_channels: 32,
        head_units: 64,
        proposals_learning: [100, 60],
        proposals_in_use: [60, 30],
        anchors_sampled: 64,
        regions_sampled: 24,
        ..Settings::light()
    };
    Recipe {
        architecture: DetectorArchitecture::on_resnet18(settings).into(),
        preprocessing: Preprocessing { width: 64, height: 64, ..Preprocessing::default() },
        optimizer: Optimizer::Sgd { learning_rate: 0.01, momentum: 0.9, nesterov: false, weight_decay: 1e-4 },
        schedule: Schedule::Constant,
        augmentation: Augmentation { shift: 0.05, min_visibility: 0.3, ..Augmentation::default() },
        clip_norm: 10.0,
        best_by: Metric::Map,
        epochs: 2,
        batch: 4,
        ..Recipe::default()
    }
}

pub(super) fn boxes_job(dir: &Path, images: u32) -> TrainJob {
    let folder = dir.join("films");
    std::fs::create_dir_all(&folder).unwrap();
    TrainJob {
        recipe: boxes_recipe(),
        classes: ClassList::from_names(&["bright", "dark"], false).unwrap(),
        train: films(&folder, 0..images),
        validation: films(&folder, 1000..1000 + images / 4),
        ..job(dir)
    }
}

/// The figures of a run that learns squares: mAP at 0.5 on the validation films, and on fresh films as they are, with
/// flipped looks, and with those fused.
fn squares(dir: &Path, seed: u64) -> (Outcome, Vec<String>, [f64; 4]) {
    let mut job = boxes_job(dir, 48);
    job.recipe.seed = seed;
    // The rate falls to nothing in the end, so that where it ends does not hang on the last digits of its steps.
    (job.recipe.epochs, job.recipe.schedule) = (16, Schedule::Cosine { warmup_epochs: 1, final_rate: 0.0 });
    let (outcome, log) = run(&job);
    let best = outcome.epochs.iter().rfind(|epoch| epoch.best).unwrap().validation.get(Metric::Map50).unwrap();
    let threshold = outcome.card.threshold.unwrap();
    let detector = Detector::open(outcome.model_file.as_ref().unwrap(), &job.compute).unwrap();
    assert_eq!(detector.card().threshold, Some(threshold));
    // Fresh films, in the pixels of pictures that are not the input's shape.
    let fresh = films(&dir.join("films"), 2000..2036);
    let pictures: Vec<_> = fresh.iter().map(|sample| decode::read(&sample.file).unwrap()).collect();
    let truth: Vec<Vec<crate::domain::TrueBox>> = fresh
        .iter()
        .map(|sample| {
            let boxes = sample.truth.boxes().iter();
            boxes.map(|&(class, rect)| crate::domain::TrueBox { class, rect, crowd: false }).collect()
        })
        .collect();
    let looks = [(false, Fusion::Nms), (true, Fusion::Nms), (true, Fusion::Weighted)].map(|(tta, fusion)| {
        let found = detector.detect(&pictures, PredictOptions { batch: 5, tta, fusion }).unwrap();
        assert!(found.iter().all(|boxes| boxes.is_sorted_by(|a, b| a.score >= b.score)));
        detection(&truth, &found, &job.classes, &crate::domain::BoxThresholds::of_all(threshold)).map50.unwrap()
    });
    (outcome, log, [best, looks[0], looks[1], looks[2]])
}

#[test]
#[ignore = "minutes: run by hand where the learner changes, at each level (OVERREAD_VECTORS)"]
fn every_seed_finds_squares() {
    let mut worst = [1.0f64; 4];
    for seed in 1..=20 {
        let dir = tempfile::tempdir().unwrap();
        let figures = squares(dir.path(), seed).2;
        println!("seed {seed}: {figures:.3?}");
        for (worst, figure) in worst.iter_mut().zip(figures) {
            *worst = worst.min(figure);
        }
    }
    println!("worst: {worst:.3?}");
    assert!(worst.iter().all(|figure| *figure > 0.85), "{worst:.3?}");
}

/// With products disturbed in their last bits by 20 seeds at each level (AVX2 and AVX-512) the least of these figures was 0.851
/// and the least mean of the four 0.90. Over two seeds a learner without the loss of boxes came to 0.76 at most, one that
/// matches wrongly to 0.21.
#[test]
fn squares_are_found_and_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let (outcome, log, figures) = squares(dir.path(), 20260101);
    println!("mAP at 0.5: {figures:.3?}");
    assert!(log.iter().any(|line| line.contains("without a box")), "{log:?}");
    let best = outcome.epochs.iter().rfind(|epoch| epoch.best).unwrap();
    assert_eq!(best.train_loss_parts.len(), 4);
    let sum: f64 = best.train_loss_parts.values().sum();
    assert!((sum - best.train_loss).abs() < 1e-4, "{best:?}");
    assert!((0.05..=0.95).contains(&outcome.card.threshold.unwrap()));
    assert!(figures.iter().all(|figure| *figure > 0.8), "{figures:.3?}");
    assert!(figures.iter().sum::<f64>() / 4.0 > 0.85, "{figures:.3?}");
}

#[test]
fn a_resumed_run_for_boxes_ends_in_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = boxes_job(dir.path(), 9);
    job.recipe.accumulate = 2;
    let expected = model_bytes(&run(&job).0);
    let stopped = train(&job, &mut |event| match event {
        TrainEvent::Step { epoch: 2, step: 1, .. } => Control::Stop,
        _ => Control::Continue,
    })
    .unwrap();
    assert_eq!((stopped.stopped, stopped.epochs.len()), (Some(StopReason::Stopped), 1));
    assert!(model_bytes(&run(&TrainJob { resume: true, ..job.clone() }).0) == expected, "other bytes");
}

/// Run by [`the_number_of_threads_changes_no_box`] in a process of its own; the thread pool is made once a process.
#[test]
#[ignore = "a helper of the_number_of_threads_changes_no_box"]
fn child_draws_boxes() {
    let Ok(dir) = std::env::var("OVERREAD_TEST_DIR") else { return };
    let mut job = boxes_job(Path::new(&dir), 9);
    job.recipe.epochs = 1;
    run(&job);
}

#[test]
fn the_number_of_threads_changes_no_box() {
    let bytes = |threads: &str| {
        let dir = tempfile::tempdir().unwrap();
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["training::tests::boxes::child_draws_boxes", "--exact", "--ignored"])
            .env("RAYON_NUM_THREADS", threads)
            .env("OVERREAD_TEST_DIR", dir.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
        std::fs::read(dir.path().join("run/model.safetensors")).unwrap()
    };
    assert!(bytes("1") == bytes("3"), "3 threads gave other weights than one");
}

#[test]
fn what_no_box_can_be_learned_from_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let job = boxes_job(dir.path(), 8);
    let with = |change: &dyn Fn(&mut TrainJob)| {
        let mut changed = job.clone();
        change(&mut changed);
        refusal(&changed)
    };
    let emptied = |samples: &mut Vec<Sample>| samples.iter_mut().for_each(|s| s.truth = Truth::Boxes(Vec::new()));
    assert!(with(&|job| emptied(&mut job.train)).contains("no training image has a box"));
    assert!(with(&|job| emptied(&mut job.validation)).contains("mAP cannot be measured"));
    assert!(with(&|job| job.train.clear()).contains("no training image"));
    let other = with(&|job| job.train[2].truth = Truth::Class(0));
    assert!(other.contains(&job.train[2].name) && other.contains("learns boxes"), "{other}");
    let foreign = with(&|job| job.classes = ClassList::from_names(&["bright"], false).unwrap());
    assert!(foreign.contains("class number 1"), "{foreign}");
    assert!(with(&|job| job.recipe = small_recipe()).contains("learns classes"));
}

#[test]
fn a_classifier_becomes_the_backbone() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = job(dir.path());
    first.dir = dir.path().join("classifier");
    first.recipe.architecture = ClassifierArchitecture::ResNet18.into();
    (first.recipe.preprocessing.width, first.recipe.preprocessing.height) = (32, 32);
    first.recipe.epochs = 1;
    let parent = run(&first).0;
    let mut job = boxes_job(dir.path(), 8);
    job.start_from = parent.model_file.clone();
    job.recipe.frozen_stages = 5;
    job.recipe.epochs = 1;
    let (outcome, log) = run(&job);
    assert!(log.iter().any(|line| line.contains("becomes the backbone")), "{log:?}");
    let tensors =
        |outcome: &Outcome| weights::read(outcome.model_file.as_ref().unwrap(), job.compute.device()).unwrap().0;
    let (before, after) = (tensors(&parent), tensors(&outcome));
    let values = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let mut frozen = 0;
    for (name, tensor) in before.iter().filter(|(name, _)| !name.starts_with("fc.")) {
        let kept = after.get(&format!("backbone.body.{name}")).unwrap_or_else(|| panic!("{name} is gone"));
        assert_eq!(values(tensor), values(kept), "{name}");
        frozen += 1;
    }
    assert!(frozen > 60, "{frozen}");
}
