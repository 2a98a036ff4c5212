//! What a project's rows say of findings.

use crate::domain::prediction::answered_findings;
use crate::domain::{Annotation, AnswerKind, ClassList, Findings, Prediction, Presence};
use crate::session::project::boxes::undecided;
use crate::session::project::truth::truth;
use crate::session::protocol::view::{ImageRow, RowFinding, RowFindings};
use crate::training::Truth;

/// What is known of an image's findings and, with the thresholds of a model that answers with findings (one a class), what it
/// says of them; `None` where an image is of one class.
pub(in crate::session) fn of_row(
    annotation: &Annotation,
    prediction: Option<&Prediction>,
    thresholds: Option<&[f64]>,
    classes: &ClassList,
) -> Option<RowFindings> {
    if !classes.findings {
        return None;
    }
    let known = match truth(annotation, AnswerKind::Findings, classes) {
        Some(Truth::Findings(known)) => known,
        Some(Truth::Class(_) | Truth::Boxes(_)) | None => Findings::default(),
    };
    let answered = prediction.zip(thresholds).map(|(p, least)| answered_findings(&p.probabilities, least, classes));
    let one = |place: usize| {
        let answered = answered.as_ref().and_then(|answered| answered.get(place)).and_then(Presence::known);
        let probability = prediction.filter(|_| answered.is_some()).and_then(|p| p.probabilities.get(place).copied());
        RowFinding { known: known.get(place), answered, probability: probability.unwrap_or_default() }
    };
    Some(RowFindings::new((0..classes.len()).map(one), known.all_absent(classes.finding_places())))
}

/// Puts what a model that answers with findings says into a row: it is the less sure the nearer one of them is to its threshold.
pub(in crate::session) fn show(
    row: &mut ImageRow,
    prediction: Option<&Prediction>,
    thresholds: &[f64],
    classes: &ClassList,
) {
    (row.predicted, row.uncertainty, row.named) = (None, 0.0, None);
    let Some(Prediction { probabilities, .. }) = prediction else { return };
    let present = leading(probabilities, thresholds, classes).filter(|(_, above)| *above >= 0.0);
    row.predicted =
        present.and_then(|(place, _)| Some((u16::try_from(place).ok()?, probabilities.get(place).copied()?)));
    let doubt = |place: usize| Some(undecided(*probabilities.get(place)?, *thresholds.get(place)?));
    row.uncertainty = classes.finding_places().filter_map(doubt).fold(0.0, f32::max);
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
