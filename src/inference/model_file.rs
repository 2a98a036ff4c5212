//! The file of a model: its weights with the card that says what they are, read and written whole.

use super::error::ModelError;
use crate::domain::recipe::{ClassifierArchitecture, DetectorArchitecture, SimpleCnn};
use crate::domain::{Architecture, FindingRules, ModelCard, Preprocessing};
use crate::nn::{Compute, Params, weights};
use candle_core::{DType, Tensor};
use std::collections::HashMap;
use std::path::Path;

/// Larger than anything a network here is meant for; a card that asks for more is damaged or hostile.
const MOST_SIDE: usize = 8192;
const MOST_CHANNELS: usize = 16_384;
const MOST_BLOCKS: usize = 16;

/// More anchors at a position than any recipe may ask for.
const MOST_ANCHORS: usize = 16;

/// What was read of a model's file.
pub(super) struct ModelFile<'a> {
    path: &'a Path,
    pub card: ModelCard,
    tensors: HashMap<String, Tensor>,
}

impl<'a> ModelFile<'a> {
    /// Reads a file that [`save`] wrote; a card that no network can be made from without harm is refused.
    pub fn read(path: &'a Path, compute: &Compute) -> Result<Self, ModelError> {
        let (tensors, metadata) = weights::read(path, compute.device())?;
        let card = read_card(path, &metadata)?;
        let file = Self { path, card, tensors };
        check_card(&file.card).map_err(|why| file.bad(why))?;
        Ok(file)
    }

    /// Its weights by name.
    pub fn tensors(&self) -> &HashMap<String, Tensor> {
        &self.tensors
    }

    /// The card does not make sense.
    pub fn bad(&self, why: String) -> ModelError {
        ModelError::BadCard { path: self.path.to_owned(), why }
    }

    /// Fills a network's parameters. `classes_of` gives, for a tensor of the layers that answer and its number of rows,
    /// how many classes those are for; `None` for other tensors.
    pub fn fill(&self, params: &Params, classes_of: &dyn Fn(&str, usize) -> Option<usize>) -> Result<(), ModelError> {
        let path = self.path.to_owned();
        let report = params.assign(&self.tensors)?;
        if let Some(first) = report.missing.first() {
            return Err(ModelError::Missing { path, count: report.missing.len(), first: first.clone() });
        }
        if let Some(wrong) = report.misshaped.first() {
            let rows = wrong.found.first().copied().unwrap_or(0);
            let listed = self.card.classes.len();
            if let Some(found) = classes_of(&wrong.name, rows).filter(|found| *found != listed) {
                return Err(ModelError::ClassCount { path, listed, found });
            }
            let wrong = wrong.clone();
            return Err(ModelError::Misshaped { path, name: wrong.name, expected: wrong.expected, found: wrong.found });
        }
        if let Some(first) = report.unexpected.first() {
            return Err(ModelError::Unexpected { path, count: report.unexpected.len(), first: first.clone() });
        }
        match undefined(params)? {
            Some(name) => Err(ModelError::NotFinite { path, name }),
            None => Ok(()),
        }
    }
}

/// A parameter with an undefined or infinite number in it, where there is one.
pub(super) fn undefined(params: &Params) -> Result<Option<String>, ModelError> {
    for (name, var) in params.all() {
        // A sum is undefined or infinite if any of its terms is; weights are far from overflowing an f64.
        let sum = var.as_detached_tensor().to_dtype(DType::F64)?.sum_all()?.to_scalar::<f64>()?;
        if !sum.is_finite() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Inputs of this preprocessing as the N, C, H, W tensor a network takes.
pub(super) fn inputs_tensor(inputs: &[Vec<f32>], p: &Preprocessing, compute: &Compute) -> Result<Tensor, ModelError> {
    let expected = p.channels * p.height * p.width;
    if let Some(odd) = inputs.iter().find(|input| input.len() != expected) {
        return Err(ModelError::InputSize { found: odd.len(), expected });
    }
    Ok(Tensor::from_vec(inputs.concat(), (inputs.len(), p.channels, p.height, p.width), compute.device())?)
}

/// Writes a network's parameters with the model's description but for the time, whole or not at all.
pub fn save(path: &Path, card: &ModelCard, params: &Params) -> Result<(), ModelError> {
    let text = serde_json::to_string(&ModelCard { created_ms: 0, ..card.clone() })
        .map_err(|error| ModelError::BadCard { path: path.to_owned(), why: error.to_string() })?;
    let tensors: Vec<(String, Tensor)> =
        params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
    Ok(weights::write(path, &tensors, &HashMap::from([(ModelCard::KEY.to_owned(), text)]))?)
}

/// Copies a model's file with another card, whole or not at all.
pub fn copy_with_card(from: &Path, to: &Path, change: impl FnOnce(ModelCard) -> ModelCard) -> Result<(), ModelError> {
    let (tensors, mut metadata) = weights::read(from, Compute::cpu().device())?;
    let card = change(read_card(from, &metadata)?);
    let text = serde_json::to_string(&card)
        .map_err(|error| ModelError::BadCard { path: from.to_owned(), why: error.to_string() })?;
    metadata.insert(ModelCard::KEY.to_owned(), text);
    Ok(weights::write(to, &tensors.into_iter().collect::<Vec<_>>(), &metadata)?)
}

fn read_card(path: &Path, metadata: &HashMap<String, String>) -> Result<ModelCard, ModelError> {
    let text = metadata.get(ModelCard::KEY).ok_or_else(|| ModelError::NoCard { path: path.to_owned() })?;
    let bad = |error: serde_json::Error| ModelError::BadCard { path: path.to_owned(), why: error.to_string() };
    // The version is looked at alone first: a newer form may not be readable as ours.
    let value: serde_json::Value = serde_json::from_str(text).map_err(bad)?;
    if let Some(found) = value.get("format").and_then(serde_json::Value::as_u64)
        && found > u64::from(ModelCard::NEWEST)
    {
        return Err(ModelError::Newer { path: path.to_owned(), found, known: ModelCard::NEWEST });
    }
    serde_json::from_value(value).map_err(bad)
}

/// Whether a network can be made from the card without harm.
fn check_card(card: &ModelCard) -> Result<(), String> {
    let p = &card.preprocessing;
    if let Some(decided) = &card.decided {
        let share = |value: Option<f64>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        let rule = decided.answers.is_none_or(|rule| (0.0..1.0).contains(&rule.miss) && rule.least.is_finite());
        let temperature = decided.temperature.is_none_or(|t| t.is_finite() && t > 0.0);
        let scores = decided.scores.is_none_or(|map| map.makes_sense());
        let own = decided.classes.values().all(|threshold| share(Some(*threshold)));
        let each = decided.finding_temperatures.iter().all(|one| one.temperature.is_finite() && one.temperature > 0.0);
        let rules = decided.finding_rules.as_ref().is_none_or(FindingRules::makes_sense);
        if !(own && share(decided.threshold) && rule && temperature && scores && each && rules) {
            return Err("what is decided in it makes no sense".to_owned());
        }
    }
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
    if let Architecture::Classifier(ClassifierArchitecture::SimpleCnn(SimpleCnn { channels, hidden, .. })) =
        &card.architecture
        && (channels.len() > MOST_BLOCKS || channels.iter().chain([hidden]).any(|c| *c > MOST_CHANNELS))
    {
        return Err("its network is larger than any that is made here".to_owned());
    }
    if let Architecture::Detector(DetectorArchitecture { settings: d, .. }) = &card.architecture
        && ([d.pyramid_channels, d.head_units].iter().any(|c| *c > 4 * MOST_CHANNELS)
            || [d.anchor_sizes.len(), d.anchor_ratios.len(), d.proposal_convolutions].iter().any(|n| *n > MOST_ANCHORS))
    {
        return Err("its network is larger than any that is made here".to_owned());
    }
    Ok(())
}
