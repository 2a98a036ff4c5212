//! The session's side of the window: carries commands out, runs jobs, and publishes views. Lives on one thread.

mod import;
mod jobs;
pub(in crate::session) mod pretraining;
mod runs;
pub mod session;
pub mod settings;
mod shown;

#[cfg(test)]
mod runs_tests;
#[cfg(test)]
mod session_tests;

use crate::domain::ImageId;
use crate::interchange::Reading;
use crate::jobs::{CancelReason, Jobs};
use crate::nn::Compute;
use crate::session::demo::making;
use crate::session::desk::jobs::{Kind, MAKING, MAKING_DEMO, Running};
use crate::session::desk::runs::{Parked, is_epoch, unfinished};
use crate::session::desk::settings::Places;
use crate::session::desk::shown::Shown;
use crate::session::importing::create::{self, Created};
use crate::session::importing::staging::Opened;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Command, StartFrom};
use crate::session::protocol::task::{Report, Work};
use crate::session::protocol::view::*;
use crate::session::protocol::words;
use crate::session::services::header::HeaderService;
use crate::session::services::heat::HeatService;
use crate::session::services::picture::PictureService;
use crate::session::services::preview::PreviewService;
use crate::session::services::sources::Sources;
use crate::session::services::thumbnail::ThumbnailService;
use crate::store::RecentEntry;
use crossbeam_channel::Sender;
use jiff::Zoned;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Notices kept at most; older ones go first.
const NOTICES: usize = 20;

/// What reaches the session's thread.
pub(in crate::session) enum Message {
    Command(Box<Command>),
    /// Of a job that was started for the project with this number.
    Report {
        project: u64,
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
}

pub(in crate::session) struct Desk {
    pub places: Places,
    pub compute: Compute,
    pub jobs: Jobs,
    pub inbox: Sender<Message>,
    pub services: Services,
    pub shown: Shown,
    pub(in crate::session) core: Option<Core>,
    /// Which project is open, so that reports for an earlier one are not taken in.
    pub(in crate::session) project: u64,
    /// Projects that are closed but for their runs.
    pub(in crate::session) parked: Vec<Parked>,
    /// When it was last written how far a run is.
    pub(in crate::session) noted_run: Option<Instant>,
    /// The last number given to a project.
    last_project: u64,
    pub(in crate::session) running: Vec<Running>,
    /// What the import dialog shows, as it was read.
    pub(in crate::session) reading: Option<Arc<Reading>>,
    /// The source of that, opened.
    pub(in crate::session) opened: Option<Arc<Opened>>,
    /// The project that it may become or go to, beside which is noted what was seen.
    pub(in crate::session) importing_into: Option<PathBuf>,
    pub(in crate::session) view: View,
    last_notice: u64,
}

impl Desk {
    pub(in crate::session) fn new(
        places: Places,
        compute: Compute,
        jobs: Jobs,
        inbox: Sender<Message>,
        services: Services,
        shown: Shown,
    ) -> Self {
        let view = View {
            recent: Arc::new(places.recent_lines(&Zoned::now())),
            device: compute.describe(),
            pretrained: Arc::new(pretraining::views(&places.shelf(), |_| None)),
            unfinished: places.unfinished().map(Arc::new),
            keys: Arc::new(places.keys()),
            ..View::default()
        };
        let (core, project, running, reading, opened, last_notice) = (None, 0, Vec::new(), None, None, 0);
        let importing_into = None;
        let note = compute.note().map(str::to_owned);
        let mut desk = Self {
            places,
            compute,
            jobs,
            inbox,
            services,
            shown,
            core,
            project,
            parked: Vec::new(),
            noted_run: None,
            last_project: project,
            running,
            reading,
            importing_into,
            opened,
            view,
            last_notice,
        };
        if let Some(note) = note {
            desk.notice(NoticeKind::Warning, note);
        }
        desk
    }

    /// Takes one message in; `false` when the thread should end.
    pub(in crate::session) fn handle(&mut self, message: Message) -> bool {
        match message {
            Message::Command(command) => self.command(*command),
            Message::Report { project, report } if project == self.project => self.report(*report),
            Message::Report { project, report } => self.report_elsewhere(project, *report),
            Message::Settle { project } => self.settle(project),
            Message::Jobs => {}
            Message::Quit => {
                self.close();
                self.remember_runs();
                self.jobs.cancel_all(CancelReason::Closing);
                return false;
            }
        }
        self.collect();
        true
    }

    /// Makes what changed visible to whoever asks for the view.
    pub(in crate::session) fn publish(&mut self) {
        self.follow_core();
        self.view.elsewhere = self.elsewhere();
        self.view.project = self.core.as_ref().map(|core| Arc::new(core.view().clone()));
        self.shown.show(self.view.clone(), &self.jobs);
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
        let of_project = self.core.is_some();
        self.put_up(Notice { id: 0, kind, text, offer, of_project });
    }

    /// Says something about a project that is not open.
    pub(in crate::session) fn notice_elsewhere(&mut self, kind: NoticeKind, text: String, offer: Option<Offer>) {
        self.put_up(Notice { id: 0, kind, text, offer, of_project: false });
    }

    fn put_up(&mut self, notice: Notice) {
        self.last_notice += 1;
        let passing = notice.kind == NoticeKind::Passing;
        let notices = &mut self.view.notices;
        // Of passing words the last is enough.
        notices.retain(|n| n.text != notice.text && !(passing && n.kind == NoticeKind::Passing));
        notices.push(Notice { id: self.last_notice, ..notice });
        let surplus = notices.len().saturating_sub(NOTICES);
        notices.drain(..surplus);
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::ReadSource(source) => self.read_source(source),
            Command::DismissImport => self.dismiss_import(),
            Command::ResumeImport => self.resume_import(),
            Command::ForgetImport => self.forget_unfinished(),
            Command::PreviewMerge(new) => self.preview_merge(new),
            Command::AddImages(new) => self.add_images(new),
            Command::CreateProject(new) => {
                let reading = self.reading_of(&new);
                self.spawn(Kind::Create, MAKING, move |progress| match reading {
                    Some((reading, opened)) => create::create_project_of(&opened, &new, &reading, progress),
                    None => create::create_project(&new, progress),
                });
            }
            Command::CreateDemo { kind, images, seed, dir } => {
                let dir = dir.unwrap_or_else(|| self.places.new_demo(kind.name()));
                self.spawn(Kind::Create, MAKING_DEMO, move |progress| {
                    let project = making::create_demo(kind, images, seed, &dir, progress)?;
                    Ok(Created { project, ..Created::default() })
                });
            }
            Command::OpenProject(path) => self.open(&path),
            Command::CloseProject => {
                self.close();
                self.refresh_recent();
            }
            Command::ForgetRecent(path) => {
                if let Err(error) = self.places.recent().forget(&path) {
                    self.notice(NoticeKind::Error, error.to_string());
                }
                self.refresh_recent();
            }
            Command::SetKeys(keys) => {
                if let Err(error) = self.places.set_keys(&keys) {
                    self.notice(NoticeKind::Error, format!("the keys hold until the program ends only: {error}"));
                }
                self.view.keys = Arc::new(keys);
            }
            Command::StopTraining => self.end_training(CancelReason::Stop),
            Command::CancelTraining => self.end_training(CancelReason::Cancel),
            Command::DismissNotice(id) => self.view.notices.retain(|n| n.id != id),
            Command::Train(_) | Command::TrainFrom { .. } | Command::ResumeRun(_) if self.run_ends() => {
                self.notice(NoticeKind::Warning, "the run before is still ending: try again in a moment");
            }
            Command::Train(_) | Command::TrainFrom { .. } | Command::ResumeRun(_)
                if let Some(name) = self.trains_elsewhere() =>
            {
                let text = format!("a run of {name} goes on in the background: wait for it, or stop it below");
                self.notice(NoticeKind::Warning, text);
            }
            Command::TrainFrom { recipe, start: StartFrom::Pretrained(name) } => {
                self.train_from_pretrained(recipe, &name);
            }
            Command::Download(name) => self.download(&name),
            other => self.in_project(other),
        }
    }

    /// A command about the open project.
    pub(in crate::session) fn in_project(&mut self, command: Command) {
        let Some(core) = self.core.as_mut() else {
            return self.notice(NoticeKind::Warning, "no project is open: open or make one first");
        };
        let looked = match &command {
            Command::Look { image } => Some(*image),
            _ => None,
        };
        if let Command::SetReader(name) = &command
            && let Err(error) = self.places.set_reader(name.trim())
        {
            tracing::warn!(%error, "the reader's name is not remembered for other projects");
        }
        let supersedes = matches!(command, Command::Promote(_) | Command::SetClasses(_));
        let decides = matches!(command, Command::Promote(_) | Command::Discard(_));
        let trains = matches!(
            command,
            Command::Train(_) | Command::TrainFrom { .. } | Command::ResumeRun(_) | Command::DiscardRun(_)
        );
        let outcome = core.apply(command, &self.compute);
        if let Some(image) = looked {
            let near = neighbours(core.view(), image);
            self.services.pictures.ahead(&near);
        }
        if supersedes && outcome.is_ok() {
            self.end(Kind::Predict, CancelReason::Superseded);
        }
        if trains && outcome.is_ok() {
            self.withdraw(&Offer::Train);
        }
        if decides && outcome.is_ok() {
            self.withdraw(&Offer::Evaluate);
        }
        self.follow_up(outcome);
        if trains {
            self.follow_run(false, true);
        }
    }

    pub(in crate::session) fn report(&mut self, report: Report) {
        if let Some(core) = self.core.as_mut() {
            let (trained, epoch) = (matches!(report, Report::Trained { .. }), is_epoch(&report));
            let outcome = core.take(report);
            self.follow_up(outcome);
            self.follow_run(trained, epoch);
        }
    }

    pub(in crate::session) fn follow_up(
        &mut self,
        outcome: Result<Vec<Work>, crate::session::protocol::error::SessionError>,
    ) {
        match outcome {
            Ok(work) => work.into_iter().for_each(|work| self.start(work)),
            Err(error) => self.notice(NoticeKind::Error, error.to_string()),
        }
    }

    /// Opens a project, or goes back to one whose run went on meanwhile.
    pub(in crate::session) fn open(&mut self, path: &Path) {
        self.close();
        let work = if let Some(Parked { project, mut core }) = self.unpark(path) {
            self.project = project;
            core.show_files_again();
            let work = core.opening_work();
            self.core = Some(core);
            work
        } else {
            let mut core = match Core::open(path) {
                Ok(core) => core,
                Err(error) => {
                    self.notice(NoticeKind::Error, error.to_string());
                    return self.refresh_recent();
                }
            };
            core.adopt_reader(&self.places.reader());
            let (work, read_only) = (core.opening_work(), core.view().read_only.clone());
            self.core = Some(core);
            if let Some(why) = read_only {
                self.notice(NoticeKind::Warning, why);
            }
            self.offer_resuming();
            work
        };
        self.withdraw_opening(path);
        self.follow_up(Ok(work));
        self.remember();
        self.refresh_recent();
    }

    /// Closes the open project; a run in it goes on.
    fn close(&mut self) {
        self.remember();
        let project = self.project;
        let goes_on = self.core.as_ref().is_some_and(|core| core.training_run().is_some());
        for running in self.running.iter().filter(|running| !self.is_parked(running.project)) {
            let stays = match running.kind {
                Kind::Scan | Kind::Create | Kind::Download(_) => true,
                Kind::Train { project: of, .. } => goes_on && of == project,
                Kind::Preview | Kind::Add | Kind::Predict | Kind::Other => false,
            };
            if !stays {
                running.handle.cancel(CancelReason::Closing);
            }
        }
        self.last_project += 1;
        self.project = self.last_project;
        if let Some(core) = self.core.take() {
            self.park(project, core);
            self.view.notices.retain(|notice| !notice.of_project);
            self.services.sources.set(&[], &HashSet::new(), None);
            self.reset_services();
        }
        self.services.heat.set_model(None);
    }

    /// Puts the open project, as it stands, at the head of the recent list.
    fn remember(&mut self) {
        let Some(view) = self.core.as_ref().map(Core::view) else { return };
        let reviewed = view.counts.images - view.counts.unreviewed;
        let entry = RecentEntry {
            path: view.path.clone(),
            name: view.name.clone(),
            summary: format!("{}, {reviewed} reviewed", words::images(view.counts.images)),
            opened_ms: words::now_ms(),
            run: self.core.as_ref().and_then(|core| unfinished(core.runs())),
        };
        if let Err(error) = self.places.recent().remember(entry) {
            tracing::warn!(%error, "the list of recent projects was not written");
        }
    }

    pub(in crate::session) fn refresh_recent(&mut self) {
        self.view.recent = Arc::new(self.places.recent_lines(&Zoned::now()));
    }

    /// Hands on what changed in the core to the services and the notices.
    fn follow_core(&mut self) {
        let Some(core) = self.core.as_mut() else { return };
        let notices = core.take_notices();
        if core.take_sources_changed() {
            let kept = core.view().read_only.is_none().then(|| core.store().thumbnails());
            self.services.sources.set(core.images(), core.missing(), kept);
            self.reset_services();
        }
        if let Some(core) = &self.core {
            let usable = core.active_model().filter(|model| core.problem(model.id).is_none());
            self.services.heat.set_model(usable.map(|model| (model.id, model.file.clone())));
        }
        for (kind, text) in notices {
            self.notice(kind, text);
        }
    }

    fn reset_services(&self) {
        self.services.pictures.reset();
        self.services.thumbnails.reset();
        self.services.heat.reset();
        self.services.previews.reset();
        self.services.headers.reset();
    }

    /// Asks the jobs of a kind to end.
    pub(in crate::session) fn end(&self, kind: Kind, reason: CancelReason) {
        for running in self.running.iter().filter(|r| r.kind == kind) {
            running.handle.cancel(reason);
        }
    }
}

/// The images most likely looked at next: the two after this one in the queue, and the one before.
fn neighbours(view: &ProjectView, image: ImageId) -> Vec<ImageId> {
    let id = |place: usize| Some(view.rows.get(*view.queue.get(place)? as usize)?.id);
    let at = view.queue.iter().position(|&row| view.rows.get(row as usize).is_some_and(|r| r.id == image));
    let Some(at) = at else { return Vec::new() };
    [Some(at + 1), Some(at + 2), at.checked_sub(1)].into_iter().flatten().filter_map(id).collect()
}
