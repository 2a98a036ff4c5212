//! Deletion and insertion (Petsiuk et al. 2018, "RISE", section 4.3): the input is greyed out, or comes back out of a blur, in
//! the order of a map's values, and the model is asked how sure it is at each step.
//!
//! Greyed out is the mean of each channel. The blur is Gaussian with a deviation of a 20th of the input's shorter side. Equal values
//! are put in an order drawn at random. The same is done in the order of a map drawn at random, as smooth as the masks of
//! RISE: scattered pixels would take an answer away sooner than patches, for reasons of their own.

use super::subject::{Subject, Target};
use crate::domain::{HeatMap, Preprocessing};
use crate::explain::d_rise::Masks;
use crate::explain::{MapError, OnPass};
use crate::imaging::{DecodedImage, preprocess};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Steps from nothing to the whole input.
pub(super) const STEPS: usize = 24;
/// Cells of a random map along each side.
const CELLS: usize = 7;

/// The areas under the curves of one map, 0 to 1.
pub(super) struct Areas {
    pub deletion: f64,
    pub random_deletion: f64,
    pub insertion: f64,
    pub random_insertion: f64,
}

impl Areas {
    /// Of a map of an image; `None` where it was told to end.
    pub(super) fn of(
        subject: &Subject<'_>,
        image: &DecodedImage,
        target: &Target,
        map: &HeatMap,
        seed: u64,
        on: OnPass<'_>,
    ) -> Result<Option<Self>, MapError> {
        let p = subject.preprocessing();
        let input = preprocess::to_input(image, p);
        let (grey, blurred) = (greyed(&input, p), blurred(&input, p));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let of_map = order(&on_input(map, image, p), &mut rng);
        let masks = Masks { cells: CELLS, ..Masks::default() };
        let drawn = masks.draw(&mut rng, p.height, p.width);
        let random = order(&drawn, &mut rng);
        let mut areas = [0.0; 4];
        let curves = [
            (&of_map, &input, &grey),
            (&random, &input, &grey),
            (&of_map, &blurred, &input),
            (&random, &blurred, &input),
        ];
        for (area, (order, from, to)) in areas.iter_mut().zip(curves) {
            *area = curve(subject, target, order, (from, to))?;
            if !on(0, 0) {
                return Ok(None);
            }
        }
        let [deletion, random_deletion, insertion, random_insertion] = areas;
        Ok(Some(Self { deletion, random_deletion, insertion, random_insertion }))
    }
}

/// The area under how sure the model is while pixels of one input become those of another, in this order.
fn curve(
    subject: &Subject<'_>,
    target: &Target,
    order: &[usize],
    (from, to): (&[f32], &[f32]),
) -> Result<f64, MapError> {
    let area = order.len().max(1);
    let mut input = from.to_vec();
    let mut inputs = vec![input.clone()];
    for step in 1..=STEPS {
        let (first, last) = ((step - 1) * order.len() / STEPS, step * order.len() / STEPS);
        for &pixel in order.get(first..last).unwrap_or_default() {
            for (plane, of) in input.chunks_mut(area).zip(to.chunks(area)) {
                if let (Some(slot), Some(value)) = (plane.get_mut(pixel), of.get(pixel)) {
                    *slot = *value;
                }
            }
        }
        inputs.push(input.clone());
    }
    let sure = subject.sure(inputs, target)?;
    let ends = sure.first().copied().unwrap_or_default() + sure.last().copied().unwrap_or_default();
    Ok((sure.iter().sum::<f64>() - ends / 2.0) / STEPS as f64)
}

/// The pixels in the order of their values, the largest first.
fn order(values: &[f32], rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut pixels: Vec<(usize, f32)> = values.iter().copied().enumerate().collect();
    pixels.shuffle(rng);
    // Stable, so that equal ones stay as they were drawn.
    pixels.sort_by(|a, b| b.1.total_cmp(&a.1));
    pixels.into_iter().map(|(at, _)| at).collect()
}

/// A map's value at every pixel of the input that an image becomes.
fn on_input(map: &HeatMap, image: &DecodedImage, p: &Preprocessing) -> Vec<f32> {
    let part = preprocess::covered(image.width, image.height, p);
    let along = |index: usize, from: f64, extent: f64, side: usize| from + (index as f64 + 0.5) / side as f64 * extent;
    let row = |y: usize| {
        let y = along(y, part.ymin, part.height(), p.height);
        (0..p.width).map(move |x| map.at(along(x, part.xmin, part.width(), p.width), y))
    };
    (0..p.height).flat_map(row).collect()
}

/// The mean of each channel everywhere.
fn greyed(input: &[f32], p: &Preprocessing) -> Vec<f32> {
    let area = (p.width * p.height).max(1);
    let mean = |plane: &[f32]| (plane.iter().map(|v| f64::from(*v)).sum::<f64>() / area as f64) as f32;
    input.chunks(area).flat_map(|plane| std::iter::repeat_n(mean(plane), plane.len())).collect()
}

/// The input out of focus.
fn blurred(input: &[f32], p: &Preprocessing) -> Vec<f32> {
    let deviation = (p.width.min(p.height) as f64 / 20.0).max(0.5);
    let reach = (3.0 * deviation).ceil() as isize;
    let weights: Vec<f64> =
        (-reach..=reach).map(|at| (-(at * at) as f64 / (2.0 * deviation * deviation)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    // The edge goes on beyond the picture.
    let pass = |values: &[f32], count: usize, step: usize, lines: usize, between: usize| -> Vec<f32> {
        let mut out = vec![0.0f32; values.len()];
        for line in 0..lines {
            for at in 0..count {
                let mut total = 0.0;
                for (weight, offset) in weights.iter().zip(-reach..) {
                    let near = (at as isize + offset).clamp(0, count as isize - 1) as usize;
                    total += weight * f64::from(values.get(line * between + near * step).copied().unwrap_or_default());
                }
                if let Some(slot) = out.get_mut(line * between + at * step) {
                    *slot = (total / sum) as f32;
                }
            }
        }
        out
    };
    let area = (p.width * p.height).max(1);
    let both = |plane: &[f32]| {
        let rows = pass(plane, p.width, 1, p.height, p.width);
        pass(&rows, p.height, p.width, p.width, 1)
    };
    input.chunks(area).flat_map(both).collect()
}
