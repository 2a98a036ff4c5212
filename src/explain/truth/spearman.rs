//! Spearman's rank correlation.

/// The correlation of the ranks of two lists, -1 to 1; equal values share the mean of their ranks. `None` where the lists differ
/// in length or one of them is the same throughout.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    // Ranks have the same mean, whatever is equal.
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let (mut both, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        both += (a - mean) * (b - mean);
        of_a += (a - mean) * (a - mean);
        of_b += (b - mean) * (b - mean);
    }
    (of_a > 0.0 && of_b > 0.0).then(|| both / (of_a * of_b).sqrt())
}

/// From 0.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|a, b| a.1 == b.1) {
        let rank = first as f64 + (equal.len() as f64 - 1.0) / 2.0;
        for (at, _) in equal {
            if let Some(slot) = ranks.get_mut(*at) {
                *slot = rank;
            }
        }
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.spearmanr` on the same lists.
    #[test]
    fn ranks_correlate_as_scipy_s() {
        let of = |a: &[f64], b: &[f64]| spearman(a, b).unwrap();
        assert!((of(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]) - 0.820_782_681_668_123_4).abs() < 1e-12);
        assert!((of(&[0.0, 0.0, 0.0, 1.0, 2.0], &[3.0, 1.0, 0.0, 0.0, 9.0]) - 0.344_123_600_805_842_7).abs() < 1e-12);
        assert!((of(&[1.0, 2.0, 3.0], &[9.0, 4.0, 1.0]) + 1.0).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0, 2.0]), None);
    }
}
