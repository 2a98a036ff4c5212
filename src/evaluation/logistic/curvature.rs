//! The first guess of the inverse Hessian: that of the loss averaged over the columns, at one place.

use super::objective::Objective;
use crate::nn::{MatrixView, product};
use rayon::prelude::*;

/// Rows that it is made from at most, evenly spread: it is a guess, and need not be exact.
const MOST_ROWS: usize = 4096;
/// Beyond so many features the matrix would cost more than the steps it saves; its diagonal is taken.
const MOST_FEATURES: usize = 1024;
/// Rows and columns that are worked on together.
const BLOCK: usize = 64;

/// A matrix near the Hessian of a column of weights, ready to be divided by.
#[derive(Debug)]
pub(super) enum Curvature {
    /// U of U'U, row after row; the last row and column are the intercept's.
    Factor { side: usize, upper: Vec<f32> },
    /// One a weight, the intercept's last.
    Diagonal(Vec<f32>),
}

impl Curvature {
    /// At the place where rows have these logits.
    pub fn at(objective: &Objective, logits: &[f64]) -> Self {
        let side = objective.width + 1;
        let count = objective.count();
        let step = count.div_ceil(MOST_ROWS).max(1);
        let chosen: Vec<usize> = (0..count).step_by(step).collect();
        // The rows left out count as those that stand for them.
        let share = count as f64 / chosen.len().max(1) as f64;
        let mut rows = vec![0.0f32; chosen.len() * side];
        rows.par_chunks_exact_mut(side).zip(&chosen).for_each(|(to, &row)| {
            let columns = objective.columns;
            let (Some(features), Some(logits)) = (objective.row(row), logits.get(row * columns..(row + 1) * columns))
            else {
                return;
            };
            let root = (objective.row_curvature(row, logits) * share).sqrt() as f32;
            for (to, feature) in to.iter_mut().zip(features.iter().chain(&[1.0])) {
                *to = feature * root;
            }
        });
        // Something is there even where no row bends the loss, as of an intercept that nothing pulls.
        let least = 1e-6 * objective.total.max(1.0);
        let pull = |place: usize| objective.pull(place).max(least) as f32;
        let diagonal = || {
            let mut diagonal: Vec<f32> = (0..side).map(pull).collect();
            for row in rows.chunks_exact(side) {
                diagonal.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * value);
            }
            Self::Diagonal(diagonal)
        };
        if objective.width > MOST_FEATURES {
            return diagonal();
        }
        let mut matrix = gram(&rows, side);
        for (place, row) in matrix.chunks_exact_mut(side).enumerate() {
            if let Some(entry) = row.get_mut(place) {
                *entry += pull(place);
            }
        }
        if factorise(&mut matrix, side) { Self::Factor { side, upper: matrix } } else { diagonal() }
    }

    /// Divides a vector of weights by it, column after column.
    pub fn divide(&self, vector: &mut [f64]) {
        match self {
            Self::Diagonal(diagonal) => {
                for column in vector.chunks_exact_mut(diagonal.len().max(1)) {
                    column.iter_mut().zip(diagonal).for_each(|(value, by)| *value /= f64::from(*by));
                }
            }
            Self::Factor { side, upper } => {
                vector.par_chunks_exact_mut((*side).max(1)).for_each(|column| {
                    let mut solved: Vec<f32> = column.iter().map(|value| *value as f32).collect();
                    solve(upper, *side, &mut solved);
                    column.iter_mut().zip(&solved).for_each(|(value, solved)| *value = f64::from(*solved));
                });
            }
        }
    }
}

/// R'R of rows, the part on and right of the diagonal.
fn gram(rows: &[f32], side: usize) -> Vec<f32> {
    let count = rows.len() / side;
    let mut matrix = vec![0.0f32; side * side];
    let turned =
        |first: usize, columns: usize| MatrixView::of_rows(rows.get(first..).unwrap_or_default(), count, columns, side);
    matrix.par_chunks_mut(BLOCK * side).enumerate().for_each(|(at, to)| {
        let (first, height) = (at * BLOCK, to.len() / side);
        let to = to.get_mut(first..).unwrap_or_default();
        product(to, side, turned(first, height).turned(), turned(first, side - first), false);
    });
    matrix
}

/// Replaces the part of a symmetric matrix on and right of the diagonal by U of U'U (Cholesky), block after block. Whether it
/// could: all pivots are above zero.
fn factorise(matrix: &mut [f32], side: usize) -> bool {
    for first in (0..side).step_by(BLOCK) {
        let end = (first + BLOCK).min(side);
        // The rows of this block, whole.
        for pivot in first..end {
            let (above, rest) = matrix.split_at_mut((pivot + 1) * side);
            let Some(row) = above.get_mut(pivot * side..) else { return false };
            let Some(root) = row.get(pivot).filter(|value| **value > 0.0 && value.is_finite()).map(|v| v.sqrt()) else {
                return false;
            };
            row.iter_mut().skip(pivot).for_each(|value| *value /= root);
            for (down, lower) in rest.chunks_exact_mut(side).enumerate().take(end - pivot - 1) {
                let from = pivot + 1 + down;
                let Some(&factor) = row.get(from) else { return false };
                for (value, above) in lower.iter_mut().zip(row.iter()).skip(from) {
                    *value -= factor * above;
                }
            }
        }
        // What they take from the rows below.
        let (above, below) = matrix.split_at_mut(end * side);
        let panel = above.get(first * side..).unwrap_or_default();
        let negative: Vec<f32> = panel.iter().map(|value| -value).collect();
        below.par_chunks_mut(BLOCK * side).enumerate().for_each(|(at, to)| {
            let (from, height) = (end + at * BLOCK, to.len() / side);
            let (left, right) = (negative.get(from..).unwrap_or_default(), panel.get(from..).unwrap_or_default());
            let left = MatrixView::of_rows(left, end - first, height, side).turned();
            let right = MatrixView::of_rows(right, end - first, side - from, side);
            product(to.get_mut(from..).unwrap_or_default(), side, left, right, true);
        });
    }
    true
}

/// Solves U'U x = b in place.
fn solve(upper: &[f32], side: usize, b: &mut [f32]) {
    for (at, row) in upper.chunks_exact(side).enumerate() {
        let (before, after) = b.split_at_mut((at + 1).min(side));
        if let (Some(value), Some(pivot)) = (before.last_mut(), row.get(at)) {
            *value /= pivot;
            let value = *value;
            after.iter_mut().zip(row.iter().skip(at + 1)).for_each(|(b, u)| *b -= value * u);
        }
    }
    for (at, row) in upper.chunks_exact(side).enumerate().rev() {
        let (before, after) = b.split_at_mut((at + 1).min(side));
        if let (Some(value), Some(pivot)) = (before.last_mut(), row.get(at)) {
            *value = (*value - dot(row.get(at + 1..).unwrap_or_default(), after)) / pivot;
        }
    }
}

/// The sum of products, in eight sums at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dividing_by_a_factorised_matrix_solves_it() {
        // Three blocks and a bit.
        let (side, count) = (150, 400);
        let value = |i: usize| ((i * 7919 % 1009) as f32 - 504.0) / 504.0;
        let rows: Vec<f32> = (0..side * count).map(value).collect();
        let mut matrix = gram(&rows, side);
        (0..side).for_each(|at| matrix[at * side + at] += 1.0);
        let whole = matrix.clone();
        let entry = |r: usize, c: usize| f64::from(whole[r.min(c) * side + r.max(c)]);
        let exact: f64 = (0..count).map(|row| f64::from(rows[row * side + 3] * rows[row * side + 140])).sum();
        assert!((entry(140, 3) - exact).abs() < 1e-3, "{} and {exact}", entry(140, 3));
        assert!(factorise(&mut matrix, side));
        let wanted: Vec<f64> = (0..side).map(|at| f64::from(value(at * 31 + 5))).collect();
        let mut b: Vec<f64> = (0..side).map(|r| (0..side).map(|c| entry(r, c) * wanted[c]).sum()).collect();
        Curvature::Factor { side, upper: matrix }.divide(&mut b);
        for (found, wanted) in b.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-3, "{found} and {wanted}");
        }
        assert!(!factorise(&mut [-1.0; 4], 2), "no Hessian");
    }
}
