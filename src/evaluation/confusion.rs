//! The confusion matrix and the ratios read off it.

use crate::domain::ClassMetrics;

/// Counts `[truth][predicted]` over pairs of class indices. A pair with an index that is not below `classes` is not
/// counted.
pub fn confusion_matrix(truth: &[usize], predicted: &[usize], classes: usize) -> Vec<Vec<usize>> {
    let mut matrix = vec![vec![0; classes]; classes];
    for (&t, &p) in truth.iter().zip(predicted) {
        if let Some(cell) = matrix.get_mut(t).and_then(|row| row.get_mut(p)) {
            *cell += 1;
        }
    }
    matrix
}

/// Share of the images on the diagonal of a square confusion matrix; 0 without images.
pub fn accuracy(matrix: &[Vec<usize>]) -> f64 {
    let right: usize = diagonal(matrix).sum();
    ratio(right, matrix.iter().flatten().sum())
}

/// Mean recall over the classes that occur in the truth; 0 without images.
pub fn balanced_accuracy(matrix: &[Vec<usize>]) -> f64 {
    let recalls: Vec<f64> = matrix
        .iter()
        .zip(diagonal(matrix))
        .map(|(row, right)| (right, row.iter().sum::<usize>()))
        .filter(|(_, support)| *support > 0)
        .map(|(right, support)| ratio(right, support))
        .collect();
    if recalls.is_empty() { 0.0 } else { recalls.iter().sum::<f64>() / recalls.len() as f64 }
}

/// Precision, recall, F1 and support of each class of a square confusion matrix; a ratio without a denominator is 0.
pub fn class_metrics(matrix: &[Vec<usize>]) -> Vec<ClassMetrics> {
    diagonal(matrix)
        .zip(matrix)
        .enumerate()
        .map(|(class, (right, row))| {
            let support: usize = row.iter().sum();
            let predicted: usize = matrix.iter().filter_map(|row| row.get(class)).sum();
            ClassMetrics {
                precision: defined(right, predicted),
                recall: defined(right, support),
                f1: defined(2 * right, support + predicted),
                support,
            }
        })
        .collect()
}

/// Mean F1 over the classes that occur in the truth or among the predictions, as scikit-learn's `macro`; 0 without
/// images.
pub fn macro_f1(matrix: &[Vec<usize>]) -> f64 {
    let predicted = |class: usize| matrix.iter().filter_map(|row| row.get(class)).sum::<usize>();
    let metrics = class_metrics(matrix);
    let occurring = metrics.iter().enumerate().filter(|(class, m)| m.support + predicted(*class) > 0);
    let f1: Vec<f64> = occurring.filter_map(|(_, m)| m.f1).collect();
    if f1.is_empty() { 0.0 } else { f1.iter().sum::<f64>() / f1.len() as f64 }
}

fn diagonal(matrix: &[Vec<usize>]) -> impl Iterator<Item = usize> + '_ {
    matrix.iter().enumerate().map(|(class, row)| row.get(class).copied().unwrap_or(0))
}

fn defined(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_truth_and_foreign_indices_are_left_out() {
        assert_eq!(confusion_matrix(&[0, 1, 1, 2], &[0, 0, 1, 0], 2), vec![vec![1, 0], vec![1, 1]]);
        assert_eq!(confusion_matrix(&[0], &[7], 2), vec![vec![0, 0], vec![0, 0]]);
    }

    #[test]
    fn ratios_without_a_denominator_are_absent() {
        let matrix = confusion_matrix(&[0, 0], &[0, 0], 3);
        let metrics = class_metrics(&matrix);
        assert_eq!((metrics[0].precision, metrics[0].recall, metrics[0].support), (Some(1.0), Some(1.0), 2));
        assert_eq!((metrics[2].precision, metrics[2].recall, metrics[2].f1, metrics[2].support), (None, None, None, 0));
        assert_eq!(balanced_accuracy(&matrix), 1.0);
        assert_eq!((macro_f1(&matrix), macro_f1(&[])), (1.0, 0.0));
        // F1 of 2/3 and of 0: the second class is only ever predicted, the third does not occur.
        assert!((macro_f1(&[vec![1, 1, 0], vec![0; 3], vec![0; 3]]) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((accuracy(&[]), balanced_accuracy(&[])), (0.0, 0.0));
    }
}
