//! Bringing a backup up to what a damaged database still holds.

use super::Repair;
use super::salvage::{Found, Salvage};
use super::states::Unfit;
use super::{decided, leaves, states, texts};
use crate::domain::{Change, EventId, ImageId};
use crate::store::checks;
use crate::store::error::{StoreError, from_json};
use crate::store::head::{Head, chain_hash};
use crate::store::log::{self, NewRow};
use crate::store::{annotations, decisions};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use std::collections::HashMap;

/// Tables whose rows are only ever added, with the number of each row: what is newer than the backup is taken over.
const ADDED: [(&str, &str); 7] = [
    ("images", "id"),
    ("image_facts", "image"),
    ("class_lists", "id"),
    ("imports", "id"),
    ("runs", "id"),
    ("models", "id"),
    ("split_changes", "id"),
];
/// Of those the ones that do not have a row of every number: older forms know no facts of images, and runs are deleted.
const WITH_HOLES: [&str; 2] = ["image_facts", "runs"];
/// Tables whose rows belong to those and have no number of their own.
const BESIDE: [&str; 4] = ["epochs", "run_log", "truths", "assignments"];
/// Columns of models that the log replays to, and what they hold before.
const DECIDED: [(&str, Value); 5] = [
    ("active", Value::Integer(0)),
    ("threshold", Value::Null),
    ("temperature", Value::Null),
    ("answers", Value::Null),
    ("scores", Value::Null),
];
/// Settings that the log replays to, or that follow from it.
const REPLAYED: [&str; 4] = ["class_thresholds.", "finding_temperatures.", "finding_rules.", "readers"];

/// Takes over what is newer, all of it or none.
pub(super) fn replay(db: &mut Connection, damaged: &Salvage, report: &mut Repair) -> Result<(), StoreError> {
    let tx = db.transaction()?;
    let mut head = Head::read(&tx)?;
    report.in_backup = tx.query_row("SELECT count(*) FROM events", [], |row| row.get::<_, i64>(0))? as usize;
    for (table, key) in ADDED {
        let (rows, gone) = added(&tx, damaged, table, key)?;
        report.rows += rows;
        if table == "images" {
            report.images_gone += gone;
        } else if gone > 0 {
            report.cut.push((table, gone));
        }
    }
    for table in BESIDE {
        // Older forms know no plans of readings.
        if table == "assignments" && damaged.is_open() && !damaged.has_column(table, "digest") {
            continue;
        }
        if !beside(&tx, damaged, table)? {
            report.cut.push((table, 0));
        }
    }
    report.unmoved = moved(&tx, damaged)?;
    for table in ["settings", "meta"] {
        if !named(&tx, damaged, table)? {
            report.cut.push((table, 0));
        }
    }
    let classes = classes(&tx)?;
    let read = events(&tx, damaged, &mut head, classes, report)?;
    // While the log is whole it says all that the states do.
    if damaged.is_open() && (!read.whole || report.unreadable > 0 || report.unfitting > 0) {
        states::recover(&tx, damaged, &mut head, classes, &read.unfit, report)?;
        decided::recover(&tx, damaged, &mut head, report)?;
    }
    tx.commit()?;
    Ok(())
}

/// The stored columns of a table.
fn columns(db: &Connection, table: &str) -> Result<Vec<String>, StoreError> {
    let mut select = db.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
    let names = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}

/// Adds the rows of a table that the backup has not; how many, and how many that there were could not be read.
fn added(db: &Connection, damaged: &Salvage, table: &str, key: &str) -> Result<(usize, usize), StoreError> {
    let columns = columns(db, table)?;
    let last: i64 = db.query_row(&format!("SELECT coalesce(max({key}), 0) FROM {table}"), [], |row| row.get(0))?;
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", ")))?;
    let (to, known) = damaged.last(table, key, last);
    let mut count = 0;
    // Where the table does not say which is its last row, there is nothing to go by but its rows.
    let (mut missed, mut gone) = (0, 0);
    for number in last + 1..=to {
        if !known && missed > 1000 {
            break;
        }
        let mut row = match damaged.look(table, key, &columns, number) {
            Found::Row(row) => row,
            found @ (Found::None | Found::Unreadable) => {
                missed += 1;
                let was_there = matches!(found, Found::Unreadable) || !WITH_HOLES.contains(&table);
                gone += usize::from(known && was_there);
                continue;
            }
        };
        missed = 0;
        if !texts::can_be_read(table, &columns, &row) {
            gone += 1;
            continue;
        }
        if table == "models" {
            for (name, value) in row.iter_mut().zip(&columns).map(|(value, name)| (name, value)) {
                if let Some((_, before)) = DECIDED.iter().find(|(decided, _)| decided == name) {
                    *value = before.clone();
                }
            }
        }
        // One that breaks a rule of the tables is no row any more.
        match insert.execute(params_from_iter(row)) {
            Ok(rows) => count += rows,
            Err(error) => {
                tracing::debug!(%error, table, number, "a row that makes no sense is left out");
                gone += 1;
            }
        }
    }
    Ok((count, gone))
}

/// Adds the rows of a table that the backup has not, up to the first whose page cannot be read; whether all could be.
fn beside(db: &Connection, damaged: &Salvage, table: &str) -> Result<bool, StoreError> {
    let columns = columns(db, table)?;
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert =
        db.prepare(&format!("INSERT OR IGNORE INTO {table} ({}) VALUES ({places})", columns.join(", ")))?;
    let (rows, mut all) = damaged.rows(table, &columns);
    for mut row in rows {
        if !texts::can_be_read(table, &columns, &row) {
            all = false;
            continue;
        }
        // The log says in which state a plan of readings is.
        if table == "assignments"
            && let Some(state) = columns.iter().position(|name| name == "state").and_then(|at| row.get_mut(at))
        {
            *state = Value::Null;
        }
        if let Err(error) = insert.execute(params_from_iter(row)) {
            tracing::debug!(%error, table, "a row that belongs to nothing is left out");
        }
    }
    Ok(all)
}

/// Splits, groups and places of images as they are in the damaged file: none of them is in the log. Of how many that cannot be
/// read; they keep what the backup says.
fn moved(db: &Connection, damaged: &Salvage) -> Result<usize, StoreError> {
    let mut unmoved = 0;
    let names = ["split", "patient_group", "path"].map(str::to_owned);
    let ids: Vec<i64> =
        db.prepare("SELECT id FROM images")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut update = db.prepare("UPDATE images SET split = ?, patient_group = ?, path = ? WHERE id = ?")?;
    for id in ids {
        let row = match damaged.look("images", "id", &names, id) {
            Found::Row(row) => row,
            Found::None | Found::Unreadable => {
                unmoved += 1;
                continue;
            }
        };
        let changed = update.execute(params_from_iter(row.into_iter().chain([Value::Integer(id)])));
        if let Err(error) = changed {
            tracing::debug!(%error, id, "what is said of this image's split makes no sense");
            unmoved += 1;
        }
    }
    Ok(unmoved)
}

/// What a project keeps by name: its settings, and what it says of itself; whether all of it could be read.
fn named(db: &Connection, damaged: &Salvage, table: &str) -> Result<bool, StoreError> {
    let mut insert = db.prepare(&format!("INSERT OR REPLACE INTO {table} (key, value) VALUES (?, ?)"))?;
    let (rows, all) = damaged.rows(table, &["key".to_owned(), "value".to_owned()]);
    for row in rows {
        let [Value::Text(key), Value::Text(value)] = row.as_slice() else { continue };
        if !REPLAYED.iter().any(|prefix| key.starts_with(prefix))
            && serde_json::from_str::<serde_json::Value>(value).is_ok()
        {
            insert.execute([key, value])?;
        }
    }
    Ok(all)
}

/// An event as it stands in the damaged file.
struct Row {
    time_ms: i64,
    reader: String,
    image: Option<ImageId>,
    texts: [Option<String>; 3],
    undoes: Option<i64>,
    stated_ms: Option<i64>,
    previous: String,
    hash: String,
}

impl Row {
    fn of(values: Vec<Value>) -> Option<Self> {
        let text = |value: Value| match value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => None,
        };
        let number = |value: Value| match value {
            Value::Integer(number) => Some(number),
            Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => None,
        };
        let [time, reader, image, change, shown, display, undoes, previous, hash, stated] = values.try_into().ok()?;
        Some(Self {
            time_ms: number(time)?,
            reader: text(reader)?,
            image: number(image).map(ImageId),
            texts: [Some(text(change)?), text(shown), text(display)],
            undoes: number(undoes),
            stated_ms: number(stated),
            previous: text(previous)?,
            hash: text(hash)?,
        })
    }

    /// Whether these are the words that were logged under this number, whatever became of the event before.
    fn is_as_logged(&self, number: i64) -> bool {
        let (image, texts) = (self.image.map(|image| image.0), self.texts());
        let (reader, undoes, stated_ms) = (&self.reader, self.undoes, self.stated_ms);
        chain_hash(&self.previous, number, self.time_ms, reader, image, texts, undoes, stated_ms) == self.hash
    }

    fn texts(&self) -> [Option<&str>; 3] {
        self.texts.each_ref().map(|text| text.as_deref())
    }
}

/// How many classes the project has.
fn classes(db: &Connection) -> Result<usize, StoreError> {
    let text: Option<String> =
        db.query_row("SELECT classes FROM class_lists ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?;
    let list = text.map(|text| from_json::<crate::domain::ClassList>(&text, "the class list")).transpose()?;
    Ok(list.map_or(0, |list| list.len()))
}

/// What the later events of the damaged log came to.
struct Read {
    /// It is known which is the last.
    whole: bool,
    /// Those about images that could be read and did not fit.
    unfit: HashMap<ImageId, Vec<Unfit>>,
}

/// Says the later events again, in their order. While none is missing they get the numbers and hashes that they had; after a
/// gap those that still fit what is there are chained anew.
fn events(
    db: &Connection,
    damaged: &Salvage,
    head: &mut Head,
    classes: usize,
    report: &mut Repair,
) -> Result<Read, StoreError> {
    let names = leaves::COLUMNS.map(str::to_owned);
    let mut unfit: HashMap<ImageId, Vec<Unfit>> = HashMap::new();
    let first = head.last;
    let (to, known) = damaged.last("events", "id", first);
    let mut numbers: HashMap<i64, i64> = HashMap::new();
    // Those not found since the last that was: at the end of a table that does not say its end they were never there.
    let mut missed = 0;
    for number in first + 1..=to {
        let Some(row) = damaged.row("events", "id", &names, number).and_then(Row::of) else {
            missed += 1;
            continue;
        };
        report.unreadable += std::mem::take(&mut missed);
        // After a gap the event before is not there to compare with.
        let follows = head.last + 1 != number || row.previous == head.hash;
        if !follows || !row.is_as_logged(number) {
            // Its page was written over by something else.
            report.unreadable += 1;
            continue;
        }
        let undoes =
            row.undoes.map(|undone| if undone <= first { Some(undone) } else { numbers.get(&undone).copied() });
        let said = match undoes {
            Some(None) => false,
            Some(Some(_)) | None => say(db, head, classes, &row, undoes.flatten().map(EventId)).is_ok(),
        };
        if said {
            numbers.insert(number, head.last);
            report.replayed += 1;
        } else {
            report.unfitting += 1;
            let change = row.texts[0].as_deref().and_then(|text| from_json(text, "an event").ok());
            if let Some((image, change)) = row.image.zip(change) {
                unfit.entry(image).or_default().push(Unfit { time_ms: row.time_ms, reader: row.reader, change });
            }
        }
    }
    if known {
        report.unreadable += missed;
    }
    batches(db, damaged, first, &numbers)?;
    Ok(Read { whole: known, unfit })
}

/// Says one event again, where it fits what is there.
fn say(db: &Connection, head: &mut Head, classes: usize, row: &Row, undoes: Option<EventId>) -> Result<(), StoreError> {
    let change = row.texts[0].as_deref().unwrap_or_default();
    let new = NewRow {
        time_ms: row.time_ms,
        reader: &row.reader,
        image: row.image,
        texts: row.texts(),
        undoes,
        stated_ms: row.stated_ms,
    };
    let Some(image) = row.image else {
        let decision = decisions::read_decision(change)?;
        decisions::put_in_force(db, &decision)?;
        log::chain(db, head, &new)?;
        return Ok(());
    };
    let change: Change = from_json(change, "an event")?;
    let mut state = log::state_of(db, image)?;
    checks::check_old(&state, image, &change)?;
    if undoes.is_none() {
        checks::check_new(&state, classes, &change, &|id| log::was_used(db, id))?;
    }
    log::chain(db, head, &new)?;
    change.apply(&mut state);
    annotations::write(db, image, &state)
}

/// Which events were one action, where all of them are there.
fn batches(db: &Connection, damaged: &Salvage, first: i64, numbers: &HashMap<i64, i64>) -> Result<(), StoreError> {
    let mut insert = db.prepare("INSERT OR REPLACE INTO event_batches (first, last) VALUES (?, ?)")?;
    // Where one cannot be read, its events are taken back one by one.
    for row in damaged.rows("event_batches", &["first".to_owned(), "last".to_owned()]).0 {
        let [Value::Integer(from), Value::Integer(to)] = row.as_slice() else { continue };
        if *from > first
            && let (Some(new_from), Some(new_to)) = (numbers.get(from), numbers.get(to))
            && new_to - new_from == to - from
        {
            insert.execute([new_from, new_to])?;
        }
    }
    Ok(())
}
