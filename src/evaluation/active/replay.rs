//! Labelling replayed: images whose truth is known are labelled in an order, a head learns after each batch, and what it says of
//! all others is held against the truth.

use super::diverse::cold_start;
use super::folds::Learnable;
use super::k_centre::k_centre;
use super::random_arm::{mix, shuffled};
use super::row;
use super::uncertainty::{least_confidence, margin};
use crate::domain::prediction::{top_class, uncertainty};
use crate::evaluation::logistic::{Logistic, LogisticError, Rows, Settings, Truth, fit};

/// The batches of a cold start that are picked by what images look like, before what the head says decides.
const COLD_BATCHES: usize = 5;

/// In which order images are labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Drawn evenly.
    Random,
    /// By the entropy of what the head says.
    Uncertainty,
    /// By how near its two likeliest classes are.
    Margin,
    /// By how unlikely its likeliest class is.
    LeastConfidence,
    /// What it takes for a class with few labels first.
    RareClass,
    /// The first five batches nearest to the centres of clusters, then by entropy.
    ColdStart,
    /// Always the one furthest from all that is labelled.
    KCentre,
}

impl Strategy {
    /// All, random first.
    pub const ALL: [Self; 7] = [
        Self::Random,
        Self::Uncertainty,
        Self::Margin,
        Self::LeastConfidence,
        Self::RareClass,
        Self::ColdStart,
        Self::KCentre,
    ];

    /// As the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Uncertainty => "uncertainty",
            Self::Margin => "margin",
            Self::LeastConfidence => "least-confidence",
            Self::RareClass => "rare-class",
            Self::ColdStart => "cold-start",
            Self::KCentre => "k-centre",
        }
    }

    /// Whether it puts images of this many classes in an order of its own: of two, all ways to be unsure are one.
    pub fn differs(self, classes: usize) -> bool {
        match self {
            Self::Margin | Self::LeastConfidence => classes > 2,
            Self::Random | Self::Uncertainty | Self::RareClass | Self::ColdStart | Self::KCentre => true,
        }
    }
}

/// What is labelled, and what the head is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Exercise<'a> {
    /// Images to label, with the truth as labels.
    pub pool: Learnable<'a>,
    /// Images that the head never learns from, one row of features and the truth each.
    pub test_features: &'a [f32],
    pub test_truth: &'a [usize],
}

/// How labelling goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct How {
    pub strategy: Strategy,
    /// Images labelled before the head learns again.
    pub batch: usize,
    /// How many percent are drawn at random, whatever the strategy.
    pub at_random: usize,
    pub seed: u64,
    pub settings: Settings,
}

/// How far it got after a batch.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Point {
    /// Images labelled.
    pub labelled: usize,
    /// Of these, those for which the head had said something else, or nothing yet.
    pub corrections: usize,
    /// The share of the pool with the right label: labelled, or rightly said by the head.
    pub right: f64,
    /// The share of the test images that the head says rightly.
    pub accuracy: f64,
}

/// Replays labelling until all of the pool is labelled: one point a batch. `go_on` is told how many are labelled, and asked
/// at every step of learning.
///
/// # Errors
/// When it is told to stop, and when features are no numbers or do not fit the labels.
pub fn replay(of: Exercise<'_>, how: How, go_on: &dyn Fn(usize) -> bool) -> Result<Vec<Point>, LogisticError> {
    let count = of.pool.labels.len();
    let mut state = State {
        of,
        how,
        drawn: shuffled(count, how.seed),
        picked: beforehand(of, how, &|| go_on(0)).ok_or(LogisticError::Stopped)?,
        labelled: Vec::with_capacity(count),
        is_labelled: vec![false; count],
        said: Vec::new(),
        head: None,
        corrections: 0,
    };
    let mut points = Vec::new();
    while state.labelled.len() < count {
        state.label_batch();
        let labelled = state.labelled.len();
        points.push(state.learn(&|| go_on(labelled))?);
    }
    Ok(points)
}

/// What is picked before any head has learned; `None` where `go_on` says no.
fn beforehand(of: Exercise<'_>, how: How, go_on: &dyn Fn() -> bool) -> Option<Vec<usize>> {
    let Learnable { features, width, labels, .. } = of.pool;
    match how.strategy {
        Strategy::ColdStart => cold_start(features, width, COLD_BATCHES * how.batch, how.seed, &|_| go_on()),
        Strategy::KCentre => {
            let picked = k_centre(features, width, &[], labels.len(), &|_| go_on());
            (picked.len() == labels.len()).then_some(picked)
        }
        Strategy::Random
        | Strategy::Uncertainty
        | Strategy::Margin
        | Strategy::LeastConfidence
        | Strategy::RareClass => Some(Vec::new()),
    }
}

struct State<'a> {
    of: Exercise<'a>,
    how: How,
    /// All images, shuffled.
    drawn: Vec<usize>,
    /// What is picked before the head decides.
    picked: Vec<usize>,
    labelled: Vec<usize>,
    is_labelled: Vec<bool>,
    /// The head's probabilities of the pool; empty before the first.
    said: Vec<f32>,
    head: Option<Logistic>,
    corrections: usize,
}

impl State<'_> {
    fn said_of(&self, image: usize) -> &[f32] {
        row(&self.said, self.of.pool.classes, image)
    }

    fn truth(&self, image: usize) -> usize {
        self.of.pool.labels.get(image).copied().unwrap_or_default()
    }

    /// The images without a label, in the order of the strategy.
    fn order(&self) -> Vec<usize> {
        let open = |image: &usize| self.is_labelled.get(*image).is_some_and(|labelled| !labelled);
        let drawn = || self.drawn.iter().copied().filter(open);
        let by = |key: &dyn Fn(usize) -> f32| {
            let mut keyed: Vec<(f32, usize)> = drawn().map(|image| (key(image), image)).collect();
            // Stable, so that equals stay as they were drawn.
            keyed.sort_by(|a, b| b.0.total_cmp(&a.0));
            keyed.into_iter().map(|(_, image)| image).collect::<Vec<_>>()
        };
        let picked: Vec<usize> = self.picked.iter().copied().filter(open).collect();
        let unsure = |of: fn(&[f32]) -> f32| match self.head {
            Some(_) => by(&|image| of(self.said_of(image))),
            None => drawn().collect(),
        };
        match self.how.strategy {
            Strategy::Random => drawn().collect(),
            Strategy::Uncertainty => unsure(uncertainty),
            Strategy::Margin => unsure(margin),
            Strategy::LeastConfidence => unsure(least_confidence),
            Strategy::RareClass if self.head.is_some() => {
                let labels = self.labelled.iter().map(|image| self.truth(*image));
                let mut counts = vec![0usize; self.of.pool.classes];
                labels.for_each(|label| counts.get_mut(label).into_iter().for_each(|count| *count += 1));
                let mut order = by(&|image| uncertainty(self.said_of(image)));
                let rare = |image: &usize| {
                    top_class(self.said_of(*image)).and_then(|class| counts.get(class).copied()).unwrap_or_default()
                };
                order.sort_by_key(rare);
                order
            }
            Strategy::RareClass => drawn().collect(),
            Strategy::ColdStart | Strategy::KCentre => {
                let mut is_picked = vec![false; self.is_labelled.len()];
                picked.iter().for_each(|image| is_picked.get_mut(*image).into_iter().for_each(|is| *is = true));
                let rest = unsure(uncertainty);
                let rest = rest.into_iter().filter(|image| is_picked.get(*image).is_some_and(|picked| !picked));
                picked.iter().copied().chain(rest).collect()
            }
        }
    }

    fn label_batch(&mut self) {
        let open = |image: &usize| self.is_labelled.get(*image).is_some_and(|labelled| !labelled);
        let open: Vec<usize> = self.drawn.iter().copied().filter(open).collect();
        let percent = if self.how.strategy == Strategy::Random { 0 } else { self.how.at_random };
        let batch = mix(&self.order(), &open, percent, self.labelled.len(), |image| image).order;
        for image in batch.into_iter().take(self.how.batch.max(1)) {
            let agrees = self.head.is_some() && top_class(self.said_of(image)) == Some(self.truth(image));
            self.corrections += usize::from(!agrees);
            self.labelled.push(image);
            if let Some(labelled) = self.is_labelled.get_mut(image) {
                *labelled = true;
            }
        }
    }

    fn learn(&mut self, go_on: &dyn Fn() -> bool) -> Result<Point, LogisticError> {
        let Exercise { pool, test_features, test_truth } = self.of;
        let labels: Vec<usize> = self.labelled.iter().map(|image| self.truth(*image)).collect();
        let features: Vec<f32> =
            self.labelled.iter().flat_map(|image| row(pool.features, pool.width, *image)).copied().collect();
        let rows = Rows {
            features: &features,
            width: pool.width,
            truth: Truth::Classes(&labels),
            answers: pool.classes,
            weights: None,
            offsets: None,
        };
        let head = fit(&rows, self.how.settings, self.head.as_ref(), go_on)?;
        self.said = head.probabilities(pool.features, None);
        let right = (0..pool.labels.len())
            .filter(|image| {
                let labelled = self.is_labelled.get(*image).copied().unwrap_or_default();
                labelled || top_class(self.said_of(*image)) == Some(self.truth(*image))
            })
            .count();
        let of_test = head.probabilities(test_features, None);
        let said = of_test.chunks_exact(pool.classes.max(1)).zip(test_truth);
        let accurate = said.filter(|(said, truth)| top_class(said) == Some(**truth)).count();
        self.head = Some(head);
        Ok(Point {
            labelled: self.labelled.len(),
            corrections: self.corrections,
            right: right as f64 / pool.labels.len() as f64,
            accuracy: accurate as f64 / test_truth.len().max(1) as f64,
        })
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
