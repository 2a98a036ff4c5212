//! Learning rates over the epochs of a run.

use super::exact;
use crate::domain::recipe;
use serde::{Deserialize, Serialize};

/// A lower loss counts as lower from this relative gain on, as in torch's ReduceLROnPlateau.
const PLATEAU_THRESHOLD: f64 = 1e-4;

/// A learning-rate schedule with what it remembers; serialise it to resume a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    kind: recipe::Schedule,
    #[serde(with = "exact")]
    base: Option<f64>,
    epochs: usize,
    /// Plateau: the lowest loss so far.
    #[serde(with = "exact")]
    lowest: Option<f64>,
    /// Plateau: epochs since then.
    waited: usize,
    /// Plateau: how often the rate was lowered.
    lowered: u32,
}

impl Schedule {
    /// A schedule of `epochs` epochs that starts from `base_rate`.
    pub fn new(kind: &recipe::Schedule, base_rate: f64, epochs: usize) -> Self {
        Self { kind: kind.clone(), base: Some(base_rate), epochs, lowest: None, waited: 0, lowered: 0 }
    }

    /// The rate of an epoch, counted from 0. Ask once an epoch, in order; `last_validation_loss` is the one after the
    /// epoch before, absent for the first.
    pub fn rate(&mut self, epoch: usize, last_validation_loss: Option<f64>) -> f64 {
        let base = self.base.unwrap_or(0.0);
        match self.kind {
            recipe::Schedule::Constant => base,
            recipe::Schedule::Step { every, gamma } => {
                (0..epoch.checked_div(every).unwrap_or(0)).fold(base, |rate, _| rate * gamma)
            }
            recipe::Schedule::Cosine { warmup_epochs } => {
                if epoch < warmup_epochs {
                    return base * (epoch + 1) as f64 / (warmup_epochs + 1) as f64;
                }
                let length = self.epochs.saturating_sub(warmup_epochs).max(1);
                let gone = (epoch - warmup_epochs).min(length) as f64 / length as f64;
                base * 0.5 * (1.0 + (std::f64::consts::PI * gone).cos())
            }
            recipe::Schedule::Plateau { factor, patience } => {
                if let Some(loss) = last_validation_loss {
                    self.watch(loss, patience);
                }
                (0..self.lowered).fold(base, |rate, _| rate * factor)
            }
        }
    }

    fn watch(&mut self, loss: f64, patience: usize) {
        if self.lowest.is_none_or(|lowest| loss < lowest * (1.0 - PLATEAU_THRESHOLD)) {
            self.lowest = Some(loss);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        if self.waited > patience {
            self.lowered += 1;
            self.waited = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        schedule: recipe::Schedule,
        base: f64,
        losses: Vec<f64>,
        rates: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct Reference {
        schedules: Vec<Case>,
    }

    #[test]
    fn rates_equal_torch_and_survive_being_saved_at_any_epoch() {
        let reference: Reference =
            serde_json::from_str(include_str!("../../tests/reference/expected/training.json")).unwrap();
        assert!(reference.schedules.len() >= 5);
        for case in reference.schedules {
            let mut schedule = Schedule::new(&case.schedule, case.base, case.rates.len());
            for (epoch, expected) in case.rates.iter().enumerate() {
                let text = serde_json::to_string(&schedule).unwrap();
                schedule = serde_json::from_str(&text).unwrap();
                let last = epoch.checked_sub(1).map(|before| case.losses[before]);
                let rate = schedule.rate(epoch, last);
                assert!((rate - expected).abs() < 1e-9, "{:?} epoch {epoch}: {rate} not {expected}", case.schedule);
            }
        }
    }
}
