//! What a file of weights is, as far as it can be told before anybody has said anything of it.

use super::{ForeignError, build};
use crate::domain::recipe::{Head, Resize};
use crate::domain::{Architecture, ModelCard, Preprocessing};
use crate::inference::error::ModelError;
use crate::models::{LastLayer, Named, name_as, shapes_of};
use crate::nn::{Compute, Params, first_line, weights};
use candle_core::Tensor;
use std::collections::HashMap;
use std::path::Path;

/// Below this a network is not worth naming: less than half of the tensors are shared.
const ALIKE: f64 = 0.5;

/// What a file of weights was found to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Overread wrote it: it says itself for what it is.
    pub described: bool,
    /// The key of a checkpoint under which the weights were found; empty where they are the file's own.
    pub taken: String,
    /// Keys under which it has as many again.
    pub others: Vec<String>,
    /// The networks here that have something of it, the most alike first.
    pub networks: Vec<Fit>,
}

/// How a file of weights fits a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub architecture: Architecture,
    /// So many tensors of the network are in the file, whatever the number of classes and channels, of so many.
    pub fitting: usize,
    pub of: usize,
    /// So many tensors of the file have no place in the network.
    pub beside: usize,
    /// What its last layer answers: rows, or of a network that draws boxes classes.
    pub outputs: Option<usize>,
    /// Its last layer is CORAL's.
    pub coral: bool,
    /// Channels of a picture that its first layer takes.
    pub channels: Option<usize>,
}

impl Fit {
    /// Nothing of the network is missing, and the file has next to nothing beside it.
    pub fn is_whole(&self) -> bool {
        self.fitting == self.of && 20 * self.beside <= self.of
    }

    /// The share of tensors that network and file have together, 0 to 1 (Dice 1945).
    fn likeness(&self) -> f64 {
        2.0 * self.fitting as f64 / (self.of + self.fitting + self.beside).max(1) as f64
    }
}

impl Seen {
    /// The network that the file is of, where that can be told.
    pub fn network(&self) -> Option<&Fit> {
        self.networks.first().filter(|fit| fit.is_whole())
    }
}

/// Looks at a file: with a key, at the tensors of a checkpoint under that one.
///
/// # Errors
/// When the file cannot be read, or holds no weights.
pub fn look(file: &Path, key: Option<&str>, compute: &Compute) -> Result<Seen, ForeignError> {
    let read = weights::read_under(file, key, compute.device()).map_err(ModelError::from)?;
    if read.metadata.contains_key(ModelCard::KEY) {
        return Ok(Seen { described: true, ..Seen::default() });
    }
    let mut networks = Vec::new();
    for architecture in Architecture::all() {
        networks.push(fit(architecture, &read.tensors, compute).map_err(|error| match error {
            ForeignError::Refused(why) => ForeignError::Refused(format!("{}: {why}", file.display())),
            ForeignError::Model(error) => ForeignError::Model(error),
        })?);
    }
    networks.retain(|fit| fit.likeness() > ALIKE);
    networks.sort_by(|a, b| b.likeness().total_cmp(&a.likeness()));
    Ok(Seen { described: false, taken: read.taken, others: read.others, networks })
}

fn fit(architecture: Architecture, tensors: &HashMap<String, Tensor>, compute: &Compute) -> Result<Fit, ForeignError> {
    let params = Params::blank(compute.device());
    let plain = Preprocessing::imagenet(Resize::Stretch, 224);
    let last = build(&architecture, Head::Classes, &plain, 2, &params)
        .map_err(|error| ForeignError::Refused(first_line(&error)))?;
    let shapes = shapes_of(&params);
    let Named { tensors, coral, left_out, .. } = name_as(tensors.clone(), &shapes, last.as_ref())?;
    let fitting = |(name, expected): &(&String, &Vec<usize>)| {
        tensors.get(*name).is_some_and(|tensor| is_alike(tensor.dims(), expected, answers(name, last.as_ref())))
    };
    let counts = |name: &&String| !name.ends_with("num_batches_tracked");
    let beside = tensors.keys().filter(|name| !shapes.contains_key(*name)).chain(&left_out).filter(counts).count();
    let stem = shapes.iter().find(|(_, dims)| matches!(dims.as_slice(), [_, 3, _, _]));
    let rows = |name: &str| tensors.get(name).filter(|weight| weight.rank() == 2)?.dims().first().copied();
    let outputs = match &last {
        Some(last) => rows(&last.weight),
        // The first answers that there is nothing.
        None => rows(BOX_CLASSES).and_then(|rows| rows.checked_sub(1)),
    };
    Ok(Fit {
        fitting: shapes.iter().filter(fitting).count(),
        of: shapes.len(),
        beside,
        outputs,
        coral,
        channels: stem.and_then(|(name, _)| tensors.get(name)?.dims().get(1).copied()),
        architecture,
    })
}

/// The layer of a network that draws boxes which tells their classes apart.
const BOX_CLASSES: &str = "roi_heads.box_predictor.cls_score.weight";

/// Whether a tensor's rows are answers, of which there are as many as somebody wanted.
fn answers(name: &str, last: Option<&LastLayer>) -> bool {
    match last {
        Some(last) => name == last.weight || name == last.bias,
        None => name.starts_with("roi_heads.box_predictor."),
    }
}

/// Whether a tensor is one of this shape, but for the number of answers, and of channels where the picture goes in.
fn is_alike(found: &[usize], expected: &[usize], answers: bool) -> bool {
    let skip = usize::from(answers);
    let stem = matches!((found, expected), ([a, 1, b, c], [d, 3, e, f]) if (a, b, c) == (d, e, f));
    stem || (found.len() == expected.len() && found.get(skip..) == expected.get(skip..))
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
