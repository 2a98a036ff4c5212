//! How many pictures a second a network takes on this machine.

use super::error::ModelError;
use crate::domain::{Architecture, Preprocessing};
use crate::models;
use crate::nn::{Compute, Mode, Params};
use candle_core::Tensor;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Measured for at least this long after one round that is not counted, so that caches and the allocator are warm.
const LEAST_TIME: Duration = Duration::from_secs(3);
const LEAST_ROUNDS: u32 = 3;

/// Images a second for `size` x `size` inputs in batches of `batch`: forward only, or with `train` forward in training
/// mode and backward to all weights (no optimizer step). torchvision's networks take three channels, others one.
pub fn throughput(
    architecture: &Architecture,
    batch: usize,
    size: usize,
    train: bool,
    compute: &Compute,
) -> Result<f64, ModelError> {
    let channels = if architecture.is_torchvisions() { 3 } else { 1 };
    let preprocessing = Preprocessing { channels, width: size, height: size, ..Preprocessing::default() };
    let params = Params::new(compute.device(), 1);
    let network = models::build(architecture, &preprocessing, 2, &params)?;
    let count = batch * channels * size * size;
    let x: Vec<f32> = (0..count).map(|i| (i * 7919 % 10_007) as f32 / 5003.5 - 1.0).collect();
    let x = Tensor::from_vec(x, (batch, channels, size, size), compute.device())?;
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let round = || -> Result<(), ModelError> {
        if train {
            let loss = network.forward(&x, &Mode::Training(&rng))?.sqr()?.mean_all()?;
            loss.backward()?;
        } else {
            // Reading the result back waits for devices that work on their own time.
            network.forward(&x, &Mode::Inference)?.to_vec2::<f32>()?;
        }
        compute.device().synchronize()?;
        Ok(())
    };
    round()?;
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < LEAST_ROUNDS || start.elapsed() < LEAST_TIME {
        round()?;
        rounds += 1;
    }
    Ok(f64::from(rounds) * batch as f64 / start.elapsed().as_secs_f64())
}
