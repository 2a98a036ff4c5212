//! Occlusion (Zeiler and Fergus 2014): how much less sure the class is when a patch is hidden, place by place. A place that
//! several patches hide has their mean; below zero, hiding it makes the class surer. Patches and means are captum's: at the far
//! edges a patch is cut off where the picture ends.

use super::OnPass;
use candle_core::{Result, Tensor};

/// Pictures that go through the network together.
const AT_ONCE: usize = 32;
/// How many patches fit side by side along the shorter side of a picture. They move by half of their side.
const SIDE_BY_SIDE: usize = 7;

/// A square patch that moves over a picture, in pixels of the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patch {
    pub side: usize,
    pub step: usize,
}

impl Patch {
    /// The usual one for a picture of this size.
    pub(super) fn of(height: usize, width: usize) -> Self {
        let side = (height.min(width) / SIDE_BY_SIDE).max(1);
        Self { side, step: (side / 2).max(1) }
    }

    /// The rows and columns that each patch hides.
    fn places(self, height: usize, width: usize) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
        let starts = |side: usize| {
            let count = side.saturating_sub(self.side).div_ceil(self.step) + 1;
            (0..count).map(move |at| at * self.step..(at * self.step + self.side).min(side))
        };
        starts(height).flat_map(|rows| starts(width).map(move |columns| (rows.clone(), columns))).collect()
    }
}

/// The map, H x W, of an input of `channels` planes in which patches are filled with the `grey` of each plane; `None` where it
/// was told to end. `sure` says how sure the class is on each of several inputs, 0 to 1.
pub(super) fn occlusion(
    input: &[f32],
    (height, width): (usize, usize),
    (patch, grey): (Patch, &[f32]),
    sure: &mut dyn FnMut(Vec<Vec<f32>>) -> Result<Vec<f64>>,
    on: OnPass<'_>,
) -> Result<Option<Vec<f32>>> {
    let hidden = |(rows, columns): &(std::ops::Range<usize>, std::ops::Range<usize>)| {
        let mut input = input.to_vec();
        for (plane, grey) in input.chunks_mut(height * width).zip(grey) {
            for row in plane.chunks_mut(width).take(rows.end).skip(rows.start) {
                row.iter_mut().take(columns.end).skip(columns.start).for_each(|value| *value = *grey);
            }
        }
        input
    };
    let whole = sure(vec![input.to_vec()])?.first().copied().unwrap_or_default();
    let places = patch.places(height, width);
    let mut sums = vec![(0.0f64, 0.0f64); height * width];
    let mut done = 0;
    for some in places.chunks(AT_ONCE) {
        for ((rows, columns), left) in some.iter().zip(sure(some.iter().map(hidden).collect())?) {
            for row in sums.chunks_mut(width).take(rows.end).skip(rows.start) {
                for (sum, times) in row.iter_mut().take(columns.end).skip(columns.start) {
                    *sum += whole - left;
                    *times += 1.0;
                }
            }
        }
        done += some.len();
        if !on(done, places.len()) {
            return Ok(None);
        }
    }
    Ok(Some(sums.into_iter().map(|(sum, times)| if times > 0.0 { (sum / times) as f32 } else { 0.0 }).collect()))
}

/// The mean of each plane of an input of one picture.
pub(super) fn mean_grey(x: &Tensor) -> Result<Vec<f32>> {
    x.narrow(0, 0, 1)?.squeeze(0)?.flatten_from(1)?.mean(1)?.to_vec1()
}
