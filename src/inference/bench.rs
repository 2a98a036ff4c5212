//! How many pictures a second a network takes on this machine.

use super::error::ModelError;
use crate::domain::{Architecture, Preprocessing, recipe};
use crate::models;
use crate::nn::{Compute, Mode, Optimizer, Params, cross_entropy};
use candle_core::Tensor;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Measured for at least this long after one round that is not counted, so that caches and the allocator are warm.
const LEAST_TIME: Duration = Duration::from_secs(5);
const LEAST_ROUNDS: usize = 3;
const CLASSES: usize = 2;
/// So small that the weights hardly move.
const RATE: f64 = 1e-3;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throughput {
    /// By the median round.
    pub images_per_second: f64,
    /// Of the median round, one batch.
    pub milliseconds: f64,
    pub rounds: usize,
}

/// Rounds over a batch of `size` x `size` inputs: forward only, or with `train` a whole step: forward in training mode,
/// cross entropy, backward to all weights and a move by SGD with momentum. torchvision's networks take three channels,
/// others one.
///
/// # Errors
/// When the network cannot be built for such inputs, and those of the tensor library.
pub fn throughput(
    architecture: &Architecture,
    batch: usize,
    size: usize,
    train: bool,
    compute: &Compute,
) -> Result<Throughput, ModelError> {
    let channels = if architecture.is_torchvisions() { 3 } else { 1 };
    let preprocessing = Preprocessing { channels, width: size, height: size, ..Preprocessing::default() };
    let params = Params::new(compute.device(), 1);
    let network = models::build(architecture, &preprocessing, CLASSES, &params)?;
    let count = batch * channels * size * size;
    let x: Vec<f32> = (0..count).map(|i| (i * 7919 % 10_007) as f32 / 5003.5 - 1.0).collect();
    let x = Tensor::from_vec(x, (batch, channels, size, size), compute.device())?;
    let targets: Vec<usize> = (0..batch).map(|image| image % CLASSES).collect();
    let kind = recipe::Optimizer::Sgd { learning_rate: RATE, momentum: 0.9, nesterov: false, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(&kind, params.trainable());
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let mut round = || -> Result<(), ModelError> {
        if train {
            let loss = cross_entropy(&network.forward(&x, &Mode::Training(&rng))?, &targets, None, 0.0)?;
            optimizer.step(&loss.backward()?, RATE)?;
        } else {
            // Reading the result back waits for devices that work on their own time.
            network.forward(&x, &Mode::Inference)?.to_vec2::<f32>()?;
        }
        compute.device().synchronize()?;
        Ok(())
    };
    round()?;
    let start = Instant::now();
    let mut rounds = Vec::new();
    while rounds.len() < LEAST_ROUNDS || start.elapsed() < LEAST_TIME {
        let begun = Instant::now();
        round()?;
        rounds.push(begun.elapsed().as_secs_f64());
    }
    rounds.sort_by(f64::total_cmp);
    let median = rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN);
    Ok(Throughput { images_per_second: batch as f64 / median, milliseconds: median * 1e3, rounds: rounds.len() })
}
