//! Maps made of a layer's activations and of the gradient of the class at it: Grad-CAM++ and HiResCAM. Their grids are
//! those of pytorch-grad-cam 1.5.7 before it stretches them over the picture.

use crate::models::Network;
use crate::nn::Mode;
use candle_core::{IndexOp, Result, Tensor, Var};

/// Keeps Grad-CAM++'s quotient from dividing by zero. Gradients are small, so that it does matter: it is pytorch-grad-cam's.
const EPSILON: f64 = 1e-6;

/// The activations of the first image of `x` at a layer, C x h x w.
pub(super) fn activations(network: &dyn Network, x: &Tensor, layer: usize) -> Result<Tensor> {
    let x = x.narrow(0, 0, 1)?;
    let mode = Mode::Inference;
    let at_last = layer == network.layers();
    let y = if at_last { network.features(&x, &mode)? } else { network.advance(&x, 0, layer, &mode)? };
    y.i(0)?.detach().contiguous()
}

/// The activations of the first image of `x` at a layer, and the gradient of the class's logit to them, C x h x w each.
pub(super) fn at_layer(network: &dyn Network, x: &Tensor, class: usize, layer: usize) -> Result<(Tensor, Tensor)> {
    // Gradients are kept for variables only.
    let activations = Var::from_tensor(&activations(network, x, layer)?.unsqueeze(0)?)?;
    let mode = Mode::Inference;
    let last = network.advance(&activations, layer, network.layers(), &mode)?;
    let logits = network.head(&last, &mode)?;
    let gradients = logits.i((0, class))?.backward()?;
    let Some(gradient) = gradients.get(&activations) else {
        candle_core::bail!("the class does not depend on this layer")
    };
    Ok((activations.as_detached_tensor().i(0)?, gradient.i(0)?))
}

/// Grad-CAM++'s grid: channels weighed by the sum of their gradients above zero, each times equation 19 of the paper. Of
/// the paper's forms this is the one of an exponential of the logit, whose higher derivatives are powers of the first.
pub(super) fn grad_cam_plus_plus(activations: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let (channels, height, width) = activations.dims3()?;
    let (a, g) = (activations.flatten_from(1)?.to_vec2::<f32>()?, gradient.flatten_from(1)?.to_vec2::<f32>()?);
    let weight = |(a, g): (&Vec<f32>, &Vec<f32>)| {
        let sum: f64 = a.iter().map(|a| f64::from(*a)).sum();
        let part = |g: &f32| {
            let g = f64::from(*g);
            let share = g * g / (2.0 * g * g + sum * g * g * g + EPSILON);
            if g == 0.0 { 0.0 } else { g.max(0.0) * share }
        };
        g.iter().map(part).sum::<f64>() as f32
    };
    let weights: Vec<f32> = a.iter().zip(&g).map(weight).collect();
    let weights = Tensor::from_vec(weights, (channels, 1, 1), activations.device())?;
    activations.broadcast_mul(&weights)?.sum(0)?.maximum(0f32)?.reshape((height, width))
}

/// HiResCAM's grid: `max(0, sum over channels of gradient activation)`, place by place.
pub(super) fn hires_cam(activations: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    (activations * gradient)?.sum(0)?.maximum(0f32)
}
