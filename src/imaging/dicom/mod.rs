//! DICOM (PS3.3, PS3.5, PS3.10): from a file to stored values, and what its header says.
//!
//! `dicom-object` reads the header once the walk in `structure` has shown that the file does no harm. Pixel data is
//! cut into frames and decoded here, so that every length is checked and stored values come out exactly.
//!
//! Read: native in either byte order, deflated, RLE, JPEG baseline, extended (8 and 12 bit) and lossless (all
//! predictors), JPEG-LS lossless and near-lossless, JPEG 2000. Not read: JPEG 2000 multi-component and high-throughput,
//! JPEG XL, JPIP, MPEG and HEVC video, arithmetic and hierarchical JPEG; the error names what the file uses.

mod attributes;
mod clean_jpeg;
mod clean_jpeg_2000;
mod clean_pixels;
mod colour;
mod confidential;
mod deidentify;
mod directory;
mod elements;
mod file;
mod fragments;
mod frame;
mod header;
mod metadata;
mod palette;
mod patient;
mod picture;
mod presets;
mod problem;
mod segments;
mod structure;
mod taken;
mod unknown_vr;

#[cfg(test)]
pub(crate) mod clean_pixels_tests;
#[cfg(test)]
mod confidential_actions_tests;
#[cfg(test)]
pub(crate) mod deidentify_tests;
#[cfg(test)]
mod display_check;
#[cfg(test)]
mod odd_headers_tests;
#[cfg(test)]
mod reading_check;
#[cfg(test)]
mod reference_check;
#[cfg(test)]
mod unknown_vr_tests;
#[cfg(test)]
pub(crate) use reference_check::{element, small};

pub use deidentify::{Deidentification, DeidentificationReport, days_for, deidentify, pseudonym};
pub use file::Dicom;
pub use frame::{Layout, Stored, Values};
pub use header::Attribute;
pub use metadata::Metadata;
pub use patient::{PatientKey, Patients};
pub use problem::DicomProblem;
pub use structure::is_dicom;

use super::decoded::DecodedImage;
use super::problem::{DecodeError, file_bytes, located};

/// One frame, counted from 0, as a picture: greys with what the header says of them, or colours.
///
/// # Errors
/// As [`Dicom::parse`] and [`Dicom::stored`].
pub fn decode(bytes: &[u8], frame: usize) -> Result<DecodedImage, DicomProblem> {
    Dicom::parse(bytes)?.picture(frame)
}

/// Reads a file and does something with its header or pixels; errors name the file.
///
/// # Errors
/// When the file cannot be opened or is no DICOM file that can be read.
pub fn with_file<T>(
    path: &std::path::Path,
    work: impl FnOnce(&Dicom<'_>) -> Result<T, DicomProblem>,
) -> Result<T, DecodeError> {
    let bytes = file_bytes(path).map_err(|problem| located(path, problem))?;
    let result = Dicom::parse(&bytes).and_then(|file| work(&file));
    result.map_err(|problem| located(path, problem.into()))
}
