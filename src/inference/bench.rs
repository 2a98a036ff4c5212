//! How many pictures a second a network takes on this machine.

use super::error::ModelError;
use crate::domain::{Architecture, Preprocessing, recipe};
use crate::models;
use crate::models::faster_rcnn::{FasterRcnn, Limits, Target};
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
/// the loss (cross entropy, or the four of a detector), backward to all weights and a move by SGD with momentum.
/// torchvision's networks and detectors take three channels, others one.
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
    let coloured = architecture.is_torchvisions() || architecture.draws_boxes();
    let channels = if coloured { 3 } else { 1 };
    let preprocessing = Preprocessing { channels, width: size, height: size, ..Preprocessing::default() };
    let params = Params::new(compute.device(), 1);
    let count = batch * channels * size * size;
    let x: Vec<f32> = (0..count).map(|i| (i * 7919 % 10_007) as f32 / 5003.5 - 1.0).collect();
    let x = Tensor::from_vec(x, (batch, channels, size, size), compute.device())?;
    let rng = RefCell::new(ChaCha8Rng::seed_from_u64(1));
    let mode = Mode::Training(&rng);
    match architecture {
        Architecture::Detector(architecture) => {
            let network = FasterRcnn::new(architecture, &preprocessing, CLASSES, &params)?;
            let (targets, limits) = (vec![boxes(size as f32); batch], Limits::from(&architecture.settings));
            let mut drawn = ChaCha8Rng::seed_from_u64(2);
            measure(batch, &params, train, compute, || {
                if train {
                    return network.losses(&x, &targets, &mode, &mut drawn)?.total().map(Some);
                }
                network.detect(&x, &limits).map(|_| None)
            })
        }
        Architecture::Classifier(architecture) => {
            let network = models::build(architecture, &preprocessing, CLASSES, &params)?;
            let targets: Vec<usize> = (0..batch).map(|image| image % CLASSES).collect();
            measure(batch, &params, train, compute, || {
                if train {
                    return cross_entropy(&network.forward(&x, &mode)?, &targets, None, 0.0).map(Some);
                }
                // Reading the result back waits for devices that work on their own time.
                network.forward(&x, &Mode::Inference)?.to_vec2::<f32>().map(|_| None)
            })
        }
    }
}

/// Three boxes on a picture of this side.
fn boxes(side: f32) -> Target {
    let rects = [[0.1, 0.1, 0.3, 0.4], [0.5, 0.2, 0.9, 0.7], [0.2, 0.6, 0.25, 0.65]];
    Target { rects: rects.map(|rect| rect.map(|edge| edge * side)).to_vec(), classes: vec![0, 1, 0] }
}

/// Times rounds of `work`, and of a step down the loss that it gives when it trains.
fn measure(
    batch: usize,
    params: &Params,
    train: bool,
    compute: &Compute,
    mut work: impl FnMut() -> candle_core::Result<Option<Tensor>>,
) -> Result<Throughput, ModelError> {
    let kind = recipe::Optimizer::Sgd { learning_rate: RATE, momentum: 0.9, nesterov: false, weight_decay: 0.0 };
    let mut optimizer = train.then(|| Optimizer::new(&kind, params.trainable()));
    let mut round = || -> Result<(), ModelError> {
        if let (Some(loss), Some(optimizer)) = (work()?, &mut optimizer) {
            optimizer.step(&loss.backward()?, RATE)?;
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
