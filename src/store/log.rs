//! The append-only annotation log: what may be appended, and reading it back.

use super::checks::{canonical, check_new, check_old};
use super::error::{StoreError, damaged, from_json, to_json};
use super::head::{Head, chain_hash};
use super::history::History;
use super::images::split_number;
use super::project::Store;
use super::{annotations, decisions, now_ms};
use crate::domain::annotation::is_imported;
use crate::domain::{
    Annotation, AnnotationEvent, BoxId, Change, DisplayState, EventId, ImageId, LoggedEvent, MeasurementId,
    ShownPrediction, Split,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;

pub(super) const COLUMNS: &str =
    "id, time_ms, reader, image, change, shown, display, undoes, previous_hash, hash, stated_ms";

/// How the text of an own change begins.
const OWN: &str = "{\"what\":\"own\"";
/// How the commit of a second reading begins, as long as what is read of each change.
const COMMITTED_AGAIN: &str = r#"{"what":"own","change":{"what":"committed"}"#;

/// What an event is made of before it is chained.
pub(super) struct Draft<'a> {
    pub(super) time_ms: i64,
    pub(super) stated_ms: Option<i64>,
    pub(super) reader: &'a str,
    pub(super) image: ImageId,
    pub(super) change: &'a Change,
    pub(super) shown: Option<&'a ShownPrediction>,
    pub(super) display: Option<&'a DisplayState>,
    pub(super) undoes: Option<EventId>,
}

impl Store {
    /// Appends one change with what was on screen and commits it. Refused when the change's old value is not the
    /// present one, when a class or box does not exist, or when `undoes` is not what undo or redo would take back.
    pub fn append(
        &mut self,
        reader: &str,
        image: ImageId,
        change: Change,
        shown: Option<ShownPrediction>,
        display: Option<DisplayState>,
        undoes: Option<EventId>,
    ) -> Result<AnnotationEvent, StoreError> {
        self.writable()?;
        self.load_history()?;
        if let (Some(undone), Some(history)) = (undoes, self.history.as_mut())
            && history.undo_top() != Some(undone)
            && history.redo_top() != Some(undone)
        {
            return Err(StoreError::Refused(format!("event {undone} is not the last one that can be taken back")));
        }
        let classes = self.classes()?.len();
        let mut head = self.head.clone();
        let tx = self.begin()?;
        let draft = Draft {
            time_ms: now_ms(),
            stated_ms: None,
            reader,
            image,
            change: &change,
            shown: shown.as_ref(),
            display: display.as_ref(),
            undoes,
        };
        let event = insert(&tx, &mut head, classes, &draft)?;
        tx.commit()?;
        self.head = head;
        self.note(&event);
        Ok(event)
    }

    /// Appends many changes in one transaction: all are committed, or none. For imports, whose reader is
    /// [`crate::domain::annotation::IMPORT_READER`], and for what a person does to many images with one action; the
    /// events.
    pub fn append_many(
        &mut self,
        reader: &str,
        changes: &[(ImageId, Change)],
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.append_action(reader, changes, None, None)
    }

    /// As [`Store::append_many`], with what was on screen when the person did it.
    pub fn append_action(
        &mut self,
        reader: &str,
        changes: &[(ImageId, Change)],
        shown: Option<&ShownPrediction>,
        display: Option<&DisplayState>,
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        let each = changes.iter().map(|(image, change)| (*image, change, shown));
        self.append_all(reader, each, display)
    }

    /// As [`Store::append_many`], with what the model said of each image.
    pub fn append_each(
        &mut self,
        reader: &str,
        changes: &[(ImageId, Change, Option<ShownPrediction>)],
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.append_all(reader, changes.iter().map(|(image, change, shown)| (*image, change, shown.as_ref())), None)
    }

    fn append_all<'a>(
        &mut self,
        reader: &str,
        changes: impl Iterator<Item = (ImageId, &'a Change, Option<&'a ShownPrediction>)>,
        display: Option<&DisplayState>,
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let classes = self.classes()?.len();
        let mut head = self.head.clone();
        let time_ms = now_ms();
        let tx = self.begin()?;
        let mut events: Vec<AnnotationEvent> = Vec::new();
        for (image, change, shown) in changes {
            let draft = Draft { time_ms, stated_ms: None, reader, image, change, shown, display, undoes: None };
            events.push(insert(&tx, &mut head, classes, &draft)?);
        }
        if let (Some(first), Some(last), false) = (events.first(), events.last(), is_imported(reader)) {
            tx.execute("INSERT INTO event_batches (first, last) VALUES (?, ?)", params![first.id.0, last.id.0])?;
        }
        tx.commit()?;
        self.head = head;
        for event in &events {
            self.note(event);
        }
        Ok(events)
    }

    /// The changes of images that a person made with one action, from its first event on.
    pub fn changes_of_batch(&self, first: EventId) -> Result<Vec<(ImageId, Change)>, StoreError> {
        let mut select = self.db.prepare_cached(
            "SELECT image, change FROM events WHERE image IS NOT NULL AND id BETWEEN ?1
             AND coalesce((SELECT last FROM event_batches WHERE first = ?1), ?1) ORDER BY id",
        )?;
        let mut rows = select.query([first.0])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            changes.push((ImageId(row.get(0)?), from_json(text(row, 1)?, "an event")?));
        }
        Ok(changes)
    }

    /// A number no box of this project has or had.
    pub fn allocate_box_id(&mut self) -> BoxId {
        self.last_box += 1;
        BoxId(self.last_box)
    }

    /// A number no measurement and no box of this project has or had.
    pub fn allocate_measurement_id(&mut self) -> MeasurementId {
        MeasurementId(self.allocate_box_id().0)
    }

    /// The number of the last event of the log; `None` where it is empty.
    pub fn last_event(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.db.query_row("SELECT max(id) FROM events", [], |row| row.get(0))?)
    }

    /// The events of one image, the oldest first.
    pub fn events(&self, image: ImageId) -> Result<Vec<AnnotationEvent>, StoreError> {
        let mut select =
            self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE image = ? ORDER BY id"))?;
        let mut rows = select.query([image.0])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(read_row(row)?);
        }
        Ok(events)
    }

    /// The events of what are test images now that came after one, the oldest first.
    pub fn test_events_after(&self, after: i64) -> Result<Vec<AnnotationEvent>, StoreError> {
        let mut select = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM events WHERE id > ?1 AND image IN (SELECT id FROM images WHERE split = ?2) ORDER BY id"
        ))?;
        let mut rows = select.query([after, split_number(Split::Test)])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(read_row(row)?);
        }
        Ok(events)
    }

    /// One event about an image.
    pub fn event(&self, id: EventId) -> Result<AnnotationEvent, StoreError> {
        let mut select =
            self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE id = ? AND image IS NOT NULL"))?;
        let found = select.query_row([id.0], |row| Ok(read_row(row))).optional()?;
        found.unwrap_or_else(|| Err(StoreError::Unknown(format!("event {id}"))))
    }

    /// How many events the log has, those about models included.
    pub fn event_count(&self) -> Result<usize, StoreError> {
        let count: i64 = self.db.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Any event.
    pub(super) fn logged(&self, id: EventId) -> Result<LoggedEvent, StoreError> {
        match self.decision(id)? {
            Some(decision) => Ok(LoggedEvent::Decision(decision)),
            None => Ok(LoggedEvent::Image(self.event(id)?)),
        }
    }

    /// Hands every event about an image over, the oldest first.
    pub fn for_each_event(
        &self,
        mut each: impl FnMut(AnnotationEvent) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut select =
            self.db.prepare(&format!("SELECT {COLUMNS} FROM events WHERE image IS NOT NULL ORDER BY id"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            each(read_row(row)?)?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, event: &AnnotationEvent) {
        if let Some(number) = box_number(&event.change) {
            self.last_box = self.last_box.max(number);
        }
        let Some(history) = &mut self.history else { return };
        let committed = match &event.change {
            Change::Own { change, .. } => matches!(change.as_ref(), Change::Committed),
            other => matches!(other, Change::Committed),
        };
        if committed || matches!(event.change, Change::Own { .. }) {
            let place = (event.id, Some(event.image), event.undoes);
            Self::note_own(&mut self.own_history, &event.reader, place, committed);
        } else {
            history.note(event.id, Some(event.image), is_imported(&event.reader), event.undoes);
        }
    }

    /// Reads undo and redo from the log, once.
    pub(super) fn load_history(&mut self) -> Result<(), StoreError> {
        if self.history.is_none() {
            let mut history = History::default();
            let mut select = self.db.prepare(
                "SELECT id, image, reader, undoes,
                 CASE WHEN image IS NULL THEN json_extract(change, '$.what') WHEN own THEN substr(change, 1, 43) END,
                 CASE WHEN image IS NULL AND json_extract(change, '$.what') = 'assignment'
                 THEN json_extract(change, '$.digest') END
                 FROM events ORDER BY id",
            )?;
            let mut own = HashMap::new();
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                let undoes: Option<i64> = row.get(3)?;
                let reader = text(row, 2)?;
                let image: Option<i64> = row.get(1)?;
                if let (Some(image), Some(begin)) = (image, optional_text(row, 4)?) {
                    let place = (EventId(row.get(0)?), Some(ImageId(image)), undoes.map(EventId));
                    let committed = !begin.starts_with(OWN) || begin == COMMITTED_AGAIN;
                    Self::note_own(&mut own, reader, place, committed);
                    continue;
                }
                if let Some(digest) = optional_text(row, 5)? {
                    let (id, by_person) = (EventId(row.get(0)?), decisions::is_undoable("assignment", reader));
                    if by_person || is_imported(reader) {
                        history.note_plan(id, digest, !by_person, undoes.map(EventId));
                    }
                    continue;
                }
                if optional_text(row, 4)?.is_some_and(|what| !decisions::is_undoable(what, reader)) {
                    continue;
                }
                let imported = is_imported(reader);
                history.note(EventId(row.get(0)?), image.map(ImageId), imported, undoes.map(EventId));
            }
            drop(rows);
            drop(select);
            (self.history, self.own_history) = (Some(history), own);
        }
        Ok(())
    }
}

/// The number of the box or measurement that a change is about; both are counted together.
pub(super) fn box_number(change: &Change) -> Option<i64> {
    match change {
        Change::Box { id, .. } => Some(id.0),
        Change::Measurement { id, .. } => Some(id.0),
        Change::Own { change, .. } => box_number(change),
        Change::Adjudicated { id, .. } => id.map(|id| id.0),
        Change::Label { .. }
        | Change::Findings { .. }
        | Change::Flag { .. }
        | Change::KeyImage { .. }
        | Change::Note { .. }
        | Change::Reading { .. }
        | Change::SignOff { .. }
        | Change::Committed => None,
    }
}

/// Checks a draft against the present state and writes the event and the new state.
pub(super) fn insert(
    db: &Connection,
    head: &mut Head,
    classes: usize,
    draft: &Draft<'_>,
) -> Result<AnnotationEvent, StoreError> {
    let mut state = state_of(db, draft.image)?;
    let event = insert_on(db, head, classes, (draft, canonical(draft.change)?), &mut state, &|id| was_used(db, id))?;
    annotations::write(db, draft.image, &state)?;
    Ok(event)
}

/// What was said of an image that must be there.
pub(super) fn state_of(db: &Connection, image: ImageId) -> Result<Annotation, StoreError> {
    let known: Option<i64> =
        db.prepare_cached("SELECT 1 FROM images WHERE id = ?")?.query_row([image.0], |row| row.get(0)).optional()?;
    if known.is_none() {
        return Err(StoreError::Unknown(format!("image {image}")));
    }
    annotations::read(db, image)
}

/// Whether a box or measurement of the log has this number.
pub(super) fn was_used(db: &Connection, id: i64) -> Result<bool, StoreError> {
    let used: Option<i64> =
        db.prepare_cached("SELECT 1 FROM events WHERE box = ? LIMIT 1")?.query_row([id], |r| r.get(0)).optional()?;
    Ok(used.is_some())
}

/// Checks a draft against the present state of its image, writes the event and brings the state up to date, which is the
/// caller's to write. The change comes as [`canonical`] gives it. `used` says whether a number was that of a box or
/// measurement before.
pub(super) fn insert_on(
    db: &Connection,
    head: &mut Head,
    classes: usize,
    (draft, (change, change_text)): (&Draft<'_>, (Change, String)),
    state: &mut Annotation,
    used: &dyn Fn(i64) -> Result<bool, StoreError>,
) -> Result<AnnotationEvent, StoreError> {
    let image = draft.image;
    check_old(state, image, &change)?;
    if draft.undoes.is_none() {
        check_new(state, classes, &change, used)?;
    }
    let shown = draft.shown.map(to_json).transpose()?;
    let display = draft.display.map(to_json).transpose()?;
    let row = NewRow {
        time_ms: draft.time_ms,
        reader: draft.reader,
        image: Some(image),
        texts: [Some(&change_text), shown.as_deref(), display.as_deref()],
        undoes: draft.undoes,
        stated_ms: draft.stated_ms,
    };
    let Chained { id, hash, previous_hash } = chain(db, head, &row)?;
    change.apply(state);
    Ok(AnnotationEvent {
        id,
        time_ms: draft.time_ms,
        reader: draft.reader.to_owned(),
        image,
        change,
        shown: draft.shown.cloned(),
        display: draft.display.cloned(),
        undoes: draft.undoes,
        stated_ms: draft.stated_ms,
        previous_hash,
        hash,
    })
}

/// The fields of an event that its hash is made of.
pub(super) struct NewRow<'a> {
    pub(super) time_ms: i64,
    pub(super) reader: &'a str,
    /// Absent where it is about a model.
    pub(super) image: Option<ImageId>,
    /// The change or decision, the prediction shown, and the display.
    pub(super) texts: [Option<&'a str>; 3],
    pub(super) undoes: Option<EventId>,
    pub(super) stated_ms: Option<i64>,
}

/// Where an event came to stand.
pub(super) struct Chained {
    pub(super) id: EventId,
    pub(super) previous_hash: String,
    pub(super) hash: String,
}

/// Writes an event to the end of the log.
pub(super) fn chain(db: &Connection, head: &mut Head, row: &NewRow<'_>) -> Result<Chained, StoreError> {
    let id = head.last + 1;
    let (image, undoes) = (row.image.map(|image| image.0), row.undoes.map(|event| event.0));
    let hash = chain_hash(&head.hash, id, row.time_ms, row.reader, image, row.texts, undoes, row.stated_ms);
    let [change, shown, display] = row.texts;
    db.prepare_cached(
        "INSERT INTO events (id, time_ms, reader, image, change, shown, display, undoes, previous_hash, hash, stated_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        id,
        row.time_ms,
        row.reader,
        image,
        change,
        shown,
        display,
        undoes,
        head.hash,
        hash,
        row.stated_ms
    ])?;
    let previous_hash = std::mem::replace(&mut head.hash, hash.clone());
    head.last = id;
    Ok(Chained { id: EventId(id), previous_hash, hash })
}

pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|_| damaged("an event has a number where text belongs"))
}

pub(super) fn optional_text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, StoreError> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| damaged("an event has a number where text belongs"))
}

pub(super) fn read_row(row: &Row<'_>) -> Result<AnnotationEvent, StoreError> {
    let undoes: Option<i64> = row.get(7)?;
    Ok(AnnotationEvent {
        id: EventId(row.get(0)?),
        time_ms: row.get(1)?,
        reader: row.get(2)?,
        image: ImageId(row.get(3)?),
        change: from_json(text(row, 4)?, "an event")?,
        shown: optional_text(row, 5)?.map(|t| from_json(t, "the prediction shown")).transpose()?,
        display: optional_text(row, 6)?.map(|t| from_json(t, "the display state")).transpose()?,
        undoes: undoes.map(EventId),
        stated_ms: row.get(10)?,
        previous_hash: row.get(8)?,
        hash: row.get(9)?,
    })
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
