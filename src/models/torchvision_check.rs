//! Our networks against torchvision's on weights by formula: `tests/reference/torchvision_networks.py`.

use super::build;
use crate::domain::recipe::{Architecture, ClassifierArchitecture};
use crate::domain::{Preprocessing, recipe};
use crate::nn::formula::{assert_close, fill, list, numbers, picture, shift, spots, values};
use crate::nn::{Mode, Optimizer, Params, cross_entropy, weights};
use candle_core::{Device, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::path::Path;

/// f32 sums in another order, through up to 120 layers.
const TOLERANCE: f64 = 1e-4;
/// Batch norms of few values make more of small differences.
const TRAINING_TOLERANCE: f64 = 2e-4;
/// No kink is near (`tests/reference/clear.py`), so this is rounding alone.
const GRADIENT_TOLERANCE: f64 = 5e-4;

fn imagenet(height: usize, width: usize) -> Preprocessing {
    Preprocessing { height, width, ..Preprocessing::imagenet(recipe::Resize::Stretch, height) }
}

fn check(name: &str, architecture: &ClassifierArchitecture) {
    let expected: Value =
        serde_json::from_str(include_str!("../../tests/reference/expected/torchvision_networks.json")).unwrap();
    let case = &expected[name];
    let shape: Vec<usize> = numbers(&case["input"]).into_iter().map(|v| v as usize).collect();
    let params = Params::new(&Device::Cpu, 0);
    let network = build(architecture, &imagenet(shape[2], shape[3]), 3, &params).unwrap();
    let all = params.all();
    let lines: String = all
        .iter()
        .map(|(name, var)| {
            format!("{name} {}\n", var.dims().iter().map(usize::to_string).collect::<Vec<_>>().join("x"))
        })
        .collect();
    assert_eq!(all.len() as u64, case["names"]["tensors"].as_u64().unwrap());
    let digest: String = Sha256::digest(lines.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, case["names"]["sha256"].as_str().unwrap(), "names or shapes are not torchvision's");

    let x = picture(case, &shape);
    fill(&params);
    // As the script does, so that gradients do not grow beyond what f32 can tell.
    for (_, var) in all.iter().filter(|(name, _)| name.ends_with("bn3.weight")) {
        var.set(&var.as_detached_tensor().affine(0.2, 0.0).unwrap()).unwrap();
    }
    shift(&params, &case["shifts"]);
    let features = network.features(&x, &Mode::Inference).unwrap();
    assert_eq!(serde_json::json!(features.dims()), case["features_shape"]);
    let spread = list(&features).into_iter().step_by(features.elem_count() / 100).collect::<Vec<_>>();
    assert_close("features", &spread, &case["features"], TOLERANCE);
    let logits = network.head(&features, &Mode::Inference).unwrap();
    assert_close("logits", &list(&logits), &case["logits"], TOLERANCE);

    let training = &case["training"];
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let kind = recipe::Optimizer::Sgd { learning_rate: 0.1, momentum: 0.9, nesterov: false, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(&kind, params.trainable());
    let logits = network.forward(&x, &Mode::Training(&rng)).unwrap();
    assert_close("training logits", &list(&logits), &training["logits"], TRAINING_TOLERANCE);
    let loss = cross_entropy(&logits, &[0, 2, 1, 2], None, 0.0).unwrap();
    let grads = loss.backward().unwrap();
    let find = |name: &String| -> &Var { &all.iter().find(|(n, _)| n == name).unwrap().1 };
    for (name, expected) in training["gradients"].as_object().unwrap() {
        let found = spots(grads.get(find(name).as_tensor()).unwrap(), 20);
        assert_close(name, &found, expected, GRADIENT_TOLERANCE);
    }
    optimizer.step(&grads, 0.1).unwrap();
    for part in ["after", "running"] {
        let expected = training[part].as_object().unwrap();
        assert!(expected.len() >= 3);
        for (name, expected) in expected {
            assert_close(&format!("{name} {part}"), &spots(find(name), 20), expected, TOLERANCE);
        }
    }
}

#[test]
fn resnet34_agrees_with_torchvision() {
    check("resnet34", &ClassifierArchitecture::ResNet34);
}

#[test]
fn resnet50_agrees_with_torchvision() {
    check("resnet50", &ClassifierArchitecture::ResNet50);
}

#[test]
fn efficientnet_b0_agrees_with_torchvision() {
    check("efficientnet_b0", &ClassifierArchitecture::EfficientNetB0 { dropout: 0.0, stochastic_depth: 0.0 });
}

#[test]
fn densenet121_agrees_with_torchvision() {
    check("densenet121", &ClassifierArchitecture::DenseNet121);
}

#[test]
fn a_trained_backbone_fits_efficientnet_b0_but_for_the_class_layer() {
    let path = Path::new("../shared/data/weights/efficientnet_b0_trained_backbone.safetensors");
    if !path.exists() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "{} is not here", path.display());
        println!("skipped: {} is not here", path.display());
        return;
    }
    let params = Params::new(&Device::Cpu, 0);
    let architecture = Architecture::from_name("efficientnet-b0").unwrap();
    let network = build(architecture.classifier().unwrap(), &imagenet(224, 224), 2, &params).unwrap();
    let (tensors, _) = weights::read(path, &Device::Cpu).unwrap();
    let report = params.assign(&tensors).unwrap();
    assert_eq!((tensors.len(), report.unexpected.len(), report.misshaped.len()), (358, 0, 0));
    assert!(report.missing.iter().all(|name| network.is_head(name)) && report.missing.len() == 2);
    let logits = network.forward(&values("picture", &[1, 3, 224, 224]), &Mode::Inference).unwrap();
    assert!(list(&logits).iter().all(|v| v.is_finite() && v.abs() < 100.0));
}
