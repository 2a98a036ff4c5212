//! Named background workers with progress, time left and cancelling for a reason. A panic in the work becomes an error.
//!
//! The work gets a [`JobContext`] to report to and to ask whether it should end; whoever spawned it keeps the
//! [`JobHandle`] and takes the result when it is there. The window sees [`Jobs::snapshot`].

mod context;
mod estimate;
mod handle;

pub use context::JobContext;
pub use handle::{JobError, JobHandle};

use crate::machine;
use context::Shared;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Names a job while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Why a job should end. A later, more urgent reason replaces an earlier one, never the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum CancelReason {
    /// The person wants it to end now and to keep what it has so far.
    Stop = 1,
    /// Something newer makes its result useless.
    Superseded = 2,
    /// The person wants nothing of it.
    Cancel = 3,
    /// The project or the program closes.
    Closing = 4,
}

impl Display for CancelReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stop => "stopped",
            Self::Superseded => "replaced by a newer one",
            Self::Cancel => "cancelled",
            Self::Closing => "ended because the project was closed",
        })
    }
}

/// A running job as the status bar shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobState {
    pub id: JobId,
    pub name: String,
    /// 0 to 1, once the work has said so.
    pub progress: Option<f32>,
    pub message: String,
    /// From the rate of progress, or as the work itself says.
    pub seconds_left: Option<f64>,
    pub cancellable: bool,
    /// It has been asked to end and has not yet.
    pub ending: Option<CancelReason>,
}

/// The running jobs. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Jobs {
    board: Arc<Board>,
}

struct Board {
    running: Mutex<Running>,
    /// Signalled whenever a job has left.
    left: Condvar,
    on_change: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Running {
    last: u64,
    jobs: BTreeMap<JobId, Arc<Shared>>,
}

impl Board {
    fn running(&self) -> MutexGuard<'_, Running> {
        // Nothing of ours panics while holding it, and the map is whole after each of its steps.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    /// No jobs yet. `on_change` is called from workers whenever there is something new to see; it must not block.
    pub fn new(on_change: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            board: Arc::new(Board { running: Mutex::default(), left: Condvar::new(), on_change: Arc::new(on_change) }),
        }
    }

    /// Starts work on a thread of its own with this name. What the person may not end (`cancellable` false) still ends
    /// when the program closes, if it asks its context.
    pub fn spawn<T, E, F>(&self, name: &str, cancellable: bool, work: F) -> JobHandle<T>
    where
        T: Send + 'static,
        E: Display,
        F: FnOnce(&JobContext) -> Result<T, E> + Send + 'static,
    {
        let shared = self.enter(name, cancellable);
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let handle = JobHandle::new(Arc::clone(&shared), receiver);
        (self.board.on_change)();

        let board = Arc::clone(&self.board);
        let context = JobContext::new(Arc::clone(&shared));
        let give = sender.clone();
        let body = move || {
            machine::give_way();
            let result = run(&context, work);
            // Off the list before the result is out, so that whoever has it sees the job gone.
            leave(&board, context.id());
            // The handle may have been dropped: then nobody wants the result.
            let _ = give.send(result);
            (board.on_change)();
        };
        if let Err(e) = std::thread::Builder::new().name(name.to_owned()).spawn(body) {
            leave(&self.board, shared.id);
            let _ = sender.send(Err(JobError::Failed(format!("{name} could not be started: {e}"))));
            (self.board.on_change)();
        }
        handle
    }

    /// Does work on the caller's own thread, as a job that others see and may end.
    pub fn here<T>(&self, name: &str, cancellable: bool, work: impl FnOnce(&JobContext) -> T) -> T {
        let shared = self.enter(name, cancellable);
        // Off the list however the work ends.
        let _present = Present { board: &self.board, id: shared.id };
        (self.board.on_change)();
        work(&JobContext::new(shared))
    }

    fn enter(&self, name: &str, cancellable: bool) -> Arc<Shared> {
        let mut running = self.board.running();
        running.last += 1;
        let id = JobId(running.last);
        let shared = Arc::new(Shared::new(id, name, cancellable, Arc::clone(&self.board.on_change)));
        running.jobs.insert(id, Arc::clone(&shared));
        shared
    }

    /// The running jobs, the oldest first.
    pub fn snapshot(&self) -> Vec<JobState> {
        let now = Instant::now();
        self.board.running().jobs.values().map(|shared| shared.state(now)).collect()
    }

    /// Asks a job to end; `false` when there is no such job or the person may not end it.
    pub fn cancel(&self, id: JobId, reason: CancelReason) -> bool {
        let shared = self.board.running().jobs.get(&id).cloned();
        shared.is_some_and(|shared| shared.cancel(reason))
    }

    /// Asks every job to end.
    pub fn cancel_all(&self, reason: CancelReason) {
        let all: Vec<_> = self.board.running().jobs.values().cloned().collect();
        for shared in all {
            shared.cancel(reason);
        }
    }

    /// Waits until no job runs any more. Never call it from a job.
    pub fn wait_until_idle(&self) {
        let mut running = self.board.running();
        while !running.jobs.is_empty() {
            running = self.board.left.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A job that is done on its caller's thread, on the list while this is there.
struct Present<'a> {
    board: &'a Board,
    id: JobId,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        leave(self.board, self.id);
        (self.board.on_change)();
    }
}

fn leave(board: &Board, id: JobId) {
    board.running().jobs.remove(&id);
    board.left.notify_all();
}

fn run<T, E: Display>(context: &JobContext, work: impl FnOnce(&JobContext) -> Result<T, E>) -> Result<T, JobError> {
    // The work's values are dropped by the unwinding and nothing of them is looked at afterwards.
    match catch_unwind(AssertUnwindSafe(|| work(context))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(match context.cancelled() {
            Some(reason) => JobError::Cancelled(reason),
            None => JobError::Failed(error.to_string()),
        }),
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no reason given".into());
            tracing::error!(job = context.name(), "a job stopped unexpectedly: {text}");
            Err(JobError::Panicked(text))
        }
    }
}

#[cfg(test)]
mod tests;
