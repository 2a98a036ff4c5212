//! EfficientNet-B0 (Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks") with the
//! tensor names, numbers and start of torchvision's `efficientnet_b0`.

use super::{Network, average_positions, number_after};
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Init, Linear, Mode, Scope, add_branch, conv_norm, dropout,
    squeeze_excitation,
};
use candle_core::{Result, Tensor};

/// Of each stage: expansion, kernel, stride, output channels, blocks (table 1 of the paper).
const B0: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
];

/// The stride of each stage.
pub const STRIDES: [usize; 7] = {
    let mut strides = [1; 7];
    let mut stage = 0;
    while stage < B0.len() {
        strides[stage] = B0[stage].2;
        stage += 1;
    }
    strides
};

/// What is left out at random in training.
pub(super) struct Rates {
    /// Units before the last layer.
    pub(super) dropout: f64,
    /// The last residual block of a picture; earlier ones less, evenly down to 0.
    pub(super) stochastic_depth: f64,
}

pub(super) struct EfficientNet {
    stem: ConvNorm,
    blocks: Vec<MbConv>,
    last: ConvNorm,
    dropout: f64,
    classifier: Linear,
}

/// torchvision's `Conv2dNormActivation`: the convolution is named `0`, the batch norm `1`.
struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm2d,
}

impl ConvNorm {
    fn new(
        scope: &Scope,
        (inputs, outputs): (usize, usize),
        kernel: usize,
        stride: usize,
        groups: usize,
    ) -> Result<Self> {
        let config = Conv2dConfig {
            stride,
            padding: kernel / 2,
            groups,
            bias: false,
            init: ConvInit::NormalFanOut,
            ..Conv2dConfig::default()
        };
        let conv = Conv2d::new(&scope.pp(0), inputs, outputs, kernel, config)?;
        Ok(Self { conv, norm: BatchNorm2d::new(&scope.pp(1), outputs)? })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        conv_norm(&self.conv, &self.norm, x, mode, After::Nothing)
    }

    fn forward_silu(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        conv_norm(&self.conv, &self.norm, x, mode, After::Silu)
    }
}

/// Squeeze and excitation (Hu et al. 2018): every channel is scaled by what two small layers make of all means.
struct SqueezeExcitation {
    fc1: Conv2d,
    fc2: Conv2d,
}

impl SqueezeExcitation {
    fn new(scope: &Scope, channels: usize, squeezed: usize) -> Result<Self> {
        let config = Conv2dConfig { init: ConvInit::NormalFanOut, ..Conv2dConfig::default() };
        Ok(Self {
            fc1: Conv2d::new(&scope.pp("fc1"), channels, squeezed, 1, config)?,
            fc2: Conv2d::new(&scope.pp("fc2"), squeezed, channels, 1, config)?,
        })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        squeeze_excitation(x, &self.fc1, &self.fc2, mode)
    }
}

/// An inverted residual block (Sandler et al. 2018) with squeeze and excitation.
struct MbConv {
    /// 1x1 to more channels; none where the expansion is 1.
    expand: Option<ConvNorm>,
    depthwise: ConvNorm,
    squeeze: SqueezeExcitation,
    project: ConvNorm,
    /// Probability of leaving the block out; none where there is no way around it.
    around: Option<f64>,
}

impl MbConv {
    fn new(
        scope: &Scope,
        (expansion, kernel, stride): (usize, usize, usize),
        (inputs, outputs): (usize, usize),
        left_out: f64,
    ) -> Result<Self> {
        let scope = scope.pp("block");
        let wide = inputs * expansion;
        let mut numbers = 0..;
        let mut next = || scope.pp(numbers.next().unwrap_or_default());
        let expand = (expansion != 1).then(|| ConvNorm::new(&next(), (inputs, wide), 1, 1, 1)).transpose()?;
        Ok(Self {
            expand,
            depthwise: ConvNorm::new(&next(), (wide, wide), kernel, stride, wide)?,
            squeeze: SqueezeExcitation::new(&next(), wide, (inputs / 4).max(1))?,
            project: ConvNorm::new(&next(), (wide, outputs), 1, 1, 1)?,
            around: (stride == 1 && inputs == outputs).then_some(left_out),
        })
    }

    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let wide = match &self.expand {
            Some(expand) => expand.forward_silu(x, mode)?,
            None => x.clone(),
        };
        let y = self.squeeze.forward(&self.depthwise.forward_silu(&wide, mode)?, mode)?;
        let y = self.project.forward(&y, mode)?;
        match self.around {
            Some(left_out) => add_branch(x, &y, left_out, mode),
            None => Ok(y),
        }
    }
}

impl EfficientNet {
    pub(super) fn b0(rates: Rates, channels: usize, classes: usize, scope: &Scope) -> Result<Self> {
        let features = scope.pp("features");
        let total: usize = B0.iter().map(|stage| stage.4).sum();
        let mut blocks = Vec::with_capacity(total);
        let mut inputs = 32;
        for (stage, (expansion, kernel, stride, outputs, count)) in B0.into_iter().enumerate() {
            for index in 0..count {
                let left_out = rates.stochastic_depth * blocks.len() as f64 / total as f64;
                let scope = features.pp(stage + 1).pp(index);
                let stride = if index == 0 { stride } else { 1 };
                blocks.push(MbConv::new(&scope, (expansion, kernel, stride), (inputs, outputs), left_out)?);
                inputs = outputs;
            }
        }
        let wide = 4 * inputs;
        let classifier = scope.pp("classifier").pp(1);
        Ok(Self {
            stem: ConvNorm::new(&features.pp(0), (channels, 32), 3, 2, 1)?,
            blocks,
            last: ConvNorm::new(&features.pp(B0.len() + 1), (inputs, wide), 1, 1, 1)?,
            dropout: rates.dropout,
            classifier: Linear::starting(&classifier, wide, classes, Init::UniformFanOut, Init::Zeros)?,
        })
    }
}

impl Network for EfficientNet {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.advance(x, 0, self.layers(), mode)
    }

    /// `features.1` to `features.8`.
    fn layers(&self) -> usize {
        B0.len() + 1
    }

    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        let mut x = if from == 0 { self.stem.forward_silu(x, mode)? } else { x.clone() };
        let blocks_until = |layer: usize| B0.iter().take(layer).map(|stage| stage.4).sum::<usize>();
        for block in self.blocks.iter().take(blocks_until(to)).skip(blocks_until(from)) {
            x = block.forward(&x, mode)?;
        }
        if from < self.layers() && to == self.layers() { self.last.forward_silu(&x, mode) } else { Ok(x) }
    }

    fn has_relus(&self) -> bool {
        false
    }

    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        let means = average_positions(features)?;
        self.classifier.forward(&dropout(&means, self.dropout, mode)?, mode)
    }

    /// `features.0` to `features.8` and the classifier.
    fn stages(&self) -> usize {
        B0.len() + 3
    }

    fn stage(&self, name: &str) -> usize {
        number_after(name, "features.").unwrap_or(B0.len() + 2)
    }
}
