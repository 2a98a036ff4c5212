//! Maps of where in a picture a model's answer comes from, and tests of whether such maps can be believed.

mod bench;
mod box_cam;
mod cam;
mod class_map;
mod d_rise;
mod eigen_cam;
mod error;
mod grad_cam;
mod gradient;
mod occlusion;
mod rise;
mod score_cam;
pub mod truth;
mod wanted;

pub use bench::{MapTime, map_time};
pub use box_cam::{BoxCam, BoxMap, cam_box};
pub use class_map::{How, class_map, layer_of};
pub use d_rise::{Masks, d_rise};
pub use error::MapError;
pub use grad_cam::grad_cam;

/// Hears how many of how many passes are done, and answers whether to go on.
pub type OnPass<'f> = &'f mut dyn FnMut(usize, usize) -> bool;

#[cfg(test)]
mod box_tests;
#[cfg(test)]
mod reference_check;
#[cfg(test)]
mod tests;
