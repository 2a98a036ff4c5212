//! What a network is taught: classes of whole images, or boxes.

mod boxes;
mod classes;

pub(super) use boxes::{Boxes, Looked as BoxesLooked};
pub(super) use classes::{Classes, Looked as ClassesLooked};

use super::error::TrainError;
use super::job::Truth;
use crate::domain::recipe::{Architecture, Recipe};
use crate::domain::{ClassList, Measured, PredictedBox, ThresholdGoal, TrueBox};
use crate::evaluation::{boxes as box_figures, classification, measured_boxes, measured_classes};
use crate::nn::Params;
use std::collections::BTreeMap;

/// What one step or one pass came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Mean over the images.
    pub loss: f64,
    /// What the loss is the sum of, by name, where it has parts.
    pub parts: BTreeMap<&'static str, f64>,
    /// Images that were classified right.
    pub right: usize,
    pub images: usize,
}

impl Figures {
    /// Adds the figures of further images.
    pub fn add(&mut self, other: &Figures) {
        let (before, more) = (self.images as f64, other.images as f64);
        if before + more > 0.0 {
            let mean = |a: f64, b: f64| (a * before + b * more) / (before + more);
            self.loss = mean(self.loss, other.loss);
            for (name, value) in &other.parts {
                let part = self.parts.entry(name).or_default();
                *part = mean(*part, *value);
            }
        }
        self.right += other.right;
        self.images += other.images;
    }

    /// Share of the images that were classified right.
    pub fn accuracy(&self) -> f64 {
        if self.images == 0 { 0.0 } else { self.right as f64 / self.images as f64 }
    }
}

/// What was said about the validation images.
pub(super) enum Validated {
    Classes {
        figures: Figures,
        truth: Vec<usize>,
        /// One row an image, one column a class.
        probabilities: Vec<Vec<f32>>,
    },
    /// Image by image, in pixels of the network's input.
    Boxes { loss: f64, truth: Vec<Vec<TrueBox>>, found: Vec<Vec<PredictedBox>> },
}

impl Validated {
    /// Mean over the images.
    pub fn loss(&self) -> f64 {
        match self {
            Self::Classes { figures, .. } => figures.loss,
            Self::Boxes { loss, .. } => *loss,
        }
    }

    /// The figures by which the epoch is judged.
    pub fn measured(&self, classes: &ClassList) -> Measured {
        match self {
            Self::Classes { figures, truth, probabilities } => {
                measured_classes(figures.loss, figures.accuracy(), &classification(truth, probabilities, classes))
            }
            Self::Boxes { loss, truth, found } => {
                measured_boxes(*loss, &box_figures::detection(truth, found, classes, 0.5))
            }
        }
    }

    /// The score from which boxes count, chosen for the best F1; `None` for classes.
    pub fn threshold(&self, classes: &ClassList) -> Option<f64> {
        match self {
            Self::Classes { .. } => None,
            Self::Boxes { truth, found, .. } => {
                let chosen = box_figures::choose_threshold(truth, found, classes, ThresholdGoal::F1);
                // Images are kept in 16 bits while a run goes on, so that scores differ a little from later ones.
                Some(box_figures::with_room(chosen, found))
            }
        }
    }
}

/// A network with what it is taught.
pub(super) enum Task {
    Classes(Classes),
    Boxes(Box<Boxes>),
}

impl Task {
    /// The recipe's network, new in `params`.
    pub fn new(
        recipe: &Recipe,
        classes: usize,
        class_weights: Option<Vec<f32>>,
        params: &Params,
    ) -> Result<Self, TrainError> {
        Ok(match &recipe.architecture {
            Architecture::Classifier(network) => {
                Self::Classes(Classes::new(recipe, network, classes, class_weights, params)?)
            }
            Architecture::Detector(network) => Self::Boxes(Box::new(Boxes::new(recipe, network, classes, params)?)),
        })
    }

    /// See [`crate::models::Network::stages`].
    pub fn stages(&self) -> usize {
        match self {
            Self::Classes(task) => task.network.stages(),
            Self::Boxes(task) => task.network.stages(),
        }
    }

    /// See [`crate::models::Network::stage`].
    pub fn stage(&self, name: &str) -> usize {
        match self {
            Self::Classes(task) => task.network.stage(name),
            Self::Boxes(task) => task.network.stage(name),
        }
    }

    /// Whether a weight is new for every list of classes.
    pub fn is_head(&self, name: &str) -> bool {
        match self {
            Self::Classes(task) => task.network.is_head(name),
            Self::Boxes(task) => task.network.is_head(name),
        }
    }

    /// What these images count for in the mean that is the loss.
    pub fn weight(&self, truths: &[Truth]) -> f64 {
        match self {
            Self::Classes(task) => task.weight(truths),
            // Every image gives as many anchors and regions to learn from.
            Self::Boxes(_) => truths.len() as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_means_over_images() {
        let parts = |value| BTreeMap::from([("objectness", value)]);
        let mut figures = Figures { loss: 1.0, parts: parts(0.5), right: 1, images: 1 };
        figures.add(&Figures { loss: 2.0, parts: parts(1.5), right: 0, images: 3 });
        assert_eq!((figures.loss, figures.accuracy()), (1.75, 0.25));
        assert_eq!(figures.parts["objectness"], 1.25);
    }
}
