//! Max pooling of any kernel, stride and padding, with the gradient going to the first maximum of a window, as torch's.

use super::cpu::{CpuTensor, values, vectorised};
use super::resample::pooled;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// A square max pooling layer; as `torch.nn.MaxPool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool2d {
    pub kernel: usize,
    pub stride: usize,
    /// Cells on every side that are never the maximum; at most half the kernel.
    pub padding: usize,
    /// Windows may run over the end, as long as they begin in the picture or its left padding.
    pub ceil_mode: bool,
}

impl MaxPool2d {
    /// Windows that lie wholly in the padded picture.
    pub fn new(kernel: usize, stride: usize, padding: usize) -> Self {
        Self { kernel, stride, padding, ceil_mode: false }
    }

    /// Non-overlapping windows.
    pub fn halving() -> Self {
        Self::new(2, 2, 0)
    }

    /// N, C, H, W to N, C, h, w.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = x.dims4()?;
        if self.out(height) == 0 || self.out(width) == 0 {
            candle_core::bail!("{self:?} does not fit a {height} x {width} input");
        }
        if !x.device().is_cpu() {
            return self.composed(x);
        }
        let first = x.track_op().then(OnceLock::new);
        x.contiguous()?.apply_op1(Pooling { pool: *self, first })
    }

    fn out(&self, side: usize) -> usize {
        pooled(side, self.kernel, self.stride, self.padding, self.ceil_mode).unwrap_or(0)
    }

    /// Input cells of output cell `at` along an axis of this many cells.
    fn window(&self, at: usize, side: usize) -> Range<usize> {
        let start = at * self.stride;
        start.saturating_sub(self.padding)..(start + self.kernel - self.padding).min(side)
    }

    /// The same out of the tensor library's operators, for other devices: the maximum over shifted, strided copies.
    /// Equal maxima share the gradient there.
    fn composed(&self, x: &Tensor) -> Result<Tensor> {
        let (n, c, height, width) = x.dims4()?;
        let low = |shape: (usize, usize, usize, usize)| Tensor::full(f32::MIN, shape, x.device());
        let mut padded = x.clone();
        // Beyond the end, windows reach as far as the last one does.
        let beyond = |side: usize| {
            ((self.out(side) - 1) * self.stride + self.kernel).saturating_sub(side + self.padding).max(self.padding)
        };
        let (right, below) = (beyond(width), beyond(height));
        if right > 0 || below > 0 {
            let sides = (low((n, c, height, self.padding))?, low((n, c, height, right))?);
            padded = Tensor::cat(&[&sides.0, &padded, &sides.1], 3)?;
            let width = width + self.padding + right;
            let edges = (low((n, c, self.padding, width))?, low((n, c, below, width))?);
            padded = Tensor::cat(&[&edges.0, &padded, &edges.1], 2)?;
        }
        let indices = |offset: usize, count: usize| {
            let list: Vec<u32> = (0..count).map(|i| (i * self.stride + offset) as u32).collect();
            Tensor::from_vec(list, count, x.device())
        };
        let mut best: Option<Tensor> = None;
        for ky in 0..self.kernel {
            let rows = padded.index_select(&indices(ky, self.out(height))?, 2)?;
            for kx in 0..self.kernel {
                let shifted = rows.index_select(&indices(kx, self.out(width))?, 3)?;
                best = Some(match best {
                    Some(best) => best.maximum(&shifted)?,
                    None => shifted,
                });
            }
        }
        best.map_or_else(|| candle_core::bail!("a pooling without a kernel"), Ok)
    }
}

struct Pooling {
    pool: MaxPool2d,
    /// Where in its plane each output came from; kept only when a gradient may be asked for.
    first: Option<OnceLock<Vec<u32>>>,
}

impl Pooling {
    /// Fills one output plane and the places each output came from: the maximum of every column of a row of windows
    /// first, then that of every window.
    #[inline(always)]
    fn plane(&self, x: &[f32], width: usize, y: &mut [f32], places: &mut [u32]) {
        let MaxPool2d { kernel, stride, padding, .. } = self.pool;
        let out_width = self.pool.out(width);
        let (mut tops, mut tops_at) = (vec![0.0f32; width], vec![0u32; width]);
        for (oy, (best, at)) in y.chunks_exact_mut(out_width).zip(places.chunks_exact_mut(out_width)).enumerate() {
            let rows = self.pool.window(oy, x.len() / width);
            let start = (rows.start * width) as u32;
            tops.copy_from_slice(&x[rows.start * width..][..width]);
            (start..).zip(&mut tops_at).for_each(|(place, at)| *at = place);
            for row in rows.skip(1) {
                let start = (row * width) as u32;
                let line = &x[row * width..][..width];
                for (place, (&value, (top, at))) in (start..).zip(line.iter().zip(tops.iter_mut().zip(&mut tops_at))) {
                    // NaN wins, so that it is seen.
                    let better = value > *top || value.is_nan();
                    *top = if better { value } else { *top };
                    *at = if better { place } else { *at };
                }
            }
            best.fill(f32::NEG_INFINITY);
            at.fill(u32::MAX);
            for kx in 0..kernel {
                // Windows whose cell `kx` lies in the picture.
                let first = padding.saturating_sub(kx).div_ceil(stride);
                let from = first * stride + kx - padding;
                let (values, places) = (tops.get(from..).unwrap_or_default(), tops_at.get(from..).unwrap_or_default());
                let cells = values.iter().zip(places).step_by(stride);
                let (best, at) = (best.get_mut(first..).unwrap_or_default(), at.get_mut(first..).unwrap_or_default());
                for ((best, at), (&value, &place)) in best.iter_mut().zip(at).zip(cells) {
                    let better = value > *best || value.is_nan() || (value == *best && place < *at);
                    *best = if better { value } else { *best };
                    *at = if better { place } else { *at };
                }
            }
        }
    }

    /// The common 2 x 2 windows with stride 2, without the loops.
    fn plane_of_pairs(&self, x: &[f32], width: usize, y: &mut [f32], mut place: impl FnMut(usize, u32)) {
        let out_width = self.pool.out(width);
        for (oy, line) in y.chunks_exact_mut(out_width).enumerate() {
            let top = oy * 2 * width;
            let (upper, lower) = (&x[top..top + 2 * out_width], &x[top + width..top + width + 2 * out_width]);
            let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            for (ox, (out, (&[a, b], &[c, d]))) in line.iter_mut().zip(pairs).enumerate() {
                let left = top + 2 * ox;
                let (mut best, mut at) = (a, left);
                for (value, here) in [(b, left + 1), (c, left + width), (d, left + width + 1)] {
                    let better = value > best || value.is_nan();
                    best = if better { value } else { best };
                    at = if better { here } else { at };
                }
                *out = best;
                place(oy * out_width + ox, at as u32);
            }
        }
    }
}

impl CustomOp1 for Pooling {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, c, height, width) = layout.shape().dims4()?;
        let shape = Shape::from((n, c, self.pool.out(height), self.pool.out(width)));
        let (plane, out_plane) = (height * width, self.pool.out(height) * self.pool.out(width));
        let x = values(x, layout)?;
        let mut y = vec![0.0f32; shape.elem_count()];
        let pairs = self.pool == MaxPool2d::halving();
        let run = |x: &[f32], y: &mut [f32], first: &mut [u32]| {
            let keep = |index: usize, at: u32| {
                if let Some(slot) = first.get_mut(index) {
                    *slot = at;
                }
            };
            if pairs {
                self.plane_of_pairs(x, width, y, keep);
                return;
            }
            let mut unasked = Vec::new();
            let first = if first.is_empty() {
                unasked.resize(y.len(), 0);
                &mut unasked
            } else {
                first
            };
            vectorised(
                #[inline(always)]
                || self.plane(x, width, y, first),
            );
        };
        let planes = y.par_chunks_mut(out_plane.max(1)).zip(x.par_chunks(plane.max(1)));
        if let Some(kept) = &self.first {
            let mut first = vec![0u32; shape.elem_count()];
            planes.zip(first.par_chunks_mut(out_plane.max(1))).for_each(|((y, x), first)| run(x, y, first));
            // A second forward pass of the same operator cannot be: each call makes its own.
            let _ = kept.set(first);
        } else {
            planes.for_each(|(y, x)| run(x, y, &mut []));
        }
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let Some(first) = self.first.as_ref().and_then(OnceLock::get) else {
            candle_core::bail!("max_pool2d has no gradient for an input that was not tracked");
        };
        let (_, _, height, width) = x.dims4()?;
        let (_, _, out_height, out_width) = y.dims4()?;
        let out_plane = (out_height * out_width).max(1);
        let dys = CpuTensor::of(dy)?;
        let dys = dys.open();
        let mut dx = vec![0.0f32; x.elem_count()];
        dx.par_chunks_mut((height * width).max(1))
            .zip(dys.values()?.par_chunks(out_plane).zip(first.par_chunks(out_plane)))
            .for_each(|(dx, (dy, first))| {
                for (&dy, &at) in dy.iter().zip(first) {
                    dx[at as usize] += dy;
                }
            });
        Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    #[test]
    fn equal_maxima_give_the_gradient_to_the_first() {
        let x = Var::from_vec(vec![1.0f32, 1.0, 1.0, 1.0], (1, 1, 2, 2), &Device::Cpu).expect("x");
        let y = MaxPool2d::halving().forward(&x).expect("y");
        let grads = y.sum_all().expect("sum").backward().expect("grads");
        let dx = grads.get(&x).expect("dx").flatten_all().and_then(|t| t.to_vec1::<f32>());
        assert_eq!(dx.expect("values"), [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn the_composed_form_agrees() {
        let values: Vec<f32> = (0..2 * 3 * 7 * 9).map(|i| ((i * 37 % 101) as f32) - 50.0).collect();
        let x = Var::from_vec(values, (2, 3, 7, 9), &Device::Cpu).expect("x");
        for pool in [
            MaxPool2d::new(3, 2, 1),
            MaxPool2d::halving(),
            MaxPool2d::new(2, 1, 1),
            MaxPool2d { ceil_mode: true, ..MaxPool2d::new(3, 2, 0) },
            MaxPool2d { ceil_mode: true, ..MaxPool2d::new(2, 2, 1) },
        ] {
            let weigh = |y: Tensor| {
                let w = Tensor::arange(0f32, y.elem_count() as f32, &Device::Cpu)?.reshape(y.shape())?;
                let grads = (&y * w)?.sum_all()?.backward()?;
                let dx = grads.get(&x).map(|g| g.flatten_all()).transpose()?;
                Ok::<_, candle_core::Error>((y.flatten_all()?.to_vec1::<f32>()?, dx.map(|d| d.to_vec1::<f32>())))
            };
            let own = weigh(pool.forward(&x).expect("own")).expect("weighed");
            let composed = weigh(pool.composed(&x).expect("composed")).expect("weighed");
            assert_eq!(own.0, composed.0, "{pool:?}");
            assert_eq!(own.1.expect("dx").expect("f32"), composed.1.expect("dx").expect("f32"), "{pool:?}");
        }
    }

    #[test]
    fn windows_that_do_not_fit_are_refused() {
        let x = Tensor::zeros((1, 1, 1, 4), candle_core::DType::F32, &Device::Cpu).expect("x");
        assert!(MaxPool2d::halving().forward(&x).is_err());
        assert!(MaxPool2d::new(2, 0, 1).forward(&x).is_err());
    }
}
