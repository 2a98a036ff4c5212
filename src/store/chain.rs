//! The hash chain that makes a change of the log visible: each event carries the hash of the one before.

use super::error::StoreError;
use super::head::{Head, chain_hash};
use super::log::{COLUMNS, optional_text, text};
use super::project::Store;
use crate::domain::EventId;
use rusqlite::OptionalExtension;

/// A log whose chain holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSummary {
    pub events: usize,
    /// The hash of the last event; noted elsewhere, it proves the whole log.
    pub head: String,
}

impl Store {
    /// Recomputes every hash from the log as it is on disk. The error names the first event that does not follow from
    /// the one before, and so also the place where one was taken out, at the end of the log included.
    pub fn verify_chain(&self) -> Result<ChainSummary, StoreError> {
        let mut select = self.db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY id"))?;
        let mut rows = select.query([])?;
        let mut follower = Follower::new(Head::empty());
        while let Some(row) = rows.next()? {
            let (previous, hash): (String, String) = (row.get(8)?, row.get(9)?);
            follower.follow(
                EventId(row.get(0)?),
                &previous,
                &hash,
                (row.get(1)?, text(row, 2)?, row.get(3)?),
                [Some(text(row, 4)?), optional_text(row, 5)?, optional_text(row, 6)?],
                [row.get(7)?, row.get(10)?],
            )?;
        }
        let head = &follower.head;
        let ever: Option<i64> = self
            .db
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'events'", [], |row| row.get(0))
            .optional()?;
        if ever.unwrap_or(0) > head.last {
            return Err(StoreError::ChainBroken { event: EventId(head.last + 1), why: "it was taken out" });
        }
        Ok(follower.summary())
    }
}

/// Goes along a chain, event by event.
pub(super) struct Follower {
    head: Head,
    events: usize,
}

impl Follower {
    pub(super) fn new(head: Head) -> Self {
        Self { head, events: 0 }
    }

    /// Takes the next event: its time, reader and image (absent where it is about a model), its texts (change, what was shown, display), what it takes back
    /// and its stated time. The error names the event that does not follow from the one before.
    pub(super) fn follow(
        &mut self,
        event: EventId,
        previous: &str,
        hash: &str,
        (time_ms, reader, image): (i64, &str, Option<i64>),
        texts: [Option<&str>; 3],
        [undoes, stated_ms]: [Option<i64>; 2],
    ) -> Result<(), StoreError> {
        let broken = |why| StoreError::ChainBroken { event, why };
        if event.0 != self.head.last + 1 {
            return Err(StoreError::ChainBroken { event: EventId(self.head.last + 1), why: "it was taken out" });
        }
        if previous != self.head.hash {
            return Err(broken("it does not follow from the event before it"));
        }
        if hash != chain_hash(previous, event.0, time_ms, reader, image, texts, undoes, stated_ms) {
            return Err(broken("its content does not fit its hash"));
        }
        self.head = Head { last: event.0, hash: hash.to_owned() };
        self.events += 1;
        Ok(())
    }

    pub(super) fn summary(self) -> ChainSummary {
        ChainSummary { events: self.events, head: self.head.hash }
    }
}
