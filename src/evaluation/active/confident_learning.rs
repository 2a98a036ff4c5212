//! Likely label errors: confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in
//! dataset labels", Journal of Artificial Intelligence Research 70), as cleanlab 2.9 does it: `filter.find_label_issues` with
//! `prune_by_noise_rate`, and `rank.get_label_quality_scores`.
//!
//! It is about probabilities of a model that has not learned from the very labels it judges, out-of-fold ones; of a model
//! that has, it finds less. Where probabilities are exactly equal, the image that comes first is taken, which cleanlab leaves
//! open.

use super::row;

/// Confident thresholds are lowered by so much, and not below twice that (cleanlab's `FLOATING_POINT_COMPARISON`).
const CLOSE: f64 = 1e-6;

/// Labels, each an index below `classes`, with one row of probabilities an image.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub labels: &'a [usize],
    pub probabilities: &'a [f32],
    pub classes: usize,
}

impl<'a> Labelled<'a> {
    /// Each label with its image's probabilities; images whose row is too short are not among them.
    fn rows(&self) -> impl Iterator<Item = (usize, &'a [f32])> {
        let Self { labels, probabilities, classes } = *self;
        labels.iter().enumerate().map(move |(at, label)| (*label, row(probabilities, classes, at)))
    }

    fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for label in self.labels {
            if let Some(count) = counts.get_mut(*label) {
                *count += 1;
            }
        }
        counts
    }
}

fn at(row: &[f32], class: usize) -> f64 {
    row.get(class).map_or(0.0, |p| f64::from(*p))
}

/// Of each class the mean probability that images with its label get for it; more than any probability for a class without
/// images (the paper's equation 2).
pub fn thresholds(of: Labelled<'_>) -> Vec<f64> {
    let mut sums = vec![0.0; of.classes];
    for (label, row) in of.rows() {
        if let Some(sum) = sums.get_mut(label) {
            *sum += at(row, label);
        }
    }
    let mean = |(sum, count): (f64, usize)| if count == 0 { 2.0 } else { (sum / count as f64).max(2.0 * CLOSE) };
    sums.into_iter().zip(of.counts()).map(mean).collect()
}

/// The class an image confidently is of: the only one whose threshold its probability reaches, of several the likeliest.
fn confident_class(row: &[f32], thresholds: &[f64]) -> Option<usize> {
    let reached: Vec<usize> = thresholds
        .iter()
        .enumerate()
        .filter(|(class, threshold)| at(row, *class) >= **threshold - CLOSE)
        .map(|(class, _)| class)
        .collect();
    match reached.as_slice() {
        [] => None,
        [only] => Some(*only),
        [..] => likeliest(row.iter().map(|p| f64::from(*p))),
    }
}

/// The place of the largest, the first of equals.
fn likeliest(row: impl Iterator<Item = f64>) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (class, p) in row.enumerate() {
        if best.is_none_or(|(_, so_far)| p > so_far) {
            best = Some((class, p));
        }
    }
    best.map(|(class, _)| class)
}

/// How many images have label `i` and are truly of class `j`, by `[i][j]`: counted where the model is confident (equation 1),
/// then calibrated so that each row adds up to the images with that label (equation 3).
pub fn confident_joint(of: Labelled<'_>) -> Vec<Vec<usize>> {
    let thresholds = thresholds(of);
    let mut counted = vec![vec![0usize; of.classes]; of.classes];
    for (label, row) in of.rows() {
        let confident = confident_class(row, &thresholds);
        if let Some(cell) = confident.and_then(|class| counted.get_mut(label)?.get_mut(class)) {
            *cell += 1;
        }
    }
    for (class, row) in counted.iter_mut().enumerate() {
        if let Some(cell) = row.get_mut(class) {
            *cell = (*cell).max(1);
        }
    }
    let counts = of.counts();
    let scaled: Vec<Vec<f64>> = counted
        .iter()
        .zip(&counts)
        .map(|(row, count)| {
            let sum: usize = row.iter().sum();
            row.iter().map(|cell| *cell as f64 / sum as f64 * *count as f64).collect()
        })
        .collect();
    let total = scaled.iter().flatten().sum::<f64>().max(1e-100);
    let images = counts.iter().sum::<usize>() as f64;
    scaled.into_iter().map(|row| rounded(&row.iter().map(|cell| cell / total * images).collect::<Vec<_>>())).collect()
}

/// Numbers rounded, half to even, and then moved by one, those first that rounding changed most, until they add up to the
/// rounded sum.
fn rounded(numbers: &[f64]) -> Vec<usize> {
    let mut whole: Vec<f64> = numbers.iter().map(|number| number.round_ties_even()).collect();
    let wanted = numbers.iter().sum::<f64>().round_ties_even();
    loop {
        let missing = wanted - whole.iter().sum::<f64>();
        if missing.abs() < 0.5 {
            break;
        }
        let step = missing.signum();
        let mut order: Vec<usize> = (0..whole.len()).collect();
        let rest = |at: usize| numbers.get(at).zip(whole.get(at)).map_or(0.0, |(number, whole)| number - whole);
        order.sort_by(|a, b| rest(*a).total_cmp(&rest(*b)));
        if step > 0.0 {
            order.reverse();
        }
        order.truncate(missing.abs() as usize);
        for at in order {
            if let Some(whole) = whole.get_mut(at) {
                *whole += step;
            }
        }
    }
    whole.into_iter().map(|number| number.max(0.0) as usize).collect()
}

/// How many images with label `i` are to be called wrong because they are of class `j`, by `[i][j]`. At least one image of
/// each class is taken for right; what that adds is taken from its other cells in equal parts.
fn to_prune(joint: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let pruned = joint.iter().enumerate().map(|(label, row)| {
        let right = row.get(label).copied().unwrap_or_default();
        let more = right.max(1) - right;
        let cells = row.iter().filter(|cell| **cell > 0).count().saturating_sub(1).max(1);
        let less = more as f64 / cells as f64;
        let cell = |(class, count): (usize, &usize)| match class == label {
            true => right.max(1),
            // Cut off, not rounded, as cleanlab does.
            false => (*count as f64 - less).max(0.0) as usize,
        };
        row.iter().enumerate().map(cell).collect()
    });
    pruned.collect()
}

/// Whether each label is likely to be wrong. Of the images with label `i`, those are that have the largest
/// `p(j) - p(i)`, as many as the joint says are truly of class `j`; but none for which the model itself says its label.
pub fn label_issues(of: Labelled<'_>) -> Vec<bool> {
    let prune = to_prune(&confident_joint(of));
    let mut issues = vec![false; of.labels.len()];
    for (label, (wrong, count)) in prune.iter().zip(of.counts()).enumerate() {
        // The only image of its class stays.
        if count <= 1 {
            continue;
        }
        let images: Vec<usize> =
            of.labels.iter().enumerate().filter(|(_, own)| **own == label).map(|(image, _)| image).collect();
        for (class, &wrong) in wrong.iter().enumerate().filter(|(class, wrong)| *class != label && **wrong > 0) {
            let margin = |image: usize| {
                let row = row(of.probabilities, of.classes, image);
                at(row, class) - at(row, label)
            };
            let mut order = images.clone();
            order.sort_by(|a, b| margin(*b).total_cmp(&margin(*a)));
            for image in order.into_iter().take(wrong) {
                if let Some(issue) = issues.get_mut(image) {
                    *issue = true;
                }
            }
        }
    }
    for (issue, (label, row)) in issues.iter_mut().zip(of.rows()) {
        let said =
            likeliest(row.iter().enumerate().map(|(class, p)| f64::from(*p) + f64::from(class == label) * CLOSE));
        *issue &= said != Some(label);
    }
    issues
}

/// How good a label is, 0 to 1: the probability that the model gives to it (cleanlab's `self_confidence`).
pub fn self_confidence(probabilities: &[f32], label: usize) -> f64 {
    at(probabilities, label)
}

/// The same by how far the likeliest other class is from it: `(p(label) - max p(other) + 1) / 2` (cleanlab's
/// `normalized_margin`). The order differs from [`self_confidence`] only with more than two classes.
pub fn normalized_margin(probabilities: &[f32], label: usize) -> f64 {
    let others = probabilities.iter().enumerate().filter(|(class, _)| *class != label).map(|(_, p)| f64::from(*p));
    (at(probabilities, label) - others.fold(0.0, f64::max) + 1.0) / 2.0
}

/// The images in the order to look their labels through: the likely errors before all others, the worst labels of each
/// first; with the number of likely errors.
pub fn ranked(of: Labelled<'_>, quality: fn(&[f32], usize) -> f64) -> (Vec<usize>, usize) {
    let issues = label_issues(of);
    let scores: Vec<f64> = of.rows().map(|(label, row)| quality(row, label)).collect();
    let mut order: Vec<usize> = (0..of.labels.len()).collect();
    let key = |image: usize| (issues.get(image).is_none_or(|issue| !issue), scores.get(image).copied().unwrap_or(1.0));
    order.sort_by(|a, b| {
        let ((a, of_a), (b, of_b)) = (key(*a), key(*b));
        a.cmp(&b).then(of_a.total_cmp(&of_b))
    });
    (order, issues.into_iter().filter(|issue| *issue).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn numbers<T>(value: &Value, of: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        value.as_array().into_iter().flatten().filter_map(of).collect()
    }

    #[test]
    fn issues_joint_scores_and_ranking_are_cleanlabs() {
        let text = include_str!("../../../tests/reference/expected/confident_learning.json");
        let cases: Value = serde_json::from_str(text).unwrap();
        let whole = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        let mut seen = 0;
        for case in cases.as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let labels = numbers(&case["labels"], whole);
            let probabilities = numbers(&case["probabilities"], |p| p.as_f64().map(|p| p as f32));
            let of =
                Labelled { labels: &labels, probabilities: &probabilities, classes: whole(&case["classes"]).unwrap() };
            let joint: Vec<Vec<usize>> = numbers(&case["joint"], |row| Some(numbers(row, whole)));
            assert_eq!(confident_joint(of), joint, "{name}");
            for (ours, theirs) in thresholds(of).iter().zip(numbers(&case["thresholds"], Value::as_f64)) {
                assert!((ours - theirs).abs() < 1e-12, "{name}: {ours} {theirs}");
            }
            let issues: Vec<usize> = (0..labels.len()).filter(|at| label_issues(of)[*at]).collect();
            assert_eq!(issues, numbers(&case["issues"], whole), "{name}");
            for (quality, key) in [
                (self_confidence as fn(&[f32], usize) -> f64, "self_confidence"),
                (normalized_margin, "normalized_margin"),
            ] {
                let (order, count) = ranked(of, quality);
                assert_eq!(order[..count], numbers(&case["ranked"][key], whole), "{name} {key}");
                let scores = numbers(&case["scores"][key], Value::as_f64);
                for (image, score) in scores.iter().enumerate() {
                    let ours = quality(row(&probabilities, of.classes, image), labels[image]);
                    assert!((ours - score).abs() < 1e-12, "{name} {key} {image}: {ours} {score}");
                }
                seen += scores.len();
            }
        }
        assert!(seen > 1000, "{seen}");
    }

    #[test]
    fn nothing_and_one_class_have_no_errors() {
        let none = Labelled { labels: &[], probabilities: &[], classes: 2 };
        assert_eq!((label_issues(none), ranked(none, self_confidence)), (vec![], (vec![], 0)));
        let one = Labelled { labels: &[0, 0, 0], probabilities: &[0.9, 0.1, 0.8, 0.2, 0.1, 0.9], classes: 2 };
        assert_eq!(ranked(one, self_confidence), (vec![2, 1, 0], 0));
    }
}
