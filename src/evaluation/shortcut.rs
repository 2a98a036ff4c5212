//! Whether one attribute of the images tells their class on its own, so that a network could answer by it without
//! looking: the simplest of classifiers, a table from value to class, measured on images it was not made from.
//!
//! The rule is Holte's 1R ("Very simple classification rules perform well on most commonly used datasets", 1993) with
//! classes weighted to equal shares; the bound is that of Brodersen et al. 2010 ("The balanced accuracy and its
//! posterior distribution"), with a normal curve in place of the convolution of the classes' Beta distributions.

use std::collections::HashMap;
use std::hash::Hash;

/// Parts the images are cut into; each is judged by a rule made from the others.
const FOLDS: usize = 5;
/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// How well a one-attribute rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneRule {
    /// Mean over the classes of the share that is told right, cross-validated.
    pub balanced_accuracy: f64,
    /// Lower end of its central 95 % interval.
    pub low: f64,
    /// What guessing gives: one over the number of classes.
    pub chance: f64,
}

/// Cuts images into five parts (0 to 4), each class and unit spread evenly; images of one unit (a patient, an uploader)
/// get into one part, that of the unit's first image.
pub fn folds<'u, U: Hash + Eq>(labels: &[usize], units: &'u [U]) -> Vec<usize> {
    let mut next: HashMap<usize, usize> = HashMap::new();
    let mut of_unit: HashMap<&U, usize> = HashMap::new();
    let fold = |(label, unit): (&usize, &'u U)| {
        *of_unit.entry(unit).or_insert_with(|| {
            let turn = next.entry(*label).or_default();
            *turn += 1;
            (*turn - 1) % FOLDS
        })
    };
    labels.iter().zip(units).map(fold).collect()
}

/// Makes and judges the rule: `values` are an attribute's values, `labels` the classes and `folds` the parts, one for
/// each image, counted from 0. For every value the rule names the class that has the largest share of its images there;
/// ties and values that a rule has not met go to the first class. `None` with fewer than two classes.
pub fn one_rule(values: &[usize], labels: &[usize], folds: &[usize]) -> Option<OneRule> {
    let classes = labels.iter().max()? + 1;
    let sizes = labels.iter().fold(vec![0usize; classes], |mut sizes, &label| {
        if let Some(size) = sizes.get_mut(label) {
            *size += 1;
        }
        sizes
    });
    let cells = (values.iter().max()? + 1) * classes;
    let parts = folds.iter().max()? + 1;
    let mut counts = vec![vec![0usize; cells]; parts];
    for ((&value, &label), &fold) in values.iter().zip(labels).zip(folds) {
        if let Some(cell) = counts.get_mut(fold).and_then(|part| part.get_mut(value * classes + label)) {
            *cell += 1;
        }
    }
    let all: Vec<usize> = (0..cells).map(|cell| counts.iter().filter_map(|part| part.get(cell)).sum()).collect();
    let mut right = vec![0usize; classes];
    for part in &counts {
        let rest: Vec<usize> = all.iter().zip(part).map(|(all, part)| all - part).collect();
        let mut rest_sizes = vec![0usize; classes];
        for row in rest.chunks_exact(classes) {
            rest_sizes.iter_mut().zip(row).for_each(|(size, count)| *size += count);
        }
        for (made_from, judged) in rest.chunks_exact(classes).zip(part.chunks_exact(classes)) {
            let share = |class: usize| {
                let (count, size) = (made_from.get(class).copied(), rest_sizes.get(class).copied());
                count.unwrap_or(0) as f64 / size.unwrap_or(0).max(1) as f64
            };
            let named = (0..classes).rev().max_by(|&a, &b| share(a).total_cmp(&share(b))).unwrap_or(0);
            if let (Some(right), Some(judged)) = (right.get_mut(named), judged.get(named)) {
                *right += judged;
            }
        }
    }
    let judged: Vec<(f64, f64)> =
        right.iter().zip(&sizes).filter(|(_, size)| **size > 0).map(|(r, n)| (*r as f64, *n as f64)).collect();
    let k = judged.len() as f64;
    if judged.len() < 2 {
        return None;
    }
    // Beta(1 + right, 1 + wrong) of each class, from an even prior.
    let mean = judged.iter().map(|(right, n)| (right + 1.0) / (n + 2.0)).sum::<f64>() / k;
    let variance = judged.iter().map(|(right, n)| {
        let (a, b) = (right + 1.0, n - right + 1.0);
        a * b / ((a + b).powi(2) * (a + b + 1.0))
    });
    Some(OneRule {
        balanced_accuracy: judged.iter().map(|(right, n)| right / n).sum::<f64>() / k,
        low: mean - Z * variance.sum::<f64>().sqrt() / k,
        chance: 1.0 / k,
    })
}

/// The number of the bin each value lies in, after cutting the values into `bins` of equal size at their quantiles
/// (linear interpolation, as `numpy.quantile`); a value at an edge lies above it. Equal edges fall together.
pub fn quantile_bins(values: &[f64], bins: usize) -> Vec<usize> {
    let mut sorted: Vec<f64> = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = share * sorted.len().saturating_sub(1) as f64;
        let low = sorted.get(at.floor() as usize).copied().unwrap_or(0.0);
        let high = sorted.get(at.ceil() as usize).copied().unwrap_or(low);
        low + (high - low) * at.fract()
    };
    let mut edges: Vec<f64> = (1..bins).map(|bin| quantile(bin as f64 / bins as f64)).collect();
    edges.dedup();
    values.iter().map(|value| edges.partition_point(|edge| edge <= value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        values: Vec<usize>,
        labels: Vec<usize>,
        folds: Vec<usize>,
        balanced_accuracy: f64,
        low: f64,
    }

    #[derive(serde::Deserialize)]
    struct Expected {
        rules: Vec<Case>,
        numbers: Vec<f64>,
        bins: Vec<usize>,
    }

    #[test]
    fn rules_and_bins_are_those_of_scikit_learn_and_numpy() {
        // tests/reference/shortcut.py
        let expected: Expected =
            serde_json::from_str(include_str!("../../tests/reference/expected/shortcut.json")).unwrap();
        for case in &expected.rules {
            let rule = one_rule(&case.values, &case.labels, &case.folds).unwrap();
            assert!((rule.balanced_accuracy - case.balanced_accuracy).abs() < 1e-12, "{rule:?}");
            // The reference draws from the exact posterior: a million samples and no normal curve.
            assert!((rule.low - case.low).abs() < 0.004, "{rule:?}, not {}", case.low);
        }
        assert!(expected.rules.len() >= 4);
        assert_eq!(quantile_bins(&expected.numbers, 8), expected.bins);
    }

    #[test]
    fn an_attribute_that_says_nothing_stays_at_chance() {
        let labels: Vec<usize> = (0..400).map(|i| i % 2).collect();
        let values: Vec<usize> = (0..400).map(|i| (i * 7919 / 13) % 5).collect();
        let alone: Vec<usize> = (0..400).collect();
        let rule = one_rule(&values, &labels, &folds(&labels, &alone)).unwrap();
        assert!(rule.low < rule.chance && rule.chance == 0.5, "{rule:?}");
        assert_eq!(one_rule(&values, &vec![0; 400], &folds(&labels, &alone)), None);
        assert_eq!(one_rule(&[], &[], &[]), None);
    }

    #[test]
    fn what_only_names_a_patient_predicts_nothing() {
        // Twenty patients with ten images each, whose folder is their own: known patients are never judged.
        let labels: Vec<usize> = (0..200).map(|i| i / 10 % 2).collect();
        let folder: Vec<usize> = (0..200).map(|i| i / 10).collect();
        let alone: Vec<usize> = (0..200).collect();
        let leaky = one_rule(&folder, &labels, &folds(&labels, &alone)).unwrap();
        assert_eq!(leaky.balanced_accuracy, 1.0);
        let honest = one_rule(&folder, &labels, &folds(&labels, &folder)).unwrap();
        assert_eq!(honest.balanced_accuracy, 0.5);
    }
}
