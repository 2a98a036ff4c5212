//! How well likely label errors are found where it is known which labels are wrong.

use super::confident_learning::{Labelled, ranked, self_confidence};
use super::folds::{Learnable, out_of_fold, stratified_folds};
use super::random_arm::shuffled;
use crate::evaluation::logistic::{LogisticError, Settings};

/// Folds of the cross-validation.
const FOLDS: usize = 5;

/// Labels of which some are wrong.
#[derive(Clone, Copy, Debug)]
pub struct Planted<'a> {
    /// With the labels as they are.
    pub known: Learnable<'a>,
    /// Who the image is of, where that is known.
    pub groups: &'a [Option<usize>],
    /// Whether each label is wrong.
    pub wrong: &'a [bool],
}

/// What a look through the queue finds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FoundErrors {
    /// Of the first images of the queue, the share with a wrong label.
    pub precision: f64,
    /// The same in an order drawn at random.
    pub at_random: f64,
    /// Labels that confident learning calls wrong.
    pub suspected: usize,
    /// Of these, wrong.
    pub rightly: usize,
    /// Images to look at until 95 % of the wrong labels are found, in the queue and at random.
    pub looked_at: [usize; 2],
}

/// Puts the labels in the order of [`ranked`], by probabilities out of fold, and counts the wrong ones among the first `first`.
/// `go_on` is asked at every step of learning.
///
/// # Errors
/// Those of [`out_of_fold`].
pub fn find_errors(
    planted: Planted<'_>,
    first: usize,
    settings: Settings,
    seed: u64,
    go_on: &dyn Fn() -> bool,
) -> Result<FoundErrors, LogisticError> {
    let Learnable { labels, classes, .. } = planted.known;
    let folds = stratified_folds(labels, planted.groups, FOLDS, seed);
    let said = out_of_fold(planted.known, &folds, settings, go_on)?;
    let (order, suspected) = ranked(Labelled { labels, probabilities: &said, classes }, self_confidence);
    let drawn = shuffled(labels.len(), seed);
    let wrong = |image: &usize| planted.wrong.get(*image).copied().unwrap_or_default();
    let first = first.min(labels.len());
    let share = |order: &[usize]| order.iter().take(first).filter(|image| wrong(image)).count() as f64 / first as f64;
    let all = planted.wrong.iter().filter(|wrong| **wrong).count();
    let looked_at = |order: &[usize]| {
        let wanted = (0.95 * all as f64).ceil() as usize;
        let mut found = 0;
        let place = order.iter().position(|image| {
            found += usize::from(wrong(image));
            found >= wanted
        });
        place.map_or(order.len(), |place| place + 1)
    };
    Ok(FoundErrors {
        precision: share(&order),
        at_random: share(&drawn),
        suspected,
        rightly: order.iter().take(suspected).filter(|image| wrong(image)).count(),
        looked_at: [looked_at(&order), looked_at(&drawn)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_labels_of_images_that_are_easy_to_tell_are_all_found() {
        let truth: Vec<usize> = (0..120).map(|at| at % 3).collect();
        let wrong: Vec<bool> = (0..120).map(|at| at % 10 == 4).collect();
        let labels: Vec<usize> = truth.iter().zip(&wrong).map(|(t, wrong)| (t + usize::from(*wrong)) % 3).collect();
        let features: Vec<f32> = (0..120usize)
            .flat_map(|at| {
                (0..4).map(move |i| f32::from(u8::from(i == at % 3)) * 3.0 + ((at * 7 + i * 3) % 5) as f32 / 10.0)
            })
            .collect();
        let known = Learnable { features: &features, width: 4, labels: &labels, classes: 3 };
        let planted = Planted { known, groups: &[None; 120], wrong: &wrong };
        for seed in 0..3 {
            let found = find_errors(planted, 12, Settings::default(), seed, &|| true).unwrap();
            assert_eq!((found.precision, found.suspected, found.rightly), (1.0, 12, 12), "seed {seed}");
            assert_eq!(found.looked_at[0], 12);
            assert!(found.at_random < 0.5 && found.looked_at[1] > 60);
            assert_eq!(found, find_errors(planted, 12, Settings::default(), seed, &|| true).unwrap());
        }
    }
}
