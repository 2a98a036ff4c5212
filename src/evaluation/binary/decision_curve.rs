//! What a model is worth to a person who acts on it, against acting on everybody or nobody (Vickers and Elkin 2006,
//! "Decision curve analysis").

use super::ranked::Ranked;
use super::table::Table;

/// Net benefits at one threshold probability: true positives an image, less the false ones at the odds at which a person
/// would just still act.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionPoint {
    /// A person acts from this probability on.
    pub threshold: f64,
    pub model: f64,
    /// Of acting on every image; of acting on none it is 0.
    pub all: f64,
}

/// The curve at these threshold probabilities, those at or above 1 left out; empty without images.
pub fn decision_curve(ranked: &Ranked, weights: &[f64], thresholds: &[f64]) -> Vec<DecisionPoint> {
    let (positives, negatives) = ranked.totals(weights);
    let everybody = Table { true_positives: positives, false_positives: negatives, ..Table::default() };
    // One walk from the strictest threshold to the loosest serves them all.
    let mut wanted: Vec<f64> = thresholds.iter().copied().filter(|t| (0.0..1.0).contains(t)).collect();
    wanted.sort_by(|a, b| b.total_cmp(a));
    let mut points = Vec::with_capacity(wanted.len());
    let mut wanted = wanted.into_iter().peekable();
    let mut before = (0.0, 0.0);
    let mut note = |threshold: f64, (true_positives, false_positives): (f64, f64)| {
        let called = Table {
            true_positives,
            false_positives,
            false_negatives: positives - true_positives,
            true_negatives: negatives - false_positives,
        };
        if let (Some(model), Some(all)) = (called.net_benefit(threshold), everybody.net_benefit(threshold)) {
            points.push(DecisionPoint { threshold, model, all });
        }
    };
    ranked.walk(weights, |step| {
        // What is called from a wanted threshold on are the images before the first with a lower score.
        while let Some(threshold) = wanted.next_if(|threshold| *threshold > step.threshold) {
            note(threshold, before);
        }
        before = (step.true_positives, step.false_positives);
    });
    wanted.for_each(|threshold| note(threshold, before));
    points.reverse();
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_the_table_at_its_threshold() {
        let positive = [true, false, true, false, false];
        let ranked = Ranked::new(&positive, &[0.9, 0.6, 0.6, 0.3, 0.1]).unwrap();
        let weights = [1.0, 1.0, 2.0, 0.0, 1.0];
        let wanted = [0.05, 0.3, 0.6, 0.61, 0.95, 1.0];
        let curve = decision_curve(&ranked, &weights, &wanted);
        assert_eq!(curve.len(), 5, "nobody acts from certainty on");
        for (point, threshold) in curve.iter().zip(wanted) {
            assert_eq!(point.threshold, threshold);
            assert_eq!(Some(point.model), Table::at(&ranked, &weights, threshold).net_benefit(threshold));
            assert_eq!(Some(point.all), Table::at(&ranked, &weights, 0.0).net_benefit(threshold));
        }
        assert_eq!(decision_curve(&Ranked::new(&[], &[]).unwrap(), &[], &wanted), []);
    }
}
