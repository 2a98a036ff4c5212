//! What the window says in its notices: what went wrong, what was done, what can be done about it.

use crate::session::project::told::Undoable;
use crate::session::protocol::command::{DeskCommand, ProjectCommand};
use crate::session::protocol::jobs::PastNotice;
use crate::session::protocol::view::{Notice, NoticeKind, Offer};
use jiff::Zoned;
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was tried: once the same goes well, what went wrong before is not true any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) enum Tried {
    Open,
    Train,
    /// The active model's predictions, whatever asked for them.
    Predict,
    /// Making or repairing a project.
    Make,
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

    /// The downloading of weights, whichever.
    pub fn download(name: &str) -> Self {
        Self::at_the_desk(&DeskCommand::Download(name.to_owned()))
    }

    pub fn at_the_desk(command: &DeskCommand) -> Self {
        Self::Desk(discriminant(command))
    }
}

/// A job that was begun: what it tries, and which notices there were before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::session) struct Attempt {
    tried: Tried,
    before: u64,
}

/// Notices kept at most; older ones go first.
const MOST: usize = 20;
/// The same of what was said in this session.
const MOST_PAST: usize = 50;

/// The notices on screen, the oldest first.
#[derive(Default)]
pub(in crate::session) struct Notices {
    list: Vec<Notice>,
    /// Of those that say what went wrong, what was tried, by their numbers.
    tried: Vec<(u64, Tried)>,
    /// Of those that promise that something can be taken back, what, by their numbers.
    undoable: Vec<(u64, Undoable)>,
    /// What was said in this session, the newest first.
    past: Arc<Vec<PastNotice>>,
    /// The last number given to one.
    last: u64,
}

impl Notices {
    /// Those on screen.
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// What was said in this session, the newest first.
    pub fn past(&self) -> Arc<Vec<PastNotice>> {
        Arc::clone(&self.past)
    }

    /// Puts one up, of the project of this name where it is about one. What says the same goes, and of passing words the last
    /// is enough.
    pub fn put(&mut self, kind: NoticeKind, text: String, offer: Option<Offer>, project: Option<String>) {
        self.last += 1;
        let passing = kind == NoticeKind::Passing;
        let time = Zoned::now().strftime("%H:%M").to_string();
        let past = Arc::make_mut(&mut self.past);
        past.insert(0, PastNotice { id: self.last, kind, text: text.clone(), time, project: project.clone() });
        past.truncate(MOST_PAST);
        self.list.retain(|n| n.text != text && !(passing && n.kind == NoticeKind::Passing));
        self.list.push(Notice { id: self.last, kind, text, offer, of_project: project.is_some() });
        let surplus = self.list.len().saturating_sub(MOST);
        self.list.drain(..surplus);
    }

    /// Says what went wrong; it goes once the same goes well.
    pub fn put_failed(&mut self, tried: Tried, text: String, offer: Option<Offer>, project: Option<String>) {
        self.put(NoticeKind::Error, text, offer, project);
        self.tried.retain(|(id, _)| self.list.iter().any(|notice| notice.id == *id));
        self.tried.push((self.last, tried));
    }

    /// Says what was done and can be taken back; it goes once it was, or once that would take something else back.
    pub fn put_undoable(&mut self, undoable: Undoable, text: String, project: Option<String>) {
        self.put(NoticeKind::Info, text, None, project);
        self.undoable.push((self.last, undoable));
    }

    /// A job is begun.
    pub fn attempt(&self, tried: Tried) -> Attempt {
        Attempt { tried, before: self.last }
    }

    /// A job went to its end: what went wrong with the same before it was begun is past. What it had to say itself stays.
    pub fn ended(&mut self, attempt: Attempt) {
        let past = |id: u64, tried: Tried| tried == attempt.tried && id <= attempt.before;
        let tried = &self.tried;
        self.list.retain(|notice| !tried.iter().any(|(id, of)| *id == notice.id && past(*id, *of)));
        self.tried.retain(|(id, tried)| !past(*id, *tried));
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

    /// Nothing that was said of the open project may be seen any more, the list of past notices included.
    pub fn hide_project(&mut self) {
        self.project_closed();
        Arc::make_mut(&mut self.past).retain(|notice| notice.project.is_none());
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

    /// Undo would take this back now, or nothing: what offered to take something else back goes, and so does what promised
    /// that something can be taken back that `would_undo` does not know as next.
    pub fn undo_is(&mut self, undo: Option<&str>, would_undo: impl Fn(Undoable) -> bool) {
        self.undoable.retain(|(id, _)| self.list.iter().any(|notice| notice.id == *id));
        let gone: Vec<u64> = self.undoable.iter().filter(|(_, what)| !would_undo(*what)).map(|(id, _)| *id).collect();
        self.list.retain(|notice| match &notice.offer {
            _ if gone.contains(&notice.id) => false,
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

    /// The project that is open.
    fn here() -> Option<String> {
        Some("hands".to_owned())
    }

    #[test]
    fn what_a_job_could_not_do_goes_once_a_later_one_of_its_kind_did_it() {
        let mut notices = Notices::default();
        let [export, predict] = [Tried::of(&ProjectCommand::Measure), Tried::Predict];
        let first = notices.attempt(export);
        notices.put_failed(export, "the disk is full".into(), None, here());
        notices.put_failed(predict, "a picture is damaged".into(), None, here());
        notices.ended(first);
        assert_eq!(texts(&notices), ["the disk is full", "a picture is damaged"], "it said so itself");
        let second = notices.attempt(export);
        notices.put_failed(export, "the folder is gone".into(), None, here());
        notices.ended(second);
        assert_eq!(texts(&notices), ["a picture is damaged", "the folder is gone"]);
        let third = notices.attempt(export);
        notices.ended(third);
        assert_eq!(texts(&notices), ["a picture is damaged"], "that is another kind");
    }

    #[test]
    fn a_promise_that_undo_brings_it_back_goes_once_it_did() {
        let mut notices = Notices::default();
        let [first, second] = [Undoable::Split(1), Undoable::Split(2)];
        notices.put_undoable(first, "4 images moved".into(), here());
        notices.put(NoticeKind::Info, "written".into(), None, here());
        notices.undo_is(None, |what| what == first);
        assert_eq!(texts(&notices), ["4 images moved", "written"]);
        notices.put_undoable(second, "5 images moved".into(), here());
        notices.undo_is(None, |what| what == second);
        assert_eq!(texts(&notices), ["written", "5 images moved"], "the first is not next any more");
        notices.undo_is(None, |_| false);
        assert_eq!(texts(&notices), ["written"]);
    }

    #[test]
    fn what_was_said_is_kept_after_it_is_gone_the_newest_first() {
        let mut notices = Notices::default();
        notices.put(NoticeKind::Error, "no room".into(), None, here());
        notices.put(NoticeKind::Passing, "undone".into(), None, None);
        notices.project_closed();
        notices.dismiss(2);
        assert_eq!(texts(&notices), [""; 0]);
        let past: Vec<(String, Option<String>)> =
            notices.past().iter().map(|one| (one.text.clone(), one.project.clone())).collect();
        assert_eq!(past, [("undone".to_owned(), None), ("no room".to_owned(), here())]);
        assert!(notices.past().iter().all(|one| one.time.contains(':')));
        (0..80).for_each(|n| notices.put(NoticeKind::Info, n.to_string(), None, None));
        let past = notices.past();
        assert_eq!((past.len(), past[0].text.as_str(), past[49].text.as_str()), (MOST_PAST, "79", "30"));
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
            notices.put(kind, text.into(), None, None);
        }
        assert_eq!(texts(&notices), ["no room", "redone"]);
        (0..30).for_each(|n| notices.put(NoticeKind::Info, n.to_string(), None, None));
        assert_eq!((notices.list().len(), notices.list()[0].text.as_str()), (MOST, "10"));
        notices.dismiss(notices.list()[0].id);
        assert_eq!(notices.list()[0].text, "11");
    }

    #[test]
    fn what_went_wrong_goes_once_the_same_goes_well() {
        let mut notices = Notices::default();
        let confirm = Tried::of(&ProjectCommand::Undo);
        let [first, second] = ["label some images first", "two classes are needed"].map(str::to_owned);
        notices.put_failed(Tried::Train, first, None, here());
        notices.put_failed(Tried::Train, second, None, here());
        notices.put_failed(confirm, "nothing to undo".into(), None, here());
        notices.put_failed(Tried::Open, "a.overread is damaged".into(), None, None);
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
        notices.put(NoticeKind::Info, "converted".into(), Some(Offer::Undo("the conversion".into())), here());
        notices.put(NoticeKind::Info, "made".into(), Some(Offer::Train), here());
        notices.undo_is(Some("the conversion"), |_| true);
        assert_eq!(texts(&notices), ["converted", "made"]);
        notices.undo_is(Some("label of a.png"), |_| true);
        assert_eq!(texts(&notices), ["made"]);
        notices.put(NoticeKind::Info, "converted".into(), Some(Offer::Undo("the conversion".into())), here());
        notices.undo_is(None, |_| true);
        assert_eq!(texts(&notices), ["made"]);
    }

    #[test]
    fn offers_go_when_they_are_taken_and_words_of_a_project_with_it() {
        let mut notices = Notices::default();
        notices.put(NoticeKind::Info, "made".into(), Some(Offer::Open("a.overread".into())), None);
        for model in [1, 2] {
            let offer = Some(Offer::Evaluate(ModelId(model)));
            notices.put(NoticeKind::Info, format!("model {model} waits"), offer, here());
        }
        notices.withdraw(&Offer::Evaluate(ModelId(1)));
        assert_eq!(texts(&notices), ["made", "model 2 waits"], "the other still waits to be decided on");
        notices.project_closed();
        notices.project_opened(Path::new("a.overread/project.db"));
        assert_eq!(texts(&notices), [""; 0]);
    }
}
