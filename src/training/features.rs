//! While nothing but the head learns and images do not vary, the features of an image stay the same: they are made once
//! and kept. They are what the network makes of each image by itself, so keeping them changes no weight.

use super::batches::{Batch, Varied, for_each_batch};
use super::error::TrainError;
use super::job::Truth;
use super::learner::{Input, Learner};
use super::sampler::Draw;
use super::samples::Samples;
use std::time::Duration;

/// What the features of both splits may take together, in bytes.
pub(super) const FEATURE_BUDGET: usize = 1 << 30;

/// The features of every image of one split.
pub(super) struct Features {
    /// Of one image: channels, rows, columns.
    shape: [usize; 3],
    /// Image after image.
    values: Vec<f32>,
    truths: Vec<Truth>,
}

/// What became of making features.
pub(super) enum Made {
    Kept(Features),
    /// They would take so many bytes, which is more than there may be.
    TooLarge(usize),
    /// The listener ended the run.
    Ended,
}

impl Features {
    /// Makes the features of all images in batches of `batch`; `budget` loses what they take. `go_on` hears after each
    /// batch how many are done.
    ///
    /// # Errors
    /// When an image cannot be read any more or the network fails.
    pub fn of(
        learner: &Learner,
        samples: &Samples,
        batch: usize,
        budget: &mut usize,
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Made, TrainError> {
        let mut made = Features { shape: [0; 3], values: Vec::new(), truths: Vec::with_capacity(samples.len()) };
        let (mut whole, mut too_large) = (true, None);
        for_each_batch(samples, &in_order(samples, batch), None, &mut |_, batch| {
            let features = learner.features(&batch)?;
            let (_, channels, height, width) = features.dims4()?;
            made.shape = [channels, height, width];
            let bytes = channels * height * width * samples.len() * size_of::<f32>();
            if bytes > *budget {
                too_large = Some(bytes);
                return Ok(false);
            }
            made.values.extend(features.flatten_all()?.to_vec1::<f32>()?);
            made.truths.extend(batch.truths);
            whole = go_on(made.truths.len());
            Ok(whole)
        })?;
        if let Some(bytes) = too_large {
            return Ok(Made::TooLarge(bytes));
        }
        *budget -= made.bytes();
        Ok(if whole { Made::Kept(made) } else { Made::Ended })
    }

    /// What they take.
    pub fn bytes(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }

    fn batch(&self, draws: &[Draw]) -> Batch {
        let each: usize = self.shape.iter().product();
        let mut input = Vec::with_capacity(each * draws.len());
        for draw in draws {
            input.extend_from_slice(self.values.get(draw.image * each..(draw.image + 1) * each).unwrap_or_default());
        }
        let truths = draws.iter().filter_map(|draw| self.truths.get(draw.image).cloned()).collect();
        Batch { input, truths }
    }
}

/// All images one after the other, in batches.
pub(super) fn in_order(samples: &Samples, batch: usize) -> Vec<Vec<Draw>> {
    let order: Vec<Draw> = (0..samples.len()).map(|image| Draw { image, copy: 0 }).collect();
    order.chunks(batch.max(1)).map(<[Draw]>::to_vec).collect()
}

/// As [`for_each_batch`], with the features that were kept where there are any.
pub(super) fn for_each_input(
    samples: &Samples,
    kept: Option<&Features>,
    plan: &[Vec<Draw>],
    varied: Option<Varied<'_>>,
    take: &mut dyn FnMut(usize, Batch, Input) -> Result<bool, TrainError>,
) -> Result<Duration, TrainError> {
    let Some(features) = kept else {
        return for_each_batch(samples, plan, varied, &mut |step, batch| take(step, batch, Input::Pictures));
    };
    for (step, draws) in plan.iter().enumerate() {
        if !take(step, features.batch(draws), Input::Features(features.shape))? {
            break;
        }
    }
    Ok(Duration::ZERO)
}
