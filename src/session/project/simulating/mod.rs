//! Labelling replayed over a project whose truth is known, to see what an order of the queue saves. The project is read and
//! never written to.

mod material;
mod outcome;

#[cfg(test)]
mod tests;

pub use material::{Material, gather};
pub use outcome::{FoundOverSeeds, OfOrder, Saving, Simulated};

use crate::evaluation::active::folds::Learnable;
use crate::evaluation::active::planted::{FoundErrors, Planted, find_errors};
use crate::evaluation::active::random_arm::shuffled;
use crate::evaluation::active::replay::{Exercise, How, Point, Strategy, replay};
use crate::evaluation::logistic::{LogisticError, Settings};
use crate::session::protocol::error::SessionError;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Images of the queue of likely label errors among which wrong ones are counted.
pub const FIRST: usize = 50;
/// Batches that the pool makes where nobody says how large one is.
const BATCHES: usize = 40;
/// Fewer images than this are no batch where nobody says so.
const SMALLEST_BATCH: usize = 10;

/// What is replayed.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Beside a random order, which always is.
    pub strategies: Vec<Strategy>,
    pub seeds: u64,
    /// Images labelled before the head learns again; a fortieth of all, and 10 at least, where not given.
    pub batch: Option<usize>,
    /// How many percent are drawn at random in every order.
    pub at_random: usize,
    /// How strongly the head learns: scikit-learn's C.
    pub c: f64,
}

impl Asked {
    fn settings(&self) -> Settings {
        // The first batches may lack a class: a free intercept would run away.
        Settings { c: self.c, pulls_intercept: true, ..Settings::default() }
    }

    fn batch_of(&self, pool: usize) -> usize {
        self.batch.unwrap_or((pool / BATCHES).max(SMALLEST_BATCH)).clamp(1, pool.max(1))
    }
}

/// Which wrong labels are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wrong {
    /// Those that the project's own truth contradicts.
    Known,
    /// So many percent of the labels are changed to another class, others with each seed.
    Planted(usize),
}

/// Replays labelling in each order with each seed; `go_on` is told the share done and asked often, from several threads.
///
/// # Errors
/// When it is told to stop, with a sentence, and when features are no numbers.
pub fn replay_all(
    material: &Material,
    asked: &Asked,
    go_on: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Simulated, SessionError> {
    let batch = asked.batch_of(material.pool.len());
    let (features, truth) = (material.features(&material.pool), material.truth(&material.pool));
    let (test_features, test_truth) = (material.features(&material.test), material.truth(&material.test));
    let pool = Learnable { features: &features, width: material.width, labels: &truth, classes: material.classes };
    let of = Exercise { pool, test_features: &test_features, test_truth: &test_truth };
    let others = asked.strategies.iter().copied().filter(|one| *one != Strategy::Random);
    let strategies: Vec<Strategy> = std::iter::once(Strategy::Random).chain(others).collect();
    let runs: Vec<(Strategy, u64)> =
        strategies.iter().flat_map(|strategy| (0..asked.seeds).map(move |seed| (*strategy, seed))).collect();
    let all = (runs.len() * material.pool.len()).max(1) as f64;
    let done = AtomicUsize::new(0);
    let run = |&(strategy, seed): &(Strategy, u64)| {
        let how = How { strategy, batch, at_random: asked.at_random, seed, settings: asked.settings() };
        let counted = AtomicUsize::new(0);
        replay(of, how, &|labelled| {
            let before = counted.swap(labelled, Ordering::Relaxed);
            let done = done.fetch_add(labelled.saturating_sub(before), Ordering::Relaxed);
            go_on(done as f64 / all)
        })
    };
    let curves = runs.par_iter().map(run).collect::<Result<Vec<Vec<Point>>, _>>().map_err(sentence)?;
    let mut by_order = strategies.into_iter().zip(curves.chunks(asked.seeds.max(1) as usize).map(<[_]>::to_vec));
    let random = by_order.next().map(|(_, curves)| curves).unwrap_or_default();
    Ok(outcome::of(material, batch, asked, &random, by_order.collect()))
}

/// Looks for wrong labels with each seed by probabilities out of fold.
///
/// # Errors
/// As [`replay_all`], and when it is not known of any label that it is wrong.
pub fn find_wrong_labels(
    material: &Material,
    asked: &Asked,
    wrong: Wrong,
    go_on: &(dyn Fn(f64) -> bool + Sync),
) -> Result<FoundOverSeeds, SessionError> {
    let labelled = material.labelled();
    let features = material.features(&labelled);
    let groups: Vec<Option<usize>> = labelled.iter().map(|at| material.groups.get(*at).copied().flatten()).collect();
    let done = AtomicUsize::new(0);
    let truth = material.truth(&labelled);
    let look = |seed: u64| -> Result<(usize, FoundErrors), LogisticError> {
        let labels = match wrong {
            Wrong::Known => material.labels(&labelled),
            Wrong::Planted(percent) => planted(&truth, material.classes, percent, seed),
        };
        let is_wrong: Vec<bool> = labels.iter().zip(&truth).map(|(label, truth)| label != truth).collect();
        let known =
            Learnable { features: &features, width: material.width, labels: &labels, classes: material.classes };
        let planted = Planted { known, groups: &groups, wrong: &is_wrong };
        let share = || done.load(Ordering::Relaxed) as f64 / asked.seeds.max(1) as f64;
        let found = find_errors(planted, FIRST, asked.settings(), seed, &|| go_on(share()))?;
        done.fetch_add(1, Ordering::Relaxed);
        Ok((is_wrong.iter().filter(|wrong| **wrong).count(), found))
    };
    let found: Vec<(usize, FoundErrors)> =
        (0..asked.seeds).into_par_iter().map(look).collect::<Result<_, _>>().map_err(sentence)?;
    outcome::of_errors(&labelled, &found).ok_or_else(|| {
        SessionError::refused(
            "the project knows of no label that is wrong: give a share of labels to change for the replay, as in \
             --planted-errors=5",
        )
    })
}

/// Labels of which so many percent, drawn by the seed, are another class.
fn planted(truth: &[usize], classes: usize, percent: usize, seed: u64) -> Vec<usize> {
    let mut labels = truth.to_vec();
    // Another drawing than that of the random order, which would else find just these first.
    let drawn = shuffled(truth.len(), !seed);
    for (at, image) in drawn.into_iter().take(truth.len() * percent / 100).enumerate() {
        if let Some(label) = labels.get_mut(image) {
            // Each other class in turn.
            *label = (*label + 1 + at % classes.saturating_sub(1).max(1)) % classes.max(1);
        }
    }
    labels
}

fn sentence(error: LogisticError) -> SessionError {
    SessionError::refused(match error {
        LogisticError::Stopped => "the replay was stopped".to_owned(),
        LogisticError::Misfit | LogisticError::NotFinite => {
            format!("the model's features cannot be learned from ({error}): choose another --model")
        }
    })
}
