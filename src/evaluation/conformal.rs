//! Answers that hold the truth in a wanted share of the cases, by naming more than one class where the model is not sure
//! (split conformal prediction; Sadinle, Lei and Wasserman 2019 for this score).

pub use crate::domain::prediction::answer;

/// From which probability on a class belongs to the answer, so that answers miss the truth in at most the share `miss` of
/// images like those that it was chosen on: of the scores 1 - p(truth) the k-th smallest, k = ceil((n + 1)(1 - miss)), is the
/// largest that still belongs. `None` where there are too few images for so small a share (k > n), or no share at all.
pub fn least_probability(truth: &[usize], probabilities: &[Vec<f32>], miss: f64) -> Option<f64> {
    let mut scores: Vec<f64> = truth
        .iter()
        .zip(probabilities)
        .filter_map(|(truth, row)| row.get(*truth).map(|p| 1.0 - f64::from(*p)))
        .collect();
    if !(0.0..1.0).contains(&miss) {
        return None;
    }
    // The product may stand a last digit above the whole number that it is.
    let rank = ((scores.len() as f64 + 1.0) * (1.0 - miss) - 1e-9).ceil().max(1.0) as usize;
    scores.sort_by(f64::total_cmp);
    scores.get(rank - 1).map(|score| 1.0 - score)
}

/// How answers did on images that they were not chosen on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coverage {
    pub images: usize,
    /// Answers that hold the truth.
    pub covered: usize,
    /// Answers of one class.
    pub single: usize,
    /// Answers of no class.
    pub empty: usize,
    /// Classes named in all.
    pub named: usize,
}

/// Counts them.
pub fn coverage(truth: &[usize], probabilities: &[Vec<f32>], least: f64) -> Coverage {
    let mut counts = Coverage::default();
    for (truth, row) in truth.iter().zip(probabilities) {
        let answer = answer(row, least);
        counts.images += 1;
        counts.covered += usize::from(answer.contains(truth));
        counts.single += usize::from(answer.len() == 1);
        counts.empty += usize::from(answer.is_empty());
        counts.named += answer.len();
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_truth(p: &[f32]) -> (Vec<usize>, Vec<Vec<f32>>) {
        (vec![0; p.len()], p.iter().map(|p| vec![*p, 1.0 - p]).collect())
    }

    #[test]
    fn the_rank_is_the_one_for_few_images() {
        let p: Vec<f32> = (1..=9).map(|at| at as f32 / 10.0).collect();
        let (truth, probabilities) = of_truth(&p);
        assert_eq!(least_probability(&truth, &probabilities, 0.05), None, "(9 + 1) 0.95 = 9.5 is beyond the ninth");
        let least = least_probability(&truth, &probabilities, 0.1).unwrap();
        assert!((least - 0.1).abs() < 1e-6, "rank 9 of 9: {least}");
        let least = least_probability(&truth, &probabilities, 0.2).unwrap();
        assert!((least - 0.2).abs() < 1e-6, "rank 8: {least}");
        assert_eq!((least_probability(&[], &[], 0.1), least_probability(&truth, &probabilities, 1.0)), (None, None));
    }

    #[test]
    fn the_image_at_the_edge_is_covered() {
        let (truth, probabilities) = of_truth(&[0.2, 0.35, 0.6, 0.7, 0.9]);
        let least = least_probability(&truth, &probabilities, 0.4).unwrap();
        let counts = coverage(&truth, &probabilities, least);
        assert_eq!((counts.images, counts.covered), (5, 4));
        assert_eq!(answer(&[0.1, 0.6, 0.3], 0.3), [1, 2]);
        assert_eq!(
            coverage(&[2], &[vec![0.1, 0.6, 0.3]], 0.7),
            Coverage { images: 1, empty: 1, ..Coverage::default() }
        );
    }
}
