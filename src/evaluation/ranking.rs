//! Area under the receiver operating characteristic.

/// Area under the ROC curve of scores for a yes/no truth: the probability that a positive outranks a negative, ties
/// counting half (Mann-Whitney U over the number of pairs). `None` unless both a positive and a negative are there, or
/// when a score is not a number.
pub fn roc_auc(positive: &[bool], scores: &[f64]) -> Option<f64> {
    let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    if ranked.iter().any(|(score, _)| score.is_nan()) {
        return None;
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = ranked.iter().filter(|(_, p)| *p).count() as f64;
    let negatives = ranked.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut rank_sum = 0.0;
    let mut before = 0usize;
    for ties in ranked.chunk_by(|a, b| a.0 == b.0) {
        let mean_rank = before as f64 + (ties.len() as f64 + 1.0) / 2.0;
        rank_sum += mean_rank * ties.iter().filter(|(_, p)| *p).count() as f64;
        before += ties.len();
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// The mean over classes of the area for "this class against all others" (scikit-learn's `ovr`, `macro`). `None`
/// where a class has no image.
pub fn mean_one_vs_rest_auc(truth: &[usize], probabilities: &[Vec<f32>], classes: usize) -> Option<f64> {
    let areas = (0..classes)
        .map(|class| {
            let positive: Vec<bool> = truth.iter().map(|&t| t == class).collect();
            roc_auc(&positive, &column(probabilities, class))
        })
        .collect::<Option<Vec<f64>>>()?;
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

/// The scores of one class; not a number where a row is too short.
pub(super) fn column(probabilities: &[Vec<f32>], class: usize) -> Vec<f64> {
    probabilities.iter().map(|row| row.get(class).map_or(f64::NAN, |&p| f64::from(p))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_with_ties_as_half() {
        let positive = [false, false, true, true];
        assert_eq!(roc_auc(&positive, &[0.1, 0.4, 0.35, 0.8]), Some(0.75));
        assert_eq!(roc_auc(&positive, &[0.5; 4]), Some(0.5));
        assert_eq!(roc_auc(&positive, &[0.0, -0.0, 0.0, 0.0]), Some(0.5));
        assert_eq!(roc_auc(&positive, &[0.9, 0.8, 0.1, 0.2]), Some(0.0));
    }

    #[test]
    fn one_sided_truth_has_no_area() {
        assert_eq!(roc_auc(&[true, true], &[0.1, 0.2]), None);
        assert_eq!(roc_auc(&[], &[]), None);
        assert_eq!(roc_auc(&[true, false], &[f64::NAN, 0.2]), None);
        assert_eq!(mean_one_vs_rest_auc(&[0, 1], &[vec![0.9, 0.1, 0.0], vec![0.1, 0.9, 0.0]], 3), None);
    }
}
