//! Which jobs the desk has started and for which project: started, counted, ended, and their ends taken off.

use crate::domain::{ImportReport, RunId};
use crate::jobs::{CancelReason, JobContext, JobError, JobHandle, Jobs};
use crate::session::desk::backing_up::Kept;
use crate::session::desk::import::Planned;
use crate::session::desk::notices::Attempt;
use crate::session::importing::create::Created;
use crate::session::importing::find::SourceRead;
use crate::session::protocol::command::NewProject;
use crate::session::protocol::storage::StorageLine;

/// A job the desk started.
struct Running {
    handle: JobHandle<Ended>,
    kind: Kind,
    /// The project that was open when it was started.
    project: u64,
}

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Kind {
    Scan,
    /// Compares what was read with the open project.
    Preview,
    /// Works out how what was read is added to the open project.
    Add,
    Create,
    Predict,
    Train {
        run: RunId,
        project: u64,
    },
    /// Of the weights of this name; goes on when the project is closed.
    Download(&'static str),
    Other,
}

/// What a job ended with. It comes with the job's end and not before, so that whoever hears of it can start the next.
pub(in crate::session) enum Ended {
    /// All it had to say came as reports, or there was nothing. What it tried; absent where it was cancelled.
    Said(Option<Attempt>),
    SourceRead(Box<SourceRead>),
    /// What adding a source to the project with this number would do.
    Previewed {
        project: u64,
        new: Box<NewProject>,
        report: Result<ImportReport, String>,
    },
    Planned(Box<Planned>),
    /// What lies where on the disk.
    Measured(Vec<StorageLine>),
    /// A backup, or a repair with one.
    Kept(Box<Kept>),
    /// Else why it could not be made; nothing where it was cancelled.
    Created(Result<Created, Option<String>>),
}

/// The jobs that are going on, with what each is for.
pub(in crate::session) struct JobBoard {
    jobs: Jobs,
    running: Vec<Running>,
}

impl JobBoard {
    /// An empty board over these jobs.
    pub fn new(jobs: Jobs) -> Self {
        Self { jobs, running: Vec::new() }
    }

    /// The jobs themselves, to show how far they are.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Starts one that can be cancelled; its number.
    pub fn start<E: std::fmt::Display>(
        &mut self,
        (kind, project): (Kind, u64),
        name: &str,
        work: impl FnOnce(&JobContext) -> Result<Ended, E> + Send + 'static,
    ) -> u64 {
        let handle = self.jobs.spawn(name, true, work);
        let id = handle.id().0;
        self.running.push(Running { handle, kind, project });
        id
    }

    /// Whether one of this kind goes on.
    pub fn runs(&self, kind: Kind) -> bool {
        self.running.iter().any(|running| running.kind == kind)
    }

    /// Whether something goes on for a project whose result would be shown.
    pub fn is_busy(&self, project: u64) -> bool {
        self.running.iter().filter(|running| running.project == project).any(|running| match running.kind {
            Kind::Train { .. } | Kind::Preview | Kind::Add | Kind::Other => true,
            Kind::Scan | Kind::Create | Kind::Predict | Kind::Download(_) => false,
        })
    }

    /// The number of the one that downloads these weights.
    pub fn download(&self, name: &str) -> Option<u64> {
        let running = self.running.iter().find(|r| matches!(r.kind, Kind::Download(of) if of == name));
        running.map(|running| running.handle.id().0)
    }

    /// The numbers of those that were started for a project.
    pub fn of_project(&self, project: u64) -> Vec<u64> {
        let of = self.running.iter().filter(|running| running.project == project);
        of.map(|running| running.handle.id().0).collect()
    }

    /// Whether one that trains a project with such a number goes on.
    pub fn trains(&self, project: impl Fn(u64) -> bool) -> bool {
        self.running.iter().any(|r| matches!(r.kind, Kind::Train { project: of, .. } if project(of)))
    }

    /// Asks those of a kind to end.
    pub fn end(&self, kind: Kind, reason: CancelReason) {
        self.end_where(reason, |of, _| of == kind);
    }

    /// Asks those to end that are of such a kind and project.
    pub fn end_where(&self, reason: CancelReason, ends: impl Fn(Kind, u64) -> bool) {
        for running in self.running.iter().filter(|running| ends(running.kind, running.project)) {
            running.handle.cancel(reason);
        }
    }

    /// One that has ended, taken off the board.
    pub fn next_end(&mut self) -> Option<(Kind, u64, Result<Ended, JobError>)> {
        let (at, end) =
            self.running.iter().enumerate().find_map(|(at, running)| Some((at, running.handle.try_take()?)))?;
        let Running { kind, project, .. } = self.running.remove(at);
        Some((kind, project, end))
    }
}
