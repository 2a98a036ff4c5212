//! Our detectors against torchvision's on weights by formula: `tests/reference/detector.py`.

use super::*;
use crate::domain::recipe::{DetectorArchitecture, DetectorSettings};
use crate::nn::formula::{assert_close, fill, list, numbers, picture, shift, spots, values};
use crate::nn::{RoiAlign, nms, nms_by_class};
use candle_core::{Device, Var};
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::RefCell;

/// What the issue asks for.
const PIXELS: f64 = 0.1;
const SCORES: f64 = 1e-4;
const LOSSES: f64 = 1e-4;
/// f32 sums in another order.
const TOLERANCE: f64 = 1e-4;
/// No kink is near (`tests/reference/clear.py`), so this is rounding alone.
const GRADIENTS: f64 = 5e-4;
/// The ReLUs of the head of convolutions have six million inputs over all regions, too many to keep clear of zero: weights
/// that differ by 1e-7 move the gradients below them by as much as 9e-3 in torchvision itself, and ours were off by up to
/// 1.5e-2. What lies below is held to [`GRADIENTS`] in the light network and in `models::torchvision_check`.
const GRADIENTS_BELOW_MANY: f64 = 3e-2;

pub(crate) fn expected() -> Value {
    serde_json::from_str(include_str!("../../../tests/reference/expected/detector.json")).unwrap()
}

/// As the script's TARGETS.
fn targets() -> [Target; 2] {
    let rects = vec![[10.0, 20.0, 70.0, 90.0], [64.5, 8.25, 120.0, 60.0], [90.0, 90.0, 106.0, 118.0]];
    [Target { rects, classes: vec![0, 2, 1] }, Target::default()]
}

/// The script's formula: the ends of branches small, the answers spread but not saturated, clear of kinks.
pub(crate) fn prepare(params: &Params, case: &Value) {
    let spread = case["spread"].as_f64().unwrap();
    fill(params);
    let scale = |var: &Var, by: f64| var.set(&var.as_detached_tensor().affine(by, 0.0).unwrap()).unwrap();
    for (name, var) in params.trainable() {
        if name.ends_with("bn3.weight") {
            scale(&var, 0.2);
        }
        let answers = ["rpn.head.cls_logits", "rpn.head.bbox_pred", "roi_heads.box_predictor.bbox_pred"];
        if answers.iter().any(|prefix| name.starts_with(prefix)) {
            scale(&var, 0.3);
        }
        if name == "roi_heads.box_predictor.cls_score.weight" {
            scale(&var, spread);
        }
    }
    shift(params, &case["shifts"]);
}

fn check(architecture: &DetectorArchitecture, case: &Value) {
    let side = case["size"].as_u64().unwrap() as usize;
    let preprocessing = Preprocessing { channels: 3, width: side, height: side, ..Preprocessing::default() };
    let params = Params::new(&Device::Cpu, 0);
    let network = FasterRcnn::new(architecture, &preprocessing, 3, &params).unwrap();
    let all = params.all();
    let shape = |var: &Var| var.dims().iter().map(usize::to_string).collect::<Vec<_>>().join("x");
    let lines: String = all.iter().map(|(name, var)| format!("{name} {}\n", shape(var))).collect();
    assert_eq!(all.len() as u64, case["names"]["tensors"].as_u64().unwrap());
    let digest: String = Sha256::digest(lines.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, case["names"]["sha256"].as_str().unwrap(), "names or shapes are not torchvision's");

    prepare(&params, case);
    let x = picture(case, &[2, 3, side, side]);
    let pyramid = network.pyramid(&x).unwrap();
    for (level, (found, expected)) in pyramid.iter().zip(case["pyramid"].as_array().unwrap()).enumerate() {
        assert_close(&format!("level {level}"), &spots(found, 20), expected, TOLERANCE);
    }
    let found = network.detect(&x, &Limits::from(&architecture.settings)).unwrap();
    for (found, expected) in found.iter().zip(case["detections"].as_array().unwrap()) {
        check_detections(found, expected);
    }

    let modes = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let mut first = |_: usize, count: usize| (0..count).collect();
    let losses = network.losses_of_chosen(&x, &targets(), &Mode::Training(&modes), &mut first).unwrap();
    for (name, loss) in [
        ("loss_classifier", &losses.classifier),
        ("loss_box_reg", &losses.box_regression),
        ("loss_objectness", &losses.objectness),
        ("loss_rpn_box_reg", &losses.proposal_regression),
    ] {
        let (found, expected) = (f64::from(loss.to_scalar::<f32>().unwrap()), case["losses"][name].as_f64().unwrap());
        assert!((found - expected).abs() <= LOSSES, "{name}: {found}, expected {expected}");
    }
    let gradients = losses.total().unwrap().backward().unwrap();
    for (name, expected) in case["gradients"].as_object().unwrap() {
        let var = &all.iter().find(|(n, _)| n == name).unwrap().1;
        let found = spots(gradients.get(var.as_tensor()).unwrap(), 20);
        let many = architecture.settings.convolutional_head;
        let below = name.starts_with("backbone.") || name.starts_with("roi_heads.box_head.2.");
        assert_close(name, &found, expected, if many && below { GRADIENTS_BELOW_MANY } else { GRADIENTS });
    }
}

/// The same boxes, in the same order but for scores that are equal to within the tolerance.
fn check_detections(found: &[Detection], expected: &Value) {
    let (boxes, scores) = (numbers(&expected["boxes"]), numbers(&expected["scores"]));
    let labels = numbers(&expected["labels"]);
    assert_eq!(found.len(), scores.len());
    assert!(found.len() > 20 && scores[0] - scores[scores.len() - 1] > 0.05, "too few to tell anything");
    let mut left: Vec<usize> = (0..found.len()).collect();
    for (at, (&score, &label)) in scores.iter().zip(&labels).enumerate() {
        let rect = &boxes[4 * at..][..4];
        assert!((f64::from(found[at].score) - score).abs() < SCORES, "score {at}: {} {score}", found[at].score);
        let same = left.iter().position(|&other| {
            let other = &found[other];
            other.class as f64 + 1.0 == label
                && (f64::from(other.score) - score).abs() < SCORES
                && other.rect.iter().zip(rect).all(|(a, b)| (f64::from(*a) - b).abs() < PIXELS)
        });
        let same = same.unwrap_or_else(|| panic!("box {at} {rect:?} {label} {score} is not there: {:?}", found[at]));
        left.remove(same);
    }
}

#[test]
fn the_second_version_on_resnet50_agrees_with_torchvision() {
    let detector = DetectorSettings {
        proposals_learning: [200, 100],
        proposals_in_use: [100, 50],
        anchors_sampled: 64,
        regions_sampled: 64,
        ..DetectorSettings::default()
    };
    check(&DetectorArchitecture::on_resnet50(detector), &expected()["resnet50"]);
}

#[test]
fn the_light_one_on_resnet18_agrees_with_torchvision() {
    let detector = DetectorSettings { pyramid_channels: 32, head_units: 48, ..DetectorSettings::light() };
    let detector = DetectorSettings { proposals_learning: [300, 300], proposals_in_use: [150, 150], ..detector };
    check(&DetectorArchitecture::on_resnet18(detector), &expected()["resnet18"]);
}

#[test]
fn roi_align_and_nms_agree_with_torchvision() {
    let case = &expected()["operators"];
    let rects = |name: &str, count: usize, scale: f32, least: f32| -> Vec<[f32; 4]> {
        let corners = list(&values(name, &[count, 4]).abs().unwrap().affine(f64::from(scale), 0.0).unwrap());
        corners.as_chunks::<4>().0.iter().map(|c| [c[0], c[1], c[0] + c[2] + least, c[1] + c[3] + least]).collect()
    };
    let features = Var::from_tensor(&values("features", &[2, 3, 12, 10])).unwrap();
    let regions: Vec<Region> = rects("regions", 9, 40.0, 0.0)
        .into_iter()
        .enumerate()
        .map(|(at, rect)| Region { image: at % 2, rect })
        .collect();
    let y = RoiAlign { scale: 0.25, size: 7, samples: 2 }.forward(&features, &regions).unwrap();
    assert_close("roi_align", &list(&y), &case["roi_align"], 1e-5);
    let gradients = (&y * values("dy", y.dims())).and_then(|p| p.sum_all()?.backward()).unwrap();
    assert_close("its gradient", &list(gradients.get(&features).unwrap()), &case["gradient"], 1e-5);

    let many = rects("many", 300, 60.0, 1.0);
    let scores: Vec<f32> =
        list(&values("scores", &[300])).iter().map(|v| (v * 10.0).round_ties_even() / 10.0).collect();
    let classes: Vec<usize> = list(&values("classes", &[300])).iter().map(|v| (v.abs() * 4.0) as usize).collect();
    let places = |found: Vec<usize>| -> Vec<f64> { found.into_iter().map(|at| at as f64).collect() };
    assert_eq!(places(nms(&many, &scores, 0.5)), numbers(&case["nms"]));
    // Across classes torchvision's sort leaves equal scores in no set order.
    let sorted = |mut list: Vec<f64>| {
        list.sort_by(f64::total_cmp);
        list
    };
    let ours = places(nms_by_class(&many, &scores, &classes, 0.5));
    let theirs = numbers(&case["nms_by_class"]);
    let of = |list: &[f64]| -> Vec<f32> { list.iter().map(|&at| scores[at as usize]).collect() };
    assert_eq!(of(&ours), of(&theirs), "the order of the scores");
    assert_eq!(sorted(ours), sorted(theirs));
}
