//! The log read alone, to prove something by it: its chain followed, and its decisions on the way.

use super::audit::Line;
use super::chain::Follower;
use super::decisions::read_decision;
use super::error::{StoreError, damaged};
use super::head::Head;
use super::log::{COLUMNS, optional_text, text};
use super::project::Store;
use crate::domain::{DecisionEvent, EventId};
use std::io::{self, BufRead};
use std::path::Path;

/// A log whose chain holds.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedLog {
    pub events: usize,
    /// The hash of the last event.
    pub head: String,
    /// What was decided about models, the oldest first.
    pub decisions: Vec<DecisionEvent>,
    /// The hashes of all events, that of number 1 first.
    hashes: Vec<String>,
}

impl FollowedLog {
    /// The hash of an event; `None` where it is not there.
    pub fn hash_of(&self, event: i64) -> Option<&str> {
        let at = usize::try_from(event.checked_sub(1)?).ok()?;
        self.hashes.get(at).map(String::as_str)
    }
}

impl Store {
    /// The number of the last event of the log, and its hash.
    pub fn log_end(&self) -> Result<(i64, String), StoreError> {
        let head = Head::read(&self.db)?;
        Ok((head.last, head.hash))
    }

    /// Follows the whole log as it is on disk.
    ///
    /// # Errors
    /// When it cannot be read, or an event does not follow from the one before.
    pub fn follow_log(&self) -> Result<FollowedLog, StoreError> {
        // That none is missing at the end only the database knows.
        self.verify_chain()?;
        let mut select = self.db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY id"))?;
        let mut rows = select.query([])?;
        let mut following = Following::new();
        while let Some(row) = rows.next()? {
            following.take(&Event {
                id: row.get(0)?,
                time_ms: row.get(1)?,
                reader: text(row, 2)?,
                image: row.get(3)?,
                texts: [Some(text(row, 4)?), optional_text(row, 5)?, optional_text(row, 6)?],
                undoes: row.get(7)?,
                previous_hash: text(row, 8)?,
                hash: text(row, 9)?,
                stated_ms: row.get(10)?,
            })?;
        }
        Ok(following.end())
    }
}

/// Follows a log that [`Store::export_log`] wrote.
///
/// # Errors
/// When the file cannot be read, is no such log, or an event does not follow from the one before.
pub fn follow_log(file: &Path) -> Result<FollowedLog, StoreError> {
    let io = |source| StoreError::Io { path: file.to_owned(), source };
    let lines = io::BufReader::new(std::fs::File::open(file).map_err(io)?).lines();
    let mut following = Following::new();
    for (number, line) in (1..).zip(lines) {
        let line: Line = serde_json::from_str(&line.map_err(io)?)
            .map_err(|e| damaged(format!("line {number} is no event of an audit log: {e}")).at(file))?;
        following.take(&Event {
            id: line.id,
            time_ms: line.time_ms,
            reader: &line.reader,
            image: line.image,
            texts: [Some(&line.change), line.shown.as_deref(), line.display.as_deref()],
            undoes: line.undoes,
            previous_hash: &line.previous_hash,
            hash: &line.hash,
            stated_ms: line.stated_ms,
        })?;
    }
    Ok(following.end())
}

/// An event as it stands in the log.
struct Event<'a> {
    id: i64,
    time_ms: i64,
    reader: &'a str,
    image: Option<i64>,
    texts: [Option<&'a str>; 3],
    undoes: Option<i64>,
    previous_hash: &'a str,
    hash: &'a str,
    stated_ms: Option<i64>,
}

struct Following {
    follower: Follower,
    decisions: Vec<DecisionEvent>,
    hashes: Vec<String>,
}

impl Following {
    fn new() -> Self {
        Self { follower: Follower::new(Head::empty()), decisions: Vec::new(), hashes: Vec::new() }
    }

    fn take(&mut self, event: &Event<'_>) -> Result<(), StoreError> {
        self.follower.follow(
            EventId(event.id),
            event.previous_hash,
            event.hash,
            (event.time_ms, event.reader, event.image),
            event.texts,
            [event.undoes, event.stated_ms],
        )?;
        self.hashes.push(event.hash.to_owned());
        if let ([Some(change), ..], None) = (event.texts, event.image) {
            self.decisions.push(DecisionEvent {
                id: EventId(event.id),
                time_ms: event.time_ms,
                reader: event.reader.to_owned(),
                decision: read_decision(change)?,
                undoes: event.undoes.map(EventId),
                hash: event.hash.to_owned(),
            });
        }
        Ok(())
    }

    fn end(self) -> FollowedLog {
        let summary = self.follower.summary();
        FollowedLog { events: summary.events, head: summary.head, decisions: self.decisions, hashes: self.hashes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Change, ThresholdBy};
    use crate::store::sample;

    #[test]
    fn the_project_and_the_file_of_its_log_show_the_same_and_an_altered_decision_is_noticed() {
        let mut project = sample::project(1);
        let id = project.add_model("a");
        project.say(0, Change::Flag { old: false, new: true });
        project.store.set_threshold("ada", id, Some(0.31), ThresholdBy::Hand).unwrap();
        project.store.open_test("ada", Some(id), "a", 3).unwrap();
        let file = project.dir.path().join("log.jsonl");
        assert_eq!(project.store.export_log(&file).unwrap(), 4);
        let of_project = project.store.follow_log().unwrap();
        assert_eq!(follow_log(&file).unwrap(), of_project);
        assert_eq!(of_project.decisions, project.store.decisions().unwrap());
        let (last, head) = project.store.log_end().unwrap();
        assert_eq!((last, of_project.hash_of(4), of_project.hash_of(5)), (4, Some(head.as_str()), None));
        assert_eq!(of_project.hash_of(0), None);
        let whole = std::fs::read_to_string(&file).unwrap();
        for (from, to) in [("0.31", "0.13"), ("test_opened", "promoted")] {
            std::fs::write(&file, whole.replace(from, to)).unwrap();
            assert!(matches!(follow_log(&file), Err(StoreError::ChainBroken { .. })), "{from}");
        }
        let swapped: Vec<&str> = whole.lines().collect();
        std::fs::write(&file, [swapped[0], swapped[1], swapped[3], swapped[2]].join("\n")).unwrap();
        assert!(matches!(follow_log(&file), Err(StoreError::ChainBroken { .. })), "events in another order");
    }
}
