//! The spread of areas under ROC curves and of the difference of two on the same images (DeLong, DeLong and Clarke-Pearson
//! 1988), by ranks (Sun and Xu 2014, "Fast implementation of DeLong's algorithm").

use crate::evaluation::interval::Z;
use statrs::distribution::{ContinuousCDF, Normal};

/// An area with its variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub value: f64,
    pub variance: f64,
}

impl Area {
    /// The 95 % interval in log odds of the area, so that it stays within 0 and 1. `None` where the variance is 0 (an area
    /// of 0 or 1, or one image of a kind), from which no interval follows.
    pub fn interval(&self) -> Option<[f64; 2]> {
        if !(self.variance > 0.0 && self.value > 0.0 && self.value < 1.0) {
            return None;
        }
        let log_odds = (self.value / (1.0 - self.value)).ln();
        let half = Z * self.variance.sqrt() / (self.value * (1.0 - self.value));
        Some([-1.0, 1.0].map(|side| 1.0 / (1.0 + (-(log_odds + side * half)).exp())))
    }
}

/// Two areas on the same images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    pub first: Area,
    pub second: Area,
    pub covariance: f64,
}

impl Compared {
    /// The second area less the first.
    pub fn difference(&self) -> f64 {
        self.second.value - self.first.value
    }

    /// The variance of that.
    pub fn variance(&self) -> f64 {
        self.first.variance + self.second.variance - 2.0 * self.covariance
    }

    /// The 95 % interval of the difference; `None` where it has no spread.
    pub fn interval(&self) -> Option<[f64; 2]> {
        let half = Z * self.variance().sqrt();
        (self.tells()).then(|| [self.difference() - half, self.difference() + half])
    }

    /// The probability of such a difference or a larger one where there is none (two-sided). `None` where the curves
    /// leave no spread to test by, as two equal ones.
    pub fn p_value(&self) -> Option<f64> {
        let z = self.difference() / self.variance().sqrt();
        (self.tells()).then(|| 2.0 * Normal::standard().cdf(-z.abs()))
    }

    fn tells(&self) -> bool {
        // Differences of sums that should cancel leave some last digits.
        self.variance() > 1e-15 * (self.first.variance + self.second.variance) && self.variance() > 0.0
    }
}

/// How each image places a model: of one with the finding, the share of images without it that it outranks; of one
/// without, the share of those with it that outrank it. Ties count half.
struct Placements {
    of_positives: Vec<f64>,
    of_negatives: Vec<f64>,
}

fn placements(positive: &[bool], scores: &[f64]) -> Option<Placements> {
    if positive.len() != scores.len() || scores.iter().any(|score| !score.is_finite()) {
        return None;
    }
    let pick = |wanted: bool| -> Vec<f64> {
        let of = positive.iter().zip(scores).filter(|(positive, _)| **positive == wanted);
        of.map(|(_, score)| *score).collect()
    };
    let (positives, negatives) = (pick(true), pick(false));
    if positives.is_empty() || negatives.is_empty() {
        return None;
    }
    let sorted = |of: &[f64]| {
        let mut sorted = of.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (up, down) = (sorted(&positives), sorted(&negatives));
    // Below it, and half of those equal to it. The scores are finite, and -0 stands beside 0 only in order.
    let below = |of: &[f64], score: f64| {
        let less = of.partition_point(|other| *other < score);
        let most = of.partition_point(|other| *other <= score);
        (less + most) as f64 / 2.0 / of.len() as f64
    };
    Some(Placements {
        of_positives: positives.iter().map(|score| below(&down, *score)).collect(),
        of_negatives: negatives.iter().map(|score| 1.0 - below(&up, *score)).collect(),
    })
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

/// The covariance of two lists about the same images; 0 of a single one.
fn covariance(a: &[f64], b: &[f64]) -> f64 {
    if a.len() < 2 {
        return 0.0;
    }
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    sum / (a.len() as f64 - 1.0)
}

fn spread(a: &Placements, b: &Placements) -> f64 {
    covariance(&a.of_positives, &b.of_positives) / a.of_positives.len() as f64
        + covariance(&a.of_negatives, &b.of_negatives) / a.of_negatives.len() as f64
}

/// The area under one ROC curve with its variance; `None` unless there are images of both kinds and finite scores.
pub fn area(positive: &[bool], scores: &[f64]) -> Option<Area> {
    let placed = placements(positive, scores)?;
    Some(Area { value: mean(&placed.of_positives), variance: spread(&placed, &placed) })
}

/// Two areas on the same images with how they vary together; `None` as [`area`].
pub fn compare(positive: &[bool], first: &[f64], second: &[f64]) -> Option<Compared> {
    let (a, b) = (placements(positive, first)?, placements(positive, second)?);
    Some(Compared {
        first: Area { value: mean(&a.of_positives), variance: spread(&a, &a) },
        second: Area { value: mean(&b.of_positives), variance: spread(&b, &b) },
        covariance: spread(&a, &b),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_curves_are_not_told_apart_and_perfect_ones_have_no_interval() {
        let positive = [true, false, true, false, true];
        let scores = [0.9, 0.2, 0.6, 0.7, 0.8];
        let same = compare(&positive, &scores, &scores).unwrap();
        assert_eq!((same.difference(), same.p_value(), same.interval()), (0.0, None, None));
        let perfect = area(&positive, &[0.9, 0.1, 0.8, 0.2, 0.7]).unwrap();
        assert_eq!((perfect.value, perfect.variance, perfect.interval()), (1.0, 0.0, None));
        assert_eq!(area(&[true, true], &[0.1, 0.2]), None);
        assert_eq!(area(&[true, false], &[f64::NAN, 0.2]), None);
        let [low, high] = area(&positive, &scores).unwrap().interval().unwrap();
        assert!(0.0 < low && low < 0.84 && high < 1.0, "{low} {high}");
    }
}
