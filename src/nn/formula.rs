//! Numbers that `tests/reference/formula.py` makes too, so that no inputs or weights need to be stored with the
//! expected values, and the comparison with those.

use super::Params;
use candle_core::{Device, Tensor};

/// Floats in -1..1 that depend on the name and the index only.
pub(crate) fn values(name: &str, shape: &[usize]) -> Tensor {
    let seed = name.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let value = |index: usize| {
        let mut x = (index as u32).wrapping_mul(0x9e37_79b9).wrapping_add(seed);
        x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
        x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
        x ^= x >> 16;
        (x >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let list: Vec<f32> = (0..shape.iter().product()).map(value).collect();
    Tensor::from_vec(list, shape, &Device::Cpu).unwrap()
}

/// Gives every parameter of a network its formula.
pub(crate) fn fill(params: &Params) {
    for (name, var) in params.all() {
        let v = values(&name, var.dims());
        let fan_in = var.dims().iter().skip(1).product::<usize>() as f64;
        let scaled = if name.ends_with("running_var") {
            v.affine(0.3, 1.0)
        } else if name.ends_with("running_mean") || name.ends_with("bias") {
            v.affine(0.1, 0.0)
        } else if var.rank() == 1 {
            v.affine(0.2, 0.6)
        } else {
            let gain: f64 = if var.rank() == 4 { 6.0 } else { 3.0 };
            v.affine((gain / fan_in).sqrt(), 0.0)
        };
        var.set(&scaled.unwrap()).unwrap();
    }
}

/// Adds the shifts by which `tests/reference/clear.py` moved a network clear of kinks: of each parameter named, channels
/// and what is added there.
pub(crate) fn shift(params: &Params, shifts: &serde_json::Value) {
    let all = params.all();
    for (name, moved) in shifts.as_object().unwrap() {
        let var = &all.iter().find(|(other, _)| other == name).unwrap().1;
        let mut values = list(var.as_tensor());
        for pair in moved.as_array().unwrap() {
            let value = &mut values[pair[0].as_u64().unwrap() as usize];
            *value = (f64::from(*value) + pair[1].as_f64().unwrap()) as f32;
        }
        var.set(&Tensor::from_vec(values, var.shape(), var.device()).unwrap()).unwrap();
    }
}

/// The input that a script chose, by its name.
pub(crate) fn picture(case: &serde_json::Value, shape: &[usize]) -> Tensor {
    values(case["picture"].as_str().unwrap(), shape)
}

/// The numbers of a tensor.
pub(crate) fn list(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().and_then(|t| t.to_vec1()).unwrap()
}

/// Every so many numbers, as the scripts thin out what is large.
pub(crate) fn spots(tensor: &Tensor, count: usize) -> Vec<f32> {
    list(tensor).into_iter().step_by((tensor.elem_count() / count).max(1)).collect()
}

/// The numbers of a JSON list.
pub(crate) fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// Fails unless all numbers agree to within `tolerance` of the largest. How far they are off is printed: a test that is
/// run with `--nocapture` at each level of vector instructions says how much room there is.
pub(crate) fn assert_close(what: &str, found: &[f32], expected: &serde_json::Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let mut worst = (0.0f64, 0);
    for (index, (&f, &e)) in found.iter().zip(&expected).enumerate() {
        let off = (f64::from(f) - e).abs() / largest.max(f64::MIN_POSITIVE);
        if off.is_nan() || off > worst.0 {
            worst = (off, index);
        }
    }
    let (off, index) = worst;
    println!("deviation: {off:.1e} of {tolerance:.0e}, {what}");
    assert!(off <= tolerance, "{what} at {index}: {}, expected {}, off by {off:.1e}", found[index], expected[index]);
}
