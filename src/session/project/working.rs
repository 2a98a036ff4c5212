//! Counts how the labelling goes, when somebody looks at it.

use crate::domain::annotation::is_imported;
use crate::domain::{AnnotationEvent, Change, ImageId, Presence};
use crate::session::project::core::Core;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::session::protocol::work::{RecentChange, WorkView, Worked};
use jiff::Zoned;
use std::sync::Arc;

/// Lines of what changed last.
const RECENT: usize = 60;

impl Core {
    /// Counts it anew.
    pub(in crate::session) fn count_work(&mut self) -> Result<(), SessionError> {
        let now = Zoned::now();
        let midnight = now.start_of_day().map_or(0, |start| start.timestamp().as_millisecond());
        let events = self.store.events_since(midnight.min(self.opened_ms))?;
        let mine = |event: &&AnnotationEvent| event.reader == self.view.reader && event.undoes.is_none();
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
                what: if event.undoes.is_some() { format!("taken back or again: {what}") } else { what },
            }
        };
        let recent = recent.iter().filter(|event| !is_imported(&event.reader)).map(line).collect();
        let work = WorkView { today: since(midnight), sitting: since(self.opened_ms), recent };
        self.view.data.work = Some(Arc::new(work));
        Ok(())
    }
}

/// The classes that a change says of an image; `None` for one that says nothing of what it shows.
fn classes(change: &Change) -> Option<Vec<usize>> {
    match change {
        Change::Label { new, .. } => Some(new.iter().copied().collect()),
        Change::Findings { new, .. } => Some(new.that_are(Presence::Present).collect()),
        Change::Box { new, .. } => Some(new.iter().map(|(class, _)| *class).collect()),
        Change::Reading { label, .. } => Some(label.iter().copied().collect()),
        Change::Flag { .. } | Change::Note { .. } | Change::Measurement { .. } => None,
    }
}
