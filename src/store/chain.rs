//! The hash chain that makes a change of the log visible: each event carries the hash of the one before.

use super::error::StoreError;
use super::log::{COLUMNS, optional_text, text};
use super::project::Store;
use crate::domain::EventId;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The end of the log, which the next event is chained to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) last: i64,
    pub(super) hash: String,
}

impl Head {
    pub(super) fn read(db: &Connection) -> Result<Self, StoreError> {
        let last = db.query_row("SELECT id, hash FROM events ORDER BY id DESC LIMIT 1", [], |row| {
            Ok(Self { last: row.get(0)?, hash: row.get(1)? })
        });
        Ok(last.optional()?.unwrap_or_else(Self::empty))
    }

    pub(super) fn empty() -> Self {
        Self { last: 0, hash: "0".repeat(64) }
    }
}

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

    /// Takes the next event: its time, reader and image, its texts (change, what was shown, display), what it takes back
    /// and its stated time. The error names the event that does not follow from the one before.
    pub(super) fn follow(
        &mut self,
        event: EventId,
        previous: &str,
        hash: &str,
        (time_ms, reader, image): (i64, &str, i64),
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

/// SHA-256 over the fields, each with its length before it so that no two different events have the same bytes. A
/// stated time comes last and leaves no trace where it is absent, as in logs older than it.
#[allow(clippy::too_many_arguments, reason = "the fields of an event, in the order they are hashed")]
pub(super) fn chain_hash(
    previous: &str,
    id: i64,
    time_ms: i64,
    reader: &str,
    image: i64,
    texts: [Option<&str>; 3],
    undoes: Option<i64>,
    stated_ms: Option<i64>,
) -> String {
    let mut hasher = Sha256::new();
    let mut field = |bytes: Option<&[u8]>| {
        // -1 tells an absent field from an empty one.
        hasher.update(bytes.map_or(-1, |b| b.len() as i64).to_le_bytes());
        hasher.update(bytes.unwrap_or_default());
    };
    field(Some(previous.as_bytes()));
    field(Some(&id.to_le_bytes()));
    field(Some(&time_ms.to_le_bytes()));
    field(Some(reader.as_bytes()));
    field(Some(&image.to_le_bytes()));
    for part in texts {
        field(part.map(str::as_bytes));
    }
    field(undoes.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
    if let Some(stated) = stated_ms {
        field(Some(&stated.to_le_bytes()));
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
