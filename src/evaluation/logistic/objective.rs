//! The loss of weights over rows, and its slopes.

use super::{Rows, Settings, Truth};
use crate::nn::{MatrixView, product};
use rayon::prelude::*;

/// Rows that are worked on together: fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 512;

/// How logits become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Classes that exclude each other.
    Softmax,
    /// Each column on its own.
    Sigmoid,
}

/// 1 over 1 + exp(-x), which overflows nowhere.
pub(super) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// ln(1 + exp(x)), which overflows nowhere.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Logits to begin with: row after row, one a column; the second class less the first where two classes have one column.
pub(super) fn column_offsets(offsets: Option<&[f32]>, rows: usize, answers: usize, columns: usize) -> Vec<f64> {
    match offsets {
        None => vec![0.0; rows * columns],
        Some(offsets) if columns == answers => offsets.iter().map(|offset| f64::from(*offset)).collect(),
        Some(offsets) => offsets
            .chunks_exact(answers.max(1))
            .map(|row| match row {
                [first, second] => f64::from(*second) - f64::from(*first),
                _ => 0.0,
            })
            .collect(),
    }
}

/// Adds `weights` times every row to its logits; columns of weights hold the intercept last.
pub(super) fn add_logits(features: &[f32], width: usize, weights: &[f64], logits: &mut [f64]) {
    let columns = weights.len() / (width + 1);
    if columns == 0 {
        return;
    }
    let (mut slopes, mut intercepts) = (Vec::with_capacity(columns * width), Vec::with_capacity(columns));
    for (intercept, column) in weights.chunks_exact(width + 1).filter_map(<[f64]>::split_last) {
        slopes.extend(column.iter().map(|weight| *weight as f32));
        intercepts.push(*intercept);
    }
    let slopes = MatrixView::of_rows(&slopes, columns, width, width).turned();
    let blocks = logits.par_chunks_mut(BLOCK * columns).zip(features.par_chunks(BLOCK * width));
    blocks.for_each(|(logits, features)| {
        let rows = features.len() / width;
        let mut block = vec![0.0f32; rows * columns];
        product(&mut block, columns, MatrixView::of_rows(features, rows, width, width), slopes, false);
        for (logits, block) in logits.chunks_exact_mut(columns).zip(block.chunks_exact(columns)) {
            for ((logit, more), intercept) in logits.iter_mut().zip(block).zip(&intercepts) {
                *logit += f64::from(*more) + intercept;
            }
        }
    });
}

/// What is minimised.
pub(super) struct Objective<'a> {
    rows: &'a Rows<'a>,
    link: Link,
    pub columns: usize,
    pub width: usize,
    /// 1 / C.
    pull: f64,
    pulls_intercept: bool,
    /// The sum of the weights of rows.
    pub total: f64,
}

/// Loss and slope along a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnLine {
    pub loss: f64,
    pub slope: f64,
}

impl<'a> Objective<'a> {
    pub fn new(rows: &'a Rows<'a>, link: Link, columns: usize, settings: Settings) -> Self {
        let total = match rows.weights {
            Some(weights) => weights.iter().map(|weight| f64::from(*weight)).sum(),
            None => rows.count() as f64,
        };
        let pull = 1.0 / settings.c;
        Self { rows, link, columns, width: rows.width, pull, pulls_intercept: settings.pulls_intercept, total }
    }

    /// Logits of weights.
    pub fn logits(&self, weights: &[f64]) -> Vec<f64> {
        let mut logits = column_offsets(self.rows.offsets, self.rows.count(), self.rows.answers, self.columns);
        if weights.iter().any(|weight| *weight != 0.0) {
            add_logits(self.rows.features, self.width, weights, &mut logits);
        }
        logits
    }

    /// How much logits change along a direction.
    pub fn direction_logits(&self, direction: &[f64]) -> Vec<f64> {
        let mut logits = vec![0.0; self.rows.count() * self.columns];
        add_logits(self.rows.features, self.width, direction, &mut logits);
        logits
    }

    /// How strongly a place of the weights is pulled to zero.
    pub fn pull(&self, place: usize) -> f64 {
        if place % (self.width + 1) < self.width || self.pulls_intercept { self.pull } else { 0.0 }
    }

    fn weight(&self, row: usize) -> f64 {
        self.rows.weights.and_then(|weights| weights.get(row)).map_or(1.0, |weight| f64::from(*weight))
    }

    /// The truth of a row in one column, 0 to 1; `None` where it is not known.
    fn target(&self, row: usize, column: usize) -> Option<f64> {
        // The only column of two classes is that of the second.
        let of = if self.columns < self.rows.answers { 1 } else { column };
        match self.rows.truth {
            Truth::Classes(classes) => {
                let class = classes.get(row).copied().unwrap_or_default();
                Some(f64::from(u8::from(class == of)))
            }
            Truth::ClassShares(shares) | Truth::FindingShares(shares) => {
                let share = shares.get(row * self.rows.answers + of).copied();
                share.filter(|share| !share.is_nan()).map(f64::from)
            }
            Truth::Findings(known) => {
                let known = known.get(row * self.columns + column).copied().flatten();
                known.map(|present| f64::from(u8::from(present)))
            }
        }
    }

    /// Calls `each` with the logits of each row of a block, the probabilities and a place for its number.
    fn probabilities(&self, logits: &[f64], to: &mut [f64]) -> f64 {
        match self.link {
            Link::Sigmoid => {
                for (p, logit) in to.iter_mut().zip(logits) {
                    *p = sigmoid(*logit);
                }
                0.0
            }
            Link::Softmax => {
                let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let mut sum = 0.0;
                for (p, logit) in to.iter_mut().zip(logits) {
                    *p = (logit - largest).exp();
                    sum += *p;
                }
                to.iter_mut().for_each(|p| *p /= sum);
                largest + sum.ln()
            }
        }
    }

    /// The loss of the data and its slope at `logits + step * along`, without the pull.
    pub fn along(&self, logits: &[f64], along: &[f64], step: f64) -> OnLine {
        let columns = self.columns;
        let block = BLOCK * columns;
        let parts: Vec<OnLine> = logits
            .par_chunks(block)
            .zip(along.par_chunks(block))
            .enumerate()
            .map(|(at, (logits, along))| {
                let (mut loss, mut slope) = (0.0, 0.0);
                let (mut moved, mut p) = (vec![0.0; columns], vec![0.0; columns]);
                let rows = logits.chunks_exact(columns).zip(along.chunks_exact(columns));
                for (row, (logits, along)) in rows.enumerate().map(|(row, both)| (at * BLOCK + row, both)) {
                    for ((moved, logit), along) in moved.iter_mut().zip(logits).zip(along) {
                        *moved = logit + step * along;
                    }
                    let log_sum = self.probabilities(&moved, &mut p);
                    let weight = self.weight(row);
                    for column in 0..columns {
                        let Some(truth) = self.target(row, column) else { continue };
                        let (Some(logit), Some(p), Some(along)) = (moved.get(column), p.get(column), along.get(column))
                        else {
                            continue;
                        };
                        slope += weight * (p - truth) * along;
                        loss += weight
                            * match self.link {
                                Link::Sigmoid => softplus(*logit) - truth * logit,
                                Link::Softmax => truth * (log_sum - logit),
                            };
                    }
                }
                OnLine { loss, slope }
            })
            .collect();
        parts.iter().fold(OnLine { loss: 0.0, slope: 0.0 }, |sum, part| OnLine {
            loss: sum.loss + part.loss,
            slope: sum.slope + part.slope,
        })
    }

    /// The gradient at weights with these logits.
    pub fn gradient(&self, weights: &[f64], logits: &[f64]) -> Vec<f64> {
        let (columns, width) = (self.columns, self.width);
        let parts: Vec<(Vec<f32>, Vec<f64>)> = logits
            .par_chunks(BLOCK * columns)
            .zip(self.rows.features.par_chunks(BLOCK * width))
            .enumerate()
            .map(|(at, (logits, features))| {
                let rows = logits.len() / columns;
                let mut residuals = vec![0.0f32; rows * columns];
                let (mut p, mut sums) = (vec![0.0; columns], vec![0.0; columns]);
                for (row, (logits, residuals)) in
                    logits.chunks_exact(columns).zip(residuals.chunks_exact_mut(columns)).enumerate()
                {
                    self.probabilities(logits, &mut p);
                    let row = at * BLOCK + row;
                    let weight = self.weight(row);
                    for (column, ((residual, p), sum)) in residuals.iter_mut().zip(&p).zip(&mut sums).enumerate() {
                        let wrong = self.target(row, column).map_or(0.0, |truth| weight * (p - truth));
                        *sum += wrong;
                        *residual = wrong as f32;
                    }
                }
                let mut part = vec![0.0f32; columns * width];
                let residuals = MatrixView::of_rows(&residuals, rows, columns, columns).turned();
                product(&mut part, width, residuals, MatrixView::of_rows(features, rows, width, width), false);
                (part, sums)
            })
            .collect();
        let mut gradient: Vec<f64> =
            weights.iter().enumerate().map(|(place, weight)| self.pull(place) * weight).collect();
        for (part, sums) in &parts {
            let columns = gradient.chunks_exact_mut(width + 1).zip(part.chunks_exact(width)).zip(sums);
            for ((gradient, part), sum) in columns {
                for (gradient, part) in gradient.iter_mut().zip(part) {
                    *gradient += f64::from(*part);
                }
                if let Some(intercept) = gradient.last_mut() {
                    *intercept += sum;
                }
            }
        }
        gradient
    }

    /// What the second derivative of the loss weighs a row by, averaged over the columns.
    pub fn row_curvature(&self, row: usize, logits: &[f64]) -> f64 {
        let mut p = vec![0.0; self.columns];
        self.probabilities(logits, &mut p);
        let known = (0..self.columns).filter(|column| self.target(row, *column).is_some());
        let sum: f64 = known.filter_map(|column| p.get(column)).map(|p| p * (1.0 - p)).sum();
        self.weight(row) * sum / self.columns as f64
    }

    /// Rows, and the features of one.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        self.rows.features.get(row * self.width..(row + 1) * self.width)
    }

    pub fn count(&self) -> usize {
        self.rows.count()
    }
}
