//! A project on disk: a folder `NAME.overread/` with `project.db` (SQLite), `models/` and `cache/`.
//!
//! Invariants:
//! - *Acknowledged means committed.* [`Store::append`] returns after the transaction with the event and the new state of
//!   the annotation is on disk (write-ahead log, `synchronous=FULL`); when it returns an error, neither is there.
//! - *The log is append-only.* Triggers refuse changes of it, each event carries the hash of the one before, and
//!   replaying it from empty gives the annotations exactly.
//! - *One writer.* An advisory lock, which the system frees when its holder dies, makes every later opener read-only.
//! - *Derived data may go at any time:* `cache/` and the predictions are remade, never missed.
//!
//! A [`Store`] is `Send`: one thread owns it and does all writing. Long work on files ([`images::missing`],
//! [`images::find_moved`], [`Thumbnails`]) needs no store, so that it can run in a job.

mod annotations;
pub mod assignments;
mod audit;
pub mod backups;
mod caches;
mod chain;
mod checks;
mod conversion;
mod decisions;
mod demo;
pub mod described;
mod error;
mod features;
mod head;
mod history;
pub mod images;
mod imports;
mod last_words;
mod lock;
mod log;
pub mod merged_logs;
mod model_words;
mod models;
mod of_classes;
pub mod own;
mod predictions;
mod project;
mod proof;
mod readers;
pub mod recent;
pub mod repair;
mod runs;
#[cfg(test)]
mod sample;
mod schema;
mod settings;
pub mod sharing;
mod sign_offs;
pub mod splits;
mod studies;
mod trail;
pub mod trial;
mod undo;

pub use audit::verify_log;
pub use caches::Thumbnails;
pub use chain::ChainSummary;
pub use decisions::{class_threshold_of, threshold_of};
pub use demo::Truth;
pub use error::StoreError;
pub use features::{FeatureFiles, FeatureKey, Features};
pub use images::NewImage;
pub use imports::{About, ImportedChange, Importing, WrittenChange};
pub use lock::Holder;
pub use models::NewModel;
pub use project::{Access, DemoInfo, Meta, ReadOnlyReason, Store};
pub use proof::{FollowedLog, follow_log};
pub use recent::{RecentEntry, RecentProjects, UnfinishedRun};

/// Milliseconds since 1970-01-01 UTC.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
