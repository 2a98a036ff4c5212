//! RISE (Petsiuk et al. 2018): how sure the class is on average when a place can be seen, over random masks. As in D-RISE the
//! masks are multiplied with the picture before it is normalised, so that what is hidden is black.

use super::d_rise::Masks;
use super::{OnPass, d_rise};
use crate::inference::{Classifier, ModelError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Masks that go through the network before it is asked whether to go on.
const AT_ONCE: usize = 32;
/// Cells of the masks along each side, the paper's for pictures of 224 pixels.
pub(super) const CELLS: usize = 7;

/// The map of a class, H x W, from 0 where being sure of it hangs on the picture least to 1 where it does most, and its strength
/// before it was brought to that; `None` where it was told to end. `planes` are those of the picture before normalisation.
pub(super) fn rise(
    classifier: &Classifier,
    planes: &[f32],
    class: usize,
    masks: &Masks,
    on: OnPass<'_>,
) -> Result<Option<(Vec<f32>, f32)>, ModelError> {
    let p = &classifier.card().preprocessing;
    let mut rng = ChaCha8Rng::seed_from_u64(masks.seed);
    let mut sum = vec![0.0f64; p.width * p.height];
    let mut done = 0;
    while done < masks.count {
        let drawn: Vec<Vec<f32>> =
            (done..masks.count.min(done + AT_ONCE)).map(|_| masks.draw(&mut rng, p.height, p.width)).collect();
        let inputs = drawn.iter().map(|mask| d_rise::behind(planes, mask, p)).collect();
        let sure = classifier.predict_inputs(inputs)?;
        for (mask, sure) in drawn.iter().zip(sure) {
            add(&mut sum, mask, f64::from(sure.probabilities.get(class).copied().unwrap_or_default()));
        }
        done += drawn.len();
        if !on(done, masks.count) {
            return Ok(None);
        }
    }
    let (values, span) = d_rise::spread(&sum);
    Ok(Some((values, masks.strength(span))))
}

/// Adds a mask times how sure the class is behind it.
pub(super) fn add(sum: &mut [f64], mask: &[f32], sure: f64) {
    sum.iter_mut().zip(mask).for_each(|(sum, shown)| *sum += sure * f64::from(*shown));
}
