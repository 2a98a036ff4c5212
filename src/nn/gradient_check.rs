//! Every operator of ours against finite differences, on odd sizes, strides, padding and groups.

use super::*;
use candle_core::{Device, Result, Tensor, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;

/// Values in -1..1 that are far enough apart for a maximum not to change hands within a difference.
pub(super) fn scattered(shape: &[usize], seed: usize) -> Var {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| ((i * 7919 + seed * 104_729) % 10_007) as f32 / 5003.5 - 1.0).collect();
    Var::from_vec(values, shape, &Device::Cpu).expect("values")
}

/// A sum that gives every output its own weight.
fn weighed(y: &Tensor) -> Result<f64> {
    let values = y.flatten_all()?.to_vec1::<f32>()?;
    Ok(values.iter().enumerate().map(|(i, &v)| f64::from(v) * weight_of(i)).sum())
}

fn weight_of(index: usize) -> f64 {
    ((index * 31 % 17) as f64 - 8.0) / 8.0 + 0.05
}

/// Compares the gradient of `f` with central differences for every input, at up to 60 places each.
pub(super) fn check(what: &str, inputs: &[Var], f: impl Fn() -> Result<Tensor>) {
    let y = f().expect(what);
    let weights: Vec<f32> = (0..y.elem_count()).map(|i| weight_of(i) as f32).collect();
    let weights = Tensor::from_vec(weights, y.shape(), &Device::Cpu).expect("weights");
    let grads = (&y * weights).and_then(|p| p.sum_all()?.backward()).expect(what);
    for (number, input) in inputs.iter().enumerate() {
        let grad = grads.get(input).unwrap_or_else(|| panic!("{what}: no gradient for input {number}"));
        let grad = grad.flatten_all().and_then(|g| g.to_vec1::<f32>()).expect("f32");
        let start = input.flatten_all().and_then(|g| g.to_vec1::<f32>()).expect("f32");
        let set = |at: usize, value: f32| {
            let mut values = start.clone();
            values[at] = value;
            input.set(&Tensor::from_vec(values, input.shape(), &Device::Cpu).expect("values")).expect("set");
        };
        let largest = grad.iter().fold(0.0f32, |m, g| m.max(g.abs()));
        for at in (0..start.len()).step_by(start.len().div_ceil(60)) {
            let h = 1e-2f32;
            set(at, start[at] + h);
            let above = f().and_then(|y| weighed(&y)).expect(what);
            set(at, start[at] - h);
            let below = f().and_then(|y| weighed(&y)).expect(what);
            set(at, start[at]);
            let expected = (above - below) / (2.0 * f64::from(h));
            let error = (f64::from(grad[at]) - expected).abs();
            let allowed = 2e-3 * f64::from(largest).max(1.0);
            assert!(
                error < allowed,
                "{what}, input {number} at {at}: {} by gradient, {expected} by difference",
                grad[at]
            );
        }
    }
}

#[test]
fn convolution() {
    for (n, c, h, w, o, kernel, stride, padding, groups) in [
        (2, 3, 7, 5, 4, 3, 1, 1, 1),
        (3, 4, 9, 6, 6, 3, 2, 1, 2),
        (2, 3, 8, 11, 5, 5, 3, 2, 1),
        (2, 4, 5, 5, 4, 3, 1, 1, 4),
        (2, 5, 6, 7, 3, 1, 1, 0, 1),
        (2, 4, 7, 7, 6, 1, 2, 0, 1),
        (1, 2, 40, 33, 3, 3, 1, 2, 1),
    ] {
        let x = scattered(&[n, c, h, w], 1);
        let weight = scattered(&[o, c / groups, kernel, kernel], 2);
        let bias = scattered(&[o], 3);
        let what = format!("convolution {kernel}/{stride} padding {padding} groups {groups}");
        let inputs = [x.clone(), weight.clone(), bias.clone()];
        let window = ConvWindow::square(stride, padding, groups);
        check(&what, &inputs, || conv2d(&x, &weight, Some(&bias), &window));
        check(&what, &inputs[..2], || conv2d(&x, &weight, None, &window));
        let own = conv2d(&x, &weight, None, &window).expect("own");
        let theirs = x.conv2d(&weight, padding, stride, 1, groups).expect("candle's");
        let difference = (own - theirs).and_then(|d| d.abs()?.max_all()?.to_scalar::<f32>()).expect("difference");
        assert!(difference < 1e-4, "{what}: {difference}");
    }
}

#[test]
fn dilated_and_oblong_convolutions() {
    for (kernel, stride, padding, dilation, groups) in [
        ((3, 3), (1, 1), (2, 2), (2, 2), 1),
        ((3, 3), (2, 2), (1, 1), (2, 2), 2),
        ((1, 5), (1, 2), (0, 3), (1, 2), 1),
        ((4, 2), (3, 1), (1, 0), (1, 3), 4),
    ] {
        let x = scattered(&[2, 4, 9, 8], 1);
        let weight = scattered(&[4, 4 / groups, kernel.0, kernel.1], 2);
        let window = ConvWindow { stride, padding, dilation, groups };
        check(&format!("{window:?}"), &[x.clone(), weight.clone()], || conv2d(&x, &weight, None, &window));
    }
}

#[test]
fn a_convolution_larger_than_its_pieces() {
    let x = scattered(&[2, 40, 70, 64], 1);
    let weight = scattered(&[3, 40, 3, 3], 2);
    let f = || conv2d(&x, &weight, None, &ConvWindow::square(1, 1, 1));
    let theirs = x.conv2d(&weight, 1, 1, 1, 1).expect("candle's");
    let difference = (f().expect("own") - theirs).and_then(|d| d.abs()?.max_all()?.to_scalar::<f32>());
    assert!(difference.expect("difference") < 1e-3);
    let weights = Tensor::randn(0f32, 1.0, (2, 3, 70, 64), &Device::Cpu).expect("weights");
    let loss = |y: Tensor| (y * &weights)?.sum_all()?.backward();
    let own = f().and_then(loss).expect("own");
    let composed = x.conv2d(&weight, 1, 1, 1, 1).and_then(loss).expect("candle's");
    for var in [&x, &weight] {
        let (a, b) = (own.get(var).expect("own"), composed.get(var).expect("candle's"));
        let error = (a - b).and_then(|d| d.abs()?.max_all()?.to_scalar::<f32>()).expect("error");
        let size = b.abs().and_then(|b| b.max_all()?.to_scalar::<f32>()).expect("size");
        assert!(error < 1e-4 * size, "{error} of {size}");
    }
}

#[test]
fn max_pooling() {
    for (kernel, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 1)] {
        let x = scattered(&[2, 3, 9, 7], 1);
        let pool = MaxPool2d::new(kernel, stride, padding);
        check(&format!("{pool:?}"), std::slice::from_ref(&x), || pool.forward(&x));
    }
}

#[test]
fn batch_normalisation() {
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let params = Params::new(&Device::Cpu, 1);
    let norm = BatchNorm2d::new(&params.root(), 3).expect("norm");
    let weights: Vec<Var> = params.trainable().into_iter().map(|(_, v)| v).collect();
    weights[1].set(&scattered(&[3], 5)).expect("set");
    for (n, h, w) in [(2, 5, 3), (4, 1, 1), (1, 7, 9)] {
        let x = scattered(&[n, 3, h, w], 4);
        let inputs = [x.clone(), weights[0].clone(), weights[1].clone()];
        check("batch norm", &inputs, || norm.forward(&x, &Mode::Training(&rng)));
        check("batch norm in use", &inputs[..1], || norm.forward(&x, &Mode::Inference));
    }
}

#[test]
fn batch_normalisation_with_relu_is_the_two_after_each_other() {
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let params = Params::new(&Device::Cpu, 1);
    let norm = BatchNorm2d::new(&params.root(), 3).expect("norm");
    let x = scattered(&[2, 3, 5, 7], 4);
    let mode = Mode::Training(&rng);
    let list = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("values");
    let run = |y: Tensor| {
        let grads = y.sqr().and_then(|y| y.sum_all()?.backward()).expect("gradients");
        let mut all = list(&y);
        for var in params.trainable().iter().map(|(_, v)| v).chain([&x]) {
            all.extend(list(grads.get(var).expect("gradient")));
        }
        all
    };
    let together = run(norm.forward_relu(&x, &mode).expect("together"));
    let apart = run(norm.forward(&x, &mode).and_then(|y| relu(&y)).expect("apart"));
    assert_eq!(together.len(), apart.len());
    for (a, b) in together.iter().zip(apart) {
        assert!((a - b).abs() < 1e-5, "{a} {b}");
    }
    let used = list(&norm.forward_relu(&x, &Mode::Inference).expect("used"));
    let relu_after = list(&norm.forward(&x, &Mode::Inference).and_then(|y| relu(&y)).expect("used"));
    assert_eq!(used, relu_after);
}

#[test]
fn rectified_sums_and_linear_layers() {
    // Kept off the kink at zero: a lies halfway between tenths, b on tenths.
    let on_steps = |seed, offset: f32| {
        let values = scattered(&[60], seed).to_vec1::<f32>().expect("values");
        let values = values.iter().map(|v| (v * 10.0).round() / 10.0 + offset).collect();
        Var::from_vec(values, (3, 4, 5), &Device::Cpu).expect("values")
    };
    let (a, b) = (on_steps(1, 0.05), on_steps(9, 0.0));
    check("relu", std::slice::from_ref(&a), || relu(&a));
    check("sum and relu", &[a.clone(), b.clone()], || add_relu(&a, &b));
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let params = Params::new(&Device::Cpu, 1);
    let linear = Linear::new(&params.root(), 5, 3).expect("linear");
    let x = scattered(&[4, 5], 2);
    let mut inputs = vec![x.clone()];
    inputs.extend(params.trainable().into_iter().map(|(_, v)| v));
    check("linear", &inputs, || linear.forward(&x, &Mode::Training(&rng)));
    let zero = Var::from_vec(vec![0.0f32, -0.0, f32::NAN], 3, &Device::Cpu).expect("zero");
    let y = relu(&zero).expect("y");
    let grads = y.sum_all().and_then(|s| s.backward()).expect("gradients");
    assert_eq!(grads.get(&zero).and_then(|g| g.to_vec1::<f32>().ok()), Some(vec![0.0; 3]), "as torch at 0");
    assert!(y.to_vec1::<f32>().expect("y")[2].is_nan(), "NaN is not hidden");
}

#[test]
fn a_convolution_fused_with_its_norm_is_the_parts_after_each_other() {
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let list = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("values");
    for (n, c, h, w, o, kernel, stride) in [(3, 2, 9, 7, 4, 3, 1), (2, 3, 8, 12, 5, 3, 2), (2, 4, 6, 5, 3, 1, 1)] {
        for after in [After::Nothing, After::Relu, After::ReluAndMaxPool, After::Silu] {
            let x = scattered(&[n, c, h, w], 3);
            let parts = || {
                let params = Params::new(&Device::Cpu, 1);
                let config = Conv2dConfig { stride, padding: kernel / 2, bias: false, ..Conv2dConfig::default() };
                let conv = Conv2d::new(&params.root().pp("conv"), c, o, kernel, config).expect("conv");
                let norm = BatchNorm2d::new(&params.root().pp("norm"), o).expect("norm");
                // Negative scales too, which turn maxima into minima.
                let weight = params.all().into_iter().find(|(name, _)| name == "norm.weight").expect("weight").1;
                weight.set(&scattered(&[o], 8)).expect("set");
                (params, conv, norm)
            };
            let run = |fused: bool| {
                let (params, conv, norm) = parts();
                let apply = |mode: &Mode| {
                    if fused {
                        return conv_norm(&conv, &norm, &x, mode, after);
                    }
                    let y = norm.forward(&conv.forward(&x, mode)?, mode)?;
                    match after {
                        After::Nothing => Ok(y),
                        After::Relu => relu(&y),
                        After::Silu => y.silu(),
                        After::ReluAndMaxPool => MaxPool2d::halving().forward(&relu(&y)?),
                    }
                };
                let y = apply(&Mode::Training(&rng)).expect("trained");
                let weights: Vec<f32> = (0..y.elem_count()).map(|i| weight_of(i) as f32).collect();
                let weights = Tensor::from_vec(weights, y.shape(), &Device::Cpu).expect("weights");
                let grads = (&y * weights).and_then(|p| p.sum_all()?.backward()).expect("gradients");
                let mut all = vec![list(&y), list(grads.get(x.as_tensor()).expect("dx"))];
                all.extend(params.trainable().iter().map(|(_, v)| list(grads.get(v.as_tensor()).expect("gradient"))));
                all.extend(params.all().iter().map(|(_, v)| list(v.as_tensor())));
                let x = x.as_detached_tensor();
                // Off the graph, where the fused form takes its own way in use.
                let used =
                    if fused { conv_norm(&conv, &norm, &x, &Mode::Inference, after) } else { apply(&Mode::Inference) };
                all.push(list(&used.expect("used")));
                all
            };
            for (index, (fused, apart)) in run(true).into_iter().zip(run(false)).enumerate() {
                assert_eq!(fused.len(), apart.len());
                let largest = apart.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                for (a, b) in fused.iter().zip(&apart) {
                    assert!((a - b).abs() <= 2e-5 * largest, "{after:?} {kernel}/{stride}, {index}: {a} {b}");
                }
            }
        }
    }
}
