//! Classes of whole images: the loss of a step, and what is said of the validation images.

use super::{Figures, Validated};
use crate::domain::prediction::top_class;
use crate::domain::recipe::{ClassifierArchitecture, Loss, Recipe};
use crate::inference::softmax;
use crate::models::{Network, build_for};
use crate::nn::{Mode, Params, class_log_probabilities, corn, cross_entropy, questions};
use crate::training::error::TrainError;
use crate::training::job::Truth;
use candle_core::Tensor;

/// A classifier and how its answers are judged.
pub(crate) struct Classes {
    pub network: Box<dyn Network>,
    classes: usize,
    weights: Option<Vec<f32>>,
    label_smoothing: f64,
    grading: Grading,
}

/// How the last layer is taught.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grading {
    Classes,
    Corn,
}

impl Classes {
    pub fn new(
        recipe: &Recipe,
        architecture: &ClassifierArchitecture,
        classes: usize,
        weights: Option<Vec<f32>>,
        params: &Params,
    ) -> Result<Self, TrainError> {
        let grading = if recipe.loss == Loss::Corn { Grading::Corn } else { Grading::Classes };
        let network = build_for(recipe.loss.into(), architecture, &recipe.preprocessing, classes, params)?;
        Ok(Self { network, classes, weights, label_smoothing: recipe.label_smoothing, grading })
    }

    /// What these images count for in the mean that is the loss: their class weights, where there are any, for each
    /// question that is asked of them.
    pub fn weight(&self, truths: &[Truth]) -> f64 {
        let weight = |class: usize| {
            let weights = self.weights.as_ref();
            let weight = weights.map_or(1.0, |weights| weights.get(class).map_or(0.0, |&w| f64::from(w)));
            match self.grading {
                Grading::Classes => weight,
                Grading::Corn => weight * questions(class, self.classes) as f64,
            }
        };
        targets(truths).into_iter().map(weight).sum()
    }

    /// The loss of a batch, to be differentiated, and its figures, of features as the network makes them.
    pub fn loss(&self, features: &Tensor, truths: &[Truth], mode: &Mode) -> Result<(Tensor, Figures), TrainError> {
        let targets = targets(truths);
        let weights = self.weights.as_deref();
        let (loss, logits) = match self.grading {
            Grading::Classes => {
                let logits = self.network.head(features, mode)?;
                (cross_entropy(&logits, &targets, weights, self.label_smoothing)?, logits.detach())
            }
            Grading::Corn => {
                let ranks = self.network.ranks(features, mode)?;
                (corn(&ranks, &targets, weights)?, class_log_probabilities(&ranks.detach())?)
            }
        };
        let value = f64::from(loss.to_scalar::<f32>()?);
        let right = right(&logits.to_vec2::<f32>()?, &targets);
        Ok((loss, Figures { loss: value, right, images: truths.len(), ..Figures::default() }))
    }

    /// Plain cross entropy (neither class weights nor label smoothing, so that recipes can be compared) and what is
    /// said of images as they are, of their features.
    pub fn look(&self, features: &Tensor, truths: &[Truth], seen: &mut Looked) -> Result<(), TrainError> {
        let targets = targets(truths);
        let rows = self.network.head(features, &Mode::Inference)?.detach().to_vec2::<f32>()?;
        seen.negative_log_likelihood +=
            rows.iter().zip(&targets).map(|(row, &target)| negative_log_likelihood(row, target)).sum::<f64>();
        seen.right += right(&rows, &targets);
        seen.truth.extend(targets);
        seen.probabilities.extend(rows.iter().map(|row| softmax(row)));
        Ok(())
    }
}

/// What was said so far of the validation images.
#[derive(Default)]
pub(crate) struct Looked {
    negative_log_likelihood: f64,
    right: usize,
    truth: Vec<usize>,
    probabilities: Vec<Vec<f32>>,
}

impl Looked {
    pub fn images(&self) -> usize {
        self.truth.len()
    }

    pub fn done(self) -> Validated {
        let images = self.truth.len();
        let loss = self.negative_log_likelihood / images.max(1) as f64;
        let figures = Figures { loss, right: self.right, images, ..Figures::default() };
        Validated::Classes { figures, truth: self.truth, probabilities: self.probabilities }
    }
}

/// The class of each image.
fn targets(truths: &[Truth]) -> Vec<usize> {
    let class = |truth: &Truth| match truth {
        Truth::Class(class) => Some(*class),
        // Refused before the run began.
        Truth::Findings(_) | Truth::Boxes(_) => None,
    };
    truths.iter().filter_map(class).collect()
}

fn right(rows: &[Vec<f32>], targets: &[usize]) -> usize {
    rows.iter().zip(targets).filter(|(row, target)| top_class(row) == Some(**target)).count()
}

/// Minus the logarithm of the softmax at `target`.
fn negative_log_likelihood(logits: &[f32], target: usize) -> f64 {
    let largest = logits.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|&v| (f64::from(v) - largest).exp()).sum();
    logits.get(target).map_or(f64::NAN, |&v| largest + sum.ln() - f64::from(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_negative_log_likelihood_is_the_cross_entropy() {
        assert!((negative_log_likelihood(&[0.0, 0.0], 1) - 2f64.ln()).abs() < 1e-12);
        assert!((negative_log_likelihood(&[1000.0, 0.0], 1) - 1000.0).abs() < 1e-9);
        assert!(negative_log_likelihood(&[f32::NAN, 0.0], 1).is_nan());
    }
}
