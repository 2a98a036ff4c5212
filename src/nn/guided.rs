//! Guided backpropagation (Springenberg et al. 2015, "Striving for Simplicity"): a ReLU passes a gradient on only where its
//! input and the gradient both are above zero.

use super::params::Mode;
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CudaStorage, CustomOp1, Layout, MetalStorage, Result, Shape, Tensor};

/// What a ReLU gave, unchanged. In [`Mode::Guided`] it takes the gradients below zero out on their way back to that ReLU,
/// which itself takes out those where its input was not above zero.
pub fn guided(y: Tensor, mode: &Mode) -> Result<Tensor> {
    if mode.is_guided() && y.track_op() { y.contiguous()?.apply_op1(PositiveGradient) } else { Ok(y) }
}

struct PositiveGradient;

impl CustomOp1 for PositiveGradient {
    fn name(&self) -> &'static str {
        "positive_gradient"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(super::cpu::values(x, layout)?.to_vec()), layout.shape().clone()))
    }

    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        Ok((x.try_clone(layout)?, layout.shape().clone()))
    }

    fn metal_fwd(&self, x: &MetalStorage, layout: &Layout) -> Result<(MetalStorage, Shape)> {
        Ok((x.try_clone(layout)?, layout.shape().clone()))
    }

    fn bwd(&self, _x: &Tensor, _y: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        dy.relu().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::relu;
    use candle_core::{Device, Var};

    #[test]
    fn gradients_below_zero_are_held_back_in_guided_mode_only() {
        let x = Var::new(&[-1.0f32, 2.0, 3.0, -4.0], &Device::Cpu).unwrap();
        let weight = Tensor::new(&[5.0f32, -6.0, 7.0, -8.0], &Device::Cpu).unwrap();
        let gradient = |mode: &Mode| {
            let y = guided(relu(&x).unwrap(), mode).unwrap();
            assert_eq!(y.to_vec1::<f32>().unwrap(), [0.0, 2.0, 3.0, 0.0]);
            let gradients = (y * &weight).unwrap().sum_all().unwrap().backward().unwrap();
            gradients.get(&x).unwrap().to_vec1::<f32>().unwrap()
        };
        assert_eq!(gradient(&Mode::Guided), [0.0, 0.0, 7.0, 0.0]);
        assert_eq!(gradient(&Mode::Inference), [0.0, -6.0, 7.0, 0.0]);
    }
}
