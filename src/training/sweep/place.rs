//! Where a run of a sweep is done, apart from what it is.

use crate::training::{Control, Outcome, TrainError, TrainEvent, TrainJob, train};

/// A place that runs are done in, one after another.
pub trait Place: std::fmt::Debug + Send {
    /// Does a run, or the rest of one that was begun in the same folder.
    ///
    /// # Errors
    /// As [`train`] has them.
    fn train(&self, job: &TrainJob, listen: &mut dyn FnMut(&TrainEvent) -> Control) -> Result<Outcome, TrainError>;
}

/// This machine, with what the job computes with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here;

impl Place for Here {
    fn train(&self, job: &TrainJob, listen: &mut dyn FnMut(&TrainEvent) -> Control) -> Result<Outcome, TrainError> {
        train(job, listen)
    }
}
