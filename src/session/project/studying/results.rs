//! What came of studies, told from the log: how often planted answers were followed, and which labels still do.

use super::Study;
use super::elsewhere::{PlantedWord, StudyKey};
use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, DecisionEvent, EventId, ImageId, ImageKey, ModelRecord};
use crate::evaluation::influence::Part;
use crate::session::importing::readings::{By, Readings, Word};
use crate::session::project::influence::Project;
use crate::session::project::influence::planted::{is_planted, met};
use crate::session::project::working::standing;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::studies::StudyReader;
use crate::session::protocol::words;
use crate::store::Store;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the readers made of the planted answers of one study; by reader, as people call them.
pub(super) fn by_reader<'a>(said: impl Iterator<Item = &'a PlantedWord>) -> Vec<StudyReader> {
    let mut by_reader: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for one in said {
        by_reader.entry(&one.reader).or_default().extend(one.followed);
    }
    let one = |(reader, followed): (&str, Vec<bool>)| {
        let count = followed.iter().filter(|followed| **followed).count();
        StudyReader { reader: reader.to_owned(), followed: Part::new(count, followed.len()) }
    };
    by_reader.into_iter().filter(|(_, followed)| !followed.is_empty()).map(one).collect()
}

/// What was made of planted answers in a project's own log: of each study, each image, and each reader who saw one. `keys` are
/// the images by content.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn said_here(
    store: &Store,
    studies: &[Study],
    keys: &HashMap<ImageId, ImageKey>,
) -> Result<Vec<PlantedWord>, SessionError> {
    let candidates = store.said_under_planted()?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let (classes, models, decisions) = (store.classes()?, store.models()?, store.decisions()?);
    let project = Project { classes: &classes, models: &models, decisions: &decisions };
    let mut all = Vec::new();
    for image in candidates {
        let Some(key) = keys.get(&image) else { continue };
        let events = store.events(image)?;
        let readings = Readings::of(&events);
        for study in studies {
            let Some(here) = study.here else { continue };
            // What is said once it has ended changes nothing of what came of it.
            let until = here.end.map_or(events.len(), |end| events.partition_point(|event| event.id < end));
            let seen = events.get(..until).unwrap_or_default();
            let within = |event: &AnnotationEvent| event.id > here.start && is_planted(event);
            let mut followed: BTreeMap<&str, Option<bool>> =
                seen.iter().filter(|event| within(event)).map(|event| (event.reader.as_str(), None)).collect();
            let said = met(seen, &within, &project);
            said.iter().for_each(|one| _ = followed.insert(&one.reader, Some(one.followed)));
            for (logged, followed) in followed {
                let last = events.iter().rfind(|event| event.reader == *logged);
                let word = readings.words.get(logged);
                let follows =
                    word.filter(|word| follows_here(&events, &readings, (logged, word), (&models, &decisions)));
                all.push(PlantedWord {
                    study: StudyKey { digest: study.digest.clone(), began_ms: study.began_ms },
                    image: key.clone(),
                    reader: words::reader(logged).to_owned(),
                    at_ms: last.map_or(0, |last| last.time_ms),
                    followed,
                    follows_ms: follows.map(|word| word.said_ms),
                });
            }
        }
    }
    Ok(all)
}

/// Whether what was said at an event, a class, is the answer that a study had planted.
fn is_the_planted(
    event: &AnnotationEvent,
    said: Option<usize>,
    (models, decisions): (&[ModelRecord], &[DecisionEvent]),
) -> bool {
    let Some(shown) = event.shown.as_ref().filter(|_| is_planted(event)) else { return false };
    let Some(model) = models.iter().find(|model| model.id == shown.model) else { return false };
    let answer = model.thresholds_then(decisions, event.id).thresholds.called(&shown.probabilities);
    answer.is_some() && said == answer
}

/// Whether a reader's word, said here, is the answer that a study had planted.
fn follows_here(
    events: &[AnnotationEvent],
    readings: &Readings,
    (logged, word): (&str, &Word),
    known: (&[ModelRecord], &[DecisionEvent]),
) -> bool {
    let at = |id: EventId| events.iter().find(|event| event.id == id);
    let event = at(word.logged.event).and_then(|event| match event.undoes {
        None => Some(event),
        // What stands again since something was taken back was said before.
        Some(_) => at(readings.label_by.as_ref().filter(|by| by.reader == logged)?.event),
    });
    event.is_some_and(|event| is_the_planted(event, word.label, known))
}

/// Whether anything was said of an image under a planted answer.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn is_met(store: &Store, image: ImageId) -> Result<bool, SessionError> {
    Ok(store.events(image)?.iter().any(is_planted))
}

/// Those of the images `met` whose label in force was said under a planted answer, is that answer, and was not said again since;
/// also where it was said in another copy, or where nobody whose word an adjudication took had said it without that.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn followed(
    store: &Store,
    met: &HashMap<ImageId, ImageKey>,
    elsewhere: &HashMap<ImageKey, Vec<PlantedWord>>,
) -> Result<HashSet<ImageId>, SessionError> {
    if met.is_empty() {
        return Ok(HashSet::new());
    }
    let (models, decisions) = (store.models()?, store.decisions()?);
    let mut all = HashSet::new();
    for (&image, key) in met {
        let events = store.events(image)?;
        let readings = Readings::of(&events);
        let Some(by) = &readings.label_by else { continue };
        let Some(event) = events.iter().find(|one| one.id == by.event) else { continue };
        let is_taken = |logged: &str, said_ms: i64| {
            let is_it = |one: &PlantedWord| one.reader == words::reader(logged) && one.follows_ms == Some(said_ms);
            is_imported(logged) && elsewhere.get(key).is_some_and(|words| words.iter().any(is_it))
        };
        let follows = match &event.change {
            Change::Label { .. } => {
                is_taken(&by.reader, by.said_ms) || is_the_planted(event, readings.state.label, (&models, &decisions))
            }
            Change::Adjudicated { readers, .. } => {
                let mut parts = (readings.words.iter())
                    .filter(|(logged, word)| {
                        readers.iter().any(|one| words::reader(one) == words::reader(logged))
                            && word.label == readings.state.label
                    })
                    .peekable();
                parts.peek().is_some()
                    && parts.all(|(logged, word)| {
                        is_taken(logged, word.said_ms)
                            || follows_here(&events, &readings, (logged, word), (&models, &decisions))
                    })
            }
            Change::Findings { .. }
            | Change::Box { .. }
            | Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::Note { .. }
            | Change::Measurement { .. }
            | Change::Reading { .. }
            | Change::Own { .. }
            | Change::Committed
            | Change::SignOff { .. } => false,
        };
        if follows && !is_said_again(&events, by) {
            all.insert(image);
        }
    }
    Ok(all)
}

/// Whether somebody here agreed with what is in force since then, with the honest answer on screen, which changes nothing of it.
fn is_said_again(events: &[AnnotationEvent], by: &By) -> bool {
    let standing = standing(events);
    events.iter().any(|one| {
        one.id > by.event
            && standing.contains(&one.id)
            && !is_planted(one)
            && !is_imported(&one.reader)
            && matches!(one.change, Change::Reading { in_force: true, .. })
    })
}
