//! The whole log, event by event, for whoever audits it.

use super::decisions::read_decision;
use super::error::StoreError;
use super::log::{COLUMNS, read_row, text};
use super::project::Store;
use crate::domain::{DecisionEvent, EventId, LoggedEvent};
use rusqlite::Row;
use std::collections::HashMap;

impl Store {
    /// Hands every event over, the oldest first, until `each` answers `false`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn for_each_logged(
        &self,
        each: &mut dyn FnMut(LoggedEvent) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut select = self.db.prepare(&format!("SELECT {COLUMNS} FROM events ORDER BY id"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if !each(any_row(row)?)? {
                break;
            }
        }
        Ok(())
    }

    /// Some events by their numbers, in this order; numbers that no event has are passed over.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn logged_events(&self, ids: &[i64]) -> Result<Vec<LoggedEvent>, StoreError> {
        let mut select = self.db.prepare_cached(&format!("SELECT {COLUMNS} FROM events WHERE id = ?"))?;
        let mut events = Vec::with_capacity(ids.len());
        for id in ids {
            let mut rows = select.query([id])?;
            if let Some(row) = rows.next()? {
                events.push(any_row(row)?);
            }
        }
        Ok(events)
    }

    /// Of each event that takes another back how many steps it is away from what a person did: an undo is 1, a redo 2.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn steps_back(&self) -> Result<HashMap<EventId, usize>, StoreError> {
        let mut select = self.db.prepare("SELECT id, undoes FROM events WHERE undoes IS NOT NULL ORDER BY id")?;
        let mut rows = select.query([])?;
        let mut steps: HashMap<EventId, usize> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (id, undone) = (EventId(row.get(0)?), EventId(row.get(1)?));
            let before = steps.get(&undone).copied().unwrap_or(0);
            steps.insert(id, before + 1);
        }
        Ok(steps)
    }
}

fn any_row(row: &Row<'_>) -> Result<LoggedEvent, StoreError> {
    let image: Option<i64> = row.get(3)?;
    if image.is_some() {
        return Ok(LoggedEvent::Image(read_row(row)?));
    }
    let undoes: Option<i64> = row.get(7)?;
    Ok(LoggedEvent::Decision(DecisionEvent {
        id: EventId(row.get(0)?),
        time_ms: row.get(1)?,
        reader: row.get(2)?,
        decision: read_decision(text(row, 4)?)?,
        undoes: undoes.map(EventId),
        hash: row.get(9)?,
    }))
}
