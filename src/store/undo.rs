//! Taking changes back and repeating them: an event of its own, the inverse of the one that is taken back.

use super::error::StoreError;
use super::history::History;
use super::log::{Draft, insert};
use super::now_ms;
use super::project::Store;
use crate::domain::{EventId, LoggedEvent};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior};
use std::collections::HashSet;

impl Store {
    /// The first of the events that a person made with one action together with this one; for an event that undoes or
    /// redoes, with the one it is about. `None` for one that was made alone.
    pub fn batch(&self, event: EventId) -> Result<Option<EventId>, StoreError> {
        let root = self.root(event)?;
        let mut select = self.db.prepare_cached("SELECT first FROM event_batches WHERE first <= ?1 AND last >= ?1")?;
        Ok(select.query_row([root.0], |row| row.get(0)).optional()?.map(EventId))
    }

    /// The event that this one, through undo and redo, is about; itself where it takes nothing back.
    pub fn root(&self, event: EventId) -> Result<EventId, StoreError> {
        let mut root = event;
        let mut undoes = self.db.prepare_cached("SELECT undoes FROM events WHERE id = ?")?;
        while let Some(earlier) = undoes.query_row([root.0], |row| row.get::<_, Option<i64>>(0)).optional()?.flatten() {
            root = EventId(earlier);
        }
        Ok(root)
    }

    /// The event that undo would take back, whoever's it is.
    pub fn undo_target(&mut self) -> Result<Option<LoggedEvent>, StoreError> {
        self.load_history()?;
        let top = self.history.as_mut().and_then(History::undo_top);
        top.map(|id| self.logged(id)).transpose()
    }

    /// The undo that redo would take back; what redo does is the inverse of its change.
    pub fn redo_target(&mut self) -> Result<Option<LoggedEvent>, StoreError> {
        self.load_history()?;
        let top = self.history.as_mut().and_then(History::redo_top);
        top.map(|id| self.logged(id)).transpose()
    }

    /// Whether a change of this reader is left that could be taken back once it is the last.
    pub fn has_undoable(&mut self, reader: &str) -> Result<bool, StoreError> {
        self.load_history()?;
        let Some(history) = &self.history else { return Ok(false) };
        let mut select = self.db.prepare_cached("SELECT id FROM events WHERE reader = ?")?;
        let theirs: HashSet<i64> = select.query_map([reader], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(history.undoable().any(|id| theirs.contains(&id.0)))
    }

    /// Takes back the last change; the event appended, or `None` when there is nothing to take back.
    pub fn undo(&mut self, reader: &str) -> Result<Option<LoggedEvent>, StoreError> {
        let target = self.undo_target()?;
        target.map(|event| self.take_back(reader, &event)).transpose()
    }

    /// Takes back the last undo; the event appended, or `None` when there is nothing to redo.
    pub fn redo(&mut self, reader: &str) -> Result<Option<LoggedEvent>, StoreError> {
        let target = self.redo_target()?;
        target.map(|event| self.take_back(reader, &event)).transpose()
    }

    /// Takes back (`back`) or repeats the last change with all that was made with the same action, in one transaction where
    /// it is about images; the events appended, in their order, none where there is nothing left.
    pub fn step_action(&mut self, reader: &str, back: bool) -> Result<Vec<LoggedEvent>, StoreError> {
        let target = if back { self.undo_target()? } else { self.redo_target()? };
        let Some(first) = target else { return Ok(Vec::new()) };
        let batch = self.batch(first.id())?;
        if batch.is_none() || matches!(first, LoggedEvent::Decision(_)) {
            return self.step_each(reader, back, batch);
        }
        self.writable()?;
        let Some(mut history) = self.history.take() else { return Ok(Vec::new()) };
        // Where something fails the history is read from the log again.
        let (mut head, classes, time_ms) = (self.head.clone(), self.classes()?.len(), now_ms());
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        let mut made = Vec::new();
        loop {
            let top = if back { history.undo_top() } else { history.redo_top() };
            let Some(top) = top else { break };
            if self.batch(top)? != batch {
                break;
            }
            let LoggedEvent::Image(event) = self.logged(top)? else { break };
            let change = self.inverse_of(&event)?;
            let undoes = Some(event.id);
            let (shown, display, stated_ms, image) = (None, None, None, event.image);
            let draft = Draft { time_ms, stated_ms, reader, image, change: &change, shown, display, undoes };
            let event = insert(&tx, &mut head, classes, &draft)?;
            history.note(event.id, Some(event.image), false, event.undoes);
            made.push(LoggedEvent::Image(event));
        }
        tx.commit()?;
        (self.head, self.history) = (head, Some(history));
        Ok(made)
    }

    /// The same an event at a time.
    fn step_each(&mut self, reader: &str, back: bool, batch: Option<EventId>) -> Result<Vec<LoggedEvent>, StoreError> {
        let mut made = Vec::new();
        while let Some(event) = if back { self.undo(reader)? } else { self.redo(reader)? } {
            made.push(event);
            let next = if back { self.undo_target()? } else { self.redo_target()? };
            let same = |next: &LoggedEvent| Ok::<bool, StoreError>(self.batch(next.id())? == batch);
            if batch.is_none() || !next.as_ref().map(same).transpose()?.unwrap_or(false) {
                break;
            }
        }
        Ok(made)
    }

    fn take_back(&mut self, reader: &str, event: &LoggedEvent) -> Result<LoggedEvent, StoreError> {
        match event {
            LoggedEvent::Image(event) => {
                let inverse = self.inverse_of(event)?;
                let taken = self.append(reader, event.image, inverse, None, None, Some(event.id))?;
                Ok(LoggedEvent::Image(taken))
            }
            LoggedEvent::Decision(event) => {
                let inverse = event.decision.inverse();
                let inverse =
                    inverse.ok_or_else(|| StoreError::Refused("what has happened cannot be undone".into()))?;
                self.decide_undoing(reader, inverse, event.id).map(LoggedEvent::Decision)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Annotation, Change, ImageId, LoggedEvent};
    use crate::store::sample::{self, Sample};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::HashMap;

    type State = HashMap<ImageId, Annotation>;

    /// A random change that fits the present state of an image.
    fn random_change(rng: &mut ChaCha8Rng, project: &mut Sample, image: usize) -> Change {
        let now = project.store.annotation(project.images[image]).unwrap();
        match rng.random_range(0..7) {
            0 => sample::label(now.label, now.reviewed, rng.random_range(0..3)),
            1 => Change::Flag { old: now.flagged, new: !now.flagged },
            6 => Change::KeyImage { old: now.key, new: !now.key },
            2 => Change::Note { old: now.note, new: format!("note {}", rng.random_range(0..1000)) },
            5 => match now.measurements.first() {
                Some(one) => Change::Measurement { id: one.id, old: Some(one.measurement.clone()), new: None },
                None => sample::measured(project.store.allocate_measurement_id(), rng.random_range(0.0..600.0)),
            },
            3 => sample::draw(project.store.allocate_box_id(), rng.random_range(0.0..600.0)),
            _ => match now.boxes.first() {
                Some(b) => Change::Box { id: b.id, old: Some((b.class, b.rect)), new: None },
                None => sample::draw(project.store.allocate_box_id(), rng.random_range(0.0..600.0)),
            },
        }
    }

    /// States differ by nothing but images in their first state.
    fn said(state: State) -> State {
        state.into_iter().filter(|(_, annotation)| *annotation != Annotation::default()).collect()
    }

    #[test]
    fn random_edits_undos_and_redos_do_as_a_stack_of_states_across_restarts() {
        for seed in 0..5 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut project = sample::project(3);
            // The model: every state on the way, and where in it we are.
            let mut states: Vec<State> = vec![State::new()];
            let mut at = 0;
            for step in 0..120 {
                match rng.random_range(0..10) {
                    0..5 => {
                        let image = rng.random_range(0..3);
                        let change = random_change(&mut rng, &mut project, image);
                        project.say(image, change);
                        states.truncate(at + 1);
                        states.push(said(project.store.annotations().unwrap()));
                        at += 1;
                    }
                    5..8 => {
                        assert_eq!(project.store.undo("ada").unwrap().is_some(), at > 0, "seed {seed} step {step}");
                        at = at.saturating_sub(1);
                    }
                    8 => {
                        let more = at + 1 < states.len();
                        assert_eq!(project.store.redo("ada").unwrap().is_some(), more, "seed {seed} step {step}");
                        at += usize::from(more);
                    }
                    _ => project = project.reopen(),
                }
                assert_eq!(said(project.store.annotations().unwrap()), states[at], "seed {seed} step {step}");
            }
            assert_eq!(said(project.store.replay().unwrap()), states[at], "seed {seed}");
            project.store.verify_chain().unwrap();
        }
    }

    #[test]
    fn imports_are_not_undoable_and_shut_off_what_they_changed() {
        let mut project = sample::project(2);
        project.store.append_many("import", &[(project.images[0], sample::imported(0))]).unwrap();
        assert_eq!(project.store.undo_target().unwrap(), None);
        project.say(1, Change::Flag { old: false, new: true });
        project.say(0, sample::label(Some(0), false, 1));
        let again =
            Change::Label { old: Some(1), new: Some(2), old_reviewed: true, new_reviewed: false, accepted: false };
        project.store.append_many("import", &[(project.images[0], again)]).unwrap();
        for reopened in [false, true] {
            if reopened {
                project = project.reopen();
            }
            let target = project.store.undo_target().unwrap().expect("the flag is left");
            assert!(matches!(target, LoggedEvent::Image(event) if event.image == project.images[1]));
        }
    }

    #[test]
    fn only_the_newest_event_can_be_taken_back() {
        let mut project = sample::project(1);
        let first = project.say(0, Change::Flag { old: false, new: true });
        project.say(0, Change::Note { old: String::new(), new: "x".into() });
        let out_of_turn =
            project.store.append("ada", project.images[0], first.change.inverse(), None, None, Some(first.id));
        assert!(out_of_turn.unwrap_err().to_string().contains("not the last"));
    }
}
