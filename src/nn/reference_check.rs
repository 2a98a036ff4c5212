//! Our operators against PyTorch: `tests/reference/operators.py` says how the expected values were made.

use super::formula::{assert_close, list, values};
use super::*;
use candle_core::{Tensor, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use std::cell::RefCell;

const TOLERANCE: f64 = 1e-5;

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/reference/expected/operators.json")).unwrap()
}

fn tracked(name: &str, shape: &[usize]) -> Var {
    Var::from_tensor(&values(name, shape)).unwrap()
}

fn sizes(case: &Value) -> Vec<usize> {
    case["sizes"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

/// Compares the result and the gradient of every input.
fn compare(what: &str, y: &Tensor, inputs: &[&Var], expected: &Value) {
    assert_close(what, &list(y), &expected[0], TOLERANCE);
    let grads = (y * values("dy", y.dims())).and_then(|p| p.sum_all()?.backward()).unwrap();
    for (index, input) in inputs.iter().enumerate() {
        let found = list(grads.get(input.as_tensor()).unwrap());
        assert_close(&format!("{what}, gradient {index}"), &found, &expected[index + 1], TOLERANCE);
    }
}

#[test]
fn convolutions_agree_with_torch() {
    for case in expected()["convolutions"].as_array().unwrap() {
        let [n, c, h, w, o, kernel, stride, padding, groups] = sizes(case).try_into().unwrap();
        let x = tracked("x", &[n, c, h, w]);
        let weight = tracked("weight", &[o, c / groups, kernel, kernel]);
        let bias = tracked("bias", &[o]);
        let y = conv2d(&x, &weight, Some(&bias), &ConvWindow::square(stride, padding, groups)).unwrap();
        compare(&case["sizes"].to_string(), &y, &[&x, &weight, &bias], &case["expected"]);
    }
}

#[test]
fn dilated_oblong_and_grouped_convolutions_and_those_of_single_pixels_agree_with_torch() {
    let expected = expected();
    let cases = expected["general"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let [n, c, h, w, o, kh, kw, sh, sw, ph, pw, dh, dw, groups] = sizes(case).try_into().unwrap();
        let x = tracked("x", &[n, c, h, w]);
        let weight = tracked("weight", &[o, c / groups, kh, kw]);
        let bias = tracked("bias", &[o]);
        let window = ConvWindow { stride: (sh, sw), padding: (ph, pw), dilation: (dh, dw), groups };
        let y = conv2d(&x, &weight, Some(&bias), &window).unwrap();
        compare(&case["sizes"].to_string(), &y, &[&x, &weight, &bias], &case["expected"]);
    }
}

#[test]
fn max_pools_agree_with_torch() {
    for case in expected()["pools"].as_array().unwrap() {
        let [kernel, stride, padding] = sizes(case).try_into().unwrap();
        let x = tracked("x", &[2, 3, 9, 7]);
        let y = MaxPool2d::new(kernel, stride, padding).forward(&x).unwrap();
        compare(&case["sizes"].to_string(), &y, &[&x], &case["expected"]);
    }
}

#[test]
fn batch_norm_agrees_with_torch() {
    let case = &expected()["batch_norm"];
    let params = Params::new(&candle_core::Device::Cpu, 0);
    let norm = BatchNorm2d::new(&params.root(), 4).unwrap();
    let [(_, bias), (_, mean), (_, var), (_, weight)] = <[_; 4]>::try_from(params.all()).unwrap();
    weight.set(&values("weight", &[4])).unwrap();
    bias.set(&values("bias", &[4])).unwrap();
    mean.set(&values("mean", &[4]).affine(0.1, 0.0).unwrap()).unwrap();
    var.set(&values("var", &[4]).affine(0.3, 1.0).unwrap()).unwrap();
    let x = tracked("x", &[3, 4, 5, 7]);
    assert_close("in use", &list(&norm.forward(&x, &Mode::Inference).unwrap()), &case["used"], TOLERANCE);
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let y = norm.forward(&x, &Mode::Training(&rng)).unwrap();
    compare("in training", &y, &[&x, &weight, &bias], &case["expected"]);
    assert_close("running mean", &list(&mean), &case["running"][0], TOLERANCE);
    assert_close("running variance", &list(&var), &case["running"][1], TOLERANCE);
}

#[test]
fn linear_layers_agree_with_torch() {
    let params = Params::new(&candle_core::Device::Cpu, 0);
    let linear = Linear::new(&params.root(), 5, 3).unwrap();
    let [(_, bias), (_, weight)] = <[_; 2]>::try_from(params.all()).unwrap();
    weight.set(&values("weight", &[3, 5])).unwrap();
    bias.set(&values("bias", &[3])).unwrap();
    let x = tracked("x", &[4, 5]);
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let y = linear.forward(&x, &Mode::Training(&rng)).unwrap();
    compare("linear", &y, &[&x, &weight, &bias], &expected()["linear"]);
}
