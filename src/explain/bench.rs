//! How long a map of one picture takes on this machine.

use super::{How, MapError, class_map};
use crate::domain::{Architecture, ClassList, ModelCard, Preprocessing};
use crate::imaging::{DecodedImage, Samples};
use crate::inference::Classifier;
use crate::nn::Compute;
use std::time::{Duration, Instant};

/// Measured for at least this long after one map that is not counted.
const LEAST_TIME: Duration = Duration::from_secs(5);
const LEAST_ROUNDS: usize = 3;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapTime {
    /// Of the median map, from the decoded picture to its values.
    pub milliseconds: f64,
    pub rounds: usize,
}

/// Times the map of a made-up picture of `size` x `size` pixels by a network with weights drawn at random. torchvision's
/// networks take three channels, others one.
///
/// # Errors
/// When the method does not fit, and those of the tensor library.
pub fn map_time(architecture: &Architecture, size: usize, how: &How, compute: &Compute) -> Result<MapTime, MapError> {
    let channels = if architecture.is_torchvisions() { 3 } else { 1 };
    let preprocessing = Preprocessing { channels, width: size, height: size, ..Preprocessing::default() };
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: architecture.name().into(),
        architecture: architecture.clone(),
        classes: ClassList::from_names(&["one", "two"], false).unwrap_or_default(),
        preprocessing,
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let classifier = Classifier::before_training(card, compute, 1)?;
    let samples = Samples::Gray8((0..size * size).map(|at| (at * 7919 % 251) as u8).collect());
    let side = size as u32;
    let image = DecodedImage {
        width: side,
        height: side,
        samples,
        bits: 8,
        truncated: false,
        orientation: 1,
        shape: 1.0,
        remarks: Vec::new(),
        taken: None,
    };
    let map = || class_map(&classifier, &image, 0, how, &mut |_, _| true);
    map()?;
    let start = Instant::now();
    let mut rounds = Vec::new();
    while rounds.len() < LEAST_ROUNDS || start.elapsed() < LEAST_TIME {
        let begun = Instant::now();
        map()?;
        rounds.push(begun.elapsed().as_secs_f64());
    }
    rounds.sort_by(f64::total_cmp);
    let median = rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN);
    Ok(MapTime { milliseconds: median * 1e3, rounds: rounds.len() })
}
