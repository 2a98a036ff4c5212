//! Figures of whole images: whether all was called rightly, and whether the findings that are there stand before the others.

use super::figures::{IMAGE_FIGURES, ImageFigures};

/// The images in which every finding was looked at. What each adds hangs on it alone, so it is reckoned once.
pub(super) struct Images {
    places: Vec<usize>,
    of_image: Vec<[f64; IMAGE_FIGURES]>,
    nothing_to_rank: usize,
}

impl Images {
    /// Of statements and probabilities, a row of each an image.
    pub(super) fn new<'a>(rows: impl Iterator<Item = (&'a [Option<bool>], &'a [f32])>, thresholds: &[f64]) -> Self {
        let mut new = Self { places: Vec::new(), of_image: Vec::new(), nothing_to_rank: 0 };
        for (place, (truth, scores)) in rows.enumerate() {
            let complete: Option<Vec<bool>> = truth.iter().copied().collect();
            let Some(truth) = complete.filter(|truth| !truth.is_empty()) else { continue };
            let first = truth.first().copied();
            new.nothing_to_rank += usize::from(truth.iter().all(|is| Some(*is) == first));
            new.places.push(place);
            new.of_image.push(figures_of(&truth, scores, thresholds).list());
        }
        new
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// How many of them have none or all of the findings.
    pub(super) fn nothing_to_rank(&self) -> usize {
        self.nothing_to_rank
    }

    /// Which of so many images they are.
    pub(super) fn among(&self, images: usize) -> Vec<bool> {
        let mut among = vec![false; images];
        for place in &self.places {
            if let Some(is) = among.get_mut(*place) {
                *is = true;
            }
        }
        among
    }

    /// Means for a weight an image.
    pub(super) fn figures(&self, weights: &[f64]) -> ImageFigures<Option<f64>> {
        let (mut sums, mut all) = ([0.0; IMAGE_FIGURES], 0.0);
        for (place, values) in self.places.iter().zip(&self.of_image) {
            let weight = weights.get(*place).copied().unwrap_or_default();
            all += weight;
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
        }
        ImageFigures::of_list(sums.map(|sum| (all > 0.0).then(|| sum / all)))
    }
}

fn figures_of(truth: &[bool], scores: &[f32], thresholds: &[f64]) -> ImageFigures<f64> {
    let wrong = truth
        .iter()
        .zip(scores)
        .zip(thresholds)
        .filter(|((is, score), threshold)| **is != (f64::from(**score) >= **threshold))
        .count();
    let having = || truth.iter().zip(scores).filter(|(is, _)| **is).map(|(_, score)| *score);
    let lacking = || truth.iter().zip(scores).filter(|(is, _)| !**is).map(|(_, score)| *score);
    let from = |score: f32| scores.iter().filter(|other| **other >= score).count() as f64;
    let (there, absent) = (having().count() as f64, lacking().count() as f64);
    let coverage = having().min_by(f32::total_cmp).map_or(0.0, from);
    let misplaced: usize = having().map(|score| lacking().filter(|other| *other >= score).count()).sum();
    let precision: f64 =
        having().map(|score| having().filter(|other| *other >= score).count() as f64 / from(score)).sum();
    let to_rank = there > 0.0 && absent > 0.0;
    ImageFigures {
        exact_match: f64::from(wrong == 0),
        hamming_loss: wrong as f64 / truth.len() as f64,
        coverage_error: coverage,
        ranking_loss: if to_rank { misplaced as f64 / (there * absent) } else { 0.0 },
        ranking_average_precision: if to_rank { precision / there } else { 1.0 },
    }
}
