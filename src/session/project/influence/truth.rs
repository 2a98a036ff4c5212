//! What is held to be true of an image without the word of the reader who is judged by it.

use crate::domain::annotation::is_imported;
use crate::domain::{Annotation, AnnotationEvent, Change, ClassList, Findings};
use crate::evaluation::box_agreement::ReadBox;
use crate::evaluation::influence::TruthFrom;
use crate::session::project::influence::planted::is_planted;
use crate::session::project::working::standing;
use crate::session::protocol::words;

/// What is in force and was settled by others.
pub(in crate::session::project) struct Settled {
    pub label: Option<usize>,
    pub findings: Findings,
    pub from: TruthFrom,
}

/// Whether two names as logged are of one person.
fn is_same(one: &str, other: &str) -> bool {
    words::reader(one) == words::reader(other)
}

/// By whom an event settles something that this reader did not say; `None` for an event of the reader's own.
fn from(event: &AnnotationEvent, reader: &str) -> Option<TruthFrom> {
    match is_imported(&event.reader) {
        // What the reader said in another copy, or what was read in from a file of the reader's, is the reader's word.
        _ if is_same(&event.reader, reader) => None,
        true => Some(TruthFrom::Imported),
        false => Some(TruthFrom::AnotherReader),
    }
}

/// What is in force of the class and the findings and was settled by others than this reader: an import, somebody who reviewed it,
/// an adjudication in which this reader had no part. What a model answered and somebody merely accepted is no truth to judge that model by.
pub(in crate::session::project) fn truth(events: &[AnnotationEvent], reader: &str) -> Option<Settled> {
    let settles = |event: &AnnotationEvent| match &event.change {
        Change::Label { accepted, .. } | Change::Findings { accepted, .. } if *accepted => None,
        // Nor is what was said under an answer that was planted.
        Change::Label { .. } | Change::Findings { .. } if is_planted(event) => None,
        Change::Label { .. } | Change::Findings { .. } => from(event, reader),
        Change::Adjudicated { readers, .. } => {
            readers.iter().all(|one| !is_same(one, reader)).then_some(TruthFrom::Adjudicated)
        }
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Box { .. }
        | Change::Measurement { .. }
        | Change::Reading { .. }
        | Change::Own { .. }
        | Change::Committed => None,
    };
    let says =
        |change: &Change| matches!(change, Change::Label { .. } | Change::Findings { .. } | Change::Adjudicated { .. });
    // What was taken back settles nothing, nor does taking it back.
    let standing = standing(events);
    let mut state = Annotation::default();
    let mut settled = None;
    for event in events.iter().filter(|event| standing.contains(&event.id)) {
        event.change.apply(&mut state);
        if let Some(from) = settles(event) {
            settled = Some(Settled { label: state.label, findings: state.findings.clone(), from });
        } else if says(&event.change) && (!is_imported(&event.reader) || is_same(&event.reader, reader)) {
            settled = None;
        }
    }
    settled
}

/// The same of boxes, with those in force. Where another reader has one exactly where the model has it, the model's was taken.
pub(super) fn box_truth(
    events: &[AnnotationEvent],
    reader: &str,
    classes: &ClassList,
    model: &[ReadBox],
) -> Option<(Vec<ReadBox>, TruthFrom)> {
    let standing = standing(events);
    let mut state = Annotation::default();
    let mut settled = None;
    for event in events.iter().filter(|event| standing.contains(&event.id)) {
        event.change.apply(&mut state);
        match &event.change {
            Change::Label { .. } | Change::Findings { .. } | Change::Box { .. } => settled = from(event, reader),
            Change::Adjudicated { readers, .. } => {
                settled = readers.iter().all(|one| !is_same(one, reader)).then_some(TruthFrom::Adjudicated);
            }
            Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::SignOff { .. }
            | Change::Note { .. }
            | Change::Measurement { .. }
            | Change::Reading { .. }
            | Change::Own { .. }
            | Change::Committed => {}
        }
    }
    let boxes: Vec<ReadBox> = state.boxes.iter().map(|one| (one.class, one.rect)).collect();
    let from = settled.filter(|_| state.boxes_known(classes))?;
    let taken = from == TruthFrom::AnotherReader && boxes.iter().any(|one| model.contains(one));
    (!taken).then_some((boxes, from))
}
