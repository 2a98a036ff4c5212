//! The map of a class for one picture, by any method that explains whole images.

use super::cam::{activations, at_layer, grad_cam_plus_plus, hires_cam};
use super::d_rise::Masks;
use super::eigen_cam::eigen_cam;
use super::error::MapError;
use super::grad_cam::{divided, weighed};
use super::gradient::{COPIES, POINTS, gradients, integrated_gradients, noises, smooth_grad, strongest};
use super::occlusion::{Patch, mean_grey, occlusion};
use super::rise::{CELLS, rise};
use super::score_cam::score_cam;
use super::{OnPass, gradient as by_gradient};
use crate::domain::{HeatMap, MapMethod, map_layers};
use crate::imaging::{DecodedImage, preprocess};
use crate::inference::{Classifier, ModelError};
use crate::models::Network;
use crate::nn::{Mode, resize_bilinear};
use candle_core::{IndexOp, Tensor};

/// How a map is to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct How {
    pub method: MapMethod,
    /// The layer looked at, from 1, the finest; `None` for the last.
    pub layer: Option<usize>,
    /// Of methods that draw masks, how many.
    pub masks: usize,
    /// Of methods that draw at random.
    pub seed: u64,
}

impl Default for How {
    fn default() -> Self {
        MapMethod::default().into()
    }
}

impl From<MapMethod> for How {
    fn from(method: MapMethod) -> Self {
        Self { method, layer: None, masks: Masks::default().count, seed: Masks::default().seed }
    }
}

/// The layer that a map looks at.
///
/// # Errors
/// When the network has no such layer, or the method looks at none.
pub fn layer_of(classifier: &Classifier, how: &How) -> Result<usize, MapError> {
    let layers = classifier.network().layers();
    match how.layer {
        Some(_) if !how.method.has_layers() => Err(MapError::HasNoLayers(how.method)),
        Some(layer) if !(1..=layers).contains(&layer) => {
            let card = classifier.card();
            Err(MapError::NoSuchLayer { layer, layers: map_layers(&card.architecture, &card.preprocessing) })
        }
        Some(layer) => Ok(layer),
        None => Ok(layers),
    }
}

/// The map of a class, divided by its value farthest from zero; all zero where nothing speaks for the class. `on` hears how
/// many of how many passes are done, for methods of more than one, and answers whether to go on: without, there is none.
///
/// # Errors
/// When there is no such class or layer, the method does not fit, or the tensor library gives up.
pub fn class_map(
    classifier: &Classifier,
    image: &DecodedImage,
    class: usize,
    how: &How,
    on: OnPass<'_>,
) -> Result<Option<HeatMap>, MapError> {
    let (classes, network) = (classifier.card().classes.len(), classifier.network());
    if class >= classes {
        return Err(ModelError::NoSuchClass { class, classes }.into());
    }
    let layer = layer_of(classifier, how)?;
    let p = &classifier.card().preprocessing;
    let planes = preprocess::to_planes(image, p);
    let normal = |mut planes: Vec<f32>| {
        preprocess::normalise(&mut planes, p);
        planes
    };
    let input = normal(planes.clone());
    let x = classifier.tensor(std::slice::from_ref(&input))?;
    let mut strength = None;
    let grid = match how.method {
        MapMethod::GradCam
        | MapMethod::GradCamPlusPlus
        | MapMethod::HiResCam
        | MapMethod::EigenCam
        | MapMethod::Gradient
        | MapMethod::GuidedGradCam => Some(in_one_pass(network, &x, class, (how.method, layer))?),
        MapMethod::ScoreCam => score_cam(network, &x, (class, layer), on)?,
        MapMethod::SmoothGrad => smooth_grad(network, &x, class, (&mut noises(&x, how.seed)?, COPIES), on)?,
        MapMethod::IntegratedGradients => {
            let black = classifier.tensor(&[normal(vec![0.0; planes.len()])])?;
            integrated_gradients(network, (&x, &black), class, POINTS, on)?
        }
        MapMethod::Occlusion => {
            let patch = Patch::of(p.height, p.width);
            let sure = &mut |inputs: Vec<Vec<f32>>| {
                let outputs = classifier.predict_inputs(inputs).map_err(candle_core::Error::wrap)?;
                let of = |probabilities: &Vec<f32>| f64::from(probabilities.get(class).copied().unwrap_or_default());
                Ok(outputs.iter().map(|output| of(&output.probabilities)).collect())
            };
            let grey = mean_grey(&x)?;
            let values = occlusion(&input, (p.height, p.width), (patch, &grey), sure, on)?;
            values.map(|values| Tensor::from_vec(values, (p.height, p.width), x.device())).transpose()?
        }
        MapMethod::Rise => {
            let masks = Masks { count: how.masks, seed: how.seed, cells: CELLS, ..Masks::default() };
            let found = rise(classifier, &planes, class, &masks, on)?;
            strength = found.as_ref().map(|(_, strength)| *strength);
            found.map(|(values, _)| Tensor::from_vec(values, (p.height, p.width), x.device())).transpose()?
        }
        MapMethod::DRise => return Err(MapError::OfBoxes(how.method)),
    };
    let Some(grid) = grid else { return Ok(None) };
    let shape = grid.dims2()?;
    let covers = preprocess::covered(image.width, image.height, p);
    let map = divided(grid.flatten_all()?.to_vec1()?, shape, how.method.is_signed(), covers);
    // What masks found was brought to 0 to 1 already.
    Ok(Some(HeatMap { strength: strength.unwrap_or(map.strength), ..map }))
}

/// The grid of a method that takes one pass there and at most one back.
pub(super) fn in_one_pass(
    network: &dyn Network,
    x: &Tensor,
    class: usize,
    (method, layer): (MapMethod, usize),
) -> Result<Tensor, MapError> {
    let with_gradient = |grid: fn(&Tensor, &Tensor) -> candle_core::Result<Tensor>| {
        let (activations, gradient) = at_layer(network, x, class, layer)?;
        grid(&activations, &gradient)
    };
    Ok(match method {
        MapMethod::GradCamPlusPlus => with_gradient(grad_cam_plus_plus)?,
        MapMethod::HiResCam => with_gradient(hires_cam)?,
        MapMethod::EigenCam => eigen_cam(&activations(network, x, layer)?)?,
        MapMethod::Gradient => by_gradient::gradient(network, x, class)?,
        MapMethod::GuidedGradCam => guided_grad_cam(network, x, class, layer)?,
        MapMethod::GradCam
        | MapMethod::ScoreCam
        | MapMethod::SmoothGrad
        | MapMethod::IntegratedGradients
        | MapMethod::Occlusion
        | MapMethod::Rise
        | MapMethod::DRise => with_gradient(weighed)?,
    })
}

/// The gradient by guided backpropagation times Grad-CAM, enlarged smoothly; the strongest of the channels.
fn guided_grad_cam(network: &dyn Network, x: &Tensor, class: usize, layer: usize) -> Result<Tensor, MapError> {
    if !network.has_relus() {
        return Err(MapError::NoRelus);
    }
    let (_, _, height, width) = x.dims4()?;
    let (activations, gradient) = at_layer(network, x, class, layer)?;
    let cam = weighed(&activations, &gradient)?.unsqueeze(0)?.unsqueeze(0)?;
    let cam = resize_bilinear(&cam, height, width, false)?.i((0, 0))?;
    let guided = gradients(network, &x.narrow(0, 0, 1)?, class, &Mode::Guided)?.i(0)?;
    Ok((strongest(&guided)? * cam)?)
}
