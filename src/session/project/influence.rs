//! What the model does to its readers, told from the log alone: readings that were committed before it was revealed, and what
//! became of them, and what readers who saw it all along did not leave as it was.
//!
//! What a model answered is what the log says was shown: its probabilities, or its boxes from the threshold of then, and its
//! thresholds are those that the log says it had then.

mod answers;
pub(super) mod planted;
#[cfg(test)]
mod tests;
mod times;
pub(super) mod truth;

pub(in crate::session) use times::{BoxesTwice, repeated, repeated_boxes};

use crate::domain::{
    AnnotationEvent, AnswerKind, Change, ClassList, DecisionEvent, EventId, ModelId, ModelRecord, ShownPrediction,
    Split,
};
use crate::evaluation::influence::{Reveal, Shown, Truths, influence, over_time, overrides};
use crate::session::protocol::agreement::{Assisted, BoxFatesOf, Influences, MadeOf, OfReader};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use answers::Answered;
use planted::is_planted;
use std::collections::BTreeMap;
use times::reading_times;

/// Images that are read from the log between two questions whether to go on.
const STRIDE: usize = 500;
/// Answers in a part of the curve over time.
const PART: usize = 50;

/// Whose answers to which model.
type Of = (String, ModelId);

/// What was gathered.
#[derive(Default)]
struct Gathered {
    /// With when they were committed.
    revealed: BTreeMap<Of, Vec<(i64, Answered<Reveal>)>>,
    assisted: BTreeMap<Of, Vec<Answered<Shown>>>,
    /// Whether each planted answer was followed.
    planted: BTreeMap<Of, Vec<bool>>,
    made_of: MadeOf,
}

/// What is needed to read an image's events.
pub(super) struct Project<'a> {
    pub classes: &'a ClassList,
    pub models: &'a [ModelRecord],
    pub decisions: &'a [DecisionEvent],
}

impl Project<'_> {
    /// The model of which something was shown, where the project knows it.
    fn model(&self, event: &AnnotationEvent) -> Option<(&ModelRecord, ShownPrediction)> {
        let shown = event.shown.clone()?;
        let model = self.models.iter().find(|model| model.id == shown.model)?;
        Some((model, shown))
    }
}

/// Gathers it, of one split or all images. `None` where `go_on`, which is told how many of how many images were read, said no.
///
/// # Errors
/// When the project cannot be read.
pub fn of(
    store: &Store,
    split: Option<Split>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Influences>, SessionError> {
    let (mut images, classes, models) = (store.images()?, store.classes()?, store.models()?);
    let decisions = store.decisions()?;
    images.retain(|image| split.is_none_or(|split| image.split == split));
    let project = Project { classes: &classes, models: &models, decisions: &decisions };
    let mut gathered = Gathered::default();
    for (at, image) in images.iter().enumerate() {
        if at % STRIDE == 0 && !go_on(at, images.len()) {
            return Ok(None);
        }
        take(&mut gathered, &store.events(image.id)?, &project);
    }
    let times = reading_times(store, &images.iter().map(|image| image.id).collect())?;
    Ok(Some(Influences { times, ..told(gathered, &models) }))
}

/// Takes what the events of an image tell.
fn take(gathered: &mut Gathered, events: &[AnnotationEvent], project: &Project<'_>) {
    let made_of = &mut gathered.made_of;
    let mut note = |event: &AnnotationEvent, model: &ModelRecord| {
        made_of.learned += usize::from(event.shown.as_ref().is_some_and(|shown| shown.learned_from.is_some()));
        made_of.unsure_thresholds += usize::from(
            model.card.answers() != AnswerKind::Boxes && model.thresholds_then(project.decisions, event.id).unsure,
        );
    };
    for met in planted::met(events, &is_planted, project) {
        gathered.planted.entry((met.reader, met.model)).or_default().push(met.followed);
    }
    let committed = |event: &&AnnotationEvent| matches!(event.change, Change::Committed) && !is_planted(event);
    let (mut readings, mut without_answer, mut assisted) = (0, 0, 0);
    for event in events.iter().filter(committed) {
        let answered = project.model(event).and_then(|(model, shown)| {
            let made = answers::revealed(events, event, (model, &shown), project)?;
            Some((model, made))
        });
        let Some((model, made)) = answered else {
            without_answer += 1;
            continue;
        };
        note(event, model);
        readings += 1;
        let of = gathered.revealed.entry((event.reader.clone(), model.id)).or_default();
        of.push((event.time_ms, made));
    }
    for event in answers::last_of(events, &|event| !is_planted(event)) {
        let Some((model, shown)) = project.model(event) else { continue };
        let Some(made) = answers::assisted(events, event, (model, &shown), project) else { continue };
        note(event, model);
        assisted += 1;
        gathered.assisted.entry((event.reader.clone(), model.id)).or_default().push(made);
    }
    made_of.committed += readings;
    made_of.assisted += assisted;
    made_of.without_answer += without_answer;
    made_of.images += usize::from(readings + assisted > 0);
}

/// By reader and model, and of all readers by model.
fn told(gathered: Gathered, models: &[ModelRecord]) -> Influences {
    let planted = planted::told(&gathered, models);
    let known = |id: ModelId| models.iter().find(|model| model.id == id);
    let name = |id: ModelId| known(id).map(|model| model.card.name.clone()).unwrap_or_default();
    let kind = |id: ModelId| known(id).map(|model| model.card.answers()).unwrap_or_default();
    let fates = |of: ModelId, all: &[Answered<Reveal>]| {
        (kind(of) == AnswerKind::Boxes).then(|| {
            let mut fates = BoxFatesOf::default();
            all.iter().for_each(|one| fates += one.boxes);
            fates
        })
    };
    let flat = |all: &[Answered<Reveal>]| all.iter().flat_map(|one| one.answers.iter().copied()).collect::<Vec<_>>();
    let mut by_model: BTreeMap<ModelId, Vec<Answered<Reveal>>> = BTreeMap::new();
    let mut readers = Vec::new();
    for ((reader, model), mut timed) in gathered.revealed {
        timed.sort_by_key(|(time, _)| *time);
        let readings: Vec<Answered<Reveal>> = timed.into_iter().map(|(_, one)| one).collect();
        let all = flat(&readings);
        let parts = over_time(&all, PART);
        readers.push(OfReader {
            reader,
            model: name(model),
            version: model,
            asked: kind(model),
            readings: readings.len(),
            all: influence(&all),
            boxes: fates(model, &readings),
            over_time: if parts.len() > 1 { parts } else { Vec::new() },
        });
        by_model.entry(model).or_default().extend(readings);
    }
    let together = by_model.into_iter().map(|(model, readings)| OfReader {
        reader: String::new(),
        model: name(model),
        version: model,
        asked: kind(model),
        readings: readings.len(),
        all: influence(&flat(&readings)),
        boxes: fates(model, &readings),
        over_time: Vec::new(),
    });
    let models = together.collect();
    let assisted = gathered.assisted.into_iter().map(|((reader, model), readings)| {
        let all: Vec<Shown> = readings.iter().flat_map(|one| one.answers.iter().copied()).collect();
        let mut fates = BoxFatesOf::default();
        readings.iter().for_each(|one| fates += one.boxes);
        Assisted {
            reader,
            model: name(model),
            version: model,
            asked: kind(model),
            readings: readings.len(),
            overrides: overrides(&all),
            truths: Truths::of(all.iter().map(|one| one.truth)),
            boxes: (kind(model) == AnswerKind::Boxes).then_some(fates.after),
        }
    });
    let assisted = assisted.collect();
    Influences { readers, models, assisted, planted, made_of: gathered.made_of, ..Influences::default() }
}

/// The thresholds by which a model's classes were called when an event was logged.
fn then(model: &ModelRecord, event: EventId, project: &Project<'_>) -> crate::domain::ClassThresholds {
    model.thresholds_then(project.decisions, event).thresholds
}
