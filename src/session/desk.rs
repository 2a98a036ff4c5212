//! The session's side of the window: carries commands out, runs jobs, and publishes views. Lives on one thread.

use super::command::{Command, StartFrom};
use super::core::Core;
use super::create::{self, Created};
use super::demo;
use super::desk_jobs::{Kind, Running};
use super::header_service::HeaderService;
use super::heat_service::HeatService;
use super::picture_service::PictureService;
use super::pretraining;
use super::preview_service::PreviewService;
use super::settings::Places;
use super::shown::Shown;
use super::sources::Sources;
use super::staging::Opened;
use super::thumbnail_service::ThumbnailService;
use super::view::*;
use super::words;
use super::work::{Report, Work};
use crate::domain::ImageId;
use crate::interchange::Reading;
use crate::jobs::{CancelReason, Jobs};
use crate::nn::Compute;
use crate::store::RecentEntry;
use crossbeam_channel::Sender;
use jiff::Zoned;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Notices kept at most; older ones go first.
const NOTICES: usize = 20;

/// What reaches the session's thread.
pub(super) enum Message {
    Command(Box<Command>),
    /// Of a job that was started for the project with this number.
    Report {
        project: u64,
        report: Box<Report>,
    },
    /// A job moved on or ended.
    Jobs,
    Quit,
}

/// The services whose threads make pictures.
pub(super) struct Services {
    pub sources: Sources,
    pub pictures: Arc<PictureService>,
    pub thumbnails: Arc<ThumbnailService>,
    pub heat: Arc<HeatService>,
    pub previews: Arc<PreviewService>,
    pub headers: Arc<HeaderService>,
}

pub(super) struct Desk {
    pub places: Places,
    pub compute: Compute,
    pub jobs: Jobs,
    pub inbox: Sender<Message>,
    pub services: Services,
    pub shown: Shown,
    pub(super) core: Option<Core>,
    /// Which project is open, so that reports for an earlier one are not taken in.
    pub(super) project: u64,
    pub(super) running: Vec<Running>,
    /// What the import dialog shows, as it was read.
    pub(super) reading: Option<Arc<Reading>>,
    /// The source of that, opened.
    pub(super) opened: Option<Arc<Opened>>,
    /// The project that it may become or go to, beside which is noted what was seen.
    pub(super) importing_into: Option<PathBuf>,
    pub(super) view: View,
    last_notice: u64,
}

impl Desk {
    pub(super) fn new(
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
    pub(super) fn handle(&mut self, message: Message) -> bool {
        match message {
            Message::Command(command) => self.command(*command),
            Message::Report { project, report } if project == self.project => self.report(*report),
            Message::Report { .. } | Message::Jobs => {}
            Message::Quit => {
                self.close();
                self.jobs.cancel_all(CancelReason::Closing);
                return false;
            }
        }
        self.collect();
        true
    }

    /// Makes what changed visible to whoever asks for the view.
    pub(super) fn publish(&mut self) {
        self.follow_core();
        self.view.project = self.core.as_ref().map(|core| Arc::new(core.view().clone()));
        self.shown.show(self.view.clone(), &self.jobs);
    }

    /// Whether a timer should wake the thread, to count the time left down.
    pub(super) fn busy(&self) -> bool {
        !self.shown.newest().jobs.is_empty()
    }

    /// Says what went wrong or was done; about the open project where there is one.
    pub(super) fn notice(&mut self, kind: NoticeKind, text: impl Into<String>) {
        let (text, of_project) = (text.into(), self.core.is_some());
        self.last_notice += 1;
        self.view.notices.retain(|n| n.text != text && (kind != NoticeKind::Passing || n.kind != kind));
        self.view.notices.push(Notice { id: self.last_notice, kind, text, of_project });
        let surplus = self.view.notices.len().saturating_sub(NOTICES);
        self.view.notices.drain(..surplus);
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
                self.spawn(Kind::Create, "Making the project", move |progress| match reading {
                    Some((reading, opened)) => create::create_project_of(&opened, &new, &reading, progress),
                    None => create::create_project(&new, progress),
                });
            }
            Command::CreateDemo { kind, images, seed, dir } => {
                let dir = dir.unwrap_or_else(|| self.places.new_demo(kind.name()));
                self.spawn(Kind::Create, "Making the demo", move |progress| {
                    let project = demo::create_demo(kind, images, seed, &dir, progress)?;
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
            Command::TrainFrom { recipe, start: StartFrom::Pretrained(name) } => {
                self.train_from_pretrained(recipe, &name);
            }
            Command::Download(name) => self.download(&name),
            other => self.in_project(other),
        }
    }

    /// A command about the open project.
    pub(super) fn in_project(&mut self, command: Command) {
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
        let outcome = core.apply(command, &self.compute);
        if let Some(image) = looked {
            let near = neighbours(core.view(), image);
            self.services.pictures.ahead(&near);
        }
        if supersedes && outcome.is_ok() {
            self.end(Kind::Predict, CancelReason::Superseded);
        }
        self.follow_up(outcome);
    }

    pub(super) fn report(&mut self, report: Report) {
        if let Some(core) = self.core.as_mut() {
            let outcome = core.take(report);
            self.follow_up(outcome);
        }
    }

    pub(super) fn follow_up(&mut self, outcome: Result<Vec<Work>, super::SessionError>) {
        match outcome {
            Ok(work) => work.into_iter().for_each(|work| self.start(work)),
            Err(error) => self.notice(NoticeKind::Error, error.to_string()),
        }
    }

    pub(super) fn open(&mut self, path: &Path) {
        self.close();
        let mut core = match Core::open(path) {
            Ok(core) => core,
            Err(error) => {
                self.notice(NoticeKind::Error, error.to_string());
                return self.refresh_recent();
            }
        };
        core.adopt_reader(&self.places.reader());
        if let Some(why) = core.view().read_only.clone() {
            self.notice(NoticeKind::Warning, why);
        }
        let work = core.opening_work();
        self.core = Some(core);
        self.follow_up(Ok(work));
        self.remember();
        self.refresh_recent();
    }

    fn close(&mut self) {
        self.remember();
        let project = self.project;
        for running in &self.running {
            if !matches!(running.kind, Kind::Scan | Kind::Create | Kind::Download(_)) {
                running.handle.cancel(CancelReason::Closing);
            }
        }
        self.project = project + 1;
        if self.core.take().is_some() {
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
        };
        if let Err(error) = self.places.recent().remember(entry) {
            tracing::warn!(%error, "the list of recent projects was not written");
        }
    }

    fn refresh_recent(&mut self) {
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
    pub(super) fn end(&self, kind: Kind, reason: CancelReason) {
        for running in self.running.iter().filter(|r| r.kind == kind) {
            running.handle.cancel(reason);
        }
    }

    fn end_training(&mut self, reason: CancelReason) {
        let training = self.running.iter().filter(|r| matches!(r.kind, Kind::Train { .. }));
        for running in training {
            running.handle.cancel(reason);
        }
    }

    /// Whether a run of a project that was closed has not noticed yet.
    fn run_ends(&self) -> bool {
        let project = self.project;
        self.running.iter().any(|r| matches!(r.kind, Kind::Train { project: of, .. } if of != project))
    }
}

/// The images most likely looked at next: the two after this one in the queue, and the one before.
fn neighbours(view: &ProjectView, image: ImageId) -> Vec<ImageId> {
    let id = |place: usize| Some(view.rows.get(*view.queue.get(place)? as usize)?.id);
    let at = view.queue.iter().position(|&row| view.rows.get(row as usize).is_some_and(|r| r.id == image));
    let Some(at) = at else { return Vec::new() };
    [Some(at + 1), Some(at + 2), at.checked_sub(1)].into_iter().flatten().filter_map(id).collect()
}
