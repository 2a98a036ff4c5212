//! How far two readers of the same images agree.

use super::bootstrap::{Bootstrap, Groups, Resampled, intervals};
use super::interval::wilson_interval;
use super::shares::{accuracy, kappa, matrix};
use crate::domain::ClassList;
use crate::domain::performance::Estimate;

/// What two readers make of the images that both of them read.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ReaderAgreement {
    pub images: usize,
    /// Images that both call the same.
    pub same: usize,
    /// The share of those.
    pub agreement: Estimate,
    /// Cohen's kappa: agreement beyond chance.
    pub kappa: Estimate,
    /// With grades that are far from each other counting more, by their square; absent where classes have no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quadratic_kappa: Option<Estimate>,
}

/// Compares two readers' classes of the same images, of which `groups` says which are drawn together for the intervals.
pub fn agreement(
    one: &[usize],
    other: &[usize],
    groups: &Groups,
    classes: &ClassList,
    how: Bootstrap,
) -> ReaderAgreement {
    let grades = classes.grades();
    let figures = |weights: &[f64]| {
        let matrix = matrix(one, other, weights, classes.len());
        vec![accuracy(&matrix), kappa(&matrix, None), kappa(&matrix, Some(&grades))]
    };
    let undefined = "both readers call all images the same class";
    let mut all = intervals(groups, how, figures).into_iter().map(|of| estimate(of, undefined));
    let mut next = || all.next().unwrap_or_default();
    ReaderAgreement {
        images: one.len(),
        same: one.iter().zip(other).filter(|(one, other)| one == other).count(),
        agreement: next(),
        kappa: next(),
        quadratic_kappa: Some(next()).filter(|_| classes.ordinal),
    }
}

/// How far two readers agree on each class: twice the images that both call so over all that either does (specific agreement;
/// Cicchetti and Feinstein 1990, "High agreement but low kappa: II").
pub fn specific_agreement(
    one: &[usize],
    other: &[usize],
    groups: &Groups,
    classes: usize,
    how: Bootstrap,
) -> Vec<Estimate> {
    let figures = |weights: &[f64]| {
        let mut counts = vec![(0.0, 0.0); classes];
        for ((one, other), weight) in one.iter().zip(other).zip(weights) {
            for class in [one, other] {
                if let Some((both, all)) = counts.get_mut(*class) {
                    *both += if one == other { *weight } else { 0.0 };
                    *all += *weight;
                }
            }
        }
        counts.into_iter().map(|(both, all)| (all > 0.0).then(|| both / all)).collect()
    };
    intervals(groups, how, figures).into_iter().map(|of| estimate(of, "neither reader says so")).collect()
}

/// What two readers make of some of their images, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct BlockAgreement {
    pub images: usize,
    pub same: usize,
    /// The 95 % interval of the share of those that both call the same (Wilson).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Cohen's kappa; absent where both call all images the same class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kappa: Option<f64>,
}

/// Compares two readers' classes of a few images.
pub fn block_agreement(one: &[usize], other: &[usize], classes: usize) -> BlockAgreement {
    let same = one.iter().zip(other).filter(|(one, other)| one == other).count();
    let interval = wilson_interval(same, one.len()).map(|(low, high)| [low, high]);
    let kappa = kappa(&matrix(one, other, &vec![1.0; one.len()], classes), None);
    BlockAgreement { images: one.len(), same, interval, kappa }
}

/// A figure, and why it or its interval is not there.
pub(super) fn estimate(of: Resampled, undefined: &str) -> Estimate {
    let why = match (of.value, of.interval) {
        (None, _) => Some(undefined.to_owned()),
        (Some(_), None) => Some("there are too few groups for an interval".to_owned()),
        (Some(_), Some(_)) => None,
    };
    Estimate { value: of.value, interval: of.interval, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_is_scikit_learns() {
        // sklearn 1.9.1: accuracy_score, cohen_kappa_score without weights and with weights="quadratic" and labels=range(5), of
        // the grades 0, 1, 3, 4.
        let one = [0, 1, 2, 3, 1, 1, 0, 2, 3, 3, 2, 1];
        let other = [0, 1, 3, 3, 0, 1, 1, 2, 3, 2, 2, 3];
        let groups = Groups::new((0..12).map(Some));
        let classes = ClassList::from_names(&["0", "1", "3", "4"], true).unwrap();
        let found = agreement(&one, &other, &groups, &classes, Bootstrap { draws: 200, seed: 1 });
        assert_eq!((found.images, found.same), (12, 7));
        let near = |estimate: &Estimate, value: f64| {
            assert!((estimate.value.unwrap() - value).abs() < 1e-12, "{estimate:?} {value}");
            let [low, high] = estimate.interval.unwrap();
            assert!(low < value && value < high, "{estimate:?}");
        };
        near(&found.agreement, 7.0 / 12.0);
        near(&found.kappa, 0.439_252_336_448_598_07);
        near(found.quadratic_kappa.as_ref().unwrap(), 0.769_230_769_230_769_2);
        let few = agreement(&one[..2], &one[..2], &Groups::new([Some(0), Some(1)]), &classes, Bootstrap::default());
        assert!(few.agreement.interval.is_none() && few.agreement.why.is_some());
    }

    #[test]
    fn specific_agreement_is_scikit_learns_f1_and_blocks_have_their_own_kappa() {
        // tests/reference/reading.py
        let one = [0, 1, 2, 3, 1, 1, 0, 2, 3, 3, 2, 1];
        let other = [0, 1, 3, 3, 0, 1, 1, 2, 3, 2, 2, 3];
        let groups = Groups::new((0..12).map(Some));
        let found = specific_agreement(&one, &other, &groups, 5, Bootstrap { draws: 200, seed: 1 });
        let values: Vec<f64> = found.iter().filter_map(|of| of.value).collect();
        let expected = [0.5, 0.571_428_571_428_571_4, 0.666_666_666_666_666_6, 0.571_428_571_428_571_4];
        assert_eq!(values.len(), 4, "nobody says the fifth");
        assert!(values.iter().zip(expected).all(|(found, value)| (found - value).abs() < 1e-12), "{values:?}");
        let first = block_agreement(&one[..6], &other[..6], 5);
        assert_eq!((first.images, first.same), (6, 4));
        assert!((first.kappa.unwrap() - 0.538_461_538_461_538_4).abs() < 1e-12);
        let [low, high] = first.interval.unwrap();
        assert!((low - 0.299_993_315_138_392).abs() < 1e-9 && (high - 0.903_228_588_894_219_5).abs() < 1e-9);
        assert!((block_agreement(&one[6..], &other[6..], 5).kappa.unwrap() - 0.28).abs() < 1e-12);
        assert_eq!(block_agreement(&[1, 1], &[1, 1], 5).kappa, None);
    }
}
