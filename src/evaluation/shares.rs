//! Figures of several classes from a weight an image: counted like their unweighted siblings, so that resamples can be
//! judged without copying images.

use super::agreement::apart;

/// `[truth][predicted]`, as weights.
pub type Matrix = Vec<Vec<f64>>;

/// Counts images by truth and call; foreign classes are left out.
pub fn matrix(truth: &[usize], predicted: &[usize], weights: &[f64], classes: usize) -> Matrix {
    let mut matrix = vec![vec![0.0; classes]; classes];
    for ((truth, predicted), weight) in truth.iter().zip(predicted).zip(weights) {
        if let Some(cell) = matrix.get_mut(*truth).and_then(|row| row.get_mut(*predicted)) {
            *cell += weight;
        }
    }
    matrix
}

fn rows(matrix: &Matrix) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().sum()).collect()
}

fn columns(matrix: &Matrix) -> Vec<f64> {
    (0..matrix.len()).map(|at| matrix.iter().filter_map(|row| row.get(at)).sum()).collect()
}

fn diagonal(matrix: &Matrix) -> Vec<f64> {
    matrix.iter().enumerate().filter_map(|(at, row)| row.get(at).copied()).collect()
}

/// The share called rightly; `None` without images.
pub fn accuracy(matrix: &Matrix) -> Option<f64> {
    let all: f64 = rows(matrix).iter().sum();
    (all > 0.0).then(|| diagonal(matrix).iter().sum::<f64>() / all)
}

/// The mean over the classes that occur of the share called rightly; `None` without images.
pub fn balanced_accuracy(matrix: &Matrix) -> Option<f64> {
    let recalls: Vec<f64> = rows(matrix)
        .iter()
        .zip(diagonal(matrix))
        .filter(|(all, _)| **all > 0.0)
        .map(|(all, right)| right / all)
        .collect();
    (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// The mean of F1 over the classes that occur or are called; `None` without images.
pub fn macro_f1(matrix: &Matrix) -> Option<f64> {
    let sizes = rows(matrix).into_iter().zip(columns(matrix));
    let scores: Vec<f64> = sizes
        .zip(diagonal(matrix))
        .filter(|((truth, called), _)| truth + called > 0.0)
        .map(|((truth, called), right)| 2.0 * right / (truth + called))
        .collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

/// Matthews' correlation for any number of classes (Gorodkin 2004); `None` where all images are of one class or are called
/// one.
pub fn matthews(matrix: &Matrix) -> Option<f64> {
    let (truth, called) = (rows(matrix), columns(matrix));
    let all: f64 = truth.iter().sum();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let above = diagonal(matrix).iter().sum::<f64>() * all - product(&truth, &called);
    let below = (all * all - product(&truth, &truth)) * (all * all - product(&called, &called));
    (below > 0.0).then(|| above / below.sqrt())
}

/// Cohen's kappa; with the `grades` that the classes stand for, far ones count by their squared distance. `None` where truth
/// and calls leave nothing to agree on beyond chance.
pub fn kappa(matrix: &Matrix, grades: Option<&[f64]>) -> Option<f64> {
    let (truth, called) = (rows(matrix), columns(matrix));
    let all: f64 = truth.iter().sum();
    let (mut seen, mut by_chance) = (0.0, 0.0);
    for (t, (row, of_truth)) in matrix.iter().zip(&truth).enumerate() {
        for (c, (cell, of_called)) in row.iter().zip(&called).enumerate() {
            let weight = grades.map_or(f64::from(t != c), |grades| apart(grades, t, c).powi(2));
            seen += weight * cell;
            by_chance += weight * of_truth * of_called / all;
        }
    }
    (all > 0.0 && by_chance > 0.0).then(|| 1.0 - seen / by_chance)
}

/// The mean distance of the `grades` that the classes stand for; `None` without images.
pub fn mean_grade_error(matrix: &Matrix, grades: &[f64]) -> Option<f64> {
    let all: f64 = rows(matrix).iter().sum();
    let far = |(t, row): (usize, &Vec<f64>)| -> f64 {
        row.iter().enumerate().map(|(c, cell)| apart(grades, t, c) * cell).sum()
    };
    (all > 0.0).then(|| matrix.iter().enumerate().map(far).sum::<f64>() / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation as counted;

    #[test]
    fn weights_of_one_count_as_images_do() {
        let truth = [0, 0, 1, 2, 2, 2, 1, 0, 2, 1];
        let predicted = [0, 1, 1, 2, 0, 2, 2, 0, 2, 1];
        let ours = matrix(&truth, &predicted, &[1.0; 10], 3);
        let theirs = counted::confusion_matrix(&truth, &predicted, 3);
        assert_eq!(ours, theirs.iter().map(|row| row.iter().map(|n| *n as f64).collect()).collect::<Matrix>());
        let near = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-12, "{a:?} {b}");
        near(accuracy(&ours), counted::accuracy(&theirs));
        near(balanced_accuracy(&ours), counted::balanced_accuracy(&theirs));
        near(macro_f1(&ours), counted::macro_f1(&theirs));
        let grades = &[0.0, 1.0, 3.0, 4.5];
        near(kappa(&ours, None), counted::cohen_kappa(&theirs, counted::KappaWeights::Unweighted, grades).unwrap());
        near(
            kappa(&ours, Some(grades)),
            counted::cohen_kappa(&theirs, counted::KappaWeights::Quadratic, grades).unwrap(),
        );
        near(mean_grade_error(&ours, grades), counted::mean_absolute_error(&theirs, grades));
        // sklearn.metrics.matthews_corrcoef of these, scikit-learn 1.9.1
        near(matthews(&ours), 0.545_454_545_454_545_4);
    }

    #[test]
    fn one_class_leaves_nothing_to_agree_on() {
        let one = matrix(&[1, 1], &[1, 1], &[1.0, 2.0], 3);
        assert_eq!((accuracy(&one), balanced_accuracy(&one), macro_f1(&one)), (Some(1.0), Some(1.0), Some(1.0)));
        assert_eq!((matthews(&one), kappa(&one, Some(&[])), kappa(&one, None)), (None, None, None));
        let none = matrix(&[], &[], &[], 2);
        assert_eq!(
            (accuracy(&none), macro_f1(&none), mean_grade_error(&none, &[]), kappa(&none, Some(&[]))),
            (None, None, None, None)
        );
    }
}
