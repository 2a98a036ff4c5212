//! How far one reader agrees with the same reader's second reading of the same images.

use super::influence::Part;
use super::{KappaWeights, cohen_kappa};
use serde::Serialize;

/// Readings of the same images by the same reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Retest {
    /// Answers that were the same both times, of all that were given twice, with the 95 % interval (Wilson).
    pub equal: Part,
    /// Cohen's kappa between the two readings; absent where chance could not disagree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kappa: Option<f64>,
}

/// The agreement of pairs of answers, the first reading's and the second's: numbers below `answers` that stand for the same in
/// both. Pairs of others are passed over.
pub fn retest(pairs: &[(usize, usize)], answers: usize) -> Retest {
    let mut matrix = vec![vec![0; answers]; answers];
    let (mut equal, mut all) = (0, 0);
    for (first, second) in pairs {
        if let Some(count) = matrix.get_mut(*first).and_then(|row| row.get_mut(*second)) {
            *count += 1;
            all += 1;
            equal += usize::from(first == second);
        }
    }
    Retest { equal: Part::new(equal, all), kappa: cohen_kappa(&matrix, KappaWeights::Unweighted, &[]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_with_oneself_is_counted_and_corrected_for_chance() {
        // By hand: 6 of 8 are equal, chance gives (3 * 3 + 3 * 4 + 2 * 1) / 64 = 23/64, so (48 - 23) / (64 - 23).
        let first = [0, 0, 1, 1, 2, 2, 0, 1];
        let second = [0, 1, 1, 1, 2, 0, 0, 1];
        let pairs: Vec<(usize, usize)> = first.into_iter().zip(second).collect();
        let found = retest(&pairs, 3);
        assert_eq!((found.equal.count, found.equal.of), (6, 8));
        assert!((found.kappa.unwrap() - 25.0 / 41.0).abs() < 1e-12, "{:?}", found.kappa);
        assert_eq!(retest(&[], 3), Retest { equal: Part::new(0, 0), kappa: None });
        assert_eq!(retest(&[(0, 0), (5, 5)], 2).equal.of, 1, "an answer that is none is passed over");
    }
}
