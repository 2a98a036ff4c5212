//! What this processor can do, how much of it is used, and which threads give way: the one place where all others ask.

mod noise;
mod priority;
mod vectors;

pub use noise::{PRODUCT_NOISE, product_noise};
pub use priority::{compute_gives_way, give_way};
pub use vectors::{VECTORS, Vectors, VectorsError, arch};

#[cfg(target_arch = "x86_64")]
pub use vectors::v3;
