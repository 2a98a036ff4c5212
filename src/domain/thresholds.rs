//! From where on a model's words count: which class it calls, and which of its boxes.

use super::class_list::ClassList;
use super::prediction::{PredictedBox, top_class};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Each class's own threshold as it is kept, by the class's name; empty where nobody chose one.
pub type NamedThresholds = BTreeMap<String, f64>;

/// The rule by which a class is called where classes have thresholds of their own, as a sentence.
pub const RULE: &str = "Of the classes whose probability reaches their threshold the most probable is called. Where none does, \
                        the most probable of the classes without a threshold is called; where all have one, the most probable \
                        of all, and the image counts as “not sure”.";

/// The same for findings, of which an image may have several.
pub const RULE_OF_FINDINGS: &str =
    "Findings are told one by one: the threshold of one changes nothing of what is said of another.";

/// The same for boxes.
pub const RULE_OF_BOXES: &str = "Boxes of a class that has a score of its own count from that on.";

/// Each class's own threshold, by its place in the model's list. Of two classes it is the second alone that has one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassThresholds(Vec<Option<f64>>);

impl ClassThresholds {
    /// No class has one: the most probable is called.
    pub const NONE: &'static Self = &Self(Vec::new());

    /// One entry a class; as if there were none where all are absent.
    pub fn new(each: Vec<Option<f64>>) -> Self {
        if each.iter().all(Option::is_none) { Self::default() } else { Self(each) }
    }

    /// Of two classes: the second is called from this probability on.
    pub fn of_second(threshold: Option<f64>) -> Self {
        Self::new(vec![None, threshold])
    }

    /// Those of a list by the names of its classes; names that it does not have are left out.
    pub fn named(classes: &ClassList, kept: &NamedThresholds) -> Self {
        if kept.is_empty() {
            return Self::default();
        }
        Self::new(classes.names().iter().map(|name| kept.get(name).copied()).collect())
    }

    /// The same with names.
    pub fn with_names(&self, names: &[String]) -> NamedThresholds {
        let known = names.iter().zip(&self.0);
        known.filter_map(|(name, threshold)| Some((name.clone(), (*threshold)?))).collect()
    }

    /// A class's own threshold.
    pub fn of(&self, class: usize) -> Option<f64> {
        self.0.get(class).copied().flatten()
    }

    /// Whether no class has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The class that is called, by [`RULE`]; `None` for no classes.
    pub fn called(&self, probabilities: &[f32]) -> Option<usize> {
        if self.is_empty() {
            return top_class(probabilities);
        }
        let among = |fits: &dyn Fn(usize, f32) -> bool| {
            let mut best: Option<(usize, f32)> = None;
            for (class, &p) in probabilities.iter().enumerate().filter(|(class, p)| fits(*class, **p)) {
                if best.is_none_or(|(_, most)| p > most) {
                    best = Some((class, p));
                }
            }
            best.map(|(class, _)| class)
        };
        among(&|class, p| self.reaches(class, p) == Some(true))
            .or_else(|| among(&|class, _| self.of(class).is_none()))
            .or_else(|| top_class(probabilities))
    }

    /// Whether every class has a threshold and none reaches its own: the answer is “not sure”.
    pub fn is_unsure(&self, probabilities: &[f32]) -> bool {
        !self.is_empty()
            && !probabilities.is_empty()
            && probabilities.iter().enumerate().all(|(class, p)| self.reaches(class, *p) == Some(false))
    }

    /// Whether a class's probability reaches its threshold; `None` where it has none.
    fn reaches(&self, class: usize, p: f32) -> Option<bool> {
        self.of(class).map(|threshold| f64::from(p) >= threshold)
    }
}

/// From which score on boxes count: of a class that has a threshold of its own by that, of every other by that of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxThresholds {
    pub all: f64,
    pub each: ClassThresholds,
}

impl BoxThresholds {
    /// One for all classes.
    pub fn of_all(all: f64) -> Self {
        Self { all, each: ClassThresholds::default() }
    }

    /// From which score boxes of a class count.
    pub fn of(&self, class: usize) -> f64 {
        self.each.of(class).unwrap_or(self.all)
    }

    /// Whether a box of this class and score counts.
    pub fn reaches(&self, class: usize, score: f64) -> bool {
        score >= self.of(class)
    }

    /// Whether a box counts.
    pub fn counts(&self, one: &PredictedBox) -> bool {
        self.reaches(one.class, f64::from(one.score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_classes_the_second_is_called_from_its_threshold_on() {
        let of = |threshold| ClassThresholds::of_second(threshold);
        assert_eq!(of(Some(0.3)).called(&[0.6, 0.4]), Some(1));
        assert_eq!((of(None).called(&[0.6, 0.4]), of(Some(0.5)).called(&[0.6, 0.4])), (Some(0), Some(0)));
        assert_eq!(of(Some(0.9)).called(&[0.2, 0.8]), Some(0), "below it the other is called, however unlikely");
        assert!(of(None).is_empty() && !of(Some(0.5)).is_unsure(&[0.6, 0.4]));
    }

    #[test]
    fn of_more_the_most_probable_that_reaches_its_own_else_one_without_else_any() {
        let one = ClassThresholds::new(vec![None, Some(0.2), None]);
        assert_eq!(
            one.called(&[0.6, 0.3, 0.1]),
            Some(1),
            "it reaches its own, so that its sensitivity is what was chosen"
        );
        assert_eq!(one.called(&[0.5, 0.1, 0.4]), Some(0));
        let high = ClassThresholds::new(vec![None, Some(0.9), None]);
        assert_eq!(high.called(&[0.1, 0.7, 0.2]), Some(2), "it does not reach its own, so that another is called");
        let all = ClassThresholds::new(vec![Some(0.6), Some(0.2), Some(0.3)]);
        assert_eq!(all.called(&[0.3, 0.3, 0.4]), Some(2), "two reach theirs: the more probable");
        assert_eq!((all.called(&[0.55, 0.19, 0.26]), all.is_unsure(&[0.55, 0.19, 0.26])), (Some(0), true));
        assert!(!all.is_unsure(&[0.3, 0.3, 0.4]) && !one.is_unsure(&[0.9, 0.05, 0.05]));
        assert_eq!(all.called(&[]), None);
    }

    #[test]
    fn names_and_places_are_the_same_thresholds() {
        let classes = ClassList::from_names(&["a", "b", "c"], false).unwrap();
        let kept: NamedThresholds = [("c".to_owned(), 0.25), ("gone".to_owned(), 0.5)].into();
        let of = ClassThresholds::named(&classes, &kept);
        assert_eq!((of.of(2), of.of(0)), (Some(0.25), None));
        assert_eq!(of.with_names(&classes.names()), [("c".to_owned(), 0.25)].into());
        assert!(ClassThresholds::named(&classes, &NamedThresholds::new()).is_empty());
    }

    #[test]
    fn a_box_counts_by_its_class_s_own_threshold_or_that_of_all() {
        let of = BoxThresholds { all: 0.5, each: ClassThresholds::new(vec![None, Some(0.2)]) };
        assert!(of.reaches(0, 0.5) && !of.reaches(0, 0.4) && of.reaches(1, 0.2) && of.reaches(7, 0.6));
    }
}
