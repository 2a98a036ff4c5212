//! Compressed pictures as codestreams, whatever file they lie in: JPEG with 8 and 12 bits and lossless, JPEG-LS, JPEG 2000
//! and run lengths as DICOM has them. They know nothing of files or headers.

pub mod jpeg;
pub mod jpeg_2000;
mod jpeg_bits;
mod jpeg_dct;
pub mod jpeg_ls;
mod jpeg_ls_bits;
mod jpeg_ls_scan;
pub mod rle;

/// Why a codestream could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// What is wrong, as the end of a sentence: "its JPEG-LS stream cannot be decoded (...)".
    #[error("{0}")]
    Damaged(String),
    /// It ends before its last pixel; both in bytes.
    #[error("it is cut short ({found} of {wanted} bytes)")]
    CutShort { found: usize, wanted: usize },
}

/// What a codestream holds.
#[derive(Debug)]
pub struct Coded {
    /// Samples pixel after pixel; two's complement where the codestream is signed.
    pub samples: Vec<u32>,
    pub channels: usize,
    /// Bits a sample of the codestream.
    pub precision: u8,
    /// What the codestream says its colours are.
    pub told: Told,
}

/// What a codestream says of its components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing: whatever it lies in decides.
    Nothing,
    /// That they are red, green and blue, or have been made so by the stream's own transform.
    Rgb,
    /// That they are luminance and differences.
    Differences,
}
