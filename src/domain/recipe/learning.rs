//! What is minimised and how: optimizer, learning-rate schedule, loss and uneven classes.

use crate::domain::metric::Metric;
use serde::{Deserialize, Serialize};

/// The optimizer and its rates. Adam and AdamW differ in nothing but how the weight decay acts: coupled to the gradient
/// or decoupled from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimizer {
    /// Sutskever et al. 2013 in torch.optim.SGD's form; weight decay is coupled L2.
    Sgd { learning_rate: f64, momentum: f64, nesterov: bool, weight_decay: f64 },
    /// Kingma and Ba 2015; weight decay is coupled L2, as torch.optim.Adam.
    Adam { learning_rate: f64, weight_decay: f64 },
    /// Loshchilov and Hutter 2019; decoupled weight decay.
    #[serde(rename = "adamw")]
    AdamW { learning_rate: f64, weight_decay: f64 },
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::AdamW { learning_rate: 3e-3, weight_decay: 1e-2 }
    }
}

impl Optimizer {
    /// The rate the schedule starts from, or rises to.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Sgd { learning_rate, .. } | Self::Adam { learning_rate, .. } | Self::AdamW { learning_rate, .. } => {
                *learning_rate
            }
        }
    }
}

/// How the learning rate changes; each as the scheduler of its name in `torch.optim.lr_scheduler`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    #[default]
    Constant,
    /// Times `gamma` every `every` epochs.
    Step { every: usize, gamma: f64 },
    /// Linear warm-up, then half a cosine (Loshchilov and Hutter 2017).
    Cosine {
        /// Epochs in which the rate rises evenly to the optimizer's.
        warmup_epochs: usize,
        /// The rate the cosine falls to (torch's `eta_min`).
        #[serde(default)]
        final_rate: f64,
    },
    /// Times `factor` after `patience` epochs without a gain (torch's ReduceLROnPlateau).
    Plateau {
        factor: f64,
        patience: usize,
        /// The figure that has to gain.
        #[serde(default)]
        watch: Metric,
        /// The relative change from which a gain counts.
        #[serde(default = "plateau_threshold")]
        threshold: f64,
    },
    /// Rises from a fraction of the optimizer's rate to it and falls to almost nothing, step by step (Smith and Topin
    /// 2018, in the form of torch's OneCycleLR with cosine annealing).
    OneCycle {
        /// Share of the steps in which the rate rises (`pct_start`).
        #[serde(default = "one_cycle_rise")]
        rise: f64,
        /// The first rate is the optimizer's divided by this (`div_factor`).
        #[serde(default = "one_cycle_start")]
        start_divisor: f64,
        /// The last rate is the first divided by this (`final_div_factor`).
        #[serde(default = "one_cycle_end")]
        end_divisor: f64,
        /// Lets SGD's momentum or Adam's first beta fall from 0.95 to 0.85 while the rate rises, and rise again.
        #[serde(default = "yes")]
        cycle_momentum: bool,
    },
}

fn plateau_threshold() -> f64 {
    1e-4
}

fn one_cycle_rise() -> f64 {
    0.3
}

fn one_cycle_start() -> f64 {
    25.0
}

fn one_cycle_end() -> f64 {
    1e4
}

fn yes() -> bool {
    true
}

impl Schedule {
    /// A cosine down to zero.
    pub fn cosine(warmup_epochs: usize) -> Self {
        Self::Cosine { warmup_epochs, final_rate: 0.0 }
    }

    /// Lower on a plateau of the validation loss.
    pub fn plateau(factor: f64, patience: usize) -> Self {
        Self::Plateau { factor, patience, watch: Metric::default(), threshold: plateau_threshold() }
    }

    /// One cycle with torch's usual settings.
    pub fn one_cycle() -> Self {
        Self::OneCycle {
            rise: one_cycle_rise(),
            start_divisor: one_cycle_start(),
            end_divisor: one_cycle_end(),
            cycle_momentum: true,
        }
    }
}

/// What training minimises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// Of the softmax over the classes.
    #[default]
    CrossEntropy,
    /// For grades: one yes-or-no question a step of the scale, "is it above this grade?", asked of those that reach it
    /// (CORN: Shi, Cao and Raschka 2021, "Deep neural networks for rank-consistent ordinal regression based on
    /// conditional probabilities").
    Corn,
    /// For several findings an image: the mean of the binary cross entropies of the findings that were looked at, each of
    /// its own sigmoid.
    BinaryCrossEntropy,
    /// For several findings: binary cross entropy in which what is already told well counts less (Lin et al. 2017, "Focal
    /// loss for dense object detection").
    Focal {
        /// How much less: the share by which the answer is wrong is taken to this power.
        #[serde(default = "focal_gamma")]
        gamma: f64,
        /// Weight of present findings, 0 to 1; absent ones weigh the rest. Below 0 both weigh 1.
        #[serde(default = "focal_alpha")]
        alpha: f64,
    },
    /// For several findings, most of them absent: as the focal loss, with another power for absent findings, of which those
    /// that are told surely do not count at all (Ridnik et al. 2021, "Asymmetric loss for multi-label classification").
    Asymmetric {
        #[serde(default = "asymmetric_negative")]
        gamma_negative: f64,
        #[serde(default = "asymmetric_positive")]
        gamma_positive: f64,
        /// An absent finding's probability is lowered by this before it counts.
        #[serde(default = "asymmetric_clip")]
        clip: f64,
    },
}

fn focal_gamma() -> f64 {
    2.0
}

fn focal_alpha() -> f64 {
    0.25
}

fn asymmetric_negative() -> f64 {
    4.0
}

fn asymmetric_positive() -> f64 {
    1.0
}

fn asymmetric_clip() -> f64 {
    0.05
}

impl Loss {
    /// Whether it is of several findings an image.
    pub fn is_of_findings(&self) -> bool {
        match self {
            Self::CrossEntropy | Self::Corn => false,
            Self::BinaryCrossEntropy | Self::Focal { .. } | Self::Asymmetric { .. } => true,
        }
    }
}

/// What an uncertain finding is taken for when a network learns, as CheXpert's authors named the ways (Irvin et al. 2019).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uncertain {
    /// Nothing is learned of it ("U-Ignore").
    #[default]
    Ignore,
    /// Absent ("U-Zeros").
    Zero,
    /// Present ("U-Ones").
    One,
    /// Half present.
    Soft,
}

impl Uncertain {
    /// All of them, for lists.
    pub const ALL: [Self; 4] = [Self::Ignore, Self::Zero, Self::One, Self::Soft];

    /// What recipes call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Zero => "zero",
            Self::One => "one",
            Self::Soft => "soft",
        }
    }

    /// The share that is learned, 0 to 1; `None` for nothing.
    pub fn target(self) -> Option<f64> {
        match self {
            Self::Ignore => None,
            Self::Zero => Some(0.0),
            Self::One => Some(1.0),
            Self::Soft => Some(0.5),
        }
    }

    /// Left out of recipes and files that keep to the usual way, which programs from before there was a choice read.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What the last layer of a classifier answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// One number a class, of which a softmax makes probabilities.
    #[default]
    Classes,
    /// One number a step between two grades: "is it above this grade, given that it reaches it?" ([`Loss::Corn`]).
    Corn,
    /// One number a step between two grades: "is it above this grade?", all of one score less a threshold (CORAL: Cao,
    /// Mirjalili and Raschka 2020, "Rank consistent ordinal regression for neural networks with application to age
    /// estimation"). Nothing here is trained so; files of others may be.
    Coral,
    /// One number a finding, each with a sigmoid of its own.
    Findings,
}

impl From<Loss> for Head {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::CrossEntropy => Self::Classes,
            Loss::Corn => Self::Corn,
            Loss::BinaryCrossEntropy | Loss::Focal { .. } | Loss::Asymmetric { .. } => Self::Findings,
        }
    }
}

/// What is done about classes of different size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Imbalance {
    #[default]
    None,
    /// The loss of each class weighs inversely to its frequency (scikit-learn's "balanced").
    ClassWeights,
    /// Images are drawn with replacement so that classes come equally often.
    WeightedSampling,
    /// Images of smaller classes are repeated until each class comes as often as the largest.
    Oversampling,
}
