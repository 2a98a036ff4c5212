//! Answers that hold the truth in a wanted share of the cases, by naming more than one class where the model is not sure
//! (split conformal prediction; Sadinle, Lei and Wasserman 2019 for this score).

use crate::domain::Presence;
use crate::domain::not_sure::outcomes;
pub use crate::domain::prediction::answer;

/// From which probability on a class belongs to the answer, so that answers miss the truth in at most the share `miss` of
/// images like those that it was chosen on: of the scores 1 - p(truth) the k-th smallest, k = ceil((n + 1)(1 - miss)), is the
/// largest that still belongs. `None` where there are too few images for so small a share (k > n), or no share at all.
pub fn least_probability(truth: &[usize], probabilities: &[Vec<f32>], miss: f64) -> Option<f64> {
    let of_truth = |(truth, row): (&usize, &Vec<f32>)| row.get(*truth).map(|p| 1.0 - f64::from(*p));
    least_of(truth.iter().zip(probabilities).filter_map(of_truth).collect(), miss)
}

/// The same for one finding, of its probabilities and whether it is there: of its being there from this on, and of its not
/// being there, 1 less the probability, from this on.
pub fn least_of_finding(statements: &[(bool, f32)], miss: f64) -> Option<f64> {
    least_of(statements.iter().map(|(is, p)| 1.0 - of_outcome(*is, *p)).collect(), miss)
}

/// The probability of what is so.
fn of_outcome(is: bool, p: f32) -> f64 {
    if is { f64::from(p) } else { 1.0 - f64::from(p) }
}

/// By the scores 1 - p(truth).
fn least_of(mut scores: Vec<f64>, miss: f64) -> Option<f64> {
    if !(0.0..1.0).contains(&miss) {
        return None;
    }
    // The product may stand a last digit above the whole number that it is.
    let rank = ((scores.len() as f64 + 1.0) * (1.0 - miss) - 1e-9).ceil().max(1.0) as usize;
    scores.sort_by(f64::total_cmp);
    scores.get(rank - 1).map(|score| 1.0 - score)
}

/// How answers did on images that they were not chosen on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage {
    pub images: usize,
    /// Answers that hold the truth.
    pub covered: usize,
    /// Answers of one class.
    pub single: usize,
    /// Answers of no class.
    pub empty: usize,
    /// Classes named in all.
    pub named: usize,
}

/// Counts them.
pub fn coverage(truth: &[usize], probabilities: &[Vec<f32>], least: f64) -> Coverage {
    let mut counts = Coverage::default();
    for (truth, row) in truth.iter().zip(probabilities) {
        let answer = answer(row, least);
        counts.images += 1;
        counts.covered += usize::from(answer.contains(truth));
        counts.single += usize::from(answer.len() == 1);
        counts.empty += usize::from(answer.is_empty());
        counts.named += answer.len();
    }
    counts
}

/// How answers about one finding did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FindingCoverage {
    /// Images on which it is known.
    pub images: usize,
    /// Answers that hold the truth: present, absent, or both.
    pub covered: usize,
    /// Of the images, those that have it, and the answers that hold the truth there.
    pub positives: usize,
    pub covered_positives: usize,
    /// Answers of both outcomes, and of neither: those are "not sure".
    pub both: usize,
    pub neither: usize,
}

/// Counts them, of the probabilities of a finding and whether it is there.
pub fn finding_coverage(statements: &[(bool, f32)], least: f64) -> FindingCoverage {
    let mut counts = FindingCoverage::default();
    for (is, p) in statements {
        let named: Vec<Presence> = outcomes(*p, least).collect();
        let covered = usize::from(named.contains(&Presence::from(*is)));
        counts.images += 1;
        counts.covered += covered;
        counts.positives += usize::from(*is);
        counts.covered_positives += if *is { covered } else { 0 };
        counts.both += usize::from(named.len() == 2);
        counts.neither += usize::from(named.is_empty());
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_truth(p: &[f32]) -> (Vec<usize>, Vec<Vec<f32>>) {
        (vec![0; p.len()], p.iter().map(|p| vec![*p, 1.0 - p]).collect())
    }

    #[test]
    fn the_rank_is_the_one_for_few_images() {
        let p: Vec<f32> = (1..=9).map(|at| at as f32 / 10.0).collect();
        let (truth, probabilities) = of_truth(&p);
        assert_eq!(least_probability(&truth, &probabilities, 0.05), None, "(9 + 1) 0.95 = 9.5 is beyond the ninth");
        let least = least_probability(&truth, &probabilities, 0.1).unwrap();
        assert!((least - 0.1).abs() < 1e-6, "rank 9 of 9: {least}");
        let least = least_probability(&truth, &probabilities, 0.2).unwrap();
        assert!((least - 0.2).abs() < 1e-6, "rank 8: {least}");
        assert_eq!((least_probability(&[], &[], 0.1), least_probability(&truth, &probabilities, 1.0)), (None, None));
    }

    #[test]
    fn the_image_at_the_edge_is_covered() {
        let (truth, probabilities) = of_truth(&[0.2, 0.35, 0.6, 0.7, 0.9]);
        let least = least_probability(&truth, &probabilities, 0.4).unwrap();
        let counts = coverage(&truth, &probabilities, least);
        assert_eq!((counts.images, counts.covered), (5, 4));
        assert_eq!(answer(&[0.1, 0.6, 0.3], 0.3), [1, 2]);
        assert_eq!(
            coverage(&[2], &[vec![0.1, 0.6, 0.3]], 0.7),
            Coverage { images: 1, empty: 1, ..Coverage::default() }
        );
    }

    #[test]
    fn of_a_finding_both_outcomes_or_neither_are_not_sure_by_the_kth_smallest_score() {
        // Scores 1 - p(truth), by hand: 0.1, 0.2, 0.3, 0.4 of those that have it, 0.05, 0.15, 0.25, 0.6 of the others.
        let known: Vec<(bool, f32)> = [0.9, 0.8, 0.7, 0.6]
            .map(|p| (true, p))
            .into_iter()
            .chain([0.05, 0.15, 0.25, 0.6].map(|p| (false, p)))
            .collect();
        // k = ceil(9 * 0.8) = 8 of 8: 0.6, so that an outcome belongs from 0.4 on.
        let wide = least_of_finding(&known, 0.2).unwrap();
        assert!((wide - 0.4).abs() < 1e-6, "{wide}");
        // k = ceil(9 * 0.5) = 5 of 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.6: 0.25.
        let narrow = least_of_finding(&known, 0.5).unwrap();
        assert!((narrow - 0.75).abs() < 1e-6, "{narrow}");
        assert_eq!(least_of_finding(&known, 0.1), None, "k = ceil(8.1) = 9 of 8");
        let new = [(true, 0.95), (true, 0.55), (true, 0.3), (false, 0.45), (false, 0.1)];
        let seen = finding_coverage(&new, wide);
        let expected =
            FindingCoverage { images: 5, covered: 4, positives: 3, covered_positives: 2, both: 2, neither: 0 };
        assert_eq!(seen, expected);
        let seen = finding_coverage(&new, narrow);
        let expected =
            FindingCoverage { images: 5, covered: 2, positives: 3, covered_positives: 1, both: 0, neither: 3 };
        assert_eq!(seen, expected);
    }
}
