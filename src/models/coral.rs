//! Any network with one answer instead of one a class, and the thresholds between grades (CORAL: Cao, Mirjalili and
//! Raschka 2020): the weights of the last layer are shared by all questions "is it above grade k?", each of which has a
//! bias of its own.

use super::Network;
use crate::nn::{Init, Mode, Params, class_log_probabilities};
use candle_core::{Result, Tensor, Var, bail};

/// Its parameters are those of the network with a last layer of one unit, and `coral.bias` of K - 1 values.
pub(super) struct Coral {
    inner: Box<dyn Network>,
    bias: Var,
    /// The bias of the last layer itself, one too many.
    spare: Option<Var>,
}

impl Coral {
    /// Over a network that was made for one class. The thresholds start evenly spread and falling, as `coral_pytorch`
    /// has them.
    pub(super) fn new(inner: Box<dyn Network>, classes: usize, params: &Params) -> Result<Self> {
        if classes < 2 {
            bail!("a scale needs at least two grades, got {classes}");
        }
        let ranks = classes - 1;
        let head = params.trainable().into_iter().filter(|(name, _)| inner.is_head(name));
        let spare = head.map(|(_, var)| var).find(|var| var.dims() == [1]);
        if let Some(spare) = &spare {
            spare.set(&spare.zeros_like()?)?;
        }
        let bias = params.root().pp("coral").weight("bias", ranks, Init::Zeros)?;
        let start: Vec<f32> = (0..ranks).map(|rank| (ranks - rank) as f32 / ranks as f32).collect();
        bias.set(&Tensor::new(start, params.device())?)?;
        Ok(Self { inner, bias, spare })
    }
}

impl Network for Coral {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.inner.features(x, mode)
    }

    /// Logarithms of the class probabilities, so that their softmax gives the probabilities.
    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        class_log_probabilities(&self.ranks(features, mode)?)
    }

    fn ranks(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        let mut answer = self.inner.head(features, mode)?;
        if let Some(spare) = &self.spare {
            // Taken away again, so that its gradient is zero and it stays at zero.
            answer = answer.broadcast_sub(&mode.weight(spare))?;
        }
        answer.broadcast_add(&mode.weight(&self.bias).unsqueeze(0)?)
    }

    fn stages(&self) -> usize {
        self.inner.stages()
    }

    fn stage(&self, name: &str) -> usize {
        if name.starts_with("coral.") { self.stages().saturating_sub(1) } else { self.inner.stage(name) }
    }
}
