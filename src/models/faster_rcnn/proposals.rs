//! The region proposal network (Ren et al. 2015, "Faster R-CNN", section 3.1), as torchvision's `RPNHead` and
//! `RegionProposalNetwork`: of every anchor, whether something is there and where its rectangle really lies.

use super::Targets;
use super::anchors::Anchors;
use super::coding::{self, PROPOSALS};
use super::matching::{Choose, Match, Matcher, Sampler};
use crate::domain::recipe::DetectorSettings;
use crate::nn::{Conv2d, Conv2dConfig, ConvInit, Mode, Scope, binary_cross_entropy, nms_by_class, relu, smooth_l1};
use candle_core::{Result, Tensor};
use rayon::prelude::*;

/// torchvision's thresholds for matching anchors and for dropping overlapping proposals.
const MATCHER: Matcher = Matcher { matched_from: 0.7, background_below: 0.3, best_always: true };
/// Of two proposals of a level that overlap by more than this (intersection over union), the lesser is dropped.
pub const MOST_OVERLAP: f64 = 0.7;
/// Proposals with a shorter side are dropped, pixels of the input.
pub const LEAST_SIDE: f32 = 1e-3;
/// Where smooth L1 bends.
pub(super) const BEND: f64 = 1.0 / 9.0;

pub(super) struct Proposer {
    convs: Vec<Conv2d>,
    objectness: Conv2d,
    shifts: Conv2d,
    sampler: Sampler,
    learning: [usize; 2],
    in_use: [usize; 2],
}

/// What the network says of all anchors, level by level: N, shapes, rows, columns logits, and four numbers for each.
pub(super) struct Answers {
    objectness: Vec<Tensor>,
    shifts: Vec<Tensor>,
}

impl Proposer {
    pub(super) fn new(scope: &Scope, detector: &DetectorSettings) -> Result<Self> {
        let (channels, shapes) = (detector.pyramid_channels, detector.anchor_ratios.len());
        let config = |padding| Conv2dConfig { padding, init: ConvInit::NormalHundredth, ..Conv2dConfig::default() };
        let head = scope.pp("head");
        let convs = (0..detector.proposal_convolutions)
            .map(|at| Conv2d::new(&head.pp("conv").pp(at).pp(0), channels, channels, 3, config(1)))
            .collect::<Result<_>>()?;
        Ok(Self {
            convs,
            objectness: Conv2d::new(&head.pp("cls_logits"), channels, shapes, 1, config(0))?,
            shifts: Conv2d::new(&head.pp("bbox_pred"), channels, 4 * shapes, 1, config(0))?,
            sampler: Sampler { count: detector.anchors_sampled, positive: detector.anchors_positive },
            learning: detector.proposals_learning,
            in_use: detector.proposals_in_use,
        })
    }

    pub(super) fn answer(&self, pyramid: &[Tensor], mode: &Mode) -> Result<Answers> {
        let (mut objectness, mut shifts) = (Vec::new(), Vec::new());
        for level in pyramid {
            let mut x = level.clone();
            for conv in &self.convs {
                x = relu(&conv.forward(&x, mode)?)?;
            }
            objectness.push(self.objectness.forward(&x, mode)?);
            shifts.push(self.shifts.forward(&x, mode)?);
        }
        Ok(Answers { objectness, shifts })
    }

    /// The proposals of every picture, the most certain first. No gradient goes through them.
    pub(super) fn propose(
        &self,
        answers: &Answers,
        anchors: &Anchors,
        size: (usize, usize),
        learning: bool,
    ) -> Result<Vec<Vec<[f32; 4]>>> {
        let [of_level, of_picture] = if learning { self.learning } else { self.in_use };
        let (objectness, shifts) = (numbers(&answers.objectness)?, numbers(&answers.shifts)?);
        let images = answers.objectness.first().map_or(Ok(0), |level| level.dim(0))?;
        let of_image = |image: usize| {
            let (mut rects, mut scores, mut levels) = (Vec::new(), Vec::new(), Vec::new());
            for (level, grid) in anchors.grids.iter().enumerate() {
                let (objectness, shifts) = (&objectness[level], &shifts[level]);
                let range = grid.first..grid.first + grid.count();
                let all = range.map(|anchor| (objectness[grid.place(image, anchor, 0, 1)], anchor)).collect();
                for (logit, anchor) in best(all, of_level) {
                    let code = [0, 1, 2, 3].map(|part| shifts[grid.place(image, anchor, part, 4)]);
                    let rect = coding::clip(PROPOSALS.decode(&code, &anchors.rects[anchor]), size);
                    if coding::is_at_least(&rect, LEAST_SIDE) {
                        rects.push(rect);
                        scores.push(1.0 / (1.0 + (-logit).exp()));
                        levels.push(level);
                    }
                }
            }
            let kept = nms_by_class(&rects, &scores, &levels, MOST_OVERLAP).into_iter().take(of_picture);
            kept.map(|at| rects[at]).collect()
        };
        Ok((0..images).into_par_iter().map(of_image).collect())
    }

    /// The losses of objectness and of the proposals' places.
    pub(super) fn losses(
        &self,
        answers: &Answers,
        anchors: &Anchors,
        targets: Targets,
        choose: &mut Choose,
    ) -> Result<(Tensor, Tensor)> {
        let starts = |levels: &[Tensor]| -> Vec<usize> {
            let before = levels.iter().scan(0, |sum, level| Some(std::mem::replace(sum, *sum + level.elem_count())));
            before.collect()
        };
        let (first, first_shift) = (starts(&answers.objectness), starts(&answers.shifts));
        let (mut asked, mut wanted, mut asked_shifts, mut wanted_shifts) = (vec![], vec![], vec![], vec![]);
        for (image, target) in targets.iter().enumerate() {
            let matches = MATCHER.run(&target.rects, &anchors.rects);
            let (positive, negative) = self.sampler.run(&matches, choose);
            for &anchor in positive.iter().chain(&negative) {
                let level = anchors.level(anchor);
                let grid = &anchors.grids[level];
                asked.push((first[level] + grid.place(image, anchor, 0, 1)) as u32);
                let Match::Truth(truth) = matches[anchor] else {
                    wanted.push(0.0f32);
                    continue;
                };
                wanted.push(1.0);
                wanted_shifts.extend(PROPOSALS.encode(&target.rects[truth], &anchors.rects[anchor]));
                asked_shifts
                    .extend((0..4).map(|part| (first_shift[level] + grid.place(image, anchor, part, 4)) as u32));
            }
        }
        let count = asked.len();
        let device = answers.objectness[0].device();
        let wanted = Tensor::from_vec(wanted, (count, 1), device)?;
        let logits = gather(&answers.objectness, asked)?.reshape((count, 1))?;
        let objectness = binary_cross_entropy(&logits, &wanted, None, None)?;
        if wanted_shifts.is_empty() {
            return Ok((objectness, Tensor::zeros((), logits.dtype(), device)?));
        }
        let wanted_shifts = Tensor::new(wanted_shifts, device)?;
        let places = smooth_l1(&gather(&answers.shifts, asked_shifts)?, &wanted_shifts, BEND)?;
        Ok((objectness, (places / count as f64)?))
    }
}

/// The numbers of every level.
fn numbers(levels: &[Tensor]) -> Result<Vec<Vec<f32>>> {
    levels.iter().map(|level| level.detach().flatten_all()?.to_vec1()).collect()
}

/// Chosen numbers of the levels, seen as one list.
fn gather(levels: &[Tensor], places: Vec<u32>) -> Result<Tensor> {
    let lists = levels.iter().map(Tensor::flatten_all).collect::<Result<Vec<_>>>()?;
    let places = Tensor::new(places, lists[0].device())?;
    Tensor::cat(&lists, 0)?.index_select(&places, 0)
}

/// The `most` highest, the highest first; of equals the first in the list.
fn best(mut all: Vec<(f32, usize)>, most: usize) -> Vec<(f32, usize)> {
    let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if most < all.len() {
        all.select_nth_unstable_by(most, order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all
}
