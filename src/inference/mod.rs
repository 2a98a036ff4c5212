//! Using a trained model: its file, its predictions for pictures, and how fast it is.

mod bench;
mod classifier;
mod error;
mod files;

pub use bench::{Throughput, throughput};
pub use classifier::{Classifier, Output, save, softmax};
pub use error::ModelError;
pub use files::{PredictOptions, predict_files, predict_files_with};

#[cfg(test)]
mod tests;
