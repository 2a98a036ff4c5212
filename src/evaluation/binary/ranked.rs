//! Scores for one finding put in order once, so that every curve and area over them is one walk, for all images or for a
//! resample of them.

/// A finding on many images: whether it is there, and the score that says so, the highest first. Where images stand that
/// have the same score is known: a threshold calls all of them or none.
#[derive(Clone, Debug)]
pub struct Ranked {
    positive: Vec<bool>,
    scores: Vec<f64>,
    /// Places of the images by falling score.
    order: Vec<u32>,
    /// Where in `order` each run of equal scores ends.
    ends: Vec<u32>,
}

/// What calling every image positive from a score on comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// From this score on; infinite where nothing is called positive.
    pub threshold: f64,
    /// Weight of the images called positive that are.
    pub true_positives: f64,
    /// Weight of the images called positive that are not.
    pub false_positives: f64,
}

impl Ranked {
    /// Puts the images in order; `None` where the lists differ in length or a score is not a finite number.
    pub fn new(positive: &[bool], scores: &[f64]) -> Option<Self> {
        if positive.len() != scores.len() || scores.iter().any(|score| !score.is_finite()) {
            return None;
        }
        let mut order: Vec<u32> = (0..u32::try_from(scores.len()).ok()?).collect();
        let score = |place: u32| scores.get(place as usize).copied().unwrap_or_default();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        let mut ends = Vec::new();
        for (at, pair) in order.windows(2).enumerate() {
            if let [a, b] = pair
                && score(*a) != score(*b)
            {
                ends.push(at as u32 + 1);
            }
        }
        if !order.is_empty() {
            ends.push(order.len() as u32);
        }
        Some(Self { positive: positive.to_vec(), scores: scores.to_vec(), order, ends })
    }

    /// Whether each image has the finding, in the order they were given.
    pub fn positive(&self) -> &[bool] {
        &self.positive
    }

    /// The score of each image, in the order they were given.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// One weight an image, all 1: the images as they are.
    pub fn ones(&self) -> Vec<f64> {
        vec![1.0; self.positive.len()]
    }

    /// Weight of the images that have the finding, and of those that do not.
    pub fn totals(&self, weights: &[f64]) -> (f64, f64) {
        let (mut positives, mut negatives) = (0.0, 0.0);
        for (positive, weight) in self.positive.iter().zip(weights) {
            if *positive { positives += weight } else { negatives += weight }
        }
        (positives, negatives)
    }

    /// Goes from the strictest threshold, at which nothing is called positive, to the loosest, one step for each score
    /// that occurs; images of weight 0 make no step.
    pub fn walk(&self, weights: &[f64], mut step: impl FnMut(Step)) {
        let mut now = Step { threshold: f64::INFINITY, true_positives: 0.0, false_positives: 0.0 };
        step(now);
        let mut from = 0;
        for &end in &self.ends {
            let (mut there, mut score) = (false, 0.0);
            for &place in self.order.get(from as usize..end as usize).unwrap_or_default() {
                let place = place as usize;
                let weight = weights.get(place).copied().unwrap_or_default();
                if weight > 0.0 {
                    there = true;
                    if self.positive.get(place).copied().unwrap_or_default() {
                        now.true_positives += weight;
                    } else {
                        now.false_positives += weight;
                    }
                }
                score = self.scores.get(place).copied().unwrap_or_default();
            }
            from = end;
            if there {
                now.threshold = score;
                step(now);
            }
        }
    }

    /// Every step of [`Self::walk`].
    pub fn steps(&self, weights: &[f64]) -> Vec<Step> {
        let mut steps = Vec::with_capacity(self.ends.len() + 1);
        self.walk(weights, |step| steps.push(step));
        steps
    }

    /// Area under the ROC curve: the probability that an image with the finding has a higher score than one without, equal
    /// scores counting half (trapezoids between the steps). `None` unless there are images of both kinds.
    pub fn auroc(&self, weights: &[f64]) -> Option<f64> {
        let (positives, negatives) = self.totals(weights);
        let (mut area, mut last) = (0.0, (0.0, 0.0));
        self.walk(weights, |step| {
            let (true_before, false_before) = last;
            area += (step.false_positives - false_before) * (step.true_positives + true_before) / 2.0;
            last = (step.true_positives, step.false_positives);
        });
        (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
    }

    /// Average precision: the mean of the precision at each step, weighted by how much the sensitivity rises there, without
    /// interpolation (scikit-learn's `average_precision_score`). `None` unless an image has the finding.
    pub fn average_precision(&self, weights: &[f64]) -> Option<f64> {
        let (positives, _) = self.totals(weights);
        let (mut sum, mut before) = (0.0, 0.0);
        self.walk(weights, |step| {
            let called = step.true_positives + step.false_positives;
            if called > 0.0 {
                sum += (step.true_positives - before) * step.true_positives / called;
            }
            before = step.true_positives;
        });
        (positives > 0.0).then(|| sum / positives)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_with_ties_as_half_and_weights_as_copies() {
        let positive = [false, false, true, true];
        let area = |scores: &[f64]| Ranked::new(&positive, scores).unwrap().auroc(&[1.0; 4]).unwrap();
        assert_eq!(area(&[0.1, 0.4, 0.35, 0.8]), 0.75);
        assert_eq!(area(&[0.5; 4]), 0.5);
        assert_eq!(area(&[0.0, -0.0, 0.0, 0.0]), 0.5);
        let ranked = Ranked::new(&positive, &[0.1, 0.4, 0.35, 0.8]).unwrap();
        let copied = Ranked::new(&[false, true, true, true, false, false], &[0.4, 0.35, 0.35, 0.35, 0.1, 0.1]).unwrap();
        let weights = [2.0, 1.0, 3.0, 0.0];
        assert_eq!(ranked.auroc(&weights), copied.auroc(&copied.ones()));
        assert_eq!(ranked.average_precision(&weights), copied.average_precision(&copied.ones()));
        assert_eq!(ranked.steps(&weights).len(), 4, "the image of weight 0 makes no step");
    }

    #[test]
    fn what_has_no_area_has_none() {
        let one_sided = Ranked::new(&[true, true], &[0.1, 0.2]).unwrap();
        assert_eq!((one_sided.auroc(&[1.0; 2]), one_sided.average_precision(&[1.0; 2])), (None, Some(1.0)));
        let none = Ranked::new(&[], &[]).unwrap();
        assert_eq!((none.auroc(&[]), none.average_precision(&[]), none.steps(&[]).len()), (None, None, 1));
        assert!(Ranked::new(&[true, false], &[f64::NAN, 0.2]).is_none());
        assert!(Ranked::new(&[true], &[0.5, 0.2]).is_none());
    }
}
