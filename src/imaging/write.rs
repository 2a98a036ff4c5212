//! Pictures as PNG files.

use super::decoded::{DecodedImage, Samples};
use crate::files::atomically;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use std::io::{self, Write};
use std::path::Path;

/// Writes an RGBA picture (4 bytes a pixel, row by row) as PNG.
///
/// # Errors
/// As [`atomically`], and `InvalidInput` when the bytes do not fit the size.
pub fn write_png_rgba(path: &Path, width: u32, height: u32, rgba: &[u8]) -> io::Result<()> {
    write_png(path, width, height, rgba, ExtendedColorType::Rgba8, 4)
}

/// Writes an RGB picture (3 bytes a pixel) as PNG.
///
/// # Errors
/// As [`write_png_rgba`].
pub fn write_png_rgb(path: &Path, width: u32, height: u32, rgb: &[u8]) -> io::Result<()> {
    write_png(path, width, height, rgb, ExtendedColorType::Rgb8, 3)
}

/// Writes an 8-bit grey picture as PNG.
///
/// # Errors
/// As [`write_png_rgba`].
pub fn write_png_gray(path: &Path, width: u32, height: u32, gray: &[u8]) -> io::Result<()> {
    write_png(path, width, height, gray, ExtendedColorType::L8, 1)
}

/// Writes a decoded picture as PNG with nothing but its pixels: of 8 or 16 bits as it was stored, in the oriented frame;
/// a grey one whose header says how its values are displayed with 16 bits, from the least value shown to the greatest.
///
/// # Errors
/// As [`write_png_rgba`].
pub fn write_png_picture(path: &Path, picture: &DecodedImage) -> io::Result<()> {
    let wide = |samples: &[u16]| samples.iter().flat_map(|value| value.to_ne_bytes()).collect::<Vec<u8>>();
    let (width, height) = (picture.width, picture.height);
    match &picture.samples {
        Samples::Gray8(samples) => write_png(path, width, height, samples, ExtendedColorType::L8, 1),
        Samples::Rgb8(samples) => write_png(path, width, height, samples, ExtendedColorType::Rgb8, 3),
        Samples::Gray16(samples) => write_png(path, width, height, &wide(samples), ExtendedColorType::L16, 2),
        Samples::Rgb16(samples) => write_png(path, width, height, &wide(samples), ExtendedColorType::Rgb16, 6),
        Samples::Measured(_) => {
            let shown: Vec<u16> = picture.planes(1).iter().map(|share| (share * 65_535.0).round() as u16).collect();
            write_png(path, width, height, &wide(&shown), ExtendedColorType::L16, 2)
        }
    }
}

fn write_png(
    path: &Path,
    width: u32,
    height: u32,
    bytes: &[u8],
    color: ExtendedColorType,
    each: u64,
) -> io::Result<()> {
    check_size(width, height, bytes, each)?;
    atomically(path, |out| encode(out, width, height, bytes, color))
}

/// An RGBA picture as the bytes of a PNG file.
///
/// # Errors
/// `InvalidInput` when the bytes do not fit the size.
pub fn png_rgba(width: u32, height: u32, rgba: &[u8]) -> io::Result<Vec<u8>> {
    check_size(width, height, rgba, 4)?;
    let mut out = Vec::new();
    encode(&mut out, width, height, rgba, ExtendedColorType::Rgba8)?;
    Ok(out)
}

fn check_size(width: u32, height: u32, bytes: &[u8], each: u64) -> io::Result<()> {
    if bytes.len() as u64 != u64::from(width) * u64::from(height) * each || bytes.is_empty() {
        let what = format!("{} bytes are no picture of {width} x {height} pixels", bytes.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    Ok(())
}

fn encode(out: impl Write, width: u32, height: u32, bytes: &[u8], color: ExtendedColorType) -> io::Result<()> {
    PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, width, height, color)
        .map_err(|error| match error {
            image::ImageError::IoError(error) => error,
            other => io::Error::other(other),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        let gray: Vec<u8> = (0..60).collect();
        write_png_gray(&path, 10, 6, &gray).unwrap();
        let image = super::super::read(&crate::domain::ImageFile::first(&path)).unwrap();
        assert_eq!((image.width, image.height, image.samples), (10, 6, super::super::Samples::Gray8(gray)));
        assert!(write_png_gray(&path, 2, 2, &[0; 5]).is_err());
    }
}
