//! Any network with one answer less than classes: to the questions "is it above grade k, given that it reaches k?" (CORN:
//! Shi, Cao and Raschka 2021), or without that condition (CORAL: Cao, Mirjalili and Raschka 2020).

use super::Network;
use crate::nn::{Mode, class_log_probabilities, class_log_probabilities_of_cumulative};
use candle_core::{Result, Tensor};

/// Its parameters are those of the network with a last layer of K - 1 units.
pub(super) struct Graded {
    inner: Box<dyn Network>,
    steps: Steps,
}

/// What is asked at a step of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steps {
    /// Whether it is above the grade, given that it reaches it.
    Conditional,
    /// Whether it is above the grade.
    Cumulative,
}

impl Graded {
    /// Over a network that was made for one class less than there are.
    pub(super) fn new(inner: Box<dyn Network>, steps: Steps) -> Self {
        Self { inner, steps }
    }
}

impl Network for Graded {
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
        let ranks = self.ranks(features, mode)?;
        match self.steps {
            Steps::Conditional => class_log_probabilities(&ranks),
            Steps::Cumulative => class_log_probabilities_of_cumulative(&ranks),
        }
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
