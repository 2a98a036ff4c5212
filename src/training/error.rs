//! Why a run cannot be, or cannot go on.

use super::recipe::RecipeError;
use crate::domain::AnswerKind;
use crate::inference::ModelError;
use crate::nn::WeightsError;
use std::path::PathBuf;

/// Why a training run failed; each is a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("there is no training image that can be read: label some images of the training split first")]
    NoTrainingImage,
    #[error("all training images are of the class {class:?}: label images of at least one other class")]
    OneClass { class: String },
    #[error(
        "there is no finding that is present on one training image and absent on another: say of some images of the training \
         split what is present and what is absent"
    )]
    NoFinding,
    #[error("{}", other_answers(*recipe, *findings))]
    OtherAnswers { recipe: AnswerKind, findings: bool },
    #[error("no training image has a box: draw boxes on some images of the training split first")]
    NoBox,
    #[error(
        "mAP cannot be measured on validation images without a box: judge epochs by the validation loss (best_by, \
         stop_by, schedule.watch) or move some images with boxes to the validation split"
    )]
    NoValidationBox,
    #[error("of the image {name} {known} are known, and the recipe learns {wanted}: choose another recipe")]
    OtherTruth { name: String, known: &'static str, wanted: &'static str },
    #[error(
        "the image {name} is labelled with class number {class}, which the class list does not have: label it again"
    )]
    ForeignClass { name: String, class: usize },
    #[error(
        "the image {validation} of the validation split is the same as {train} of the training split (identical \
         content): put both in one split"
    )]
    Leak { train: String, validation: String },
    #[error("the loss became infinite or not a number {at}: lower the learning rate (it was {rate})")]
    NotFinite { at: String, rate: f64 },
    #[error(
        "the device's memory does not suffice even for {images} images at a time: choose smaller pictures \
         (preprocessing.side) or a smaller network, or train on the CPU"
    )]
    OutOfMemory { images: usize },
    #[error(
        "the {what} cannot be measured on validation images without any of the class {class:?}: \
         judge epochs by another figure (best_by, stop_by, schedule.watch) or move some images to the validation split"
    )]
    NoClass { what: &'static str, class: String },
    #[error("{what} is for grades, and these classes have no order: mark them as grades or choose something else")]
    NotGrades { what: &'static str },
    #[error("this run cannot be resumed: {why}; start a new run")]
    CannotResume { why: String },
    #[error("the weights of {path} cannot be started from: {why}")]
    CannotStartFrom { path: PathBuf, why: String },
    #[error("the run's folder {path} cannot be used: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("the image {name} could be read before but not now ({why}): put it back and resume the run")]
    Vanished { name: String, why: String },
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the network cannot be computed: {0}")]
    Tensor(#[from] candle_core::Error),
    #[error("no thread could be started to prepare images: {0}")]
    Thread(std::io::Error),
}

impl TrainError {
    /// Whether the device had no memory left. The tensor library passes on the driver's own words.
    pub(super) fn is_out_of_memory(&self) -> bool {
        let Self::Tensor(error) = self else { return false };
        let text = error.to_string().to_lowercase();
        text.contains("out of memory") || text.contains("out_of_memory")
    }
}

fn other_answers(recipe: AnswerKind, findings: bool) -> String {
    let (images, wanted) = match findings {
        true => ("images of this project may have several findings", "findings-resnet18"),
        false => ("images of this project are of one class", "fracture-resnet18"),
    };
    format!("{images}, and the recipe learns {}: choose one that fits, such as {wanted}", recipe.words())
}
