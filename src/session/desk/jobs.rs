//! The desk's jobs: starting them, showing how far they are, and taking their ends in.

use crate::jobs::{CancelReason, JobContext, JobError, JobId, JobState, Jobs};
use crate::session::desk::job_board::{Ended, Kind};
use crate::session::desk::latest_view::LatestView;
use crate::session::desk::notices::Tried;
use crate::session::desk::{Desk, Message};
use crate::session::importing::create::{self, Created};
use crate::session::project::reporting::WRITING_REPORT;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, TaskKind, Work};
use crate::session::protocol::view::{JobKind, JobView, NoticeKind, Offer};
use crate::session::protocol::words;
use crate::training::TrainEvent;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

impl Desk {
    /// Runs work of the open project in a job; it follows from what was tried.
    pub(in crate::session) fn start(&mut self, tried: Tried, work: Work) {
        self.start_for(self.project, tried, work);
    }

    /// Runs work of a project in a job.
    pub(in crate::session) fn start_for(&mut self, project: u64, tried: Tried, work: Work) {
        let (kind, tried) = match work.kind() {
            TaskKind::Predict => (Kind::Predict, Tried::Predict),
            TaskKind::Train(run) => (Kind::Train { run, project }, Tried::Train),
            TaskKind::Other => (Kind::Other, tried),
        };
        let attempt = self.notices.attempt(tried);
        let (inbox, compute) = (self.inbox.clone(), self.compute.clone());
        let name = work.name();
        self.board.start((kind, project), &name, move |context| {
            work.run(&compute, &|| order(context), &mut |report| {
                progress(context, &report);
                if !matches!(report, Report::Progress { .. }) {
                    // Without a receiver the program is ending.
                    let _ = inbox.send(Message::Report { project, tried, report: Box::new(report) });
                }
            });
            Ok::<_, String>(Ended::Said(context.cancelled().is_none().then_some(attempt)))
        });
    }

    /// Runs the making of a project in a job.
    pub(in crate::session) fn spawn<F>(&mut self, kind: Kind, name: &str, make: F)
    where
        F: FnOnce(create::ScanProgress) -> Result<Created, SessionError> + Send + 'static,
    {
        if self.board.runs(kind) {
            return self.notice(NoticeKind::Warning, "a project is being made: wait for it, or cancel it");
        }
        let job = self.board.start((kind, self.project), name, move |context| {
            let made = make(&|done, total| files_done(context, done, total));
            let made = made.map_err(|error| context.cancelled().is_none().then(|| error.to_string()));
            Ok::<_, String>(Ended::Created(made))
        });
        if let Some(import) = &mut self.view.import {
            Arc::make_mut(import).adding = Some(job);
        }
    }

    pub(in crate::session) fn created(&mut self, created: Result<Created, Option<String>>) {
        if created.is_ok() {
            self.notices.succeeded(Tried::Make);
        }
        match created {
            // Whoever works on another project goes on there: the next keys would be for what has just come.
            Ok(created) if self.core.is_some() && self.view.import.is_none() => {
                let name = created.project.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let offer = Some(Offer::Open(created.project.clone()));
                self.notice_elsewhere(NoticeKind::Info, format!("{name} is made"), offer);
            }
            Ok(created) => {
                self.dismiss_import();
                self.open(&created.project);
                self.left_out(&created.report);
            }
            Err(why) => {
                if let Some(import) = &mut self.view.import {
                    Arc::make_mut(import).adding = None;
                }
                if let Some(why) = why {
                    self.failed_to(Tried::Make, why);
                }
            }
        }
    }

    /// Takes the ends of jobs in.
    pub(in crate::session) fn collect(&mut self) {
        while let Some((kind, project, end)) = self.board.next_end() {
            self.pace.news();
            if self.is_parked(project) {
                self.ended_elsewhere(project);
            }
            if matches!(kind, Kind::Download(_)) {
                self.refresh_pretrained();
            }
            match end {
                Ok(ended) => self.ended(ended),
                Err(JobError::Cancelled(_)) => {}
                Err(error) => self.failed(kind, error.to_string()),
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::SourceRead(found) => self.found(*found),
            Ended::Previewed { project, new, report } if project == self.project => self.previewed(&new, report),
            Ended::Planned(planned) => self.planned(*planned),
            Ended::Created(created) => self.created(created),
            Ended::Measured(lines) => self.measured(lines),
            Ended::Kept(kept) => self.kept(*kept),
            Ended::Said(Some(attempt)) => self.notices.ended(attempt),
            Ended::Said(None) | Ended::Previewed { .. } => {}
        }
    }

    /// Asks one job to end, whatever it is for.
    pub(super) fn end_job(&self, id: u64, reason: CancelReason) {
        self.board.jobs().cancel(JobId(id), reason);
    }

    fn failed(&mut self, kind: Kind, why: String) {
        match kind {
            Kind::Train { run, project } if project == self.project => {
                self.report(Tried::Train, Report::Trained { run, outcome: Box::new(Err(why)) });
            }
            Kind::Train { run, project } if self.is_parked(project) => {
                self.report_elsewhere(project, Tried::Train, Report::Trained { run, outcome: Box::new(Err(why)) });
            }
            Kind::Scan => self.reading_failed(why),
            Kind::Create | Kind::Add => self.created(Err(Some(why))),
            Kind::Predict => self.failed_to(Tried::Predict, why),
            Kind::Download(name) => self.failed_to(Tried::download(name), why),
            Kind::Train { .. } | Kind::Preview | Kind::Other => self.notice(NoticeKind::Error, why),
        }
    }
}

/// What the job was asked.
fn order(context: &JobContext) -> Order {
    match context.cancelled() {
        None => Order::Go,
        Some(CancelReason::Stop) => Order::Stop,
        Some(CancelReason::Superseded | CancelReason::Cancel) => Order::Cancel,
        Some(CancelReason::Closing) => Order::Leave,
    }
}

pub(in crate::session) fn files_done(context: &JobContext, done: usize, total: usize) -> bool {
    context
        .progress(done as f32 / total.max(1) as f32, format!("{} of {}", words::thousands(done), words::images(total)));
    context.cancelled().is_none()
}

/// How often something long on the session's own thread shows how far it is.
const IN_SIGHT: Duration = Duration::from_millis(100);

/// Does something long on the session's own thread, which publishes no views meanwhile.
pub(in crate::session) fn in_sight<T>(
    context: &JobContext,
    jobs: &Jobs,
    shown: &LatestView,
    work: impl FnOnce(create::ScanProgress) -> T,
) -> T {
    let last = Mutex::new(Instant::now());
    work(&|done, total| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= IN_SIGHT {
            context.progress(done as f32 / total.max(1) as f32, "writing");
            shown.show_jobs(jobs);
            *last = Instant::now();
        }
        context.cancelled().is_none()
    })
}

/// Shows a report in the status bar.
fn progress(context: &JobContext, report: &Report) {
    match report {
        Report::Progress { done, total, text } => {
            context.progress(*done as f32 / (*total).max(1) as f32, text.clone());
        }
        Report::Training { event: TrainEvent::Preparing { done, total }, .. } => {
            context.message(format!("preparing {done} of {total}"));
        }
        Report::Training { event: TrainEvent::Step { epoch, epochs, step, steps, seconds_left, .. }, .. } => {
            let within = *step as f32 / (*steps).max(1) as f32;
            let whole = (epoch.saturating_sub(1) as f32 + within) / (*epochs).max(1) as f32;
            context.seconds_left(*seconds_left);
            context.progress(whole, format!("epoch {epoch} of {epochs}"));
        }
        _ => {}
    }
}

/// What a job is about, from what it is called.
pub(in crate::session) fn job_kind(name: &str) -> JobKind {
    match name {
        READING | MAKING | MAKING_DEMO | ADDING => JobKind::Import,
        name if name.starts_with("Training ") => JobKind::Training,
        name if name.starts_with("Sweep ") => JobKind::Sweep,
        name if name.starts_with("Exporting ") => JobKind::Export,
        WRITING_REPORT => JobKind::Export,
        _ => JobKind::Other,
    }
}

/// What jobs that take images in are called.
pub(in crate::session) const READING: &str = "Reading what is to be imported";
pub(in crate::session) const MAKING: &str = "Making the project";
pub(in crate::session) const MAKING_DEMO: &str = "Making the demo";
pub(in crate::session) const ADDING: &str = "Adding images";

pub(in crate::session) fn job_view(job: JobState) -> JobView {
    let ending = job.ending.is_some();
    JobView {
        id: job.id.0,
        kind: job_kind(&job.name),
        name: job.name,
        progress: job.progress,
        seconds_left: job.seconds_left.filter(|_| !ending),
        message: if ending { "ending".into() } else { job.message },
        cancellable: job.cancellable && !ending,
    }
}
