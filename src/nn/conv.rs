//! Two-dimensional convolution with gradients of our own on the CPU, where the tensor library's are plain loops.
//!
//! Each convolution is done by [`super::depthwise`] or [`super::winograd`] where these save work, else by
//! [`super::unrolled`]; which of them depends on its sizes alone.

use super::columns::{ConvWindow, Geometry};
use super::cpu::{CpuTensor, sum, values};
use super::depthwise;
use super::epilogue::Epilogue;
use super::params::{Init, Mode, Scope};
use super::unrolled;
use super::winograd::Winograd;
use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, Var};
use rayon::prelude::*;

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
    /// torchvision's for feature pyramids; a bias starts at zero.
    UnitGainUniform,
    /// torchvision's for region proposal networks; a bias starts at zero.
    NormalHundredth,
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
            ConvInit::UnitGainUniform => Init::UnitGainUniform,
            ConvInit::NormalHundredth => Init::NormalHundredth,
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
        let shape = Shape::from((g.images, g.out_channels, g.out_height, g.out_width));
        let y = forward(g, values(x.0, x.1)?, values(w.0, w.1)?, Epilogue { shift: b, ..Epilogue::default() });
        Ok((CpuStorage::F32(y), shape))
    }

    fn gradients(&self, x: &Tensor, w: &Tensor, dy: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = &self.geometry;
        let (xs, ws, dys) = (CpuTensor::of(x)?, CpuTensor::of(w)?, CpuTensor::of(dy)?);
        let (xs, ws, dys) = (xs.open(), ws.open(), dys.open());
        let (xv, wv, dyv) = (xs.values()?, ws.values()?, dys.values()?);
        let gradient = |t: &Tensor, of: &dyn Fn() -> Vec<f32>| {
            t.track_op().then(|| Tensor::from_vec(of(), t.shape(), t.device())).transpose()
        };
        let dx = gradient(x, &|| input_gradient(g, wv, dyv))?;
        let dw = gradient(w, &|| weight_gradient(g, xv, dyv))?;
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
            let dys = CpuTensor::of(dy)?;
            Some(Tensor::from_vec(bias_gradient(&self.geometry, dys.open().values()?), b.shape(), b.device())?)
        } else {
            None
        };
        Ok((dx, dw, db))
    }
}

/// The convolution of x with w, N, O, h, w.
pub(super) fn forward(g: &Geometry, x: &[f32], w: &[f32], epilogue: Epilogue) -> Vec<f32> {
    if depthwise::fits(g) {
        return depthwise::forward(g, x, w, |channel, sums, out| epilogue.write(channel, sums, out));
    }
    let mut y = vec![0.0; g.images * g.out_channels * g.positions()];
    match Winograd::of(g) {
        Some(winograd) => winograd.forward(x, w, epilogue, &mut y),
        None => unrolled::forward(g, x, w, epilogue, &mut y),
    }
    y
}

/// What the gradient of the result is to the input, N, C, H, W.
pub(super) fn input_gradient(g: &Geometry, w: &[f32], dy: &[f32]) -> Vec<f32> {
    if depthwise::fits(g) {
        return depthwise::input_gradient(g, w, dy);
    }
    let mut dx = vec![0.0; g.images * g.in_channels * g.height * g.width];
    match Winograd::of(g) {
        Some(winograd) => winograd.input_gradient(dy, w, &mut dx),
        None => unrolled::input_gradient(g, w, dy, &mut dx),
    }
    dx
}

/// What the gradient of the result is to the weight, O, C / groups, kh, kw.
pub(super) fn weight_gradient(g: &Geometry, x: &[f32], dy: &[f32]) -> Vec<f32> {
    if depthwise::fits(g) {
        return depthwise::weight_gradient(g, x, dy);
    }
    let mut dw = vec![0.0; g.out_channels * g.depth()];
    match Winograd::of(g) {
        Some(winograd) => winograd.weight_gradient(x, dy, &mut dw),
        None => unrolled::weight_gradient(g, x, dy, &mut dw),
    }
    dw
}

fn bias_gradient(g: &Geometry, dy: &[f32]) -> Vec<f32> {
    let positions = g.positions();
    let of = |channel: usize| {
        let planes = (0..g.images).map(|image| (image * g.out_channels + channel) * positions);
        planes.map(|at| sum(&dy[at..at + positions], |v| v)).sum::<f64>() as f32
    };
    (0..g.out_channels).into_par_iter().map(of).collect()
}
