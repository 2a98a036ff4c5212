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
    fn of(self, apart: f64) -> f64 {
        match self {
            Self::Unweighted => f64::from(apart > 0.0),
            Self::Linear => apart,
            Self::Quadratic => apart * apart,
        }
    }
}

/// Cohen's kappa of a square confusion matrix (Cohen 1960; weighted: Cohen 1968): one minus the observed over the
/// expected weighted disagreement, of classes that stand for these `grades`, which differ. `None` where chance could not
/// disagree: no image, or all of one class.
pub fn cohen_kappa(matrix: &[Vec<usize>], weights: KappaWeights, grades: &[f64]) -> Option<f64> {
    let rows: Vec<f64> = matrix.iter().map(|row| row.iter().sum::<usize>() as f64).collect();
    let columns: Vec<f64> =
        (0..matrix.len()).map(|c| matrix.iter().filter_map(|row| row.get(c)).sum::<usize>() as f64).collect();
    let total: f64 = rows.iter().sum();
    let (mut observed, mut expected) = (0.0, 0.0);
    for ((r, row), row_sum) in matrix.iter().enumerate().zip(&rows) {
        for ((c, &count), column_sum) in row.iter().enumerate().zip(&columns) {
            let weight = weights.of(apart(grades, r, c));
            observed += weight * count as f64;
            expected += weight * row_sum * column_sum / total;
        }
    }
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

/// How far two classes are apart that stand for these grades.
pub(super) fn apart(grades: &[f64], one: usize, other: usize) -> f64 {
    let grade = |class: usize| grades.get(class).copied().unwrap_or(class as f64);
    (grade(one) - grade(other)).abs()
}

/// Mean distance between truth and prediction, of classes that stand for these `grades`; 0 without images.
pub fn mean_absolute_error(matrix: &[Vec<usize>], grades: &[f64]) -> f64 {
    let (mut distance, mut images) = (0.0, 0usize);
    for (r, row) in matrix.iter().enumerate() {
        for (c, count) in row.iter().enumerate() {
            distance += apart(grades, r, c) * *count as f64;
            images += count;
        }
    }
    if images == 0 { 0.0 } else { distance / images as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_needs_something_to_disagree_about() {
        assert_eq!(cohen_kappa(&[], KappaWeights::Unweighted, &[]), None);
        assert_eq!(cohen_kappa(&[vec![0, 0], vec![0, 0]], KappaWeights::Linear, &[]), None);
        assert_eq!(cohen_kappa(&[vec![5, 0], vec![0, 0]], KappaWeights::Quadratic, &[]), None);
        assert_eq!(cohen_kappa(&[vec![5, 0], vec![0, 5]], KappaWeights::Quadratic, &[]), Some(1.0));
    }

    #[test]
    fn grades_apart_are_counted() {
        assert_eq!(mean_absolute_error(&[vec![1, 0, 1], vec![0, 1, 0], vec![0, 1, 0]], &[]), 0.75);
        assert_eq!(mean_absolute_error(&[], &[]), 0.0);
    }
}
