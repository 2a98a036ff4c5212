//! Feature pyramid (Lin et al. 2017, "Feature Pyramid Networks for Object Detection"), as torchvision's
//! `FeaturePyramidNetwork` with `LastLevelMaxPool`: each level of a network mixed with the coarser ones above it.

use crate::domain::recipe::DetectorSettings;
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, MaxPool2d, Mode, Scope, conv_norm, resize_nearest,
};
use candle_core::{Result, Tensor};

/// A convolution, and batch norm where there is one.
struct Layer {
    conv: Conv2d,
    norm: Option<BatchNorm2d>,
}

impl Layer {
    fn new(scope: &Scope, inputs: usize, outputs: usize, kernel: usize, normalised: bool) -> Result<Self> {
        let config = Conv2dConfig {
            padding: kernel / 2,
            bias: !normalised,
            init: ConvInit::UnitGainUniform,
            ..Conv2dConfig::default()
        };
        let norm = normalised.then(|| BatchNorm2d::new(&scope.pp(1), outputs)).transpose()?;
        Ok(Self { conv: Conv2d::new(&scope.pp(0), inputs, outputs, kernel, config)?, norm })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        match &self.norm {
            Some(norm) => conv_norm(&self.conv, norm, x, mode, After::Nothing),
            None => self.conv.forward(x, mode),
        }
    }
}

pub(super) struct Pyramid {
    inner: Vec<Layer>,
    outer: Vec<Layer>,
}

impl Pyramid {
    /// For levels of so many channels, the finest first.
    pub(super) fn new(scope: &Scope, channels: &[usize], detector: &DetectorSettings) -> Result<Self> {
        let (outputs, normalised) = (detector.pyramid_channels, detector.normalised_pyramid);
        let (mut inner, mut outer) = (Vec::new(), Vec::new());
        for (level, &inputs) in channels.iter().enumerate() {
            inner.push(Layer::new(&scope.pp("inner_blocks").pp(level), inputs, outputs, 1, normalised)?);
            outer.push(Layer::new(&scope.pp("layer_blocks").pp(level), outputs, outputs, 3, normalised)?);
        }
        Ok(Self { inner, outer })
    }

    /// As many levels as were given and one more, half as fine as the last.
    pub(super) fn forward(&self, levels: &[Tensor], mode: &Mode) -> Result<Vec<Tensor>> {
        let mut from_above: Option<Tensor> = None;
        let mut pyramid = Vec::with_capacity(levels.len() + 1);
        for (level, (inner, outer)) in levels.iter().zip(self.inner.iter().zip(&self.outer)).rev() {
            let lateral = inner.forward(level, mode)?;
            let (_, _, height, width) = lateral.dims4()?;
            let mixed = match &from_above {
                Some(above) => (lateral + resize_nearest(above, height, width)?)?,
                None => lateral,
            };
            pyramid.push(outer.forward(&mixed, mode)?);
            from_above = Some(mixed);
        }
        pyramid.reverse();
        let Some(coarsest) = pyramid.last() else { candle_core::bail!("a pyramid without levels") };
        pyramid.push(MaxPool2d::new(1, 2, 0).forward(coarsest)?);
        Ok(pyramid)
    }
}
