//! What a project has to tell whoever looks at it: sentences, and how long what they promise is so.

use crate::domain::EventId;
use crate::session::project::core::Core;
use crate::session::protocol::view::NoticeKind;

/// A sentence.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) struct Told {
    pub kind: NoticeKind,
    pub text: String,
    /// It promises that this can be taken back, and is wrong once that was done.
    pub undoable: Option<Undoable>,
}

/// What is taken back next, if anything is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Undoable {
    /// By undo, an event of the log.
    Event(EventId),
    /// Under Splits, a change of the splits.
    Split(i64),
}

impl Core {
    /// The sentences that came up since the last call.
    pub fn take_notices(&mut self) -> Vec<(NoticeKind, String)> {
        self.take_told().into_iter().map(|told| (told.kind, told.text)).collect()
    }

    /// The same with what they promise.
    pub(in crate::session) fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.notices)
    }

    fn tell(&mut self, kind: NoticeKind, text: String) {
        self.notices.push(Told { kind, text, undoable: None });
    }

    /// Says what was done.
    pub(in crate::session) fn inform(&mut self, text: String) {
        self.tell(NoticeKind::Info, text);
    }

    /// The same of what was done just now, with the promise that undo brings it back.
    pub(in crate::session) fn inform_of_undoable(&mut self, text: String) {
        let undoable = self.undo_event.map(Undoable::Event);
        self.notices.push(Told { kind: NoticeKind::Info, text, undoable });
    }

    /// The same of the splits, which are taken back for themselves.
    pub(in crate::session) fn inform_of_split(&mut self, what: &str) {
        let undoable = self.undo_split_change.map(Undoable::Split);
        let text = format!("{what}; it can be undone under Splits");
        self.notices.push(Told { kind: NoticeKind::Info, text, undoable });
    }

    /// Says something that need not stay on screen.
    pub(in crate::session) fn mention(&mut self, text: String) {
        self.tell(NoticeKind::Passing, text);
    }

    pub(in crate::session) fn warn(&mut self, text: String) {
        self.tell(NoticeKind::Warning, text);
    }

    /// Says what went wrong.
    pub(in crate::session) fn complain(&mut self, text: String) {
        self.tell(NoticeKind::Error, text);
    }

    /// Whether it is still this that would be taken back next.
    pub(in crate::session) fn would_undo(&self, what: Undoable) -> bool {
        match what {
            Undoable::Event(event) => self.undo_event == Some(event),
            Undoable::Split(change) => self.undo_split_change == Some(change),
        }
    }
}
