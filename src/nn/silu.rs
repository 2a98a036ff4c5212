//! The logistic function 1 / (1 + exp(-x)) and SiLU, x times it (Elfwing et al. 2018; "swish"), in one pass each.

use super::activation::{self, silu_slope};
use super::cpu::{CpuTensor, values, vectorised};
use super::relu::GRAIN;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// 1 / (1 + exp(-x)), element by element; never overflows.
///
/// # Errors
/// Those of the tensor library.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() { x.contiguous()?.apply_op1(Sigmoid) } else { candle_nn::ops::sigmoid(x) }
}

/// x / (1 + exp(-x)), element by element.
///
/// # Errors
/// Those of the tensor library.
pub fn silu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() { x.contiguous()?.apply_op1(Silu) } else { x.silu() }
}

/// `f` of every value, on all cores and with the widest instructions the machine has.
fn map(x: &[f32], f: impl Fn(f32) -> f32 + Sync) -> Vec<f32> {
    map2(x, x, |x, _| f(x))
}

/// `f` of every pair of values.
fn map2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
    let mut y = vec![0.0f32; a.len()];
    y.par_chunks_mut(GRAIN).zip(a.par_chunks(GRAIN).zip(b.par_chunks(GRAIN))).for_each(|(y, (a, b))| {
        vectorised(
            #[inline(always)]
            || {
                for (y, (a, b)) in y.iter_mut().zip(a.iter().zip(b)) {
                    *y = f(*a, *b);
                }
            },
        );
    });
    y
}

fn gradient(of: &Tensor, dy: &Tensor, f: impl Fn(f32, f32) -> f32 + Sync) -> Result<Option<Tensor>> {
    let (xs, dys) = (CpuTensor::of(of)?, CpuTensor::of(dy)?);
    let (xs, dys) = (xs.open(), dys.open());
    Tensor::from_vec(map2(xs.values()?, dys.values()?, f), of.shape(), of.device()).map(Some)
}

struct Sigmoid;

impl CustomOp1 for Sigmoid {
    fn name(&self) -> &'static str {
        "sigmoid"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(map(values(x, layout)?, activation::sigmoid)), layout.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        gradient(y, dy, |y, d| d * y * (1.0 - y))
    }
}

struct Silu;

impl CustomOp1 for Silu {
    fn name(&self) -> &'static str {
        "silu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(map(values(x, layout)?, activation::silu)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        gradient(x, dy, |x, d| d * silu_slope(x))
    }
}
