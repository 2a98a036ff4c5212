//! When an answer about a finding is "not sure": where both outcomes, or neither, are likely enough (split conformal
//! prediction for two outcomes).

use super::class_list::ClassList;
use super::finding::Presence;
use serde::{Deserialize, Serialize};

/// From which probability on an outcome of one finding belongs to the answer, and what that was chosen on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRule {
    pub finding: String,
    /// Present belongs to the answer from this probability of the finding on, absent from the same of its not being there;
    /// absent where the images are too few for the share that may be missed: then the answer is never "not sure".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<f64>,
    /// Images on which it is known to be present or absent.
    pub images: usize,
    /// Of these, present.
    pub positives: usize,
}

/// By what rule a model that answers with findings says that it is not sure of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRules {
    /// The share of answers about a finding that may miss the truth.
    pub miss: f64,
    /// In the order of the class list.
    pub each: Vec<FindingRule>,
}

/// How many images it takes at least for answers that miss at most this share of the truths; `None` where no number is enough.
pub fn images_for(miss: f64) -> Option<usize> {
    // The rank ceil((n + 1)(1 - miss)) must be one of the n, so that (n + 1) miss is 1 at least.
    (miss > 0.0).then(|| (1.0 / miss - 1e-9).ceil() as usize - 1)
}

/// The outcomes that belong to an answer about a finding of this probability.
pub fn outcomes(probability: f32, least: f64) -> impl Iterator<Item = Presence> {
    let p = f64::from(probability);
    // A probability that was turned into a score and back.
    let belongs = move |share: f64| share >= least - 1e-12;
    [(Presence::Present, p), (Presence::Absent, 1.0 - p)]
        .into_iter()
        .filter(move |(_, share)| belongs(*share))
        .map(|(outcome, _)| outcome)
}

impl FindingRule {
    /// That the images are too few for the share that may be missed, where they are.
    pub fn too_few(&self, miss: f64) -> Option<String> {
        let Self { finding, least, images, .. } = self;
        match (least, images_for(miss)) {
            (Some(_), _) => None,
            (None, Some(takes)) => Some(format!(
                "{finding}: never “not sure”, because its {images} validation images are too few: it takes {takes}"
            )),
            (None, None) => Some(format!("{finding}: never “not sure”")),
        }
    }
}

impl FindingRules {
    /// From which probability on an outcome belongs to the answer, one a class; `None` for findings without a rule.
    pub fn by_place(&self, classes: &ClassList) -> Vec<Option<f64>> {
        let of = |name: &String| self.each.iter().find(|one| one.finding == *name).and_then(|one| one.least);
        classes.names().iter().map(of).collect()
    }

    /// Whether it makes sense: shares and probabilities.
    pub fn makes_sense(&self) -> bool {
        let least = |one: &FindingRule| one.least.is_none_or(|least| (-1e-9..=1.0).contains(&least));
        (0.0..1.0).contains(&self.miss) && self.each.iter().all(least)
    }
}

/// The findings of which a model is not sure, because both outcomes belong to the answer or neither does, by their places; `least` as [`FindingRules::by_place`] gives it.
pub fn unsure_of(probabilities: &[f32], least: &[Option<f64>]) -> Vec<usize> {
    let is = |(p, least): (&f32, &Option<f64>)| least.is_some_and(|least| outcomes(*p, least).count() != 1);
    probabilities.iter().zip(least).enumerate().filter(|(_, one)| is(*one)).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outcomes_and_neither_are_not_sure() {
        let said = |p: f32, least| outcomes(p, least).collect::<Vec<_>>();
        assert_eq!(said(0.7, 0.31), [Presence::Present]);
        assert_eq!(said(0.2, 0.31), [Presence::Absent]);
        assert_eq!(said(0.7, 0.25), [Presence::Present, Presence::Absent]);
        assert_eq!(said(0.7, 0.8), []);
        let least = [Some(0.2), None, Some(0.2), Some(0.8)];
        assert_eq!(unsure_of(&[0.5, 0.5, 0.9, 0.6], &least), [0, 3]);
    }

    #[test]
    fn it_takes_nine_images_for_a_tenth() {
        assert_eq!(
            (images_for(0.1), images_for(0.3), images_for(0.05), images_for(0.0)),
            (Some(9), Some(3), Some(19), None)
        );
        let few = FindingRule { finding: "Mass".into(), least: None, images: 7, positives: 1 };
        assert_eq!(
            few.too_few(0.1).unwrap(),
            "Mass: never “not sure”, because its 7 validation images are too few: it takes 9"
        );
    }
}
