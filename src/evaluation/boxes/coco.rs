//! Average precision and recall of judged boxes, by COCO's rule of 101 points.

use super::matching::{JudgedClass, Verdict};

/// Levels of intersection over union.
pub(super) const LEVELS: usize = 10;
/// Recalls at which precision is read off: 0, 0.01, ... 1.
pub(super) const RECALLS: usize = 101;

/// 0.5, 0.55, ... 0.95, with the rounding of numpy's `linspace`, which decides about boxes that lie on a level.
pub(super) fn intersections() -> [f64; LEVELS] {
    evenly(0.5, 0.95)
}

/// Evenly spaced values with both ends, as numpy's `linspace` rounds them.
fn evenly<const N: usize>(from: f64, to: f64) -> [f64; N] {
    let step = (to - from) / (N - 1) as f64;
    std::array::from_fn(|at| if at + 1 == N { to } else { at as f64 * step + from })
}

/// Precision over recall at one level of intersection over union.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    /// At the recalls 0, 0.01, ... 1: the highest precision at that recall or a higher one; 0 where it is not reached.
    pub precision: Vec<f64>,
    /// The highest that is reached.
    pub recall: f64,
}

impl Curve {
    pub(super) fn average_precision(&self) -> f64 {
        self.precision.iter().sum::<f64>() / RECALLS as f64
    }
}

/// The curve of a class's boxes of at least a score, at most so many an image; none where no box is there.
pub(super) fn curve(class: &JudgedClass, level: usize, most: usize, least_score: f64) -> Option<Curve> {
    if class.support == 0 {
        return None;
    }
    let (mut right, mut wrong) = (0usize, 0usize);
    let (mut recalls, mut precisions) = (Vec::new(), Vec::new());
    for found in class.boxes.iter().take_while(|b| b.score >= least_score).filter(|b| b.rank < most) {
        match found.verdicts.get(level) {
            Some(Verdict::Right) => right += 1,
            Some(Verdict::Wrong) => wrong += 1,
            Some(Verdict::Ignored) | None => continue,
        }
        recalls.push(right as f64 / class.support as f64);
        precisions.push(right as f64 / ((right + wrong) as f64 + f64::EPSILON));
    }
    let mut highest: f64 = 0.0;
    for precision in precisions.iter_mut().rev() {
        highest = highest.max(*precision);
        *precision = highest;
    }
    let at = |recall: f64| precisions.get(recalls.partition_point(|r| *r < recall)).copied().unwrap_or(0.0);
    Some(Curve {
        precision: evenly::<RECALLS>(0.0, 1.0).map(at).to_vec(),
        recall: recalls.last().copied().unwrap_or(0.0),
    })
}
