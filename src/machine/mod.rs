//! What this processor can do, and how much of it is used: the one place where loops and products ask.

mod noise;
mod vectors;

pub use noise::{PRODUCT_NOISE, product_noise};
pub use vectors::{VECTORS, Vectors, VectorsError, arch};

#[cfg(target_arch = "x86_64")]
pub use vectors::v3;
