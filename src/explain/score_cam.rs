//! Score-CAM (Wang et al. 2020): the channels of a layer, each weighed by the answer to the picture seen through it.
//!
//! As in pytorch-grad-cam the channel is enlarged with aligned corners, brought to 0..1 and multiplied with the normalised
//! input, and the weights are the softmax over the channels of the class's logits. The answer to a black picture, which the
//! paper takes away from each, falls out of the softmax.

use super::OnPass;
use super::cam::activations;
use crate::models::Network;
use crate::nn::{Mode, resize_bilinear};
use candle_core::{IndexOp, Result, Tensor};
use rayon::prelude::*;

/// Pictures that go through the network together.
const AT_ONCE: usize = 32;
/// Keeps a channel of one value from dividing by zero; pytorch-grad-cam's.
const EPSILON: f32 = 1e-8;

/// The grid, `max(0, sum over channels of weight activation)`, h x w; `None` where it was told to end.
pub(super) fn score_cam(
    network: &dyn Network,
    x: &Tensor,
    (class, layer): (usize, usize),
    on: OnPass<'_>,
) -> Result<Option<Tensor>> {
    let x = x.narrow(0, 0, 1)?;
    let (_, _, height, width) = x.dims4()?;
    let activations = activations(network, &x, layer)?;
    let channels = activations.dim(0)?;
    let mut scores: Vec<f64> = Vec::with_capacity(channels);
    while scores.len() < channels {
        let count = AT_ONCE.min(channels - scores.len());
        let masks = activations.narrow(0, scores.len(), count)?.unsqueeze(1)?;
        let masks = resize_bilinear(&masks, height, width, true)?;
        let logits = network.forward(&seen_through(&x, &masks)?, &Mode::Inference)?;
        scores.extend(logits.i((.., class))?.to_vec1::<f32>()?.into_iter().map(f64::from));
        if !on(scores.len(), channels) {
            return Ok(None);
        }
    }
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let weights: Vec<f32> = powers.iter().map(|power| (power / sum) as f32).collect();
    let weights = Tensor::from_vec(weights, (channels, 1, 1), activations.device())?;
    activations.broadcast_mul(&weights)?.sum(0)?.maximum(0f32).map(Some)
}

/// A picture, 1 x C x H x W, seen through each of N masks, N x 1 x H x W, that are brought to 0..1 first: N x C x H x W. On all
/// cores at once, since the tensor library would take as long for it as the network.
fn seen_through(x: &Tensor, masks: &Tensor) -> Result<Tensor> {
    let (_, channels, height, width) = x.dims4()?;
    let (count, area) = (masks.dim(0)?, height * width);
    let (picture, masks) = (x.flatten_all()?.to_vec1::<f32>()?, masks.flatten_all()?.to_vec1::<f32>()?);
    let mut inputs = vec![0.0f32; count * picture.len()];
    inputs.par_chunks_mut(picture.len().max(1)).zip(masks.par_chunks(area.max(1))).for_each(|(input, mask)| {
        let (least, most) = mask.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, m), v| (l.min(*v), m.max(*v)));
        let span = most - least + EPSILON;
        for (input, picture) in input.chunks_mut(area).zip(picture.chunks(area)) {
            for (slot, (value, shown)) in input.iter_mut().zip(picture.iter().zip(mask)) {
                *slot = value * ((shown - least) / span);
            }
        }
    });
    Tensor::from_vec(inputs, (count, channels, height, width), x.device())
}
