//! Which true box each anchor or proposal belongs to, and the choice of those that a step learns from; as torchvision's
//! `Matcher` and `BalancedPositiveNegativeSampler`.

use crate::nn::iou;
use rayon::prelude::*;

/// What a rectangle is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// The true box at this place.
    Truth(usize),
    Background,
    /// Neither clearly one nor the other: nothing is learned from it.
    Between,
}

/// Overlaps (intersection over union) from which a rectangle is matched, and below which it is background.
#[derive(Clone, Copy)]
pub(super) struct Matcher {
    pub(super) matched_from: f32,
    pub(super) background_below: f32,
    /// Whether the rectangles that overlap a true box most are matched however little that is.
    pub(super) best_always: bool,
}

impl Matcher {
    /// One answer for each of `rects`. Without truths all is background.
    pub(super) fn run(self, truths: &[[f32; 4]], rects: &[[f32; 4]]) -> Vec<Match> {
        // The truth that overlaps most, the first of equals.
        let closest = |rect: &[f32; 4]| {
            let mut best = (0, f32::NEG_INFINITY);
            for (index, truth) in truths.iter().enumerate() {
                let overlap = iou(truth, rect);
                if overlap > best.1 {
                    best = (index, overlap);
                }
            }
            best
        };
        let best_of = |truth: &[f32; 4]| rects.iter().map(|rect| iou(truth, rect)).fold(0.0, f32::max);
        let most: Vec<f32> = if self.best_always { truths.par_iter().map(best_of).collect() } else { Vec::new() };
        rects
            .par_iter()
            .map(|rect| {
                if truths.is_empty() {
                    return Match::Background;
                }
                let (truth, overlap) = closest(rect);
                // A true box that no anchor touches makes no match of all the anchors that do not touch it.
                let is_best =
                    overlap > 0.0 && truths.iter().zip(&most).any(|(t, &most)| most > 0.0 && iou(t, rect) == most);
                if overlap >= self.matched_from || is_best {
                    Match::Truth(truth)
                } else if overlap < self.background_below {
                    Match::Background
                } else {
                    Match::Between
                }
            })
            .collect()
    }
}

/// Chooses so many of so many, by their places.
pub(super) type Choose<'a> = dyn FnMut(usize, usize) -> Vec<usize> + 'a;

/// How many examples of a picture a step learns from, and the largest share of them that is matched.
#[derive(Clone, Copy)]
pub(super) struct Sampler {
    pub(super) count: usize,
    pub(super) positive: f64,
}

impl Sampler {
    /// Places of the matched and of the background examples that were chosen, each in rising order.
    pub(super) fn run(self, matches: &[Match], choose: &mut Choose) -> (Vec<usize>, Vec<usize>) {
        let places = |wanted: fn(&Match) -> bool| -> Vec<usize> {
            matches.iter().enumerate().filter(|(_, m)| wanted(m)).map(|(place, _)| place).collect()
        };
        let positive = places(|m| matches!(m, Match::Truth(_)));
        let negative = places(|m| *m == Match::Background);
        let positives = ((self.count as f64 * self.positive) as usize).min(positive.len());
        let negatives = self.count.saturating_sub(positives).min(negative.len());
        let mut chosen = |from: &[usize], count: usize| {
            let mut chosen: Vec<usize> =
                choose(from.len(), count).into_iter().filter_map(|at| from.get(at).copied()).collect();
            chosen.sort_unstable();
            chosen
        };
        (chosen(&positive, positives), chosen(&negative, negatives))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTHS: [[f32; 4]; 2] = [[0.0, 0.0, 10.0, 10.0], [50.0, 50.0, 60.0, 60.0]];

    #[test]
    fn overlaps_decide_and_the_best_of_a_truth_is_matched_where_that_is_asked_for() {
        let rects = [
            [0.0, 0.0, 10.0, 9.0],
            [0.0, 0.0, 10.0, 5.0],
            [50.0, 50.0, 60.0, 52.0],
            [50.0, 50.0, 60.0, 52.0],
            [80.0, 80.0, 90.0, 90.0],
        ];
        let matcher = Matcher { matched_from: 0.7, background_below: 0.3, best_always: true };
        let best = [Match::Truth(0), Match::Between, Match::Truth(1), Match::Truth(1), Match::Background];
        assert_eq!(matcher.run(&TRUTHS, &rects), best);
        let strict = Matcher { best_always: false, ..matcher };
        assert_eq!(strict.run(&TRUTHS, &rects)[2], Match::Background);
        assert_eq!(matcher.run(&[], &rects), [Match::Background; 5]);
        let elsewhere = [[900.0, 900.0, 910.0, 910.0]];
        assert_eq!(matcher.run(&elsewhere, &rects), [Match::Background; 5], "nothing touches it");
    }

    #[test]
    fn a_share_is_matched_and_the_rest_is_background() {
        let mut matches = vec![Match::Background; 20];
        matches[3..9].fill(Match::Truth(0));
        matches[10] = Match::Between;
        let mut first = |_: usize, count: usize| (0..count).rev().collect();
        let sampler = Sampler { count: 8, positive: 0.5 };
        assert_eq!(sampler.run(&matches, &mut first), (vec![3, 4, 5, 6], vec![0, 1, 2, 9]));
        let many = Sampler { count: 64, positive: 0.5 };
        let (positive, negative) = many.run(&matches, &mut first);
        assert_eq!((positive.len(), negative.len()), (6, 13));
    }
}
