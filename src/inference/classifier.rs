//! A classifier with all it needs: network, weights, classes, preprocessing; read from one file and written to one.

use super::error::ModelError;
use crate::domain::{Architecture, ClassList, ModelCard, Preprocessing};
use crate::imaging::{DecodedImage, preprocess};
use crate::models::{self, Network};
use crate::nn::{Compute, Mode, Params, first_line, weights};
use candle_core::{DType, Tensor};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// What a model says about one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One a class, before the softmax; of a network that answers in grades, the logarithms of the probabilities.
    pub logits: Vec<f32>,
    /// One a class, adding up to one.
    pub probabilities: Vec<f32>,
}

impl Output {
    /// The probabilities follow from the logits.
    pub fn from_logits(logits: Vec<f32>) -> Self {
        Self { probabilities: softmax(&logits), logits }
    }
}

/// exp(x) over its sum, shifted by the largest so that nothing overflows.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|&l| f64::from(l - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|p| (p / total) as f32).collect()
}

/// Inputs that go through the network together when the caller does not say.
const BATCH: usize = 32;
/// Larger than anything a network here is meant for; a card that asks for more is damaged or hostile.
const MOST_SIDE: usize = 8192;
const MOST_CHANNELS: usize = 16_384;
const MOST_BLOCKS: usize = 16;

/// A network with the weights of a model file.
pub struct Classifier {
    card: ModelCard,
    network: Box<dyn Network>,
    compute: Compute,
}

impl Classifier {
    /// Reads a file that [`save`] wrote. Anything missing, misshaped, undefined or from a newer version is refused.
    pub fn open(path: &Path, compute: &Compute) -> Result<Self, ModelError> {
        let (tensors, metadata) = weights::read(path, compute.device())?;
        let card = read_card(path, &metadata)?;
        let bad = |why: String| ModelError::BadCard { path: path.to_owned(), why };
        check_card(&card).map_err(bad)?;
        let params = Params::new(compute.device(), 0);
        let classes = card.classes.len();
        let network = models::build_for(card.loss(), &card.architecture, &card.preprocessing, classes, &params)
            .map_err(|error| bad(first_line(&error)))?;
        fill(path, &params, network.as_ref(), &tensors, classes)?;
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

    /// Fails with a sentence unless the model's classes are these, in this order.
    pub fn check_classes(&self, classes: &ClassList) -> Result<(), ModelError> {
        if self.card.classes.names() == classes.names() {
            return Ok(());
        }
        Err(ModelError::OtherClasses {
            model: self.card.name.clone(),
            theirs: self.card.classes.names().join(", "),
            ours: classes.names().join(", "),
        })
    }

    /// A picture as the network's input: C x H x W normalised values.
    pub fn input(&self, image: &DecodedImage) -> Vec<f32> {
        preprocess::to_input(image, &self.card.preprocessing)
    }

    /// One output a picture, in their order.
    pub fn predict(&self, images: &[DecodedImage]) -> Result<Vec<Output>, ModelError> {
        self.predict_inputs(self.inputs(images))
    }

    /// As [`Self::predict`], with the logits averaged over the picture and its mirror image.
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
            outputs.extend(logits.into_iter().map(Output::from_logits));
        }
        Ok(outputs)
    }

    /// As [`Self::predict_tta`], for inputs prepared by [`Self::input`].
    pub fn predict_inputs_tta(&self, inputs: Vec<Vec<f32>>) -> Result<Vec<Output>, ModelError> {
        let width = self.card.preprocessing.width.max(1);
        let mut mirrored = inputs.clone();
        mirrored.par_iter_mut().for_each(|input| input.chunks_mut(width).for_each(<[f32]>::reverse));
        let (plain, mirrored) = (self.predict_inputs(inputs)?, self.predict_inputs(mirrored)?);
        let average = |(a, b): (Output, Output)| {
            Output::from_logits(a.logits.iter().zip(&b.logits).map(|(a, b)| (a + b) / 2.0).collect())
        };
        Ok(plain.into_iter().zip(mirrored).map(average).collect())
    }

    /// Inputs as the N, C, H, W tensor the network takes.
    pub fn tensor(&self, inputs: &[Vec<f32>]) -> Result<Tensor, ModelError> {
        let Preprocessing { channels, height, width, .. } = self.card.preprocessing;
        let expected = channels * height * width;
        if let Some(odd) = inputs.iter().find(|input| input.len() != expected) {
            return Err(ModelError::InputSize { found: odd.len(), expected });
        }
        let shape = (inputs.len(), channels, height, width);
        Ok(Tensor::from_vec(inputs.concat(), shape, self.compute.device())?)
    }
}

/// Writes a network's parameters with the model's description but for the time, whole or not at all.
pub fn save(path: &Path, card: &ModelCard, params: &Params) -> Result<(), ModelError> {
    let text = serde_json::to_string(&ModelCard { created_ms: 0, ..card.clone() })
        .map_err(|error| ModelError::BadCard { path: path.to_owned(), why: error.to_string() })?;
    let tensors: Vec<(String, Tensor)> =
        params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
    Ok(weights::write(path, &tensors, &HashMap::from([(ModelCard::KEY.to_owned(), text)]))?)
}

fn read_card(path: &Path, metadata: &HashMap<String, String>) -> Result<ModelCard, ModelError> {
    let text = metadata.get(ModelCard::KEY).ok_or_else(|| ModelError::NoCard { path: path.to_owned() })?;
    let bad = |error: serde_json::Error| ModelError::BadCard { path: path.to_owned(), why: error.to_string() };
    // The version is looked at alone first: a newer form may not be readable as ours.
    let value: serde_json::Value = serde_json::from_str(text).map_err(bad)?;
    if let Some(found) = value.get("format").and_then(serde_json::Value::as_u64)
        && found > u64::from(ModelCard::FORMAT)
    {
        return Err(ModelError::Newer { path: path.to_owned(), found, known: ModelCard::FORMAT });
    }
    serde_json::from_value(value).map_err(bad)
}

/// Whether a network can be made from the card without harm.
fn check_card(card: &ModelCard) -> Result<(), String> {
    let p = &card.preprocessing;
    if card.classes.is_empty() {
        return Err("it lists no classes".to_owned());
    }
    if ![1, 3].contains(&p.channels) || p.mean.len() != p.channels || p.std.len() != p.channels {
        return Err(format!("{} channels with {} means and {} deviations", p.channels, p.mean.len(), p.std.len()));
    }
    if p.std.iter().any(|s| !(s.is_finite() && *s > 0.0)) || p.mean.iter().any(|m| !m.is_finite()) {
        return Err("its normalisation divides by nothing".to_owned());
    }
    if [p.width, p.height].iter().any(|side| !(1..=MOST_SIDE).contains(side)) {
        return Err(format!("an input of {} x {}", p.width, p.height));
    }
    if let Architecture::SimpleCnn { channels, hidden, .. } = &card.architecture
        && (channels.len() > MOST_BLOCKS || channels.iter().chain([hidden]).any(|c| *c > MOST_CHANNELS))
    {
        return Err("its network is larger than any that is made here".to_owned());
    }
    Ok(())
}

fn fill(
    path: &Path,
    params: &Params,
    network: &dyn Network,
    tensors: &HashMap<String, Tensor>,
    classes: usize,
) -> Result<(), ModelError> {
    let path = path.to_owned();
    let report = params.assign(tensors)?;
    if let Some(first) = report.missing.first() {
        return Err(ModelError::Missing { path, count: report.missing.len(), first: first.clone() });
    }
    if let Some(wrong) = report.misshaped.first() {
        let found = wrong.found.first().copied().unwrap_or(0);
        if network.is_head(&wrong.name) && found != classes {
            return Err(ModelError::ClassCount { path, listed: classes, found });
        }
        let wrong = wrong.clone();
        return Err(ModelError::Misshaped { path, name: wrong.name, expected: wrong.expected, found: wrong.found });
    }
    if let Some(first) = report.unexpected.first() {
        return Err(ModelError::Unexpected { path, count: report.unexpected.len(), first: first.clone() });
    }
    for (name, var) in params.all() {
        // A sum is undefined or infinite if any of its terms is; weights are far from overflowing an f64.
        let sum = var.as_detached_tensor().to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
        if !sum.is_finite() {
            return Err(ModelError::NotFinite { path, name });
        }
    }
    Ok(())
}
