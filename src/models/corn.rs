//! Any network with one answer less than classes: to the questions "is it above grade k, given that it reaches k?"
//! (CORN: Shi, Cao and Raschka 2021).

use super::Network;
use crate::nn::{Mode, class_log_probabilities};
use candle_core::{Result, Tensor};

/// Its parameters are those of the network with a last layer of K - 1 units.
pub(super) struct Corn {
    inner: Box<dyn Network>,
}

impl Corn {
    /// Over a network that was made for one class less than there are.
    pub(super) fn new(inner: Box<dyn Network>) -> Self {
        Self { inner }
    }
}

impl Network for Corn {
    fn features(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.inner.features(x, mode)
    }

    fn layers(&self) -> usize {
        self.inner.layers()
    }

    fn advance(&self, x: &Tensor, from: usize, to: usize, mode: &Mode) -> Result<Tensor> {
        self.inner.advance(x, from, to, mode)
    }

    fn has_relus(&self) -> bool {
        self.inner.has_relus()
    }

    /// Logarithms of the class probabilities, so that their softmax gives the probabilities.
    fn head(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        class_log_probabilities(&self.ranks(features, mode)?)
    }

    fn ranks(&self, features: &Tensor, mode: &Mode) -> Result<Tensor> {
        self.inner.head(features, mode)
    }

    fn stages(&self) -> usize {
        self.inner.stages()
    }

    fn stage(&self, name: &str) -> usize {
        self.inner.stage(name)
    }
}
