//! What the window shows of a head that learns while somebody labels.

use crate::domain::ImageId;
use crate::evaluation::logistic::Logistic;

/// Whether a head learns from corrections, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefitView {
    /// The person wants it in this project.
    pub on: bool,
    /// Why it cannot be had now, as a sentence.
    pub problem: Option<&'static str>,
    pub state: RefitState,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RefitState {
    /// The stored answers are shown: it is off, or nothing was corrected since the model was trained.
    #[default]
    Stored,
    /// The images' features are being worked out, once.
    Preparing,
    /// Its answers are shown.
    Learned(Learned),
}

/// What a head learned from, and what it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Images of the train split of which something else is said than when the training of the model began, and than the model
    /// answers.
    pub corrections: usize,
    /// Such images of which a person says what the model answers.
    pub confirmations: usize,
    /// Images that it answers otherwise than the model, in order of import.
    pub changed: Vec<ImageId>,
    /// Of these, those that nobody has reviewed and of which it is unsure while the model was not: see [`is_unsure`].
    pub unsure: Vec<ImageId>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// A head that was learned.
#[derive(Debug)]
pub struct Refitted {
    pub head: Logistic,
    /// All images in order of import, one number an answer; not finite where there are none.
    pub probabilities: Vec<f32>,
    pub milliseconds: u64,
}

/// Below this probability of its answer a head is called unsure.
const SURE_FROM: f32 = 0.6;

/// Whether a head is unsure by its probabilities: of classes the most probable has less than 0.6; of findings, each on its own,
/// one is nearer to even than 0.6 to 0.4.
pub fn is_unsure(probabilities: &[f32], findings: bool) -> bool {
    if findings {
        return probabilities.iter().any(|p| p.max(1.0 - p) < SURE_FROM);
    }
    probabilities.iter().copied().fold(0.0, f32::max) < SURE_FROM
}

impl Learned {
    /// All images that it learned from as a person says them.
    pub fn images(&self) -> usize {
        self.corrections + self.confirmations
    }

    /// "learned from 12 corrections and 3 confirmations; 31 predictions changed, 4 of them unreviewed and now unsure".
    pub fn sentence(&self) -> String {
        let some = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let (corrected, confirmed) = (some(self.corrections, "correction"), some(self.confirmations, "confirmation"));
        let mut text = match (self.corrections, self.confirmations) {
            (_, 0) => format!("learned from {corrected}; "),
            (0, _) => format!("learned from {confirmed}; "),
            _ => format!("learned from {corrected} and {confirmed}; "),
        };
        match (self.changed.len(), self.unsure.len()) {
            (0, _) => text.push_str("no prediction changed"),
            (changed, 0) => text.push_str(&format!("{} changed", some(changed, "prediction"))),
            (changed, unsure) => {
                let changed = some(changed, "prediction");
                text.push_str(&format!("{changed} changed, {unsure} of them unreviewed and now unsure"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_said_in_a_sentence() {
        let images = |count: i64| (0..count).map(ImageId).collect::<Vec<_>>();
        let said = |corrections, changed, unsure| {
            Learned { corrections, changed: images(changed), unsure: images(unsure), ..Learned::default() }.sentence()
        };
        assert_eq!(
            said(12, 31, 4),
            "learned from 12 corrections; 31 predictions changed, 4 of them unreviewed and now unsure"
        );
        assert_eq!(said(1, 1, 0), "learned from 1 correction; 1 prediction changed");
        assert_eq!(said(2, 0, 0), "learned from 2 corrections; no prediction changed");
        let both = Learned { corrections: 1, confirmations: 24, ..Learned::default() };
        assert_eq!(both.sentence(), "learned from 1 correction and 24 confirmations; no prediction changed");
        assert_eq!(both.images(), 25);
        let confirmed = Learned { confirmations: 2, ..Learned::default() };
        assert_eq!(confirmed.sentence(), "learned from 2 confirmations; no prediction changed");
        assert!(is_unsure(&[0.55, 0.45], false) && !is_unsure(&[0.65, 0.35], false));
        assert!(is_unsure(&[0.1, 0.45], true) && !is_unsure(&[0.1, 0.7], true));
    }
}
