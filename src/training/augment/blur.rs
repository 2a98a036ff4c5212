//! Gaussian blur.

use super::Shape;

/// Blurs each plane with a Gaussian of this standard deviation, cut at three of them and normalised; at the edges the
/// picture is mirrored without repeating its last pixel (torchvision's `gaussian_blur` with the kernel that long).
pub(super) fn gaussian(planes: &mut [f32], shape: Shape, sigma: f64) {
    let (w, h) = (shape.width, shape.height);
    let radius = (3.0 * sigma).ceil().max(1.0) as usize;
    let kernel = kernel(sigma, radius);
    if w == 0 || h == 0 || !sigma.is_finite() || sigma <= 0.0 {
        return;
    }
    // The place of each tap along a side, mirrored at its ends.
    let columns = mirrored(w, radius);
    let rows = mirrored(h, radius);
    let mut between = vec![0.0f32; w * h];
    for plane in planes.chunks_exact_mut(w * h) {
        let mut line = vec![0.0f32; w + 2 * radius];
        for (from, to) in plane.chunks_exact(w).zip(between.chunks_exact_mut(w)) {
            line.iter_mut().zip(&columns).for_each(|(value, &at)| *value = from[at]);
            to.fill(0.0);
            for (offset, share) in kernel.iter().enumerate() {
                to.iter_mut().zip(&line[offset..]).for_each(|(sum, value)| *sum += value * share);
            }
        }
        for (row, to) in plane.chunks_exact_mut(w).enumerate() {
            to.fill(0.0);
            for (share, &at) in kernel.iter().zip(&rows[row..]) {
                to.iter_mut().zip(&between[at * w..]).for_each(|(sum, value)| *sum += value * share);
            }
        }
    }
}

fn kernel(sigma: f64, radius: usize) -> Vec<f32> {
    let weight = |offset: f64| (-0.5 * (offset / sigma).powi(2)).exp();
    let weights: Vec<f64> = (0..=2 * radius).map(|at| weight(at as f64 - radius as f64)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

/// For places from `-radius` to `side + radius`: which of the `side` pixels is there when the picture goes on mirrored.
pub(super) fn mirrored(side: usize, radius: usize) -> Vec<usize> {
    let period = 2 * side.saturating_sub(1).max(1);
    (0..side + 2 * radius)
        .map(|at| {
            let place = (at as i64 - radius as i64).rem_euclid(period as i64) as usize;
            if side == 1 { 0 } else { place.min(period - place) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_mirrored_even_where_the_kernel_is_longer_than_the_picture() {
        assert_eq!(mirrored(3, 2), [2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(mirrored(2, 3), [1, 0, 1, 0, 1, 0, 1, 0]);
        assert_eq!(mirrored(1, 2), [0; 5]);
    }

    #[test]
    fn an_even_picture_stays_and_a_point_spreads() {
        let shape = Shape { width: 9, height: 7 };
        let mut even = vec![0.25; 126];
        gaussian(&mut even, shape, 2.0);
        assert!(even.iter().all(|v| (v - 0.25).abs() < 1e-6));
        let shape = Shape { width: 9, height: 11 };
        let mut point = vec![0.0; 99];
        point[5 * 9 + 4] = 1.0;
        gaussian(&mut point, shape, 0.8);
        assert!((point.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((point[5 * 9 + 3] - point[4 * 9 + 4]).abs() < 1e-7 && point[5 * 9 + 3] < point[5 * 9 + 4]);
    }
}
