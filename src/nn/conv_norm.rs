//! A convolution, the batch norm behind it and what mostly follows, as one operator on the CPU.
//!
//! Apart, each of them writes a tensor as large as the convolution's result, and the tensor library adds every gradient
//! to zeros in between; most of a small network's time goes there. Together they keep one such tensor, the convolution's
//! result, and the backward pass turns it into its own gradient where it lies. The formulas are those of
//! [`super::BatchNorm2d`] and [`super::conv2d`]. In use, batch norm is a scale and a shift of the convolution's sums.

use super::activation::{Activation, relu, silu, silu_slope};
use super::batch_norm::{BatchNorm2d, Statistics, check_count, planes, planes_mut, tensors};
use super::columns::Geometry;
use super::conv::{Conv2d, forward, input_gradient, weight_gradient};
use super::cpu::{CpuTensor, values, vectorised};
use super::epilogue::Epilogue;
use super::max_pool::MaxPool2d;
use super::params::Mode;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// What follows the batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Nothing,
    /// max(0, .).
    Relu,
    /// max(0, .), then the maximum of 2 x 2 cells; an odd row or column at the end is dropped, as by torch.
    ReluAndMaxPool,
    /// x / (1 + exp(-x)).
    Silu,
}

impl After {
    fn activation(self) -> Activation {
        match self {
            Self::Nothing => Activation::Identity,
            Self::Relu | Self::ReluAndMaxPool => Activation::Relu,
            Self::Silu => Activation::Silu,
        }
    }
}

/// A convolution without bias, its batch norm and what follows: N, C, H, W to N, O, h, w. A gradient can be asked for
/// once.
pub fn conv_norm(conv: &Conv2d, norm: &BatchNorm2d, x: &Tensor, mode: &Mode, after: After) -> Result<Tensor> {
    let frozen = !norm.in_training(mode);
    let tracked = x.track_op() || !(mode.is_frozen(&conv.weight) && mode.is_frozen(&norm.weight));
    if !x.device().is_cpu() || conv.bias.is_some() || (frozen && tracked) {
        let y = conv.forward(x, mode)?;
        return match after {
            After::Nothing => norm.forward(&y, mode),
            After::Silu => super::silu::silu(&norm.forward(&y, mode)?),
            After::Relu => norm.forward_relu(&y, mode),
            After::ReluAndMaxPool => MaxPool2d::halving().forward(&norm.forward_relu(&y, mode)?),
        };
    }
    let weight = mode.weight(&conv.weight);
    let geometry = Geometry::new(x.dims4()?, weight.dims4()?, &conv.config.window())?;
    if norm.weight.dims() != [geometry.out_channels] {
        candle_core::bail!("batch norm of {:?} channels was given {}", norm.weight.dims(), geometry.out_channels);
    }
    if after == After::ReluAndMaxPool && (geometry.out_height < 2 || geometry.out_width < 2) {
        candle_core::bail!("a {} x {} picture cannot be halved", geometry.out_width, geometry.out_height);
    }
    let x = x.contiguous()?;
    if frozen {
        let (scale, shift) = norm.in_use(mode)?;
        let operator =
            InUse { geometry, scale: scale.to_vec1()?, shift: shift.to_vec1()?, activation: after.activation() };
        let y = x.apply_op2_no_bwd(&weight.contiguous()?, &operator)?;
        return if after == After::ReluAndMaxPool { MaxPool2d::halving().forward(&y) } else { Ok(y) };
    }
    let count = geometry.images * geometry.positions();
    check_count(count)?;
    let kept = Arc::new(Mutex::new(None));
    let affine = Tensor::stack(&[mode.weight(&norm.weight), mode.weight(&norm.bias)], 0)?;
    let operator = InTraining { geometry, after, kept: kept.clone() };
    let y = x.apply_op3(&weight.contiguous()?, &affine, operator)?;
    let statistics = kept.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|k: &Saved| k.statistics.clone());
    let Some(statistics) = statistics else { candle_core::bail!("batch norm kept no statistics") };
    let (mean, var) = tensors(&statistics, y.device())?;
    norm.move_statistics(&mean, &var, count)?;
    Ok(y)
}

struct InUse {
    geometry: Geometry,
    scale: Vec<f32>,
    shift: Vec<f32>,
    activation: Activation,
}

impl CustomOp2 for InUse {
    fn name(&self) -> &'static str {
        "conv_norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, w: &CpuStorage, wl: &Layout) -> Result<(CpuStorage, Shape)> {
        let g = &self.geometry;
        let epilogue = Epilogue { scale: Some(&self.scale), shift: Some(&self.shift), activation: self.activation };
        let y = forward(g, values(x, xl)?, values(w, wl)?, epilogue);
        Ok((CpuStorage::F32(y), Shape::from((g.images, g.out_channels, g.out_height, g.out_width))))
    }
}

/// What the backward pass needs of the forward pass.
struct Saved {
    /// The convolution's result.
    sums: Vec<f32>,
    statistics: Vec<Statistics>,
    /// Which of its four cells each halved cell came from: 0 and 1 above, 2 and 3 below; empty without halving.
    cells: Vec<u8>,
}

struct InTraining {
    geometry: Geometry,
    after: After,
    kept: Arc<Mutex<Option<Saved>>>,
}

impl InTraining {
    /// Images, channels and positions of the convolution's result.
    fn sizes(&self) -> (usize, usize, usize) {
        (self.geometry.images, self.geometry.out_channels, self.geometry.positions())
    }

    /// The same of what the operator gives.
    fn out_sizes(&self) -> (usize, usize, usize) {
        let (images, channels, positions) = self.sizes();
        let (height, width) = self.out_side();
        (images, channels, if self.after == After::ReluAndMaxPool { height * width } else { positions })
    }

    fn out_side(&self) -> (usize, usize) {
        let g = &self.geometry;
        if self.after == After::ReluAndMaxPool {
            (g.out_height / 2, g.out_width / 2)
        } else {
            (g.out_height, g.out_width)
        }
    }

    /// Normalises, rectifies and halves the planes of one channel; returns its statistics.
    fn finish(
        &self,
        sums: &[f32],
        channel: usize,
        affine: &[f32],
        outs: Vec<&mut [f32]>,
        cells: Vec<&mut [u8]>,
    ) -> Statistics {
        let (shape, width) = (self.sizes(), self.geometry.out_width);
        let statistics = vectorised(
            #[inline(always)]
            || Statistics::of(sums, shape, channel),
        );
        let centre = statistics.mean as f32;
        let scale = (f64::from(affine[channel]) * statistics.inverse_deviation()) as f32;
        let shift = affine[shape.1 + channel];
        let normed = |sum: f32| (sum - centre) * scale + shift;
        let planes = planes(sums, shape, channel);
        vectorised(
            #[inline(always)]
            || match self.after {
                After::Nothing => each(outs, planes, normed),
                After::Relu => each(outs, planes, |sum| relu(normed(sum))),
                After::Silu => each(outs, planes, |sum| silu(normed(sum))),
                After::ReluAndMaxPool => {
                    for ((out, cells), plane) in outs.into_iter().zip(cells).zip(planes) {
                        halve(plane, width, |sum| relu(normed(sum)), out, cells);
                    }
                }
            },
        );
        statistics
    }

    /// Turns the convolution's result in `sums` into its gradient, channel by channel; returns the gradients of the
    /// batch norm's weight and bias, one after the other.
    fn turn_back(&self, kept: &mut Saved, affine: &[f32], y: &[f32], dy: &[f32]) -> Vec<f32> {
        let (shape, out_shape) = (self.sizes(), self.out_sizes());
        let count = (shape.0 * shape.2) as f64;
        let (statistics, cells) = (&kept.statistics, &kept.cells);
        let gradients: Vec<(f32, f32)> = planes_mut(&mut kept.sums, shape)
            .into_par_iter()
            .enumerate()
            .zip(statistics)
            .map(|((channel, sums), statistics)| {
                let inverse = statistics.inverse_deviation();
                let turn = BatchNormBackward {
                    centre: statistics.mean as f32,
                    inverse,
                    scale: (f64::from(affine[channel]) * inverse) as f32,
                    count,
                };
                let shift = affine[shape.1 + channel];
                let parts = || planes(y, out_shape, channel).zip(planes(dy, out_shape, channel));
                vectorised(
                    #[inline(always)]
                    || match self.after {
                        After::Nothing => turn.channel(sums, parts, |_, _, dy| dy),
                        After::Relu => turn.channel(sums, parts, |_, y, dy| if y > 0.0 { dy } else { 0.0 }),
                        After::Silu => turn
                            .channel(sums, parts, |x, _, dy| dy * silu_slope((x - turn.centre) * turn.scale + shift)),
                        After::ReluAndMaxPool => turn.halved_channel(sums, |image| {
                            let (y, dy) = parts().nth(image).unwrap_or_default();
                            self.halved(self.cells_of(cells, image, channel), y, dy)
                        }),
                    },
                )
            })
            .collect();
        let (mut weight, bias): (Vec<f32>, Vec<f32>) = gradients.into_iter().unzip();
        weight.extend(bias);
        weight
    }

    fn cells_of<'a>(&self, cells: &'a [u8], image: usize, channel: usize) -> &'a [u8] {
        let (_, channels, plane) = self.out_sizes();
        &cells[(image * channels + channel) * plane..][..plane]
    }

    /// The places in a plane of the convolution's result that a gradient reaches through the halving, and that gradient.
    fn halved<'a>(&self, cells: &'a [u8], y: &'a [f32], dy: &'a [f32]) -> impl Iterator<Item = (usize, f32)> + 'a {
        let width = self.geometry.out_width;
        let out_width = width / 2;
        let rows = cells.chunks_exact(out_width).zip(y.chunks_exact(out_width).zip(dy.chunks_exact(out_width)));
        rows.enumerate().flat_map(move |(row, (cells, (y, dy)))| {
            let top = 2 * row * width;
            cells.iter().zip(y.iter().zip(dy)).enumerate().map(move |(column, (&cell, (&y, &dy)))| {
                let at = top + 2 * column + usize::from(cell & 1) + usize::from(cell >> 1) * width;
                (at, if y > 0.0 { dy } else { 0.0 })
            })
        })
    }
}

/// Sets every output to `f` of its sum.
#[inline(always)]
fn each<'a>(outs: Vec<&mut [f32]>, planes: impl Iterator<Item = &'a [f32]>, f: impl Fn(f32) -> f32) {
    for (out, plane) in outs.into_iter().zip(planes) {
        for (out, &sum) in out.iter_mut().zip(plane) {
            *out = f(sum);
        }
    }
}

/// The way of a gradient back through the batch norm of one channel.
struct BatchNormBackward {
    centre: f32,
    /// One over the deviation.
    inverse: f64,
    /// The weight times that.
    scale: f32,
    /// Values of the channel.
    count: f64,
}

impl BatchNormBackward {
    /// Turns the convolution's sums into their gradient, where `d` of the sum, the result and its gradient is the
    /// gradient behind the activation; returns the gradients of the batch norm's weight and bias.
    #[inline(always)]
    fn channel<'a, I: Iterator<Item = (&'a [f32], &'a [f32])>>(
        &self,
        mut sums: Vec<&mut [f32]>,
        parts: impl Fn() -> I,
        d: impl Fn(f32, f32, f32) -> f32,
    ) -> (f32, f32) {
        let (mut along, mut across) = (0.0, 0.0);
        for (sums, (y, dy)) in sums.iter().zip(parts()) {
            let (a, b) = moments(sums, y, dy, self.centre, &d);
            (along, across) = (along + a, across + b);
        }
        let (offset, slope) = self.line(along, across);
        for (sums, (y, dy)) in sums.iter_mut().zip(parts()) {
            for (x, (&y, &dy)) in sums.iter_mut().zip(y.iter().zip(dy)) {
                *x = self.scale * (d(*x, y, dy) - offset - (*x - self.centre) * slope);
            }
        }
        ((across * self.inverse) as f32, along as f32)
    }

    /// The same where `reached` lists the few places of an image that a gradient reaches.
    #[inline(always)]
    fn halved_channel<I: Iterator<Item = (usize, f32)>>(
        &self,
        mut sums: Vec<&mut [f32]>,
        reached: impl Fn(usize) -> I,
    ) -> (f32, f32) {
        let (mut along, mut across) = (0.0, 0.0);
        for (image, sums) in sums.iter().enumerate() {
            for (at, d) in reached(image) {
                along += f64::from(d);
                across += f64::from(d * (sums[at] - self.centre));
            }
        }
        let (offset, slope) = self.line(along, across);
        for (image, sums) in sums.iter_mut().enumerate() {
            for x in sums.iter_mut() {
                *x = -self.scale * (offset + (*x - self.centre) * slope);
            }
            for (at, d) in reached(image) {
                sums[at] += self.scale * d;
            }
        }
        ((across * self.inverse) as f32, along as f32)
    }

    /// What is taken from every gradient: an offset, and a slope along the sums.
    fn line(&self, along: f64, across: f64) -> (f32, f32) {
        ((along / self.count) as f32, (across * self.inverse * self.inverse / self.count) as f32)
    }
}

/// The sums of `d` and of `d (x - centre)` over a plane; in an order that depends on the length only.
#[inline(always)]
fn moments(x: &[f32], y: &[f32], dy: &[f32], centre: f32, d: impl Fn(f32, f32, f32) -> f32) -> (f64, f64) {
    const LANES: usize = 16;
    let (mut along, mut across) = (0.0f64, 0.0f64);
    for ((x, y), dy) in x.chunks(LANES * 64).zip(y.chunks(LANES * 64)).zip(dy.chunks(LANES * 64)) {
        let (mut a, mut b) = ([0.0f32; LANES], [0.0f32; LANES]);
        let (xs, x_rest) = x.as_chunks::<LANES>();
        let (ys, y_rest) = y.as_chunks::<LANES>();
        let (dys, dy_rest) = dy.as_chunks::<LANES>();
        for ((x, y), dy) in xs.iter().zip(ys).zip(dys) {
            for lane in 0..LANES {
                let d = d(x[lane], y[lane], dy[lane]);
                a[lane] += d;
                b[lane] += d * (x[lane] - centre);
            }
        }
        for (lane, ((&x, &y), &dy)) in x_rest.iter().zip(y_rest).zip(dy_rest).enumerate() {
            let d = d(x, y, dy);
            a[lane] += d;
            b[lane] += d * (x - centre);
        }
        along += a.iter().map(|&v| f64::from(v)).sum::<f64>();
        across += b.iter().map(|&v| f64::from(v)).sum::<f64>();
    }
    (along, across)
}

/// The largest `value` of every 2 x 2 cells and which it was, the first of equals; NaN counts as largest.
#[inline(always)]
fn halve(plane: &[f32], width: usize, value: impl Fn(f32) -> f32, out: &mut [f32], cells: &mut [u8]) {
    let out_width = width / 2;
    let rows =
        plane.chunks_exact(2 * width).zip(out.chunks_exact_mut(out_width).zip(cells.chunks_exact_mut(out_width)));
    for (pair, (out, cells)) in rows {
        let (upper, lower) = pair.split_at(width);
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for ((out, cell), (&[a, b], &[c, d])) in out.iter_mut().zip(cells).zip(pairs) {
            let (mut best, mut which) = (value(a), 0u8);
            for (index, candidate) in [(1, value(b)), (2, value(c)), (3, value(d))] {
                let better = candidate > best || candidate.is_nan();
                best = if better { candidate } else { best };
                which = if better { index } else { which };
            }
            (*out, *cell) = (best, which);
        }
    }
}

impl CustomOp3 for InTraining {
    fn name(&self) -> &'static str {
        "conv_norm_training"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
        affine: &CpuStorage,
        al: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let affine = values(affine, al)?;
        let sums = forward(&self.geometry, values(x, xl)?, values(w, wl)?, Epilogue::default());
        let (images, channels, plane) = self.out_sizes();
        let mut y = vec![0.0f32; images * channels * plane];
        let mut cells = vec![0u8; if self.after == After::ReluAndMaxPool { y.len() } else { 0 }];
        let mut cell_planes = planes_mut(&mut cells, self.out_sizes());
        cell_planes.resize_with(channels, Vec::new);
        let statistics = planes_mut(&mut y, self.out_sizes())
            .into_par_iter()
            .zip(cell_planes)
            .enumerate()
            .map(|(channel, (outs, cells))| self.finish(&sums, channel, affine, outs, cells))
            .collect();
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Saved { sums, statistics, cells });
        let (height, width) = self.out_side();
        Ok((CpuStorage::F32(y), Shape::from((images, channels, height, width))))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        affine: &Tensor,
        y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(mut kept) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            candle_core::bail!("the gradient of a training step was asked for twice");
        };
        let g = &self.geometry;
        let d_affine = {
            let (a, y, dy) = (CpuTensor::of(affine)?, CpuTensor::of(y)?, CpuTensor::of(dy)?);
            let (a, y, dy) = (a.open(), y.open(), dy.open());
            self.turn_back(&mut kept, a.values()?, y.values()?, dy.values()?)
        };
        let (xs, ws) = (CpuTensor::of(x)?, CpuTensor::of(w)?);
        let (xs, ws) = (xs.open(), ws.open());
        let dsums = kept.sums;
        let wanted = |t: &Tensor, d: &dyn Fn() -> Result<Vec<f32>>| {
            t.track_op().then(|| Tensor::from_vec(d()?, t.shape(), t.device())).transpose()
        };
        let dx = wanted(x, &|| Ok(input_gradient(g, ws.values()?, &dsums)))?;
        let dw = wanted(w, &|| Ok(weight_gradient(g, xs.values()?, &dsums)))?;
        let d_affine = wanted(affine, &|| Ok(d_affine.clone()))?;
        Ok((dx, dw, d_affine))
    }
}
