//! max(0, x), alone or after a sum, in one pass over all cores. The tensor library's gives the gradient 1 at 0, torch 0.

use super::activation;
use super::cpu::{CpuTensor, values, vectorised};
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// Elements a task works on.
pub(super) const GRAIN: usize = 16 * 1024;

/// max(0, x), element by element.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() { x.contiguous()?.apply_op1(Relu) } else { x.relu() }
}

/// max(0, a + b), element by element; what ends a residual block (He et al. 2016).
pub fn add_relu(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    if a.shape() != b.shape() {
        candle_core::bail!("a sum of {:?} and {:?} values", a.dims(), b.dims());
    }
    if a.device().is_cpu() { a.contiguous()?.apply_op2(&b.contiguous()?, Relu) } else { (a + b)?.relu() }
}

struct Relu;

/// The incoming gradient where the result is above zero.
fn masked(y: &Tensor, dy: &Tensor) -> Result<Tensor> {
    let (ys, dys) = (CpuTensor::of(y)?, CpuTensor::of(dy)?);
    let (ys, dys) = (ys.open(), dys.open());
    let (y_values, dy_values) = (ys.values()?, dys.values()?);
    let mut dx = vec![0.0f32; y_values.len()];
    dx.par_chunks_mut(GRAIN).zip(y_values.par_chunks(GRAIN).zip(dy_values.par_chunks(GRAIN))).for_each(
        |(dx, (y, dy))| {
            vectorised(
                #[inline(always)]
                || {
                    for (dx, (y, dy)) in dx.iter_mut().zip(y.iter().zip(dy)) {
                        *dx = if *y > 0.0 { *dy } else { 0.0 };
                    }
                },
            );
        },
    );
    Tensor::from_vec(dx, y.shape(), y.device())
}

impl CustomOp1 for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(x, layout)?;
        let mut y = vec![0.0f32; x.len()];
        y.par_chunks_mut(GRAIN).zip(x.par_chunks(GRAIN)).for_each(|(y, x)| {
            vectorised(
                #[inline(always)]
                || y.iter_mut().zip(x).for_each(|(y, x)| *y = activation::relu(*x)),
            );
        });
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        masked(y, dy).map(Some)
    }
}

impl CustomOp2 for Relu {
    fn name(&self) -> &'static str {
        "add_relu"
    }

    fn cpu_fwd(&self, a: &CpuStorage, al: &Layout, b: &CpuStorage, bl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (values(a, al)?, values(b, bl)?);
        let mut y = vec![0.0f32; a.len()];
        y.par_chunks_mut(GRAIN).zip(a.par_chunks(GRAIN).zip(b.par_chunks(GRAIN))).for_each(|(y, (a, b))| {
            vectorised(
                #[inline(always)]
                || y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = activation::relu(a + b)),
            );
        });
        Ok((CpuStorage::F32(y), al.shape().clone()))
    }

    fn bwd(&self, _a: &Tensor, _b: &Tensor, y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let d = masked(y, dy)?;
        Ok((Some(d.clone()), Some(d)))
    }
}
