//! ResNet (He et al. 2016, "Deep Residual Learning for Image Recognition") of basic blocks, with the tensor names,
//! strides and start of torchvision's `resnet18`.

use super::{Network, average_positions};
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Linear, MaxPool2d, Mode, Scope, add_relu, conv_norm,
};
use candle_core::{Result, Tensor};

pub(super) struct ResNet {
    conv1: Conv2d,
    bn1: BatchNorm2d,
    max_pool: MaxPool2d,
    blocks: Vec<BasicBlock>,
    fc: Linear,
}

fn conv(scope: &Scope, inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Result<Conv2d> {
    let config = Conv2dConfig {
        stride,
        padding: kernel / 2,
        bias: false,
        init: ConvInit::NormalFanOut,
        ..Conv2dConfig::default()
    };
    Conv2d::new(scope, inputs, outputs, kernel, config)
}

/// Two 3x3 convolutions and a way around them.
struct BasicBlock {
    conv1: Conv2d,
    bn1: BatchNorm2d,
    conv2: Conv2d,
    bn2: BatchNorm2d,
    downsample: Option<(Conv2d, BatchNorm2d)>,
}

impl BasicBlock {
    fn new(scope: &Scope, inputs: usize, outputs: usize, stride: usize) -> Result<Self> {
        let around = scope.pp("downsample");
        let downsample = (stride != 1 || inputs != outputs)
            .then(|| {
                Ok::<_, candle_core::Error>((
                    conv(&around.pp(0), inputs, outputs, 1, stride)?,
                    BatchNorm2d::new(&around.pp(1), outputs)?,
                ))
            })
            .transpose()?;
        Ok(Self {
            conv1: conv(&scope.pp("conv1"), inputs, outputs, 3, stride)?,
            bn1: BatchNorm2d::new(&scope.pp("bn1"), outputs)?,
            conv2: conv(&scope.pp("conv2"), outputs, outputs, 3, 1)?,
            bn2: BatchNorm2d::new(&scope.pp("bn2"), outputs)?,
            downsample,
        })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let y = conv_norm(&self.conv1, &self.bn1, x, mode, After::Relu)?;
        let y = conv_norm(&self.conv2, &self.bn2, &y, mode, After::Nothing)?;
        match &self.downsample {
            Some((conv, norm)) => add_relu(&y, &conv_norm(conv, norm, x, mode, After::Nothing)?),
            None => add_relu(&y, x),
        }
    }
}

impl ResNet {
    /// Two blocks in each of four stages of 64, 128, 256 and 512 channels.
    pub(super) fn resnet18(channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        let mut blocks = Vec::with_capacity(8);
        let mut inputs = 64;
        for (stage, outputs) in [64, 128, 256, 512].into_iter().enumerate() {
            for index in 0..2 {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let scope = scope.pp(format_args!("layer{}", stage + 1)).pp(index);
                blocks.push(BasicBlock::new(&scope, inputs, outputs, stride)?);
                inputs = outputs;
            }
        }
        Ok(Self {
            conv1: conv(&scope.pp("conv1"), channels, 64, 7, 2)?,
            bn1: BatchNorm2d::new(&scope.pp("bn1"), 64)?,
            max_pool: MaxPool2d { kernel: 3, stride: 2, padding: 1 },
            blocks,
            fc: Linear::new(&scope.pp("fc"), inputs, classes)?,
        })
    }
}

impl Network for ResNet {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let x = conv_norm(&self.conv1, &self.bn1, x, mode, After::Relu)?;
        let mut x = self.max_pool.forward(&x)?;
        for block in &self.blocks {
            x = block.forward(&x, mode)?;
        }
        Ok(x)
    }

    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.fc.forward(&average_positions(features)?, mode)
    }

    fn is_head(&self, name: &str) -> bool {
        name.starts_with("fc.")
    }
}
