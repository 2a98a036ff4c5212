//! Structural similarity (Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity").
//!
//! With a Gaussian window of deviation 1.5 and 11 x 11 numbers, the paper's constants, and statistics that divide by the number
//! of values, as the paper has it; the mean is over all windows that lie in the picture whole. scikit-image's
//! `structural_similarity(a, b, data_range=1, gaussian_weights=True, use_sample_covariance=False)` gives the same.

/// The deviation of the window.
const DEVIATION: f64 = 1.5;
/// Numbers on each side of its middle.
const REACH: usize = 5;
/// For values that span 1.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// The mean structural similarity of two squares of values from 0 to 1, row by row, -1 to 1, 1 of equal ones. `None` where they
/// are no squares of that side, or too small for one window.
pub fn structural_similarity(a: &[f64], b: &[f64], side: usize) -> Option<f64> {
    let inside = side.checked_sub(2 * REACH).filter(|inside| *inside > 0)?;
    if a.len() != side * side || b.len() != side * side {
        return None;
    }
    let window = window();
    let of = |value: fn(f64, f64) -> f64| smoothed(a, b, side, &window, value);
    let (mean_a, mean_b) = (of(|a, _| a), of(|_, b| b));
    let (square_a, square_b, product) = (of(|a, _| a * a), of(|_, b| b * b), of(|a, b| a * b));
    let mut sum = 0.0;
    for (((ma, mb), (aa, bb)), ab) in mean_a.iter().zip(&mean_b).zip(square_a.iter().zip(&square_b)).zip(&product) {
        let (of_a, of_b, both) = (aa - ma * ma, bb - mb * mb, ab - ma * mb);
        sum += (2.0 * ma * mb + C1) * (2.0 * both + C2) / ((ma * ma + mb * mb + C1) * (of_a + of_b + C2));
    }
    Some(sum / (inside * inside) as f64)
}

/// The Gaussian; its numbers add up to 1.
fn window() -> [f64; 2 * REACH + 1] {
    let mut window = std::array::from_fn(|at| {
        let x = (at as f64 - REACH as f64) / DEVIATION;
        (-x * x / 2.0).exp()
    });
    let sum: f64 = window.iter().sum();
    window.iter_mut().for_each(|v| *v /= sum);
    window
}

/// The weighted means of a value of both, of every window that lies in the square.
fn smoothed(a: &[f64], b: &[f64], side: usize, window: &[f64], value: fn(f64, f64) -> f64) -> Vec<f64> {
    let mut along = Vec::with_capacity(a.len());
    for (a, b) in a.chunks(side).zip(b.chunks(side)) {
        let row: Vec<f64> = a.iter().zip(b).map(|(a, b)| value(*a, *b)).collect();
        along.extend(row.windows(window.len()).map(|part| part.iter().zip(window).map(|(v, w)| v * w).sum::<f64>()));
    }
    let width = side + 1 - window.len();
    let rows: Vec<&[f64]> = along.chunks(width).collect();
    let mut down = Vec::with_capacity(width * width);
    for part in rows.windows(window.len()) {
        for column in 0..width {
            let at = |(row, weight): (&&[f64], &f64)| row.get(column).copied().unwrap_or_default() * weight;
            down.push(part.iter().zip(window).map(at).sum());
        }
    }
    down
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/reference/ssim.py` has scikit-image judge the same squares.
    #[test]
    fn squares_are_as_similar_as_scikit_image_finds_them() {
        let expected: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/reference/expected/ssim.json")).unwrap();
        let side = 64;
        let square = |a: f64, b: f64| -> Vec<f64> {
            let at = |index: usize| {
                let (x, y) = ((index % side) as f64, (index / side) as f64);
                ((x * a).sin() * (y * b).cos()).abs()
            };
            (0..side * side).map(at).collect()
        };
        let one = square(0.11, 0.07);
        for (name, a, b) in [("near", 0.12, 0.07), ("far", 0.9, 0.5), ("turned", 0.07, 0.11)] {
            let found = structural_similarity(&one, &square(a, b), side).unwrap();
            let wanted = expected[name].as_f64().unwrap();
            assert!((found - wanted).abs() < 1e-6, "{name}: {found}, scikit-image {wanted}");
        }
        let empty = vec![0.0; side * side];
        let found = structural_similarity(&one, &empty, side).unwrap();
        assert!((found - expected["empty"].as_f64().unwrap()).abs() < 1e-6, "{found}");
        assert!((structural_similarity(&one, &one, side).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(structural_similarity(&one, &one, 32), None);
        assert_eq!(structural_similarity(&[0.5; 100], &[0.5; 100], 10), None);
    }
}
