//! The curves of one finding, in the form they are shown.

use crate::domain::performance::{CoveragePoint, DecisionPoint, Operating, ReliabilityBin};
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

/// At each hundredth from 0 to 1.
pub(super) fn sweep(ranked: &Ranked) -> Vec<Operating> {
    // The highest hundredth from which on each image is still called.
    let mut counts = [[0usize; 2]; 101];
    for (positive, score) in ranked.positive().iter().zip(ranked.scores()) {
        let last = (0..=100usize).rev().find(|at| *score >= *at as f64 / 100.0);
        if let Some(count) =
            last.and_then(|at| counts.get_mut(at)).and_then(|count| count.get_mut(usize::from(*positive)))
        {
            *count += 1;
        }
    }
    let (mut false_positives, mut true_positives) = (0, 0);
    let mut points: Vec<Operating> = counts
        .iter()
        .enumerate()
        .rev()
        .map(|(at, [without, with])| {
            (false_positives, true_positives) = (false_positives + without, true_positives + with);
            Operating { threshold: Some(at as f64 / 100.0), true_positives, false_positives }
        })
        .collect();
    points.reverse();
    points
}

/// Points of the risk-coverage curve, at most.
const MOST_POINTS: usize = 200;

/// How many of the surest calls are wrong; images that are called equally surely come together.
pub(super) fn coverage(confidence: &[f64], right: &[bool]) -> Vec<CoveragePoint> {
    let mut calls: Vec<(f64, bool)> = confidence.iter().copied().zip(right.iter().copied()).collect();
    calls.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut images, mut wrong) = (0, 0);
    let points: Vec<CoveragePoint> = calls
        .chunk_by(|a, b| a.0 == b.0)
        .map(|equal| {
            images += equal.len();
            wrong += equal.iter().filter(|(_, right)| !right).count();
            CoveragePoint { confidence: equal.first().map_or(0.0, |(confidence, _)| *confidence), images, wrong }
        })
        .collect();
    if points.len() <= MOST_POINTS {
        return points;
    }
    let last = points.len() - 1;
    (0..MOST_POINTS).filter_map(|at| points.get(at * last / (MOST_POINTS - 1)).copied()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_counts_what_is_called_from_each_hundredth_on() {
        let ranked = Ranked::new(&[true, false, true, false], &[0.29, 0.3, 1.0, 0.005]).unwrap();
        let points = sweep(&ranked);
        let at = |percent: usize| (points[percent].true_positives, points[percent].false_positives);
        assert_eq!(points.len(), 101);
        assert_eq!([at(0), at(1), at(29), at(30), at(31), at(100)], [(2, 2), (2, 1), (2, 1), (1, 1), (1, 0), (1, 0)]);
    }

    #[test]
    fn the_surest_come_first_and_equals_together() {
        let points = coverage(&[0.6, 0.9, 0.6, 0.7], &[false, true, true, false]);
        let said: Vec<(f64, usize, usize)> = points.iter().map(|p| (p.confidence, p.images, p.wrong)).collect();
        assert_eq!(said, [(0.9, 1, 0), (0.7, 2, 1), (0.6, 4, 2)]);
        assert_eq!((points[2].risk(), coverage(&[], &[]).len()), (0.5, 0));
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        let few = coverage(&many, &[true; 1000]);
        assert_eq!((few.len(), few[0].images, few[199].images), (200, 1, 1000));
    }
}
