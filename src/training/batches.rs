//! Batches made ready on another thread while the network works on the one before.

use super::augment::{CopyOf, Shape, Variation};
use super::error::TrainError;
use super::job::Truth;
use super::sampler::Draw;
use super::samples::Samples;
use crate::domain::Rect;
use crate::domain::recipe::Augmentation;
use crate::imaging::preprocess::normalise;
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Batches that wait ready; more would only take memory.
const AHEAD: usize = 2;

/// The input of one step.
pub(super) struct Batch {
    /// Normalised (images, channels, height, width), one after the other.
    pub input: Vec<f32>,
    /// What is known of each image, boxes in pixels of the input.
    pub truths: Vec<Truth>,
}

impl Batch {
    /// The images from one number up to, not with, another.
    pub fn part(&self, from: usize, to: usize) -> Self {
        let each = self.input.len() / self.truths.len().max(1);
        let input = self.input.get(from * each..to * each).unwrap_or_default().to_vec();
        Self { input, truths: self.truths.get(from..to).unwrap_or_default().to_vec() }
    }
}

/// The random changes of one epoch.
#[derive(Clone, Copy)]
pub(super) struct Varied<'a> {
    pub settings: &'a Augmentation,
    pub seed: u64,
    pub epoch: usize,
}

/// Hands every batch of `plan` to `take`, in order, until it answers `false`. Gives the time spent waiting for images.
///
/// # Errors
/// When an image cannot be read any more, or `take` fails.
pub(super) fn for_each_batch(
    samples: &Samples,
    plan: &[Vec<Draw>],
    varied: Option<Varied<'_>>,
    take: &mut dyn FnMut(usize, Batch) -> Result<bool, TrainError>,
) -> Result<Duration, TrainError> {
    std::thread::scope(|scope| {
        let (sender, receiver) = crossbeam_channel::bounded(AHEAD);
        std::thread::Builder::new()
            .name("training-batches".to_owned())
            .spawn_scoped(scope, move || {
                for draws in plan {
                    // A closed channel means that the run ended early.
                    if sender.send(make(samples, draws, varied)).is_err() {
                        break;
                    }
                }
            })
            .map_err(TrainError::Thread)?;
        let mut waited = Duration::ZERO;
        let mut step = 0;
        loop {
            let began = Instant::now();
            let Ok(batch) = receiver.recv() else { break };
            waited += began.elapsed();
            if !take(step, batch?)? {
                break;
            }
            step += 1;
        }
        // Hangs up, so that the other thread ends although it has more.
        drop(receiver);
        Ok(waited)
    })
}

fn make(samples: &Samples, draws: &[Draw], varied: Option<Varied<'_>>) -> Result<Batch, TrainError> {
    let preprocessing = samples.preprocessing();
    let shape = Shape { width: preprocessing.width, height: preprocessing.height };
    let area = (shape.width * shape.height).max(1);
    let length = area * preprocessing.channels.max(1);
    let mut input = vec![0.0; length * draws.len()];
    let truths = input
        .par_chunks_exact_mut(length)
        .zip(draws)
        .map(|(target, draw)| {
            let (mut planes, truth) = samples.planes(draw.image)?;
            let mut truth = truth.clone();
            if let Some(Varied { settings, seed, epoch }) = varied {
                let of = CopyOf { image: draw.image, copy: draw.copy, epoch };
                let variation = Variation::draw(settings, seed, of);
                planes = variation.planes(planes, shape);
                truth = moved(truth, &variation, shape, settings.of_copy(draw.copy).min_visibility);
            }
            // A single plane stands for all channels.
            for (channel, plane) in target.chunks_exact_mut(area).zip(planes.chunks_exact(area).cycle()) {
                channel.copy_from_slice(plane);
            }
            normalise(target, preprocessing);
            Ok(truth)
        })
        .collect::<Result<_, TrainError>>()?;
    Ok(Batch { input, truths })
}

/// Boxes as they lie on the changed picture.
fn moved(truth: Truth, variation: &Variation, shape: Shape, min_visibility: f64) -> Truth {
    let Truth::Boxes(boxes) = truth else { return truth };
    let (classes, rects): (Vec<usize>, Vec<Rect>) = boxes.into_iter().unzip();
    let moved = variation.boxes(&rects, shape, min_visibility).into_iter();
    Truth::Boxes(moved.filter_map(|(at, rect)| Some((*classes.get(at)?, rect))).collect())
}
