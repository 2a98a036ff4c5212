//! Choosing the score from which a finding is called, on images that are not the test images.

use super::ranked::{Ranked, Step};
use super::table::Table;
use crate::domain::performance::FindingGoal;

/// A threshold with what it comes to on the images that it was chosen on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Images with this score or a higher one are called positive.
    pub threshold: f64,
    pub table: Table,
}

/// Chooses among the scores that occur and a threshold that calls nothing (just above the highest). The threshold lies
/// halfway to the next lower score, so that images that were not there fall to the nearer side. Of equally good ones the
/// highest is taken: it calls fewer images. `None` unless there are images of both kinds, or where no threshold reaches a
/// wanted share.
pub fn choose(ranked: &Ranked, weights: &[f64], goal: FindingGoal) -> Option<Choice> {
    let (positives, negatives) = ranked.totals(weights);
    if positives <= 0.0 || negatives <= 0.0 {
        return None;
    }
    let steps = ranked.steps(weights);
    let table = |step: &Step| Table {
        true_positives: step.true_positives,
        false_positives: step.false_positives,
        false_negatives: positives - step.true_positives,
        true_negatives: negatives - step.false_positives,
    };
    let mut best: Option<(f64, usize)> = None;
    for (at, step) in steps.iter().enumerate() {
        let table = table(step);
        let worth = match goal {
            FindingGoal::F1 => table.f1(),
            FindingGoal::Youden => table.youden(),
            FindingGoal::Sensitivity(least) => table.specificity().filter(|_| reaches(table.sensitivity(), least)),
            FindingGoal::Specificity(least) => table.sensitivity().filter(|_| reaches(table.specificity(), least)),
            FindingGoal::Cost(ratio) => Some(-(ratio * table.false_negatives + table.false_positives)),
        };
        if let Some(worth) = worth.filter(|worth| best.is_none_or(|(before, _)| *worth > before)) {
            best = Some((worth, at));
        }
    }
    let (_, at) = best?;
    let step = steps.get(at)?;
    let threshold = match (step.threshold.is_finite(), steps.get(at + 1)) {
        // Nothing is called: just above the highest score.
        (false, next) => next.map_or(1.0, |next| next.threshold.next_up()),
        (true, Some(next)) => halfway(next.threshold, step.threshold),
        (true, None) => step.threshold,
    };
    Some(Choice { threshold, table: table(step) })
}

/// Shares of counts that should be equal may differ in their last digit.
fn reaches(share: Option<f64>, least: f64) -> bool {
    share.is_some_and(|share| share >= least - 1e-12)
}

/// A number above `low` and not above `high`, in the middle where there is one.
fn halfway(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    if middle > low { middle } else { high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(goal: FindingGoal) -> (f64, f64, f64) {
        let positive = [true, true, false, true, false, false];
        let ranked = Ranked::new(&positive, &[0.9, 0.8, 0.7, 0.4, 0.3, 0.1]).unwrap();
        let choice = choose(&ranked, &ranked.ones(), goal).unwrap();
        let again = Table::at(&ranked, &ranked.ones(), choice.threshold);
        assert_eq!(again, choice.table, "{goal:?}");
        (choice.threshold, choice.table.sensitivity().unwrap(), choice.table.specificity().unwrap())
    }

    fn near(a: (f64, f64, f64), b: (f64, f64, f64)) {
        assert!((a.0 - b.0).abs() + (a.1 - b.1).abs() + (a.2 - b.2).abs() < 1e-9, "{a:?}, {b:?}");
    }

    #[test]
    fn each_goal_takes_the_threshold_that_serves_it() {
        near(chosen(FindingGoal::F1), (0.35, 1.0, 2.0 / 3.0));
        near(chosen(FindingGoal::Youden), (0.75, 2.0 / 3.0, 1.0));
        near(chosen(FindingGoal::Sensitivity(0.9)), (0.35, 1.0, 2.0 / 3.0));
        near(chosen(FindingGoal::Sensitivity(0.5)), (0.75, 2.0 / 3.0, 1.0));
        near(chosen(FindingGoal::Specificity(0.9)), (0.75, 2.0 / 3.0, 1.0));
        near(chosen(FindingGoal::Cost(5.0)), (0.35, 1.0, 2.0 / 3.0));
        let (threshold, sensitivity, specificity) = chosen(FindingGoal::Cost(0.0));
        assert!(threshold > 0.9 && threshold < 0.9 + 1e-9);
        assert_eq!((sensitivity, specificity), (0.0, 1.0), "nothing is called where missing costs nothing");
    }

    #[test]
    fn one_kind_of_images_and_neighbours_in_f64() {
        let one = Ranked::new(&[true, true], &[0.1, 0.2]).unwrap();
        assert_eq!(choose(&one, &one.ones(), FindingGoal::F1), None);
        let close = Ranked::new(&[true, false], &[0.5f64.next_up(), 0.5]).unwrap();
        let choice = choose(&close, &close.ones(), FindingGoal::Youden).unwrap();
        assert_eq!((choice.threshold, choice.table.youden()), (0.5f64.next_up(), Some(1.0)));
    }
}
