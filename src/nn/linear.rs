//! A fully connected layer: y = x weight^T + bias, named and started as `torch.nn.Linear`.

use super::matrix_product::times_transposed;
use super::params::{Init, Mode, Scope};
use candle_core::{Result, Tensor, Var};

/// Weight O, I and bias O.
pub struct Linear {
    weight: Var,
    bias: Var,
}

impl Linear {
    /// New parameters `weight` and `bias` under `scope`.
    pub fn new(scope: &Scope, inputs: usize, outputs: usize) -> Result<Self> {
        Self::starting(scope, inputs, outputs, Init::KaimingUniform, Init::BiasUniform { fan_in: inputs })
    }

    /// The same with another start.
    pub fn starting(scope: &Scope, inputs: usize, outputs: usize, weight: Init, bias: Init) -> Result<Self> {
        let weight = scope.weight("weight", (outputs, inputs), weight)?;
        let bias = scope.weight("bias", outputs, bias)?;
        Ok(Self { weight, bias })
    }

    /// N, I to N, O.
    pub fn forward(&self, x: &Tensor, mode: &Mode) -> Result<Tensor> {
        times_transposed(x, &mode.weight(&self.weight))?.broadcast_add(&mode.weight(&self.bias))
    }
}
