//! Sweeps: one recipe with many settings and seeds, from a file in TOML.
//!
//! ```toml
//! recipe = "demo-cnn"
//! method = "grid"                     # or "random", "halving"
//! seeds = [1, 2, 3]
//! by = "validation-auroc"             # else what the recipe keeps its best weights by
//!
//! [settings]
//! batch = [16, 32]
//! "optimizer.learning_rate" = [0.001, 0.004]
//! ```
//!
//! `random` and `halving` draw `draws` settings with the generator of `draw_seed`, from lists or from ranges such as
//! `{ from = 1e-4, to = 1e-2, log = true }`. Successive halving (Jamieson and Talwalkar 2016) begins with `first_epochs`
//! epochs, keeps the best of every `keep_one_of` settings and gives those as many times the epochs, until one is left or
//! the recipe's own epochs are reached. Each rung trains from the start: the course of the learning rate depends on the
//! number of epochs.

mod draw;
mod logs;
mod order;
mod place;
mod table;
#[cfg(test)]
mod tests;

pub use logs::{Elsewhere, LogError, read_elsewhere, read_records, write_record};
pub use place::{Here, Place};
pub use table::{Row, Spread, table};

use super::recipe::{self, RecipeError};
use crate::domain::sweep::Trial;
use crate::domain::{Metric, Recipe};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Settings that a sweep draws at most; more are a slip of the pen.
const MOST: usize = 10_000;

/// Why a text is no sweep.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    #[error("the sweep cannot be read{}: {what}", line.map(|n| format!(" in line {n}")).unwrap_or_default())]
    Syntax { line: Option<usize>, what: String },
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("{0}")]
    Refused(String),
}

/// How settings are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Every combination.
    #[default]
    Grid,
    /// As many as asked for, drawn.
    Random,
    /// The same, of which the better go on.
    Halving,
}

/// What a setting may be.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Values {
    Listed(Vec<crate::domain::sweep::Setting>),
    Between(Range),
}

/// Numbers to draw from, evenly, or evenly in their logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    from: f64,
    to: f64,
    #[serde(default)]
    log: bool,
    /// Rounded to whole numbers.
    #[serde(default)]
    whole: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    recipe: String,
    #[serde(default)]
    method: Method,
    seeds: Option<Vec<u64>>,
    by: Option<Metric>,
    draws: Option<usize>,
    #[serde(default)]
    draw_seed: u64,
    first_epochs: Option<usize>,
    keep_one_of: Option<usize>,
    settings: BTreeMap<String, Values>,
}

/// A sweep that was read and checked: every run it asks for can be begun.
#[derive(Clone, Debug)]
pub struct Sweep {
    recipe: Recipe,
    method: Method,
    seeds: Vec<u64>,
    by: Metric,
    first_epochs: usize,
    keep_one_of: usize,
    /// The settings that are tried, in the order they are begun with.
    candidates: Vec<crate::domain::sweep::Settings>,
    axes: Vec<String>,
}

impl Sweep {
    /// Reads and checks a sweep. `find` gives the recipe of a name or file.
    ///
    /// # Errors
    /// When the text is no sweep, or a combination of its settings is no usable recipe.
    pub fn parse(text: &str, find: impl Fn(&str) -> Result<Recipe, RecipeError>) -> Result<Self, SweepError> {
        let written: Written = toml::from_str(text).map_err(|error| SweepError::Syntax {
            line: error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1),
            what: recipe::one_line(error.message()),
        })?;
        let recipe = find(&written.recipe)?;
        let halving = written.method == Method::Halving;
        let drawn = written.method != Method::Grid;
        let refuse = |why: &str| Err(SweepError::Refused(why.to_owned()));
        let draws = match (drawn, written.draws) {
            (true, None | Some(0)) => return refuse("say with draws = N how many settings are to be drawn"),
            (true, Some(draws)) if draws > MOST => return refuse("draws is more than 10,000: no machine ends that"),
            (false, Some(_)) => {
                return refuse("a grid tries every combination: leave draws out, or say method = \"random\"");
            }
            (_, draws) => draws,
        };
        if !halving && (written.first_epochs.is_some() || written.keep_one_of.is_some()) {
            return refuse("first_epochs and keep_one_of belong to method = \"halving\"");
        }
        let keep_one_of = written.keep_one_of.unwrap_or(3);
        let first_epochs = written.first_epochs.unwrap_or_else(|| (recipe.epochs / 9).max(1));
        if keep_one_of < 2 || first_epochs == 0 {
            return refuse("keep_one_of must be 2 or more, first_epochs 1 or more");
        }
        let mut seeds = written.seeds.unwrap_or_else(|| vec![recipe.seed]);
        let given = seeds.len();
        seeds.sort_unstable();
        seeds.dedup();
        if seeds.is_empty() || seeds.len() < given {
            return refuse("seeds must be a list of different numbers, such as [1, 2, 3]");
        }
        if written.settings.contains_key("seed") || written.settings.contains_key("epochs") && halving {
            return refuse(
                "seeds stand under seeds = [...]; the epochs of a halving under first_epochs and in the recipe",
            );
        }
        let by = written.by.unwrap_or(recipe.best_by);
        if !by.judges(recipe.answers()) {
            return refuse(&format!("{} does not judge what {} makes", by.words(), recipe.title));
        }
        let axes = written.settings.keys().cloned().collect();
        let candidates = match draws {
            Some(draws) => draw::drawn(&written.settings, draws, written.draw_seed)?,
            None => draw::every(&written.settings)?,
        };
        let (method, recipe) = (written.method, Recipe { best_by: by, ..recipe });
        let sweep = Self { recipe, method, seeds, by, first_epochs, keep_one_of, candidates, axes };
        for candidate in &sweep.candidates {
            sweep.with(candidate)?;
        }
        Ok(sweep)
    }

    /// The recipe of one run.
    ///
    /// # Errors
    /// Where the settings are not this sweep's.
    pub fn recipe(&self, trial: &Trial) -> Result<Recipe, RecipeError> {
        let mut recipe = self.with(&trial.settings)?;
        (recipe.seed, recipe.epochs) = (trial.seed, trial.epochs);
        recipe::check(&recipe)?;
        Ok(recipe)
    }

    fn with(&self, settings: &crate::domain::sweep::Settings) -> Result<Recipe, RecipeError> {
        let mut recipe = self.recipe.clone();
        for (key, value) in settings {
            recipe::set(&mut recipe, &format!("{key}={value}"))?;
        }
        Ok(recipe)
    }

    /// What all runs have in common.
    pub fn base(&self) -> &Recipe {
        &self.recipe
    }

    /// The figure that runs are told apart by.
    pub fn by(&self) -> Metric {
        self.by
    }

    /// Whether a setting takes several values.
    pub fn varies(&self, axis: &str) -> bool {
        let mut values = self.candidates.iter().map(|settings| settings.get(axis));
        let first = values.next();
        values.any(|value| Some(value) != first)
    }

    /// The settings that differ, by name.
    pub fn axes(&self) -> &[String] {
        &self.axes
    }
}
