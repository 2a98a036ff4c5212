//! The curves of one finding, in the form they are shown.

use crate::domain::performance::{DecisionPoint, Operating, ReliabilityBin};
use crate::evaluation::binary::decision_curve::decision_curve;
use crate::evaluation::binary::{Ranked, Step, probability};
use crate::evaluation::calibration::CALIBRATION_BINS;

/// Ranges of probability of the histogram.
const BARS: usize = 20;

/// The points of the ROC curve, without those that lie on an upright or level line between others.
pub(super) fn operating(ranked: &Ranked) -> Vec<Operating> {
    let steps = ranked.steps(&ranked.ones());
    let same = |a: &Step, b: &Step, c: &Step| {
        (a.true_positives == b.true_positives && b.true_positives == c.true_positives)
            || (a.false_positives == b.false_positives && b.false_positives == c.false_positives)
    };
    let between = |at: usize| match (at.checked_sub(1).and_then(|at| steps.get(at)), steps.get(at), steps.get(at + 1)) {
        (Some(before), Some(now), Some(after)) => same(before, now, after),
        _ => false,
    };
    let point = |step: &Step| Operating {
        threshold: Some(step.threshold).filter(|threshold| threshold.is_finite()),
        true_positives: step.true_positives as usize,
        false_positives: step.false_positives as usize,
    };
    steps.iter().enumerate().filter(|(at, _)| !between(*at)).map(|(_, step)| point(step)).collect()
}

pub(super) fn reliability(ranked: &Ranked) -> Vec<ReliabilityBin> {
    let bins = probability::reliability(ranked, &ranked.ones(), CALIBRATION_BINS);
    let bin = |bin: probability::Bin| ReliabilityBin {
        images: bin.images as usize,
        positives: bin.positives as usize,
        mean: bin.mean,
    };
    bins.into_iter().map(bin).collect()
}

/// At each hundredth.
pub(super) fn decision(ranked: &Ranked) -> Vec<DecisionPoint> {
    let thresholds: Vec<f64> = (1..100).map(|percent| f64::from(percent) / 100.0).collect();
    decision_curve(ranked, &ranked.ones(), &thresholds)
        .into_iter()
        .map(|point| DecisionPoint { threshold: point.threshold, model: point.model, all: point.all })
        .collect()
}

/// Images without the finding and with it.
pub(super) fn histogram(ranked: &Ranked) -> Vec<[usize; 2]> {
    let mut bars = vec![[0; 2]; BARS];
    for (positive, score) in ranked.positive().iter().zip(ranked.scores()) {
        let at = ((score * BARS as f64).ceil() as usize).clamp(1, BARS) - 1;
        if let Some([without, with]) = bars.get_mut(at) {
            if *positive { *with += 1 } else { *without += 1 }
        }
    }
    bars
}
