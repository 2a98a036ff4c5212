//! Layers, operators with gradients, seeded initialisation and weight files: what networks are built and trained from.

mod batch_norm;
mod columns;
mod conv;
mod cpu;
mod device;
mod dropout;
mod linear;
mod max_pool;
mod params;
mod relu;
pub mod weights;

#[cfg(test)]
mod gradient_check;

pub use batch_norm::BatchNorm2d;
pub use conv::{Conv2d, Conv2dConfig, ConvInit, conv2d};
pub use device::{Compute, DeviceError};
pub use dropout::dropout;
pub use linear::Linear;
pub use max_pool::MaxPool2d;
pub use params::{AssignReport, Init, Misshaped, Mode, Params, Scope};
pub use relu::{add_relu, relu};
pub use weights::WeightsError;
