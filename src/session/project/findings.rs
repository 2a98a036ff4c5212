//! What a project's rows say of findings.

use crate::domain::not_sure::unsure_of;
use crate::domain::prediction::answered_findings;
use crate::domain::{Annotation, AnswerKind, ClassList, Findings, Prediction, Presence};
use crate::session::project::boxes::undecided;
use crate::session::project::truth::truth;
use crate::session::protocol::view::{ImageRow, RowFinding, RowFindings};
use crate::training::Truth;

/// How a model that answers with findings answers, one a class.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Answering<'a> {
    /// From which probability on each is said to be present.
    pub thresholds: &'a [f64],
    /// From which probability on an outcome belongs to the answer, where that may be "not sure".
    pub rules: Option<&'a [Option<f64>]>,
}

/// What is known of an image's findings and, of a model that answers with findings, what it says of them; `None` where an image
/// is of one class.
pub(in crate::session) fn of_row(
    annotation: &Annotation,
    prediction: Option<&Prediction>,
    answering: Option<Answering<'_>>,
    classes: &ClassList,
) -> Option<RowFindings> {
    if !classes.findings {
        return None;
    }
    let known = match truth(annotation, AnswerKind::Findings, classes) {
        Some(Truth::Findings(known)) => known,
        Some(Truth::Class(_) | Truth::Boxes(_)) | None => Findings::default(),
    };
    let heard = prediction.zip(answering);
    let answered = heard.map(|(p, how)| answered_findings(&p.probabilities, how.thresholds, classes));
    let unsure = heard.and_then(|(p, how)| Some(unsure_of(&p.probabilities, how.rules?))).unwrap_or_default();
    let one = |place: usize| {
        let answered = answered.as_ref().and_then(|answered| answered.get(place)).and_then(Presence::known);
        let probability = prediction.filter(|_| answered.is_some()).and_then(|p| p.probabilities.get(place).copied());
        let (known, probability) = (known.get(place), probability.unwrap_or_default());
        RowFinding { known, answered, probability, unsure: unsure.contains(&place) }
    };
    Some(RowFindings::new((0..classes.len()).map(one), known.all_absent(classes.finding_places())))
}

/// Puts what a model that answers with findings says into a row: it is the less sure the nearer one of them is to its threshold.
pub(in crate::session) fn show(
    row: &mut ImageRow,
    prediction: Option<&Prediction>,
    Answering { thresholds, rules }: Answering<'_>,
    classes: &ClassList,
) {
    (row.predicted, row.uncertainty, row.named) = (None, 0.0, None);
    let Some(Prediction { probabilities, .. }) = prediction else { return };
    let present = leading(probabilities, thresholds, classes).filter(|(_, above)| *above >= 0.0);
    row.predicted =
        present.and_then(|(place, _)| Some((u16::try_from(place).ok()?, probabilities.get(place).copied()?)));
    let doubt = |place: usize| Some(undecided(*probabilities.get(place)?, *thresholds.get(place)?));
    row.uncertainty = classes.finding_places().filter_map(doubt).fold(0.0, f32::max);
    // As a class's answer that names 1 is sure, and one that names more is the less sure the more it names.
    let unsure = rules.map(|rules| unsure_of(probabilities, rules).len());
    row.named = unsure.map(|unsure| u16::try_from(1 + unsure).unwrap_or(u16::MAX));
}

/// The finding whose probability lies furthest above its threshold, or least below it where all are below, and how far.
pub fn leading(probabilities: &[f32], thresholds: &[f64], classes: &ClassList) -> Option<(usize, f64)> {
    let above = |place: usize| Some((place, f64::from(*probabilities.get(place)?) - thresholds.get(place)?));
    let all = classes.finding_places().filter_map(above);
    // Of equals the first.
    all.reduce(|best, one| if one.1 > best.1 { one } else { best })
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
