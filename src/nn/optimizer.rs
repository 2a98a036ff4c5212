//! Optimizers whose whole state can be saved and restored, so that a run resumes exactly.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use super::schedule::Rates;
use crate::domain::recipe;
use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var, bail};
use rayon::prelude::*;
use std::collections::HashMap;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
/// Added to the norm that gradients are clipped by, as in `torch.nn.utils.clip_grad_norm_`.
const CLIP_EPSILON: f64 = 1e-6;

/// What is remembered of a tensor between steps.
enum Memory {
    /// In the computer's own memory; empty until the first step needs it.
    Own(fused::Moments),
    /// On another device.
    Device(composed::Moments),
}

/// One trained tensor and what the optimizer remembers of it.
struct Slot {
    name: String,
    var: Var,
    trainable: bool,
    /// Its share of the learning rate.
    rate: f64,
    /// Whether weight decay acts on it.
    decays: bool,
    /// Steps taken with this tensor; a frozen one takes none.
    steps: u32,
    memory: Memory,
    /// The gradient of the step to come.
    gradient: Option<Tensor>,
}

/// One step's numbers for one tensor.
#[derive(Clone, Copy)]
enum Move {
    /// `fresh` is the first step, whose momentum buffer is the gradient itself.
    Sgd { rate: f64, momentum: f64, nesterov: bool, coupled: f64, fresh: bool },
    /// The biased first moment is divided by `correction1` (in `rate` already), the second by `correction2`, before
    /// the root.
    Adam { rate: f64, beta1: f64, root2: f64, coupled: f64, shrink: f64 },
}

/// Gradient descent over named tensors, in the order of their names: SGD, Adam or AdamW in torch.optim's forms.
///
/// On the CPU a step is one pass over each tensor and what is remembered of it.
pub struct Optimizer {
    kind: recipe::Optimizer,
    clip_norm: Option<f64>,
    slots: Vec<Slot>,
}

impl Optimizer {
    /// An optimizer that has taken no step; all of `vars` are trainable.
    pub fn new(kind: &recipe::Optimizer, vars: Vec<(String, Var)>) -> Self {
        let mut slots: Vec<Slot> = vars
            .into_iter()
            .map(|(name, var)| {
                let own = var.device().is_cpu();
                let memory = if own { Memory::Own(Default::default()) } else { Memory::Device(Default::default()) };
                Slot { name, var, trainable: true, rate: 1.0, decays: true, steps: 0, memory, gradient: None }
            })
            .collect();
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        Self { kind: kind.clone(), clip_norm: None, slots }
    }

    /// Gives each tensor its share of the learning rate.
    #[must_use]
    pub fn scaled(mut self, share: impl Fn(&str) -> f64) -> Self {
        for slot in &mut self.slots {
            slot.rate = share(&slot.name);
        }
        self
    }

    /// Spares tensors of one dimension (biases, scales and shifts of norms) the weight decay.
    #[must_use]
    pub fn sparing_vectors(mut self) -> Self {
        for slot in &mut self.slots {
            slot.decays = slot.var.dims().len() > 1;
        }
        self
    }

    /// Shortens the gradients of a step, taken together as one vector, to at most this length
    /// (`torch.nn.utils.clip_grad_norm_`).
    #[must_use]
    pub fn clipped(mut self, norm: f64) -> Self {
        self.clip_norm = Some(norm);
        self
    }

    /// Freezes every tensor whose name `trainable` does not accept; what is remembered of a frozen one is kept.
    pub fn set_trainable(&mut self, trainable: impl Fn(&str) -> bool) {
        for slot in &mut self.slots {
            slot.trainable = trainable(&slot.name);
        }
    }

    /// Moves every trainable tensor that has a gradient by one step.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn step(&mut self, gradients: &GradStore, rates: impl Into<Rates>) -> Result<()> {
        self.accumulate(gradients, 1.0)?;
        self.apply(rates)
    }

    /// Adds a share of these gradients to those of the step to come.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn accumulate(&mut self, gradients: &GradStore, share: f64) -> Result<()> {
        for slot in self.slots.iter_mut().filter(|slot| slot.trainable) {
            let Some(gradient) = gradients.get(slot.var.as_tensor()) else { continue };
            let gradient = gradient.detach();
            slot.gradient = Some(match slot.gradient.take() {
                None if share == 1.0 => gradient,
                before if slot.var.device().is_cpu() => fused::sum(before.as_ref(), &gradient, share)?,
                None => gradient.affine(share, 0.0)?,
                Some(before) => (before + gradient.affine(share, 0.0)?)?,
            });
        }
        Ok(())
    }

    /// Forgets the gradients of the step to come.
    pub fn forget_gradients(&mut self) {
        for slot in &mut self.slots {
            slot.gradient = None;
        }
    }

    /// Takes one step along the gradients that were added up since the last.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn apply(&mut self, rates: impl Into<Rates>) -> Result<()> {
        let rates = rates.into();
        let share = self.clip_share()?;
        let kind = &self.kind;
        self.slots.par_iter_mut().filter(|slot| slot.trainable).try_for_each(|slot| match slot.gradient.take() {
            Some(gradient) => slot.step(kind, &gradient, share, rates),
            None => Ok(()),
        })
    }

    /// What every gradient is multiplied by so that all together are not too long.
    fn clip_share(&self) -> Result<Option<f32>> {
        let Some(most) = self.clip_norm else { return Ok(None) };
        let mut squares = 0.0;
        for slot in self.slots.iter().filter(|slot| slot.trainable) {
            let Some(gradient) = &slot.gradient else { continue };
            squares += match slot.memory {
                Memory::Own(_) => fused::squares(gradient)?,
                Memory::Device(_) => composed::squares(gradient)?,
            };
        }
        let share = most / (squares.sqrt() + CLIP_EPSILON);
        Ok((share < 1.0).then_some(share as f32))
    }

    /// Everything remembered between steps, by name: `NAME#steps`, `NAME#first`, `NAME#second`.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn state(&self) -> Result<HashMap<String, Tensor>> {
        let mut state = HashMap::new();
        for slot in &self.slots {
            state.insert(format!("{}#steps", slot.name), Tensor::new(&[slot.steps], slot.var.device())?);
            let (first, second) = match &slot.memory {
                Memory::Own(own) => own.tensors(slot.var.shape())?,
                Memory::Device(device) => (device.first.clone(), device.second.clone()),
            };
            for (suffix, tensor) in [("first", first), ("second", second)] {
                if let Some(tensor) = tensor {
                    state.insert(format!("{}#{suffix}", slot.name), tensor);
                }
            }
        }
        Ok(state)
    }

    /// Restores what [`Optimizer::state`] gave, over the same tensors.
    ///
    /// # Errors
    /// When a tensor's state is missing or has another shape; nothing is restored then.
    pub fn load_state(&mut self, state: &HashMap<String, Tensor>) -> Result<()> {
        let mut restored = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let Some(steps) = state.get(&format!("{}#steps", slot.name)) else {
                bail!("the optimizer's state of {} is missing", slot.name)
            };
            let steps = steps.flatten_all()?.to_vec1::<u32>()?.first().copied().unwrap_or(0);
            let part = |suffix: &str| -> Result<Option<Tensor>> {
                let Some(tensor) = state.get(&format!("{}#{suffix}", slot.name)) else { return Ok(None) };
                if tensor.dims() != slot.var.dims() {
                    bail!("the optimizer's state of {} has shape {:?}", slot.name, tensor.dims());
                }
                Ok(Some(tensor.to_device(slot.var.device())?))
            };
            let (first, second) = (part("first")?, part("second")?);
            let memory = match slot.memory {
                Memory::Own(_) => Memory::Own(fused::Moments::of(first.as_ref(), second.as_ref())?),
                Memory::Device(_) => Memory::Device(composed::Moments { first, second }),
            };
            restored.push((steps, memory));
        }
        for (slot, (steps, memory)) in self.slots.iter_mut().zip(restored) {
            (slot.steps, slot.memory, slot.gradient) = (steps, memory, None);
        }
        Ok(())
    }
}

impl Slot {
    fn step(&mut self, kind: &recipe::Optimizer, gradient: &Tensor, clip: Option<f32>, rates: Rates) -> Result<()> {
        self.steps = self.steps.saturating_add(1);
        let change = self.change(kind, rates);
        match &mut self.memory {
            Memory::Own(moments) => fused::update(&self.var, gradient, moments, change, clip),
            Memory::Device(moments) => composed::update(&self.var, gradient, moments, change, clip),
        }
    }

    fn change(&self, kind: &recipe::Optimizer, rates: Rates) -> Move {
        let rate = rates.learning_rate * self.rate;
        let decay = |weight_decay: f64| if self.decays { weight_decay } else { 0.0 };
        match *kind {
            recipe::Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
                let fresh = match &self.memory {
                    Memory::Own(own) => own.first.is_empty(),
                    Memory::Device(device) => device.first.is_none(),
                };
                let momentum = rates.momentum.unwrap_or(momentum);
                Move::Sgd { rate, momentum, nesterov, coupled: decay(weight_decay), fresh }
            }
            recipe::Optimizer::Adam { weight_decay, .. } => self.adam(rate, rates.momentum, decay(weight_decay), 1.0),
            recipe::Optimizer::AdamW { weight_decay, .. } => {
                self.adam(rate, rates.momentum, 0.0, 1.0 - rate * decay(weight_decay))
            }
        }
    }

    /// Kingma and Ba 2015, algorithm 1, with the bias corrections where torch puts them.
    fn adam(&self, rate: f64, beta1: Option<f64>, coupled: f64, shrink: f64) -> Move {
        let (steps, beta1) = (f64::from(self.steps), beta1.unwrap_or(BETA1));
        let (correction1, correction2) = (1.0 - beta1.powf(steps), 1.0 - BETA2.powf(steps));
        Move::Adam { rate: rate / correction1, beta1, root2: correction2.sqrt(), coupled, shrink }
    }
}
