//! The four cells of calling images positive or not, and the figures made of them.

use super::ranked::Ranked;

/// How many images (or what weight of them) were called positive or not, and are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Table {
    pub true_positives: f64,
    pub false_positives: f64,
    pub false_negatives: f64,
    pub true_negatives: f64,
}

/// A share, or `None` of nothing.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Table {
    /// Every image with this score or a higher one is called positive.
    pub fn at(ranked: &Ranked, weights: &[f64], threshold: f64) -> Self {
        Self::of(ranked.positive(), ranked.scores().iter().map(|score| *score >= threshold), weights)
    }

    /// Of calls made by any rule, in the order of the images.
    pub fn of(positive: &[bool], called: impl IntoIterator<Item = bool>, weights: &[f64]) -> Self {
        let mut table = Self::default();
        for ((positive, called), weight) in positive.iter().zip(called).zip(weights) {
            let cell = match (*positive, called) {
                (true, true) => &mut table.true_positives,
                (false, true) => &mut table.false_positives,
                (true, false) => &mut table.false_negatives,
                (false, false) => &mut table.true_negatives,
            };
            *cell += weight;
        }
        table
    }

    /// Images that have the finding.
    pub fn positives(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// Images that do not.
    pub fn negatives(&self) -> f64 {
        self.true_negatives + self.false_positives
    }

    /// All images.
    pub fn images(&self) -> f64 {
        self.positives() + self.negatives()
    }

    /// Of the images with the finding, the share called positive (recall).
    pub fn sensitivity(&self) -> Option<f64> {
        share(self.true_positives, self.positives())
    }

    /// Of the images without it, the share not called positive.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.negatives())
    }

    /// Of the images called positive, the share that has the finding (positive predictive value, precision).
    pub fn positive_predictive_value(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Of the images not called positive, the share that does not have it.
    pub fn negative_predictive_value(&self) -> Option<f64> {
        share(self.true_negatives, self.true_negatives + self.false_negatives)
    }

    /// The share of all images that was called rightly.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.true_positives + self.true_negatives, self.images())
    }

    /// The mean of sensitivity and specificity; `None` where one of them is not defined.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.sensitivity()? + self.specificity()?) / 2.0)
    }

    /// Sensitivity + specificity - 1 (Youden 1950).
    pub fn youden(&self) -> Option<f64> {
        Some(self.sensitivity()? + self.specificity()? - 1.0)
    }

    /// The harmonic mean of positive predictive value and sensitivity; `None` where nothing is positive and nothing is
    /// called so. It leaves the true negatives out and grows with how common the finding is.
    pub fn f1(&self) -> Option<f64> {
        share(2.0 * self.true_positives, 2.0 * self.true_positives + self.false_positives + self.false_negatives)
    }

    /// Matthews' correlation coefficient: of calls and truth, -1 to 1 (Matthews 1975). `None` where all images are of one
    /// kind or are called one way, which leaves nothing to correlate; scikit-learn gives 0 then.
    pub fn matthews(&self) -> Option<f64> {
        let Self { true_positives: tp, false_positives: fp, false_negatives: fne, true_negatives: tn } = self;
        let below = (tp + fp) * (tp + fne) * (tn + fp) * (tn + fne);
        (below > 0.0).then(|| (tp * tn - fp * fne) / below.sqrt())
    }

    /// Net benefit at a threshold probability: true positives less false positives weighed by the odds at which a person
    /// would still act, an image (Vickers and Elkin 2006).
    pub fn net_benefit(&self, threshold_probability: f64) -> Option<f64> {
        let odds = threshold_probability / (1.0 - threshold_probability);
        (self.images() > 0.0 && odds.is_finite() && odds >= 0.0)
            .then(|| (self.true_positives - self.false_positives * odds) / self.images())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_nothing_are_not_defined() {
        let ranked = Ranked::new(&[true, true], &[0.2, 0.9]).unwrap();
        let table = Table::at(&ranked, &[1.0, 1.0], 0.9);
        assert_eq!((table.true_positives, table.false_negatives), (1.0, 1.0), "the threshold itself counts");
        assert_eq!((table.sensitivity(), table.specificity(), table.balanced_accuracy()), (Some(0.5), None, None));
        assert_eq!((table.matthews(), Table::default().f1(), Table::default().accuracy()), (None, None, None));
        assert_eq!(table.net_benefit(1.0), None, "nobody acts at odds of infinity");
    }
}
