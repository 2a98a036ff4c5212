//! Two-dimensional convolution with gradients of our own on the CPU, where the tensor library's are plain loops.
//!
//! Forward is `weight x columns(input)` as in [`super::columns`]; the gradient of the weight is `gradient x columns^T`
//! and that of the input `columns^-1(weight^T x gradient)`. Work is cut into pieces by shape alone and sums run over the
//! pieces in order, so results are the same bytes whatever the number of threads.

use super::activation::{Activation, relu, silu};
use super::columns::{ConvWindow, Geometry};
use super::cpu::{Matrix, Opened, Reading, add_to, numbers, pieces, sum, values, vectorised, with_buffer};
use super::depthwise;
use super::params::{Init, Mode, Scope};
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, Var};
use rayon::prelude::*;
use std::ops::Range;

/// What a convolution is besides its sizes; as `torch.nn.Conv2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dConfig {
    pub stride: usize,
    /// Zeros on every side.
    pub padding: usize,
    /// Distance between the cells of the kernel.
    pub dilation: usize,
    pub groups: usize,
    pub bias: bool,
    /// How the weight starts.
    pub init: ConvInit,
}

/// How the weight of a convolution starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvInit {
    /// torch's default.
    Uniform,
    /// torchvision's for ResNet and EfficientNet; a bias starts at zero.
    NormalFanOut,
    /// torchvision's for DenseNet; a bias starts at zero.
    NormalFanIn,
}

impl Conv2dConfig {
    pub(super) fn window(&self) -> ConvWindow {
        let dilation = (self.dilation, self.dilation);
        ConvWindow { dilation, ..ConvWindow::square(self.stride, self.padding, self.groups) }
    }
}

impl Default for Conv2dConfig {
    fn default() -> Self {
        Self { stride: 1, padding: 0, dilation: 1, groups: 1, bias: true, init: ConvInit::Uniform }
    }
}

/// A convolution layer: weight O, C / groups, k, k and perhaps a bias O.
pub struct Conv2d {
    pub(super) weight: Var,
    pub(super) bias: Option<Var>,
    pub(super) config: Conv2dConfig,
}

impl Conv2d {
    /// New parameters `weight` and `bias` under `scope`.
    pub fn new(
        scope: &Scope,
        in_channels: usize,
        out_channels: usize,
        kernel: usize,
        config: Conv2dConfig,
    ) -> Result<Self> {
        let init = match config.init {
            ConvInit::Uniform => Init::KaimingUniform,
            ConvInit::NormalFanOut => Init::KaimingNormalFanOut,
            ConvInit::NormalFanIn => Init::KaimingNormalFanIn,
        };
        if !in_channels.is_multiple_of(config.groups) {
            candle_core::bail!("{in_channels} channels cannot be put into {} groups", config.groups);
        }
        let group_in = in_channels / config.groups;
        let weight = scope.weight("weight", (out_channels, group_in, kernel, kernel), init)?;
        let fan_in = group_in * kernel * kernel;
        let bias_init = if config.init == ConvInit::Uniform { Init::BiasUniform { fan_in } } else { Init::Zeros };
        let bias = config.bias.then(|| scope.weight("bias", out_channels, bias_init)).transpose()?;
        Ok(Self { weight, bias, config })
    }

    /// N, C, H, W to N, O, h, w.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(|bias| mode.weight(bias));
        conv2d(x, &mode.weight(&self.weight), bias.as_ref(), &self.config.window())
    }
}

/// The convolution of x N, C, H, W with weight O, C / groups, kh, kw and perhaps a bias O: N, O, h, w. On devices other
/// than the CPU it is the tensor library's, which knows no window that differs by axis except in its padding.
///
/// # Errors
/// When the sizes do not fit.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, window: &ConvWindow) -> Result<Tensor> {
    let geometry = Geometry::new(x.dims4()?, weight.dims4()?, window)?;
    if let Some(bias) = bias
        && bias.dims() != [geometry.out_channels]
    {
        candle_core::bail!("a bias {:?} does not fit {} output channels", bias.dims(), geometry.out_channels);
    }
    if !x.device().is_cpu() {
        let y = elsewhere(x, weight, window)?;
        return match bias {
            Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?),
            None => Ok(y),
        };
    }
    let (x, weight) = (x.contiguous()?, weight.contiguous()?);
    match bias {
        Some(bias) => x.apply_op3(&weight, &bias.contiguous()?, Convolution { geometry }),
        None => x.apply_op2(&weight, Convolution { geometry }),
    }
}

fn elsewhere(x: &Tensor, weight: &Tensor, window: &ConvWindow) -> Result<Tensor> {
    let ConvWindow { stride, padding, dilation, groups } = *window;
    if stride.0 != stride.1 || dilation.0 != dilation.1 {
        candle_core::bail!("{window:?} differs by axis, which only the CPU can do");
    }
    if padding.0 == padding.1 {
        return x.conv2d(weight, padding.0, stride.0, dilation.0, groups);
    }
    let padded = x.pad_with_zeros(2, padding.0, padding.0)?.pad_with_zeros(3, padding.1, padding.1)?;
    padded.conv2d(weight, 0, stride.0, dilation.0, groups)
}

struct Convolution {
    geometry: Geometry,
}

impl Convolution {
    fn run(
        &self,
        x: (&CpuStorage, &Layout),
        w: (&CpuStorage, &Layout),
        b: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let g = &self.geometry;
        let (x, w) = (Operand::of(x.0, x.1)?, Operand::of(w.0, w.1)?);
        let shape = Shape::from((g.images, g.out_channels, g.out_height, g.out_width));
        Ok((CpuStorage::F32(forward(g, &x, &w, Epilogue { shift: b, ..Epilogue::default() })?), shape))
    }

    fn gradients(&self, x: &Tensor, w: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = &self.geometry;
        let (xs, ws, dys) = (Reading::of(x)?, Reading::of(w)?, Reading::of(dy)?);
        let (xs, ws, dys) = (xs.open(), ws.open(), dys.open());
        let (xo, wo, dyo) = (Operand::read(&xs)?, Operand::read(&ws)?, Operand::read(&dys)?);
        let dx = if x.track_op() {
            Some(Tensor::from_vec(input_gradient(g, &wo, &dyo)?, x.shape(), x.device())?)
        } else {
            None
        };
        let dw = if w.track_op() {
            Some(Tensor::from_vec(weight_gradient(g, &xo, &dyo)?, w.shape(), w.device())?)
        } else {
            None
        };
        Ok((dx, dw))
    }
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, w: &CpuStorage, wl: &Layout) -> Result<(CpuStorage, Shape)> {
        self.run((x, xl), (w, wl), None)
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.gradients(x, w, dy)
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        xl: &Layout,
        w: &CpuStorage,
        wl: &Layout,
        b: &CpuStorage,
        bl: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.run((x, xl), (w, wl), Some(values(b, bl)?))
    }

    fn bwd(
        &self,
        x: &Tensor,
        w: &Tensor,
        b: &Tensor,
        _y: &Tensor,
        dy: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dw) = self.gradients(x, w, dy)?;
        let db = if b.track_op() {
            let dys = Reading::of(dy)?;
            Some(Tensor::from_vec(bias_gradient(&self.geometry, dys.open().values()?), b.shape(), b.device())?)
        } else {
            None
        };
        Ok((dx, dw, db))
    }
}

/// A tensor's numbers, both as a slice and as a place in the storage that holds them.
pub(super) struct Operand<'a> {
    pub(super) storage: &'a CpuStorage,
    pub(super) start: usize,
    pub(super) values: &'a [f32],
}

impl<'a> Operand<'a> {
    pub(super) fn of(storage: &'a CpuStorage, layout: &Layout) -> Result<Self> {
        Ok(Self { storage, start: layout.start_offset(), values: values(storage, layout)? })
    }

    pub(super) fn read(opened: &'a Opened<'_>) -> Result<Self> {
        Ok(Self { storage: opened.storage()?, start: opened.start(), values: opened.values()? })
    }
}

/// What happens to a sum before it is written.
#[derive(Clone, Copy, Default)]
pub(super) struct Epilogue<'a> {
    /// Multiplies each output channel.
    pub(super) scale: Option<&'a [f32]>,
    /// Is then added to each output channel.
    pub(super) shift: Option<&'a [f32]>,
    pub(super) activation: Activation,
}

impl Epilogue<'_> {
    fn write(&self, channel: usize, sums: &[f32], out: &mut [f32]) {
        let of = |list: Option<&[f32]>| list.and_then(|list| list.get(channel)).copied();
        let (scale, shift) = (of(self.scale), of(self.shift));
        if scale.is_none() && shift.is_none() && self.activation == Activation::Identity {
            out.copy_from_slice(sums);
            return;
        }
        let (scale, shift) = (scale.unwrap_or(1.0), shift.unwrap_or(0.0));
        let turned = out.iter_mut().zip(sums.iter().map(|sum| sum * scale + shift));
        vectorised(|| match self.activation {
            Activation::Identity => turned.for_each(|(out, value)| *out = value),
            Activation::Relu => turned.for_each(|(out, value)| *out = relu(value)),
            Activation::Silu => turned.for_each(|(out, value)| *out = silu(value)),
        });
    }
}

/// Positions below which several images share a matrix: small products would be all overhead.
const LEAST_COLUMNS: usize = 512;
/// Numbers of a column matrix that stay in the second-level cache.
const CACHED: usize = 192 * 1024;
/// Numbers of a column matrix for the gradient of the weight, which adds a whole weight after every piece.
const CACHED_FOR_WEIGHT: usize = 1024 * 1024;
/// Independent sums of the gradient of the weight; fixed, so that their order is.
const PARTIAL_SUMS: usize = 16;

/// Images that share a matrix.
fn images_together(g: &Geometry) -> usize {
    LEAST_COLUMNS.div_ceil(g.positions()).clamp(1, g.images.max(1))
}

/// Output rows of a piece whose column matrix has about `numbers` numbers.
fn rows_of_piece(g: &Geometry, numbers: usize) -> usize {
    ((numbers / g.depth().max(1)).max(LEAST_COLUMNS / 2) / g.out_width).max(1)
}

/// A range of output rows (over all images) cut where an image ends: image, first position, positions, columns before.
fn parts_by_image(g: &Geometry, rows: &Range<usize>) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    let (height, width, first, rows) = (g.out_height, g.out_width, rows.start, rows.clone());
    (rows.start / height..rows.end.div_ceil(height)).map(move |image| {
        let (from, to) = (rows.start.max(image * height), rows.end.min((image + 1) * height));
        (image, (from - image * height) * width, (to - from) * width, (from - first) * width)
    })
}

/// The convolution, N, O, h, w.
pub(super) fn forward(g: &Geometry, x: &Operand, w: &Operand, epilogue: Epilogue) -> Result<Vec<f32>> {
    if depthwise::fits(g) {
        return Ok(depthwise::forward(g, x.values, w.values, |channel, sums, out| epilogue.write(channel, sums, out)));
    }
    let (positions, depth, group_out) = (g.positions(), g.depth(), g.group_out());
    let together = images_together(g);
    let mut y = vec![0.0; g.images * g.out_channels * positions];
    if y.is_empty() {
        return Ok(y);
    }
    let step = rows_of_piece(g, CACHED);
    y.par_chunks_mut(together * g.out_channels * positions).enumerate().try_for_each(|(unit, y)| -> Result<()> {
        let first = unit * together;
        let end = (first + together).min(g.images);
        for rows in pieces(first * g.out_height..end * g.out_height, step) {
            for group in 0..g.groups {
                let kernel = Matrix {
                    storage: w.storage,
                    start: w.start + group * group_out * depth,
                    rows: group_out,
                    columns: depth,
                    stride: (depth, 1),
                };
                let product = with_columns(g, x, group, &rows, |columns| kernel.times(columns))?;
                let width = rows.len() * g.out_width;
                for (image, position, length, before) in parts_by_image(g, &rows) {
                    for channel in 0..group_out {
                        let out = group * group_out + channel;
                        let at = ((image - first) * g.out_channels + out) * positions + position;
                        let (to, from) = (&mut y[at..at + length], &product[channel * width + before..][..length]);
                        epilogue.write(out, from, to);
                    }
                }
            }
        }
        Ok(())
    })?;
    Ok(y)
}

/// Calls with the column matrix of these output rows: the input itself where that is possible, else unrolled into the
/// thread's buffer.
fn with_columns<R>(
    g: &Geometry,
    x: &Operand,
    group: usize,
    rows: &Range<usize>,
    work: impl FnOnce(&Matrix) -> Result<R>,
) -> Result<R> {
    let (depth, width) = (g.depth(), rows.len() * g.out_width);
    let mut parts = parts_by_image(g, rows);
    if g.is_pointwise()
        && let (Some((image, position, _, _)), None) = (parts.next(), parts.next())
    {
        let plane = g.height * g.width;
        let start = x.start + (image * g.in_channels + group * g.group_in()) * plane + position;
        return work(&Matrix { storage: x.storage, start, rows: depth, columns: width, stride: (plane, 1) });
    }
    with_buffer(depth * width, |buffer| {
        g.unroll(x.values, group, rows, numbers(buffer));
        work(&Matrix { storage: buffer, start: 0, rows: depth, columns: width, stride: (width, 1) })
    })
}

/// Calls with the gradient of these output rows, one row a channel of the group.
fn with_gradient<R>(
    g: &Geometry,
    dy: &Operand,
    group: usize,
    rows: &Range<usize>,
    work: impl FnOnce(&Matrix) -> Result<R>,
) -> Result<R> {
    let (positions, group_out, width) = (g.positions(), g.group_out(), rows.len() * g.out_width);
    let place = |image: usize, channel: usize| (image * g.out_channels + group * group_out + channel) * positions;
    let mut parts = parts_by_image(g, rows);
    if let (Some((image, position, _, _)), None) = (parts.next(), parts.next()) {
        let start = dy.start + place(image, 0) + position;
        return work(&Matrix { storage: dy.storage, start, rows: group_out, columns: width, stride: (positions, 1) });
    }
    let mut gathered = vec![0.0; group_out * width];
    for (image, position, length, before) in parts_by_image(g, rows) {
        for channel in 0..group_out {
            let from = &dy.values[place(image, channel) + position..][..length];
            gathered[channel * width + before..][..length].copy_from_slice(from);
        }
    }
    let storage = CpuStorage::F32(gathered);
    work(&Matrix { storage: &storage, start: 0, rows: group_out, columns: width, stride: (width, 1) })
}

/// What the gradient of the result is to the input, N, C, H, W.
pub(super) fn input_gradient(g: &Geometry, w: &Operand, dy: &Operand) -> Result<Vec<f32>> {
    if depthwise::fits(g) {
        return Ok(depthwise::input_gradient(g, w.values, dy.values));
    }
    let (depth, group_out, image_size) = (g.depth(), g.group_out(), g.in_channels * g.height * g.width);
    let together = images_together(g);
    let mut dx = vec![0.0; g.images * image_size];
    if dx.is_empty() {
        return Ok(dx);
    }
    let step = rows_of_piece(g, CACHED);
    dx.par_chunks_mut(together * image_size).enumerate().try_for_each(|(unit, dx)| -> Result<()> {
        let first = unit * together;
        let end = (first + together).min(g.images);
        for rows in pieces(first * g.out_height..end * g.out_height, step) {
            for group in 0..g.groups {
                let transposed = Matrix {
                    storage: w.storage,
                    start: w.start + group * group_out * depth,
                    rows: depth,
                    columns: group_out,
                    stride: (1, depth),
                };
                let columns = with_gradient(g, dy, group, &rows, |dy| transposed.times(dy))?;
                g.roll_back(&columns, group, &rows, first * image_size, dx);
            }
        }
        Ok(())
    })?;
    Ok(dx)
}

/// What the gradient of the result is to the weight, O, C / groups, kh, kw.
pub(super) fn weight_gradient(g: &Geometry, x: &Operand, dy: &Operand) -> Result<Vec<f32>> {
    if depthwise::fits(g) {
        return Ok(depthwise::weight_gradient(g, x.values, dy.values));
    }
    let (depth, group_out) = (g.depth(), g.group_out());
    let length = g.out_channels * depth;
    let together = images_together(g);
    let units = g.images.div_ceil(together);
    let step = rows_of_piece(g, CACHED_FOR_WEIGHT);
    let partial = |first_unit: usize| -> Result<Vec<f32>> {
        let mut dw = vec![0.0; length];
        for unit in (first_unit..units).step_by(PARTIAL_SUMS) {
            let (first, end) = (unit * together, ((unit + 1) * together).min(g.images));
            for rows in pieces(first * g.out_height..end * g.out_height, step) {
                for group in 0..g.groups {
                    let product = with_columns(g, x, group, &rows, |columns| {
                        let turned = Matrix {
                            storage: columns.storage,
                            start: columns.start,
                            rows: columns.columns,
                            columns: columns.rows,
                            stride: (columns.stride.1, columns.stride.0),
                        };
                        with_gradient(g, dy, group, &rows, |dy| dy.times(&turned))
                    })?;
                    add_to(&mut dw[group * group_out * depth..], &product);
                }
            }
        }
        Ok(dw)
    };
    let partials: Vec<Vec<f32>> = (0..PARTIAL_SUMS.min(units)).into_par_iter().map(partial).collect::<Result<_>>()?;
    let mut partials = partials.into_iter();
    let mut total = partials.next().unwrap_or_else(|| vec![0.0; length]);
    for part in partials {
        add_to(&mut total, &part);
    }
    Ok(total)
}

fn bias_gradient(g: &Geometry, dy: &[f32]) -> Vec<f32> {
    let positions = g.positions();
    let of = |channel: usize| {
        let planes = (0..g.images).map(|image| (image * g.out_channels + channel) * positions);
        planes.map(|at| sum(&dy[at..at + positions], |v| v)).sum::<f64>() as f32
    };
    (0..g.out_channels).into_par_iter().map(of).collect()
}
