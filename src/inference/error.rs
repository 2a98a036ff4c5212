//! Why a model cannot be used, each in one sentence with the file's name.

use crate::nn::{WeightsError, first_line};
use std::path::PathBuf;

/// Why a model file cannot be opened, written or used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file itself: missing, cut short, something else.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A safetensors file without our metadata.
    #[error(
        "{path} holds weights but does not say for what network, classes and preprocessing: bring it in with \
         `overread models import`"
    )]
    NoCard { path: PathBuf },
    /// Our metadata does not make sense.
    #[error("{path} has a description that cannot be used ({why}): export the model again")]
    BadCard { path: PathBuf, why: String },
    /// Written by a later version.
    #[error("{path} was written by a newer Overread (form {found}, this one knows up to {known}): update Overread")]
    Newer { path: PathBuf, found: u64, known: u32 },
    /// The last layer has another size than the class list.
    #[error("{path} lists {listed} classes but its last layer has {found}: export the model again")]
    ClassCount { path: PathBuf, listed: usize, found: usize },
    /// Other classes than the project's.
    #[error(
        "the model {model} knows the classes {theirs}, the project has {ours}: train a new model or restore the \
         class list"
    )]
    OtherClasses { model: String, theirs: String, ours: String },
    /// Tensors that the network needs are not there.
    #[error("{path} lacks {count} of its network's tensors, first {first}: the file is damaged, copy it again")]
    Missing { path: PathBuf, count: usize, first: String },
    /// A tensor has a shape the network does not expect.
    #[error(
        "{path} has a tensor {name} of shape {found:?} where its network needs {expected:?}: export the model again"
    )]
    Misshaped { path: PathBuf, name: String, expected: Vec<usize>, found: Vec<usize> },
    /// Tensors that the network has no place for.
    #[error("{path} holds {count} tensors its network has no place for, first {first}: export the model again")]
    Unexpected { path: PathBuf, count: usize, first: String },
    /// Infinite or undefined weights give undefined predictions.
    #[error("{path} has undefined numbers in {name}: its training diverged, use another model")]
    NotFinite { path: PathBuf, name: String },
    /// An index outside the class list.
    #[error("there is no class {class}: the model has {classes}, counted from 0")]
    NoSuchClass { class: usize, classes: usize },
    /// A box outside the part of a picture that the preprocessing keeps.
    #[error("none of the box lies on the part of the picture that the model sees: choose another box")]
    OutsideInput,
    /// An input of another size than the model's preprocessing makes.
    #[error("an input of {found} values where the model takes {expected}: prepare it with the model's preprocessing")]
    InputSize { found: usize, expected: usize },
    /// The tensor library gave up, as when memory is short.
    #[error("the network could not be run: {}", first_line(.0))]
    Tensor(#[from] candle_core::Error),
}
