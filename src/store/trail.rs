//! The whole log, event by event, for whoever audits it.

use super::decisions::read_decision;
use super::error::StoreError;
use super::log::{COLUMNS, read_row, text};
use super::project::Store;
use crate::domain::{DecisionEvent, EventId, LoggedEvent};
use rusqlite::Row;
use std::collections::HashMap;

impl Store {
    /// Everything that `look` reads of the project is of one moment, whoever writes to it meanwhile: it all reads one snapshot.
    ///
    /// # Errors
    /// When the project cannot be read.
    pub fn at_one_moment<T>(&self, look: impl FnOnce() -> T) -> Result<T, StoreError> {
        // Within a transaction it is so already.
        let moment = if self.db.is_autocommit() { Some(self.db.unchecked_transaction()?) } else { None };
        let seen = look();
        if let Some(moment) = moment {
            moment.finish()?;
        }
        Ok(seen)
    }

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

    /// Of each event that takes another back, through undo and redo: which event a person made in the end, and how many steps
    /// it is away from that; an undo is 1, a redo 2.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn steps_back(&self) -> Result<HashMap<EventId, (EventId, usize)>, StoreError> {
        let mut select = self.db.prepare("SELECT id, undoes FROM events WHERE undoes IS NOT NULL ORDER BY id")?;
        let mut rows = select.query([])?;
        let mut steps: HashMap<EventId, (EventId, usize)> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (id, undone) = (EventId(row.get(0)?), EventId(row.get(1)?));
            let (root, before) = steps.get(&undone).copied().unwrap_or((undone, 0));
            steps.insert(id, (root, before + 1));
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

#[cfg(test)]
mod tests {
    use crate::store::sample;
    use crate::store::{Access, Store};

    #[test]
    fn what_is_written_meanwhile_is_not_seen_until_the_look_is_over() {
        let mut project = sample::project(2);
        project.say(0, sample::label(None, false, 1));
        let looking = Store::open(&project.path, Access::ReadOnly).unwrap();
        let seen = |store: &Store| {
            let chain = store.verify_chain().unwrap();
            (chain.events, store.event_count().unwrap(), store.replay().unwrap() == store.annotations().unwrap())
        };
        let both = looking.at_one_moment(|| {
            let chain = looking.verify_chain().unwrap();
            project.say(1, sample::label(None, false, 2));
            assert_eq!(looking.verify_chain().unwrap(), chain);
            looking.at_one_moment(|| seen(&looking)).unwrap()
        });
        assert_eq!(both.unwrap(), (1, 1, true));
        assert_eq!(looking.at_one_moment(|| seen(&looking)).unwrap(), (2, 2, true));
    }
}
