//! How far readers follow answers that were planted wrong, beside how far they follow the model's own, wrong and right ones.
//!
//! An error of commission is that a wrong answer is taken over (Goddard, Roudsari and Wyatt 2012, "Automation bias: a
//! systematic review").

use super::influence::{Part, Shown};
use serde::Serialize;

/// How often a reader's last word was what was shown as the model's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PlantedFollowed {
    /// Of the planted answers.
    pub planted: Part,
    /// Of the model's own answers of which the truth is known: those that were wrong, and those that were right.
    pub wrong: Part,
    pub right: Part,
}

/// Counts it, with 95 % intervals (Wilson): of planted answers whether each was followed, and what was said of honest ones.
pub fn planted_followed(planted: &[bool], honest: &[Shown]) -> PlantedFollowed {
    let of = |right: bool| {
        let such = honest.iter().filter(|one| one.truth.is_some_and(|(truth, _)| (truth == one.model) == right));
        Part::new(such.clone().filter(|one| one.said == one.model).count(), such.count())
    };
    let followed = planted.iter().filter(|followed| **followed).count();
    PlantedFollowed { planted: Part::new(followed, planted.len()), wrong: of(false), right: of(true) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::influence::TruthFrom;

    #[test]
    fn planted_answers_are_counted_apart_from_wrong_and_right_ones() {
        let one = |said, model, truth: Option<usize>| Shown {
            said,
            model,
            truth: truth.map(|truth| (truth, TruthFrom::Imported)),
        };
        let honest = [one(1, 1, Some(1)), one(0, 1, Some(1)), one(1, 1, Some(0)), one(1, 1, None), one(0, 0, Some(0))];
        let found = planted_followed(&[true, false, false], &honest);
        let count = |part: Part| (part.count, part.of);
        assert_eq!((count(found.planted), count(found.wrong), count(found.right)), ((1, 3), (1, 1), (2, 3)));
        // scipy.stats.binomtest(1, 3).proportion_ci(method="wilson")
        let [low, high] = found.planted.interval.unwrap();
        assert!((low - 0.061_492).abs() < 1e-5 && (high - 0.792_340).abs() < 1e-5, "{low} {high}");
        assert_eq!(planted_followed(&[], &[]).planted.interval, None);
    }
}
