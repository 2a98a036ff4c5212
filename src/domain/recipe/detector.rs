//! The settings of a network that draws boxes.

use serde::{Deserialize, Serialize};

/// A Faster R-CNN with a feature pyramid (Ren et al. 2015; Lin et al. 2017; Li et al. 2021 for the second version). The
/// defaults are those of torchvision's `fasterrcnn_resnet50_fpn_v2`. Lengths are pixels of the network's input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DetectorSettings {
    /// Side of the square anchors on each level of the pyramid, the finest level first; five levels.
    pub anchor_sizes: Vec<f64>,
    /// Height over width of the anchors; each keeps the area of the square.
    pub anchor_ratios: Vec<f64>,
    /// Channels of every level.
    pub pyramid_channels: usize,
    /// Whether the pyramid's convolutions are followed by batch norm instead of having a bias.
    pub normalised_pyramid: bool,
    /// 3x3 convolutions of the region proposal network before it answers.
    pub proposal_convolutions: usize,
    /// Four convolutions with batch norm and a linear layer judge a region; else two linear layers do.
    pub convolutional_head: bool,
    /// Units of the head's linear layers.
    pub head_units: usize,
    /// Regions that a level may propose, and all levels together after overlapping ones were dropped, while learning.
    pub proposals_learning: [usize; 2],
    /// The same in use.
    pub proposals_in_use: [usize; 2],
    /// Anchors of an image that the region proposal network learns from in a step, and the largest share of them that
    /// lies on something.
    pub anchors_sampled: usize,
    pub anchors_positive: f64,
    /// The same for the regions that the head learns from.
    pub regions_sampled: usize,
    pub regions_positive: f64,
    /// Boxes with a lower score are not worth listing.
    pub least_score: f64,
    /// Of two boxes of a class that overlap by more than this intersection over union, the one with the lower score is
    /// dropped.
    pub nms_iou: f64,
    /// Boxes of an image, the ones with the highest scores.
    pub most_boxes: usize,
}

impl Default for DetectorSettings {
    fn default() -> Self {
        Self {
            anchor_sizes: vec![32.0, 64.0, 128.0, 256.0, 512.0],
            anchor_ratios: vec![0.5, 1.0, 2.0],
            pyramid_channels: 256,
            normalised_pyramid: true,
            proposal_convolutions: 2,
            convolutional_head: true,
            head_units: 1024,
            proposals_learning: [2000, 2000],
            proposals_in_use: [1000, 1000],
            anchors_sampled: 256,
            anchors_positive: 0.5,
            regions_sampled: 512,
            regions_positive: 0.25,
            least_score: 0.05,
            nms_iou: 0.5,
            most_boxes: 100,
        }
    }
}

impl DetectorSettings {
    /// A small one for inputs of about 256 pixels and machines without a graphics card.
    pub fn light() -> Self {
        Self {
            anchor_sizes: vec![16.0, 32.0, 64.0, 128.0, 256.0],
            pyramid_channels: 128,
            normalised_pyramid: false,
            proposal_convolutions: 1,
            convolutional_head: false,
            head_units: 256,
            proposals_learning: [300, 300],
            proposals_in_use: [150, 150],
            anchors_sampled: 128,
            regions_sampled: 48,
            ..Self::default()
        }
    }
}
