//! Any model that was opened, for those who do not care which kind it is.

use super::classifier::Classifier;
use super::detector::Detector;
use super::error::ModelError;
use super::files::{PredictOptions, Predictor, predict_files};
use super::model_file::ModelFile;
use super::output::Output;
use crate::domain::{Architecture, ClassList, ImageFile, ModelCard};
use crate::imaging::DecodedImage;
use crate::nn::Compute;
use rayon::prelude::*;
use std::path::Path;

/// A model with its weights: one that gives classes to whole pictures, or one that draws boxes.
pub enum Model {
    Classifier(Box<Classifier>),
    Detector(Box<Detector>),
}

impl Model {
    /// Reads a file that [`super::save`] wrote. Anything missing, misshaped, undefined or from a newer version is
    /// refused.
    pub fn open(path: &Path, compute: &Compute) -> Result<Self, ModelError> {
        let file = ModelFile::read(path, compute)?;
        Ok(match file.card.architecture.clone() {
            Architecture::Classifier(network) => Self::Classifier(Box::new(Classifier::of(file, &network, compute)?)),
            Architecture::Detector(network) => Self::Detector(Box::new(Detector::of(file, &network, compute)?)),
        })
    }

    /// The same network as it is before training, drawn from this seed: what nothing was learned by.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn untrained(&self, seed: u64) -> Result<Self, ModelError> {
        Ok(match self {
            Self::Classifier(classifier) => Self::Classifier(Box::new(classifier.untrained(seed)?)),
            Self::Detector(detector) => Self::Detector(Box::new(detector.untrained(seed)?)),
        })
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        match self {
            Self::Classifier(classifier) => classifier.card(),
            Self::Detector(detector) => detector.card(),
        }
    }

    /// Fails with a sentence unless the model's classes are these, in this order.
    pub fn check_classes(&self, classes: &ClassList) -> Result<(), ModelError> {
        let card = self.card();
        if card.classes.names() == classes.names() {
            return Ok(());
        }
        Err(ModelError::OtherClasses {
            model: card.name.clone(),
            theirs: card.classes.names().join(", "),
            ours: classes.names().join(", "),
        })
    }

    /// What it says of pictures in memory, in their order; so many at a time as the network takes well.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn predict(&self, images: &[DecodedImage], options: PredictOptions) -> Result<Vec<Output>, ModelError> {
        fn of<P: Predictor>(
            with: &P,
            images: &[DecodedImage],
            options: PredictOptions,
        ) -> Result<Vec<Output>, ModelError> {
            let mut outputs = Vec::with_capacity(images.len());
            for images in images.chunks(options.batch.min(with.most_together()).max(1)) {
                let inputs = images.par_iter().map(|image| with.prepare(image, options)).collect();
                outputs.extend(with.answer(inputs, options)?);
            }
            Ok(outputs)
        }
        match self {
            Self::Classifier(classifier) => of(classifier.as_ref(), images, options),
            Self::Detector(detector) => of(detector.as_ref(), images, options),
        }
    }

    /// See [`predict_files`].
    pub fn predict_files(
        &self,
        files: &[ImageFile],
        options: PredictOptions,
        on: &mut dyn FnMut(usize, Result<Output, String>) -> bool,
    ) {
        match self {
            Self::Classifier(classifier) => predict_files(classifier.as_ref(), files, options, on),
            Self::Detector(detector) => predict_files(detector.as_ref(), files, options, on),
        }
    }
}
