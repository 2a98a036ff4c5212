//! What pictures look like to a classifier: the activations of its last convolution stage, averaged over the picture.

use super::classifier::Classifier;
use super::error::ModelError;
use super::files::{PredictOptions, Predictor, predict_files};
use super::output::Output;
use crate::domain::ImageFile;
use crate::imaging::DecodedImage;
use crate::nn::Mode;

/// A classifier that stops before its last layers; what it says are features in the place of logits.
struct Pooled<'a>(&'a Classifier);

impl Predictor for Pooled<'_> {
    type Input = Vec<f32>;

    fn prepare(&self, image: &DecodedImage, _: PredictOptions) -> Vec<f32> {
        self.0.input(image)
    }

    fn answer(&self, inputs: Vec<Vec<f32>>, _: PredictOptions) -> Result<Vec<Output>, ModelError> {
        let rows = self.0.network().pooled(&self.0.tensor(&inputs)?, &Mode::Inference)?.to_vec2::<f32>()?;
        Ok(rows.into_iter().map(Output::of_features).collect())
    }
}

impl Classifier {
    /// The features of files, `batch` at a time: one number a channel of the last convolution stage, the mean over all places.
    /// Of a ResNet, DenseNet or EfficientNet that is all its last layer sees. `on` hears each index with its features, or with a
    /// sentence why there are none, and answers whether to go on.
    pub fn pooled_features(
        &self,
        files: &[ImageFile],
        batch: usize,
        on: &mut dyn FnMut(usize, Result<Vec<f32>, String>) -> bool,
    ) {
        predict_files(&Pooled(self), files, PredictOptions::plain(batch), &mut |at, output| {
            on(at, output.map(|output| output.logits))
        });
    }
}
