//! What the work of a job sees: where to report to, and whether it should end.

use super::estimate::Estimate;
use super::{CancelReason, JobId, JobState};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a worker and the rest of the program share about a job.
pub(super) struct Shared {
    pub(super) id: JobId,
    name: String,
    cancellable: bool,
    /// A [`CancelReason`]'s number, 0 for none.
    cancel: AtomicU8,
    progress: Mutex<Progress>,
    on_change: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Progress {
    fraction: Option<f32>,
    message: String,
    estimate: Estimate,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(id: JobId, name: &str, cancellable: bool, on_change: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { id, name: name.to_owned(), cancellable, cancel: AtomicU8::new(0), progress: Mutex::default(), on_change }
    }

    pub(super) fn cancel(&self, reason: CancelReason) -> bool {
        let allowed = self.cancellable || reason == CancelReason::Closing;
        if allowed && self.cancel.fetch_max(reason as u8, Ordering::SeqCst) < reason as u8 {
            (self.on_change)();
        }
        allowed
    }

    fn cancelled(&self) -> Option<CancelReason> {
        let number = self.cancel.load(Ordering::SeqCst);
        [CancelReason::Stop, CancelReason::Superseded, CancelReason::Cancel, CancelReason::Closing]
            .into_iter()
            .find(|reason| *reason as u8 == number)
    }

    pub(super) fn state(&self, now: Instant) -> JobState {
        let progress = self.progress();
        JobState {
            id: self.id,
            name: self.name.clone(),
            progress: progress.fraction,
            message: progress.message.clone(),
            seconds_left: progress.estimate.seconds_left(now),
            cancellable: self.cancellable,
            ending: self.cancelled(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work's side of a job; may be shared with threads the work itself starts.
#[derive(Clone, Debug)]
pub struct JobContext {
    shared: Arc<Shared>,
}

impl JobContext {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The job's id.
    pub fn id(&self) -> JobId {
        self.shared.id
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// How far the work is (0 to 1; what lies outside is cut, NaN is unknown) and what it is at.
    pub fn progress(&self, fraction: f32, message: impl Into<String>) {
        let message = message.into();
        let fraction = (!fraction.is_nan()).then(|| fraction.clamp(0.0, 1.0));
        let changed = {
            let mut progress = self.shared.progress();
            if let Some(fraction) = fraction {
                progress.estimate.note(Instant::now(), fraction);
            }
            // Less than can be seen is no reason to paint.
            let moved = match (progress.fraction, fraction) {
                (Some(old), Some(new)) => (new - old).abs() >= 0.002 || (new == 1.0 && old < 1.0),
                (old, new) => old != new,
            };
            let changed = moved || progress.message != message;
            if moved {
                progress.fraction = fraction;
            }
            progress.message = message;
            changed
        };
        if changed {
            (self.shared.on_change)();
        }
    }

    /// What the work is at, where how far is not known.
    pub fn message(&self, message: impl Into<String>) {
        self.shared.progress().message = message.into();
        (self.shared.on_change)();
    }

    /// The work knows better than the rate of its progress how long it will take.
    pub fn seconds_left(&self, seconds: f64) {
        self.shared.progress().estimate.say(Instant::now(), seconds);
    }

    /// Why the work should end, once somebody asked for it. To be asked often.
    pub fn cancelled(&self) -> Option<CancelReason> {
        self.shared.cancelled()
    }
}
