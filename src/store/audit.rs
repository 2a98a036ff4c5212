//! The log as a file of its own: JSON lines, each event with all that its hash is made of, so that anybody can check
//! the chain without Overread.
//!
//! A line's `hash` is SHA-256 over these fields, each with its length before it as a signed 64-bit little-endian number
//! (-1 for an absent one): `previous_hash`, `id`, `time_ms`, `reader`, `image`, `change`, `shown`, `display`, `undoes`,
//! and `stated_ms` where there is one (an absent one leaves no trace). Numbers are eight bytes, signed, little-endian; texts are UTF-8. `change`, `shown` and `display` hold JSON as text,
//! because the hash is of that very text. `image_name` and `image_sha256` are for people and not part of it. What is about a
//! model and no image has none of the three, and in `change` what was decided.
//! `tests/reference/audit_log.py` checks a file so.

use super::ChainSummary;
use super::chain::Follower;
use super::error::{StoreError, damaged};
use super::head::Head;
use super::log::{COLUMNS, optional_text, text};
use super::project::Store;
use crate::domain::EventId;
use crate::files::atomically;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead};
use std::path::Path;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: i64,
    pub(super) time_ms: i64,
    pub(super) reader: String,
    pub(super) image: Option<i64>,
    image_name: Option<String>,
    image_sha256: Option<String>,
    pub(super) change: String,
    pub(super) shown: Option<String>,
    pub(super) display: Option<String>,
    pub(super) undoes: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stated_ms: Option<i64>,
    pub(super) previous_hash: String,
    pub(super) hash: String,
}

/// Writes a log anew without the names of images, which are not part of its chain.
pub(super) fn without_names(from: &Path, to: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: from.to_owned(), source };
    let lines = io::BufReader::new(std::fs::File::open(from).map_err(io)?).lines();
    let written = atomically(to, |out| {
        for line in lines {
            let mut line: Line = serde_json::from_str(&line?)?;
            line.image_name = None;
            serde_json::to_writer(&mut *out, &line)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    });
    written.map_err(|source| StoreError::Io { path: to.to_owned(), source })
}

impl Store {
    /// Writes the whole log to a file, the oldest event first, and gives the number of events. Its chain is checked on
    /// the way: a broken one is not written.
    pub fn export_log(&self, to: &Path) -> Result<usize, StoreError> {
        self.verify_chain()?;
        let columns = COLUMNS.split(", ").map(|column| format!("events.{column}")).collect::<Vec<_>>().join(", ");
        let query = format!(
            "SELECT {columns}, images.name, images.sha256 FROM events LEFT JOIN images ON images.id = events.image
             ORDER BY events.id"
        );
        let mut select = self.db.prepare(&query)?;
        let mut rows = select.query([])?;
        let (mut count, mut failed) = (0, None);
        let written = atomically(to, |out| {
            let mut next = || -> Result<Option<Line>, StoreError> {
                let Some(row) = rows.next()? else { return Ok(None) };
                Ok(Some(Line {
                    id: row.get(0)?,
                    time_ms: row.get(1)?,
                    reader: row.get(2)?,
                    image: row.get(3)?,
                    change: text(row, 4)?.to_owned(),
                    shown: optional_text(row, 5)?.map(str::to_owned),
                    display: optional_text(row, 6)?.map(str::to_owned),
                    undoes: row.get(7)?,
                    previous_hash: row.get(8)?,
                    hash: row.get(9)?,
                    stated_ms: row.get(10)?,
                    image_name: row.get(11)?,
                    image_sha256: row.get(12)?,
                }))
            };
            loop {
                match next() {
                    Ok(None) => return Ok(()),
                    Ok(Some(line)) => {
                        serde_json::to_writer(&mut *out, &line)?;
                        out.write_all(b"\n")?;
                        count += 1;
                    }
                    Err(error) => {
                        failed = Some(error);
                        return Err(io::Error::other("the log cannot be read"));
                    }
                }
            }
        });
        match (written, failed) {
            (Ok(()), _) => Ok(count),
            (Err(_), Some(error)) => Err(error),
            (Err(source), None) => Err(StoreError::Io { path: to.to_owned(), source }),
        }
    }
}

/// Recomputes the chain of a log that [`Store::export_log`] wrote. That nothing was cut off its end only the head's
/// hash tells, which has to be compared with one noted elsewhere.
///
/// # Errors
/// When the file cannot be read, is no such log, or an event does not follow from the one before.
pub fn verify_log(file: &Path) -> Result<ChainSummary, StoreError> {
    let io = |source| StoreError::Io { path: file.to_owned(), source };
    let lines = io::BufReader::new(std::fs::File::open(file).map_err(io)?).lines();
    let mut follower = Follower::new(Head::empty());
    for (number, line) in (1..).zip(lines) {
        let line: Line = serde_json::from_str(&line.map_err(io)?)
            .map_err(|e| damaged(format!("line {number} is no event of an audit log: {e}")).at(file))?;
        follower.follow(
            EventId(line.id),
            &line.previous_hash,
            &line.hash,
            (line.time_ms, &line.reader, line.image),
            [Some(&line.change), line.shown.as_deref(), line.display.as_deref()],
            [line.undoes, line.stated_ms],
        )?;
    }
    Ok(follower.summary())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, DisplayState};
    use crate::store::sample;

    #[test]
    fn the_log_in_a_file_has_the_chain_of_the_project_and_shows_what_was_altered() {
        let mut project = sample::project(2);
        project.say(0, sample::label(None, false, 1));
        let note = Change::Note { old: String::new(), new: "two\nlines, \"é\"".into() };
        let display = DisplayState { window: Some((0.1, 1e-7)), inverted: true, ..DisplayState::default() };
        project.store.append("ada", project.images[1], note, None, Some(display), None).unwrap();
        let file = project.dir.path().join("log.jsonl");
        assert_eq!(project.store.export_log(&file).unwrap(), 2);
        assert_eq!(verify_log(&file).unwrap(), project.store.verify_chain().unwrap());
        let whole = std::fs::read_to_string(&file).unwrap();
        for (from, to) in [("é", "e"), ("\"id\":2", "\"id\":3"), ("\"inverted", "\"turned"), ("ada", "bob")] {
            std::fs::write(&file, whole.replace(from, to)).unwrap();
            assert_ne!(std::fs::read_to_string(&file).unwrap(), whole, "{from} is not there");
            assert!(matches!(verify_log(&file), Err(StoreError::ChainBroken { .. })), "{from} -> {to}");
        }
        let second = whole.lines().nth(1).unwrap();
        std::fs::write(&file, second).unwrap();
        assert!(matches!(verify_log(&file), Err(StoreError::ChainBroken { .. })), "the first was taken out");
        std::fs::write(&file, "{}\n").unwrap();
        assert!(verify_log(&file).unwrap_err().to_string().contains("line 1"));
    }
}
