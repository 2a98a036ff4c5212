//! What a detector promises besides torchvision's numbers.

use super::*;
use crate::domain::recipe;
use crate::domain::recipe::{DetectorArchitecture, DetectorSettings};
use crate::nn::{Optimizer, iou};
use candle_core::Device;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::collections::BTreeSet;

fn small() -> DetectorArchitecture {
    let detector = DetectorSettings {
        anchor_sizes: vec![8.0, 16.0, 32.0, 64.0, 128.0],
        pyramid_channels: 12,
        head_units: 24,
        proposals_learning: [60, 40],
        proposals_in_use: [60, 40],
        regions_sampled: 24,
        ..DetectorSettings::light()
    };
    DetectorArchitecture::on_resnet18(detector)
}

fn grey(width: usize, height: usize) -> Preprocessing {
    Preprocessing { channels: 1, width, height, ..Preprocessing::default() }
}

fn made(architecture: &DetectorArchitecture, classes: usize) -> (Params, FasterRcnn) {
    let params = Params::new(&Device::Cpu, 5);
    let network = FasterRcnn::new(architecture, &grey(64, 64), classes, &params).expect("network");
    (params, network)
}

/// Dark pictures of `height` x `width` with a bright rectangle each where there is one.
fn pictures(rects: &[Option<[f32; 4]>], height: usize, width: usize) -> (Tensor, Vec<Target>) {
    let mut values = Vec::new();
    for rect in rects {
        for at in 0..height * width {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            let inside = rect.is_some_and(|r| x >= r[0] && x < r[2] && y >= r[1] && y < r[3]);
            values.push(if inside { 1.0 } else { -0.5 + 0.01 * (at * 31 % 17) as f32 });
        }
    }
    let targets = rects
        .iter()
        .map(|rect| Target { rects: rect.iter().copied().collect(), classes: rect.iter().map(|_| 1).collect() });
    (Tensor::from_vec(values, (rects.len(), 1, height, width), &Device::Cpu).expect("x"), targets.collect())
}

/// Where the rectangles of [`taught`] lie; nothing is in the last picture of all.
const RECTS: [Option<[f32; 4]>; 4] =
    [Some([13.0, 20.0, 41.0, 44.0]), Some([4.0, 6.0, 28.0, 34.0]), Some([30.0, 12.0, 56.0, 36.0]), None];

/// A small network that has learned the pictures of [`RECTS`] by heart, with those pictures. Its rate rises at first and
/// falls to nothing in the end, so that where it ends does not hang on the last digits of its steps.
fn taught(seed: u64, objective: impl Fn(&Losses) -> candle_core::Result<Tensor>) -> (FasterRcnn, Tensor) {
    const STEPS: usize = 80;
    const PEAK: f64 = 0.002;
    let mut architecture = small();
    let anchor_sizes = vec![12.0, 24.0, 48.0, 96.0, 192.0];
    architecture.settings =
        DetectorSettings { anchor_sizes, pyramid_channels: 32, head_units: 64, ..architecture.settings };
    let params = Params::new(&Device::Cpu, seed);
    let network = FasterRcnn::new(&architecture, &grey(64, 64), 2, &params).expect("network");
    // 60 pixels: filled up to whole cells, in which nothing is found.
    let (x, targets) = pictures(&RECTS, 60, 60);
    let kind = recipe::Optimizer::AdamW { learning_rate: PEAK, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(&kind, params.trainable());
    let (modes, mut rng) = (RefCell::new(ChaCha8Rng::seed_from_u64(1)), ChaCha8Rng::seed_from_u64(seed + 2));
    for step in 0..STEPS {
        let losses = network.losses(&x, &targets, &Mode::Training(&modes), &mut rng).expect("losses");
        let gradients = objective(&losses).and_then(|loss| loss.backward()).expect("gradients");
        let rising = (step + 1) as f64 / 10.0;
        let falling = 2.0 * (1.0 - step as f64 / STEPS as f64);
        optimizer.step(&gradients, PEAK * rising.min(falling).min(1.0)).expect("step");
    }
    (network, x)
}

/// The least overlap of what is found first with the rectangle that is there, 0 where nothing is found, and how many boxes
/// are found where nothing is.
fn overlap(network: &FasterRcnn, x: &Tensor) -> (f32, usize) {
    let limits = Limits { least_score: 0.3, nms_iou: 0.5, most_boxes: 10 };
    let found = network.detect(x, &limits).expect("found");
    let (mut least, mut too_many) = (1.0f32, 0);
    for (found, rect) in found.iter().zip(RECTS) {
        match rect {
            Some(rect) => least = least.min(found.first().map_or(0.0, |best| iou(&best.rect, &rect))),
            None => too_many += found.len(),
        }
    }
    (least, too_many)
}

/// How wide the margin of the next test is, over seeds at the level of vector instructions in use.
#[test]
#[ignore = "minutes: run by hand where the learner changes, at each level (OVERREAD_VECTORS)"]
fn nearly_every_seed_teaches_it() {
    let mut learned = 0;
    for seed in 1..=20 {
        let (network, x) = taught(seed, Losses::total);
        let (least, too_many) = overlap(&network, &x);
        println!("seed {seed}: overlap {least:.3}, {too_many} boxes in the empty picture");
        learned += u32::from(least > 0.7 && too_many == 0);
    }
    assert!(learned >= 18, "{learned} of 20");
}

/// Two of three seeds must learn it. The least overlap was 0.77 over the seeds 1 to 20 with AVX2, and 0.82 over the seeds 1
/// to 18 with AVX-512. An earlier form of the linear layer once came to 0.70: one seed may fail.
#[test]
fn a_few_steps_teach_it_rectangles_and_an_empty_picture() {
    let mut taught: Vec<_> = [1, 2, 5]
        .map(|seed| {
            let (network, x) = taught(seed, Losses::total);
            let (least, too_many) = overlap(&network, &x);
            (if too_many == 0 { least } else { 0.0 }, network, x)
        })
        .into();
    taught.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("overlaps: {:?}", taught.iter().map(|t| t.0).collect::<Vec<_>>());
    assert!(taught[1].0 > 0.7, "{:?}", taught.iter().map(|t| t.0).collect::<Vec<_>>());
    let (_, network, x) = taught.remove(0);
    let found = network.detect(&x, &Limits { least_score: 0.3, nms_iou: 0.5, most_boxes: 10 }).expect("found");
    let best = found[0].first().expect("one");
    assert_eq!(best.class, 1);
    assert!(found[0].iter().all(|f| f.rect.iter().all(|edge| (0.0..=60.0).contains(edge))));
    let all = Limits { least_score: -1.0, nms_iou: 1.0, most_boxes: 7 };
    let scores: Vec<f32> = network.detect(&x, &all).expect("found")[0].iter().map(|f| f.score).collect();
    assert!(scores.len() == 7 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // The logits that were asked for are those the score was made of.
    let pyramid = network.pyramid(&x).expect("pyramid");
    let logits = network.class_scores(&pyramid, &[Region { image: 0, rect: best.region }]).expect("logits");
    let logits = logits.to_vec2::<f32>().expect("f32");
    let powers: Vec<f32> = logits[0].iter().map(|l| l.exp()).collect();
    assert!((powers[2] / powers.iter().sum::<f32>() - best.score).abs() < 1e-5, "{logits:?} {best:?}");
}

/// The bound of the test above is one that a learner without the boxes' share of the loss does not clear.
#[test]
fn without_the_loss_of_boxes_nothing_overlaps() {
    let (network, x) = taught(5, |losses| &losses.classifier + &losses.objectness);
    let (least, _) = overlap(&network, &x);
    println!("overlap without the loss of boxes: {least:.3}");
    assert!(least < 0.6, "{least}");
}

#[test]
fn a_step_gives_the_same_bits_on_any_number_of_threads() {
    let (x, targets) = pictures(&[Some([3.0, 8.0, 33.0, 40.0]), Some([40.0, 8.0, 52.0, 20.0])], 64, 64);
    let mut architecture = small();
    architecture.settings =
        DetectorSettings { normalised_pyramid: true, convolutional_head: true, ..architecture.settings };
    let step = || {
        let (params, network) = made(&architecture, 2);
        let (modes, mut rng) = (RefCell::new(ChaCha8Rng::seed_from_u64(1)), ChaCha8Rng::seed_from_u64(2));
        let losses = network.losses(&x, &targets, &Mode::Training(&modes), &mut rng).expect("losses");
        let gradients = losses.total().and_then(|total| total.backward()).expect("gradients");
        let of = params.trainable().into_iter().map(|(_, v)| gradients.get(v.as_tensor()).cloned().expect("one"));
        let numbers = |t: Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("f32");
        of.flat_map(numbers).map(f32::to_bits).collect::<Vec<u32>>()
    };
    let on = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool").install(step);
    let one = on(1);
    for threads in [2, 5] {
        assert!(one == on(threads), "{threads} threads");
    }
}

#[test]
fn stages_go_from_the_stem_to_what_stands_on_the_pyramid() {
    let (params, network) = made(&small(), 3);
    let names: Vec<String> = params.all().into_iter().map(|(name, _)| name).collect();
    let stages: BTreeSet<usize> = names.iter().map(|name| network.stage(name)).collect();
    assert_eq!(stages, (0..network.stages()).collect());
    for (name, stage) in [
        ("backbone.body.bn1.weight", 0),
        ("backbone.body.layer1.0.conv1.weight", 1),
        ("backbone.body.layer4.1.bn2.running_var", 4),
        ("backbone.fpn.inner_blocks.0.0.bias", 5),
        ("rpn.head.conv.0.0.weight", 5),
        ("roi_heads.box_predictor.cls_score.weight", 5),
    ] {
        assert!(names.iter().any(|n| n == name), "no {name}");
        assert_eq!(network.stage(name), stage, "{name}");
    }
    assert_eq!(names.iter().filter(|name| network.is_head(name)).count(), 4);
}

#[test]
fn what_makes_no_network_or_no_target_is_refused_with_a_sentence() {
    let refused = |change: &dyn Fn(&mut DetectorSettings)| {
        let mut detector = DetectorSettings::light();
        change(&mut detector);
        let architecture = DetectorArchitecture::on_resnet18(detector);
        FasterRcnn::new(&architecture, &grey(64, 64), 2, &Params::new(&Device::Cpu, 1)).err().map(|e| e.to_string())
    };
    assert!(refused(&|_| {}).is_none());
    assert!(refused(&|d| d.anchor_sizes.truncate(3)).is_some_and(|why| why.contains("five anchor sizes")));
    assert!(refused(&|d| d.anchor_ratios[0] = f64::NAN).is_some_and(|why| why.contains("ratios")));
    assert!(refused(&|d| d.head_units = usize::MAX).is_some_and(|why| why.contains("head units")));
    assert!(refused(&|d| d.regions_sampled = 0).is_some_and(|why| why.contains("at least one")));
    let params = Params::new(&Device::Cpu, 1);
    assert!(FasterRcnn::new(&small(), &grey(64, 64), 0, &params).is_err());

    let (_, network) = made(&small(), 2);
    let (x, targets) = pictures(&[Some([3.0, 8.0, 33.0, 40.0])], 64, 64);
    let losses = |targets: &[Target]| {
        network.losses(&x, targets, &Mode::Inference, &mut ChaCha8Rng::seed_from_u64(2)).err().map(|e| e.to_string())
    };
    assert!(losses(&targets).is_none());
    assert!(losses(&[]).is_some_and(|why| why.contains("0 targets for 1 pictures")));
    let odd = |rect, class| Target { rects: vec![rect], classes: vec![class] };
    assert!(losses(&[odd([5.0, 5.0, 5.0, 9.0], 0)]).is_some_and(|why| why.contains("without area")));
    assert!(losses(&[odd([5.0, 5.0, 8.0, 9.0], 2)]).is_some_and(|why| why.contains("class 2 of 2")));
}

#[test]
fn draws_are_different_numbers_of_the_range() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let drawn = draw(&mut rng, 50, 20);
    assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 20);
    assert!(drawn.iter().all(|&at| at < 50));
    assert_eq!(draw(&mut rng, 5, 9).into_iter().collect::<BTreeSet<_>>(), (0..5).collect());
}
