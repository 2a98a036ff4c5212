//! Readings of a reader's own: what one reader says without seeing what others or a model say, and without its coming into
//! force. They are events of the same chain, of which each reader has a line of undo for itself; the images' states know
//! nothing of them.

use super::checks::{canonical, check_new, check_old};
use super::error::{StoreError, from_json};
use super::history::History;
use super::log::{COLUMNS, Draft, box_number, insert_on, read_row, state_of, text};
use super::now_ms;
use super::project::Store;
use crate::domain::{Annotation, AnnotationEvent, Change, DisplayState, EventId, ImageId, ShownPrediction};
use rusqlite::{Transaction, TransactionBehavior, params};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// What a reader's own events of one image come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnReading {
    /// What the reader says now.
    pub said: Annotation,
    /// What the reader had said when it was committed, before anything was revealed; absent where it was not.
    pub committed: Option<Annotation>,
    /// The event of this reading that was logged last, and when, in ms since 1970-01-01 UTC; as far as these are known.
    pub last: Option<(EventId, i64)>,
    /// The second reading of the same image, where one was assigned and begun.
    pub again: Option<Box<OwnReading>>,
}

impl OwnReading {
    /// Takes the next own event of the reader and image in; any other changes nothing.
    pub fn take(&mut self, change: &Change) {
        match change {
            Change::Own { change, again: true, .. } => {
                let second = self.again.get_or_insert_default();
                match change.as_ref() {
                    Change::Committed => second.take(change),
                    said => said.apply(&mut second.said),
                }
            }
            Change::Own { change, .. } => change.apply(&mut self.said),
            Change::Committed => _ = self.committed.get_or_insert_with(|| self.said.clone()),
            Change::Label { .. }
            | Change::Findings { .. }
            | Change::Flag { .. }
            | Change::KeyImage { .. }
            | Change::Note { .. }
            | Change::Box { .. }
            | Change::Measurement { .. }
            | Change::Reading { .. }
            | Change::SignOff { .. }
            | Change::Adjudicated { .. } => {}
        }
    }

    /// The same of an event, of which it is known when it was.
    fn take_at(&mut self, change: &Change, at: (EventId, i64)) {
        self.take(change);
        match (&mut self.again, change) {
            (Some(second), Change::Own { again: true, .. }) => second.last = Some(at),
            _ => self.last = Some(at),
        }
    }

    /// The first reading or the second.
    pub fn round(&mut self, again: bool) -> &mut Self {
        match again {
            true => self.again.get_or_insert_default(),
            false => self,
        }
    }
}

/// The number of a box or measurement that an own change is about.
fn number(change: &Change) -> Option<i64> {
    match change {
        Change::Own { change, .. } => box_number(change),
        _ => None,
    }
}

/// What was on screen when something of a reader's own was said.
#[derive(Clone, Copy, Debug, Default)]
pub struct OnScreen<'a> {
    /// What of a model's answer, where that was revealed.
    pub shown: Option<&'a ShownPrediction>,
    pub display: Option<&'a DisplayState>,
}

impl Store {
    /// All readings of a reader's own, and the largest number that a box or measurement of theirs has or had. They are
    /// counted for themselves: another number would tell how much others have drawn.
    pub fn own_readings(&self, reader: &str) -> Result<(HashMap<ImageId, OwnReading>, i64), StoreError> {
        let mut all: HashMap<ImageId, OwnReading> = HashMap::new();
        let mut largest = 0;
        {
            let mut select = self.db.prepare(
                "SELECT image, change, id, time_ms FROM events WHERE own AND reader = ? AND image IS NOT NULL ORDER BY id",
            )?;
            let mut rows = select.query([reader])?;
            while let Some(row) = rows.next()? {
                let change: Change = from_json(text(row, 1)?, "an event")?;
                largest = number(&change).unwrap_or(0).max(largest);
                let at = (EventId(row.get(2)?), row.get(3)?);
                all.entry(ImageId(row.get(0)?)).or_default().take_at(&change, at);
            }
        }
        Ok((all, largest))
    }

    /// The reader's own events of one image, the oldest first.
    pub fn own_events(&self, reader: &str, image: ImageId) -> Result<Vec<AnnotationEvent>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM events WHERE own AND reader = ? AND image = ? ORDER BY id");
        let mut select = self.db.prepare_cached(&query)?;
        let mut rows = select.query(params![reader, image.0])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(read_row(row)?);
        }
        Ok(events)
    }

    /// Who has readings of their own here, by name.
    pub fn own_readers(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self.db.prepare("SELECT DISTINCT reader FROM events WHERE own ORDER BY reader")?;
        let names = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(names)
    }

    /// Appends what a reader says with one action in readings of the reader's own: all of it is committed, or none, and it
    /// is taken back as a whole. Each change is one of what the reader said of its image so far.
    ///
    /// # Errors
    /// When a change's old value is not what the reader said last, it makes no sense, or it cannot be written.
    pub fn append_own(
        &mut self,
        reader: &str,
        changes: &[(ImageId, Change)],
        on_screen: OnScreen<'_>,
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        let changes: Vec<_> = changes.iter().map(|(image, change)| (*image, change.clone(), None)).collect();
        self.write_own(reader, &changes, on_screen)
    }

    /// The reader commits the reading of an image, or with `again` the second one.
    ///
    /// # Errors
    /// When it was committed already or cannot be written.
    pub fn commit_own(
        &mut self,
        reader: &str,
        image: ImageId,
        again: bool,
        on_screen: OnScreen<'_>,
    ) -> Result<AnnotationEvent, StoreError> {
        let change = match again {
            false => Change::Committed,
            true => Change::Own { change: Box::new(Change::Committed), revealed: false, again },
        };
        let events = self.write_own(reader, &[(image, change, None)], on_screen)?;
        events.into_iter().next().ok_or_else(|| StoreError::Refused("nothing was committed".into()))
    }

    /// The reader's own events that undo (`back`) or redo would take back: the last one with all that was made with the same action,
    /// the newest first; none where there is nothing left.
    pub fn own_targets(&mut self, reader: &str, back: bool) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.load_history()?;
        // The line as it will be, to see what the action is made of before anything is written.
        let mut line = self.own_history.get(reader).cloned().unwrap_or_default();
        let (mut targets, mut action) = (Vec::new(), None);
        while let Some(top) = if back { line.undo_top() } else { line.redo_top() } {
            let batch = self.batch(top)?;
            if !targets.is_empty() && (batch.is_none() || batch != action) {
                break;
            }
            action = batch;
            let event = self.event(top)?;
            // Any number that is new does: only the order counts.
            line.note(EventId(i64::MAX - targets.len() as i64), Some(event.image), false, Some(event.id));
            targets.push(event);
        }
        Ok(targets)
    }

    /// Takes back (`back`) or repeats the reader's last own change with all that was made with the same action; the events
    /// appended, none where there is nothing left.
    pub fn step_own(&mut self, reader: &str, back: bool) -> Result<Vec<AnnotationEvent>, StoreError> {
        let targets = self.own_targets(reader, back)?;
        let made: Vec<_> = targets.iter().map(|event| (event.image, event.change.inverse(), Some(event.id))).collect();
        if made.is_empty() {
            return Ok(Vec::new());
        }
        self.write_own(reader, &made, OnScreen::default())
    }

    fn write_own(
        &mut self,
        reader: &str,
        changes: &[(ImageId, Change, Option<EventId>)],
        on_screen: OnScreen<'_>,
    ) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let (classes, time_ms) = (self.classes()?.len(), now_ms());
        let mut head = self.head.clone();
        let mut said: HashMap<ImageId, (OwnReading, HashSet<i64>)> = HashMap::new();
        let mut events = Vec::new();
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate)?;
        for (image, change, undoes) in changes {
            let image = *image;
            let (reading, used) = match said.entry(image) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.own_so_far(reader, image)?),
            };
            let again = matches!(change, Change::Own { again: true, .. });
            let revealed = reading.round(again).committed.is_some();
            let commits = match change {
                Change::Own { change, .. } => matches!(change.as_ref(), Change::Committed),
                other => matches!(other, Change::Committed),
            };
            let wrapped = match change {
                _ if commits && revealed => {
                    return Err(StoreError::Refused("this reading is committed already".into()));
                }
                Change::Committed => Change::Committed,
                Change::SignOff { .. } => {
                    return Err(StoreError::Refused(
                        "what is in force is signed off, not a reading of one's own".into(),
                    ));
                }
                // What undo brings back may have been said before the reveal, and is said anew after it.
                Change::Own { change, again, .. } => Change::Own { change: change.clone(), revealed, again: *again },
                Change::Label { .. }
                | Change::Findings { .. }
                | Change::Flag { .. }
                | Change::KeyImage { .. }
                | Change::Note { .. }
                | Change::Box { .. }
                | Change::Measurement { .. }
                | Change::Reading { .. }
                | Change::Adjudicated { .. } => {
                    Change::Own { change: Box::new(change.clone()), revealed, again: false }
                }
            };
            let (wrapped, text) = canonical(&wrapped)?;
            if let Change::Own { change, .. } = &wrapped {
                let said = &reading.round(again).said;
                check_old(said, image, change)?;
                if undoes.is_none() {
                    check_new(said, classes, change, &|id| Ok(used.contains(&id)))?;
                }
            }
            let draft = Draft {
                time_ms,
                stated_ms: None,
                reader,
                image,
                change: &wrapped,
                shown: on_screen.shown,
                display: on_screen.display,
                undoes: *undoes,
            };
            let mut state = state_of(&tx, image)?;
            let written = (wrapped.clone(), text);
            events.push(insert_on(&tx, &mut head, classes, (&draft, written), &mut state, &|_| Ok(false))?);
            reading.take(&wrapped);
            used.extend(number(&wrapped));
        }
        let anew = changes.iter().all(|(_, _, undoes)| undoes.is_none());
        if let (Some(first), Some(last), true) = (events.first(), events.last(), anew && events.len() > 1) {
            let range = params![first.id.0, last.id.0];
            tx.execute("INSERT INTO event_batches (first, last) VALUES (?, ?)", range)?;
        }
        tx.commit()?;
        self.head = head;
        for event in &events {
            self.note(event);
        }
        Ok(events)
    }

    /// What a reader said of an image so far, and the numbers that its boxes and measurements have or had.
    fn own_so_far(&self, reader: &str, image: ImageId) -> Result<(OwnReading, HashSet<i64>), StoreError> {
        let (mut reading, mut used) = (OwnReading::default(), HashSet::new());
        for event in self.own_events(reader, image)? {
            reading.take(&event.change);
            used.extend(number(&event.change));
        }
        Ok((reading, used))
    }

    /// Takes an own event into its reader's line of undo. That a reading was committed cannot be taken back: what was
    /// revealed was seen.
    pub(super) fn note_own(
        lines: &mut HashMap<String, History>,
        reader: &str,
        (id, image, undoes): (EventId, Option<ImageId>, Option<EventId>),
        committed: bool,
    ) {
        if !committed {
            lines.entry(reader.to_owned()).or_default().note(id, image, false, undoes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    fn flag(old: bool) -> Change {
        Change::Flag { old, new: !old }
    }

    #[test]
    fn own_readings_leave_the_states_alone_and_are_taken_back_by_their_reader() {
        let mut project = sample::project(3);
        let [one, two, _] = project.images[..] else { panic!("three images") };
        project.say(0, sample::label(None, false, 1));
        let before = project.store.annotations().unwrap();
        let label = |old, was, new| sample::label(old, was, new);
        let say = |project: &mut sample::Sample, who: &str, image, change| {
            project.store.append_own(who, &[(image, change)], OnScreen::default()).unwrap();
        };
        say(&mut project, "ann", one, label(None, false, 2));
        say(&mut project, "ben", one, label(None, false, 0));
        let id = project.store.allocate_box_id();
        say(&mut project, "ann", two, sample::draw(id, 3.0));
        assert_eq!(project.store.annotations().unwrap(), before);
        for reopened in [false, true] {
            if reopened {
                project = project.reopen();
            }
            let (ann, largest) = project.store.own_readings("ann").unwrap();
            assert_eq!((ann[&one].said.label, ann[&two].said.boxes.len()), (Some(2), 1));
            assert_eq!(project.store.own_readings("ben").unwrap().0[&one].said.label, Some(0));
            assert_eq!(project.store.own_readers().unwrap(), ["ann", "ben"]);
            assert_eq!(largest, id.0, "no number is given twice");
        }
        let stale = project.store.append_own("ann", &[(one, label(None, false, 1))], OnScreen::default());
        assert!(stale.unwrap_err().to_string().contains("the label"));
        // Each has a line of undo; what is in force has its own.
        assert_eq!(project.store.step_own("ben", true).unwrap().len(), 1);
        assert_eq!(project.store.step_own("ben", true).unwrap().len(), 0);
        assert_eq!(project.store.step_own("ann", true).unwrap()[0].image, two);
        assert_eq!(project.store.own_readings("ann").unwrap().0[&one].said.label, Some(2));
        assert_eq!(project.store.step_own("ann", false).unwrap()[0].image, two);
        assert_eq!(project.store.own_readings("ann").unwrap().0[&two].said.boxes.len(), 1, "redone");
        assert!(project.store.undo_target().unwrap().is_some_and(|event| event.reader() == "ada"));
        assert_eq!(project.store.annotations().unwrap(), before);
        assert_eq!(project.store.replay().unwrap().get(&one), before.get(&one));
        project.store.verify_chain().unwrap();
    }

    #[test]
    fn what_is_said_once_it_is_committed_is_said_after_the_reveal() {
        let mut project = sample::project(2);
        let [one, two] = project.images[..] else { panic!("two images") };
        let both = [(one, sample::label(None, false, 2)), (two, flag(false))];
        project.store.append_own("ann", &both, OnScreen::default()).unwrap();
        project.store.commit_own("ann", one, false, OnScreen::default()).unwrap();
        assert!(project.store.commit_own("ann", one, false, OnScreen::default()).is_err(), "once");
        project.store.append_own("ann", &[(one, sample::label(Some(2), true, 0))], OnScreen::default()).unwrap();
        let revealed = |event: &AnnotationEvent| matches!(event.change, Change::Own { revealed: true, .. });
        let events = project.store.own_events("ann", one).unwrap();
        assert_eq!(events.iter().map(revealed).collect::<Vec<_>>(), [false, false, true]);
        let reading = &project.store.own_readings("ann").unwrap().0[&one];
        assert_eq!((reading.said.label, reading.committed.as_ref().unwrap().label), (Some(0), Some(2)));
        // What is taken back of the first reading is taken back after the reveal.
        project.store.step_own("ann", true).unwrap();
        assert_eq!(project.store.step_own("ann", true).unwrap().len(), 2, "both with one action");
        let events = project.store.own_events("ann", one).unwrap();
        assert!(revealed(events.last().unwrap()));
        let reading = &project.store.own_readings("ann").unwrap().0[&one];
        assert_eq!((reading.said.label, reading.committed.as_ref().unwrap().label), (None, Some(2)));
        project = project.reopen();
        assert_eq!(project.store.step_own("ann", false).unwrap().len(), 2, "and done again after a restart");
        project.store.verify_chain().unwrap();
    }
}
