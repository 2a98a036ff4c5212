//! What a model says about an image.

use super::class_list::ClassList;
use super::finding::{Findings, Presence};
use super::geometry::Rect;
use super::ids::{ImageId, ModelId};
use serde::{Deserialize, Serialize};

/// A box a model found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictedBox {
    pub class: usize,
    /// 0 to 1.
    pub score: f32,
    pub rect: Rect,
}

/// A model's output for one image; never altered by a correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub image: ImageId,
    pub model: ModelId,
    /// One a class, before the softmax.
    pub logits: Vec<f32>,
    /// One a class, adding up to one.
    pub probabilities: Vec<f32>,
    pub boxes: Vec<PredictedBox>,
}

/// The index of the largest probability, the first of equals; `None` for no classes.
pub fn top_class(probabilities: &[f32]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (index, &p) in probabilities.iter().enumerate() {
        if best.is_none_or(|(_, b)| p > b) {
            best = Some((index, p));
        }
    }
    best.map(|(index, _)| index)
}

/// What a model that answers with findings says of each: present from its threshold on, else absent. One probability and one
/// threshold a class.
pub fn answered_findings(probabilities: &[f32], thresholds: &[f64], classes: &ClassList) -> Findings {
    let answer = |place: usize| {
        let (probability, threshold) = (probabilities.get(place)?, thresholds.get(place)?);
        Some((place, Presence::from(f64::from(*probability) >= *threshold)))
    };
    classes.finding_places().filter_map(answer).collect()
}

/// The classes whose probability is at least this, the most probable first: an answer that may name several, all, or none.
pub fn answer(probabilities: &[f32], least: f64) -> Vec<usize> {
    // A probability that was turned into a score and back.
    let belongs = |p: f32| f64::from(p) >= least - 1e-12;
    let mut classes: Vec<usize> =
        probabilities.iter().enumerate().filter(|(_, p)| belongs(**p)).map(|(class, _)| class).collect();
    let p = |class: &usize| probabilities.get(*class).copied().unwrap_or_default();
    classes.sort_by(|a, b| p(b).total_cmp(&p(a)));
    classes
}

/// Shannon entropy over its maximum, so 0 is certain and 1 is undecided whatever the number of classes.
pub fn uncertainty(probabilities: &[f32]) -> f32 {
    if probabilities.len() < 2 {
        return 0.0;
    }
    let entropy: f32 = probabilities.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
    (entropy / (probabilities.len() as f32).ln()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncertainty_runs_from_zero_to_one() {
        assert_eq!(uncertainty(&[1.0, 0.0, 0.0]), 0.0);
        assert!((uncertainty(&[0.2; 5]) - 1.0).abs() < 1e-6);
        assert_eq!(top_class(&[0.4, 0.4, 0.2]), Some(0));
        assert_eq!(top_class(&[]), None);
    }
}
