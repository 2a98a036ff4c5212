//! What readers made of answers that studies had planted: counted apart, and in none of the honest figures.

use super::answers::{Answered, assisted, last_of, revealed};
use super::{Gathered, Project};
use crate::domain::{AnnotationEvent, Change, ModelId, ModelRecord};
use crate::evaluation::influence::Shown;
use crate::evaluation::planted::planted_followed;
use crate::session::protocol::agreement::PlantedOf;

/// What a reader's last word under a planted answer made of it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session::project) struct Met {
    pub reader: String,
    pub model: ModelId,
    pub followed: bool,
}

/// Whether what was shown at an event was planted.
pub(in crate::session::project) fn is_planted(event: &AnnotationEvent) -> bool {
    event.shown.as_ref().is_some_and(|shown| shown.planted)
}

/// Of each reader who saw a planted answer to an image, what became of it. `such` says of which events a planted answer was shown
/// that is asked for.
pub(in crate::session::project) fn met(
    events: &[AnnotationEvent],
    such: &dyn Fn(&AnnotationEvent) -> bool,
    project: &Project<'_>,
) -> Vec<Met> {
    let one = |event: &AnnotationEvent, answers: &[Shown]| {
        let (answer, model) = (answers.first()?, event.shown.as_ref()?.model);
        Some(Met { reader: event.reader.clone(), model, followed: answer.said == answer.model })
    };
    let mut all = Vec::new();
    let committed = |event: &&AnnotationEvent| matches!(event.change, Change::Committed) && such(event);
    for commit in events.iter().filter(committed) {
        // What was said under the honest answer, after the study, is no word on the planted one.
        let of_reader = |event: &AnnotationEvent| event.reader == commit.reader && such(event);
        let Some(until) = events.iter().rposition(of_reader) else { continue };
        let seen = events.get(..=until).unwrap_or_default();
        let Some((model, shown)) = project.model(commit) else { continue };
        let Some(Answered { answers, .. }) = revealed(seen, commit, (model, &shown), project) else { continue };
        let answers: Vec<Shown> = answers.into_iter().map(Shown::from).collect();
        all.extend(one(commit, &answers));
    }
    for event in last_of(events, such) {
        let Some((model, shown)) = project.model(event) else { continue };
        let Some(Answered { answers, .. }) = assisted(events, event, (model, &shown), project) else { continue };
        all.extend(one(event, &answers));
    }
    all
}

/// By reader and model: the planted answers beside the honest ones of the same reader.
pub(super) fn told(gathered: &Gathered, models: &[ModelRecord]) -> Vec<PlantedOf> {
    let name = |id: ModelId| models.iter().find(|model| model.id == id).map(|model| model.card.name.clone());
    let of = |(of, planted): (&super::Of, &Vec<bool>)| {
        let revealed = gathered.revealed.get(of).into_iter().flatten();
        let revealed = revealed.flat_map(|(_, one)| one.answers.iter().map(|answer| Shown::from(*answer)));
        let assisted = gathered.assisted.get(of).into_iter().flatten().flat_map(|one| one.answers.iter().copied());
        let honest: Vec<Shown> = revealed.chain(assisted).collect();
        let (reader, version) = of.clone();
        let followed = planted_followed(planted, &honest);
        PlantedOf { reader, model: name(version).unwrap_or_default(), version, followed }
    };
    gathered.planted.iter().map(of).collect()
}
