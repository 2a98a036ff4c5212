//! Learning rates over the epochs and steps of a run.

use super::exact;
use crate::domain::{Metric, recipe};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// A smaller change of the rate than this is left out, as in torch's ReduceLROnPlateau (`eps`).
const LEAST_CHANGE: f64 = 1e-8;
/// What SGD's momentum or Adam's first beta moves between in one cycle, as in torch's OneCycleLR.
const CYCLED_MOMENTUM: (f64, f64) = (0.95, 0.85);

/// The settings of one step of an optimizer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    pub learning_rate: f64,
    /// In place of SGD's momentum or Adam's first beta.
    pub momentum: Option<f64>,
}

impl From<f64> for Rates {
    fn from(learning_rate: f64) -> Self {
        Self { learning_rate, momentum: None }
    }
}

/// A learning-rate schedule with what it remembers; serialise it to resume a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    kind: recipe::Schedule,
    #[serde(with = "exact")]
    base: Option<f64>,
    epochs: usize,
    /// Of the optimizer in one epoch.
    steps: usize,
    /// Plateau: the best figure so far.
    #[serde(with = "exact")]
    best: Option<f64>,
    /// Plateau: epochs since then.
    waited: usize,
    /// Plateau: the rate now.
    #[serde(with = "exact")]
    lowered: Option<f64>,
}

impl Schedule {
    /// A schedule of `epochs` epochs of `steps` steps each around `base_rate`.
    pub fn new(kind: &recipe::Schedule, base_rate: f64, epochs: usize, steps: usize) -> Self {
        let (kind, base) = (kind.clone(), Some(base_rate));
        Self { kind, base, epochs, steps, best: None, waited: 0, lowered: base }
    }

    /// Which figure [`Schedule::watch`] wants after each epoch.
    pub fn watched(&self) -> Option<Metric> {
        match self.kind {
            recipe::Schedule::Plateau { watch, .. } => Some(watch),
            _ => None,
        }
    }

    /// The settings of a step, both counted from 0.
    pub fn rates(&self, epoch: usize, step: usize) -> Rates {
        let base = self.base.unwrap_or(0.0);
        match self.kind {
            recipe::Schedule::Constant => base.into(),
            recipe::Schedule::Step { every, gamma } => {
                (0..epoch.checked_div(every).unwrap_or(0)).fold(base, |rate, _| rate * gamma).into()
            }
            recipe::Schedule::Cosine { warmup_epochs, .. } if epoch < warmup_epochs => {
                (base * (epoch + 1) as f64 / (warmup_epochs + 1) as f64).into()
            }
            recipe::Schedule::Cosine { warmup_epochs, final_rate } => {
                let length = self.epochs.saturating_sub(warmup_epochs).max(1);
                anneal(base, final_rate, (epoch - warmup_epochs).min(length) as f64 / length as f64).into()
            }
            recipe::Schedule::Plateau { .. } => self.lowered.unwrap_or(base).into(),
            recipe::Schedule::OneCycle { rise, start_divisor, end_divisor, cycle_momentum } => {
                let first = base / start_divisor;
                let (high, low) = CYCLED_MOMENTUM;
                let turn = self.turn(rise, epoch * self.steps + step);
                let between = |from: f64, top: f64, to: f64| match turn {
                    (true, gone) => anneal(from, top, gone),
                    (false, gone) => anneal(top, to, gone),
                };
                Rates {
                    learning_rate: between(first, base, first / end_divisor),
                    momentum: cycle_momentum.then(|| between(high, low, high)),
                }
            }
        }
    }

    /// One cycle: whether the rate rises in this step, and the share of that half which is gone.
    fn turn(&self, rise: f64, step: usize) -> (bool, f64) {
        let (step, last) = (step as f64, (self.epochs * self.steps) as f64 - 1.0);
        let top = rise * (last + 1.0) - 1.0;
        let share = |from: f64, to: f64| if to > from { ((step - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
        if step <= top { (true, share(0.0, top)) } else { (false, share(top, last)) }
    }

    /// Takes the watched figure of an epoch that ended; call it once an epoch, in order.
    pub fn watch(&mut self, figure: f64) {
        let recipe::Schedule::Plateau { factor, patience, watch, threshold } = self.kind else { return };
        let gained = self.best.is_none_or(|best| {
            if watch.lower_is_better() { figure < best * (1.0 - threshold) } else { figure > best * (1.0 + threshold) }
        });
        if gained {
            self.best = Some(figure);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        if self.waited > patience {
            self.waited = 0;
            self.lowered =
                self.lowered.map(|rate| if rate - rate * factor > LEAST_CHANGE { rate * factor } else { rate });
        }
    }
}

/// From one value to another along half a cosine; `gone` runs from 0 to 1.
fn anneal(from: f64, to: f64, gone: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * gone).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        schedule: recipe::Schedule,
        base: f64,
        #[serde(default = "one")]
        steps: usize,
        /// What is watched, after each epoch.
        losses: Vec<f64>,
        /// Of each step.
        rates: Vec<f64>,
        #[serde(default)]
        momenta: Vec<f64>,
    }

    fn one() -> usize {
        1
    }

    #[derive(Deserialize)]
    struct Reference {
        schedules: Vec<Case>,
    }

    fn check(text: &str, least: usize) {
        let reference: Reference = serde_json::from_str(text).unwrap();
        assert!(reference.schedules.len() >= least);
        for case in reference.schedules {
            let epochs = case.rates.len() / case.steps;
            let mut schedule = Schedule::new(&case.schedule, case.base, epochs, case.steps);
            for (at, expected) in case.rates.iter().enumerate() {
                let text = serde_json::to_string(&schedule).unwrap();
                schedule = serde_json::from_str(&text).unwrap();
                let (epoch, step) = (at / case.steps, at % case.steps);
                let rates = schedule.rates(epoch, step);
                let error = (rates.learning_rate - expected).abs();
                assert!(error < 1e-12 + 1e-9 * expected, "{:?} {epoch} {step}: {rates:?}, {expected}", case.schedule);
                match (rates.momentum, case.momenta.get(at)) {
                    (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() < 1e-9, "{at}: {ours} {theirs}"),
                    (ours, theirs) => assert_eq!(ours, theirs.copied()),
                }
                if step + 1 == case.steps {
                    schedule.watch(case.losses[epoch]);
                }
            }
        }
    }

    #[test]
    fn rates_equal_torch_and_survive_being_saved_at_any_step() {
        check(include_str!("../../tests/reference/expected/training.json"), 5);
        check(include_str!("../../tests/reference/expected/learning.json"), 8);
    }

    #[test]
    fn a_cycle_of_one_step_divides_by_nothing() {
        let schedule = Schedule::new(&recipe::Schedule::one_cycle(), 0.1, 1, 1);
        assert!(schedule.rates(0, 0).learning_rate.is_finite());
    }
}
