//! The events of the log that sign images off and reopen them, and those of another copy that are taken in.

use super::error::StoreError;
use super::imports::{About, ImportedChange};
use super::log::{COLUMNS, Draft, insert, read_row};
use super::now_ms;
use super::project::Store;
use crate::domain::{AnnotationEvent, Change, ImageId, SignOffStep};
use std::collections::HashMap;

impl Store {
    /// The events of each image that was ever signed off that are about sign-offs, the oldest first.
    pub fn sign_off_events(&self) -> Result<HashMap<ImageId, Vec<AnnotationEvent>>, StoreError> {
        let mut select = self.db.prepare(&format!(
            "SELECT {COLUMNS} FROM events
             WHERE image IS NOT NULL AND json_extract(change, '$.what') = 'sign_off' ORDER BY id"
        ))?;
        let mut rows = select.query([])?;
        let mut all: HashMap<ImageId, Vec<AnnotationEvent>> = HashMap::new();
        while let Some(row) = rows.next()? {
            let event = read_row(row)?;
            all.entry(event.image).or_default().push(event);
        }
        Ok(all)
    }

    /// The change that takes an event back. A step of a sign-off is later than all of its steps that are known, also where what is
    /// taken back was followed by others that were taken back before: copies of a project agree on the last by that alone.
    pub(super) fn inverse_of(&self, event: &AnnotationEvent) -> Result<Change, StoreError> {
        let mut inverse = event.change.inverse();
        if let Change::SignOff { sign_off, at_ms, step, .. } = &mut inverse {
            let events = self.events(event.image)?;
            let known = SignOffStep::last(events.iter().map(|event| &event.change));
            if let Some(last) = known.iter().find(|known| known.sign_off.is(sign_off)) {
                (*at_ms, *step) = (last.at_ms, last.step + 1);
            }
        }
        Ok(inverse)
    }

    /// Appends what was said of images that are known here elsewhere, all or nothing; what a new image is about is refused.
    ///
    /// # Errors
    /// When the project cannot be written, or a change does not follow from what is said now.
    pub fn append_merged(&mut self, changes: &[ImportedChange]) -> Result<Vec<AnnotationEvent>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let classes = self.classes()?.len();
        let (mut head, time_ms) = (self.head.clone(), now_ms());
        let tx = self.begin()?;
        let mut events = Vec::new();
        for ImportedChange { about, reader, stated_ms, change } in changes {
            let image = match about {
                About::Known(image) => *image,
                About::New(at) => return Err(StoreError::Unknown(format!("new image {at}"))),
            };
            let (stated_ms, shown, display, undoes) = (*stated_ms, None, None, None);
            let draft = Draft { time_ms, stated_ms, reader, image, change, shown, display, undoes };
            events.push(insert(&tx, &mut head, classes, &draft)?);
        }
        tx.commit()?;
        self.head = head;
        for event in &events {
            self.note(event);
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Change, SignOffStep};
    use crate::store::{Store, sample};

    #[test]
    fn what_is_signed_off_is_changed_by_nothing_until_it_is_reopened() {
        let mut project = sample::project(2);
        project.say(0, sample::label(None, false, 1));
        let id = project.store.allocate_box_id();
        let sign = Change::signed_off("ada", 7);
        project.say(0, sign.clone());
        let image = project.images[0];
        let length = project.store.allocate_measurement_id();
        let changes = [
            sample::label(Some(1), true, 2),
            Change::Flag { old: false, new: true },
            Change::KeyImage { old: false, new: true },
            Change::Note { old: String::new(), new: "later".into() },
            sample::draw(id, 3.0),
            sample::measured(length, 3.0),
            Change::Adjudicated {
                rule: crate::domain::AdjudicationRule::All,
                readers: vec!["ada".into()],
                weights: Vec::new(),
                id: None,
                changes: vec![sample::label(Some(1), true, 2)],
            },
        ];
        let before = project.store.event_count().unwrap();
        for change in changes.clone() {
            let why = project.store.append("ben", image, change.clone(), None, None, None).unwrap_err().to_string();
            assert!(why.contains("signed off by ada") && why.contains("reopen it"), "{why}");
            let many = [(project.images[1], Change::Flag { old: false, new: true }), (image, change)];
            assert!(project.store.append_many("ben", &many).is_err(), "nor among others, of which none is changed");
        }
        assert_eq!(project.store.event_count().unwrap(), before);
        // What leaves the state as it is can be said.
        project.say(0, Change::Own { change: Box::new(sample::label(None, false, 0)), revealed: false, again: false });

        let events = project.store.sign_off_events().unwrap().remove(&image).unwrap();
        let [last] = &SignOffStep::last(events.iter().map(|event| &event.change))[..] else { panic!("{events:?}") };
        project.say(0, last.reopened(9, "the lateral view was missed"));
        project.say(0, sample::label(Some(1), true, 2));
        assert!(project.store.annotation(image).unwrap().signed.is_empty());
        let mut project = project.reopen();
        assert!(project.store.replay().unwrap() == project.store.annotations().unwrap());
        project.store.verify_chain().unwrap();
        let holds = |store: &Store| {
            let events = store.sign_off_events().unwrap().remove(&image).unwrap();
            let [last] = &SignOffStep::last(events.iter().map(|event| &event.change))[..] else { panic!("{events:?}") };
            usize::from(last.holds)
        };
        // The label, the reopening and the sign-off are taken back one after the other; only then the first label.
        for signed in [0, 1, 0, 0] {
            project.store.undo("ada").unwrap().expect("something to take back");
            assert_eq!(project.store.annotation(image).unwrap().signed.len(), signed);
            assert_eq!(holds(&project.store), signed, "its last step is the one that is in force");
        }
        assert_eq!(project.store.annotation(image).unwrap().label, None);
        assert!(project.store.undo("ada").unwrap().is_none());
        for signed in [0, 1, 0, 0] {
            project.store.redo("ada").unwrap().expect("something to do again");
            assert_eq!(project.store.annotation(image).unwrap().signed.len(), signed);
            assert_eq!(holds(&project.store), signed);
        }
        project.store.verify_chain().unwrap();
    }
}
