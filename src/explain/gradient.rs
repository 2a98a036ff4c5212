//! Maps made of the gradient of a class's logit to the pixels of the input.
//!
//! Where a picture has several channels, the gradient's is the largest absolute value among them, as Simonyan et al. have
//! it; captum's `Saliency` leaves them apart. SmoothGrad takes the mean of the gradients with their signs and the absolute
//! value then; captum's does it the other way round unless told `abs=False`. Integrated gradients add the channels up, so
//! that the map still adds up to the difference that is explained.

use super::OnPass;
use crate::models::Network;
use crate::nn::Mode;
use candle_core::{IndexOp, Result, Tensor, Var};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Pictures that go through the network together.
const AT_ONCE: usize = 8;
/// Noisy copies of SmoothGrad, as in the paper.
pub(super) const COPIES: usize = 50;
/// The deviation of their noise, as a share of the span of the input's values; the paper takes 0.1 to 0.2.
const NOISE: f64 = 0.15;
/// Points on the way of integrated gradients, as many as captum takes.
pub(super) const POINTS: usize = 50;

/// The gradient of the class's logit to each of several inputs, N x C x H x W.
pub(super) fn gradients(network: &dyn Network, x: &Tensor, class: usize, mode: &Mode) -> Result<Tensor> {
    // Gradients are kept for variables only.
    let x = Var::from_tensor(&x.detach())?;
    let logits = network.forward(&x, mode)?;
    let gradients = logits.i((.., class))?.sum_all()?.backward()?;
    match gradients.get(&x) {
        Some(gradient) => Ok(gradient.detach()),
        None => candle_core::bail!("the class does not depend on the picture"),
    }
}

/// The largest absolute value among the channels, H x W of C x H x W.
pub(super) fn strongest(gradient: &Tensor) -> Result<Tensor> {
    gradient.abs()?.max(0)
}

/// The gradient's map of the first picture of `x`.
pub(super) fn gradient(network: &dyn Network, x: &Tensor, class: usize) -> Result<Tensor> {
    strongest(&gradients(network, &x.narrow(0, 0, 1)?, class, &Mode::Inference)?.i(0)?)
}

/// The mean gradient over the picture with each of these noises, C x H x W each, as a map; `None` where it was told to end.
pub(super) fn smooth_grad(
    network: &dyn Network,
    x: &Tensor,
    class: usize,
    (noises, copies): (&mut dyn Iterator<Item = Result<Tensor>>, usize),
    on: OnPass<'_>,
) -> Result<Option<Tensor>> {
    let x = x.i(0)?;
    let mut sum = x.zeros_like()?;
    let mut done = 0;
    while done < copies {
        let noisy: Vec<Tensor> =
            noises.take(AT_ONCE.min(copies - done)).map(|noise| &x + noise?).collect::<Result<_>>()?;
        if noisy.is_empty() {
            break;
        }
        done += noisy.len();
        sum = (sum + gradients(network, &Tensor::stack(&noisy, 0)?, class, &Mode::Inference)?.sum(0)?)?;
        if !on(done, copies) {
            return Ok(None);
        }
    }
    strongest(&(sum / done.max(1) as f64)?).map(Some)
}

/// Normal noise for an input, C x H x W, one tensor after the other; the same seed gives the same.
pub(super) fn noises(x: &Tensor, seed: u64) -> Result<impl Iterator<Item = Result<Tensor>>> {
    let x = x.i(0)?;
    let values = x.flatten_all()?.to_vec1::<f32>()?;
    let (least, most) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, m), v| (l.min(*v), m.max(*v)));
    let deviation = if most > least { NOISE * f64::from(most - least) } else { NOISE };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Ok(std::iter::repeat_with(move || {
        let draw = |_| {
            // Box and Muller 1958.
            let open = 1.0 - rng.random::<f64>();
            let angle = std::f64::consts::TAU * rng.random::<f64>();
            (deviation * (-2.0 * open.ln()).sqrt() * angle.cos()) as f32
        };
        let values: Vec<f32> = (0..values.len()).map(draw).collect();
        Tensor::from_vec(values, x.shape(), x.device())
    }))
}

/// What every pixel adds to the logit on the straight way from `start` to the first picture of `x`, H x W, below zero where it
/// takes away; `None` where it was told to end. The integral is by Gauss and Legendre over so many points.
pub(super) fn integrated_gradients(
    network: &dyn Network,
    (x, start): (&Tensor, &Tensor),
    class: usize,
    points: usize,
    on: OnPass<'_>,
) -> Result<Option<Tensor>> {
    let (x, start) = (x.i(0)?, start.i(0)?);
    let way = (&x - &start)?;
    let mut sum = x.zeros_like()?;
    let mut done = 0;
    for some in gauss_legendre(points).chunks(AT_ONCE) {
        let on_the_way: Vec<Tensor> = some.iter().map(|(at, _)| &start + (&way * *at)?).collect::<Result<_>>()?;
        let slopes = gradients(network, &Tensor::stack(&on_the_way, 0)?, class, &Mode::Inference)?;
        for (index, (_, weight)) in some.iter().enumerate() {
            sum = (sum + (slopes.i(index)? * *weight)?)?;
        }
        done += some.len();
        if !on(done, points) {
            return Ok(None);
        }
    }
    (way * sum)?.sum(0).map(Some)
}

/// Points in 0..1 and their weights, which add up to 1: the roots of the Legendre polynomial of this degree, by Newton's
/// method.
fn gauss_legendre(degree: usize) -> Vec<(f64, f64)> {
    let n = degree as f64;
    let at = |index: usize| {
        let mut root = (std::f64::consts::PI * (index as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut before, mut here) = (1.0, root);
            for k in 2..=degree {
                let k = k as f64;
                (before, here) = (here, ((2.0 * k - 1.0) * root * here - (k - 1.0) * before) / k);
            }
            if degree == 0 {
                break;
            }
            slope = n * (root * here - before) / (root * root - 1.0);
            let step = here / slope;
            root -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        ((1.0 - root) / 2.0, 1.0 / ((1.0 - root * root) * slope * slope))
    };
    (0..degree).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_integrate_polynomials_exactly() {
        for degree in [1, 2, 5, 50] {
            let points = gauss_legendre(degree);
            for power in 0..(2 * degree as i32).min(20) {
                let sum: f64 = points.iter().map(|(at, weight)| weight * at.powi(power)).sum();
                assert!((sum * f64::from(power + 1) - 1.0).abs() < 1e-12, "degree {degree}, power {power}: {sum}");
            }
        }
    }
}
