//! Agreement beyond chance, and distance between ordered grades.

/// How much a disagreement counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KappaWeights {
    /// Every disagreement the same.
    Unweighted,
    /// By the number of grades between.
    Linear,
    /// By the square of it.
    Quadratic,
}

impl KappaWeights {
    fn of(self, a: usize, b: usize) -> f64 {
        let apart = a.abs_diff(b) as f64;
        match self {
            Self::Unweighted => f64::from(a != b),
            Self::Linear => apart,
            Self::Quadratic => apart * apart,
        }
    }
}

/// Cohen's kappa of a square confusion matrix (Cohen 1960; weighted: Cohen 1968): one minus the observed over the
/// expected weighted disagreement. `None` where chance could not disagree: no image, or all of one class.
pub fn cohen_kappa(matrix: &[Vec<usize>], weights: KappaWeights) -> Option<f64> {
    let rows: Vec<f64> = matrix.iter().map(|row| row.iter().sum::<usize>() as f64).collect();
    let columns: Vec<f64> =
        (0..matrix.len()).map(|c| matrix.iter().filter_map(|row| row.get(c)).sum::<usize>() as f64).collect();
    let total: f64 = rows.iter().sum();
    let (mut observed, mut expected) = (0.0, 0.0);
    for ((r, row), row_sum) in matrix.iter().enumerate().zip(&rows) {
        for ((c, &count), column_sum) in row.iter().enumerate().zip(&columns) {
            let weight = weights.of(r, c);
            observed += weight * count as f64;
            expected += weight * row_sum * column_sum / total;
        }
    }
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// Mean number of grades between truth and prediction; 0 without images.
pub fn mean_absolute_error(matrix: &[Vec<usize>]) -> f64 {
    let (mut distance, mut images) = (0usize, 0usize);
    for (r, row) in matrix.iter().enumerate() {
        for (c, count) in row.iter().enumerate() {
            distance += r.abs_diff(c) * count;
            images += count;
        }
    }
    if images == 0 { 0.0 } else { distance as f64 / images as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_needs_something_to_disagree_about() {
        assert_eq!(cohen_kappa(&[], KappaWeights::Unweighted), None);
        assert_eq!(cohen_kappa(&[vec![0, 0], vec![0, 0]], KappaWeights::Linear), None);
        assert_eq!(cohen_kappa(&[vec![5, 0], vec![0, 0]], KappaWeights::Quadratic), None);
        assert_eq!(cohen_kappa(&[vec![5, 0], vec![0, 5]], KappaWeights::Quadratic), Some(1.0));
    }

    #[test]
    fn grades_apart_are_counted() {
        assert_eq!(mean_absolute_error(&[vec![1, 0, 1], vec![0, 1, 0], vec![0, 1, 0]]), 0.75);
        assert_eq!(mean_absolute_error(&[]), 0.0);
    }
}
