//! Depthwise convolutions, pools, resizing, gates and binary cross entropy against PyTorch
//! (`tests/reference/network_operators.py`) and against finite differences.

use super::formula::{assert_close, list, values};
use super::gradient_check::{check, scattered};
use super::*;
use candle_core::{Device, Result, Tensor, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::Value;
use std::cell::RefCell;

const TOLERANCE: f64 = 1e-5;

fn expected() -> Value {
    serde_json::from_str(include_str!("../../tests/reference/expected/network_operators.json")).unwrap()
}

fn tracked(name: &str, shape: &[usize]) -> Var {
    Var::from_tensor(&values(name, shape)).unwrap()
}

fn sizes<const N: usize>(case: &Value) -> [usize; N] {
    let list: Vec<usize> = case["sizes"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect();
    list.try_into().unwrap()
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

/// Compares an operator of one input at every size the script tried.
fn compare_sizes<const N: usize>(what: &str, f: impl Fn(&Tensor, [usize; N]) -> Result<Tensor>) {
    let expected = expected();
    let cases = expected[what].as_array().unwrap();
    assert!(cases.len() >= 6);
    for case in cases {
        let sizes = sizes::<N>(case);
        let x = tracked("x", &[1, 2, sizes[0], sizes[1]]);
        compare(&format!("{what} {sizes:?}"), &f(&x, sizes).unwrap(), &[&x], &case["expected"]);
    }
}

#[test]
fn depthwise_convolutions_agree_with_torch() {
    for case in expected()["depthwise"].as_array().unwrap() {
        let [n, c, h, w, kernel, stride, padding] = sizes(case);
        let (x, weight) = (tracked("x", &[n, c, h, w]), tracked("weight", &[c, 1, kernel, kernel]));
        let y = conv2d(&x, &weight, None, &ConvWindow::square(stride, padding, c)).unwrap();
        compare(&case["sizes"].to_string(), &y, &[&x, &weight], &case["expected"]);
    }
}

#[test]
fn depthwise_convolutions_are_the_tensor_librarys_at_every_size() {
    for (h, w) in [(1, 1), (2, 5), (7, 7), (14, 15), (16, 17), (33, 31), (40, 64)] {
        for (kernel, stride, padding) in [(3, 1, 1), (3, 2, 1), (5, 1, 2), (5, 2, 2), (3, 1, 2), (5, 2, 4), (5, 2, 1)] {
            if h + 2 * padding < kernel || w + 2 * padding < kernel {
                continue;
            }
            let x = scattered(&[3, 4, h, w], 1);
            let weight = scattered(&[4, 1, kernel, kernel], 2);
            let what = format!("{h} x {w}, {kernel}/{stride} padding {padding}");
            let run = |y: Tensor| {
                let grads = (&y * values("dy", y.dims())).and_then(|p| p.sum_all()?.backward()).unwrap();
                [y.clone(), grads.get(x.as_tensor()).unwrap().clone(), grads.get(weight.as_tensor()).unwrap().clone()]
            };
            let own = run(conv2d(&x, &weight, None, &ConvWindow::square(stride, padding, 4)).unwrap());
            // One channel after the other, through the general path.
            let parts: Vec<Tensor> = (0..4)
                .map(|c| {
                    let (x, weight) = (x.narrow(1, c, 1).unwrap(), weight.narrow(0, c, 1).unwrap());
                    let two = Tensor::cat(&[&weight, &weight], 0).unwrap();
                    let y = conv2d(&x, &two, None, &ConvWindow::square(stride, padding, 1)).unwrap();
                    y.narrow(1, 0, 1).unwrap()
                })
                .collect();
            for (index, (a, b)) in own.iter().zip(run(Tensor::cat(&parts, 1).unwrap())).enumerate() {
                assert_eq!(a.dims(), b.dims());
                let largest = list(&b).iter().fold(0.0f32, |m, v| m.max(v.abs()));
                for (a, b) in list(a).iter().zip(list(&b)) {
                    assert!((a - b).abs() <= 1e-5 * largest, "{what}, {index}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn pools_agree_with_torch() {
    compare_sizes("max_pools", |x, [_, _, kernel, stride, padding, ceil, _]| {
        MaxPool2d { kernel, stride, padding, ceil_mode: ceil == 1 }.forward(x)
    });
    compare_sizes("avg_pools", |x, [_, _, kernel, stride, padding, ceil, counted]| {
        AvgPool2d { kernel, stride, padding, ceil_mode: ceil == 1, count_include_pad: counted == 1 }.forward(x)
    });
    compare_sizes("adaptive", |x, [_, _, height, width]| adaptive_avg_pool2d(x, height, width));
}

#[test]
fn resizing_agrees_with_torch() {
    compare_sizes("nearest", |x, [_, _, height, width]| resize_nearest(x, height, width));
    compare_sizes("bilinear", |x, [_, _, height, width]| resize_bilinear(x, height, width, false));
    compare_sizes("bilinear_corners", |x, [_, _, height, width]| resize_bilinear(x, height, width, true));
}

#[test]
fn gates_agree_with_torch() {
    let expected = expected();
    let x = tracked("x", &[1, 2, 3, 4]);
    compare("silu", &silu(&(x.as_tensor() * 5.0).unwrap()).unwrap(), &[&x], &expected["silu"]);
    compare("sigmoid", &sigmoid(&(x.as_tensor() * 5.0).unwrap()).unwrap(), &[&x], &expected["sigmoid"]);
    let (params, fc1, fc2) = squeeze_layers(5, 3);
    for (name, var) in params.all() {
        var.set(&values(&name, var.dims())).unwrap();
    }
    let x = tracked("x", &[2, 5, 3, 4]);
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    let y = squeeze_excitation(&x, &fc1, &fc2, &Mode::Training(&rng)).unwrap();
    let vars = params.all();
    let var = |name: &str| &vars.iter().find(|(n, _)| n == name).unwrap().1;
    let inputs = [&x, var("fc1.weight"), var("fc1.bias"), var("fc2.weight"), var("fc2.bias")];
    compare("squeeze", &y, &inputs, &expected["squeeze"]);
}

fn squeeze_layers(channels: usize, squeezed: usize) -> (Params, Conv2d, Conv2d) {
    let params = Params::new(&Device::Cpu, 1);
    let layer = |name: &str, inputs, outputs| {
        Conv2d::new(&params.root().pp(name), inputs, outputs, 1, Conv2dConfig::default()).unwrap()
    };
    let (fc1, fc2) = (layer("fc1", channels, squeezed), layer("fc2", squeezed, channels));
    (params, fc1, fc2)
}

#[test]
fn binary_cross_entropy_agrees_with_torch() {
    let (shape, expected) = ([3, 4], expected());
    let x = tracked("x", &shape);
    let logits = (x.as_tensor() * 6.0).unwrap();
    let target = values("target", &shape).affine(0.5, 0.5).unwrap();
    let weights = values("weights", &shape).affine(1.0, 1.5).unwrap();
    let positive = list(&values("positive", &[4]).affine(1.0, 1.5).unwrap());
    for (index, (weighted, imbalanced)) in
        [(false, false), (true, false), (false, true), (true, true)].into_iter().enumerate()
    {
        let (weights, positive) = (weighted.then_some(&weights), imbalanced.then_some(&positive[..]));
        let loss = binary_cross_entropy(&logits, &target, weights, positive).unwrap();
        let case = &expected["entropy"][index];
        assert_close("loss", &list(&loss), &case[0], TOLERANCE);
        let grads = loss.backward().unwrap();
        assert_close("gradient", &list(grads.get(x.as_tensor()).unwrap()), &case[1], TOLERANCE);
    }
    let far = Tensor::new(&[[1e4f32, -1e4]], &Device::Cpu).unwrap();
    let right = Tensor::new(&[[1f32, 0.0]], &Device::Cpu).unwrap();
    assert_eq!(list(&binary_cross_entropy(&far, &right, None, None).unwrap()), [0.0]);
    let wrong = (1.0 - &right).unwrap();
    assert_eq!(list(&binary_cross_entropy(&far, &wrong, None, None).unwrap()), [1e4]);
    assert!(binary_cross_entropy(&far, &right, None, Some(&[1.0])).is_err());
    assert!(binary_cross_entropy(&far, &right.narrow(1, 0, 1).unwrap(), None, None).is_err());
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let x = scattered(&[2, 3, 7, 6], 1);
    let only = std::slice::from_ref(&x);
    for (kernel, stride, padding) in [(3, 1, 1), (3, 2, 1), (5, 1, 2), (5, 2, 2)] {
        let weight = scattered(&[3, 1, kernel, kernel], 2);
        check("depthwise", &[x.clone(), weight.clone()], || {
            conv2d(&x, &weight, None, &ConvWindow::square(stride, padding, 3))
        });
    }
    for ceil_mode in [false, true] {
        let max = MaxPool2d { kernel: 3, stride: 2, padding: 1, ceil_mode };
        check("max pool", only, || max.forward(&x));
        let average = AvgPool2d { kernel: 3, stride: 2, padding: 1, ceil_mode, count_include_pad: !ceil_mode };
        check("average pool", only, || average.forward(&x));
        check("bilinear", only, || resize_bilinear(&x, 9, 4, ceil_mode));
    }
    check("adaptive", only, || adaptive_avg_pool2d(&x, 3, 4));
    check("nearest", only, || resize_nearest(&x, 10, 4));
    check("silu", only, || silu(&x));
    check("sigmoid", only, || sigmoid(&x));
    let (params, fc1, fc2) = squeeze_layers(3, 2);
    let mut inputs = vec![x.clone()];
    inputs.extend(params.trainable().into_iter().map(|(_, var)| var));
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(0));
    check("squeeze", &inputs, || squeeze_excitation(&x, &fc1, &fc2, &Mode::Training(&rng)));
    let branch = scattered(&[2, 3, 7, 6], 5);
    check("branch", &[x.clone(), branch.clone()], || {
        let rng = RefCell::new(ChaCha8Rng::seed_from_u64(3));
        add_branch(&x, &branch, 0.4, &Mode::Training(&rng))
    });
}

#[test]
fn a_branch_added_is_stochastic_depth_and_a_sum() {
    let (x, branch) = (values("x", &[9, 2, 3]), values("branch", &[9, 2, 3]));
    let mode = |rng: &RefCell<ChaCha8Rng>, f: &dyn Fn(&Mode) -> Result<Tensor>| list(&f(&Mode::Training(rng)).unwrap());
    let rng = || RefCell::new(ChaCha8Rng::seed_from_u64(5));
    let together = mode(&rng(), &|mode| add_branch(&x, &branch, 0.5, mode));
    let apart = mode(&rng(), &|mode| &x + stochastic_depth(&branch, 0.5, mode)?);
    assert_eq!(together, apart);
    assert_eq!(list(&add_branch(&x, &branch, 0.5, &Mode::Inference).unwrap()), list(&(&x + &branch).unwrap()));
}

#[test]
fn what_does_not_fit_is_refused() {
    let x = values("x", &[1, 2, 3, 4]);
    assert!(AvgPool2d { kernel: 4, ..AvgPool2d::halving() }.forward(&x).is_err());
    assert!(AvgPool2d { padding: 2, ..AvgPool2d::halving() }.forward(&x).is_err());
    assert!(AvgPool2d { stride: 0, ..AvgPool2d::halving() }.forward(&x).is_err());
    assert!(resize_nearest(&x, 0, 3).is_err() && resize_bilinear(&x, 3, 0, true).is_err());
    assert!(adaptive_avg_pool2d(&x, 0, 1).is_err());
    let (_, fc1, fc2) = squeeze_layers(3, 2);
    assert!(squeeze_excitation(&x, &fc1, &fc2, &Mode::Inference).is_err());
    assert!(add_branch(&x, &values("x", &[1, 2, 3, 3]), 0.0, &Mode::Inference).is_err());
}
