//! Logistic regression on rows of features: classes that exclude each other, or findings each on its own.
//!
//! What is minimised over weights w and intercepts b, for rows x with a truth y, a weight s and an offset o of their logits:
//!
//! ```text
//! sum over rows of s * loss(y, o + w.x + b)  +  |w|^2 / (2 C)   [ + |b|^2 / (2 C) where the intercept is pulled too ]
//! ```
//!
//! The loss is the negative log-likelihood: of a softmax for three classes and more, of a sigmoid for two classes and for each
//! finding. Without offsets and with a free intercept this is scikit-learn's `LogisticRegression` (user guide, "1.1.11 Logistic
//! regression": it minimises the same over the sum of the weights), which for two classes fits one row of weights as is done
//! here; `tests/reference/logistic.py` makes the values that the tests compare with. With the logits of a model as offsets it is
//! regression toward that model: weights of zero are its own answers, and few rows move them little (the "L2-SP" of Li, Grandvalet,
//! Davoine 2018, "Explicit inductive bias for transfer learning with convolutional networks", for the last layer).
//!
//! The way there is L-BFGS (Nocedal, Wright 2006, "Numerical optimization", algorithm 7.4) whose first guess of the inverse
//! Hessian is that of the loss averaged over the columns, where the search starts (`Curvature`). A search along a line costs no pass over the
//! features, because logits are linear in the weights. Sums are made in the same order whatever the number of threads, so that
//! the same rows and the same start give the same weights to the last bit.

mod curvature;
mod minimise;
mod objective;

#[cfg(test)]
mod tests;

use curvature::Curvature;
use objective::{Link, Objective};
use std::sync::Arc;

/// What is known of rows.
#[derive(Clone, Copy, Debug)]
pub enum Truth<'a> {
    /// The class of each row, an index below the number of classes.
    Classes(&'a [usize]),
    /// Row after row, one entry a finding; those that are not known count nowhere.
    Findings(&'a [Option<bool>]),
    /// Row after row, how far each class is true, 0 to 1; they add up to one.
    ClassShares(&'a [f32]),
    /// Row after row, how far each finding is true, 0 to 1; those that are no numbers count nowhere.
    FindingShares(&'a [f32]),
}

/// What is learned from.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Row after row.
    pub features: &'a [f32],
    /// Features of a row.
    pub width: usize,
    pub truth: Truth<'a>,
    /// Classes or findings.
    pub answers: usize,
    /// One a row, not negative; all are 1 where there are none.
    pub weights: Option<&'a [f32]>,
    /// Logits that are there without anything learned: row after row, one an answer.
    pub offsets: Option<&'a [f32]>,
}

/// How it is learned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// scikit-learn's C, above zero: the smaller, the nearer weights stay to zero.
    pub c: f64,
    /// Whether intercepts are held near zero as weights are; scikit-learn leaves them free.
    pub pulls_intercept: bool,
    /// Steps at most.
    pub most_steps: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { c: 1.0, pulls_intercept: false, most_steps: 500 }
    }
}

/// Weights that were learned.
#[derive(Clone, Debug)]
pub struct Logistic {
    link: Link,
    /// Classes or findings.
    answers: usize,
    /// Features of a row.
    width: usize,
    /// Column after column: one an answer (one for two classes), each the weights of all features and the intercept.
    weights: Vec<f64>,
    /// Steps that were taken.
    pub steps: usize,
    /// Whether the end was reached, not only [`Settings::most_steps`].
    pub converged: bool,
    /// What a search that starts here may begin with.
    curvature: Arc<Curvature>,
}

/// Why nothing was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogisticError {
    /// It was told to end.
    #[error("it was stopped")]
    Stopped,
    /// The numbers of rows, features, truths, weights or offsets do not fit each other, or there are none.
    #[error("the rows to learn from do not fit each other")]
    Misfit,
    /// A number to learn from is no number, or infinite.
    #[error("the rows to learn from hold values that are no numbers")]
    NotFinite,
}

impl Rows<'_> {
    /// Rows.
    fn count(&self) -> usize {
        match self.truth {
            Truth::Classes(classes) => classes.len(),
            Truth::Findings(known) => known.len() / self.answers.max(1),
            Truth::ClassShares(shares) | Truth::FindingShares(shares) => shares.len() / self.answers.max(1),
        }
    }

    fn check(&self) -> Result<(), LogisticError> {
        let rows = self.count();
        let fits = rows > 0
            && self.width > 0
            && self.features.len() == rows * self.width
            && self.weights.is_none_or(|weights| weights.len() == rows)
            && self.offsets.is_none_or(|offsets| offsets.len() == rows * self.answers)
            && match self.truth {
                Truth::Classes(classes) => self.answers > 1 && classes.iter().all(|class| *class < self.answers),
                Truth::Findings(known) => self.answers > 0 && known.len() == rows * self.answers,
                Truth::ClassShares(shares) => self.answers > 1 && shares.len() == rows * self.answers,
                Truth::FindingShares(shares) => self.answers > 0 && shares.len() == rows * self.answers,
            };
        if !fits {
            return Err(LogisticError::Misfit);
        }
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let whole = finite(self.features)
            && self.offsets.is_none_or(finite)
            && !matches!(self.truth, Truth::ClassShares(shares) if !finite(shares))
            && self.weights.is_none_or(|weights| weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
        if whole { Ok(()) } else { Err(LogisticError::NotFinite) }
    }
}

/// Learns from rows until nothing changes any more. A start of the same shape saves steps and does not change the end beyond
/// rounding; one of another shape is passed over. `go_on` is asked at every step.
///
/// A class of which there is no row gets a probability near zero where the intercept is free.
///
/// # Errors
/// See [`LogisticError`].
pub fn fit(
    rows: &Rows,
    settings: Settings,
    start: Option<&Logistic>,
    go_on: &dyn Fn() -> bool,
) -> Result<Logistic, LogisticError> {
    rows.check()?;
    let (link, columns) = match rows.truth {
        Truth::Classes(_) | Truth::ClassShares(_) if rows.answers > 2 => (Link::Softmax, rows.answers),
        Truth::Classes(_) | Truth::ClassShares(_) => (Link::Sigmoid, 1),
        Truth::Findings(_) | Truth::FindingShares(_) => (Link::Sigmoid, rows.answers),
    };
    let objective = Objective::new(rows, link, columns, settings);
    let start = start.filter(|start| {
        start.link == link && start.answers == rows.answers && start.width == rows.width && start.columns() == columns
    });
    let found =
        minimise::minimise(&objective, start.map(|start| (&start.weights[..], &start.curvature)), settings, go_on)
            .ok_or(LogisticError::Stopped)?;
    Ok(Logistic {
        link,
        answers: rows.answers,
        width: rows.width,
        weights: found.weights,
        steps: found.steps,
        converged: found.converged,
        curvature: found.curvature,
    })
}

impl Logistic {
    fn columns(&self) -> usize {
        self.weights.len() / (self.width + 1)
    }

    /// The weights of a column, and its intercept; for two classes there is one column, of the second class.
    pub fn column(&self, column: usize) -> Option<(&[f64], f64)> {
        let (intercept, weights) = self.weights.chunks_exact(self.width + 1).nth(column)?.split_last()?;
        Some((weights, *intercept))
    }

    /// The probabilities of rows of features, row after row, one an answer; with the logits that are there without what was
    /// learned, where there are any. Empty where features or offsets do not fit.
    pub fn probabilities(&self, features: &[f32], offsets: Option<&[f32]>) -> Vec<f32> {
        let rows = features.len() / self.width.max(1);
        if features.len() != rows * self.width || offsets.is_some_and(|offsets| offsets.len() != rows * self.answers) {
            return Vec::new();
        }
        let columns = self.columns();
        let mut logits = objective::column_offsets(offsets, rows, self.answers, columns);
        objective::add_logits(features, self.width, &self.weights, &mut logits);
        let mut all = Vec::with_capacity(rows * self.answers);
        for logits in logits.chunks_exact(columns.max(1)) {
            match self.link {
                Link::Softmax => {
                    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
                    all.extend(logits.iter().map(|logit| ((logit - largest).exp() / sum) as f32));
                }
                Link::Sigmoid if columns < self.answers => {
                    let one = |logit: &f64| [objective::sigmoid(-logit) as f32, objective::sigmoid(*logit) as f32];
                    all.extend(logits.iter().flat_map(one));
                }
                Link::Sigmoid => all.extend(logits.iter().map(|logit| objective::sigmoid(*logit) as f32)),
            }
        }
        all
    }
}
