//! D-RISE (Petsiuk et al. 2021, "Black-box Explanation of Object Detectors via Saliency Maps"): what of the picture a box
//! hangs on, found by hiding parts of it at random and looking how much of the box is left.
//!
//! The picture is multiplied with masks that are bright in a random half of a coarse grid's cells (Petsiuk et al. 2018,
//! "RISE", section 3.2). For each, of all boxes that the network would then draw, the one most like the box explained
//! counts: intersection over union times the cosine between the shares of the classes, the background among them. The map
//! is the sum of the masks, each times its likeness. Faster R-CNN says no objectness beside its classes, so that factor of
//! the paper is 1. The box of a reader has no shares: it is taken to be its class and nothing else.
//!
//! Unlike Grad-CAM this asks only what comes out when the picture changes, so that reasons outside the box show, and those
//! for the box's place too. What it cannot say: a black patch is itself something to see, nothing finer than the grid
//! shows, and with few masks chance shows as spots.

use super::wanted::Wanted;
use crate::domain::{HeatMap, Preprocessing, Rect};
use crate::imaging::{DecodedImage, preprocess};
use crate::inference::{Detector, Examined, ModelError, softmax};
use crate::models::faster_rcnn::Candidate;
use crate::nn::{Region, iou};
use candle_core::IndexOp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Masks that go through the network before it is asked whether to go on.
const AT_ONCE: usize = 8;

/// How the masks are drawn; the grid and the share are the paper's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Masks {
    /// How many; the paper takes 5000.
    pub count: usize,
    /// Cells of the grid along each side.
    pub cells: usize,
    /// The share of cells through which the picture shows, 0 to 1.
    pub shown: f64,
    /// The same seed gives the same masks.
    pub seed: u64,
}

impl Default for Masks {
    fn default() -> Self {
        Self { count: 1000, cells: 16, shown: 0.5, seed: 0 }
    }
}

impl Masks {
    /// By how much the mean answer differs between the place seen best and worst, of sums that lie so far apart: the sums are
    /// divided by how often a place is seen, as the paper has it.
    pub(super) fn strength(&self, span: f64) -> f32 {
        (span / (self.count.max(1) as f64 * self.shown.max(f64::MIN_POSITIVE))) as f32
    }

    /// A mask, row by row, 0 (hidden) to 1 (shown): the grid, enlarged smoothly to a cell more than the picture and shifted
    /// by a part of one.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, height: usize, width: usize) -> Vec<f32> {
        let cells = self.cells.max(1);
        let limit = (self.shown.clamp(0.0, 1.0) * 2f64.powi(32)) as u64;
        let grid: Vec<f32> =
            (0..cells * cells).map(|_| if u64::from(rng.next_u32()) < limit { 1.0 } else { 0.0 }).collect();
        let mut axis = |side: usize| -> Vec<(usize, usize, f32)> {
            let cell = side.div_ceil(cells);
            let shift = ((u64::from(rng.next_u32()) * cell as u64) >> 32) as usize;
            let enlarged = ((cells + 1) * cell) as f32;
            let place = |at: usize| {
                let on_grid = ((at + shift) as f32 + 0.5) / enlarged * cells as f32 - 0.5;
                let on_grid = on_grid.clamp(0.0, (cells - 1) as f32);
                (on_grid as usize, (on_grid as usize + 1).min(cells - 1), on_grid.fract())
            };
            (0..side).map(place).collect()
        };
        let (rows, columns) = (axis(height), axis(width));
        let mut mask = Vec::with_capacity(height * width);
        for &(top, bottom, down) in &rows {
            let (top, bottom) = (&grid[top * cells..][..cells], &grid[bottom * cells..][..cells]);
            mask.extend(columns.iter().map(|&(left, right, across)| {
                let along = |row: &[f32]| row[left] + (row[right] - row[left]) * across;
                along(top) + (along(bottom) - along(top)) * down
            }));
        }
        mask
    }
}

/// The map of a box of a class, given in pixels of the picture that was examined; from 0 where the box hangs on the picture
/// least to 1 where it does most. `on` hears how many masks are done and answers whether to go on: without, there is none.
///
/// # Errors
/// When there is no such class, none of the box is in what the model sees, or the tensor library gives up.
pub fn d_rise(
    detector: &Detector,
    image: &DecodedImage,
    (examined, (class, rect)): (&Examined, (usize, Rect)),
    masks: &Masks,
    on: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<HeatMap>, ModelError> {
    let target = Target::new(detector, examined, &Wanted::new(detector, examined, class, &rect)?)?;
    let p = &detector.card().preprocessing;
    let planes = preprocess::to_planes(image, p);
    let mut rng = ChaCha8Rng::seed_from_u64(masks.seed);
    let mut sum = vec![0.0f64; p.width * p.height];
    let mut done = 0;
    while done < masks.count {
        let drawn: Vec<Vec<f32>> =
            (done..masks.count.min(done + AT_ONCE)).map(|_| masks.draw(&mut rng, p.height, p.width)).collect();
        let inputs: Vec<Vec<f32>> = drawn.iter().map(|mask| behind(&planes, mask, p)).collect();
        for (mask, candidates) in drawn.iter().zip(detector.candidates(&inputs, class)?) {
            let likeness = f64::from(target.likeness(&candidates));
            sum.iter_mut().zip(mask).for_each(|(sum, shown)| *sum += likeness * f64::from(*shown));
        }
        done += drawn.len();
        if !on(done) {
            return Ok(None);
        }
    }
    let (values, span) = spread(&sum);
    let covers = preprocess::covered(image.width, image.height, p);
    Ok(Some(HeatMap {
        width: p.width,
        height: p.height,
        values,
        strength: masks.strength(span),
        signed: false,
        covers,
    }))
}

/// The input that a picture's planes become behind a mask.
pub(super) fn behind(planes: &[f32], mask: &[f32], p: &Preprocessing) -> Vec<f32> {
    let mut input: Vec<f32> = planes.iter().zip(mask.iter().cycle()).map(|(value, shown)| value * shown).collect();
    preprocess::normalise(&mut input, p);
    input
}

/// Sums brought to 0 for the least and 1 for the most, and how far these lie apart; all 0 where they are one and the same.
pub(super) fn spread(sum: &[f64]) -> (Vec<f32>, f64) {
    let (least, most) = sum.iter().fold((f64::INFINITY, 0.0f64), |(l, m), v| (l.min(*v), m.max(*v)));
    if most <= least {
        return (vec![0.0; sum.len()], 0.0);
    }
    let span = most - least;
    (sum.iter().map(|v| ((v - least) / span) as f32).collect(), span)
}

/// What is looked for behind every mask.
pub(super) struct Target {
    pub rect: [f32; 4],
    /// Of every class, the background first; they add up to one.
    pub shares: Vec<f32>,
}

impl Target {
    pub(super) fn new(detector: &Detector, examined: &Examined, wanted: &Wanted<'_>) -> Result<Self, ModelError> {
        let shares = match wanted.found {
            Some(found) => {
                let region = Region { image: 0, rect: found.region };
                softmax(&detector.network().class_scores(&examined.pyramid, &[region])?.i(0)?.to_vec1()?)
            }
            None => {
                let of = |class| if class == wanted.class + 1 { 1.0 } else { 0.0 };
                (0..=detector.card().classes.len()).map(of).collect()
            }
        };
        Ok(Self { rect: wanted.rect, shares })
    }

    /// How like it the most like of these is, 0 to 1.
    pub(super) fn likeness(&self, candidates: &[Candidate]) -> f32 {
        let like = |one: &Candidate| iou(&self.rect, &one.rect) * cosine(&self.shares, &one.shares);
        candidates.iter().map(like).fold(0.0, f32::max)
    }
}

/// The cosine between two lists of shares.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (product(a, a) * product(b, b)).sqrt();
    if lengths > 0.0 { product(a, b) / lengths } else { 0.0 }
}
