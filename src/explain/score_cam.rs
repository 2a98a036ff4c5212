//! Score-CAM (Wang et al. 2020): the channels of a layer, each weighed by the answer to the picture seen through it.
//!
//! As in pytorch-grad-cam the channel is enlarged with aligned corners, brought to 0..1 and multiplied with the normalised
//! input, and the weights are the softmax over the channels of the class's logits. The answer to a black picture, which the
//! paper takes away from each, falls out of the softmax. A channel that is zero everywhere hides the whole picture, so that one
//! look at an empty input answers for all such channels, which trained networks have some of.

use super::OnPass;
use super::cam::activations;
use crate::models::Network;
use crate::nn::{Mode, resize_bilinear};
use candle_core::{IndexOp, Result, Tensor};
use rayon::prelude::*;

/// Pictures of 224 x 224 pixels that go through the network together, of larger ones fewer and of smaller ones no more.
const AT_ONCE: usize = 64;
const USUAL: usize = 224 * 224;
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
    let strongest = activations.flatten_from(1)?.abs()?.max(1)?.to_vec1::<f32>()?;
    let numbered = (0u32..).zip(strongest);
    let (silent, alive): (Vec<_>, Vec<_>) = numbered.partition(|(_, most)| *most == 0.0);
    let alive: Vec<u32> = alive.into_iter().map(|(channel, _)| channel).collect();
    let mut scores = vec![0.0f64; channels];
    let answers = |input: &Tensor| network.forward(input, &Mode::Inference)?.i((.., class))?.to_vec1::<f32>();
    let mut done = 0;
    let at_once = (AT_ONCE * USUAL / (height * width).max(1)).clamp(8, AT_ONCE);
    for some in alive.chunks(at_once) {
        let chosen = Tensor::new(some, activations.device())?;
        let masks = activations.index_select(&chosen, 0)?.unsqueeze(1)?;
        let masks = resize_bilinear(&masks, height, width, true)?;
        for (channel, answer) in some.iter().zip(answers(&seen_through(&x, &masks)?)?) {
            if let Some(score) = scores.get_mut(*channel as usize) {
                *score = f64::from(answer);
            }
        }
        done += some.len();
        if !on(done, alive.len()) {
            return Ok(None);
        }
    }
    if !silent.is_empty() {
        let answer = answers(&x.zeros_like()?)?.first().copied().unwrap_or_default();
        for (channel, _) in silent {
            if let Some(score) = scores.get_mut(channel as usize) {
                *score = f64::from(answer);
            }
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
        // Once for all colours: dividing takes longest.
        let shown: Vec<f32> = mask.iter().map(|shown| (shown - least) / span).collect();
        for (input, picture) in input.chunks_mut(area).zip(picture.chunks(area)) {
            for (slot, (value, shown)) in input.iter_mut().zip(picture.iter().zip(&shown)) {
                *slot = value * shown;
            }
        }
    });
    Tensor::from_vec(inputs, (count, channels, height, width), x.device())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::domain::recipe::Resize;
    use crate::explain::tests::{brightness_model, with_blob};

    /// The only channel of this network copies the picture: of a black one it is silent.
    #[test]
    fn a_channel_that_is_zero_everywhere_is_looked_at_once_and_not_among_the_passes() {
        let model = brightness_model(Resize::Stretch, 32, 32);
        let look = |blob: Rect| {
            let x = model.tensor(&[model.input(&with_blob(32, 32, &blob))]).unwrap();
            let mut passes = Vec::new();
            let on = &mut |done, total| {
                passes.push((done, total));
                true
            };
            let grid = score_cam(model.network(), &x, (1, 1), on).unwrap().unwrap();
            (grid.flatten_all().unwrap().to_vec1::<f32>().unwrap(), passes)
        };
        let (grid, passes) = look(Rect { xmin: 4.0, ymin: 4.0, xmax: 20.0, ymax: 20.0 });
        assert!(grid.iter().any(|value| *value > 0.0));
        assert_eq!(passes, [(1, 1)]);
        let (grid, passes) = look(Rect { xmin: 90.0, ymin: 90.0, xmax: 99.0, ymax: 99.0 });
        assert!(grid.iter().all(|value| *value == 0.0));
        assert_eq!(passes, []);
    }
}
