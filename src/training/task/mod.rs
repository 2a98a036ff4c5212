//! What a network is taught: classes of whole images, their findings, or boxes.

mod boxes;
mod classes;
mod findings;

pub(super) use boxes::{Boxes, Looked as BoxesLooked};
pub(super) use classes::{Classes, Looked as ClassesLooked};
pub(super) use findings::{Findings, Looked as FindingsLooked, positive_weights};

use super::error::TrainError;
use super::job::Truth;
use crate::domain::BoxThresholds;
use crate::domain::recipe::{Architecture, Recipe};
use crate::domain::{ClassList, Findings as Said, Measured, PredictedBox, ThresholdGoal, TrueBox};
use crate::evaluation::{boxes as box_figures, classification, measured_boxes, measured_classes, measured_findings};
use crate::models::Network;
use crate::nn::Params;
use std::collections::BTreeMap;

/// What one step or one pass came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Mean over the images.
    pub loss: f64,
    /// What the loss is the sum of, by name, where it has parts.
    pub parts: BTreeMap<&'static str, f64>,
    /// Images that were classified right, or findings that were told right.
    pub right: usize,
    /// Findings of which it is known what is right; absent where it is asked of the images.
    pub asked: Option<usize>,
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
        self.asked = match (self.asked, other.asked) {
            (None, None) => None,
            (one, another) => Some(one.unwrap_or(0) + another.unwrap_or(0)),
        };
        self.images += other.images;
    }

    /// Share of the images that were classified right, or of the findings that were told right.
    pub fn accuracy(&self) -> f64 {
        let all = self.asked.unwrap_or(self.images);
        if all == 0 { 0.0 } else { self.right as f64 / all as f64 }
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
    /// Image by image; of the probabilities one a class.
    Findings { loss: f64, truth: Vec<Said>, probabilities: Vec<Vec<f32>> },
    /// Image by image, in pixels of the network's input.
    Boxes { loss: f64, truth: Vec<Vec<TrueBox>>, found: Vec<Vec<PredictedBox>> },
}

impl Validated {
    /// Mean over the images.
    pub fn loss(&self) -> f64 {
        match self {
            Self::Classes { figures, .. } => figures.loss,
            Self::Findings { loss, .. } | Self::Boxes { loss, .. } => *loss,
        }
    }

    /// The figures by which the epoch is judged.
    pub fn measured(&self, classes: &ClassList) -> Measured {
        match self {
            Self::Classes { figures, truth, probabilities } => {
                measured_classes(figures.loss, figures.accuracy(), &classification(truth, probabilities, classes))
            }
            Self::Findings { loss, truth, probabilities } => measured_findings(*loss, truth, probabilities, classes),
            Self::Boxes { loss, truth, found } => {
                measured_boxes(*loss, &box_figures::detection(truth, found, classes, &BoxThresholds::of_all(0.5)))
            }
        }
    }

    /// The score from which boxes count, chosen for the best F1; `None` for classes and findings.
    pub fn threshold(&self, classes: &ClassList) -> Option<f64> {
        match self {
            Self::Classes { .. } | Self::Findings { .. } => None,
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
    Findings(Findings),
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
            Architecture::Classifier(network) if recipe.loss.is_of_findings() => {
                Self::Findings(Findings::new(recipe, network, classes, class_weights, params)?)
            }
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
            Self::Findings(task) => task.network.stages(),
            Self::Boxes(task) => task.network.stages(),
        }
    }

    /// See [`crate::models::Network::stage`].
    pub fn stage(&self, name: &str) -> usize {
        match self {
            Self::Classes(task) => task.network.stage(name),
            Self::Findings(task) => task.network.stage(name),
            Self::Boxes(task) => task.network.stage(name),
        }
    }

    /// Whether a weight is new for every list of classes.
    pub fn is_head(&self, name: &str) -> bool {
        match self {
            Self::Classes(task) => task.network.is_head(name),
            Self::Findings(task) => task.network.is_head(name),
            Self::Boxes(task) => task.network.is_head(name),
        }
    }

    /// The network, where it says something of the image as a whole.
    pub fn of_the_whole(&self) -> Option<&dyn Network> {
        match self {
            Self::Classes(task) => Some(task.network.as_ref()),
            Self::Findings(task) => Some(task.network.as_ref()),
            Self::Boxes(_) => None,
        }
    }

    /// What these images count for in the mean that is the loss.
    pub fn weight(&self, truths: &[Truth]) -> f64 {
        match self {
            Self::Classes(task) => task.weight(truths),
            Self::Findings(task) => task.weight(truths),
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
        let mut figures = Figures { loss: 1.0, parts: parts(0.5), right: 1, images: 1, asked: None };
        figures.add(&Figures { loss: 2.0, parts: parts(1.5), right: 0, images: 3, asked: None });
        assert_eq!((figures.loss, figures.accuracy()), (1.75, 0.25));
        assert_eq!(figures.parts["objectness"], 1.25);
    }
}
