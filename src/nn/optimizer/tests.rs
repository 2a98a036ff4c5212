//! Steps against torch's.

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
    serde_json::from_str(include_str!("../../../tests/reference/expected/training.json")).unwrap()
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

#[derive(Deserialize)]
struct GroupCase {
    optimizer: recipe::Optimizer,
    backbone_rate: f64,
    decay_biases_and_norms: bool,
    clip_norm: f64,
    accumulate: usize,
    one_cycle: bool,
    after: HashMap<String, Vec<f32>>,
}

#[derive(Deserialize)]
struct Groups {
    shapes: HashMap<String, Vec<usize>>,
    start: HashMap<String, Vec<f32>>,
    gradients: Vec<HashMap<String, Vec<f32>>>,
    optimizers: Vec<GroupCase>,
}

impl Groups {
    fn vars(&self) -> Vec<(String, Var)> {
        let var = |name: &String| {
            let values =
                Tensor::from_vec(self.start[name].clone(), self.shapes[name].as_slice(), &Device::Cpu).unwrap();
            (name.clone(), Var::from_tensor(&values).unwrap())
        };
        self.shapes.keys().map(var).collect()
    }

    fn gradients(&self, vars: &[(String, Var)], at: usize) -> GradStore {
        let mut sum = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu).unwrap();
        for (name, var) in vars {
            let g = Tensor::from_vec(self.gradients[at][name].clone(), var.shape(), &Device::Cpu).unwrap();
            sum = (sum + (var.as_tensor() * g).unwrap().sum_all().unwrap()).unwrap();
        }
        sum.backward().unwrap()
    }
}

#[test]
fn groups_clipping_accumulation_and_cycled_momentum_equal_torch() {
    let groups: Groups = serde_json::from_str(include_str!("../../../tests/reference/expected/learning.json")).unwrap();
    assert!(groups.optimizers.len() >= 8);
    for case in &groups.optimizers {
        let vars = groups.vars();
        let share = |name: &str| if name.starts_with("fc.") { 1.0 } else { case.backbone_rate };
        let made = || {
            let mut optimizer = Optimizer::new(&case.optimizer, vars.clone()).scaled(share);
            if !case.decay_biases_and_norms {
                optimizer = optimizer.sparing_vectors();
            }
            if case.clip_norm > 0.0 {
                optimizer = optimizer.clipped(case.clip_norm);
            }
            optimizer
        };
        let mut optimizer = made();
        let rate = case.optimizer.learning_rate();
        let schedule = crate::nn::Schedule::new(&recipe::Schedule::one_cycle(), rate, 1, 20);
        let mut at = 0;
        for step in 0..20 {
            // What is remembered can be put away and taken up again between any two steps.
            let state = optimizer.state().unwrap();
            optimizer = made();
            optimizer.load_state(&state).unwrap();
            for _ in 0..case.accumulate {
                optimizer.accumulate(&groups.gradients(&vars, at), 1.0 / case.accumulate as f64).unwrap();
                at += 1;
            }
            optimizer.apply(if case.one_cycle { schedule.rates(0, step) } else { rate.into() }).unwrap();
        }
        for (name, var) in &vars {
            let ours = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            near(&[ours], &[case.after[name].clone()], &format!("{:?} {name}", case.optimizer));
        }
    }
}

#[test]
fn one_pass_gives_what_the_tensor_librarys_operators_give() {
    let groups: Groups = serde_json::from_str(include_str!("../../../tests/reference/expected/learning.json")).unwrap();
    for case in &groups.optimizers {
        let (one, two) = (groups.vars(), groups.vars());
        let mut fused = Optimizer::new(&case.optimizer, one.clone()).clipped(0.5);
        let mut composed = Optimizer::new(&case.optimizer, two.clone()).clipped(0.5);
        composed.slots.iter_mut().for_each(|slot| slot.memory = Memory::Device(composed::Moments::default()));
        for at in 0..10 {
            fused.step(&groups.gradients(&one, at), 0.02).unwrap();
            composed.step(&groups.gradients(&two, at), 0.02).unwrap();
        }
        for ((name, a), (_, b)) in one.iter().zip(&two) {
            let flat = |var: &Var| vec![var.flatten_all().unwrap().to_vec1::<f32>().unwrap()];
            near(&flat(a), &flat(b), &format!("{:?} {name}", case.optimizer));
        }
    }
}

#[test]
fn forgotten_gradients_move_nothing() {
    let reference = reference();
    let vars = vars(&reference.start);
    let mut optimizer = Optimizer::new(&reference.optimizers[0].optimizer, vars.clone());
    optimizer.accumulate(&gradients(&vars, &reference.gradients[0]), 0.5).unwrap();
    optimizer.forget_gradients();
    optimizer.apply(0.1).unwrap();
    assert_eq!(values(&vars), reference.start);
}
