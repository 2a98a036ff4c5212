//! A classifier with all it needs: network, weights, classes, preprocessing.

use super::error::ModelError;
use super::files::{PredictOptions, Predictor};
use super::model_file::{ModelFile, inputs_tensor};
use super::output::Output;
use super::test_augmentation::learned_mirrored;
use crate::domain::ModelCard;
use crate::domain::recipe::{Architecture, ClassifierArchitecture};
use crate::imaging::{DecodedImage, preprocess};
use crate::models::{self, Network};
use crate::nn::{Compute, Mode, Params, first_line};
use candle_core::Tensor;
use rayon::prelude::*;
use std::path::Path;

/// Inputs that go through the network together when the caller does not say.
const BATCH: usize = 32;
/// A network with the weights of a model file.
pub struct Classifier {
    card: ModelCard,
    network: Box<dyn Network>,
    compute: Compute,
}

impl Classifier {
    /// Reads a file that [`super::save`] wrote. Anything missing, misshaped, undefined or from a newer version is
    /// refused, and so is a model that draws boxes.
    pub fn open(path: &Path, compute: &Compute) -> Result<Self, ModelError> {
        let file = ModelFile::read(path, compute)?;
        match file.card.architecture.clone() {
            Architecture::Classifier(network) => Self::of(file, &network, compute),
            Architecture::Detector(network) => {
                Err(file.bad(format!("a {} draws boxes; it gives no class to a whole picture", network.name())))
            }
        }
    }

    pub(super) fn of(
        file: ModelFile<'_>,
        architecture: &ClassifierArchitecture,
        compute: &Compute,
    ) -> Result<Self, ModelError> {
        let params = Params::new(compute.device(), 0);
        let card = &file.card;
        let classes = card.classes.len();
        let network = models::build_for(card.head(), architecture, &card.preprocessing, classes, &params)
            .map_err(|error| file.bad(first_line(&error)))?;
        file.fill(&params, &|name, rows| network.is_head(name).then_some(rows))?;
        Ok(Self { card: file.card, network, compute: compute.clone() })
    }

    /// The same network as it is before training, drawn from this seed: what nothing was learned by.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn untrained(&self, seed: u64) -> Result<Self, ModelError> {
        Self::before_training(self.card.clone(), &self.compute, seed)
    }

    /// The network that a card describes, as it is before training.
    ///
    /// # Errors
    /// When the card is of a network that draws boxes or does not fit its inputs, and those of the tensor library.
    pub fn before_training(card: ModelCard, compute: &Compute, seed: u64) -> Result<Self, ModelError> {
        let Architecture::Classifier(architecture) = &card.architecture else {
            return Err(candle_core::Error::Msg("a network that draws boxes gives no class".into()).into());
        };
        let params = Params::new(compute.device(), seed);
        let classes = card.classes.len();
        let network = models::build_for(card.head(), architecture, &card.preprocessing, classes, &params)?;
        Ok(Self { card, network, compute: compute.clone() })
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The network, with its weights.
    pub fn network(&self) -> &dyn Network {
        self.network.as_ref()
    }

    /// Where it runs.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    /// A picture as the network's input: C x H x W normalised values.
    pub fn input(&self, image: &DecodedImage) -> Vec<f32> {
        preprocess::to_input(image, &self.card.preprocessing)
    }

    /// One output a picture, in their order.
    pub fn predict(&self, images: &[DecodedImage]) -> Result<Vec<Output>, ModelError> {
        self.predict_inputs(self.inputs(images))
    }

    /// As [`Self::predict`], with the logits averaged over the picture and its mirror image where the model learned from
    /// mirrored pictures.
    pub fn predict_tta(&self, images: &[DecodedImage]) -> Result<Vec<Output>, ModelError> {
        self.predict_inputs_tta(self.inputs(images))
    }

    fn inputs(&self, images: &[DecodedImage]) -> Vec<Vec<f32>> {
        images.par_iter().map(|image| self.input(image)).collect()
    }

    /// As [`Self::predict`], for inputs prepared by [`Self::input`].
    pub fn predict_inputs(&self, inputs: Vec<Vec<f32>>) -> Result<Vec<Output>, ModelError> {
        let mut outputs = Vec::with_capacity(inputs.len());
        for batch in inputs.chunks(BATCH) {
            let x = self.tensor(batch)?;
            let logits = self.network.forward(&x, &Mode::Inference)?.to_vec2::<f32>()?;
            let head = self.card.head();
            outputs.extend(logits.into_iter().map(|logits| Output::of(head, logits)));
        }
        Ok(outputs)
    }

    /// As [`Self::predict_tta`], for inputs prepared by [`Self::input`].
    pub fn predict_inputs_tta(&self, inputs: Vec<Vec<f32>>) -> Result<Vec<Output>, ModelError> {
        if !learned_mirrored(&self.card) {
            return self.predict_inputs(inputs);
        }
        let width = self.card.preprocessing.width.max(1);
        let mut mirrored = inputs.clone();
        mirrored.par_iter_mut().for_each(|input| input.chunks_mut(width).for_each(<[f32]>::reverse));
        let (plain, mirrored) = (self.predict_inputs(inputs)?, self.predict_inputs(mirrored)?);
        let average = |(a, b): (Output, Output)| {
            let logits = a.logits.iter().zip(&b.logits).map(|(a, b)| (a + b) / 2.0).collect();
            Output::of(self.card.head(), logits)
        };
        Ok(plain.into_iter().zip(mirrored).map(average).collect())
    }

    /// Inputs as the N, C, H, W tensor the network takes.
    pub fn tensor(&self, inputs: &[Vec<f32>]) -> Result<Tensor, ModelError> {
        inputs_tensor(inputs, &self.card.preprocessing, &self.compute)
    }
}

impl Predictor for Classifier {
    type Input = Vec<f32>;

    fn prepare(&self, image: &DecodedImage, _: PredictOptions) -> Vec<f32> {
        self.input(image)
    }

    fn answer(&self, inputs: Vec<Vec<f32>>, options: PredictOptions) -> Result<Vec<Output>, ModelError> {
        if options.tta { self.predict_inputs_tta(inputs) } else { self.predict_inputs(inputs) }
    }
}
