//! JPEG (ITU-T T.81), also cut short, progressive, CMYK or with an EXIF block.

use super::decoded::{DecodedImage, Samples};
use super::orientation::oriented;
use super::problem::{DecodeProblem, check_size};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Decodes a JPEG as far as it goes; grey stays grey, every other colour space becomes RGB.
pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, DecodeProblem> {
    let damaged =
        |error: zune_jpeg::errors::DecodeErrors| DecodeProblem::Damaged { format: "JPEG", why: plain(&error) };
    // The format's own largest side; the number of pixels is checked once the header is read.
    let options = DecoderOptions::default().set_strict_mode(false).set_max_width(65_535).set_max_height(65_535);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let no_header = || DecodeProblem::Damaged { format: "JPEG", why: "no frame header".into() };
    let info = decoder.info().ok_or_else(no_header)?;
    check_size(info.width.into(), info.height.into())?;
    let gray = info.components == 1;
    decoder.set_options(options.jpeg_set_out_colorspace(if gray { ColorSpace::Luma } else { ColorSpace::RGB }));
    let orientation = decoder
        .exif()
        .and_then(|chunk| image::metadata::Orientation::from_exif_chunk(chunk))
        .map_or(1, image::metadata::Orientation::to_exif);
    let size = decoder.output_buffer_size().ok_or_else(no_header)?;
    let mut samples = vec![0u8; size];
    let mut truncated = !has_end_marker(bytes);
    if let Err(error) = decoder.decode_into(&mut samples) {
        // What had been decoded before the damage is in the buffer.
        if samples.iter().all(|&value| value == 0) {
            return Err(damaged(error));
        }
        truncated = true;
    }
    let samples = if gray { Samples::Gray8(samples) } else { Samples::Rgb8(samples) };
    Ok(oriented(info.width.into(), info.height.into(), samples, truncated, orientation))
}

/// The decoder's own words on one line.
fn plain(error: &zune_jpeg::errors::DecodeErrors) -> String {
    let text = format!("{error:?}");
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_matches(['"', '.']).to_owned()
}

/// Whether the end-of-image marker follows the picture's data, which a file that is cut short lacks. Segments with a
/// length are skipped whole, so that the marker of a thumbnail within one does not count (T.81, annex B).
fn has_end_marker(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[first, marker]) = bytes.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>()) {
        match (first, marker) {
            (0xFF, 0xD9) => return true,
            // Fill bytes, and within a scan: stuffed zeros, restart markers and plain data.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            (0xFF, _) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4).and_then(|pair| pair.first_chunk::<2>()) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
            _ => at += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Vec<u8> {
        let pixels: Vec<u8> = (0..64 * 64u32).map(|i| ((i % 64) * 3 + (i / 64) * 7 % 50) as u8).collect();
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 90)
            .encode(&pixels, 64, 64, image::ExtendedColorType::L8)
            .unwrap();
        bytes
    }

    #[test]
    fn a_cut_jpeg_keeps_its_upper_part_and_says_so() {
        let bytes = example();
        let whole = decode(&bytes).unwrap();
        assert!(!whole.truncated);
        let cut = decode(&bytes[..bytes.len() * 3 / 4]).unwrap();
        assert!(cut.truncated);
        let (Samples::Gray8(whole), Samples::Gray8(cut)) = (&whole.samples, &cut.samples) else { panic!("not grey") };
        assert_eq!(whole[..64 * 16], cut[..64 * 16]);
        assert_ne!(whole, cut);
    }

    #[test]
    fn a_thumbnails_end_marker_is_not_the_pictures() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 0, 0];
        assert!(!has_end_marker(&bytes));
        bytes.extend([0x12, 0xFF, 0xD9]);
        assert!(has_end_marker(&bytes));
    }

    #[test]
    fn headers_alone_are_damage_and_no_panic() {
        let bytes = example();
        for length in 0..bytes.len() {
            if let Ok(image) = decode(&bytes[..length]) {
                assert!(image.truncated, "cut at {length}");
            }
        }
    }
}
