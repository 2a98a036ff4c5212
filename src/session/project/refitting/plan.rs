//! Learning a head anew, in the background.

use crate::evaluation::logistic::{Logistic, LogisticError, Rows, Settings, Truth, fit};
use crate::nn::Compute;
use crate::session::protocol::image_features::ImageFeatures;
use crate::session::protocol::refit::Refitted;
use crate::session::protocol::task::{Order, Report, Task};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How strongly a head is held to the model's own answers, as scikit-learn's C: see [`RefitPlan`].
const C: f64 = 1.0;

/// What an answer that nobody gave weighs against one that a person gave: ten of the model's own hold against one correction.
pub(super) const UNSAID: f32 = 0.1;

/// Learns a head from the images of the train split.
///
/// A head adds `w.x + b` to the logits of each answer of the model, where x are the image's features, moved and scaled as
/// [`ImageFeatures`] says. Of all heads it is the one with the least
///
/// ```text
/// sum over corrected images of the cross-entropy with what is said of them
///   + 0.1 * sum over the other train images of the cross-entropy with the model's own answers
///   + (|w|^2 + |b|^2) / (2 C),   C = 1
/// ```
///
/// Without a correction the least is at w = b = 0, the model's own answers: labels that it has learned from already are in its
/// weights and move nothing once more. Few corrections move it little, and those that say the same of images like each other
/// add up: see [`crate::evaluation::logistic`].
pub(super) struct RefitPlan {
    pub number: u64,
    pub features: Arc<ImageFeatures>,
    /// Classes or findings.
    pub answers: usize,
    /// Images to learn from, as places in order of import.
    pub rows: Vec<usize>,
    /// Of each of them the answer to learn, one share an answer; no number where it is not known.
    pub shares: Vec<f32>,
    /// Of each of them what it weighs.
    pub weights: Vec<f32>,
    /// Images may have several findings.
    pub findings: bool,
    /// All images in order of import: the logits of the shown model, one an answer; not finite where it has not looked.
    pub offsets: Vec<f32>,
    pub start: Option<Arc<Logistic>>,
    /// Another one has taken its place.
    pub stop: Arc<AtomicBool>,
}

impl std::fmt::Debug for RefitPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefitPlan")
            .field("number", &self.number)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Task for RefitPlan {
    fn name(&self) -> String {
        "Learning from corrections".to_owned()
    }

    fn run(self: Box<Self>, _: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let refitted = match self.refitted(&|| !self.stop.load(Ordering::Relaxed) && order() == Order::Go) {
            Ok(refitted) => Some(Box::new(refitted)),
            Err(LogisticError::Stopped) => None,
            Err(error) => {
                tell(Report::Failed(format!("nothing could be learned from the corrections: {error}")));
                None
            }
        };
        tell(Report::Refitted { number: self.number, refitted });
    }
}

impl RefitPlan {
    fn refitted(&self, go_on: &dyn Fn() -> bool) -> Result<Refitted, LogisticError> {
        let started = Instant::now();
        let (width, answers) = (self.features.width, self.answers);
        let mut features = Vec::with_capacity(self.rows.len() * width);
        let mut offsets = Vec::with_capacity(self.rows.len() * answers);
        for &row in &self.rows {
            features.extend_from_slice(self.features.row(row).ok_or(LogisticError::Misfit)?);
            offsets.extend_from_slice(self.offsets(row).ok_or(LogisticError::Misfit)?);
        }
        let shares = &self.shares;
        let truth = if self.findings { Truth::FindingShares(shares) } else { Truth::ClassShares(shares) };
        let weights = Some(&self.weights[..]);
        let rows = Rows { features: &features, width, truth, answers, weights, offsets: Some(&offsets) };
        let settings = Settings { c: C, pulls_intercept: true, ..Settings::default() };
        let head = fit(&rows, settings, self.start.as_deref(), go_on)?;
        let probabilities = head.probabilities(&self.features.values, Some(&self.offsets));
        let milliseconds = started.elapsed().as_millis() as u64;
        let (images, steps) = (self.rows.len(), head.steps);
        tracing::debug!(target: "overread::refit", milliseconds, images, steps, "a head was learned");
        Ok(Refitted { head, probabilities, milliseconds })
    }

    fn offsets(&self, row: usize) -> Option<&[f32]> {
        self.offsets.get(row * self.answers..(row + 1) * self.answers)
    }
}
