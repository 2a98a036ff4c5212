//! Batch normalisation (Ioffe and Szegedy 2015) over the N, H and W of a batch, with the ReLU that mostly follows it.
//!
//! Of a channel with m = N H W values: `mean = sum(x) / m`, `variance = sum((x - mean)^2) / m`,
//! `r = 1 / sqrt(variance + eps)`, `y = weight (x - mean) r + bias`. Running statistics move by a momentum of 0.1 and
//! take the unbiased variance, as torch's.
//!
//! Gradients: `dbias = sum(dy)`, `dweight = sum(dy (x - mean) r)`,
//! `dx = weight r (dy - dbias / m - (x - mean) r dweight / m)`.

use super::cpu::{CpuTensor, sum, sum2, values, vectorised};
use super::guided::guided;
use super::params::{Init, Mode, Scope};
use super::relu::relu;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, Var};
use rayon::prelude::*;
use std::sync::{Arc, OnceLock};

/// torch's defaults.
const EPS: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// A batch normalisation layer of N, C, H, W tensors.
pub struct BatchNorm2d {
    pub(super) weight: Var,
    pub(super) bias: Var,
    running_mean: Var,
    running_var: Var,
}

impl BatchNorm2d {
    /// New parameters `weight`, `bias`, `running_mean` and `running_var` under `scope`.
    pub fn new(scope: &Scope, channels: usize) -> Result<Self> {
        Ok(Self {
            weight: scope.weight("weight", channels, Init::Ones)?,
            bias: scope.weight("bias", channels, Init::Zeros)?,
            running_mean: scope.buffer("running_mean", channels, 0.0)?,
            running_var: scope.buffer("running_var", channels, 1.0)?,
        })
    }

    /// Same shape out as in. Training uses the batch's statistics and moves the running ones.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.run(x, mode, false)
    }

    /// [`Self::forward`] and max(0, .) in one pass.
    pub fn forward_relu(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.run(x, mode, true)
    }

    fn run(&self, x: &Tensor, mode: &Mode, rectify: bool) -> Result<Tensor> {
        let (n, c, h, w) = x.dims4()?;
        if self.weight.dims() != [c] {
            candle_core::bail!("batch norm of {:?} channels was given {c}", self.weight.dims());
        }
        if !self.in_training(mode) {
            let (scale, shift) = self.in_use(mode)?;
            let y = scale_shift(x, &scale, &shift, rectify)?;
            return if rectify { guided(y, mode) } else { Ok(y) };
        }
        let (weight, bias) = (mode.weight(&self.weight), mode.weight(&self.bias));
        let count = n * h * w;
        check_count(count)?;
        let (y, mean, var) = if x.device().is_cpu() {
            normalise(x, &weight, &bias, rectify)?
        } else {
            composed(x, &weight, &bias, rectify)?
        };
        self.move_statistics(&mean, &var, count)?;
        Ok(y)
    }

    /// Whether the batch's own statistics are taken, not the running ones.
    pub(super) fn in_training(&self, mode: &Mode) -> bool {
        !mode.is_frozen(&self.running_mean)
    }

    /// Scale and shift of each channel in use: what is left of the formula when the statistics are constants.
    pub(super) fn in_use(&self, mode: &Mode) -> Result<(Tensor, Tensor)> {
        let (mean, var) = (self.running_mean.as_detached_tensor(), self.running_var.as_detached_tensor());
        let scale = (mode.weight(&self.weight) / (var + EPS)?.sqrt()?)?;
        let shift = (mode.weight(&self.bias) - (mean * &scale)?)?;
        Ok((scale, shift))
    }

    /// Moves the running statistics towards those of a batch with `count` values a channel.
    pub(super) fn move_statistics(&self, mean: &Tensor, biased_var: &Tensor, count: usize) -> Result<()> {
        let unbiased = (biased_var * (count as f64 / (count as f64 - 1.0)))?;
        self.move_running(&self.running_mean, mean)?;
        self.move_running(&self.running_var, &unbiased)
    }

    fn move_running(&self, running: &Var, now: &Tensor) -> Result<()> {
        let moved = ((running.as_detached_tensor() * (1.0 - MOMENTUM))? + (now * MOMENTUM)?)?;
        running.set(&moved)
    }
}

/// One value has no spread.
pub(super) fn check_count(count: usize) -> Result<()> {
    if count < 2 {
        candle_core::bail!("batch norm cannot train on one value a channel: use a larger batch or picture");
    }
    Ok(())
}

/// y, and the batch's mean and biased variance of each channel.
fn normalise(x: &Tensor, weight: &Tensor, bias: &Tensor, rectify: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let kept = Arc::new(OnceLock::new());
    let operator = Normalise { rectify, kept: kept.clone() };
    let y = x.contiguous()?.apply_op3(&weight.contiguous()?, &bias.contiguous()?, operator)?;
    let Some(statistics) = kept.get() else { candle_core::bail!("batch norm kept no statistics") };
    let (mean, var) = tensors(statistics, x.device())?;
    Ok((y, mean, var))
}

/// Mean and biased variance of each channel.
pub(super) fn tensors(statistics: &[Statistics], device: &Device) -> Result<(Tensor, Tensor)> {
    let channel = |f: fn(&Statistics) -> f64| {
        let list: Vec<f32> = statistics.iter().map(|s| f(s) as f32).collect();
        Tensor::new(list, device)
    };
    Ok((channel(|s| s.mean)?, channel(|s| s.variance)?))
}

/// The same out of the tensor library's operators, for other devices.
fn composed(x: &Tensor, weight: &Tensor, bias: &Tensor, rectify: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let (n, c, h, w) = x.dims4()?;
    let per_channel = |t: &Tensor| t.reshape((1, c, 1, 1));
    let rows = x.transpose(0, 1)?.contiguous()?.reshape((c, n * h * w))?;
    let mean = rows.mean(1)?;
    let centred = x.broadcast_sub(&per_channel(&mean)?)?;
    let var = centred.sqr()?.transpose(0, 1)?.contiguous()?.reshape((c, n * h * w))?.mean(1)?;
    let scale = (weight / (&var + EPS)?.sqrt()?)?;
    let y = centred.broadcast_mul(&per_channel(&scale)?)?.broadcast_add(&per_channel(bias)?)?;
    let y = if rectify { relu(&y)? } else { y };
    Ok((y, mean.detach(), var.detach()))
}

/// `x scale + shift` with one scale and shift a channel, then perhaps max(0, .).
fn scale_shift(x: &Tensor, scale: &Tensor, shift: &Tensor, rectify: bool) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.contiguous()?.apply_op3(&scale.contiguous()?, &shift.contiguous()?, ScaleShift { rectify });
    }
    let y = x.broadcast_mul(&scale.reshape((1, (), 1, 1))?)?.broadcast_add(&shift.reshape((1, (), 1, 1))?)?;
    if rectify { relu(&y) } else { Ok(y) }
}

/// Of one channel of one batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statistics {
    pub(super) mean: f64,
    /// Biased.
    pub(super) variance: f64,
}

impl Statistics {
    /// Two readings, the second around the mean of the first.
    #[inline(always)]
    pub(super) fn of(values: &[f32], shape: (usize, usize, usize), channel: usize) -> Self {
        let count = (shape.0 * shape.2) as f64;
        let mean = planes(values, shape, channel).map(|p| sum(p, |v| v)).sum::<f64>() / count;
        let centre = mean as f32;
        let squares = planes(values, shape, channel).map(|p| sum(p, |v| (v - centre) * (v - centre)));
        Self { mean, variance: squares.sum::<f64>() / count }
    }

    pub(super) fn inverse_deviation(&self) -> f64 {
        1.0 / (self.variance + EPS).sqrt()
    }
}

/// The planes of a channel, one an image.
pub(super) fn planes(values: &[f32], shape: (usize, usize, usize), channel: usize) -> impl Iterator<Item = &[f32]> {
    let (images, channels, plane) = shape;
    (0..images).map(move |image| &values[(image * channels + channel) * plane..][..plane])
}

/// The planes of every channel, to be written channel by channel.
pub(super) fn planes_mut<T>(values: &mut [T], shape: (usize, usize, usize)) -> Vec<Vec<&mut [T]>> {
    let (images, channels, plane) = shape;
    let mut lists: Vec<Vec<&mut [T]>> = (0..channels).map(|_| Vec::with_capacity(images)).collect();
    for (index, part) in values.chunks_mut(plane.max(1)).enumerate() {
        if let Some(list) = lists.get_mut(index % channels.max(1)) {
            list.push(part);
        }
    }
    lists
}

fn sizes(shape: &Shape) -> Result<(usize, usize, usize)> {
    let (n, c, h, w) = shape.dims4()?;
    Ok((n, c, h * w))
}

struct Normalise {
    rectify: bool,
    kept: Arc<OnceLock<Vec<Statistics>>>,
}

impl CustomOp3 for Normalise {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        weight: &CpuStorage,
        wl: &Layout,
        bias: &CpuStorage,
        bl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let shape = sizes(xl.shape())?;
        let (x, weight, bias) = (values(x, xl)?, values(weight, wl)?, values(bias, bl)?);
        let mut y = vec![0.0f32; x.len()];
        // A channel at a time, so that its second and third reading find it in the cache.
        let statistics = planes_mut(&mut y, shape)
            .into_par_iter()
            .enumerate()
            .map(|(channel, outs)| {
                let statistics = vectorised(
                    #[inline(always)]
                    || Statistics::of(x, shape, channel),
                );
                let centre = statistics.mean as f32;
                let scale = (f64::from(weight[channel]) * statistics.inverse_deviation()) as f32;
                let shift = bias[channel];
                let floor = if self.rectify { 0.0 } else { f32::NEG_INFINITY };
                vectorised(
                    #[inline(always)]
                    || {
                        for (out, plane) in outs.into_iter().zip(planes(x, shape, channel)) {
                            for (y, x) in out.iter_mut().zip(plane) {
                                let value = (x - centre) * scale + shift;
                                *y = if value < floor { floor } else { value };
                            }
                        }
                    },
                );
                statistics
            })
            .collect();
        let _ = self.kept.set(statistics);
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(statistics) = self.kept.get() else { candle_core::bail!("batch norm kept no statistics") };
        let shape = sizes(x.shape())?;
        let count = (shape.0 * shape.2) as f64;
        let (xs, ws, ys, dys) = (CpuTensor::of(x)?, CpuTensor::of(weight)?, CpuTensor::of(y)?, CpuTensor::of(dy)?);
        let (xs, ws, ys, dys) = (xs.open(), ws.open(), ys.open(), dys.open());
        let (xv, wv, yv, dyv) = (xs.values()?, ws.values()?, ys.values()?, dys.values()?);
        let mut dx = vec![0.0f32; xv.len()];
        let sums: Vec<(f32, f32)> = planes_mut(&mut dx, shape)
            .into_par_iter()
            .zip(statistics)
            .enumerate()
            .map(|(channel, (mut outs, statistics))| {
                let centre = statistics.mean as f32;
                let (mut along, mut across) = (0.0f64, 0.0f64);
                let ins = planes(xv, shape, channel).zip(planes(yv, shape, channel)).zip(planes(dyv, shape, channel));
                // `dx` holds the gradient behind the ReLU until its sums are known.
                vectorised(
                    #[inline(always)]
                    || {
                        for (out, ((x, y), dy)) in outs.iter_mut().zip(ins) {
                            if self.rectify {
                                for (d, (y, dy)) in out.iter_mut().zip(y.iter().zip(dy)) {
                                    *d = if *y > 0.0 { *dy } else { 0.0 };
                                }
                            } else {
                                out.copy_from_slice(dy);
                            }
                            along += sum(out, |d| d);
                            across += sum2(out, x, |d, x| d * (x - centre));
                        }
                    },
                );
                let inverse = statistics.inverse_deviation();
                let d_weight = across * inverse;
                let scale = (f64::from(wv[channel]) * inverse) as f32;
                let (offset, slope) = ((along / count) as f32, (d_weight * inverse / count) as f32);
                vectorised(
                    #[inline(always)]
                    || {
                        for (out, x) in outs.iter_mut().zip(planes(xv, shape, channel)) {
                            for (d, x) in out.iter_mut().zip(x) {
                                *d = scale * (*d - offset - (x - centre) * slope);
                            }
                        }
                    },
                );
                (d_weight as f32, along as f32)
            })
            .collect();
        let (d_weight, d_bias): (Vec<f32>, Vec<f32>) = sums.into_iter().unzip();
        let dx = Tensor::from_vec(dx, x.shape(), x.device())?;
        let wanted = |t: &Tensor, d: Vec<f32>| -> Result<Option<Tensor>> {
            if t.track_op() { Tensor::from_vec(d, t.shape(), t.device()).map(Some) } else { Ok(None) }
        };
        Ok((x.track_op().then_some(dx), wanted(weight, d_weight)?, wanted(bias, d_bias)?))
    }
}

struct ScaleShift {
    rectify: bool,
}

impl CustomOp3 for ScaleShift {
    fn name(&self) -> &'static str {
        "scale_shift"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        scale: &CpuStorage,
        sl: &Layout,
        shift: &CpuStorage,
        hl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, channels, plane) = sizes(xl.shape())?;
        let (x, scale, shift) = (values(x, xl)?, values(scale, sl)?, values(shift, hl)?);
        let floor = if self.rectify { 0.0 } else { f32::NEG_INFINITY };
        let mut y = vec![0.0f32; x.len()];
        y.par_chunks_mut(plane.max(1)).zip(x.par_chunks(plane.max(1))).enumerate().for_each(|(index, (y, x))| {
            let (scale, shift) = (scale[index % channels], shift[index % channels]);
            vectorised(
                #[inline(always)]
                || {
                    for (y, x) in y.iter_mut().zip(x) {
                        let value = x * scale + shift;
                        *y = if value < floor { floor } else { value };
                    }
                },
            );
        });
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        scale: &Tensor,
        shift: &Tensor,
        y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (d_scale, d_shift) = if scale.track_op() || shift.track_op() {
            let (scale, shift) = self.affine_gradients(x, y, dy)?;
            (Some(scale), Some(shift))
        } else {
            (None, None)
        };
        if !x.track_op() {
            return Ok((None, d_scale, d_shift));
        }
        let (_, channels, plane) = sizes(y.shape())?;
        let (ss, ys, dys) = (CpuTensor::of(scale)?, CpuTensor::of(y)?, CpuTensor::of(dy)?);
        let (ss, ys, dys) = (ss.open(), ys.open(), dys.open());
        let (scale, yv, dyv) = (ss.values()?, ys.values()?, dys.values()?);
        let mut dx = vec![0.0f32; yv.len()];
        let plane = plane.max(1);
        dx.par_chunks_mut(plane).zip(yv.par_chunks(plane).zip(dyv.par_chunks(plane))).enumerate().for_each(
            |(index, (dx, (y, dy)))| {
                let scale = scale[index % channels];
                for (dx, (y, dy)) in dx.iter_mut().zip(y.iter().zip(dy)) {
                    *dx = if self.rectify && *y <= 0.0 { 0.0 } else { scale * dy };
                }
            },
        );
        Ok((Some(Tensor::from_vec(dx, y.shape(), y.device())?), d_scale, d_shift))
    }
}

impl ScaleShift {
    /// Sums over each channel of `dy x` and of `dy`, behind the ReLU.
    fn affine_gradients(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<(Tensor, Tensor)> {
        let shape = sizes(y.shape())?;
        let (xs, ys, dys) = (CpuTensor::of(x)?, CpuTensor::of(y)?, CpuTensor::of(dy)?);
        let (xs, ys, dys) = (xs.open(), ys.open(), dys.open());
        let (x, y, dy) = (xs.values()?, ys.values()?, dys.values()?);
        let of = |channel: usize| {
            let parts = planes(x, shape, channel).zip(planes(y, shape, channel)).zip(planes(dy, shape, channel));
            let (mut across, mut along) = (0.0, 0.0);
            for ((x, y), dy) in parts {
                let open: Vec<f32> =
                    dy.iter().zip(y).map(|(&d, &y)| if self.rectify && y <= 0.0 { 0.0 } else { d }).collect();
                across += sum2(&open, x, |d, x| d * x);
                along += sum(&open, |d| d);
            }
            (across as f32, along as f32)
        };
        let (scale, shift): (Vec<f32>, Vec<f32>) = (0..shape.1).into_par_iter().map(of).unzip();
        Ok((Tensor::new(scale, &candle_core::Device::Cpu)?, Tensor::new(shift, &candle_core::Device::Cpu)?))
    }
}
