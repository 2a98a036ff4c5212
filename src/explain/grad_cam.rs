//! Grad-CAM (Selvaraju et al. 2017): the activations of the last convolution stage, weighed by how much each channel's
//! mean gradient raises the class.

use crate::domain::{HeatMap, Rect};
use crate::imaging::{DecodedImage, preprocess};
use crate::inference::{Classifier, ModelError};
use crate::models::Network;
use crate::nn::Mode;
use candle_core::{IndexOp, Tensor, Var};

/// The map of a class for one picture, divided by its largest value; all zero where nothing speaks for the class.
pub fn grad_cam(classifier: &Classifier, image: &DecodedImage, class: usize) -> Result<HeatMap, ModelError> {
    let classes = classifier.card().classes.len();
    if class >= classes {
        return Err(ModelError::NoSuchClass { class, classes });
    }
    let x = classifier.tensor(&[classifier.input(image)])?;
    let cam = raw(classifier.network(), &x, class)?;
    Ok(normalised(&cam, preprocess::covered(image.width, image.height, &classifier.card().preprocessing))?)
}

/// `max(0, sum over channels of mean(gradient) activation)` of the first image of `x`, h x w.
pub(super) fn raw(network: &dyn Network, x: &Tensor, class: usize) -> candle_core::Result<Tensor> {
    let features = network.features(x, &Mode::Inference)?;
    // Gradients are kept for variables only.
    let activations = Var::from_tensor(&features.detach())?;
    let logits = network.head(&activations, &Mode::Inference)?;
    let gradients = logits.i((0, class))?.backward()?;
    let Some(gradient) = gradients.get(&activations) else {
        candle_core::bail!("the class does not depend on the last convolution stage")
    };
    weighed(&activations.as_detached_tensor().i(0)?, &gradient.i(0)?)
}

/// `max(0, sum over channels of mean(gradient) activation)`, h x w of C x h x w each.
pub(super) fn weighed(activations: &Tensor, gradient: &Tensor) -> candle_core::Result<Tensor> {
    let weights = gradient.flatten_from(1)?.mean(1)?;
    activations.broadcast_mul(&weights.reshape(((), 1, 1))?)?.sum(0)?.maximum(0f32)
}

/// A grid divided by its largest value, laid over a part of a picture.
pub(super) fn normalised(grid: &Tensor, covers: Rect) -> candle_core::Result<HeatMap> {
    let (height, width) = grid.dims2()?;
    let mut values = grid.flatten_all()?.to_vec1::<f32>()?;
    let largest = values.iter().copied().fold(0.0f32, f32::max);
    if largest > 0.0 {
        values.iter_mut().for_each(|v| *v /= largest);
    }
    Ok(HeatMap { width, height, values, covers })
}
