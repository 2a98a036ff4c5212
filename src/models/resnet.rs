//! ResNet (He et al. 2016, "Deep Residual Learning for Image Recognition") with the tensor names, strides and start of
//! torchvision's `resnet18`, `resnet34` and `resnet50`. The last strides in the 3x3 convolution of a block, not in the
//! 1x1 before it as the paper does ("v1.5").

use super::{Network, average_positions, number_after};
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Linear, MaxPool2d, Mode, Scope, add_relu, conv_norm, guided,
};
use candle_core::{Result, Tensor};

/// A convolution and its batch norm.
type ConvNorm = (Conv2d, BatchNorm2d);

/// The convolutions of a ResNet, up to where its pictures become numbers.
pub(super) struct Body {
    stem: ConvNorm,
    max_pool: MaxPool2d,
    stages: [Vec<Block>; 4],
    /// Channels that each stage gives.
    pub(super) channels: [usize; 4],
}

/// How many blocks each stage has, and of which kind.
#[derive(Clone, Copy)]
pub(super) struct Depth {
    blocks: [usize; 4],
    bottleneck: bool,
}

impl Depth {
    /// Blocks of two 3x3 convolutions in four stages of 64, 128, 256 and 512 channels: `[2, 2, 2, 2]` is ResNet-18.
    pub(super) fn basic(blocks: [usize; 4]) -> Self {
        Self { blocks, bottleneck: false }
    }

    /// Bottleneck blocks in four stages of 256, 512, 1024 and 2048 channels: `[3, 4, 6, 3]` is ResNet-50.
    pub(super) fn bottleneck(blocks: [usize; 4]) -> Self {
        Self { blocks, bottleneck: true }
    }
}

pub(super) struct ResNet {
    body: Body,
    fc: Linear,
}

/// `convN` and `bnN` of a block.
fn layer(scope: &Scope, number: usize, channels: (usize, usize), kernel: usize, stride: usize) -> Result<ConvNorm> {
    let (conv, norm) = (scope.pp(format_args!("conv{number}")), scope.pp(format_args!("bn{number}")));
    conv_and_norm(&conv, &norm, channels, kernel, stride)
}

fn conv_and_norm(
    conv: &Scope,
    norm: &Scope,
    (inputs, outputs): (usize, usize),
    kernel: usize,
    stride: usize,
) -> Result<ConvNorm> {
    let config = Conv2dConfig {
        stride,
        padding: kernel / 2,
        bias: false,
        init: ConvInit::NormalFanOut,
        ..Conv2dConfig::default()
    };
    Ok((Conv2d::new(conv, inputs, outputs, kernel, config)?, BatchNorm2d::new(norm, outputs)?))
}

/// Convolutions in a row and a way around them.
struct Block {
    layers: Vec<ConvNorm>,
    downsample: Option<ConvNorm>,
}

impl Block {
    /// Two 3x3 convolutions.
    fn basic(scope: &Scope, inputs: usize, outputs: usize, stride: usize) -> Result<Self> {
        let layers = vec![layer(scope, 1, (inputs, outputs), 3, stride)?, layer(scope, 2, (outputs, outputs), 3, 1)?];
        Self::around(scope, layers, inputs, outputs, stride)
    }

    /// A 3x3 convolution of a quarter of the channels between two of 1x1.
    fn bottleneck(scope: &Scope, inputs: usize, outputs: usize, stride: usize) -> Result<Self> {
        let width = outputs / 4;
        let layers = vec![
            layer(scope, 1, (inputs, width), 1, 1)?,
            layer(scope, 2, (width, width), 3, stride)?,
            layer(scope, 3, (width, outputs), 1, 1)?,
        ];
        Self::around(scope, layers, inputs, outputs, stride)
    }

    fn around(scope: &Scope, layers: Vec<ConvNorm>, inputs: usize, outputs: usize, stride: usize) -> Result<Self> {
        let around = scope.pp("downsample");
        let downsample = (stride != 1 || inputs != outputs)
            .then(|| conv_and_norm(&around.pp(0), &around.pp(1), (inputs, outputs), 1, stride))
            .transpose()?;
        Ok(Self { layers, downsample })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let mut y = x.clone();
        for (index, (conv, norm)) in self.layers.iter().enumerate() {
            let after = if index + 1 < self.layers.len() { After::Relu } else { After::Nothing };
            y = conv_norm(conv, norm, &y, mode, after)?;
        }
        let y = match &self.downsample {
            Some((conv, norm)) => add_relu(&y, &conv_norm(conv, norm, x, mode, After::Nothing)?)?,
            None => add_relu(&y, x)?,
        };
        guided(y, mode)
    }
}

impl Body {
    /// For pictures of so many channels.
    pub(super) fn new(depth: Depth, channels: usize, scope: &Scope) -> Result<Self> {
        let block = if depth.bottleneck { Block::bottleneck } else { Block::basic };
        let widening = if depth.bottleneck { 4 } else { 1 };
        let widths = [64, 128, 256, 512].map(|width| width * widening);
        let mut inputs = 64;
        let mut stages = [const { Vec::new() }; 4];
        for (index, (blocks, width)) in stages.iter_mut().zip(widths).enumerate() {
            let scope = scope.pp(format_args!("layer{}", index + 1));
            for at in 0..depth.blocks[index] {
                let stride = if index > 0 && at == 0 { 2 } else { 1 };
                blocks.push(block(&scope.pp(at), inputs, width, stride)?);
                inputs = width;
            }
        }
        let stem = layer(scope, 1, (channels, 64), 7, 2)?;
        Ok(Self { stem, max_pool: MaxPool2d::new(3, 2, 1), stages, channels: widths })
    }

    /// From what the stage `from` gives (the picture where that is 0) to what the stage `to` gives, counted from 1.
    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        let mut x = x.clone();
        if from == 0 {
            x = conv_norm(&self.stem.0, &self.stem.1, &x, mode, After::Relu)?;
            x = self.max_pool.forward(&x)?;
        }
        for block in self.stages.iter().take(to).skip(from).flatten() {
            x = block.forward(&x, mode)?;
        }
        Ok(x)
    }

    /// What each stage gives, the finest first: a quarter, an eighth, a 16th and a 32nd of the picture's sides.
    pub(super) fn levels(&self, x: &Tensor, mode: &Mode) -> Result<Vec<Tensor>> {
        let x = conv_norm(&self.stem.0, &self.stem.1, x, mode, After::Relu)?;
        let mut x = self.max_pool.forward(&x)?;
        let mut levels = Vec::with_capacity(self.stages.len());
        for blocks in &self.stages {
            for block in blocks {
                x = block.forward(&x, mode)?;
            }
            levels.push(x.clone());
        }
        Ok(levels)
    }
}

impl ResNet {
    pub(super) fn new(depth: Depth, channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        let body = Body::new(depth, channels, scope)?;
        let fc = Linear::new(&scope.pp("fc"), body.channels[3], classes)?;
        Ok(Self { body, fc })
    }
}

impl Network for ResNet {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.body.advance(x, 0, self.layers(), mode)
    }

    /// `layer1` to `layer4`.
    fn layers(&self) -> usize {
        self.body.stages.len()
    }

    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        self.body.advance(x, from, to, mode)
    }

    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.fc.forward(&average_positions(features)?, mode)
    }

    /// `conv1` and `bn1`, `layer1` to `layer4`, `fc`.
    fn stages(&self) -> usize {
        6
    }

    fn stage(&self, name: &str) -> usize {
        match number_after(name, "layer") {
            Some(layer) => layer,
            None if name.starts_with("fc.") => 5,
            None => 0,
        }
    }
}
