//! The settings that a sweep tries: every combination, or some that are drawn.

use super::{MOST, Range, SweepError, Values};
use crate::domain::sweep::{Setting, Settings};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

type Axes = BTreeMap<String, Values>;

fn refused<T>(key: &str, why: &str) -> Result<T, SweepError> {
    Err(SweepError::Refused(format!("settings.{key} {why}")))
}

/// A list that has something in it.
fn listed<'v>(key: &str, values: &'v Values) -> Result<&'v [Setting], SweepError> {
    match values {
        Values::Listed(list) if list.is_empty() => refused(key, "is an empty list"),
        Values::Listed(list) => Ok(list),
        Values::Between(_) => refused(key, "is a range: list its values for a grid, or say method = \"random\""),
    }
}

/// Every combination, the last setting changing first.
pub(super) fn every(axes: &Axes) -> Result<Vec<Settings>, SweepError> {
    let mut all = vec![Settings::new()];
    for (key, values) in axes {
        let list = listed(key, values)?;
        if all.len().saturating_mul(list.len()) > MOST {
            return Err(SweepError::Refused(format!(
                "the grid has more than {MOST} combinations: shorten a list, or draw some with method = \"random\""
            )));
        }
        all = all
            .iter()
            .flat_map(|before| {
                list.iter().map(|value| {
                    let mut with = before.clone();
                    with.insert(key.clone(), value.clone());
                    with
                })
            })
            .collect();
    }
    Ok(all)
}

/// So many that differ, or all there are where lists have fewer.
pub(super) fn drawn(axes: &Axes, draws: usize, seed: u64) -> Result<Vec<Settings>, SweepError> {
    for (key, values) in axes {
        match values {
            Values::Listed(_) => drop(listed(key, values)?),
            Values::Between(range) => range.check(key)?,
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all: Vec<Settings> = Vec::new();
    // Of few combinations the last are rarely drawn: then there are fewer.
    for _ in 0..draws.saturating_mul(50) {
        let settings = axes.iter().filter_map(|(key, values)| Some((key.clone(), values.draw(&mut rng)?))).collect();
        if !all.contains(&settings) {
            all.push(settings);
        }
        if all.len() == draws {
            break;
        }
    }
    Ok(all)
}

impl Values {
    fn draw(&self, rng: &mut ChaCha8Rng) -> Option<Setting> {
        match self {
            Self::Listed(list) => list.get(rng.random_range(0..list.len())).cloned(),
            Self::Between(range) => Some(Setting::Number(range.at(rng.random()))),
        }
    }
}

impl Range {
    fn check(&self, key: &str) -> Result<(), SweepError> {
        if !(self.from.is_finite() && self.to.is_finite() && self.from < self.to) {
            return refused(key, "must go from a smaller to a larger number");
        }
        if self.log && self.from <= 0.0 {
            return refused(key, "has a logarithm above 0 only");
        }
        Ok(())
    }

    /// The value at a share of the way, rounded to what a person would write: whole, or four digits.
    fn at(&self, share: f64) -> f64 {
        let value = if self.log {
            (self.from.ln() + share * (self.to.ln() - self.from.ln())).exp()
        } else {
            self.from + share * (self.to - self.from)
        };
        if self.whole {
            return value.round();
        }
        let digits = format!("{value:.3e}").parse().unwrap_or(value);
        f64::clamp(digits, self.from, self.to)
    }
}
