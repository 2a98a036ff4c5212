//! Counts how the labelling goes, when somebody looks at it.

use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, EventId, ImageId, Presence};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::session::protocol::work::{RecentChange, WorkView, Worked};
use jiff::Zoned;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Lines of what changed last.
const RECENT: usize = 60;

impl Core {
    /// Counts it anew.
    pub(in crate::session) fn count_work(&mut self) -> Result<(), SessionError> {
        let now = Zoned::now();
        let midnight = now.start_of_day().map_or(0, |start| start.timestamp().as_millisecond());
        let events = self.store.events_since(midnight.min(self.opened_ms))?;
        let stands = standing(&events);
        let mine = |event: &&AnnotationEvent| event.reader == self.view.reader && stands.contains(&event.id);
        let said: Vec<(ImageId, i64, Vec<usize>)> = events
            .iter()
            .filter(mine)
            .filter_map(|event| Some((event.image, event.time_ms, classes(&event.change)?)))
            .collect();
        let since = |from: i64| {
            let first = said.partition_point(|(_, time_ms, _)| *time_ms < from);
            Worked::of(said.get(first..).unwrap_or_default())
        };
        let recent = self.store.last_events(RECENT)?;
        let line = |event: &AnnotationEvent| {
            let name = self.at.get(&event.image).and_then(|&at| self.images.get(at)).map(|image| image.name.as_str());
            let what = words::change(&event.change, &self.view.classes);
            RecentChange {
                image: event.image,
                name: words::short(name.unwrap_or_default()).to_owned(),
                time: words::instant(event.said_ms(), &now),
                who: words::reader(&event.reader).to_owned(),
                what: if event.undoes.is_some() { format!("undone or redone: {what}") } else { what },
            }
        };
        let recent = recent.iter().filter(|event| !is_imported(&event.reader)).map(line).collect();
        let work = WorkView { today: since(midnight), sitting: since(self.opened_ms), recent };
        self.view.data.work = Some(Arc::new(work));
        Ok(())
    }
}

/// What of these was not taken back, or was done again.
pub(in crate::session::project) fn standing(events: &[AnnotationEvent]) -> HashSet<EventId> {
    let (mut root, mut stands): (HashMap<EventId, EventId>, HashSet<EventId>) = (HashMap::new(), HashSet::new());
    for event in events {
        let Some(undoes) = event.undoes else {
            stands.insert(event.id);
            continue;
        };
        let first = root.get(&undoes).copied().unwrap_or(undoes);
        root.insert(event.id, first);
        if !stands.remove(&first) {
            stands.insert(first);
        }
    }
    stands
}

/// The classes that a change says of an image; `None` for one that says nothing of what it shows.
fn classes(change: &Change) -> Option<Vec<usize>> {
    match change {
        Change::Label { new, .. } => Some(new.iter().copied().collect()),
        Change::Findings { new, .. } => Some(new.that_are(Presence::Present).collect()),
        Change::Box { new, .. } => Some(new.iter().map(|(class, _)| *class).collect()),
        Change::Reading { label, .. } => Some(label.iter().copied().collect()),
        Change::Own { change, .. } => classes(change),
        Change::Committed | Change::Adjudicated { .. } | Change::SignOff { .. } => None,
        Change::Flag { .. } | Change::KeyImage { .. } | Change::Note { .. } | Change::Measurement { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::session::protocol::command::{Edit, ProjectCommand};
    use crate::session::protocol::many::ManyEdit;
    use crate::session::test_project::{annotate, send, small};
    use std::collections::BTreeMap;

    #[test]
    fn what_was_said_today_is_counted_without_what_was_taken_back() {
        let project = small(8);
        let mut core = project.open();
        core.set_reader("ada").unwrap();
        send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
        send(&mut core, annotate(project.ids[1], Edit::Note("a note is no word".into()))).unwrap();
        let (images, edit) = (project.ids[2..6].to_vec(), ManyEdit::Label(Some(0)));
        send(&mut core, ProjectCommand::AnnotateMany { images, edit }).unwrap();
        send(&mut core, ProjectCommand::CountWork).unwrap();
        let work = core.view().data.work.clone().unwrap();
        assert_eq!((work.today.images, work.sitting.images), (5, 5));
        assert_eq!(work.today.by_class, BTreeMap::from([(0, 4), (1, 1)]));
        assert_eq!((work.recent.len(), work.recent[5].what.as_str()), (6, "dark -> bright"), "the newest first");
        send(&mut core, ProjectCommand::Undo).unwrap();
        assert!(core.view().data.work.is_none(), "it is counted again");
        send(&mut core, ProjectCommand::CountWork).unwrap();
        assert_eq!(core.view().data.work.as_ref().unwrap().today.images, 1);
        send(&mut core, ProjectCommand::Redo).unwrap();
        send(&mut core, ProjectCommand::CountWork).unwrap();
        assert_eq!(core.view().data.work.as_ref().unwrap().today.images, 5);
    }
}
