//! What the window says in its notices: what went wrong, what was done, what can be done about it.

use crate::session::protocol::command::{DeskCommand, ProjectCommand};
use crate::session::protocol::view::{Notice, NoticeKind, Offer};
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

/// What was tried: once the same goes well, what went wrong before is not true any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) enum Tried {
    Open,
    Train,
    Project(Discriminant<ProjectCommand>),
    Desk(Discriminant<DeskCommand>),
}

impl Tried {
    /// In a project, where starting and resuming a run are one.
    pub fn of(command: &ProjectCommand) -> Self {
        match command {
            ProjectCommand::Train(_) | ProjectCommand::TrainFrom { .. } | ProjectCommand::ResumeRun(_) => Self::Train,
            other => Self::Project(discriminant(other)),
        }
    }

    pub fn at_the_desk(command: &DeskCommand) -> Self {
        Self::Desk(discriminant(command))
    }
}

/// Notices kept at most; older ones go first.
const MOST: usize = 20;

/// The notices on screen, the oldest first.
#[derive(Default)]
pub(in crate::session) struct Notices {
    list: Vec<Notice>,
    /// Of those that say what went wrong, what was tried, by their numbers.
    tried: Vec<(u64, Tried)>,
    /// The last number given to one.
    last: u64,
}

impl Notices {
    /// Those on screen.
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// Puts one up. What says the same goes, and of passing words the last is enough.
    pub fn put(&mut self, kind: NoticeKind, text: String, offer: Option<Offer>, of_project: bool) {
        self.last += 1;
        let passing = kind == NoticeKind::Passing;
        self.list.retain(|n| n.text != text && !(passing && n.kind == NoticeKind::Passing));
        self.list.push(Notice { id: self.last, kind, text, offer, of_project });
        let surplus = self.list.len().saturating_sub(MOST);
        self.list.drain(..surplus);
    }

    /// Says what went wrong; it goes once the same goes well.
    pub fn put_failed(&mut self, tried: Tried, text: String, offer: Option<Offer>, of_project: bool) {
        self.put(NoticeKind::Error, text, offer, of_project);
        self.tried.retain(|(id, _)| self.list.iter().any(|notice| notice.id == *id));
        self.tried.push((self.last, tried));
    }

    /// This went well.
    pub fn succeeded(&mut self, tried: Tried) {
        let was = |notice: &Notice| self.tried.contains(&(notice.id, tried));
        self.list.retain(|notice| !was(notice));
        self.tried.retain(|(_, other)| *other != tried);
    }

    /// The person has read it.
    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }

    /// The open project was closed.
    pub fn project_closed(&mut self) {
        self.list.retain(|notice| !notice.of_project);
    }

    /// What was offered was done, or something else was decided.
    pub fn withdraw(&mut self, offer: &Offer) {
        self.list.retain(|notice| notice.offer.as_ref() != Some(offer));
    }

    /// A project was opened, by whatever way: what offered that has nothing to offer any more, and that none could be
    /// opened is past.
    pub fn project_opened(&mut self, path: &Path) {
        self.succeeded(Tried::Open);
        let opened = project_folder(path);
        self.list.retain(|notice| match &notice.offer {
            Some(Offer::Open(path) | Offer::Repair(path)) => project_folder(path) != opened,
            Some(Offer::Evaluate(_) | Offer::Train | Offer::Undo(_)) | None => true,
        });
    }

    /// Undo would take this back now, or nothing: what offered to take something else back goes.
    pub fn undo_is(&mut self, undo: Option<&str>) {
        self.list.retain(|notice| match &notice.offer {
            Some(Offer::Undo(what)) => undo == Some(what.as_str()),
            Some(Offer::Evaluate(_) | Offer::Train | Offer::Open(_) | Offer::Repair(_)) | None => true,
        });
    }
}

/// The folder of a project, whether that or its database was named.
pub(in crate::session) fn project_folder(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let path = match path.file_name() {
        Some(name) if name == "project.db" => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        _ => path,
    };
    path.canonicalize().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ModelId;

    fn texts(notices: &Notices) -> Vec<&str> {
        notices.list().iter().map(|notice| notice.text.as_str()).collect()
    }

    #[test]
    fn what_is_said_twice_stands_once_and_of_passing_words_the_last() {
        let mut notices = Notices::default();
        for (kind, text) in [
            (NoticeKind::Error, "no room"),
            (NoticeKind::Passing, "undone"),
            (NoticeKind::Error, "no room"),
            (NoticeKind::Passing, "redone"),
        ] {
            notices.put(kind, text.into(), None, false);
        }
        assert_eq!(texts(&notices), ["no room", "redone"]);
        (0..30).for_each(|n| notices.put(NoticeKind::Info, n.to_string(), None, false));
        assert_eq!((notices.list().len(), notices.list()[0].text.as_str()), (MOST, "10"));
        notices.dismiss(notices.list()[0].id);
        assert_eq!(notices.list()[0].text, "11");
    }

    #[test]
    fn what_went_wrong_goes_once_the_same_goes_well() {
        let mut notices = Notices::default();
        let confirm = Tried::of(&ProjectCommand::Undo);
        let [first, second] = ["label some images first", "two classes are needed"].map(str::to_owned);
        notices.put_failed(Tried::Train, first, None, true);
        notices.put_failed(Tried::Train, second, None, true);
        notices.put_failed(confirm, "nothing to undo".into(), None, true);
        notices.put_failed(Tried::Open, "a.overread is damaged".into(), None, false);
        notices.succeeded(Tried::at_the_desk(&DeskCommand::CloseProject));
        assert_eq!(notices.list().len(), 4);
        notices.succeeded(Tried::Train);
        assert_eq!(texts(&notices), ["nothing to undo", "a.overread is damaged"]);
        notices.project_opened(Path::new("b.overread"));
        assert_eq!(texts(&notices), ["nothing to undo"]);
        notices.project_closed();
        assert_eq!(texts(&notices), [""; 0]);
    }

    #[test]
    fn an_offer_to_undo_goes_once_something_else_would_be_undone() {
        let mut notices = Notices::default();
        notices.put(NoticeKind::Info, "converted".into(), Some(Offer::Undo("the conversion".into())), true);
        notices.put(NoticeKind::Info, "made".into(), Some(Offer::Train), true);
        notices.undo_is(Some("the conversion"));
        assert_eq!(texts(&notices), ["converted", "made"]);
        notices.undo_is(Some("label of a.png"));
        assert_eq!(texts(&notices), ["made"]);
        notices.put(NoticeKind::Info, "converted".into(), Some(Offer::Undo("the conversion".into())), true);
        notices.undo_is(None);
        assert_eq!(texts(&notices), ["made"]);
    }

    #[test]
    fn offers_go_when_they_are_taken_and_words_of_a_project_with_it() {
        let mut notices = Notices::default();
        notices.put(NoticeKind::Info, "made".into(), Some(Offer::Open("a.overread".into())), false);
        for model in [1, 2] {
            let offer = Some(Offer::Evaluate(ModelId(model)));
            notices.put(NoticeKind::Info, format!("model {model} waits"), offer, true);
        }
        notices.withdraw(&Offer::Evaluate(ModelId(1)));
        assert_eq!(texts(&notices), ["made", "model 2 waits"], "the other still waits to be decided on");
        notices.project_closed();
        notices.project_opened(Path::new("a.overread/project.db"));
        assert_eq!(texts(&notices), [""; 0]);
    }
}
