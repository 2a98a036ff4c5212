//! The log in words, as somebody asks for it: by image, reader, day, kind and text.

mod plan;
#[cfg(test)]
mod tests;
mod write;

pub use write::{as_json, write};

use crate::domain::{AnnotationEvent, Change, ClassList, EventId, ImageId, LoggedEvent, ModelId, ShownPrediction};
use crate::session::project::converting::classes_of_log;
use crate::session::protocol::audit::{AuditFilter, AuditKind, AuditLine, AuditRequest, AuditView};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::{decisions, words};
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Events that are read between two questions whether to go on.
const STRIDE: usize = 2_000;

/// What an event's words are made with.
struct Namer<'s> {
    store: &'s Store,
    images: HashMap<ImageId, String>,
    models: HashMap<ModelId, String>,
    classes: ClassList,
    steps: HashMap<EventId, (EventId, usize)>,
    zone: TimeZone,
}

impl<'s> Namer<'s> {
    fn of(store: &'s Store) -> Result<Self, SessionError> {
        Ok(Self {
            store,
            images: store.images()?.into_iter().map(|image| (image.id, image.name)).collect(),
            models: store.models()?.into_iter().map(|model| (model.id, model.card.name)).collect(),
            classes: classes_of_log(store, &store.classes()?)?,
            steps: store.steps_back()?,
            zone: TimeZone::system(),
        })
    }

    fn when(&self, time_ms: i64) -> String {
        let time = Timestamp::from_millisecond(time_ms).map(|time| time.to_zoned(self.zone.clone()));
        time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
    }

    fn model(&self, shown: &ShownPrediction) -> String {
        self.models.get(&shown.model).cloned().unwrap_or_else(|| format!("model {}", shown.model))
    }

    /// What an event did; of one that takes another back, what that had done and whose it was.
    fn what(&self, event: &LoggedEvent) -> Result<String, StoreError> {
        let Some((root, steps)) = self.steps.get(&event.id()) else { return Ok(self.did(event)) };
        let root = self.store.logged_events(&[root.0])?.pop();
        // Without the one that it is about what it did itself is all there is.
        let root = root.as_ref().unwrap_or(event);
        let whose = format!("{}, event {}", words::reader(root.reader()), root.id().0);
        Ok(words::step_back(*steps, self.did(root), &whose))
    }

    fn did(&self, event: &LoggedEvent) -> String {
        match event {
            LoggedEvent::Image(event) => words::change(&event.change, &self.classes),
            LoggedEvent::Decision(event) => {
                let (undo, now) = (decisions::undo(&event.decision), decisions::now(&event.decision));
                if now == decisions::HAPPENED { undo } else { format!("{undo}: {now}") }
            }
        }
    }

    fn line(&self, event: &LoggedEvent) -> Result<AuditLine, StoreError> {
        let (kind, image, time_ms) = match event {
            LoggedEvent::Image(event) => (kind_of(event), Some(event.image), event.time_ms),
            LoggedEvent::Decision(event) => (AuditKind::Decision, None, event.time_ms),
        };
        let about = match event {
            LoggedEvent::Image(event) => Some(event),
            LoggedEvent::Decision(_) => None,
        };
        let shown = about.and_then(|event| event.shown.as_ref());
        Ok(AuditLine {
            event: event.id().0,
            time_ms,
            stated_ms: about.and_then(|event| event.stated_ms),
            when: self.when(time_ms),
            who: words::reader(event.reader()).to_owned(),
            image,
            name: image.and_then(|image| self.images.get(&image).cloned()).unwrap_or_default(),
            kind,
            what: self.what(event)?,
            model: shown.map(|shown| self.model(shown)).unwrap_or_default(),
            threshold: shown.and_then(|shown| shown.threshold),
            looked_ms: about.and_then(|event| event.display.as_ref()?.looked_ms),
        })
    }
}

fn kind_of(event: &AnnotationEvent) -> AuditKind {
    match &event.change {
        Change::Label { .. } => AuditKind::Label,
        Change::Findings { .. } => AuditKind::Findings,
        Change::Flag { .. } => AuditKind::Flag,
        Change::KeyImage { .. } => AuditKind::KeyImage,
        Change::Note { .. } => AuditKind::Note,
        Change::Box { .. } => AuditKind::Box,
        Change::Measurement { .. } => AuditKind::Measurement,
        Change::Reading { .. } => AuditKind::Word,
        Change::Own { .. } | Change::Committed => AuditKind::Own,
        Change::Adjudicated { .. } => AuditKind::Adjudication,
        Change::SignOff { .. } => AuditKind::SignOff,
    }
}

/// Whether a line is asked for.
fn passes(filter: &AuditFilter, line: &AuditLine) -> bool {
    let has = |text: &str, part: &str| text.to_lowercase().contains(part);
    let (image, text) = (filter.image.trim().to_lowercase(), filter.text.trim().to_lowercase());
    filter.reader.as_ref().is_none_or(|reader| line.who == *reader)
        && filter.from_ms.is_none_or(|from| line.time_ms >= from)
        && filter.until_ms.is_none_or(|until| line.time_ms < until)
        && filter.kind.is_none_or(|kind| line.kind == kind)
        && (image.is_empty() || has(&line.name, &image))
        && (text.is_empty() || [&line.what, &line.name, &line.who, &line.model].iter().any(|part| has(part, &text)))
}

/// Hands the lines that are asked for over, the oldest first; every event's reader is heard of by `reader`. `go_on` is told how
/// many events were read and of how many; whether it went on to the end.
///
/// # Errors
/// When the project cannot be read.
pub fn for_each(
    store: &Store,
    filter: &AuditFilter,
    go_on: &dyn Fn(usize, usize) -> bool,
    reader: &mut dyn FnMut(&str),
    each: &mut dyn FnMut(AuditLine),
) -> Result<bool, SessionError> {
    let namer = Namer::of(store)?;
    let (total, mut read, mut whole) = (store.event_count()?, 0usize, true);
    store.for_each_logged(&mut |event| {
        if read.is_multiple_of(STRIDE) && !go_on(read, total) {
            whole = false;
            return Ok(false);
        }
        read += 1;
        reader(words::reader(event.reader()));
        let line = namer.line(&event)?;
        if passes(filter, &line) {
            each(line);
        }
        Ok(true)
    })?;
    Ok(whole)
}

/// Checks the chain of the log, and that replaying it gives what is shown, all at one moment; the number of the last event.
///
/// # Errors
/// A sentence of what does not hold, or why it cannot be read.
pub fn verified(store: &Store) -> Result<i64, String> {
    store.at_one_moment(|| checked(store)).map_err(|error| error.to_string())?
}

fn checked(store: &Store) -> Result<i64, String> {
    let text = |error: StoreError| error.to_string();
    store.verify_chain().map_err(text)?;
    if store.replay().map_err(text)? != store.annotations().map_err(text)? {
        return Err("what is shown of the images differs from what the log replays to, though its chain holds".into());
    }
    if !store.decisions_hold().map_err(text)? {
        return Err("what is decided about models differs from what the log replays to, though its chain holds".into());
    }
    Ok(store.last_event().map_err(text)?.unwrap_or(0))
}

/// What is asked for at one moment, with the lines of one part of it; `before` is what was shown before, whose list still holds where the log
/// and the filter are the same. `None` where `go_on` said no.
///
/// # Errors
/// When the project cannot be read.
pub fn look(
    store: &Store,
    request: &AuditRequest,
    before: Option<&AuditView>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<AuditView>, SessionError> {
    store.at_one_moment(|| look_at(store, request, before, go_on))?
}

fn look_at(
    store: &Store,
    request: &AuditRequest,
    before: Option<&AuditView>,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<AuditView>, SessionError> {
    let (last, events) = (store.last_event()?.unwrap_or(0), store.event_count()?);
    let known = before.filter(|view| view.filter == request.filter && (view.last, view.events) == (last, events));
    let mut view = match known {
        Some(view) => view.clone(),
        None => {
            let mut matching = Vec::new();
            let (mut kinds, mut readers) = (BTreeMap::new(), BTreeSet::new());
            let mut each = |line: AuditLine| {
                matching.push(line.event);
                *kinds.entry(line.kind).or_insert(0usize) += 1;
            };
            let mut reader = |name: &str| {
                if !readers.contains(name) {
                    readers.insert(name.to_owned());
                }
            };
            if !for_each(store, &request.filter, go_on, &mut reader, &mut each)? {
                return Ok(None);
            }
            matching.reverse();
            AuditView {
                filter: request.filter.clone(),
                events,
                last,
                matching: Arc::new(matching),
                kinds: kinds.into_iter().collect(),
                readers: Arc::new(readers.into_iter().collect()),
                ..AuditView::default()
            }
        }
    };
    let namer = Namer::of(store)?;
    let ids: Vec<i64> = view.matching.iter().skip(request.first).take(request.count).copied().collect();
    view.first = request.first;
    let lines = store.logged_events(&ids)?;
    view.lines = lines.iter().map(|event| namer.line(event)).collect::<Result<_, _>>()?;
    Ok(Some(view))
}
