//! The events that are asked for, as a table or as JSON.

use super::for_each;
use crate::files::atomically;
use crate::interchange;
use crate::session::protocol::audit::{AuditExport, AuditFormat, AuditLine};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use jiff::Timestamp;
use serde::Serialize;
use std::io::{self, Write};

/// The columns of the table, which are the keys of each object.
const COLUMNS: [&str; 10] =
    ["event", "time", "stated", "reader", "image", "kind", "what", "model", "threshold", "looked_seconds"];

/// An event as it is written.
#[derive(Debug, Serialize)]
struct Row<'a> {
    event: i64,
    /// When it was logged, UTC.
    time: String,
    /// When it was said, where imported data state that, UTC.
    stated: Option<String>,
    reader: &'a str,
    /// Its name in the project; absent for what is about no image.
    image: Option<&'a str>,
    kind: &'static str,
    what: &'a str,
    /// The model whose answer was on screen.
    model: Option<&'a str>,
    threshold: Option<f64>,
    looked_seconds: Option<f64>,
}

impl<'a> Row<'a> {
    fn of(line: &'a AuditLine) -> Self {
        let time = |ms: i64| Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default();
        let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            event: line.event,
            time: time(line.time_ms),
            stated: line.stated_ms.map(time),
            reader: &line.who,
            image: some(&line.name),
            kind: line.kind.id(),
            what: &line.what,
            model: some(&line.model),
            threshold: line.threshold,
            looked_seconds: line.looked_ms.map(|ms| ms as f64 / 1000.0),
        }
    }
}

/// Writes them, the oldest first, and gives their number; `None` where `go_on` said no, and then nothing is written.
///
/// # Errors
/// When the project cannot be read or the file not be written, or it would lie in the project's own folder.
pub fn write(
    store: &Store,
    export: &AuditExport,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<usize>, SessionError> {
    if std::path::absolute(&export.to).is_ok_and(|to| to.starts_with(store.dir())) {
        return Err(SessionError::refused("an export does not go into the project's own folder: choose another"));
    }
    let (mut lines, mut whole) = (Vec::new(), true);
    whole &= for_each(store, &export.filter, go_on, &mut |_| {}, &mut |line| lines.push(line))?;
    if !whole {
        return Ok(None);
    }
    let written = atomically(&export.to, |out| match export.format {
        AuditFormat::Csv => interchange::plain_table(&COLUMNS, lines.iter().map(cells), out),
        AuditFormat::Json => array(&lines, out),
    });
    written.map_err(|why| SessionError::refused(format!("{} cannot be written: {why}", export.to.display())))?;
    Ok(Some(lines.len()))
}

/// An event as an object, with the keys of the columns.
pub fn as_json(line: &AuditLine) -> serde_json::Value {
    serde_json::to_value(Row::of(line)).unwrap_or_default()
}

/// The cells of a row, in the order of the columns.
fn cells(line: &AuditLine) -> Vec<String> {
    let row = Row::of(line);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    vec![
        row.event.to_string(),
        row.time,
        row.stated.unwrap_or_default(),
        row.reader.to_owned(),
        text(row.image),
        row.kind.to_owned(),
        row.what.to_owned(),
        text(row.model),
        number(row.threshold),
        number(row.looked_seconds),
    ]
}

fn array(lines: &[AuditLine], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (at, line) in lines.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &Row::of(line))?;
    }
    out.write_all(b"\n]\n")
}
