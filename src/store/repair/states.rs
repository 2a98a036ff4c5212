//! What the log of a damaged database does not tell any more and its tables of state still hold: said again as new events,
//! which name themselves as recovered.

use super::Repair;
use super::salvage::{Found, Salvage};
use crate::domain::annotation::{imported_reader, is_imported};
use crate::domain::{AnnotatedBox, AnnotatedMeasurement, Annotation, Change, EventId, Findings, ImageId, SignOff};
use crate::store::checks;
use crate::store::error::{StoreError, damaged as broken, from_json};
use crate::store::head::Head;
use crate::store::log::{self, NewRow};
use crate::store::{annotations, now_ms};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::HashMap;

/// What statements are logged under that are known from their result only. It is nobody's work in this session, as what was
/// imported is not: undo does not come to it, and it is no reader's word.
const RECOVERED: &str = "recovered from the state";

/// An event that could be read and did not fit: what it came to may still be found in the state, which names no reader.
pub(super) struct Unfit {
    pub(super) time_ms: i64,
    pub(super) reader: String,
    pub(super) change: Change,
}

/// The name under which what is recovered is logged.
pub(super) fn recovered_reader(known: Option<&str>) -> String {
    match known {
        Some(reader) if is_imported(reader) => format!("{reader} ({RECOVERED})"),
        Some(reader) => imported_reader(&format!("{reader} ({RECOVERED})")),
        None => imported_reader(RECOVERED),
    }
}

/// Says again what the states of images hold beyond what the log came to. Of several readable and unfitting events of an image
/// the last that came to the same names the reader and the time.
pub(super) fn recover(
    db: &Connection,
    damaged: &Salvage,
    head: &mut Head,
    classes: usize,
    unfit: &HashMap<ImageId, Vec<Unfit>>,
    report: &mut Repair,
) -> Result<(), StoreError> {
    let mut names =
        ["label", "reviewed", "flagged", "note", "boxes", "measurements", "findings"].map(str::to_owned).to_vec();
    // Databases from before form 13 know no key images.
    if damaged.has_column("annotations", "key") {
        names.push("key".to_owned());
    }
    // Nor those from before form 15 sign-offs.
    if damaged.has_column("annotations", "signed") {
        names.push("signed".to_owned());
    }
    let ids: Vec<i64> =
        db.prepare("SELECT id FROM images ORDER BY id")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let time_ms = now_ms();
    for image in ids.into_iter().map(ImageId) {
        let held = match damaged.look("annotations", "image", &names, image.0) {
            Found::Row(row) => state_of(row),
            Found::None => continue,
            Found::Unreadable => Err(broken("it cannot be read")),
        };
        let Ok(held) = held else {
            report.states_unreadable += 1;
            continue;
        };
        let mut state = log::state_of(db, image)?;
        let mut said = 0;
        for change in between(&state, &held) {
            let known = unfit.get(&image).and_then(|all| all.iter().rev().find(|one| comes_to(&one.change, &change)));
            match say(db, head, classes, (image, &mut state), &change, (time_ms, known)) {
                Ok(()) => said += 1,
                Err(StoreError::Refused(why)) => {
                    tracing::warn!(%image, why, "a part of what is recovered of an image makes no sense");
                    report.recovered_unfitting += 1;
                }
                Err(error) => return Err(error),
            }
        }
        if said > 0 {
            annotations::write(db, image, &state)?;
            report.recovered += said;
            report.recovered_images += 1;
        }
    }
    Ok(())
}

/// A state as its row holds it; an error where that makes no sense.
fn state_of(mut row: Vec<Value>) -> Result<Annotation, StoreError> {
    let signed = if row.len() > 8 { row.pop() } else { None };
    let key = if row.len() > 7 { row.pop() } else { None };
    let Ok([label, reviewed, flagged, note, boxes, measurements, findings]) = <[Value; 7]>::try_from(row) else {
        return Err(broken("a state lacks a column"));
    };
    let text = |value: Value| match value {
        // SQLite reads what a file that was cut off lacks of its last page as zeros.
        Value::Text(text) if text.contains('\0') => Err(broken("a text is cut off")),
        Value::Text(text) => Ok(text),
        Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => Err(broken("a state has no text there")),
    };
    let flag = |value: Value| match value {
        Value::Integer(number @ (0 | 1)) => Ok(number == 1),
        Value::Integer(_) | Value::Null | Value::Real(_) | Value::Text(_) | Value::Blob(_) => {
            Err(broken("a state has neither yes nor no there"))
        }
    };
    let label = match label {
        Value::Null => None,
        Value::Integer(class) => Some(usize::try_from(class).map_err(|_| broken("a class is below 0"))?),
        Value::Real(_) | Value::Text(_) | Value::Blob(_) => return Err(broken("a class is no number")),
    };
    let signed = signed.map(text).transpose()?.unwrap_or_default();
    let (boxes, measurements, findings) = (text(boxes)?, text(measurements)?, text(findings)?);
    Ok(Annotation {
        label,
        findings: if findings.is_empty() { Findings::default() } else { from_json(&findings, "a finding")? },
        reviewed: flag(reviewed)?,
        flagged: flag(flagged)?,
        key: key.map(flag).transpose()?.unwrap_or(false),
        note: text(note)?,
        boxes: if boxes.is_empty() { Vec::new() } else { from_json(&boxes, "a box")? },
        measurements: if measurements.is_empty() { Vec::new() } else { from_json(&measurements, "a measurement")? },
        signed: if signed.is_empty() { Vec::new() } else { from_json(&signed, "a sign-off")? },
    })
}

/// The changes that make one state of the other.
fn between(from: &Annotation, to: &Annotation) -> Vec<Change> {
    let mut changes = Vec::new();
    let holds = |in_: &Annotation, one: &SignOff| in_.signed.iter().any(|other| other.is(one));
    let signing = |one: &SignOff, new: bool| Change::SignOff {
        sign_off: one.clone(),
        at_ms: one.signed_ms,
        // Of what the log lost the last step is not known: only whether it holds.
        step: if new { 0 } else { 1 },
        old: !new,
        new,
        reason: String::new(),
    };
    // What is locked is opened first, and locked again last.
    changes.extend(from.signed.iter().filter(|one| !holds(to, one)).map(|one| signing(one, false)));
    let (old_reviewed, new_reviewed) = (from.reviewed, to.reviewed);
    if from.findings != to.findings {
        let (old, new) = (from.findings.clone(), to.findings.clone());
        changes.push(Change::Findings { old, new, old_reviewed, new_reviewed, accepted: false });
    }
    let left = if from.findings == to.findings { old_reviewed } else { new_reviewed };
    if from.label != to.label || left != new_reviewed {
        let (old, new) = (from.label, to.label);
        changes.push(Change::Label { old, new, old_reviewed: left, new_reviewed, accepted: false });
    }
    if from.flagged != to.flagged {
        changes.push(Change::Flag { old: from.flagged, new: to.flagged });
    }
    if from.key != to.key {
        changes.push(Change::KeyImage { old: from.key, new: to.key });
    }
    if from.note != to.note {
        changes.push(Change::Note { old: from.note.clone(), new: to.note.clone() });
    }
    let place = |one: &AnnotatedBox| (one.class, one.rect);
    for (id, old, new) in by_id(&from.boxes, &to.boxes, |one| one.id, place) {
        changes.push(Change::Box { id, old, new });
    }
    let what = |one: &AnnotatedMeasurement| one.measurement.clone();
    for (id, old, new) in by_id(&from.measurements, &to.measurements, |one| one.id, what) {
        changes.push(Change::Measurement { id, old, new });
    }
    changes.extend(to.signed.iter().filter(|one| !holds(from, one)).map(|one| signing(one, true)));
    changes
}

/// Those that differ of two lists, by number: what each was and is.
fn by_id<T, I: Copy + PartialEq, V: PartialEq>(
    from: &[T],
    to: &[T],
    id: impl Fn(&T) -> I,
    value: impl Fn(&T) -> V,
) -> Vec<(I, Option<V>, Option<V>)> {
    let of = |list: &[T], number: I| list.iter().find(|one| id(one) == number).map(&value);
    let added = to.iter().filter(|one| of(from, id(one)).is_none());
    (from.iter().chain(added))
        .map(|one| (id(one), of(from, id(one)), of(to, id(one))))
        .filter(|(_, old, new)| old != new)
        .collect()
}

/// Whether two changes leave the same behind, whatever was there before.
fn comes_to(one: &Change, other: &Change) -> bool {
    match (one, other) {
        (Change::Label { new: a, new_reviewed: of_a, .. }, Change::Label { new: b, new_reviewed: of_b, .. }) => {
            (a, of_a) == (b, of_b)
        }
        (Change::Findings { new: a, new_reviewed: of_a, .. }, Change::Findings { new: b, new_reviewed: of_b, .. }) => {
            (a, of_a) == (b, of_b)
        }
        (Change::Flag { new: a, .. }, Change::Flag { new: b, .. })
        | (Change::KeyImage { new: a, .. }, Change::KeyImage { new: b, .. }) => a == b,
        (Change::Note { new: a, .. }, Change::Note { new: b, .. }) => a == b,
        (Change::Box { id: a, new: of_a, .. }, Change::Box { id: b, new: of_b, .. }) => (a, of_a) == (b, of_b),
        (Change::Measurement { id: a, new: of_a, .. }, Change::Measurement { id: b, new: of_b, .. }) => {
            (a, of_a) == (b, of_b)
        }
        (Change::SignOff { sign_off: a, new: of_a, .. }, Change::SignOff { sign_off: b, new: of_b, .. }) => {
            a.is(b) && of_a == of_b
        }
        (
            Change::Label { .. }
            | Change::Findings { .. }
            | Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::Note { .. }
            | Change::Box { .. }
            | Change::Measurement { .. }
            | Change::Reading { .. }
            | Change::Own { .. }
            | Change::Adjudicated { .. }
            | Change::SignOff { .. }
            | Change::Committed,
            _,
        ) => false,
    }
}

/// Logs one change; the state is brought up to date, which is the caller's to write.
fn say(
    db: &Connection,
    head: &mut Head,
    classes: usize,
    (image, state): (ImageId, &mut Annotation),
    change: &Change,
    (time_ms, known): (i64, Option<&Unfit>),
) -> Result<(), StoreError> {
    let (change, text) = checks::canonical(change)?;
    // A box that was deleted and brought back by undo has a number that the log has seen.
    checks::check_new(state, classes, &change, &|_| Ok(false))?;
    let row = NewRow {
        time_ms,
        reader: &recovered_reader(known.map(|one| one.reader.as_str())),
        image: Some(image),
        texts: [Some(&text), None, None],
        undoes: None::<EventId>,
        stated_ms: known.map(|one| one.time_ms),
    };
    log::chain(db, head, &row)?;
    change.apply(state);
    Ok(())
}
