//! Using a trained model: its file, its predictions for pictures, and how fast it is.

mod bench;
mod classifier;
mod detector;
mod error;
mod files;
mod foreign;
mod model;
mod model_file;
pub mod onnx;
mod output;
mod pooled;
pub mod test_augmentation;

pub use bench::{Throughput, throughput};
pub use classifier::Classifier;
pub use detector::{Detector, Examined};
pub use error::ModelError;
pub use files::{Fusion, PredictOptions, Predictor, predict_files};
pub use foreign::{Adopted, Fit, Foreign, ForeignError, Outputs, Preparation, Rule, Seen, adopt, look, try_on};
pub use model::Model;
pub use model_file::{copy_with_card, save};
pub use output::{Output, probabilities, sigmoid, softmax};

#[cfg(test)]
mod tests;
