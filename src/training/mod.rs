//! Training: a recipe and lists of images of which the class or the boxes are known become a model file, told step by step through [`TrainEvent`]s.
//!
//! The same job on the CPU gives the same bytes whatever the number of threads, and a resumed run those of one that
//! was never interrupted: everything random is drawn from a generator made from the seed and what it is for (the
//! order of an epoch, one copy of one image, one step's dropout), so no generator has a state to lose.

pub mod augment;
mod batches;
mod checkpoint;
mod close;
mod epoch;
mod error;
mod facts;
mod features;
mod freeze;
mod job;
mod learner;
mod listener;
mod pace;
pub mod recipe;
mod run;
mod sampler;
mod samples;
mod seeds;
mod sides;
mod start;
pub mod sweep;
mod task;
mod train;

pub use error::TrainError;
pub use job::{Control, Outcome, Sample, TrainEvent, TrainJob, Truth, data_digest};
pub use train::train;

#[cfg(test)]
mod tests;
