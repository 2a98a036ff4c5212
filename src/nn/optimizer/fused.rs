//! The CPU's steps: one pass over the weights, the gradient and what is remembered. Every element goes its own way, and
//! sums are taken over pieces of a fixed size, so that the number of threads changes nothing.

use super::{BETA2, EPSILON, Move};
use crate::nn::cpu::{self, CpuTensor};
use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Shape, Tensor, Var, bail};
use rayon::prelude::*;
use std::cell::RefCell;

/// Elements that one thread takes at a time.
const PIECE: usize = 1 << 14;

/// Running mean of the gradient (or SGD's momentum buffer) and of its square; empty until needed.
#[derive(Default)]
pub(super) struct Moments {
    pub(super) first: Vec<f32>,
    second: Vec<f32>,
}

impl Moments {
    pub(super) fn of(first: Option<&Tensor>, second: Option<&Tensor>) -> Result<Self> {
        let values = |tensor: Option<&Tensor>| match tensor {
            Some(tensor) => tensor.flatten_all()?.to_vec1::<f32>(),
            None => Ok(Vec::new()),
        };
        Ok(Self { first: values(first)?, second: values(second)? })
    }

    pub(super) fn tensors(&self, shape: &Shape) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let tensor = |values: &Vec<f32>| {
            let made = || Tensor::from_slice(values, shape, &candle_core::Device::Cpu);
            (values.len() == shape.elem_count() && !values.is_empty()).then(made).transpose()
        };
        Ok((tensor(&self.first)?, tensor(&self.second)?))
    }
}

/// `before + share * gradient`.
pub(super) fn sum(before: Option<&Tensor>, gradient: &Tensor, share: f64) -> Result<Tensor> {
    let share = share as f32;
    let reading = CpuTensor::of(gradient)?;
    let opened = reading.open();
    let values = opened.values()?;
    let total: Vec<f32> = match before {
        None => values.par_iter().with_min_len(PIECE).map(|v| share * v).collect(),
        Some(before) => {
            let reading = CpuTensor::of(before)?;
            let opened = reading.open();
            let before = opened.values()?;
            before.par_iter().zip(values).with_min_len(PIECE).map(|(b, v)| b + share * v).collect()
        }
    };
    Tensor::from_vec(total, gradient.shape(), gradient.device())
}

/// Sum of the squares.
pub(super) fn squares(gradient: &Tensor) -> Result<f64> {
    let reading = CpuTensor::of(gradient)?;
    let opened = reading.open();
    let parts: Vec<f64> = opened.values()?.par_chunks(PIECE).map(|piece| cpu::sum(piece, |v| v * v)).collect();
    Ok(parts.iter().sum())
}

/// Moves the weights where they lie.
pub(super) fn update(
    var: &Var,
    gradient: &Tensor,
    moments: &mut Moments,
    change: Move,
    clip: Option<f32>,
) -> Result<()> {
    let reading = CpuTensor::of(gradient)?;
    let opened = reading.open();
    let count = var.elem_count();
    match change {
        Move::Sgd { momentum: 0.0, .. } => {}
        Move::Sgd { .. } => moments.first.resize(count, 0.0),
        Move::Adam { .. } => {
            moments.first.resize(count, 0.0);
            moments.second.resize(count, 0.0);
        }
    }
    let work = Work { gradient: opened.values()?, moments, change, clip: clip.unwrap_or(1.0) };
    var.inplace_op1(&Update(RefCell::new(work)))
}

struct Work<'a> {
    gradient: &'a [f32],
    moments: &'a mut Moments,
    change: Move,
    clip: f32,
}

struct Update<'a>(RefCell<Work<'a>>);

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "optimizer_step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let CpuStorage::F32(all) = storage else { bail!("the optimizer moves f32 weights only") };
        let place = layout.contiguous_offsets().and_then(|(start, end)| all.get_mut(start..end));
        let Some(weights) = place else { bail!("the optimizer moves contiguous weights only") };
        let mut work = self.0.borrow_mut();
        if work.gradient.len() != weights.len() {
            bail!("a gradient of {} values for {} weights", work.gradient.len(), weights.len());
        }
        work.run(weights);
        Ok(())
    }
}

impl Work<'_> {
    fn run(&mut self, weights: &mut [f32]) {
        let (clip, gradient) = (self.clip, self.gradient);
        let Moments { first, second } = &mut *self.moments;
        match self.change {
            Move::Sgd { rate, momentum: 0.0, coupled, .. } => {
                let (rate, coupled) = (rate as f32, coupled as f32);
                let pieces = weights.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
                pieces.for_each(|(weights, gradient)| {
                    for (w, g) in weights.iter_mut().zip(gradient) {
                        *w -= rate * (g * clip + coupled * *w);
                    }
                });
            }
            Move::Sgd { rate, momentum, nesterov, coupled, fresh } => {
                let (rate, coupled, momentum) = (rate as f32, coupled as f32, momentum as f32);
                let kept = if fresh { 0.0 } else { momentum };
                // The step is along the buffer, or, after Nesterov, along the gradient and the buffer.
                let (along, ahead) = if nesterov { (1.0, momentum) } else { (0.0, 1.0) };
                let pieces = weights.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
                pieces.zip(first.par_chunks_mut(PIECE)).for_each(|((weights, gradient), buffer)| {
                    for ((w, g), b) in weights.iter_mut().zip(gradient).zip(buffer) {
                        let g = g * clip + coupled * *w;
                        *b = kept * *b + g;
                        *w -= rate * (along * g + ahead * *b);
                    }
                });
            }
            Move::Adam { rate, beta1, root2, coupled, shrink } => {
                let (rate, root2, coupled, shrink) = (rate as f32, 1.0 / root2 as f32, coupled as f32, shrink as f32);
                let (share1, beta2, share2) = ((1.0 - beta1) as f32, BETA2 as f32, (1.0 - BETA2) as f32);
                let epsilon = EPSILON as f32;
                let pieces = weights.par_chunks_mut(PIECE).zip(gradient.par_chunks(PIECE));
                let moments = first.par_chunks_mut(PIECE).zip(second.par_chunks_mut(PIECE));
                pieces.zip(moments).for_each(|((weights, gradient), (first, second))| {
                    for (((w, g), m), v) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                        let g = g * clip + coupled * *w;
                        *m += share1 * (g - *m);
                        *v = beta2 * *v + share2 * (g * g);
                        *w = shrink * *w - rate * (*m / (v.sqrt() * root2 + epsilon));
                    }
                });
            }
        }
    }
}
