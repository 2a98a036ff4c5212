//! What a reader answered, and the model, to what is asked of an image: its class, each finding, or where something is.

use super::truth::{box_truth, truth};
use super::{Project, then};
use crate::domain::annotation::is_imported;
use crate::domain::{
    Annotation, AnnotationEvent, AnswerKind, Change, Findings, ModelRecord, Presence, ShownPrediction, prediction,
};
use crate::evaluation::box_agreement::ReadBox;
use crate::evaluation::box_influence::{box_fates, revealed_places, shown_places};
use crate::evaluation::influence::{Reveal, Shown};
use crate::session::project::working::standing;
use crate::session::protocol::agreement::BoxFatesOf;
use crate::store::own::OwnReading;
use std::collections::BTreeMap;

/// The answers of one reading.
pub(super) struct Answered<T> {
    pub answers: Vec<T>,
    /// What became of the model's boxes, where it draws some.
    pub boxes: BoxFatesOf,
}

impl<T> Answered<T> {
    /// Those of a model that draws none; `None` without any.
    fn plain(answers: Vec<T>) -> Option<Self> {
        (!answers.is_empty()).then(|| Self { answers, boxes: BoxFatesOf::default() })
    }
}

fn number(presence: Presence) -> usize {
    Presence::ALL.iter().position(|one| *one == presence).unwrap_or_default()
}

fn drawn(said: &Annotation) -> Vec<ReadBox> {
    said.boxes.iter().map(|one| (one.class, one.rect)).collect()
}

fn model_boxes(shown: &ShownPrediction) -> Vec<ReadBox> {
    shown.boxes.iter().map(|one| (one.class, one.rect)).collect()
}

/// What the model said of each finding, by its thresholds of then.
fn answered_findings(
    (model, shown): (&ModelRecord, &ShownPrediction),
    event: &AnnotationEvent,
    project: &Project<'_>,
) -> Findings {
    let then = then(model, event.id, project);
    let least = |class| then.of(class).unwrap_or(ModelRecord::THRESHOLD);
    let thresholds: Vec<f64> = (0..model.card.classes.len()).map(least).collect();
    prediction::answered_findings(&shown.probabilities, &thresholds, project.classes)
}

/// The reader's answers to what is asked of the image before and after the commit at this event; `None` where there are none to
/// compare.
pub(super) fn revealed(
    events: &[AnnotationEvent],
    commit: &AnnotationEvent,
    (model, shown): (&ModelRecord, &ShownPrediction),
    project: &Project<'_>,
) -> Option<Answered<Reveal>> {
    let mut own = OwnReading::default();
    events.iter().filter(|event| event.reader == commit.reader).for_each(|event| own.take(&event.change));
    let first = own.committed.as_ref()?;
    match model.card.answers() {
        AnswerKind::Class => {
            let (before, answer) = (first.label?, then(model, commit.id, project).called(&shown.probabilities)?);
            // Who takes the class away says nothing that could be compared.
            let last = own.said.label.unwrap_or(before);
            let truth = truth(events, &commit.reader).and_then(|settled| Some((settled.label?, settled.from)));
            Answered::plain(vec![Reveal { first: before, last, model: answer, truth }])
        }
        AnswerKind::Findings => {
            let answered = answered_findings((model, shown), commit, project);
            let settled = truth(events, &commit.reader);
            let one = |(finding, before): (usize, Presence)| {
                let answer = answered.get(finding)?;
                let last = own.said.findings.get(finding).unwrap_or(before);
                let truth = settled.as_ref().and_then(|one| Some((number(one.findings.get(finding)?), one.from)));
                Some(Reveal { first: number(before), last: number(last), model: number(answer), truth })
            };
            Answered::plain(first.findings.iter().filter_map(one).collect())
        }
        AnswerKind::Boxes => {
            // Without a threshold it is not known which of its boxes were on screen.
            shown.threshold?;
            let (model, before, after) = (model_boxes(shown), drawn(first), drawn(&own.said));
            let settled = box_truth(events, &commit.reader, project.classes, &model);
            let truth = settled.as_ref().map(|(boxes, from)| (boxes.as_slice(), *from));
            let boxes = BoxFatesOf { before: box_fates(&model, &before), after: box_fates(&model, &after) };
            Some(Answered { answers: revealed_places(&model, (&before, &after), truth), boxes })
        }
    }
}

/// Of each reader who said something in force with such an answer of a model on screen, the last event that did so and stands.
pub(super) fn last_of<'a>(
    events: &'a [AnnotationEvent],
    such: &dyn Fn(&AnnotationEvent) -> bool,
) -> Vec<&'a AnnotationEvent> {
    let standing = standing(events);
    let says = |change: &Change| match change {
        // Who confirms the boxes that are there, or that there is nothing, reviews.
        Change::Label { new, new_reviewed, .. } => new.is_some() || *new_reviewed,
        Change::Findings { new, new_reviewed, .. } => !new.is_empty() || *new_reviewed,
        Change::Box { .. } => true,
        Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::SignOff { .. }
        | Change::Note { .. }
        | Change::Measurement { .. }
        | Change::Reading { .. }
        | Change::Own { .. }
        | Change::Adjudicated { .. }
        | Change::Committed => false,
    };
    let mut last: BTreeMap<&str, &AnnotationEvent> = BTreeMap::new();
    // What was said of many images at once was said without looking at each: it has no display.
    let looked = |event: &&AnnotationEvent| event.shown.is_some() && event.display.is_some();
    let people = |event: &&AnnotationEvent| !is_imported(&event.reader) && event.undoes.is_none() && such(event);
    for event in events.iter().filter(looked).filter(people) {
        if standing.contains(&event.id) && says(&event.change) {
            last.insert(&event.reader, event);
        }
    }
    last.into_values().collect()
}

/// What a reader said who saw the model's answer all along, at the last event that says it; `None` where there is nothing to
/// compare.
pub(super) fn assisted(
    events: &[AnnotationEvent],
    last: &AnnotationEvent,
    (model, shown): (&ModelRecord, &ShownPrediction),
    project: &Project<'_>,
) -> Option<Answered<Shown>> {
    let mut said = Annotation::default();
    events.iter().take_while(|event| event.id <= last.id).for_each(|event| event.change.apply(&mut said));
    match model.card.answers() {
        AnswerKind::Class => {
            let answer = then(model, last.id, project).called(&shown.probabilities)?;
            let truth = truth(events, &last.reader).and_then(|settled| Some((settled.label?, settled.from)));
            Answered::plain(vec![Shown { said: said.label?, model: answer, truth }])
        }
        AnswerKind::Findings => {
            let answered = answered_findings((model, shown), last, project);
            let settled = truth(events, &last.reader);
            let one = |(finding, presence): (usize, Presence)| {
                let truth = settled.as_ref().and_then(|one| Some((number(one.findings.get(finding)?), one.from)));
                Some(Shown { said: number(presence), model: number(answered.get(finding)?), truth })
            };
            Answered::plain(said.findings.iter().filter_map(one).collect())
        }
        AnswerKind::Boxes => {
            shown.threshold?;
            let (model, after) = (model_boxes(shown), drawn(&said));
            let settled = box_truth(events, &last.reader, project.classes, &model);
            let truth = settled.as_ref().map(|(boxes, from)| (boxes.as_slice(), *from));
            let boxes = BoxFatesOf { after: box_fates(&model, &after), ..BoxFatesOf::default() };
            Some(Answered { answers: shown_places(&model, &after, truth), boxes })
        }
    }
}
