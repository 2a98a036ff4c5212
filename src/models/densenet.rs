//! DenseNet-121 (Huang et al. 2017, "Densely Connected Convolutional Networks") with the tensor names, numbers and start
//! of torchvision's `densenet121`.

use super::{Network, average_positions, number_after};
use crate::nn::{
    After, AvgPool2d, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Init, Linear, MaxPool2d, Mode, Scope, conv_norm,
};
use candle_core::{Result, Tensor};

/// Layers of each block.
const BLOCKS: [usize; 4] = [6, 12, 24, 16];
/// Channels every layer adds.
const GROWTH: usize = 32;
/// Channels between the two convolutions of a layer.
const BOTTLENECK: usize = 4 * GROWTH;

pub(super) struct DenseNet {
    conv0: Conv2d,
    norm0: BatchNorm2d,
    blocks: Vec<Vec<DenseLayer>>,
    /// Between the blocks.
    transitions: Vec<Transition>,
    norm5: BatchNorm2d,
    classifier: Linear,
}

fn conv(scope: &Scope, inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Result<Conv2d> {
    let config = Conv2dConfig {
        stride,
        padding: kernel / 2,
        bias: false,
        init: ConvInit::NormalFanIn,
        ..Conv2dConfig::default()
    };
    Conv2d::new(scope, inputs, outputs, kernel, config)
}

/// Batch norm and ReLU before a 1x1 convolution, and again before one of 3x3.
struct DenseLayer {
    norm1: BatchNorm2d,
    conv1: Conv2d,
    norm2: BatchNorm2d,
    conv2: Conv2d,
}

impl DenseLayer {
    fn new(scope: &Scope, inputs: usize) -> Result<Self> {
        Ok(Self {
            norm1: BatchNorm2d::new(&scope.pp("norm1"), inputs)?,
            conv1: conv(&scope.pp("conv1"), inputs, BOTTLENECK, 1, 1)?,
            norm2: BatchNorm2d::new(&scope.pp("norm2"), BOTTLENECK)?,
            conv2: conv(&scope.pp("conv2"), BOTTLENECK, GROWTH, 3, 1)?,
        })
    }

    /// The channels it adds.
    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let x = self.norm1.forward_relu(x, mode)?;
        let x = conv_norm(&self.conv1, &self.norm2, &x, mode, After::Relu)?;
        self.conv2.forward(&x, mode)
    }
}

/// Halves the channels and the grid.
struct Transition {
    norm: BatchNorm2d,
    conv: Conv2d,
}

impl Transition {
    fn new(scope: &Scope, inputs: usize) -> Result<Self> {
        Ok(Self {
            norm: BatchNorm2d::new(&scope.pp("norm"), inputs)?,
            conv: conv(&scope.pp("conv"), inputs, inputs / 2, 1, 1)?,
        })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        AvgPool2d::halving().forward(&self.conv.forward(&self.norm.forward_relu(x, mode)?, mode)?)
    }
}

impl DenseNet {
    pub(super) fn densenet121(channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        let features = scope.pp("features");
        let (mut blocks, mut transitions) = (Vec::new(), Vec::new());
        let mut inputs = 64;
        for (block, count) in (1..).zip(BLOCKS) {
            let place = features.pp(format_args!("denseblock{block}"));
            let layer = |index: usize| {
                DenseLayer::new(&place.pp(format_args!("denselayer{}", index + 1)), inputs + index * GROWTH)
            };
            blocks.push((0..count).map(layer).collect::<Result<Vec<_>>>()?);
            inputs += count * GROWTH;
            if block < BLOCKS.len() {
                transitions.push(Transition::new(&features.pp(format_args!("transition{block}")), inputs)?);
                inputs /= 2;
            }
        }
        let classifier = scope.pp("classifier");
        Ok(Self {
            conv0: conv(&features.pp("conv0"), channels, 64, 7, 2)?,
            norm0: BatchNorm2d::new(&features.pp("norm0"), 64)?,
            blocks,
            transitions,
            norm5: BatchNorm2d::new(&features.pp("norm5"), inputs)?,
            classifier: Linear::starting(&classifier, inputs, classes, Init::KaimingUniform, Init::Zeros)?,
        })
    }
}

/// torchvision's checkpoints of DenseNets say `denselayer1.norm.1.weight` where its networks, and ours, by now say
/// `denselayer1.norm1.weight`; other names stay.
pub(super) fn current_name(name: &str) -> String {
    if name.contains("denselayer") {
        for kind in ["norm", "conv"] {
            if let Some((layer, rest)) = name.split_once(&format!(".{kind}."))
                && rest.starts_with(['1', '2'])
            {
                return format!("{layer}.{kind}{rest}");
            }
        }
    }
    name.to_owned()
}

impl Network for DenseNet {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.advance(x, 0, self.layers(), mode)
    }

    /// The four blocks, each before its transition; the last with `norm5` and its ReLU.
    fn layers(&self) -> usize {
        self.blocks.len()
    }

    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        let mut x = x.clone();
        if from == 0 {
            x = conv_norm(&self.conv0, &self.norm0, &x, mode, After::Relu)?;
            x = MaxPool2d::new(3, 2, 1).forward(&x)?;
        }
        for (index, block) in self.blocks.iter().enumerate().take(to).skip(from) {
            if let Some(transition) = index.checked_sub(1).and_then(|before| self.transitions.get(before)) {
                x = transition.forward(&x, mode)?;
            }
            for layer in block {
                x = Tensor::cat(&[&x, &layer.forward(&x, mode)?], 1)?;
            }
        }
        if from < self.layers() && to == self.layers() { self.norm5.forward_relu(&x, mode) } else { Ok(x) }
    }

    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.classifier.forward(&average_positions(features)?, mode)
    }

    /// `conv0` and `norm0`, four blocks each with the transition behind it (the last with `norm5`), and the classifier.
    fn stages(&self) -> usize {
        BLOCKS.len() + 2
    }

    fn stage(&self, name: &str) -> usize {
        let block = ["denseblock", "transition"].map(|kind| number_after(name, &format!("features.{kind}")));
        match block.into_iter().flatten().next() {
            Some(block) => block,
            None if name.starts_with("features.norm5.") => BLOCKS.len(),
            None if name.starts_with("features.") => 0,
            None => BLOCKS.len() + 1,
        }
    }
}
