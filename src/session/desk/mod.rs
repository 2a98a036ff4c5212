//! The session's side of the window: carries commands out, runs jobs, and publishes views. Lives on one thread.

mod backing_up;
pub mod clock;
mod commands;
mod converting;
mod import;
mod job_board;
mod jobs;
mod latest_view;
mod merging;
mod notices;
mod pace;
pub(in crate::session) mod pretraining;
mod projects;
mod runs;
pub mod session;
pub mod settings;
mod storage;

#[cfg(test)]
mod backing_up_tests;
#[cfg(test)]
mod converting_tests;
#[cfg(test)]
mod notices_tests;
#[cfg(test)]
mod runs_tests;
#[cfg(test)]
mod session_tests;
#[cfg(test)]
mod test_window;

use crate::jobs::{CancelReason, Jobs};
use crate::nn::Compute;
use crate::session::desk::clock::Clock;
use crate::session::desk::import::Importing;
use crate::session::desk::job_board::JobBoard;
use crate::session::desk::latest_view::LatestView;
use crate::session::desk::notices::{Notices, Tried};
use crate::session::desk::pace::Pace;
use crate::session::desk::runs::Parked;
use crate::session::desk::settings::Places;
use crate::session::project::core::Core;
use crate::session::project::told::Told;
use crate::session::protocol::command::Command;
use crate::session::protocol::task::Report;
use crate::session::protocol::view::{NoticeKind, Offer, View};
use crate::session::services::header::HeaderService;
use crate::session::services::heat::HeatService;
use crate::session::services::picture::PictureService;
use crate::session::services::preview::PreviewService;
use crate::session::services::sources::Sources;
use crate::session::services::thumbnail::ThumbnailService;
use crate::session::services::values::ValuesService;
use crossbeam_channel::Sender;
use jiff::Zoned;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What reaches the session's thread.
pub(in crate::session) enum Message {
    Command(Box<Command>),
    /// Of a job that was started for the project with this number.
    Report {
        project: u64,
        tried: Tried,
        report: Box<Report>,
    },
    /// All that the jobs of a project that is not open had to say up to now is taken in.
    Settle {
        project: u64,
    },
    /// A job moved on or ended.
    Jobs,
    Quit,
}

/// The services whose threads make pictures.
pub(in crate::session) struct Services {
    pub sources: Sources,
    pub pictures: Arc<PictureService>,
    pub thumbnails: Arc<ThumbnailService>,
    pub heat: Arc<HeatService>,
    pub previews: Arc<PreviewService>,
    pub headers: Arc<HeaderService>,
    pub values: Arc<ValuesService>,
}

/// What the session's thread has before it: at most one open project, those whose runs go on, an import, jobs and notices.
pub(in crate::session) struct Desk {
    pub places: Places,
    pub compute: Compute,
    pub board: JobBoard,
    pub inbox: Sender<Message>,
    pub services: Services,
    pub shown: LatestView,
    pub(in crate::session) core: Option<Core>,
    /// Which project is open, so that reports for an earlier one are not taken in.
    pub(in crate::session) project: u64,
    /// The last number given to a project.
    last_project: u64,
    /// Projects that are closed but for their runs.
    pub(in crate::session) parked: Vec<Parked>,
    /// When it was last written how far a run is.
    pub(in crate::session) noted_run: Option<Instant>,
    pub(in crate::session) clock: Clock,
    /// When the open project is copied again.
    pub(in crate::session) next_backup: Option<Instant>,
    /// When the window was shown something last.
    pub(in crate::session) pace: Pace,
    pub(in crate::session) importing: Importing,
    pub(in crate::session) notices: Notices,
    /// What is published, but for the project, the notices and the jobs.
    pub(in crate::session) view: View,
}

impl Desk {
    pub(in crate::session) fn new(
        (places, clock): (Places, Clock),
        compute: Compute,
        jobs: Jobs,
        inbox: Sender<Message>,
        services: Services,
        shown: LatestView,
    ) -> Self {
        // Before anything of them is read.
        let mended = places.mend();
        let view = View {
            recent: Arc::new(places.recent_lines(&Zoned::now())),
            device: compute.describe(),
            pretrained: Arc::new(pretraining::views(&places.shelf(), |_| None)),
            unfinished: places.unfinished().map(Arc::new),
            keys: Arc::new(places.keys()),
            preferences: Arc::new(places.preferences()),
            map_methods: places.map_methods(),
            ..View::default()
        };
        let note = compute.note().map(str::to_owned);
        let mut desk = Self {
            places,
            compute,
            board: JobBoard::new(jobs),
            inbox,
            services,
            shown,
            core: None,
            project: 0,
            last_project: 0,
            parked: Vec::new(),
            noted_run: None,
            clock,
            next_backup: None,
            pace: Pace::default(),
            importing: Importing::default(),
            notices: Notices::default(),
            view,
        };
        if let Some(note) = note {
            desk.notice(NoticeKind::Warning, note);
        }
        for said in mended {
            desk.notice(NoticeKind::Warning, said);
        }
        desk
    }

    /// Takes one message in; `false` when the thread should end.
    pub(in crate::session) fn handle(&mut self, message: Message) -> bool {
        match message {
            Message::Command(command) => self.command(*command),
            Message::Report { project, tried, report } if project == self.project => self.report(tried, *report),
            Message::Report { project, tried, report } => self.report_elsewhere(project, tried, *report),
            Message::Settle { project } => self.settle(project),
            Message::Jobs => {}
            Message::Quit => {
                self.close();
                self.remember_runs();
                self.board.jobs().cancel_all(CancelReason::Closing);
                return false;
            }
        }
        self.collect();
        self.back_up_when_due();
        true
    }

    /// Makes what changed visible to whoever asks for the view.
    pub(in crate::session) fn publish(&mut self) {
        self.follow_core();
        self.view.elsewhere = self.elsewhere();
        self.view.project = self.core.as_ref().map(|core| Arc::new(core.view().clone()));
        let core = self.core.as_ref();
        let would_undo = |what| core.is_none_or(|core| core.would_undo(what));
        self.notices.undo_is(core.and_then(|core| core.view().undo.as_deref()), would_undo);
        self.view.notices = self.notices.list().to_vec();
        self.view.past = self.notices.past();
        self.shown.show(self.view.clone(), self.board.jobs());
        self.pace.shown(Instant::now());
    }

    /// How long it may still take until the window is shown what has come.
    pub(in crate::session) fn until_shown(&self) -> Duration {
        self.pace.wait(Instant::now(), &self.shown.newest().jobs, self.board.jobs().snapshot())
    }

    /// Whether a timer should wake the thread, to count the time left down.
    pub(in crate::session) fn busy(&self) -> bool {
        !self.shown.newest().jobs.is_empty()
    }

    /// Says what went wrong or was done; about the open project where there is one.
    pub(in crate::session) fn notice(&mut self, kind: NoticeKind, text: impl Into<String>) {
        self.offer(kind, text.into(), None);
    }

    /// The same with something that can be done about it.
    pub(in crate::session) fn offer(&mut self, kind: NoticeKind, text: String, offer: Option<Offer>) {
        let project = self.project_name();
        self.notices.put(kind, text, offer, project);
    }

    /// The open project's, which what is said is about.
    fn project_name(&self) -> Option<String> {
        self.core.as_ref().map(|core| core.view().name.clone())
    }

    /// Says what went wrong with what was tried.
    pub(in crate::session) fn failed_to(&mut self, tried: Tried, text: impl Into<String>) {
        let project = self.project_name();
        self.notices.put_failed(tried, text.into(), None, project);
    }

    /// Says what went wrong where something could not be stored; that it could is no news, but ends what was said before.
    pub(in crate::session) fn stored(&mut self, tried: Tried, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.notices.succeeded(tried),
            Err(text) => self.failed_to(tried, text),
        }
    }

    /// Says what the open project has to tell; what went wrong is that with what was tried.
    pub(in crate::session) fn pass_on(&mut self, tried: Tried, told: Told) {
        let Told { kind, text, undoable } = told;
        match (kind, undoable) {
            (NoticeKind::Error, _) => self.failed_to(tried, text),
            (_, Some(undoable)) => {
                let project = self.project_name();
                self.notices.put_undoable(undoable, text, project);
            }
            (NoticeKind::Passing | NoticeKind::Info | NoticeKind::Warning, None) => self.notice(kind, text),
        }
    }

    /// Says something about a project that is not open.
    pub(in crate::session) fn notice_elsewhere(&mut self, kind: NoticeKind, text: String, offer: Option<Offer>) {
        self.notices.put(kind, text, offer, None);
    }
}
