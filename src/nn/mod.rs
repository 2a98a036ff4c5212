//! Layers, operators with gradients, seeded initialisation and weight files: what networks are built and trained from.

mod activation;
mod archive;
mod batch_norm;
mod binary_cross_entropy;
mod checkpoint;
mod columns;
mod conv;
mod conv_norm;
mod cpu;
mod depthwise;
mod device;
mod dropout;
mod epilogue;
mod error;
pub mod exact;
mod findings_loss;
mod guided;
mod linear;
mod loss;
mod matrix_product;
mod max_pool;
mod nms;
mod optimizer;
mod ordinal;
mod params;
mod pickle;
mod product;
mod pth;
mod relu;
mod resample;
mod roi_align;
mod schedule;
mod silu;
mod smooth_l1;
mod squeeze;
mod stochastic_depth;
mod unrolled;
pub mod weights;
mod winograd;
mod winograd_transform;

#[cfg(test)]
pub(crate) mod formula;
#[cfg(test)]
mod gradient_check;
#[cfg(test)]
mod network_operators_check;
#[cfg(test)]
mod reference_check;

pub use batch_norm::BatchNorm2d;
pub use binary_cross_entropy::binary_cross_entropy;
pub use columns::ConvWindow;
pub use conv::{Conv2d, Conv2dConfig, ConvInit, conv2d};
pub use conv_norm::{After, conv_norm};
pub use device::{Compute, DeviceError};
pub use dropout::dropout;
pub use error::first_line;
pub use findings_loss::FindingsLoss;
pub use guided::guided;
pub use linear::Linear;
pub use loss::{cross_entropy, log_softmax};
pub use max_pool::MaxPool2d;
pub use nms::{iou, nms, nms_by_class};
pub use optimizer::Optimizer;
pub use ordinal::{class_log_probabilities, class_log_probabilities_of_cumulative, corn, questions};
pub use params::{AssignReport, Frozen, Init, Misshaped, Mode, Params, Scope};
pub use product::{View as MatrixView, product};
pub use relu::{add_relu, relu};
pub use resample::{AvgPool2d, adaptive_avg_pool2d, resize_bilinear, resize_nearest};
pub use roi_align::{Region, RoiAlign};
pub use schedule::{Rates, Schedule};
pub use silu::{sigmoid, silu};
pub use smooth_l1::smooth_l1;
pub use squeeze::squeeze_excitation;
pub use stochastic_depth::{add_branch, stochastic_depth};
pub use weights::WeightsError;
