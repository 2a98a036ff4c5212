//! What the spawner of a job holds: its end and its result.

use super::context::Shared;
use super::{CancelReason, JobId};
use crossbeam_channel::Receiver;
use std::sync::Arc;

/// Why a job has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// What the work itself said.
    #[error("{0}")]
    Failed(String),
    /// A mistake in the program, caught at the worker's edge.
    #[error("it stopped unexpectedly ({0}); this is a mistake in Overread, everything saved before is safe")]
    Panicked(String),
    /// It was asked to end, and had nothing to show for it.
    #[error("{0}")]
    Cancelled(CancelReason),
}

/// A job's result to come. Dropping it lets the job run on unobserved.
#[derive(Debug)]
pub struct JobHandle<T> {
    shared: Arc<Shared>,
    result: Receiver<Result<T, JobError>>,
}

impl<T> JobHandle<T> {
    pub(super) fn new(shared: Arc<Shared>, result: Receiver<Result<T, JobError>>) -> Self {
        Self { shared, result }
    }

    /// The job's name among the running ones.
    pub fn id(&self) -> JobId {
        self.shared.id
    }

    /// The result, once, when the job has ended; `None` before and after that. Returns at once.
    pub fn try_take(&self) -> Option<Result<T, JobError>> {
        self.result.try_recv().ok()
    }

    /// Waits for the job to end.
    pub fn wait(self) -> Result<T, JobError> {
        self.result.recv().unwrap_or_else(|_| Err(JobError::Failed("its result was taken before".into())))
    }

    /// Asks the job to end; `false` when the person may not end it.
    pub fn cancel(&self, reason: CancelReason) -> bool {
        self.shared.cancel(reason)
    }

    /// The channel the result comes through, to wait for several things at once.
    pub fn receiver(&self) -> &Receiver<Result<T, JobError>> {
        &self.result
    }
}
