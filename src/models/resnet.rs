//! ResNet (He et al. 2016, "Deep Residual Learning for Image Recognition") with the tensor names, strides and start of
//! torchvision's `resnet18`, `resnet34` and `resnet50`. The last strides in the 3x3 convolution of a block, not in the
//! 1x1 before it as the paper does ("v1.5").

use super::{Network, average_positions, number_after};
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Linear, MaxPool2d, Mode, Scope, add_relu, conv_norm,
};
use candle_core::{Result, Tensor};

/// A convolution and its batch norm.
type ConvNorm = (Conv2d, BatchNorm2d);

pub(super) struct ResNet {
    stem: ConvNorm,
    max_pool: MaxPool2d,
    blocks: Vec<Block>,
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
        match &self.downsample {
            Some((conv, norm)) => add_relu(&y, &conv_norm(conv, norm, x, mode, After::Nothing)?),
            None => add_relu(&y, x),
        }
    }
}

impl ResNet {
    /// Blocks of two 3x3 convolutions in four stages of 64, 128, 256 and 512 channels: `[2, 2, 2, 2]` is ResNet-18.
    pub(super) fn basic(blocks: [usize; 4], channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        Self::new(blocks, 1, Block::basic, channels, classes, scope)
    }

    /// Bottleneck blocks in four stages of 256, 512, 1024 and 2048 channels: `[3, 4, 6, 3]` is ResNet-50.
    pub(super) fn bottleneck(blocks: [usize; 4], channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        Self::new(blocks, 4, Block::bottleneck, channels, classes, scope)
    }

    fn new(
        counts: [usize; 4],
        widening: usize,
        block: fn(&Scope, usize, usize, usize) -> Result<Block>,
        channels: usize,
        classes: usize,
        scope: &Scope,
    ) -> Result<Self> {
        let mut blocks = Vec::with_capacity(counts.iter().sum());
        let mut inputs = 64;
        for (stage, (count, width)) in counts.into_iter().zip([64, 128, 256, 512]).enumerate() {
            for index in 0..count {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let scope = scope.pp(format_args!("layer{}", stage + 1)).pp(index);
                blocks.push(block(&scope, inputs, width * widening, stride)?);
                inputs = width * widening;
            }
        }
        Ok(Self {
            stem: layer(scope, 1, (channels, 64), 7, 2)?,
            max_pool: MaxPool2d::new(3, 2, 1),
            blocks,
            fc: Linear::new(&scope.pp("fc"), inputs, classes)?,
        })
    }
}

impl Network for ResNet {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let x = conv_norm(&self.stem.0, &self.stem.1, x, mode, After::Relu)?;
        let mut x = self.max_pool.forward(&x)?;
        for block in &self.blocks {
            x = block.forward(&x, mode)?;
        }
        Ok(x)
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
