//! A network with its optimizer: one step, and one look at the validation images.

use super::batches::Batch;
use super::error::TrainError;
use super::features::{Features, for_each_input, in_order};
use super::samples::Samples;
use super::seeds::{Purpose, generator};
use crate::domain::prediction::top_class;
use crate::domain::recipe::Loss;
use crate::domain::{Preprocessing, Recipe};
use crate::inference::softmax;
use crate::models::{Network, build_for};
use crate::nn::{Frozen, Mode, Optimizer, Params, class_log_probabilities, corn, cross_entropy, questions};
use candle_core::{Device, Tensor};
use std::cell::RefCell;

/// What one step or one pass came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// Mean over the images.
    pub loss: f64,
    pub right: usize,
    pub images: usize,
}

impl Figures {
    /// Adds the figures of further images.
    pub fn add(&mut self, other: Figures) {
        let images = self.images + other.images;
        if images > 0 {
            self.loss = (self.loss * self.images as f64 + other.loss * other.images as f64) / images as f64;
        }
        self.right += other.right;
        self.images = images;
    }

    /// Share of the images that were classified right.
    pub fn accuracy(&self) -> f64 {
        if self.images == 0 { 0.0 } else { self.right as f64 / self.images as f64 }
    }
}

/// What was said about the validation images.
pub(super) struct Validated {
    pub figures: Figures,
    pub truth: Vec<usize>,
    /// One row an image, one column a class.
    pub probabilities: Vec<Vec<f32>>,
}

/// Everything that changes when a step is taken.
pub(super) struct Learner {
    pub params: Params,
    pub network: Box<dyn Network>,
    pub optimizer: Optimizer,
    preprocessing: Preprocessing,
    classes: usize,
    class_weights: Option<Vec<f32>>,
    label_smoothing: f64,
    loss: Loss,
    seed: u64,
    /// What the first stages hold that are not trained now; absent when all learn.
    frozen: Option<Frozen>,
    /// Nothing but the head is trained now.
    only_head: bool,
}

#[cfg(test)]
thread_local! {
    /// A step of more images fails as a device without memory does.
    pub(super) static MOST_IMAGES: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

/// What a batch holds: pictures, or the features that the network's first part made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Pictures,
    /// Channels, rows and columns.
    Features([usize; 3]),
}

/// The place of a batch, or of a part of it, in a run; what is random in it follows from the place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub epoch: usize,
    pub batch: usize,
    /// Images of the batch that came before.
    pub from: usize,
}

impl Learner {
    /// A network with weights drawn from the recipe's seed.
    pub fn new(
        recipe: &Recipe,
        classes: usize,
        class_weights: Option<Vec<f32>>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let params = Params::new(device, recipe.seed);
        let network = build_for(recipe.loss, &recipe.architecture, &recipe.preprocessing, classes, &params)?;
        let share = |name: &str| if network.is_head(name) { 1.0 } else { recipe.backbone_rate };
        let mut optimizer = Optimizer::new(&recipe.optimizer, params.trainable()).scaled(share);
        if !recipe.decay_biases_and_norms {
            optimizer = optimizer.sparing_vectors();
        }
        if recipe.clip_norm > 0.0 {
            optimizer = optimizer.clipped(recipe.clip_norm);
        }
        Ok(Self {
            params,
            network,
            optimizer,
            preprocessing: recipe.preprocessing.clone(),
            classes,
            class_weights,
            label_smoothing: recipe.label_smoothing,
            loss: recipe.loss,
            seed: recipe.seed,
            frozen: None,
            only_head: false,
        })
    }

    /// Leaves so many of the network's first stages as they are; all but the last where there are fewer. Batch norm in
    /// them uses its running statistics, as in inference, and does not move them.
    pub fn freeze(&mut self, stages: usize) {
        let network = &self.network;
        let stages = stages.min(network.stages().saturating_sub(1));
        self.only_head = stages + 1 >= network.stages();
        self.frozen = (stages > 0).then(|| Frozen::new(&self.params, |name| network.stage(name) < stages));
        self.optimizer.set_trainable(|name| network.stage(name) >= stages);
    }

    /// Whether the features of a picture stay the same from epoch to epoch.
    pub fn only_head_learns(&self) -> bool {
        self.only_head
    }

    /// What these images count for in the mean that is the loss: their class weights, where there are any, for each
    /// question that is asked of them.
    pub fn weight(&self, targets: &[usize]) -> f64 {
        let weight = |&class: &usize| {
            let weights = self.class_weights.as_ref();
            let weight = weights.map_or(1.0, |weights| weights.get(class).map_or(0.0, |&w| f64::from(w)));
            match self.loss {
                Loss::CrossEntropy => weight,
                Loss::Corn => weight * questions(class, self.classes) as f64,
            }
        };
        targets.iter().map(weight).sum()
    }

    /// Adds `share` of the gradients of the mean loss of these images to those of the step to come; figures as the
    /// network is now. An infinite loss adds nothing, and where memory does not suffice all is as it was before.
    pub fn learn(&mut self, batch: &Batch, input: Input, place: Place, share: f64) -> Result<Figures, TrainError> {
        let statistics = self.params.buffers()?;
        let learned = self.forward_and_backward(batch, input, place, share);
        if learned.as_ref().is_err_and(TrainError::is_out_of_memory) {
            self.params.assign(&statistics)?;
        }
        learned
    }

    fn forward_and_backward(
        &mut self,
        batch: &Batch,
        input: Input,
        place: Place,
        share: f64,
    ) -> Result<Figures, TrainError> {
        let rng = RefCell::new(generator(self.seed, Purpose::Dropout, place.epoch, place.batch, place.from));
        let mode = match &self.frozen {
            None => Mode::Training(&rng),
            Some(frozen) => Mode::PartlyFrozen(&rng, frozen),
        };
        let features = match input {
            Input::Features(_) => self.tensor(batch, input)?,
            // Nothing of it learns, so it works as in use, and keeps nothing for a backward pass.
            Input::Pictures if self.only_head => self.features(batch)?,
            Input::Pictures => self.network.features(&self.tensor(batch, input)?, &mode)?,
        };
        #[cfg(test)]
        if MOST_IMAGES.get().is_some_and(|most| batch.targets.len() > most) {
            return Err(candle_core::Error::Msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY)".into()).into());
        }
        let weights = self.class_weights.as_deref();
        let (loss, logits) = match self.loss {
            Loss::CrossEntropy => {
                let logits = self.network.head(&features, &mode)?;
                (cross_entropy(&logits, &batch.targets, weights, self.label_smoothing)?, logits.detach())
            }
            Loss::Corn => {
                let ranks = self.network.ranks(&features, &mode)?;
                (corn(&ranks, &batch.targets, weights)?, class_log_probabilities(&ranks.detach())?)
            }
        };
        let value = f64::from(loss.to_scalar::<f32>()?);
        if value.is_finite() {
            self.optimizer.accumulate(&loss.backward()?, share)?;
        }
        let rows = logits.to_vec2::<f32>()?;
        Ok(Figures { loss: value, right: right(&rows, &batch.targets), images: batch.targets.len() })
    }

    /// What the network's first part makes of pictures when it is used, not trained.
    pub fn features(&self, batch: &Batch) -> Result<Tensor, TrainError> {
        Ok(self.network.features(&self.tensor(batch, Input::Pictures)?, &Mode::Inference)?.detach())
    }

    /// Plain cross entropy (neither class weights nor label smoothing, so that recipes can be compared) and what is
    /// said of images as they are. `go_on` hears after each batch how many are done, and may end it with `None`.
    pub fn validate(
        &self,
        samples: &Samples,
        kept: Option<&Features>,
        batch: usize,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Validated>, TrainError> {
        let (mut sum, mut right_ones) = (0.0, 0);
        let (mut truth, mut probabilities) = (Vec::new(), Vec::new());
        let mut whole = true;
        for_each_input(samples, kept, &in_order(samples, batch), None, &mut |_, batch, input| {
            let features = match input {
                Input::Pictures => self.features(&batch)?,
                Input::Features(_) => self.tensor(&batch, input)?,
            };
            let rows = self.network.head(&features, &Mode::Inference)?.detach().to_vec2::<f32>()?;
            sum += rows.iter().zip(&batch.targets).map(|(row, &target)| surprise(row, target)).sum::<f64>();
            right_ones += right(&rows, &batch.targets);
            truth.extend_from_slice(&batch.targets);
            probabilities.extend(rows.iter().map(|row| softmax(row)));
            whole = go_on(truth.len());
            Ok(whole)
        })?;
        let figures = Figures { loss: sum / samples.len().max(1) as f64, right: right_ones, images: truth.len() };
        Ok(whole.then_some(Validated { figures, truth, probabilities }))
    }

    fn tensor(&self, batch: &Batch, input: Input) -> Result<Tensor, TrainError> {
        let p = &self.preprocessing;
        let [channels, height, width] = match input {
            Input::Pictures => [p.channels, p.height, p.width],
            Input::Features(shape) => shape,
        };
        let shape = (batch.targets.len(), channels, height, width);
        Ok(Tensor::from_slice(&batch.input, shape, self.params.device())?)
    }
}

fn right(rows: &[Vec<f32>], targets: &[usize]) -> usize {
    rows.iter().zip(targets).filter(|(row, target)| top_class(row) == Some(**target)).count()
}

/// Minus the logarithm of the softmax at `target`.
fn surprise(logits: &[f32], target: usize) -> f64 {
    let largest = logits.iter().copied().map(f64::from).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|&v| (f64::from(v) - largest).exp()).sum();
    logits.get(target).map_or(f64::NAN, |&v| largest + sum.ln() - f64::from(v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Architecture;
    use crate::domain::recipe;
    use serde::Deserialize;
    use std::collections::HashMap;

    #[test]
    fn surprise_is_the_cross_entropy() {
        assert!((surprise(&[0.0, 0.0], 1) - 2f64.ln()).abs() < 1e-12);
        assert!((surprise(&[1000.0, 0.0], 1) - 1000.0).abs() < 1e-9);
        assert!(surprise(&[f32::NAN, 0.0], 1).is_nan());
    }

    #[derive(Deserialize)]
    struct Reference {
        channels: Vec<usize>,
        hidden: usize,
        side: usize,
        start: HashMap<String, Vec<f32>>,
        shapes: HashMap<String, Vec<usize>>,
        images: Vec<f32>,
        targets: Vec<usize>,
        class_weights: Vec<f32>,
        label_smoothing: f64,
        learning_rate: f64,
        weight_decay: f64,
        losses: Vec<f64>,
        after: HashMap<String, Vec<f32>>,
    }

    #[test]
    fn eight_steps_of_a_whole_network_equal_torch() {
        let r: Reference = serde_json::from_str(include_str!("../../tests/reference/expected/learner.json")).unwrap();
        let recipe = Recipe {
            architecture: Architecture::SimpleCnn {
                channels: r.channels,
                batch_norm: true,
                hidden: r.hidden,
                global_pooling: false,
                dropout: 0.0,
            },
            preprocessing: Preprocessing { width: r.side, height: r.side, ..Preprocessing::default() },
            optimizer: recipe::Optimizer::AdamW { learning_rate: r.learning_rate, weight_decay: r.weight_decay },
            label_smoothing: r.label_smoothing,
            ..Recipe::default()
        };
        let mut learner = Learner::new(&recipe, 3, Some(r.class_weights), &Device::Cpu).unwrap();
        let tensor = |name: &String, values: &Vec<f32>| {
            Tensor::from_vec(values.clone(), r.shapes[name].as_slice(), &Device::Cpu).unwrap()
        };
        let start = r.start.iter().map(|(name, values)| (name.clone(), tensor(name, values))).collect();
        assert!(learner.params.assign(&start).unwrap().is_exact());
        let batch = Batch { input: r.images, targets: r.targets };
        for (step, expected) in r.losses.iter().enumerate() {
            let figures =
                learner.learn(&batch, Input::Pictures, Place { epoch: 0, batch: step, from: 0 }, 1.0).unwrap();
            learner.optimizer.apply(r.learning_rate).unwrap();
            assert!((figures.loss - expected).abs() < 1e-5, "step {step}: {} against {expected}", figures.loss);
        }
        for (name, var) in learner.params.all() {
            let ours = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            for (a, b) in ours.iter().zip(&r.after[&name]) {
                assert!((a - b).abs() < 1e-4, "{name}: {a} against {b}");
            }
        }
    }

    #[test]
    fn figures_are_means_over_images() {
        let mut figures = Figures { loss: 1.0, right: 1, images: 1 };
        figures.add(Figures { loss: 2.0, right: 0, images: 3 });
        assert_eq!((figures.loss, figures.accuracy()), (1.75, 0.25));
    }
}
