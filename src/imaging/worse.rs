//! Pictures in eight bits as they are shown, and ways to make them worse that belong to pictures as such: another window, and
//! JPEG.

use super::decode_jpeg;
use super::decoded::{DecodedImage, Samples};
use super::window::{default_window, displayed};
use crate::domain::Voi;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// The picture in eight bits as it is shown at first, grey or in colours, upright.
pub fn shown(image: &DecodedImage) -> DecodedImage {
    of_bytes(image, displayed(image, Voi::default(), false))
}

/// As [`shown`], with the centre of the grey window moved by a share of its width. Where the picture is not shown by a plain
/// window but by a table of its header, what is shown gets darker by that share of black to white instead.
pub fn shown_shifted(image: &DecodedImage, share: f64) -> DecodedImage {
    let (centre, width) = default_window(image);
    let plain = displayed(image, Voi::default(), false);
    let windowed = |centre: f64| displayed(image, Voi::Window(centre, width), false);
    let bytes = if windowed(centre) == plain {
        windowed(centre + share * width)
    } else {
        let darker = |byte: &u8| (f64::from(*byte) - 255.0 * share).round().clamp(0.0, 255.0) as u8;
        plain.iter().map(darker).collect()
    };
    of_bytes(image, bytes)
}

/// A picture of this size from planes on the 0..1 scale: one of greys, or red, green and blue. Values are cut off at 0 and 1
/// and rounded to eight bits. `None` where the planes do not fit the picture.
pub fn of_planes(like: &DecodedImage, planes: &[f32]) -> Option<DecodedImage> {
    let area = like.width as usize * like.height as usize;
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let bytes: Vec<u8> = match planes.len().checked_div(area)? {
        1 => planes.iter().map(|value| byte(*value)).collect(),
        3 => {
            let (red, rest) = planes.split_at_checked(area)?;
            let (green, blue) = rest.split_at_checked(area)?;
            red.iter().zip(green).zip(blue).flat_map(|((r, g), b)| [byte(*r), byte(*g), byte(*b)]).collect()
        }
        _ => return None,
    };
    let samples = if planes.len() == area { Samples::Gray8(bytes) } else { Samples::Rgb8(bytes) };
    Some(DecodedImage { samples, ..without_samples(like) })
}

/// A picture of eight bits written as JPEG of this quality (1 to 100) and read again; `None` for one of more bits, or one that
/// JPEG cannot hold.
pub fn as_jpeg(image: &DecodedImage, quality: u8) -> Option<DecodedImage> {
    let (bytes, colours) = match &image.samples {
        Samples::Gray8(bytes) => (bytes, ExtendedColorType::L8),
        Samples::Rgb8(bytes) => (bytes, ExtendedColorType::Rgb8),
        Samples::Gray16(_) | Samples::Rgb16(_) | Samples::Measured(_) => return None,
    };
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, quality.clamp(1, 100));
    encoder.write_image(bytes, image.width, image.height, colours).ok()?;
    let read = decode_jpeg::decode(&file).ok()?;
    ((read.width, read.height) == (image.width, image.height))
        .then(|| DecodedImage { samples: read.samples, ..without_samples(image) })
}

fn of_bytes(image: &DecodedImage, bytes: Vec<u8>) -> DecodedImage {
    let samples = if image.is_color() { Samples::Rgb8(bytes) } else { Samples::Gray8(bytes) };
    DecodedImage { samples, ..without_samples(image) }
}

/// All that is known of a picture but its samples, in eight bits.
fn without_samples(image: &DecodedImage) -> DecodedImage {
    let DecodedImage { width, height, truncated, orientation, shape, .. } = *image;
    let samples = Samples::Gray8(Vec::new());
    DecodedImage { width, height, samples, bits: 8, truncated, orientation, shape, remarks: Vec::new(), taken: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sixteen(values: Vec<u16>) -> DecodedImage {
        let grey = DecodedImage::from_gray8(values.len() as u32, 1, vec![0; values.len()]).unwrap();
        DecodedImage { samples: Samples::Gray16(values), bits: 16, ..grey }
    }

    fn bytes(image: &DecodedImage) -> &[u8] {
        match &image.samples {
            Samples::Gray8(bytes) | Samples::Rgb8(bytes) => bytes,
            _ => panic!("not of eight bits"),
        }
    }

    #[test]
    fn a_shift_moves_the_window_over_stored_values() {
        // From 1000 to 2000 is shown: moved up by half of it, 1500 is black.
        let image = sixteen(vec![1000, 1500, 1750, 2000]);
        assert_eq!(bytes(&shown(&image)), [0, 128, 191, 255]);
        assert_eq!(bytes(&shown_shifted(&image, 0.0)), bytes(&shown(&image)));
        let up = shown_shifted(&image, 0.5);
        assert!(bytes(&up)[1] <= 1 && (63..=64).contains(&bytes(&up)[2]) && bytes(&up)[3] == 127, "{up:?}");
        let eight = DecodedImage::from_gray8(3, 1, vec![0, 100, 255]).unwrap();
        let down = shown_shifted(&eight, -0.1);
        assert_eq!(bytes(&down)[0], 26, "{down:?}");
        assert_eq!((bytes(&down)[2], bytes(&shown_shifted(&eight, 0.1))[0]), (255, 0));
    }

    #[test]
    fn planes_come_back_as_bytes_and_others_are_refused() {
        let grey = DecodedImage::from_gray8(2, 1, vec![7, 200]).unwrap();
        assert_eq!(of_planes(&grey, &grey.planes(1)).unwrap(), grey);
        let colours = of_planes(&grey, &[0.0, 1.0, 0.2, 0.4, 2.0, -1.0]).unwrap();
        assert_eq!((bytes(&colours), colours.is_color()), (&[0, 51, 255, 255, 102, 0][..], true));
        assert_eq!((of_planes(&grey, &[0.0; 4]), of_planes(&grey, &[])), (None, None));
    }

    #[test]
    fn jpeg_is_coarser_at_a_lower_quality_and_keeps_grey_grey() {
        let values: Vec<u8> = (0..64 * 48).map(|at| ((at * 37) % 251) as u8).collect();
        let image = DecodedImage::from_gray8(64, 48, values.clone()).unwrap();
        let off = |quality| {
            let read = as_jpeg(&image, quality).unwrap();
            assert!(!read.is_color() && (read.width, read.height) == (64, 48));
            bytes(&read).iter().zip(&values).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
        };
        assert!(off(10) > off(50) && off(50) > off(95), "{} {} {}", off(10), off(50), off(95));
        assert_eq!(as_jpeg(&sixteen(vec![1, 2]), 50), None);
    }
}
