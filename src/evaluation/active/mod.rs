//! Active learning: which images are worth a label next, from what a model says of them or from what they look like to it.
//!
//! Rows of probabilities and of features lie one after the other in a slice, `width` numbers each.

pub mod confident_learning;
pub mod diverse;
pub mod folds;
pub mod k_centre;
pub mod k_means;
pub mod planted;
pub mod random_arm;
pub mod replay;
pub mod saving;
pub mod uncertainty;

/// One row of a slice of rows of `width` numbers; empty where there is none.
fn row(values: &[f32], width: usize, at: usize) -> &[f32] {
    values.get(at * width..(at + 1) * width).unwrap_or_default()
}

/// How many lanes sums are made in, so that the compiler may use vectors and the order of the sum stays the same.
const LANES: usize = 16;

/// The squared Euclidean distance of two rows of one width.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (a_whole, b_whole) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_whole.remainder().iter().zip(b_whole.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_whole.zip(b_whole) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Rows scaled to length one in place, so that the squared distance of two is `2 - 2 cos`: near each other are those that
/// point the same way, however bright the picture. A row of zeros stays.
pub fn normalise(values: &mut [f32], width: usize) {
    for row in values.chunks_exact_mut(width.max(1)) {
        let length = row.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
        }
    }
}
