//! The end of the log and the hash that chains an event to the one before.

use super::error::StoreError;
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

/// SHA-256 over the fields, each with its length before it so that no two different events have the same bytes. A
/// stated time comes last and leaves no trace where it is absent, as in logs older than it.
#[allow(clippy::too_many_arguments, reason = "the fields of an event, in the order they are hashed")]
pub(super) fn chain_hash(
    previous: &str,
    id: i64,
    time_ms: i64,
    reader: &str,
    image: Option<i64>,
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
    field(image.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
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
