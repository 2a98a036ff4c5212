//! Cross-validation: what a head says of images that it has not learned from.

use super::row;
use crate::evaluation::logistic::{LogisticError, Rows, Settings, Truth, fit};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Puts images into folds so that each class is spread evenly over them and images of one group (a patient) stay together;
/// those without one are each their own. Of equal folds the first is taken, in an order of images that the seed shuffles.
///
/// Without groups the images of a class differ by one at most from fold to fold, as in scikit-learn's `StratifiedKFold`; with
/// groups the largest ones are placed first, each where the class that most of it has is rarest, as in its
/// `StratifiedGroupKFold`.
pub fn stratified_folds(labels: &[usize], groups: &[Option<usize>], folds: usize, seed: u64) -> Vec<usize> {
    let folds = folds.max(1);
    let mut units: BTreeMap<(bool, usize), Vec<usize>> = BTreeMap::new();
    for image in 0..labels.len() {
        let key = groups.get(image).copied().flatten().map_or((true, image), |group| (false, group));
        units.entry(key).or_default().push(image);
    }
    let mut units: Vec<Vec<usize>> = units.into_values().collect();
    units.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
    let mut of = vec![0; labels.len()];
    let mut with_class: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut sizes = vec![0usize; folds];
    for unit in units {
        let class = most_common(unit.iter().filter_map(|image| labels.get(*image)).copied());
        let lack = |fold: usize| {
            let count = with_class.get(&(fold, class)).copied().unwrap_or_default();
            (count, sizes.get(fold).copied().unwrap_or_default())
        };
        let fold = (0..folds).min_by_key(|fold| lack(*fold)).unwrap_or_default();
        for image in unit {
            if let (Some(label), Some(place)) = (labels.get(image), of.get_mut(image)) {
                *place = fold;
                *with_class.entry((fold, *label)).or_default() += 1;
            }
            if let Some(size) = sizes.get_mut(fold) {
                *size += 1;
            }
        }
    }
    of
}

/// The label that occurs most, the smallest of those.
fn most_common(labels: impl Iterator<Item = usize>) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    counts.into_iter().max_by_key(|(label, count)| (*count, std::cmp::Reverse(*label))).map_or(0, |(label, _)| label)
}

/// What a head learns from.
#[derive(Clone, Copy, Debug)]
pub struct Learnable<'a> {
    /// Row after row, `width` numbers an image.
    pub features: &'a [f32],
    pub width: usize,
    /// An index below `classes` for each image.
    pub labels: &'a [usize],
    pub classes: usize,
}

/// The probabilities of each image by a head that has learned from the other folds, row after row. `go_on` is asked at every
/// step of learning.
///
/// # Errors
/// When it is told to stop, and when features are no numbers or do not fit the labels.
pub fn out_of_fold(
    of: Learnable<'_>,
    fold_of: &[usize],
    settings: Settings,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<f32>, LogisticError> {
    let mut said = vec![0.0f32; of.labels.len() * of.classes];
    let folds = fold_of.iter().max().map_or(0, |last| last + 1);
    for fold in 0..folds {
        let (mut features, mut labels, mut held, mut asked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (image, (label, own)) in of.labels.iter().zip(fold_of).enumerate() {
            let features_of = row(of.features, of.width, image);
            if *own == fold {
                held.push(image);
                asked.extend_from_slice(features_of);
            } else {
                labels.push(*label);
                features.extend_from_slice(features_of);
            }
        }
        let rows = Rows {
            features: &features,
            width: of.width,
            truth: Truth::Classes(&labels),
            answers: of.classes,
            weights: None,
            offsets: None,
        };
        let head = fit(&rows, settings, None, go_on)?;
        let answers = head.probabilities(&asked, None);
        for (image, answer) in held.into_iter().zip(answers.chunks_exact(of.classes.max(1))) {
            if let Some(place) = said.get_mut(image * of.classes..(image + 1) * of.classes) {
                place.copy_from_slice(answer);
            }
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_even_over_the_folds_and_groups_stay_whole() {
        let labels: Vec<usize> = (0..103).map(|at| usize::from(at % 7 == 0) + usize::from(at % 31 == 0)).collect();
        let alone = vec![None; 103];
        let folds = stratified_folds(&labels, &alone, 5, 3);
        for class in 0..3 {
            let of = |fold: usize| (0..103).filter(|at| folds[*at] == fold && labels[*at] == class).count();
            let counts: Vec<usize> = (0..5).map(of).collect();
            assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
        }
        assert_eq!(folds, stratified_folds(&labels, &alone, 5, 3));
        assert_ne!(folds, stratified_folds(&labels, &alone, 5, 4));
        let patients: Vec<Option<usize>> = (0..103).map(|at| (at > 20).then_some(at / 4)).collect();
        let folds = stratified_folds(&labels, &patients, 5, 3);
        for at in 22..102 {
            assert!(patients[at] != patients[at + 1] || folds[at] == folds[at + 1]);
        }
        let sizes: Vec<usize> = (0..5).map(|fold| folds.iter().filter(|of| **of == fold).count()).collect();
        assert!(sizes.iter().all(|size| (15..=27).contains(size)), "{sizes:?}");
    }

    #[test]
    fn an_image_that_nothing_else_is_like_is_not_known_out_of_fold() {
        // Feature 1 says the class; feature 2 marks one image that has the other label.
        let odd = 7;
        let labels: Vec<usize> = (0..40).map(|at| usize::from(at % 2 == 0) ^ usize::from(at == odd)).collect();
        let features: Vec<f32> = (0..40)
            .flat_map(|at| [if at % 2 == 0 { 1.0 } else { -1.0 }, f32::from(u8::from(at == odd)) * 30.0])
            .collect();
        let of = Learnable { features: &features, width: 2, labels: &labels, classes: 2 };
        let folds = stratified_folds(&labels, &[None; 40], 5, 1);
        let settings = Settings { c: 10.0, ..Settings::default() };
        let said = out_of_fold(of, &folds, settings, &|| true).unwrap();
        assert!(said[odd * 2 + labels[odd]] < 0.1, "the others say that it is of the other class");
        assert!((0..40).filter(|at| *at != odd).all(|at| said[at * 2 + labels[at]] > 0.7));
        assert_eq!(out_of_fold(of, &folds, settings, &|| false).err(), Some(LogisticError::Stopped));
    }
}
