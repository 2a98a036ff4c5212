//! Intervals for any figure, by drawing patients again (Efron and Tibshirani 1993, chapters 13 and 14).
//!
//! Images of one group (a patient, an uploader) are drawn together: they are not independent, and intervals that ignore
//! that are too narrow.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::HashMap;
use std::hash::Hash;

/// Fewer groups give no interval: the draws would only repeat them.
pub const FEWEST_GROUPS: usize = 10;
/// Parts that the groups are put into to see how much a figure hangs on few of them (jackknife).
const PARTS: usize = 200;
/// A figure that is defined in a smaller share of the draws has no interval.
const DEFINED: f64 = 0.95;

/// Which images are drawn together.
#[derive(Clone, Debug)]
pub struct Groups {
    /// The group of each image, from 0.
    of_image: Vec<u32>,
    count: usize,
}

impl Groups {
    /// Images with the same key are one group; one without a key is a group of its own.
    pub fn new<K: Hash + Eq>(keys: impl IntoIterator<Item = Option<K>>) -> Self {
        let mut numbers: HashMap<K, u32> = HashMap::new();
        let mut count = 0u32;
        let mut of_image = Vec::new();
        for key in keys {
            let mut new = || {
                count += 1;
                count - 1
            };
            of_image.push(match key {
                Some(key) => *numbers.entry(key).or_insert_with(&mut new),
                None => new(),
            });
        }
        Self { of_image, count: count as usize }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many images there are.
    pub fn images(&self) -> usize {
        self.of_image.len()
    }

    /// How many groups have such an image (given by its place).
    pub fn among(&self, is: impl Fn(usize) -> bool) -> usize {
        let mut seen = vec![false; self.count];
        for (_, group) in self.of_image.iter().enumerate().filter(|(at, _)| is(*at)) {
            if let Some(seen) = seen.get_mut(*group as usize) {
                *seen = true;
            }
        }
        seen.iter().filter(|seen| **seen).count()
    }

    /// A weight an image from one a group.
    fn spread(&self, of_group: &[f64]) -> Vec<f64> {
        self.of_image.iter().map(|group| of_group.get(*group as usize).copied().unwrap_or_default()).collect()
    }

    /// A weight an image: 1 or 0, the same for all of a group, each as likely.
    pub fn tossed(&self, seed: u64, draw: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(draw);
        let of_group: Vec<f64> = (0..self.count).map(|_| f64::from(rng.random::<bool>())).collect();
        self.spread(&of_group)
    }

    /// How often each image is there when as many groups as there are were drawn, with replacement.
    fn drawn(&self, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut times = vec![0.0; self.count];
        for _ in 0..self.count {
            let group = rng.random_range(0..self.count as u32);
            if let Some(times) = times.get_mut(group as usize) {
                *times += 1.0;
            }
        }
        self.spread(&times)
    }
}

/// How intervals are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// How often the groups are drawn.
    pub draws: usize,
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { draws: 2000, seed: 20260101 }
    }
}

/// A figure with its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resampled {
    /// `None` where the figure is not defined.
    pub value: Option<f64>,
    /// The 95 % interval; `None` where none can be given.
    pub interval: Option<[f64; 2]>,
    /// No draw was asked for, so there is no interval.
    pub undrawn: bool,
}

/// Every figure that `figures` gives for a weight an image (always as many), with its 95 % interval (bias-corrected and
/// accelerated, BCa). The same seed gives the same intervals on any number of threads.
pub fn intervals(
    groups: &Groups,
    how: Bootstrap,
    figures: impl Fn(&[f64]) -> Vec<Option<f64>> + Sync,
) -> Vec<Resampled> {
    let values = figures(&vec![1.0; groups.images()]);
    if groups.len() < FEWEST_GROUPS || how.draws == 0 {
        return values.into_iter().map(|value| Resampled { value, interval: None, undrawn: how.draws == 0 }).collect();
    }
    let draws: Vec<Vec<Option<f64>>> = (0..how.draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = ChaCha8Rng::seed_from_u64(how.seed);
            rng.set_stream(draw);
            figures(&groups.drawn(&mut rng))
        })
        .collect();
    let parts = groups.len().min(PARTS);
    let without: Vec<Vec<Option<f64>>> = (0..parts)
        .into_par_iter()
        .map(|part| {
            let kept: Vec<f64> = (0..groups.len()).map(|group| f64::from(group % parts != part)).collect();
            figures(&groups.spread(&kept))
        })
        .collect();
    let estimate = |(at, value): (usize, Option<f64>)| {
        let of = |list: &[Vec<Option<f64>>]| list.iter().filter_map(|all| all.get(at).copied()?).collect::<Vec<f64>>();
        let interval = value.and_then(|value| interval(value, of(&draws), how.draws, &of(&without)));
        Resampled { value, interval, undrawn: false }
    };
    values.into_iter().enumerate().map(estimate).collect()
}

/// The interval of one figure from what it was in the draws and without each part of the groups.
fn interval(value: f64, mut drawn: Vec<f64>, draws: usize, without: &[f64]) -> Option<[f64; 2]> {
    if (drawn.len() as f64) < DEFINED * draws as f64 {
        return None;
    }
    drawn.sort_by(f64::total_cmp);
    let normal = Normal::standard();
    // Equal draws count half, as for figures that take few values.
    let below = drawn.partition_point(|one| *one < value);
    let most = drawn.partition_point(|one| *one <= value);
    let share = (below + most) as f64 / 2.0 / drawn.len() as f64;
    if share <= 0.0 || share >= 1.0 {
        // All draws lie on one side (a figure at its bound): the plain percentiles are what is left.
        return Some([percentile(&drawn, 0.025)?, percentile(&drawn, 0.975)?]);
    }
    let bias = normal.inverse_cdf(share);
    let mean = without.iter().sum::<f64>() / without.len().max(1) as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for one in without {
        let off = mean - one;
        squares += off * off;
        cubes += off * off * off;
    }
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
    let end = |quantile: f64| {
        let shifted = bias + normal.inverse_cdf(quantile);
        percentile(&drawn, normal.cdf(bias + shifted / (1.0 - acceleration * shifted)))
    };
    Some([end(0.025)?, end(0.975)?])
}

/// Of sorted values, between the two nearest (numpy's default).
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)?) as f64;
    let (low, high) = (*sorted.get(at.floor() as usize)?, *sorted.get(at.ceil() as usize)?);
    Some(low + (high - low) * at.fract())
}

#[cfg(test)]
#[path = "bootstrap_coverage.rs"]
mod coverage;
#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[f64]) -> impl Fn(&[f64]) -> Vec<Option<f64>> + Sync {
        move |weights| {
            let all: f64 = weights.iter().sum();
            vec![
                (all > 0.0)
                    .then(|| values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / all),
            ]
        }
    }

    #[test]
    fn groups_are_drawn_whole_and_few_of_them_give_no_interval() {
        let groups = Groups::new([Some("a"), Some("b"), Some("a"), None, None]);
        assert_eq!((groups.len(), groups.images(), &*groups.of_image), (4, 5, &[0, 1, 0, 2, 3][..]));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..50 {
            let weights = groups.drawn(&mut rng);
            assert_eq!(weights[0], weights[2]);
            assert_eq!(weights[0] + weights[1] + weights[3] + weights[4], 4.0);
        }
        let values = [0.2, 0.4, 0.6, 0.8, 1.0];
        let few = intervals(&groups, Bootstrap::default(), mean(&values))[0];
        assert_eq!((few.value, few.interval), (Some(0.6), None));
        assert!(Groups::new::<u8>([]).is_empty());
    }

    #[test]
    fn an_interval_is_the_same_for_a_seed_and_wider_where_images_come_in_groups() {
        let values: Vec<f64> = (0..60).map(|at| f64::from(at / 4 % 5)).collect();
        let (alone, grouped) = (Groups::new::<u8>(vec![None; 60]), Groups::new((0..60).map(|at| Some(at / 4))));
        let of = |groups: &Groups, seed| {
            intervals(groups, Bootstrap { draws: 500, seed }, mean(&values))[0].interval.unwrap()
        };
        assert_eq!(of(&alone, 1), of(&alone, 1));
        assert_ne!(of(&alone, 1), of(&alone, 2));
        let width = |[low, high]: [f64; 2]| high - low;
        assert!(width(of(&grouped, 1)) > 1.5 * width(of(&alone, 1)));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| of(&grouped, 4)), of(&grouped, 4));
    }

    #[test]
    fn what_is_seldom_defined_has_no_interval() {
        let groups = Groups::new::<u8>(vec![None; 12]);
        // Defined only where the first image was drawn.
        let estimate = intervals(&groups, Bootstrap { draws: 200, seed: 3 }, |weights: &[f64]| {
            vec![weights.first().copied().filter(|weight| *weight > 0.0)]
        })[0];
        assert_eq!((estimate.value, estimate.interval), (Some(1.0), None));
    }
}
