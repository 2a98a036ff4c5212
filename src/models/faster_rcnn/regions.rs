//! What a region shows: its features off the pyramid, and a head that gives it a class and a better rectangle; as
//! torchvision's `MultiScaleRoIAlign`, `FastRCNNConvFCHead` or `TwoMLPHead`, `FastRCNNPredictor` and `RoIHeads`.

use super::coding::{self, BOXES};
use super::matching::{Choose, Match, Matcher, Sampler};
use super::proposals::BEND;
use super::{Candidate, Detection, Limits, Targets};
use crate::domain::recipe::DetectorSettings;
use crate::nn::{
    After, BatchNorm2d, Conv2d, Conv2dConfig, ConvInit, Linear, Mode, Region, RoiAlign, Scope, conv_norm,
    cross_entropy, nms_by_class, relu, smooth_l1,
};
use candle_core::{DType, Result, Tensor};

/// Cells of a region's features along each side.
pub const CELLS: usize = 7;
/// Bilinear samples along each side of a cell.
pub const SAMPLES: usize = 2;
const MATCHER: Matcher = Matcher { matched_from: 0.5, background_below: 0.5, best_always: false };
/// Boxes with a shorter side are dropped, pixels of the input.
pub const LEAST_SIDE: f32 = 1e-2;
/// Convolutions of the head that has them.
pub const CONVOLUTIONS: usize = 4;

enum Trunk {
    Convolutional { convs: Vec<(Conv2d, BatchNorm2d)>, linear: Linear },
    Linear { first: Linear, second: Linear },
}

pub(super) struct Head {
    trunk: Trunk,
    classes: Linear,
    shifts: Linear,
    sampler: Sampler,
}

/// Of every region, K + 1 logits (the background's first) and four numbers for each of them.
pub(super) struct Judged {
    pub(super) logits: Tensor,
    shifts: Tensor,
}

/// What a region is told to be: of each class its share of the softmax and four numbers, the background's first.
struct Told {
    region: Region,
    shares: Vec<f32>,
    shifts: Vec<f32>,
}

impl Head {
    pub(super) fn new(scope: &Scope, detector: &DetectorSettings, classes: usize) -> Result<Self> {
        let (channels, units) = (detector.pyramid_channels, detector.head_units);
        let (head, inputs) = (scope.pp("box_head"), channels * CELLS * CELLS);
        let trunk = if detector.convolutional_head {
            let config =
                Conv2dConfig { padding: 1, bias: false, init: ConvInit::NormalFanOut, ..Conv2dConfig::default() };
            let layer = |at: usize| {
                let scope = head.pp(at);
                let conv = Conv2d::new(&scope.pp(0), channels, channels, 3, config)?;
                Ok((conv, BatchNorm2d::new(&scope.pp(1), channels)?))
            };
            let convs = (0..CONVOLUTIONS).map(layer).collect::<Result<_>>()?;
            // torchvision counts the flattening in between.
            Trunk::Convolutional { convs, linear: Linear::new(&head.pp(CONVOLUTIONS + 1), inputs, units)? }
        } else {
            let (first, second) = (head.pp("fc6"), head.pp("fc7"));
            Trunk::Linear { first: Linear::new(&first, inputs, units)?, second: Linear::new(&second, units, units)? }
        };
        let predictor = scope.pp("box_predictor");
        Ok(Self {
            trunk,
            classes: Linear::new(&predictor.pp("cls_score"), units, classes + 1)?,
            shifts: Linear::new(&predictor.pp("bbox_pred"), units, 4 * (classes + 1))?,
            sampler: Sampler { count: detector.regions_sampled, positive: detector.regions_positive },
        })
    }

    /// Judges regions, of which there is at least one, by their features.
    pub(super) fn judge(&self, pyramid: &[Tensor], regions: &[Region], mode: &Mode) -> Result<Judged> {
        let mut order: Vec<usize> = (0..regions.len()).collect();
        order.sort_by_key(|&at| level_of(&regions[at].rect));
        let mut parts = Vec::new();
        for group in order.chunk_by(|&a, &b| level_of(&regions[a].rect) == level_of(&regions[b].rect)) {
            let level = group.first().map_or(0, |&at| level_of(&regions[at].rect));
            let Some(features) = pyramid.get(level) else { candle_core::bail!("a pyramid without level {level}") };
            let own: Vec<Region> = group.iter().map(|&at| regions[at]).collect();
            let align = RoiAlign { scale: 1.0 / stride_of(level) as f32, size: CELLS, samples: SAMPLES };
            parts.push(align.forward(features, &own)?);
        }
        let x = if let [only] = parts.as_slice() { only.clone() } else { Tensor::cat(&parts, 0)? };
        let x = match &self.trunk {
            Trunk::Convolutional { convs, linear } => {
                let mut x = x;
                for (conv, norm) in convs {
                    x = conv_norm(conv, norm, &x, mode, After::Relu)?;
                }
                relu(&linear.forward(&x.flatten_from(1)?, mode)?)?
            }
            Trunk::Linear { first, second } => {
                let x = relu(&first.forward(&x.flatten_from(1)?, mode)?)?;
                relu(&second.forward(&x, mode)?)?
            }
        };
        // Back from the order of the levels, where it costs least.
        let mut back = vec![0u32; order.len()];
        for (place, &at) in order.iter().enumerate() {
            back[at] = place as u32;
        }
        let back = Tensor::new(back, x.device())?;
        let logits = self.classes.forward(&x, mode)?.index_select(&back, 0)?;
        Ok(Judged { logits, shifts: self.shifts.forward(&x, mode)?.index_select(&back, 0)? })
    }

    /// The losses of the classes and of the boxes' places, of regions chosen among the proposals and the true boxes.
    pub(super) fn losses(
        &self,
        pyramid: &[Tensor],
        mut proposals: Vec<Vec<[f32; 4]>>,
        targets: Targets,
        mode: &Mode,
        choose: &mut Choose,
    ) -> Result<(Tensor, Tensor)> {
        let (mut regions, mut labels, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for (image, (proposals, target)) in proposals.iter_mut().zip(targets).enumerate() {
            proposals.extend_from_slice(&target.rects);
            let matches = MATCHER.run(&target.rects, proposals);
            let (positive, negative) = self.sampler.run(&matches, choose);
            for at in positive.into_iter().chain(negative) {
                let rect = proposals[at];
                regions.push(Region { image, rect });
                let Match::Truth(truth) = matches[at] else {
                    labels.push(0);
                    continue;
                };
                labels.push(target.classes[truth] + 1);
                wanted.extend(BOXES.encode(&target.rects[truth], &rect));
            }
        }
        let device = pyramid[0].device();
        let nothing = || Tensor::zeros((), DType::F32, device);
        // Only where numbers are no longer finite, which the other losses show.
        if regions.is_empty() {
            return Ok((nothing()?, nothing()?));
        }
        let judged = self.judge(pyramid, &regions, mode)?;
        let classifier = cross_entropy(&judged.logits, &labels, None, 0.0)?;
        if wanted.is_empty() {
            return Ok((classifier, nothing()?));
        }
        let (_, width) = judged.shifts.dims2()?;
        let of_truth = labels.iter().enumerate().filter(|(_, label)| **label > 0);
        let places: Vec<u32> =
            of_truth.flat_map(|(at, label)| (0..4).map(move |part| (at * width + 4 * label + part) as u32)).collect();
        let places = Tensor::new(places, device)?;
        let found = judged.shifts.flatten_all()?.index_select(&places, 0)?;
        let wanted = Tensor::new(wanted, device)?;
        Ok((classifier, (smooth_l1(&found, &wanted, BEND)? / regions.len() as f64)?))
    }

    /// The boxes of every picture among its proposals, the best score first.
    pub(super) fn detect(
        &self,
        pyramid: &[Tensor],
        proposals: &[Vec<[f32; 4]>],
        size: (usize, usize),
        limits: &Limits,
    ) -> Result<Vec<Vec<Detection>>> {
        let mut of_image: Vec<Vec<Detection>> = proposals.iter().map(|_| Vec::new()).collect();
        for Told { region, shares, shifts } in self.tell(pyramid, proposals)? {
            let codes = shifts.as_chunks::<4>().0;
            for (class, (&score, code)) in shares.iter().zip(codes).skip(1).enumerate() {
                let rect = coding::clip(BOXES.decode(code, &region.rect), size);
                if f64::from(score) > limits.least_score && coding::is_at_least(&rect, LEAST_SIDE) {
                    let level = level_of(&region.rect);
                    of_image[region.image].push(Detection { rect, class, score, level, region: region.rect });
                }
            }
        }
        let kept = of_image.into_iter().map(|found| {
            let rects: Vec<[f32; 4]> = found.iter().map(|f| f.rect).collect();
            let scores: Vec<f32> = found.iter().map(|f| f.score).collect();
            let classes: Vec<usize> = found.iter().map(|f| f.class).collect();
            let kept = nms_by_class(&rects, &scores, &classes, limits.nms_iou);
            kept.into_iter().take(limits.most_boxes).map(|at| found[at]).collect()
        });
        Ok(kept.collect())
    }

    /// Of every proposal of every picture, the box that it would be if it were of this class.
    pub(super) fn candidates(
        &self,
        pyramid: &[Tensor],
        proposals: &[Vec<[f32; 4]>],
        size: (usize, usize),
        class: usize,
    ) -> Result<Vec<Vec<Candidate>>> {
        let mut of_image: Vec<Vec<Candidate>> = proposals.iter().map(|_| Vec::new()).collect();
        for Told { region, shares, shifts } in self.tell(pyramid, proposals)? {
            let Some(code) = shifts.as_chunks::<4>().0.get(class + 1) else {
                candle_core::bail!("a box of class {class} of {}", shares.len().saturating_sub(1))
            };
            let rect = coding::clip(BOXES.decode(code, &region.rect), size);
            of_image[region.image].push(Candidate { rect, shares });
        }
        Ok(of_image)
    }

    /// What every proposal is told to be, picture by picture.
    fn tell(&self, pyramid: &[Tensor], proposals: &[Vec<[f32; 4]>]) -> Result<Vec<Told>> {
        let regions: Vec<Region> = proposals
            .iter()
            .enumerate()
            .flat_map(|(image, rects)| rects.iter().map(move |&rect| Region { image, rect }))
            .collect();
        if regions.is_empty() {
            return Ok(Vec::new());
        }
        let judged = self.judge(pyramid, &regions, &Mode::Inference)?;
        let (logits, shifts) = (judged.logits.to_vec2::<f32>()?, judged.shifts.to_vec2::<f32>()?);
        let told = regions.into_iter().zip(logits.iter().zip(shifts));
        Ok(told.map(|(region, (logits, shifts))| Told { region, shares: softmax(logits), shifts }).collect())
    }
}

/// The level of the pyramid that a region is read off (Lin et al. 2017, equation 1): 2 is that of a region of 224 x 224
/// pixels, each halving of its side is one level finer, from 0 to 3.
pub fn level_of(rect: &[f32; 4]) -> usize {
    let side = ((rect[2] - rect[0]) * (rect[3] - rect[1])).sqrt();
    let level = (4.0 + (side / 224.0).log2() + 1e-6).floor();
    // An empty region is of the finest level; NaN becomes 0.
    (level.clamp(2.0, 5.0) - 2.0) as usize
}

/// The side of a level's cell in pixels of the input.
pub fn stride_of(level: usize) -> usize {
    4 << level
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|&logit| (logit - largest).exp()).collect();
    let total: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / total).collect()
}
