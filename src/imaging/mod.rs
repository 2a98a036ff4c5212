//! From a picture's file to stored values, and from stored values to what is displayed and to what networks take.
//!
//! Two walks start at [`decode::read`]. For the eye: stored values, then [`window`] (window and inversion), then RGBA.
//! For a network: stored values scaled to 0..1 by their full bit depth
//! or, for DICOM, windowed to it as the header says ([`greyscale`]), then [`preprocess`] (resize, crop or pad,
//! normalise). EXIF orientation is applied once, on reading, so everything else sees the oriented frame.

mod animation;
pub mod appearance;
mod codecs;
mod codes;
pub mod colormap;
pub mod decode;
mod decode_jpeg;
pub mod decoded;
pub mod dicom;
mod eight_bit_resize;
pub mod greyscale;
pub mod making;
mod orientation;
pub mod outliers;
pub mod overlay;
#[cfg(test)]
mod pictures_check;
pub mod preprocess;
mod probe;
mod problem;
mod remarks;
mod resize;
mod tiff;
mod values;
pub mod window;
pub mod worse;
pub mod write;

pub use decode::special_values;
pub use decode::{DecodeError, DecodeProblem, from_bytes, is_image_name, read};
pub use decoded::{DecodedImage, Samples};
pub use dicom::is_dicom;
pub use greyscale::{Greyscale, Measured};
pub use overlay::{overlay, overlay_lines};
pub use probe::{DICOM, Probe, facts, is_picture_file, probe};
pub use window::{Rendered, render, thumbnail};
