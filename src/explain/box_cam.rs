//! Grad-CAM (Selvaraju et al. 2017), Grad-CAM++ and HiResCAM for one box of a Faster R-CNN: what, within the features its
//! class was told from, speaks for that class.
//!
//! The answer explained is the logit of the class, before the softmax, that the head gives to a region by 7 x 7 features
//! read off one level of the pyramid (RoIAlign). The region of a box that was found is the proposal it was made of, and
//! the level is the proposal's: box and proposal differ in size, so the box's own size may well mean another level. A box
//! that was not found, drawn by a reader or fused of several looks, has no proposal: it is read off as it is, as a
//! proposal in its place would be.
//!
//! Channels are weighed by the mean of the gradient over all positions of the level, as the paper has it (equation 1).
//! RoIAlign reads only the positions around the region and the gradient is zero at all others, so that a mean over the
//! region would differ by a factor, which dividing by the largest value takes out again. For the same reason the map is
//! zero wherever the gradient is: elsewhere the same channels may be active, but the answer does not depend on it. HiResCAM
//! multiplies place by place instead: by how much the logit would rise if a place's features grew a little.
//!
//! What the map cannot say: each feature sees more of the picture than its own cell, so that a reason outside the box does
//! not show as such; why a region was proposed here and where the box's edges lie are answers of other layers; and the
//! map is no finer than its level.

use super::cam::{grad_cam_plus_plus, hires_cam};
use super::grad_cam::{normalised, weighed};
use super::wanted::Wanted;
use crate::domain::{HeatMap, MapMethod, Rect};
use crate::imaging::preprocess;
use crate::inference::{Detector, Examined, ModelError, softmax};
use crate::models::faster_rcnn::{FasterRcnn, level_of, stride_of};
use crate::nn::Region;
use candle_core::{IndexOp, Tensor, Var};

/// How the activations of the level and their gradient become a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxCam {
    GradCam,
    GradCamPlusPlus,
    HiResCam,
}

impl BoxCam {
    /// The method of this name; `None` for one that is not made of one level's activations.
    pub fn of(method: MapMethod) -> Option<Self> {
        match method {
            MapMethod::GradCam => Some(Self::GradCam),
            MapMethod::GradCamPlusPlus => Some(Self::GradCamPlusPlus),
            MapMethod::HiResCam => Some(Self::HiResCam),
            MapMethod::EigenCam
            | MapMethod::ScoreCam
            | MapMethod::Gradient
            | MapMethod::SmoothGrad
            | MapMethod::IntegratedGradients
            | MapMethod::GuidedGradCam
            | MapMethod::Occlusion
            | MapMethod::Rise
            | MapMethod::DRise => None,
        }
    }
}

/// A box's heat map, and what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxMap {
    /// On the grid of the level; divided by its largest value, all zero where nothing speaks for the class.
    pub map: HeatMap,
    /// The class's share of the softmax at the region, 0 to 1: of a box that was found its score.
    pub score: f32,
    /// Level of the pyramid, from 0, the finest.
    pub level: usize,
    /// The side of a cell of that level, in pixels of the network's input.
    pub stride: usize,
    /// What was read off, in pixels of the picture; it may reach beyond its edges where the picture is padded.
    pub region: Rect,
    /// Whether the region is the proposal of a box that was found, instead of the box itself.
    pub proposed: bool,
}

/// The map of a box of a class, given in pixels of the picture that was examined.
///
/// # Errors
/// When there is no such class, none of the box is in what the model sees, or the tensor library gives up.
pub fn cam_box(
    detector: &Detector,
    examined: &Examined,
    (class, rect): (usize, Rect),
    method: BoxCam,
) -> Result<BoxMap, ModelError> {
    let wanted = Wanted::new(detector, examined, class, &rect)?;
    let region = wanted.found.map_or(wanted.rect, |found| found.region);
    let (grid, score) = raw(detector.network(), &examined.pyramid, region, (class, method))?;
    let (level, stride) = (level_of(&region), stride_of(level_of(&region)));
    let p = &detector.card().preprocessing;
    let on_picture = |rect: Rect| preprocess::onto_picture(&rect, examined.width, examined.height, p);
    let (rows, columns) = grid.dims2()?;
    // The input is filled up to whole cells, which the level covers too.
    let level_covers = Rect { xmin: 0.0, ymin: 0.0, xmax: (columns * stride) as f64, ymax: (rows * stride) as f64 };
    let [xmin, ymin, xmax, ymax] = region.map(f64::from);
    Ok(BoxMap {
        map: normalised(&grid, on_picture(level_covers))?,
        score,
        level,
        stride,
        region: on_picture(Rect { xmin, ymin, xmax, ymax }),
        proposed: wanted.found.is_some(),
    })
}

/// The grid of the region's level before it is divided, h x w, and the class's share of the softmax. The region is
/// `xmin ymin xmax ymax` in pixels of the input, on the first picture of the pyramid.
pub(super) fn raw(
    network: &FasterRcnn,
    pyramid: &[Tensor],
    region: [f32; 4],
    (class, method): (usize, BoxCam),
) -> candle_core::Result<(Tensor, f32)> {
    let mut pyramid = pyramid.to_vec();
    let Some(level) = pyramid.get_mut(level_of(&region)) else { candle_core::bail!("a pyramid of too few levels") };
    // Gradients are kept for variables only.
    let features = Var::from_tensor(&level.detach())?;
    *level = features.as_tensor().clone();
    // The background's is the first.
    let logits = network.class_scores(&pyramid, &[Region { image: 0, rect: region }])?.i(0)?;
    let gradients = logits.i(class + 1)?.backward()?;
    let Some(gradient) = gradients.get(&features) else {
        candle_core::bail!("the class does not depend on the level of the pyramid")
    };
    let gradient = gradient.i(0)?;
    let read = gradient.abs()?.sum(0)?.gt(0f32)?.to_dtype(gradient.dtype())?;
    let activations = features.as_detached_tensor().i(0)?;
    let grid = match method {
        BoxCam::GradCam => weighed(&activations, &gradient)?,
        BoxCam::GradCamPlusPlus => grad_cam_plus_plus(&activations, &gradient)?,
        BoxCam::HiResCam => hires_cam(&activations, &gradient)?,
    };
    let grid = (grid * read)?;
    let score = softmax(&logits.to_vec1::<f32>()?).get(class + 1).copied().unwrap_or_default();
    Ok((grid, score))
}
