//! Squeeze and excitation (Hu et al. 2018, "Squeeze-and-Excitation Networks") as one operator: every channel of a picture
//! is scaled by a gate that two small layers make of the means of all its channels.
//!
//! With m the means, `h = W1 m + b1`, `g = sigmoid(W2 silu(h) + b2)`, `y = x g`. Backwards, `dg = sum(dy x)` over the
//! positions; from there through the layers to `dm`, and `dx = dy g + dm / positions`: one reading of x and two of dy.
//! Apart, every step would write a tensor as large as x and the gradients would be added up in further ones.

use super::activation::{sigmoid, silu, silu_slope};
use super::conv::Conv2d;
use super::cpu::{CpuTensor, sum, sum2, values, vectorised};
use super::params::Mode;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Scales every channel of x, N, C, H, W, by the gate that `fc1` (C to S) and `fc2` (S to C), 1x1 convolutions with a
/// bias, make of the channels' means; as `torchvision.ops.SqueezeExcitation` with SiLU.
///
/// # Errors
/// When the sizes do not fit.
pub fn squeeze_excitation(x: &Tensor, fc1: &Conv2d, fc2: &Conv2d, mode: &Mode) -> Result<Tensor> {
    let (images, channels, _, _) = x.dims4()?;
    let (Some(b1), Some(b2)) = (&fc1.bias, &fc2.bias) else {
        candle_core::bail!("squeeze and excitation needs layers with a bias");
    };
    let squeezed = b1.elem_count();
    if fc1.weight.dims() != [squeezed, channels, 1, 1] || fc2.weight.dims() != [channels, squeezed, 1, 1] {
        candle_core::bail!(
            "layers of {:?} and {:?} do not fit {channels} channels",
            fc1.weight.dims(),
            fc2.weight.dims()
        );
    }
    if !x.device().is_cpu() {
        let means = x.flatten_from(2)?.mean(2)?.reshape((images, channels, 1, 1))?;
        let hidden = super::silu(&fc1.forward(&means, mode)?)?;
        return x.broadcast_mul(&super::sigmoid(&fc2.forward(&hidden, mode)?)?);
    }
    let layer = |weight, bias| Tensor::cat(&[mode.weight(weight).flatten_all()?, mode.weight(bias)], 0);
    let operator = Excitation { channels, squeezed, kept: OnceLock::new() };
    x.contiguous()?.apply_op3(&layer(&fc1.weight, b1)?, &layer(&fc2.weight, b2)?, operator)
}

/// What the backward pass needs of the forward pass, each picture after the other.
struct Saved {
    means: Vec<f32>,
    /// h.
    hidden: Vec<f32>,
    gates: Vec<f32>,
}

struct Excitation {
    channels: usize,
    squeezed: usize,
    kept: OnceLock<Saved>,
}

/// `weight x + bias`, where `layer` holds the weight, outputs x inputs, and then the bias.
fn linear(layer: &[f32], x: &[f32], outputs: usize) -> Vec<f32> {
    let (weight, bias) = layer.split_at(outputs * x.len());
    vectorised(|| weight.chunks_exact(x.len()).zip(bias).map(|(w, b)| sum2(w, x, |w, x| w * x) as f32 + b).collect())
}

/// The gradient of [`linear`] to its input; that to the layer is added to `d_layer`.
fn linear_back(layer: &[f32], x: &[f32], dy: &[f32], d_layer: &mut [f32]) -> Vec<f32> {
    let mut dx = vec![0.0f32; x.len()];
    let (d_weight, d_bias) = d_layer.split_at_mut(dy.len() * x.len());
    vectorised(|| {
        let rows = layer.chunks_exact(x.len()).zip(d_weight.chunks_exact_mut(x.len()));
        for ((w, dw), &d) in rows.zip(dy) {
            for (((dx, dw), w), x) in dx.iter_mut().zip(dw).zip(w).zip(x) {
                *dx += d * w;
                *dw += d * x;
            }
        }
    });
    super::cpu::add_to(d_bias, dy);
    dx
}

impl Excitation {
    /// Channel sums of `f(a, b)` for each plane.
    fn plane_sums(a: &[f32], b: &[f32], plane: usize, f: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
        a.par_chunks(plane).zip(b.par_chunks(plane)).map(|(a, b)| vectorised(|| sum2(a, b, &f)) as f32).collect()
    }
}

impl CustomOp3 for Excitation {
    fn name(&self) -> &'static str {
        "squeeze_excitation"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        first: &CpuStorage,
        fl: &Layout,
        second: &CpuStorage,
        sl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, _, height, width) = xl.shape().dims4()?;
        let plane = height * width;
        let (x, first, second) = (values(x, xl)?, values(first, fl)?, values(second, sl)?);
        let mut y = vec![0.0f32; x.len()];
        let image = (self.channels * plane).max(1);
        let kept: Vec<(Vec<f32>, Vec<f32>, Vec<f32>)> = y
            .par_chunks_mut(image)
            .zip(x.par_chunks(image))
            .map(|(y, x)| {
                let means: Vec<f32> =
                    x.chunks_exact(plane).map(|x| vectorised(|| (sum(x, |v| v) / plane as f64) as f32)).collect();
                let hidden = linear(first, &means, self.squeezed);
                let excited: Vec<f32> = hidden.iter().map(|&h| silu(h)).collect();
                let gates: Vec<f32> = linear(second, &excited, self.channels).into_iter().map(sigmoid).collect();
                for ((y, x), &gate) in y.chunks_exact_mut(plane).zip(x.chunks_exact(plane)).zip(&gates) {
                    vectorised(|| y.iter_mut().zip(x).for_each(|(y, x)| *y = x * gate));
                }
                (means, hidden, gates)
            })
            .collect();
        let mut all = Saved { means: Vec::new(), hidden: Vec::new(), gates: Vec::new() };
        for (means, hidden, gates) in kept {
            all.means.extend(means);
            all.hidden.extend(hidden);
            all.gates.extend(gates);
        }
        // Each call makes its own operator, so it is set once.
        let _ = self.kept.set(all);
        Ok((CpuStorage::F32(y), xl.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        first: &Tensor,
        second: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(kept) = self.kept.get() else { candle_core::bail!("squeeze and excitation kept no gates") };
        let (images, channels, height, width) = x.dims4()?;
        let plane = height * width;
        let (xs, fs, ss, dys) = (CpuTensor::of(x)?, CpuTensor::of(first)?, CpuTensor::of(second)?, CpuTensor::of(dy)?);
        let (xs, fs, ss, dys) = (xs.open(), fs.open(), ss.open(), dys.open());
        let (xv, first_layer, second_layer, dyv) = (xs.values()?, fs.values()?, ss.values()?, dys.values()?);
        let d_gates = Self::plane_sums(xv, dyv, plane, |x, d| x * d);
        let (mut d_first, mut d_second) = (vec![0.0f32; first_layer.len()], vec![0.0f32; second_layer.len()]);
        // What is added to every position of a channel.
        let mut offsets = Vec::with_capacity(images * channels);
        for image in 0..images {
            let of = |list: &[f32], length: usize| list[image * length..][..length].to_vec();
            let (means, hidden) = (of(&kept.means, channels), of(&kept.hidden, self.squeezed));
            let gates = of(&kept.gates, channels).into_iter().zip(of(&d_gates, channels));
            let d_second_sums: Vec<f32> = gates.map(|(g, d)| d * g * (1.0 - g)).collect();
            let excited: Vec<f32> = hidden.iter().map(|&h| silu(h)).collect();
            let d_excited = linear_back(second_layer, &excited, &d_second_sums, &mut d_second);
            let d_hidden: Vec<f32> = d_excited.iter().zip(&hidden).map(|(d, &h)| d * silu_slope(h)).collect();
            let d_means = linear_back(first_layer, &means, &d_hidden, &mut d_first);
            offsets.extend(d_means.into_iter().map(|d| d / plane as f32));
        }
        let dx = if x.track_op() {
            let mut dx = vec![0.0f32; dyv.len()];
            let parts = dx.par_chunks_mut(plane).zip(dyv.par_chunks(plane));
            parts.zip(kept.gates.par_iter().zip(&offsets)).for_each(|((dx, dy), (&gate, &offset))| {
                vectorised(|| dx.iter_mut().zip(dy).for_each(|(dx, d)| *dx = d * gate + offset));
            });
            Some(Tensor::from_vec(dx, x.shape(), x.device())?)
        } else {
            None
        };
        let wanted = |t: &Tensor, d: Vec<f32>| -> Result<Option<Tensor>> {
            if t.track_op() { Tensor::from_vec(d, t.shape(), t.device()).map(Some) } else { Ok(None) }
        };
        Ok((dx, wanted(first, d_first)?, wanted(second, d_second)?))
    }
}
