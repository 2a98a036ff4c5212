//! What a classifier makes of pictures before its last layer answers.

use super::classifier::Classifier;
use super::error::ModelError;
use super::files::{PredictOptions, Predictor};
use super::output::Output;
use crate::imaging::DecodedImage;
use crate::nn::{Compute, Mode};
use std::path::Path;

/// A classifier whose features are asked for, not its answers.
pub struct Backbone {
    classifier: Classifier,
}

impl Backbone {
    /// Reads a model's file, as [`Classifier::open`] does.
    ///
    /// # Errors
    /// Those of [`Classifier::open`]; a model that draws boxes is refused.
    pub fn open(path: &Path, compute: &Compute) -> Result<Self, ModelError> {
        Ok(Self { classifier: Classifier::open(path, compute)? })
    }
}

impl Predictor for Backbone {
    type Input = Vec<f32>;

    fn prepare(&self, image: &DecodedImage, _: PredictOptions) -> Vec<f32> {
        self.classifier.input(image)
    }

    /// The features of each picture stand where its logits would: see [`Network::pooled`](crate::models::Network::pooled).
    fn answer(&self, inputs: Vec<Vec<f32>>, options: PredictOptions) -> Result<Vec<Output>, ModelError> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for batch in inputs.chunks(options.batch.max(1)) {
            let x = self.classifier.tensor(batch)?;
            let features = self.classifier.network().pooled(&x, &Mode::Inference)?.to_vec2::<f32>()?;
            outputs.extend(features.into_iter().map(Output::of_features));
        }
        Ok(outputs)
    }
}
