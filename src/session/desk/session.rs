//! The workbench behind the window: a thread that owns the project, and worker threads for pictures.

use crate::domain::ImageId;
use crate::jobs::{CancelReason, JobId, Jobs};
use crate::nn::Compute;
use crate::session::Workbench;
use crate::session::desk::clock::Clock;
use crate::session::desk::latest_view::LatestView;
use crate::session::desk::pace;
use crate::session::desk::settings::Places;
use crate::session::desk::{Desk, Message, Services};
use crate::session::protocol::command::{Command, DeskCommand};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::pictures::{
    Fetched, Header, HeatPicture, MapRequest, Picture, PictureRequest, Preview, PreviewRequest, Thumbnail, Values,
    ValuesRequest,
};
use crate::session::protocol::view::{NoticeKind, View};
use crate::session::services::header::HeaderService;
use crate::session::services::heat::HeatService;
use crate::session::services::picture::PictureService;
use crate::session::services::preview::PreviewService;
use crate::session::services::sources::Sources;
use crate::session::services::thumbnail::ThumbnailService;
use crate::session::services::values::ValuesService;
use crate::session::services::worker::Repaint;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is looked whether rows can be freed.
const SWEEP: Duration = Duration::from_millis(500);
/// Messages taken in before a view is published at the latest.
const BUNCH: usize = 64;

/// How many of some kind of command were handed over, and how many of them are carried out and published.
#[derive(Default)]
struct Handed {
    sent: AtomicU64,
    done: AtomicU64,
}

impl Handed {
    fn any_left(&self) -> bool {
        self.sent.load(Ordering::Acquire) != self.done.load(Ordering::Acquire)
    }
}

/// What was handed over: all commands, and those among them that change something.
#[derive(Default)]
struct Commands {
    all: Handed,
    changes: Handed,
}

/// What a session is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where settings, the recent list and demos are.
    pub places: Places,
    /// What computes.
    pub compute: Compute,
    /// A project to open at once.
    pub open: Option<PathBuf>,
    /// What tells when something is due.
    pub clock: Clock,
}

impl Options {
    /// This user's folders and the given device.
    pub fn new(compute: Compute) -> Self {
        Self { places: Places::of_user(), compute, open: None, clock: Clock::default() }
    }

    /// This user's folders and the fastest device of this machine; `open` is a project to open at once.
    pub fn of_this_machine(open: Option<PathBuf>) -> Result<Self, SessionError> {
        let compute = Compute::parse("auto").map_err(|e| SessionError::refused(e.to_string()))?;
        Ok(Self { open, ..Self::new(compute) })
    }
}

/// A running session. Dropping it ends its threads; a training run can be resumed afterwards.
pub struct Session {
    inbox: Sender<Message>,
    shown: LatestView,
    pictures: Arc<PictureService>,
    thumbnails: Arc<ThumbnailService>,
    heat: Arc<HeatService>,
    previews: Arc<PreviewService>,
    headers: Arc<HeaderService>,
    values: Arc<ValuesService>,
    jobs: Jobs,
    commands: Arc<Commands>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Starts the session's threads. `repaint` is called from them whenever there is something new to see; it must not
    /// block.
    pub fn start(options: Options, repaint: impl Fn() + Send + Sync + 'static) -> Result<Self, SessionError> {
        let Options { places, compute, open, clock } = options;
        let repaint: Repaint = Arc::new(repaint);
        let refused = |e: std::io::Error| SessionError::refused(format!("the system starts no more threads: {e}"));
        let (inbox, messages) = unbounded();
        let sources = Sources::default();
        let pictures = Arc::new(PictureService::start(sources.clone(), repaint.clone()).map_err(refused)?);
        let thumbnails = Arc::new(ThumbnailService::start(sources.clone(), repaint.clone()).map_err(refused)?);
        let heat = HeatService::start(sources.clone(), pictures.clone(), compute.clone(), repaint.clone());
        let heat = Arc::new(heat.map_err(refused)?);
        let previews = PreviewService::start(sources.clone(), pictures.clone(), repaint.clone());
        let previews = Arc::new(previews.map_err(refused)?);
        let headers = Arc::new(HeaderService::start(sources.clone(), repaint.clone()).map_err(refused)?);
        let values = ValuesService::start(sources.clone(), pictures.clone(), repaint.clone());
        let values = Arc::new(values.map_err(refused)?);
        let waiting = Arc::new(AtomicBool::new(false));
        let jobs = {
            let (inbox, waiting) = (inbox.clone(), waiting.clone());
            Jobs::new(move || {
                // One message is enough however many jobs moved on meanwhile.
                if !waiting.swap(true, Ordering::AcqRel) {
                    let _ = inbox.send(Message::Jobs);
                }
            })
        };
        let shown = LatestView::new(repaint.clone());
        let services = Services {
            sources,
            pictures: pictures.clone(),
            thumbnails: thumbnails.clone(),
            heat: heat.clone(),
            previews: previews.clone(),
            headers: headers.clone(),
            values: values.clone(),
        };
        let mut desk = Desk::new((places, clock), compute, jobs.clone(), inbox.clone(), services, shown.clone());
        let commands = Arc::new(Commands::default());
        let served = commands.clone();
        if let Some(path) = open {
            commands.all.sent.fetch_add(1, Ordering::AcqRel);
            let _ = inbox.send(Message::Command(Box::new(Command::Desk(DeskCommand::OpenProject(path)))));
        }
        // The first view must be there before the window asks for it.
        desk.publish();
        let thread = std::thread::Builder::new().name("session".into());
        let thread = thread.spawn(move || serve(desk, &messages, &waiting, &served)).map_err(refused)?;
        Ok(Self {
            inbox,
            shown,
            pictures,
            thumbnails,
            heat,
            previews,
            headers,
            values,
            jobs,
            commands,
            thread: Some(thread),
        })
    }

    /// The jobs, to wait for them in tests.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Whether all that was sent is carried out and in the view, to wait for it in tests: a move to another image is no
    /// change, so that nothing says of it that it is not saved yet.
    pub fn caught_up(&self) -> bool {
        !self.commands.all.any_left()
    }
}

/// The session's thread.
fn serve(mut desk: Desk, messages: &Receiver<Message>, waiting: &AtomicBool, served: &Commands) {
    loop {
        let (busy, sweep) = (desk.busy(), desk.shown.sweep());
        let waits = [sweep.then_some(SWEEP), busy.then(|| desk.until_shown()), desk.until_backup()];
        let first = if let Some(wait) = waits.into_iter().flatten().min() {
            match messages.recv_timeout(wait) {
                Ok(message) => message,
                // Only rows are to be freed.
                Err(RecvTimeoutError::Timeout)
                    if !busy && desk.until_backup().is_none_or(|left| left > Duration::ZERO) =>
                {
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => Message::Jobs,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match messages.recv() {
                Ok(message) => message,
                Err(_) => return,
            }
        };
        let (mut all, mut changes) = (0, 0);
        for message in std::iter::once(first).chain(messages.try_iter().take(BUNCH)) {
            if !pace::is_progress(&message) {
                desk.pace.news();
            }
            match &message {
                Message::Jobs => waiting.store(false, Ordering::Release),
                Message::Command(command) => {
                    all += 1;
                    changes += u64::from(command.is_change());
                }
                Message::Report { .. } | Message::Settle { .. } | Message::Quit => {}
            }
            let handled = catch_unwind(AssertUnwindSafe(|| desk.handle(message)));
            match handled {
                Ok(true) => {}
                Ok(false) => return,
                // What was committed is on disk; the panic's text is in the log.
                Err(_) => {
                    let text =
                        "something in Overread went wrong; what was saved is safe: close the project and open it again";
                    desk.notice(NoticeKind::Error, text);
                    desk.pace.news();
                }
            }
        }
        if !desk.until_shown().is_zero() {
            // How far the jobs are is seen in a moment.
            continue;
        }
        desk.publish();
        served.changes.done.fetch_add(changes, Ordering::AcqRel);
        served.all.done.fetch_add(all, Ordering::AcqRel);
        // Last, so that whoever looks now sees the changes as saved.
        desk.shown.repaint();
    }
}

impl Workbench for Session {
    fn view(&self) -> Arc<View> {
        // Read before the view: a change that is committed between the two is then shown as unsaved once more, never
        // the other way round.
        let pending = self.commands.changes.any_left();
        let view = self.shown.newest();
        match &view.project {
            Some(project) if pending && project.saved => {
                let mut unsaved = (*view).clone();
                let mut project = (**project).clone();
                project.saved = false;
                unsaved.project = Some(Arc::new(project));
                Arc::new(unsaved)
            }
            _ => view,
        }
    }

    fn send(&self, command: Command) {
        // At once: the session's thread may be at that very job.
        if let Command::Desk(DeskCommand::CancelJob(id)) = command {
            self.jobs.cancel(JobId(id), CancelReason::Cancel);
            return;
        }
        if let Command::Desk(DeskCommand::StopJob(id)) = command {
            self.jobs.cancel(JobId(id), CancelReason::Stop);
            return;
        }
        if command.is_change() {
            self.commands.changes.sent.fetch_add(1, Ordering::AcqRel);
        }
        self.commands.all.sent.fetch_add(1, Ordering::AcqRel);
        // The thread only ends when this is dropped.
        let _ = self.inbox.send(Message::Command(Box::new(command)));
    }

    fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        self.pictures.pictures(requests)
    }

    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.thumbnails.thumbnail(image)
    }

    fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        self.heat.heat_maps(requests)
    }

    fn heat_progress(&self, request: &MapRequest) -> Option<(usize, usize)> {
        self.heat.progress(request)
    }

    fn drop_heat_map(&self) {
        self.heat.give_up();
    }

    fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        self.previews.preview(request)
    }

    fn header(&self, image: ImageId) -> Fetched<Header> {
        self.headers.header(image)
    }

    fn values(&self, request: ValuesRequest) -> Fetched<Values> {
        self.values.values(request)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.inbox.send(Message::Quit);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has already said so in the log.
            let _ = thread.join();
        }
    }
}
