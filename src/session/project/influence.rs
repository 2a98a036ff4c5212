//! What the model does to its readers, told from the log alone: readings that were committed before it was revealed, and what
//! became of them.

use crate::domain::annotation::is_imported;
use crate::domain::{
    AnnotationEvent, Change, ClassList, Findings, ModelId, ModelRecord, Presence, ShownPrediction, prediction,
};
use crate::evaluation::influence::{Reveal, influence, over_time};
use crate::session::project::working::standing;
use crate::session::protocol::agreement::{Influences, OfReader};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use crate::store::own::OwnReading;
use std::collections::BTreeMap;

/// Images that are read from the log between two questions whether to go on.
const STRIDE: usize = 500;
/// Answers in a part of the curve over time.
const PART: usize = 50;

/// An answer with when it was committed.
type Timed = (i64, Reveal);

/// Gathers it. What a model answered is told from the probabilities that were shown, by the thresholds that hold now. `None` where
/// `go_on`, which is told how many of how many images were read, said no.
///
/// # Errors
/// When the project cannot be read.
pub fn of(store: &Store, go_on: &dyn Fn(usize, usize) -> bool) -> Result<Option<Influences>, SessionError> {
    let (images, classes, models) = (store.images()?, store.classes()?, store.models()?);
    let mut answers: BTreeMap<(String, ModelId), Vec<Timed>> = BTreeMap::new();
    let mut without_answer = 0;
    for (at, image) in images.iter().enumerate() {
        if at % STRIDE == 0 && !go_on(at, images.len()) {
            return Ok(None);
        }
        let events = store.events(image.id)?;
        let committed = |event: &&AnnotationEvent| matches!(event.change, Change::Committed);
        for event in events.iter().filter(committed) {
            let revealed = event.shown.as_ref().and_then(|shown| {
                let model = models.iter().find(|model| model.id == shown.model)?;
                let made = reveals(&events, event, (model, shown), &classes);
                (!made.is_empty()).then_some((model.id, made))
            });
            let Some((model, made)) = revealed else {
                without_answer += 1;
                continue;
            };
            let of_reader = answers.entry((event.reader.clone(), model)).or_default();
            of_reader.extend(made.into_iter().map(|one| (event.time_ms, one)));
        }
    }
    let name = |id: ModelId| models.iter().find(|model| model.id == id).map(|model| model.card.name.clone());
    let mut by_model: BTreeMap<ModelId, Vec<Reveal>> = BTreeMap::new();
    let mut readers = Vec::new();
    for ((reader, model), mut timed) in answers {
        timed.sort_by_key(|(time, _)| *time);
        let all: Vec<Reveal> = timed.into_iter().map(|(_, one)| one).collect();
        let parts = over_time(&all, PART);
        let over_time = if parts.len() > 1 { parts } else { Vec::new() };
        readers.push(OfReader { reader, model: name(model).unwrap_or_default(), all: influence(&all), over_time });
        by_model.entry(model).or_default().extend(all);
    }
    let models = by_model.into_iter().map(|(model, all)| (name(model).unwrap_or_default(), influence(&all))).collect();
    Ok(Some(Influences { readers, models, without_answer }))
}

/// The reader's answers to what is asked of the image before and after the commit at this event: its class, or each finding that
/// the reader spoke of first.
fn reveals(
    events: &[AnnotationEvent],
    commit: &AnnotationEvent,
    (model, shown): (&ModelRecord, &ShownPrediction),
    classes: &ClassList,
) -> Vec<Reveal> {
    let mut own = OwnReading::default();
    events.iter().filter(|event| event.reader == commit.reader).for_each(|event| own.take(&event.change));
    let Some(first) = &own.committed else { return Vec::new() };
    let truth = truth(events, &commit.reader);
    let first_ms = commit.display.as_ref().and_then(|display| display.looked_ms);
    if !classes.findings {
        let (Some(before), Some(answer)) = (first.label, model.thresholds().called(&shown.probabilities)) else {
            return Vec::new();
        };
        // Who takes the class away says nothing that could be compared.
        let last = own.said.label.unwrap_or(before);
        let truth = truth.and_then(|(label, _)| label);
        return vec![Reveal { first: before, last, model: answer, truth, first_ms }];
    }
    let answered = prediction::answered_findings(&shown.probabilities, &model.finding_thresholds(), classes);
    let number = |presence: Presence| Presence::ALL.iter().position(|one| *one == presence).unwrap_or_default();
    let one = |(finding, before): (usize, Presence)| {
        let answer = answered.get(finding)?;
        let last = own.said.findings.get(finding).unwrap_or(before);
        let truth = truth.as_ref().and_then(|(_, findings)| findings.get(finding)).map(number);
        Some(Reveal { first: number(before), last: number(last), model: number(answer), truth, first_ms })
    };
    first.findings.iter().filter_map(one).collect()
}

/// What is in force and was settled by others than this reader: an import, somebody who reviewed it, an adjudication. What a model
/// answered and somebody merely accepted is no truth to judge that model by.
pub(super) fn truth(events: &[AnnotationEvent], reader: &str) -> Option<(Option<usize>, Findings)> {
    let settles = |event: &&AnnotationEvent| match &event.change {
        Change::Label { accepted, .. } | Change::Findings { accepted, .. } => !accepted && event.reader != reader,
        Change::Adjudicated { readers, .. } => readers.iter().any(|one| one != reader),
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::Note { .. }
        | Change::Box { .. }
        | Change::Measurement { .. }
        | Change::Reading { .. }
        | Change::Own { .. }
        | Change::Committed => false,
    };
    let says =
        |change: &Change| matches!(change, Change::Label { .. } | Change::Findings { .. } | Change::Adjudicated { .. });
    // What was taken back settles nothing, nor does taking it back.
    let standing = standing(events);
    let mut state = crate::domain::Annotation::default();
    let mut settled = None;
    for event in events.iter().filter(|event| standing.contains(&event.id)) {
        event.change.apply(&mut state);
        if settles(&event) {
            settled = Some((state.label, state.findings.clone()));
        } else if says(&event.change) && !is_imported(&event.reader) {
            settled = None;
        }
    }
    settled
}
