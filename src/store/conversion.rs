//! Another class list together with what is said anew because of it, all or nothing.

use super::error::StoreError;
use super::log::{Draft, insert};
use super::project::{Store, insert_classes};
use super::{now_ms, settings};
use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, ClassList, EventId, ImageId};
use rusqlite::params;
use serde::Serialize;

/// After how many changes it is said how far the work is.
const BETWEEN: usize = 200;

impl Store {
    /// Puts a class list in force and appends many changes as one action, in one transaction: all are committed, or none.
    /// `keep` gives a setting that is kept with them, by the first event. `progress` hears how many changes of how many are
    /// written; where it answers `false` nothing is committed, and there are no events. Where there is no change only the
    /// class list is put in force.
    ///
    /// # Errors
    /// When the project cannot be written, or a change does not follow from what is said now.
    pub fn append_with_classes<T: Serialize>(
        &mut self,
        reader: &str,
        classes: &ClassList,
        changes: &[(ImageId, Change)],
        keep: impl Fn(EventId) -> (String, T),
        progress: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Option<Vec<AnnotationEvent>>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let mut head = self.head.clone();
        let time_ms = now_ms();
        let tx = self.begin()?;
        insert_classes(&tx, reader, classes)?;
        let mut events: Vec<AnnotationEvent> = Vec::with_capacity(changes.len());
        for (done, (image, change)) in changes.iter().enumerate() {
            if done % BETWEEN == 0 && !progress(done, changes.len()) {
                return Ok(None);
            }
            let (stated_ms, shown, display, undoes) = (None, None, None, None);
            let draft = Draft { time_ms, stated_ms, reader, image: *image, change, shown, display, undoes };
            events.push(insert(&tx, &mut head, classes.len(), &draft)?);
        }
        if let (Some(first), Some(last)) = (events.first(), events.last()) {
            if !is_imported(reader) {
                tx.execute("INSERT INTO event_batches (first, last) VALUES (?, ?)", params![first.id.0, last.id.0])?;
            }
            let (key, value) = keep(first.id);
            settings::insert(&tx, &key, &value)?;
        }
        tx.commit()?;
        self.head = head;
        for event in &events {
            self.note(event);
        }
        Ok(Some(events))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn a_broken_off_conversion_leaves_class_list_and_log_as_they_were() {
        let mut project = sample::project(3);
        let before = (project.store.classes().unwrap(), project.store.event_count().unwrap());
        let changes: Vec<(ImageId, Change)> =
            project.images.iter().map(|image| (*image, sample::label(None, false, 1))).collect();
        let more = ClassList::from_names(&["a", "b", "c", "d"], false).unwrap();
        let keep = |first: EventId| (format!("kept.{first}"), 7);
        let ended = project.store.append_with_classes("ada", &more, &changes, keep, &|_, _| false).unwrap();
        assert_eq!(ended, None);
        // The second does not follow from what is said.
        let mut wrong = changes.clone();
        wrong[1].1 = sample::label(Some(0), false, 1);
        assert!(project.store.append_with_classes("ada", &more, &wrong, keep, &|_, _| true).is_err());
        assert_eq!((project.store.classes().unwrap(), project.store.event_count().unwrap()), before);

        let events = project.store.append_with_classes("ada", &more, &changes, keep, &|_, _| true).unwrap().unwrap();
        let mut project = project.reopen();
        assert_eq!((project.store.classes().unwrap(), events.len()), (more, 3));
        assert_eq!(project.store.setting::<i64>(&format!("kept.{}", events[0].id)).unwrap(), Some(7));
        assert_eq!(project.store.batch(events[2].id).unwrap(), Some(events[0].id), "one action");
        assert!(project.store.undo_target().unwrap().is_some());
        project.store.verify_chain().unwrap();
    }
}
