//! What a model that judges whole images said of them, and what is true of each: its class, or what is known of its findings.

use crate::domain::performance::Difference;
use crate::domain::{AnswerKind, ClassList, ClassThresholds, ClassificationReport, ImageId};
use crate::evaluation;
use crate::evaluation::bootstrap::Bootstrap;
use crate::evaluation::findings::findings_report;
use crate::evaluation::performance::{HeldTruths, Judged, difference};
use std::collections::HashSet;

/// An image of which something is known, and what the model says of it.
pub(super) struct Line<T> {
    pub image: ImageId,
    pub name: String,
    pub truth: T,
    pub logits: Vec<f32>,
    pub probabilities: Vec<f32>,
    pub group: Option<String>,
}

/// The images that are judged, each list in their order.
pub(super) struct Lines {
    names: Vec<String>,
    truth: HeldTruths,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

impl Lines {
    /// `hold` says what kind of truth it is.
    pub fn of<T: Clone>(lines: &[Line<T>], hold: fn(Vec<T>) -> HeldTruths) -> Self {
        Self {
            names: lines.iter().map(|line| line.name.clone()).collect(),
            truth: hold(lines.iter().map(|line| line.truth.clone()).collect()),
            probabilities: lines.iter().map(|line| line.probabilities.clone()).collect(),
            groups: lines.iter().map(|line| line.group.clone()).collect(),
        }
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// What the model answers with.
    pub fn kind(&self) -> AnswerKind {
        match self.truth {
            HeldTruths::Classes(_) => AnswerKind::Class,
            HeldTruths::Findings(_) => AnswerKind::Findings,
        }
    }

    /// As figures are made of it.
    pub fn judged<'a>(&'a self, classes: &'a ClassList, thresholds: &'a ClassThresholds) -> Judged<'a> {
        let Self { truth, probabilities, groups, .. } = self;
        Judged { truth: truth.lent(), probabilities, groups, classes, thresholds }
    }

    /// The figures without intervals.
    pub fn figures(&self, classes: &ClassList, thresholds: &ClassThresholds) -> ClassificationReport {
        match &self.truth {
            HeldTruths::Classes(truth) => {
                evaluation::classification_at(truth, &self.probabilities, classes, thresholds)
            }
            HeldTruths::Findings(truth) => findings_report(truth, &self.probabilities, classes, thresholds),
        }
    }

    /// The images that are in another list, too.
    fn kept(&self, other: &Self) -> Self {
        let known: HashSet<&String> = other.names.iter().collect();
        let keep: Vec<bool> = self.names.iter().map(|name| known.contains(name)).collect();
        Self {
            names: kept(&self.names, &keep),
            truth: match &self.truth {
                HeldTruths::Classes(truth) => HeldTruths::Classes(kept(truth, &keep)),
                HeldTruths::Findings(truth) => HeldTruths::Findings(kept(truth, &keep)),
            },
            probabilities: kept(&self.probabilities, &keep),
            groups: kept(&self.groups, &keep),
        }
    }
}

fn kept<T: Clone>(list: &[T], keep: &[bool]) -> Vec<T> {
    list.iter().zip(keep).filter(|(_, keep)| **keep).map(|(one, _)| one.clone()).collect()
}

/// What a model said, and from where on it calls a class or says that a finding is present.
pub(super) type Said<'a> = (&'a Lines, &'a ClassThresholds);

/// How much two models differ on the images that both could read.
pub(super) fn apart(classes: &ClassList, ours: Said<'_>, theirs: Said<'_>, how: Bootstrap) -> Option<Difference> {
    let (first, second) = (ours.0.kept(theirs.0), theirs.0.kept(ours.0));
    difference(first.judged(classes, ours.1), second.judged(classes, theirs.1), how)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Findings, Presence};

    fn line(name: &str, p: f32) -> Line<Findings> {
        Line {
            image: ImageId(1),
            name: name.into(),
            truth: Findings::default().with(0, Some(Presence::from(name < "m"))),
            logits: vec![0.0],
            probabilities: vec![p],
            group: None,
        }
    }

    #[test]
    fn two_models_are_told_apart_by_the_images_that_both_could_read() {
        let classes = ClassList::of_findings(&["mass"]).unwrap();
        let all = Lines::of(&[line("a", 0.9), line("b", 0.1), line("x", 0.8), line("y", 0.2)], HeldTruths::Findings);
        let some = Lines::of(&[line("y", 0.3), line("a", 0.2)], HeldTruths::Findings);
        assert_eq!(
            (all.kept(&some).names, some.kept(&all).names),
            (vec!["a".into(), "y".into()], vec!["y".into(), "a".into()])
        );
        let some = Lines::of(&[line("a", 0.2), line("y", 0.3), line("z", 0.1)], HeldTruths::Findings);
        let none = ClassThresholds::default();
        let apart = apart(&classes, (&all, &none), (&some, &none), Bootstrap::default()).unwrap();
        assert_eq!((apart.only_candidate, apart.only_other), (1, 0), "of a and y only the first is told otherwise");
        assert_eq!((all.len(), all.kind()), (4, AnswerKind::Findings));
    }
}
