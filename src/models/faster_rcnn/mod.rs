//! Faster R-CNN (Ren et al. 2015) with a feature pyramid (Lin et al. 2017) on a ResNet, with the tensor names, start and
//! arithmetic of torchvision's `fasterrcnn_resnet50_fpn_v2`, and a light sibling on ResNet-18.
//!
//! Rectangles are `xmin ymin xmax ymax` in pixels of the network's input.

mod anchors;
pub mod coding;
mod matching;
pub mod proposals;
mod pyramid;
pub mod regions;

use super::number_after;
use super::resnet::{Body, Depth};
use crate::domain::Preprocessing;
use crate::domain::recipe::{Backbone, DetectorArchitecture, DetectorSettings};
use crate::nn::{Mode, Params, Region};
use anchors::Shapes;
pub use anchors::anchors_of;
use candle_core::{Result, Tensor};
use matching::Choose;
use proposals::Proposer;
use pyramid::Pyramid;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use regions::Head;
pub use regions::{level_of, stride_of};

/// Pictures are filled up to whole cells of the coarsest level that is no pooling.
pub const STRIDE: usize = 32;
/// More than any network here is meant for; settings that ask for more are damaged or hostile.
const MOST_CHANNELS: usize = 4096;
const MOST_UNITS: usize = 16_384;
const MOST_OF_A_KIND: usize = 16;

/// The true boxes of a picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    pub rects: Vec<[f32; 4]>,
    /// One a rectangle, from 0; the background is the network's own affair.
    pub classes: Vec<usize>,
}

type Targets<'a> = &'a [Target];

/// The four losses of a step, scalars with a gradient.
pub struct Losses {
    /// Cross entropy of the regions' classes, the background among them.
    pub classifier: Tensor,
    /// Smooth L1 of the boxes relative to their regions.
    pub box_regression: Tensor,
    /// Binary cross entropy of whether an anchor lies on something.
    pub objectness: Tensor,
    /// Smooth L1 of the proposals relative to their anchors.
    pub proposal_regression: Tensor,
}

impl Losses {
    /// Their sum, which is what torchvision's training minimises.
    pub fn total(&self) -> Result<Tensor> {
        (&self.classifier + &self.box_regression)? + (&self.objectness + &self.proposal_regression)?
    }
}

/// A box that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    pub rect: [f32; 4],
    pub class: usize,
    /// 0 to 1: the class's share of the softmax.
    pub score: f32,
    /// Level of the pyramid that its features came from, the finest is 0.
    pub level: usize,
    /// The proposal it was made of.
    pub region: [f32; 4],
}

/// The box that a proposed region would be if it were of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub rect: [f32; 4],
    /// What the region is told to be: each class's share of the softmax, the background's first.
    pub shares: Vec<f32>,
}

/// Which boxes are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Only boxes with a higher score are.
    pub least_score: f64,
    /// Of two boxes of a class that overlap by more than this (intersection over union), the lesser is dropped.
    pub nms_iou: f64,
    /// Boxes of a picture, the best.
    pub most_boxes: usize,
}

impl From<&DetectorSettings> for Limits {
    fn from(detector: &DetectorSettings) -> Self {
        let &DetectorSettings { least_score, nms_iou, most_boxes, .. } = detector;
        Self { least_score, nms_iou, most_boxes }
    }
}

/// A network that draws boxes.
pub struct FasterRcnn {
    body: Body,
    pyramid: Pyramid,
    shapes: Shapes,
    proposer: Proposer,
    head: Head,
    classes: usize,
}

impl FasterRcnn {
    /// Makes the network of a detector's architecture, with its parameters new in `params`.
    ///
    /// # Errors
    /// When the settings make no network, or there is no class.
    pub fn new(
        architecture: &DetectorArchitecture,
        preprocessing: &Preprocessing,
        classes: usize,
        params: &Params,
    ) -> Result<Self> {
        let DetectorArchitecture { backbone, settings: detector } = architecture;
        let depth = match backbone {
            Backbone::ResNet18 => Depth::basic([2, 2, 2, 2]),
            Backbone::ResNet50 => Depth::bottleneck([3, 4, 6, 3]),
        };
        check(detector)?;
        if classes == 0 {
            candle_core::bail!("a detector needs at least one class");
        }
        let root = params.root();
        let scope = root.pp("backbone");
        let body = Body::new(depth, preprocessing.channels, &scope.pp("body"))?;
        Ok(Self {
            pyramid: Pyramid::new(&scope.pp("fpn"), &body.channels, detector)?,
            body,
            shapes: Shapes::new(detector),
            proposer: Proposer::new(&root.pp("rpn"), detector)?,
            head: Head::new(&root.pp("roi_heads"), detector, classes)?,
            classes,
        })
    }

    /// The four losses of a batch N, C, H, W of normalised pictures, one target each; a target without boxes is a picture
    /// with nothing on it. The examples that are learned from are drawn from `rng`, picture by picture, first of the
    /// anchors and then of the regions.
    ///
    /// # Errors
    /// When targets and pictures do not fit, or a box is empty or of a class that is not there.
    pub fn losses(&self, x: &Tensor, targets: &[Target], mode: &Mode, rng: &mut ChaCha8Rng) -> Result<Losses> {
        self.losses_of_chosen(x, targets, mode, &mut |among, count| draw(rng, among, count))
    }

    fn losses_of_chosen(&self, x: &Tensor, targets: Targets, mode: &Mode, choose: &mut Choose) -> Result<Losses> {
        self.check_targets(x, targets)?;
        let size = sides(x)?;
        let x = filled_up(x)?;
        let pyramid = self.levels(&x, mode)?;
        let anchors = self.shapes.lay(&pyramid, sides(&x)?)?;
        let answers = self.proposer.answer(&pyramid, mode)?;
        let proposals = self.proposer.propose(&answers, &anchors, size, true)?;
        let (objectness, proposal_regression) = self.proposer.losses(&answers, &anchors, targets, choose)?;
        let (classifier, box_regression) = self.head.losses(&pyramid, proposals, targets, mode, choose)?;
        Ok(Losses { classifier, box_regression, objectness, proposal_regression })
    }

    /// The boxes on each picture of a batch N, C, H, W, the best score first. Running statistics are used.
    pub fn detect(&self, x: &Tensor, limits: &Limits) -> Result<Vec<Vec<Detection>>> {
        self.detect_on(x, &self.pyramid(x)?, limits)
    }

    /// [`Self::detect`] on the [`Self::pyramid`] of the same pictures.
    pub fn detect_on(&self, x: &Tensor, pyramid: &[Tensor], limits: &Limits) -> Result<Vec<Vec<Detection>>> {
        self.head.detect(pyramid, &self.proposals(x, pyramid)?, sides(x)?, limits)
    }

    /// Of every region that is proposed on each picture of a batch N, C, H, W, the box that it would be if it were of this
    /// class, whatever its score and overlaps. Running statistics are used.
    ///
    /// # Errors
    /// When there is no such class.
    pub fn candidates(&self, x: &Tensor, class: usize) -> Result<Vec<Vec<Candidate>>> {
        let pyramid = self.pyramid(x)?;
        self.head.candidates(&pyramid, &self.proposals(x, &pyramid)?, sides(x)?, class)
    }

    fn proposals(&self, x: &Tensor, pyramid: &[Tensor]) -> Result<Vec<Vec<[f32; 4]>>> {
        let size = sides(x)?;
        let anchors = self.shapes.lay(pyramid, (size.0.next_multiple_of(STRIDE), size.1.next_multiple_of(STRIDE)))?;
        let answers = self.proposer.answer(pyramid, &Mode::Inference)?;
        self.proposer.propose(&answers, &anchors, size, false)
    }

    /// The features of a batch in use: five levels N, c, h, w, a quarter of the picture's sides and on, each half as fine
    /// as the one before.
    pub fn pyramid(&self, x: &Tensor) -> Result<Vec<Tensor>> {
        self.levels(&filled_up(x)?, &Mode::Inference)
    }

    /// R, K + 1 logits of regions by their features on a pyramid, in use; the background's are the first. They have a
    /// gradient towards levels that are variables.
    pub fn class_scores(&self, pyramid: &[Tensor], regions: &[Region]) -> Result<Tensor> {
        Ok(self.head.judge(pyramid, regions, &Mode::Inference)?.logits)
    }

    fn levels(&self, x: &Tensor, mode: &Mode) -> Result<Vec<Tensor>> {
        self.pyramid.forward(&self.body.levels(x, mode)?, mode)
    }

    fn check_targets(&self, x: &Tensor, targets: Targets) -> Result<()> {
        if targets.len() != x.dim(0)? {
            candle_core::bail!("{} targets for {} pictures", targets.len(), x.dim(0)?);
        }
        for target in targets {
            if target.rects.len() != target.classes.len() {
                candle_core::bail!("{} boxes with {} classes", target.rects.len(), target.classes.len());
            }
            // Undefined edges are refused too.
            if let Some(empty) = target.rects.iter().find(|r| !(r[2] > r[0] && r[3] > r[1])) {
                candle_core::bail!("a true box {empty:?} without area");
            }
            if let Some(class) = target.classes.iter().find(|class| **class >= self.classes) {
                candle_core::bail!("a true box of class {class} of {}", self.classes);
            }
        }
        Ok(())
    }

    /// The stem, four stages, and the pyramid with all that stands on it.
    pub fn stages(&self) -> usize {
        6
    }

    /// The stage a weight or buffer belongs to, below [`Self::stages`].
    pub fn stage(&self, name: &str) -> usize {
        match name.strip_prefix("backbone.body.") {
            Some(of_body) => number_after(of_body, "layer").unwrap_or(0),
            None => 5,
        }
    }

    /// Whether a parameter belongs to the predictors of class and box, which are new for every list of classes.
    pub fn is_head(&self, name: &str) -> bool {
        name.starts_with("roi_heads.box_predictor.")
    }
}

fn check(detector: &DetectorSettings) -> Result<()> {
    let positive = |numbers: &[f64]| numbers.iter().all(|n| n.is_finite() && *n > 0.0);
    let few = |count: usize, most: usize| (1..=most).contains(&count);
    if detector.anchor_sizes.len() != 5 || !positive(&detector.anchor_sizes) {
        candle_core::bail!("a detector needs five anchor sizes above 0, one for each level of its pyramid");
    }
    if !few(detector.anchor_ratios.len(), MOST_OF_A_KIND) || !positive(&detector.anchor_ratios) {
        candle_core::bail!("a detector needs between 1 and {MOST_OF_A_KIND} anchor ratios above 0");
    }
    if !few(detector.proposal_convolutions, MOST_OF_A_KIND) {
        candle_core::bail!("a detector needs between 1 and {MOST_OF_A_KIND} proposal convolutions");
    }
    if !few(detector.pyramid_channels, MOST_CHANNELS) || !few(detector.head_units, MOST_UNITS) {
        candle_core::bail!(
            "a detector needs between 1 and {MOST_CHANNELS} pyramid channels and 1 and {MOST_UNITS} head units"
        );
    }
    let counts = [detector.proposals_learning, detector.proposals_in_use].concat();
    if [detector.anchors_sampled, detector.regions_sampled].iter().chain(&counts).any(|count| *count == 0) {
        candle_core::bail!("a detector needs at least one proposal, and one anchor and one region to learn from");
    }
    Ok(())
}

fn sides(x: &Tensor) -> Result<(usize, usize)> {
    let (_, _, height, width) = x.dims4()?;
    Ok((height, width))
}

/// Zeros to the right and below, up to whole cells; as torchvision fills up batches.
fn filled_up(x: &Tensor) -> Result<Tensor> {
    let (height, width) = sides(x)?;
    let beyond = |side: usize| side.next_multiple_of(STRIDE) - side;
    match (beyond(height), beyond(width)) {
        (0, 0) => Ok(x.clone()),
        (down, across) => x.pad_with_zeros(2, 0, down)?.pad_with_zeros(3, 0, across),
    }
}

/// `count` different numbers below `among`: the first steps of a Fisher-Yates shuffle.
fn draw(rng: &mut ChaCha8Rng, among: usize, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..among).collect();
    for at in 0..count.min(among) {
        // The product's upper half: even to one part in 2^32 of the range, without a division.
        let step = (u64::from(rng.next_u32()) * (among - at) as u64) >> 32;
        all.swap(at, at + step as usize);
    }
    all.truncate(count);
    all
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod torchvision_check;
