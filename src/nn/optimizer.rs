//! Optimizers whose whole state can be saved and restored, so that a run resumes exactly.

use crate::domain::recipe;
use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var, bail};
use std::collections::HashMap;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// One trained tensor and what the optimizer remembers of it.
struct Slot {
    name: String,
    var: Var,
    trainable: bool,
    /// Steps taken with this tensor; a frozen one takes none.
    steps: u32,
    /// Running mean of the gradient, or SGD's momentum buffer.
    first: Option<Tensor>,
    /// Running mean of the squared gradient.
    second: Option<Tensor>,
}

/// Gradient descent over named tensors, in the order of their names: SGD, Adam or AdamW in torch.optim's forms.
pub struct Optimizer {
    kind: recipe::Optimizer,
    slots: Vec<Slot>,
}

impl Optimizer {
    /// An optimizer that has taken no step; all of `vars` are trainable.
    pub fn new(kind: &recipe::Optimizer, vars: Vec<(String, Var)>) -> Self {
        let mut slots: Vec<Slot> = vars
            .into_iter()
            .map(|(name, var)| Slot { name, var, trainable: true, steps: 0, first: None, second: None })
            .collect();
        slots.sort_by(|a, b| a.name.cmp(&b.name));
        Self { kind: kind.clone(), slots }
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
    pub fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        for slot in self.slots.iter_mut().filter(|slot| slot.trainable) {
            if let Some(gradient) = gradients.get(slot.var.as_tensor()) {
                slot.step(&self.kind, &gradient.detach(), learning_rate)?;
            }
        }
        Ok(())
    }

    /// Everything remembered between steps, by name: `NAME#steps`, `NAME#first`, `NAME#second`.
    ///
    /// # Errors
    /// Those of the tensor library.
    pub fn state(&self) -> Result<HashMap<String, Tensor>> {
        let mut state = HashMap::new();
        for slot in &self.slots {
            state.insert(format!("{}#steps", slot.name), Tensor::new(&[slot.steps], slot.var.device())?);
            for (suffix, tensor) in [("first", &slot.first), ("second", &slot.second)] {
                if let Some(tensor) = tensor {
                    state.insert(format!("{}#{suffix}", slot.name), tensor.clone());
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
            restored.push((steps, part("first")?, part("second")?));
        }
        for (slot, (steps, first, second)) in self.slots.iter_mut().zip(restored) {
            (slot.steps, slot.first, slot.second) = (steps, first, second);
        }
        Ok(())
    }
}

impl Slot {
    fn step(&mut self, kind: &recipe::Optimizer, gradient: &Tensor, rate: f64) -> Result<()> {
        let weights = self.var.as_detached_tensor();
        self.steps = self.steps.saturating_add(1);
        let moved = match *kind {
            recipe::Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
                let gradient = coupled(gradient, &weights, weight_decay)?;
                let direction = if momentum == 0.0 {
                    gradient
                } else {
                    let buffer = match &self.first {
                        Some(buffer) => (buffer.affine(momentum, 0.0)? + &gradient)?,
                        None => gradient.clone(),
                    };
                    self.first = Some(buffer.clone());
                    if nesterov { (gradient + buffer.affine(momentum, 0.0)?)? } else { buffer }
                };
                (weights - direction.affine(rate, 0.0)?)?
            }
            recipe::Optimizer::Adam { weight_decay, .. } => {
                let gradient = coupled(gradient, &weights, weight_decay)?;
                (weights - self.adam_move(&gradient, rate)?)?
            }
            recipe::Optimizer::AdamW { weight_decay, .. } => {
                let decayed = weights.affine(1.0 - rate * weight_decay, 0.0)?;
                (decayed - self.adam_move(gradient, rate)?)?
            }
        };
        self.var.set(&moved)
    }

    /// Kingma and Ba 2015, algorithm 1, with the bias corrections where torch puts them.
    fn adam_move(&mut self, gradient: &Tensor, rate: f64) -> Result<Tensor> {
        let first = running(self.first.as_ref(), gradient, BETA1)?;
        let second = running(self.second.as_ref(), &gradient.sqr()?, BETA2)?;
        let steps = f64::from(self.steps);
        let (correction1, correction2) = (1.0 - BETA1.powf(steps), 1.0 - BETA2.powf(steps));
        let scale = second.sqrt()?.affine(1.0 / correction2.sqrt(), EPSILON)?;
        let moved = (first.affine(rate / correction1, 0.0)? / scale)?;
        (self.first, self.second) = (Some(first), Some(second));
        Ok(moved)
    }
}

/// The gradient with the L2 penalty's own added.
fn coupled(gradient: &Tensor, weights: &Tensor, weight_decay: f64) -> Result<Tensor> {
    if weight_decay == 0.0 { Ok(gradient.clone()) } else { gradient + weights.affine(weight_decay, 0.0)? }
}

fn running(before: Option<&Tensor>, value: &Tensor, beta: f64) -> Result<Tensor> {
    let share = value.affine(1.0 - beta, 0.0)?;
    match before {
        Some(before) => before.affine(beta, 0.0)? + share,
        None => Ok(share),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        optimizer: recipe::Optimizer,
        learning_rate: f64,
        after_5: Vec<Vec<f32>>,
        after_20: Vec<Vec<f32>>,
    }

    #[derive(Deserialize)]
    struct Reference {
        start: Vec<Vec<f32>>,
        gradients: Vec<Vec<Vec<f32>>>,
        optimizers: Vec<Case>,
    }

    fn reference() -> Reference {
        serde_json::from_str(include_str!("../../tests/reference/expected/training.json")).unwrap()
    }

    /// The gradient of `sum(g * v)` by `v` is `g`.
    fn gradients(vars: &[(String, Var)], values: &[Vec<f32>]) -> GradStore {
        let mut sum = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu).unwrap();
        for ((_, var), value) in vars.iter().zip(values) {
            let value = Tensor::new(value.clone(), &Device::Cpu).unwrap();
            sum = (sum + (var.as_tensor() * value).unwrap().sum_all().unwrap()).unwrap();
        }
        sum.backward().unwrap()
    }

    fn vars(start: &[Vec<f32>]) -> Vec<(String, Var)> {
        let named = ["b", "a"].into_iter().zip(start);
        named.map(|(name, v)| (name.to_owned(), Var::new(v.clone(), &Device::Cpu).unwrap())).collect()
    }

    fn values(vars: &[(String, Var)]) -> Vec<Vec<f32>> {
        vars.iter().map(|(_, v)| v.to_vec1().unwrap()).collect()
    }

    fn near(ours: &[Vec<f32>], theirs: &[Vec<f32>], what: &str) {
        for (a, b) in ours.iter().flatten().zip(theirs.iter().flatten()) {
            assert!((a - b).abs() < 1e-5, "{what}: {a} against {b}");
        }
    }

    #[test]
    fn twenty_steps_equal_torch() {
        let reference = reference();
        assert!(reference.optimizers.len() >= 5);
        for case in &reference.optimizers {
            let vars = vars(&reference.start);
            let mut optimizer = Optimizer::new(&case.optimizer, vars.clone());
            for (step, values_of_step) in reference.gradients.iter().enumerate() {
                if step == 5 {
                    near(&values(&vars), &case.after_5, &format!("{:?} after 5", case.optimizer));
                }
                optimizer.step(&gradients(&vars, values_of_step), case.learning_rate).unwrap();
            }
            near(&values(&vars), &case.after_20, &format!("{:?} after 20", case.optimizer));
        }
    }

    #[test]
    fn a_restored_optimizer_goes_on_to_the_same_bits() {
        let reference = reference();
        for case in &reference.optimizers {
            let straight = vars(&reference.start);
            let mut one = Optimizer::new(&case.optimizer, straight.clone());
            let broken = vars(&reference.start);
            let mut two = Optimizer::new(&case.optimizer, broken.clone());
            for (step, g) in reference.gradients.iter().enumerate() {
                one.step(&gradients(&straight, g), case.learning_rate).unwrap();
                if step == 7 {
                    let state = two.state().unwrap();
                    two = Optimizer::new(&case.optimizer, broken.clone());
                    two.load_state(&state).unwrap();
                }
                two.step(&gradients(&broken, g), case.learning_rate).unwrap();
            }
            assert_eq!(values(&straight), values(&broken), "{:?}", case.optimizer);
        }
    }

    #[test]
    fn frozen_tensors_stay_and_foreign_state_is_refused() {
        let reference = reference();
        let vars = vars(&reference.start);
        let mut optimizer = Optimizer::new(&reference.optimizers[0].optimizer, vars.clone());
        optimizer.set_trainable(|name| name == "a");
        optimizer.step(&gradients(&vars, &reference.gradients[0]), 0.1).unwrap();
        let after = values(&vars);
        assert_eq!(after[0], reference.start[0]);
        assert_ne!(after[1], reference.start[1]);
        assert!(optimizer.load_state(&HashMap::new()).is_err());
    }
}
