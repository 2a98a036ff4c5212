//! Grad-CAM (Selvaraju et al. 2017): the activations of the last convolution stage, weighed by how much each channel's
//! mean gradient raises the class.

use super::cam::at_layer;
use crate::domain::{HeatMap, Rect};
use crate::imaging::{DecodedImage, preprocess};
use crate::inference::{Classifier, ModelError};
use crate::models::Network;
use candle_core::Tensor;

/// The map of a class for one picture, divided by its largest value; all zero where nothing speaks for the class.
pub fn grad_cam(classifier: &Classifier, image: &DecodedImage, class: usize) -> Result<HeatMap, ModelError> {
    let classes = classifier.card().classes.len();
    if class >= classes {
        return Err(ModelError::NoSuchClass { class, classes });
    }
    let x = classifier.tensor(&[classifier.input(image)])?;
    let network = classifier.network();
    let cam = raw(network, &x, class, network.layers())?;
    Ok(normalised(&cam, preprocess::covered(image.width, image.height, &classifier.card().preprocessing))?)
}

/// `max(0, sum over channels of mean(gradient) activation)` of the first image of `x` at a layer, h x w.
pub(super) fn raw(network: &dyn Network, x: &Tensor, class: usize, layer: usize) -> candle_core::Result<Tensor> {
    let (activations, gradient) = at_layer(network, x, class, layer)?;
    weighed(&activations, &gradient)
}

/// `max(0, sum over channels of mean(gradient) activation)`, h x w of C x h x w each.
pub(super) fn weighed(activations: &Tensor, gradient: &Tensor) -> candle_core::Result<Tensor> {
    let weights = gradient.flatten_from(1)?.mean(1)?;
    activations.broadcast_mul(&weights.reshape(((), 1, 1))?)?.sum(0)?.maximum(0f32)
}

/// A grid divided by its largest value, laid over a part of a picture.
pub(super) fn normalised(grid: &Tensor, covers: Rect) -> candle_core::Result<HeatMap> {
    let (height, width) = grid.dims2()?;
    Ok(divided(grid.flatten_all()?.to_vec1::<f32>()?, (height, width), false, covers))
}

/// A map of these values, divided by the largest of them; of a signed map by the one farthest from zero.
pub(super) fn divided(mut values: Vec<f32>, (height, width): (usize, usize), signed: bool, covers: Rect) -> HeatMap {
    let largest = values.iter().fold(0.0f32, |most, value| most.max(if signed { value.abs() } else { *value }));
    if largest > 0.0 {
        values.iter_mut().for_each(|v| *v /= largest);
    }
    HeatMap { width, height, values, strength: largest, signed, covers }
}
