//! What brings pictures to another grid: average pooling, adaptive average pooling, nearest and bilinear resizing. Each
//! is one short weighted sum along the rows and one along the columns, so that all share one operator and one gradient.

use super::cpu::{CpuTensor, values};
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;
use std::cell::Cell;
use std::ops::Range;

/// A square average pooling layer; as `torch.nn.AvgPool2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvgPool2d {
    pub kernel: usize,
    pub stride: usize,
    /// Zeros on every side; at most half the kernel.
    pub padding: usize,
    /// Windows may run over the end, as long as they begin in the picture or its left padding.
    pub ceil_mode: bool,
    /// Whether the padding counts in the mean's divisor.
    pub count_include_pad: bool,
}

impl AvgPool2d {
    /// Non-overlapping 2 x 2 windows.
    pub fn halving() -> Self {
        Self { kernel: 2, stride: 2, padding: 0, ceil_mode: false, count_include_pad: true }
    }

    /// N, C, H, W to N, C, h, w.
    ///
    /// # Errors
    /// When no window fits the picture.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (_, _, height, width) = x.dims4()?;
        match (self.axis(height), self.axis(width)) {
            (Some(rows), Some(columns)) => resample(x, rows, columns),
            _ => candle_core::bail!("{self:?} does not fit a {height} x {width} input"),
        }
    }

    fn axis(&self, side: usize) -> Option<Axis> {
        let count = pooled(side, self.kernel, self.stride, self.padding, self.ceil_mode)?;
        Some(Axis::new(side, count, |at| {
            // The window reaches into the padding but not beyond it.
            let (start, end) = (at * self.stride, (at * self.stride + self.kernel).min(side + 2 * self.padding));
            let inside = start.max(self.padding) - self.padding..end.saturating_sub(self.padding).min(side);
            let cells = if self.count_include_pad { end - start } else { inside.len() };
            (inside.start, vec![1.0 / cells as f32; inside.len()])
        }))
    }
}

/// How many windows fit along an axis, by torch's rule; none when not one does.
pub(super) fn pooled(side: usize, kernel: usize, stride: usize, padding: usize, ceil_mode: bool) -> Option<usize> {
    if kernel == 0 || stride == 0 || padding > kernel / 2 || side == 0 || side + 2 * padding < kernel {
        return None;
    }
    let room = side + 2 * padding - kernel;
    if !ceil_mode {
        return Some(room / stride + 1);
    }
    let count = room.div_ceil(stride) + 1;
    // The last window must begin in the picture or in its left padding.
    Some(if (count - 1) * stride >= side + padding { count - 1 } else { count })
}

/// The means of `height` x `width` evenly spread cells, N, C, H, W to N, C, h, w; as `torch.nn.AdaptiveAvgPool2d`.
/// Cell i of n reaches from floor(i side / n) to ceil((i + 1) side / n).
///
/// # Errors
/// When a side is 0.
pub fn adaptive_avg_pool2d(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let axis = |side: usize, count: usize| {
        Axis::new(side, count, |at| {
            let cell: Range<usize> = at * side / count..((at + 1) * side).div_ceil(count);
            (cell.start, vec![1.0 / cell.len() as f32; cell.len()])
        })
    };
    let (_, _, h, w) = sides(x, height, width)?;
    resample(x, axis(h, height), axis(w, width))
}

/// Nearest neighbours, N, C, H, W to N, C, h, w; as `torch.nn.functional.interpolate(size=.., mode="nearest")`: cell i
/// takes cell floor(i H / h).
///
/// # Errors
/// When a side is 0.
pub fn resize_nearest(x: &Tensor, height: usize, width: usize) -> Result<Tensor> {
    let axis = |side: usize, count: usize| {
        // In f32, as torch: another rounding would take another neighbour.
        let scale = side as f32 / count as f32;
        Axis::new(side, count, |at| (((at as f32 * scale) as usize).min(side - 1), vec![1.0]))
    };
    let (_, _, h, w) = sides(x, height, width)?;
    resample(x, axis(h, height), axis(w, width))
}

/// Bilinear interpolation without antialiasing, N, C, H, W to N, C, h, w; as
/// `torch.nn.functional.interpolate(size=.., mode="bilinear")`. With `align_corners` the centres of the corner cells
/// stay where they are, else the outer edges of the picture do.
///
/// # Errors
/// When a side is 0.
pub fn resize_bilinear(x: &Tensor, height: usize, width: usize, align_corners: bool) -> Result<Tensor> {
    let axis = |side: usize, count: usize| {
        Axis::new(side, count, |at| {
            let source = if align_corners {
                let scale = if count > 1 { (side - 1) as f32 / (count - 1) as f32 } else { 0.0 };
                at as f32 * scale
            } else {
                ((at as f32 + 0.5) * (side as f32 / count as f32) - 0.5).max(0.0)
            };
            let first = (source as usize).min(side - 1);
            let share = (source - first as f32).clamp(0.0, 1.0);
            (first, if first + 1 < side { vec![1.0 - share, share] } else { vec![1.0] })
        })
    };
    let (_, _, h, w) = sides(x, height, width)?;
    resample(x, axis(h, height), axis(w, width))
}

fn sides(x: &Tensor, height: usize, width: usize) -> Result<(usize, usize, usize, usize)> {
    let sizes = x.dims4()?;
    if sizes.2 == 0 || sizes.3 == 0 || height == 0 || width == 0 {
        candle_core::bail!("a {} x {} picture cannot become one of {height} x {width}", sizes.2, sizes.3);
    }
    Ok(sizes)
}

/// The weighted sums along one axis: which inputs each output takes, and how much of each.
struct Axis {
    inputs: usize,
    /// First input and where its weights begin; one more at the end.
    first: Vec<(usize, usize)>,
    weights: Vec<f32>,
}

impl Axis {
    fn new(inputs: usize, outputs: usize, taps: impl Fn(usize) -> (usize, Vec<f32>)) -> Self {
        let (mut first, mut weights) = (Vec::with_capacity(outputs + 1), Vec::new());
        for at in 0..outputs {
            let (start, taps) = taps(at);
            first.push((start, weights.len()));
            weights.extend(taps);
        }
        first.push((0, weights.len()));
        Self { inputs, first, weights }
    }

    fn outputs(&self) -> usize {
        self.first.len() - 1
    }

    /// First input and weights of every output.
    fn taps(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.first.windows(2).map(|pair| (pair[0].0, &self.weights[pair[0].1..pair[1].1]))
    }

    /// The same as a matrix, outputs x inputs.
    fn matrix(&self, device: &Device) -> Result<Tensor> {
        let mut cells = vec![0.0f32; self.outputs() * self.inputs];
        for ((start, weights), line) in self.taps().zip(cells.chunks_mut(self.inputs.max(1))) {
            for (cell, weight) in line.iter_mut().skip(start).zip(weights) {
                *cell = *weight;
            }
        }
        Tensor::from_vec(cells, (self.outputs(), self.inputs), device)
    }
}

fn resample(x: &Tensor, rows: Axis, columns: Axis) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.contiguous()?.apply_op1(Resampling { rows, columns });
    }
    let (n, c, height, width) = x.dims4()?;
    let (down, across) = (rows.matrix(x.device())?, columns.matrix(x.device())?.t()?);
    let y = x.reshape((n * c * height, width))?.matmul(&across)?.reshape((n * c, height, columns.outputs()))?;
    down.unsqueeze(0)?.broadcast_matmul(&y)?.reshape((n, c, rows.outputs(), columns.outputs()))
}

struct Resampling {
    rows: Axis,
    columns: Axis,
}

thread_local! {
    static LINE: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Lends this thread's line of zeros.
fn with_line(length: usize, work: impl FnOnce(&mut [f32])) {
    let mut line = LINE.take();
    line.clear();
    line.resize(length, 0.0);
    work(&mut line);
    LINE.set(line);
}

impl Resampling {
    fn plane(&self, x: &[f32], y: &mut [f32]) {
        let width = self.columns.inputs;
        with_line(width, |line| {
            for ((top, weights), out) in self.rows.taps().zip(y.chunks_exact_mut(self.columns.outputs())) {
                line.fill(0.0);
                for (weight, row) in weights.iter().zip(x[top * width..].chunks_exact(width)) {
                    for (sum, value) in line.iter_mut().zip(row) {
                        *sum += weight * value;
                    }
                }
                for (out, (left, weights)) in out.iter_mut().zip(self.columns.taps()) {
                    *out = weights.iter().zip(&line[left..]).map(|(w, v)| w * v).sum();
                }
            }
        });
    }

    fn plane_back(&self, dy: &[f32], dx: &mut [f32]) {
        let width = self.columns.inputs;
        with_line(width, |line| {
            for ((top, weights), dy) in self.rows.taps().zip(dy.chunks_exact(self.columns.outputs())) {
                line.fill(0.0);
                for (d, (left, weights)) in dy.iter().zip(self.columns.taps()) {
                    for (sum, weight) in line[left..].iter_mut().zip(weights) {
                        *sum += weight * d;
                    }
                }
                for (weight, row) in weights.iter().zip(dx[top * width..].chunks_exact_mut(width)) {
                    for (sum, value) in row.iter_mut().zip(line.iter()) {
                        *sum += weight * value;
                    }
                }
            }
        });
    }
}

impl CustomOp1 for Resampling {
    fn name(&self) -> &'static str {
        "resample2d"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, c, height, width) = layout.shape().dims4()?;
        let shape = Shape::from((n, c, self.rows.outputs(), self.columns.outputs()));
        let mut y = vec![0.0f32; shape.elem_count()];
        let out_plane = self.rows.outputs() * self.columns.outputs();
        y.par_chunks_mut(out_plane.max(1))
            .zip(values(x, layout)?.par_chunks((height * width).max(1)))
            .for_each(|(y, x)| self.plane(x, y));
        Ok((CpuStorage::F32(y), shape))
    }

    fn bwd(&self, x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        let dys = CpuTensor::of(dy)?;
        let dys = dys.open();
        let mut dx = vec![0.0f32; x.elem_count()];
        let plane = self.rows.inputs * self.columns.inputs;
        dx.par_chunks_mut(plane.max(1))
            .zip(dys.values()?.par_chunks((self.rows.outputs() * self.columns.outputs()).max(1)))
            .for_each(|(dx, dy)| self.plane_back(dy, dx));
        Tensor::from_vec(dx, x.shape(), x.device()).map(Some)
    }
}
