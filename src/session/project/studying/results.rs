//! What came of studies, told from the log: how often planted answers were followed, and which labels still do.

use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, EventId, ImageId};
use crate::evaluation::influence::Part;
use crate::session::importing::readings::Readings;
use crate::session::project::influence::Project;
use crate::session::project::influence::planted::{is_planted, met};
use crate::session::project::working::standing;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::studies::StudyReader;
use crate::session::protocol::words;
use crate::store::Store;
use std::collections::{BTreeMap, HashSet};

/// How often each reader followed the planted answers to these images from `began` until `ended`; by reader, as people call them.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn by_reader(
    store: &Store,
    images: &[ImageId],
    (began, ended): (i64, Option<i64>),
) -> Result<Vec<StudyReader>, SessionError> {
    let (classes, models, decisions) = (store.classes()?, store.models()?, store.decisions()?);
    let project = Project { classes: &classes, models: &models, decisions: &decisions };
    let mut by_reader: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for image in images {
        let events = store.events(*image)?;
        let in_time = |time: i64| time >= began && ended.is_none_or(|ended| time <= ended);
        for one in met(&events, &project).into_iter().filter(|one| in_time(one.time_ms)) {
            by_reader.entry(words::reader(&one.reader).to_owned()).or_default().push(one.followed);
        }
    }
    let one = |(reader, followed): (String, Vec<bool>)| {
        let count = followed.iter().filter(|followed| **followed).count();
        StudyReader { reader, followed: Part::new(count, followed.len()) }
    };
    Ok(by_reader.into_iter().map(one).collect())
}

/// Images whose label in force was said under a planted answer, is that answer, and was not said again since.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn followed(store: &Store) -> Result<HashSet<ImageId>, SessionError> {
    let candidates = store.said_under_planted()?;
    if candidates.is_empty() {
        return Ok(HashSet::new());
    }
    let (models, decisions) = (store.models()?, store.decisions()?);
    let mut all = HashSet::new();
    for image in candidates {
        let events = store.events(image)?;
        let readings = Readings::of(&events);
        let Some(said) = readings.label_by.as_ref().map(|by| by.event) else { continue };
        let said_at = |event: EventId| events.iter().find(|one| one.id == event);
        let Some(event) = said_at(said).filter(|event| is_planted(event)) else { continue };
        let Some(shown) = event.shown.as_ref().filter(|_| matches!(event.change, Change::Label { .. })) else {
            continue;
        };
        // Who agrees with what is in force, with the honest answer on screen, says it again without changing it.
        let standing = standing(&events);
        let agrees = |one: &&AnnotationEvent| {
            one.id > said
                && standing.contains(&one.id)
                && !is_planted(one)
                && !is_imported(&one.reader)
                && matches!(one.change, Change::Reading { in_force: true, .. })
        };
        if events.iter().any(|one| agrees(&one)) {
            continue;
        }
        let Some(model) = models.iter().find(|model| model.id == shown.model) else { continue };
        let answer = model.thresholds_then(&decisions, event.id).thresholds.called(&shown.probabilities);
        if answer.is_some() && readings.state.label == answer {
            all.insert(image);
        }
    }
    Ok(all)
}
