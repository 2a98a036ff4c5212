//! A network with its optimizer: one step, and one look at the validation images.

use super::batches::Batch;
use super::error::TrainError;
use super::features::{Features, for_each_input, in_order};
use super::job::Truth;
use super::samples::Samples;
use super::seeds::{Purpose, generator};
use super::task::{BoxesLooked, ClassesLooked, Figures, FindingsLooked, Task, Validated};
use crate::domain::{Preprocessing, Recipe};
use crate::models::Network;
use crate::nn::{Frozen, Mode, Optimizer, Params};
use candle_core::{Device, Tensor};
use std::cell::RefCell;

/// Everything that changes when a step is taken.
pub(super) struct Learner {
    pub params: Params,
    pub task: Task,
    pub optimizer: Optimizer,
    preprocessing: Preprocessing,
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
        let task = Task::new(recipe, classes, class_weights, &params)?;
        let share = |name: &str| if task.is_head(name) { 1.0 } else { recipe.backbone_rate };
        let mut optimizer = Optimizer::new(&recipe.optimizer, params.trainable()).scaled(share);
        if !recipe.decay_biases_and_norms {
            optimizer = optimizer.sparing_vectors();
        }
        if recipe.clip_norm > 0.0 {
            optimizer = optimizer.clipped(recipe.clip_norm);
        }
        Ok(Self {
            params,
            task,
            optimizer,
            preprocessing: recipe.preprocessing.clone(),
            seed: recipe.seed,
            frozen: None,
            only_head: false,
        })
    }

    /// Leaves so many of the network's first stages as they are; all but the last where there are fewer. Batch norm in
    /// them uses its running statistics, as in inference, and does not move them.
    pub fn freeze(&mut self, stages: usize) {
        let task = &self.task;
        let stages = stages.min(task.stages().saturating_sub(1));
        self.only_head = stages + 1 >= task.stages();
        self.frozen = (stages > 0).then(|| Frozen::new(&self.params, |name| task.stage(name) < stages));
        self.optimizer.set_trainable(|name| task.stage(name) >= stages);
    }

    /// Whether the features of a picture stay the same from epoch to epoch, and make up all that is computed of it.
    pub fn only_head_learns(&self) -> bool {
        self.only_head && self.task.of_the_whole().is_some()
    }

    /// See [`Task::weight`].
    pub fn weight(&self, truths: &[Truth]) -> f64 {
        self.task.weight(truths)
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
        let (loss, figures) = match &self.task {
            Task::Classes(task) => {
                let features = self.features_to_learn(task.network.as_ref(), batch, input, &mode)?;
                task.loss(&features, &batch.truths, &mode)?
            }
            Task::Findings(task) => {
                let features = self.features_to_learn(task.network.as_ref(), batch, input, &mode)?;
                task.loss(&features, &batch.truths, &mode)?
            }
            Task::Boxes(task) => {
                let mut regions = generator(self.seed, Purpose::Regions, place.epoch, place.batch, place.from);
                task.loss(&self.tensor(batch, input)?, &batch.truths, &mode, &mut regions)?
            }
        };
        #[cfg(test)]
        if MOST_IMAGES.get().is_some_and(|most| batch.truths.len() > most) {
            return Err(candle_core::Error::Msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY)".into()).into());
        }
        if figures.loss.is_finite() {
            self.optimizer.accumulate(&loss.backward()?, share)?;
        }
        Ok(figures)
    }

    /// What the network's first part makes of a batch while it learns.
    fn features_to_learn(
        &self,
        network: &dyn Network,
        batch: &Batch,
        input: Input,
        mode: &Mode,
    ) -> Result<Tensor, TrainError> {
        match input {
            Input::Features(_) => self.tensor(batch, input),
            // Nothing of it learns, so it works as in use, and keeps nothing for a backward pass.
            Input::Pictures if self.only_head => self.features(batch),
            Input::Pictures => Ok(network.features(&self.tensor(batch, input)?, mode)?),
        }
    }

    /// What the network's first part makes of pictures when it is used, not trained.
    ///
    /// # Errors
    /// Of a network that draws boxes, which has no such part, and those of the tensor library.
    pub fn features(&self, batch: &Batch) -> Result<Tensor, TrainError> {
        let Some(network) = self.task.of_the_whole() else {
            return Err(candle_core::Error::Msg("a network that draws boxes keeps no features".into()).into());
        };
        Ok(network.features(&self.tensor(batch, Input::Pictures)?, &Mode::Inference)?.detach())
    }

    /// What is said of images as they are. `go_on` hears after each batch how many are done, and may end it with
    /// `None`.
    pub fn validate(
        &self,
        samples: &Samples,
        kept: Option<&Features>,
        batch: usize,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Option<Validated>, TrainError> {
        let mut whole = true;
        let plan = in_order(samples, batch);
        let validated = match &self.task {
            Task::Classes(task) => {
                let mut seen = ClassesLooked::default();
                for_each_input(samples, kept, &plan, None, &mut |_, batch, input| {
                    task.look(&self.features_in_use(&batch, input)?, &batch.truths, &mut seen)?;
                    whole = go_on(seen.images());
                    Ok(whole)
                })?;
                seen.done()
            }
            Task::Findings(task) => {
                let mut seen = FindingsLooked::default();
                for_each_input(samples, kept, &plan, None, &mut |_, batch, input| {
                    task.look(&self.features_in_use(&batch, input)?, &batch.truths, &mut seen)?;
                    whole = go_on(seen.images());
                    Ok(whole)
                })?;
                seen.done()
            }
            Task::Boxes(task) => {
                let mut seen = BoxesLooked::default();
                for_each_input(samples, None, &plan, None, &mut |step, batch, input| {
                    // The same in every epoch, so that losses can be compared.
                    let mut regions = generator(self.seed, Purpose::ValidationRegions, 0, step, 0);
                    task.look(&self.tensor(&batch, input)?, &batch.truths, &mut regions, &mut seen)?;
                    whole = go_on(seen.images());
                    Ok(whole)
                })?;
                seen.done()
            }
        };
        Ok(whole.then_some(validated))
    }

    fn features_in_use(&self, batch: &Batch, input: Input) -> Result<Tensor, TrainError> {
        match input {
            Input::Pictures => self.features(batch),
            Input::Features(_) => self.tensor(batch, input),
        }
    }

    fn tensor(&self, batch: &Batch, input: Input) -> Result<Tensor, TrainError> {
        let p = &self.preprocessing;
        let [channels, height, width] = match input {
            Input::Pictures => [p.channels, p.height, p.width],
            Input::Features(shape) => shape,
        };
        let shape = (batch.truths.len(), channels, height, width);
        Ok(Tensor::from_slice(&batch.input, shape, self.params.device())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{self, SimpleCnn};
    use serde::Deserialize;
    use std::collections::HashMap;

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
            architecture: SimpleCnn {
                channels: r.channels,
                batch_norm: true,
                hidden: r.hidden,
                global_pooling: false,
                dropout: 0.0,
            }
            .into(),
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
        let batch = Batch { input: r.images, truths: r.targets.into_iter().map(Truth::Class).collect() };
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
}
