//! Everything a training run is made of. `training::recipe` reads and checks its TOML form.

mod answer_kind;
mod architecture;
mod detector;
mod learning;

pub use super::augmentation::{Augmentation, Blur, Clahe, CoarseDropout, Gamma, RandomCrop};
pub use answer_kind::AnswerKind;
pub use architecture::{Architecture, Backbone, ClassifierArchitecture, DetectorArchitecture, SimpleCnn};
pub use detector::DetectorSettings;
pub use learning::{Head, Imbalance, Loss, Optimizer, Schedule, Uncertain};

use super::metric::Metric;
use serde::{Deserialize, Serialize};

/// A training recipe; every field has a default, unknown fields are refused by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// What `--recipe` calls it: `demo-cnn`.
    pub name: String,
    /// What the Train screen calls it: "Small CNN".
    pub title: String,
    /// One sentence on what it is for.
    pub description: String,
    pub architecture: Architecture,
    pub preprocessing: Preprocessing,
    pub optimizer: Optimizer,
    pub schedule: Schedule,
    pub loss: Loss,
    pub augmentation: Augmentation,
    pub imbalance: Imbalance,
    /// What uncertain findings are taken for.
    #[serde(skip_serializing_if = "Uncertain::is_usual")]
    pub uncertain: Uncertain,
    /// Passes over the training images.
    pub epochs: usize,
    /// Images that go through the network together.
    pub batch: usize,
    /// Batches whose gradients make one step of the optimizer, each divided by this number.
    pub accumulate: usize,
    /// Gradients longer than this, all weights taken together, are shortened to it; 0 leaves them as they are.
    pub clip_norm: f64,
    /// The learning rate of everything but the head (the last linear layer), as a share of the head's.
    pub backbone_rate: f64,
    /// Whether weight decay acts on biases and on the scales and shifts of batch norm as well.
    pub decay_biases_and_norms: bool,
    /// Stop after this many epochs without a gain in `stop_by`; `None` never.
    pub patience: Option<usize>,
    /// What has to gain for the run to go on; `None` is `best_by`.
    pub stop_by: Option<Metric>,
    /// What the kept weights are best in, on the validation split.
    pub best_by: Metric,
    /// 0 to 1, spread over all classes (Szegedy et al. 2016, section 7).
    pub label_smoothing: f64,
    /// Epochs in which only the head is trained, given pretrained weights; at least `epochs` for all of them.
    pub freeze_backbone_epochs: usize,
    /// So many of the network's first stages are never trained, given pretrained weights; 0 trains all.
    pub frozen_stages: usize,
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "custom".into(),
            title: "Custom".into(),
            description: String::new(),
            architecture: Architecture::default(),
            preprocessing: Preprocessing::default(),
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            loss: Loss::default(),
            augmentation: Augmentation::default(),
            imbalance: Imbalance::default(),
            uncertain: Uncertain::default(),
            epochs: 10,
            batch: 16,
            accumulate: 1,
            clip_norm: 0.0,
            backbone_rate: 1.0,
            decay_biases_and_norms: true,
            patience: None,
            stop_by: None,
            best_by: Metric::default(),
            label_smoothing: 0.0,
            freeze_backbone_epochs: 0,
            frozen_stages: 0,
            seed: 20260101,
        }
    }
}

impl Recipe {
    /// So many images must go through the network together.
    pub fn smallest_batch(&self) -> usize {
        if self.architecture.normalises_batches() { 2 } else { 1 }
    }
}

/// How a picture becomes the network's input; travels inside the model's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preprocessing {
    /// 1 (grey) or 3.
    pub channels: usize,
    pub resize: Resize,
    /// Columns and rows of the input.
    pub width: usize,
    pub height: usize,
    /// Subtracted from each channel of 0..1 values; as many as channels.
    pub mean: Vec<f32>,
    /// Divides what is left; as many as channels.
    pub std: Vec<f32>,
    /// What a stored value is on the 0..1 scale.
    pub greys: Greys,
    /// How pixels between pixels are made.
    #[serde(skip_serializing_if = "Interpolation::is_usual")]
    pub interpolation: Interpolation,
    /// Pictures are brought to 256 values before they are resized, and what is resized to whole ones of them, as Pillow does
    /// and torchvision with it; else nothing is rounded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rounded: bool,
}

/// How pixels between pixels are made when a picture is resized, each as Pillow's of that name: where it shrinks, a filter
/// is widened by the ratio (antialiasing), but for `nearest`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// The value of the nearest pixel.
    Nearest,
    /// A triangle over two pixels.
    #[default]
    Bilinear,
    /// A cubic over four pixels, with -0.5 (Keys 1981; also Catmull and Rom).
    Bicubic,
    /// A windowed sinc of three lobes over six pixels.
    Lanczos,
}

impl Interpolation {
    /// All of them, for sentences that list them.
    pub const ALL: [Self; 4] = [Self::Nearest, Self::Bilinear, Self::Bicubic, Self::Lanczos];

    /// What the command line and files call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::Lanczos => "lanczos",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interpolation| interpolation.name() == name.to_lowercase())
    }

    /// Files and recipes from before there was a choice say nothing of it, and neither do those that keep to it.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How stored values come to the 0..1 scale that networks take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Greys {
    /// As they are displayed at first: of 8 bits the whole range, of 16 bits from the picture's smallest value to its
    /// largest, with a DICOM header as its first window or table says.
    #[default]
    Shown,
    /// As shares of all that the bits can hold, the rule before there was a choice. Pictures that use 12 bits of 16 are
    /// nearly black so. With a DICOM header as displayed.
    FullDepth,
}

impl Greys {
    /// The rule in words, after "networks get".
    pub fn sentence(self) -> &'static str {
        match self {
            Greys::Shown => "greys as they are shown at first: of 16 bits from the smallest value to the largest",
            Greys::FullDepth => {
                "values as shares of all that their bits can hold, which may be darker than what is shown"
            }
        }
    }
}

impl Default for Preprocessing {
    fn default() -> Self {
        Self {
            channels: 1,
            resize: Resize::Pad,
            width: 128,
            height: 128,
            mean: vec![0.5],
            std: vec![0.25],
            greys: Greys::Shown,
            interpolation: Interpolation::default(),
            rounded: false,
        }
    }
}

impl Preprocessing {
    /// Three channels normalised as torchvision's ImageNet weights expect.
    pub fn imagenet(resize: Resize, side: usize) -> Self {
        Self {
            channels: 3,
            resize,
            width: side,
            height: side,
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
            greys: Greys::Shown,
            interpolation: Interpolation::default(),
            rounded: false,
        }
    }

    /// What happens to a picture before a network sees it, but for the [rule of greys](Greys::sentence): "the shorter side
    /// to 256 pixels (bilinear), then the centre of 224 x 224, 3 channels, mean 0.485 0.456 0.406, ...".
    pub fn sentence(&self) -> String {
        let (width, height) = (self.width, self.height);
        let how =
            format!("{}{}", self.interpolation.name(), if self.rounded { ", rounded as Pillow does" } else { "" });
        let size = match self.resize {
            Resize::Stretch => format!("stretched to {width} x {height} pixels ({how})"),
            Resize::Pad => format!("the whole picture in {width} x {height} pixels ({how}), black around it"),
            Resize::ShorterSideThenCrop(side) => {
                format!("the shorter side to {side} pixels ({how}), then the centre of {width} x {height}")
            }
        };
        let channels = if self.channels == 1 { "1 channel (grey)" } else { "3 channels" };
        let list = |values: &[f32]| values.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
        format!("{size}, {channels}, mean {}, deviation {}", list(&self.mean), list(&self.std))
    }
}

/// How a picture of any shape is brought to the input's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resize {
    /// To the input's size, giving up the aspect ratio.
    Stretch,
    /// The whole picture, aspect ratio kept, black around it.
    Pad,
    /// The shorter side to this many pixels, then the centre of the input's size (torchvision's Resize, CenterCrop).
    ShorterSideThenCrop(usize),
}
