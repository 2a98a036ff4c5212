//! Whether a probability of 0.8 is right in 8 of 10 cases.

use crate::domain::prediction::top_class;

/// The number of equal bins of confidence that [`expected_calibration_error`] is usually given.
pub const CALIBRATION_BINS: usize = 10;

/// Expected calibration error (Guo et al. 2017, equation 3): the mean distance between confidence (the largest
/// probability) and accuracy in `bins` equal bins, open on the left, weighted by the images in each; 0 without images.
pub fn expected_calibration_error(truth: &[usize], probabilities: &[Vec<f32>], bins: usize) -> f64 {
    let bins = bins.max(1);
    let mut sums = vec![(0.0f64, 0.0f64); bins];
    let mut images = 0usize;
    for (&t, row) in truth.iter().zip(probabilities) {
        let Some(confidence) = top_class(row).and_then(|top| row.get(top)).map(|&p| f64::from(p)) else { continue };
        let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        if let Some((confident, right)) = sums.get_mut(bin) {
            *confident += confidence;
            *right += f64::from(top_class(row) == Some(t));
        }
        images += 1;
    }
    if images == 0 {
        return 0.0;
    }
    sums.iter().map(|(confident, right)| (confident - right).abs()).sum::<f64>() / images as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sure_and_wrong_is_the_worst() {
        let sure = vec![vec![1.0, 0.0]; 4];
        assert_eq!(expected_calibration_error(&[1; 4], &sure, 10), 1.0);
        assert_eq!(expected_calibration_error(&[0; 4], &sure, 10), 0.0);
        assert!((expected_calibration_error(&[0, 0, 0, 1], &vec![vec![0.75, 0.25]; 4], 10)).abs() < 1e-12);
        assert_eq!(expected_calibration_error(&[], &[], 10), 0.0);
    }
}
