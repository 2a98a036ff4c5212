//! Our networks against PyTorch and torchvision on weights by formula: `tests/reference/networks.py`.

use super::build;
use crate::domain::Preprocessing;
use crate::domain::recipe::{ClassifierArchitecture, SimpleCnn};
use crate::nn::formula::{assert_close, fill, list, picture, shift, spots, values};
use crate::nn::{Mode, Params};
use candle_core::Device;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use std::cell::RefCell;

/// f32 sums in another order, through twenty layers.
const TOLERANCE: f64 = 1e-4;
/// Gradients pass all layers twice. No kink is near (`tests/reference/clear.py`), so this is rounding alone.
const GRADIENT_TOLERANCE: f64 = 2e-4;

fn check(architecture: &ClassifierArchitecture, case: &Value) {
    let shape: Vec<usize> = case["input"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    let preprocessing =
        Preprocessing { channels: shape[1], height: shape[2], width: shape[3], ..Preprocessing::default() };
    let params = Params::new(&Device::Cpu, 0);
    let network = build(architecture, &preprocessing, 3, &params).unwrap();
    let x = picture(case, &shape);

    fill(&params);
    shift(&params, &case["shifts"]);
    let features = network.features(&x, &Mode::Inference).unwrap();
    assert_eq!(serde_json::json!(features.dims()), case["features_shape"]);
    assert_close("features", &spots(&features, 100), &case["features"], TOLERANCE);
    let logits = network.head(&features, &Mode::Inference).unwrap();
    assert_close("logits", &list(&logits), &case["logits"], TOLERANCE);

    let training = &case["training"];
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let logits = network.forward(&x, &Mode::Training(&rng)).unwrap();
    assert_close("training logits", &list(&logits), &training["logits"], TOLERANCE);
    let grads = (&logits * values("dy", logits.dims())).and_then(|p| p.sum_all()?.backward()).unwrap();
    let all = params.all();
    let find = |name: &String| &all.iter().find(|(n, _)| n == name).unwrap().1;
    for (name, expected) in training["gradients"].as_object().unwrap() {
        let found = spots(grads.get(find(name).as_tensor()).unwrap(), 20);
        assert_close(name, &found, expected, GRADIENT_TOLERANCE);
    }
    let running = training["running"].as_object().unwrap();
    assert!(!running.is_empty());
    for (name, expected) in running {
        assert_close(name, &spots(find(name), 20), expected, TOLERANCE);
    }
}

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/reference/expected/networks.json")).unwrap()
}

#[test]
fn resnet18_agrees_with_torchvision() {
    check(&ClassifierArchitecture::ResNet18, &expected()["resnet18"]);
}

#[test]
fn the_simple_cnn_agrees_with_torch() {
    let architecture =
        SimpleCnn { channels: vec![6, 8, 10], batch_norm: true, hidden: 12, global_pooling: true, dropout: 0.0 };
    check(&architecture.into(), &expected()["simple_cnn"]);
}
