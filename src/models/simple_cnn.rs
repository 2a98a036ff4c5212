//! A small network to learn from scratch: blocks of 3x3 convolution, batch norm, ReLU and 2x2 max pooling, then linear
//! layers. The knee and ankle course projects begin with this shape.

use super::{Network, average_positions, number_after};
use crate::domain::{Preprocessing, recipe};
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, Linear, MaxPool2d, Mode, Scope, conv_norm, dropout, guided, relu,
};
use candle_core::{Result, Tensor};

/// Parameters are named `blocks.N.conv.*`, `blocks.N.bn.*`, `hidden.*` and `fc.*`.
pub(super) struct SimpleCnn {
    blocks: Vec<Block>,
    global_pooling: bool,
    hidden: Option<Linear>,
    dropout: f64,
    fc: Linear,
}

struct Block {
    conv: Conv2d,
    norm: Option<BatchNorm2d>,
}

impl Block {
    fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        match &self.norm {
            Some(norm) => conv_norm(&self.conv, norm, x, mode, After::Relu),
            None => guided(relu(&self.conv.forward(x, mode)?)?, mode),
        }
    }

    fn forward_pooled(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        match &self.norm {
            Some(norm) => conv_norm(&self.conv, norm, x, mode, After::ReluAndMaxPool),
            None => MaxPool2d::halving().forward(&self.forward(x, mode)?),
        }
    }
}

impl SimpleCnn {
    pub(super) fn new(
        settings: &recipe::SimpleCnn,
        preprocessing: &Preprocessing,
        classes: usize,
        scope: &Scope,
    ) -> Result<Self> {
        let recipe::SimpleCnn { channels, batch_norm, hidden, global_pooling, dropout } = settings;
        let Some(&last) = channels.last() else { candle_core::bail!("a simple CNN needs at least one block") };
        let (height, width) = (preprocessing.height >> channels.len(), preprocessing.width >> channels.len());
        if channels.contains(&0) || height == 0 || width == 0 {
            candle_core::bail!(
                "{} blocks of {channels:?} channels do not fit a {} x {} input: each block halves it",
                channels.len(),
                preprocessing.width,
                preprocessing.height
            );
        }
        let mut blocks = Vec::with_capacity(channels.len());
        let mut inputs = preprocessing.channels;
        for (index, &outputs) in channels.iter().enumerate() {
            let scope = scope.pp("blocks").pp(index);
            // Batch norm takes the mean away, and any bias with it.
            let config = Conv2dConfig { padding: 1, bias: !batch_norm, ..Conv2dConfig::default() };
            let conv = Conv2d::new(&scope.pp("conv"), inputs, outputs, 3, config)?;
            let norm = batch_norm.then(|| BatchNorm2d::new(&scope.pp("bn"), outputs)).transpose()?;
            blocks.push(Block { conv, norm });
            inputs = outputs;
        }
        let mut units = if *global_pooling { last } else { last * height * width };
        let hidden_layer = (*hidden > 0).then(|| Linear::new(&scope.pp("hidden"), units, *hidden)).transpose()?;
        if *hidden > 0 {
            units = *hidden;
        }
        Ok(Self {
            blocks,
            global_pooling: *global_pooling,
            hidden: hidden_layer,
            dropout: *dropout,
            fc: Linear::new(&scope.pp("fc"), units, classes)?,
        })
    }
}

impl Network for SimpleCnn {
    /// The last block before its pooling, where the grid is twice as fine.
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        let Some((last, before)) = self.blocks.split_last() else { return Ok(x.clone()) };
        let mut x = x.clone();
        for block in before {
            x = block.forward_pooled(&x, mode)?;
        }
        last.forward(&x, mode)
    }

    /// Every block, before its pooling.
    fn layers(&self) -> usize {
        self.blocks.len()
    }

    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        let mut x = x.clone();
        for (index, block) in self.blocks.iter().enumerate().take(to).skip(from) {
            if index > 0 {
                x = MaxPool2d::halving().forward(&x)?;
            }
            x = block.forward(&x, mode)?;
        }
        Ok(x)
    }

    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        let x = MaxPool2d::halving().forward(features)?;
        let mut x = if self.global_pooling { average_positions(&x)? } else { x.flatten_from(1)? };
        if let Some(hidden) = &self.hidden {
            x = guided(relu(&hidden.forward(&x, mode)?)?, mode)?;
        }
        self.fc.forward(&dropout(&x, self.dropout, mode)?, mode)
    }

    /// One a block, one for the hidden layer where there is one, and the head.
    fn stages(&self) -> usize {
        self.blocks.len() + usize::from(self.hidden.is_some()) + 1
    }

    fn stage(&self, name: &str) -> usize {
        match number_after(name, "blocks.") {
            Some(block) => block,
            None if name.starts_with("hidden.") => self.blocks.len(),
            None => self.stages() - 1,
        }
    }
}
