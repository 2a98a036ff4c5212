//! The eight EXIF orientations (EXIF 2.32, tag 0x0112): how stored rows and columns lie in the picture as seen.

use super::decoded::{DecodedImage, Samples};
use super::greyscale::Measured;

/// Puts stored samples into the frame they are to be seen in. `samples` are interleaved, `channels` a pixel. Returns
/// them with the oriented width and height; orientations outside 1 to 8 change nothing.
pub fn apply<T: Copy>(
    samples: Vec<T>,
    width: u32,
    height: u32,
    channels: usize,
    orientation: u8,
) -> (Vec<T>, u32, u32) {
    if !(2..=8).contains(&orientation) {
        return (samples, width, height);
    }
    let (w, h) = (width as usize, height as usize);
    let turned = orientation >= 5;
    let (out_w, out_h) = if turned { (h, w) } else { (w, h) };
    let mut out = Vec::with_capacity(samples.len());
    for y in 0..out_h {
        for x in 0..out_w {
            let (from_x, from_y) = match orientation {
                2 => (w - 1 - x, y),
                3 => (w - 1 - x, h - 1 - y),
                4 => (x, h - 1 - y),
                5 => (y, x),
                6 => (y, h - 1 - x),
                7 => (w - 1 - y, h - 1 - x),
                _ => (w - 1 - y, x),
            };
            let at = (from_y * w + from_x) * channels;
            out.extend_from_slice(samples.get(at..at + channels).unwrap_or_default());
        }
    }
    (out, out_w as u32, out_h as u32)
}

/// The finished picture in the frame it is to be seen in.
pub(super) fn oriented(width: u32, height: u32, samples: Samples, truncated: bool, orientation: u8) -> DecodedImage {
    let bits = if matches!(samples, Samples::Gray8(_) | Samples::Rgb8(_)) { 8 } else { 16 };
    let (samples, width, height) = match samples {
        Samples::Gray8(v) => wrap(apply(v, width, height, 1, orientation), Samples::Gray8),
        Samples::Rgb8(v) => wrap(apply(v, width, height, 3, orientation), Samples::Rgb8),
        Samples::Gray16(v) => wrap(apply(v, width, height, 1, orientation), Samples::Gray16),
        Samples::Rgb16(v) => wrap(apply(v, width, height, 3, orientation), Samples::Rgb16),
        Samples::Measured(Measured { codes, scale }) => {
            let (codes, width, height) = apply(codes, width, height, 1, orientation);
            (Samples::Measured(Measured { codes, scale }), width, height)
        }
    };
    DecodedImage { width, height, samples, bits, truncated, orientation, shape: 1.0, remarks: Vec::new(), taken: None }
}

fn wrap<T>((samples, width, height): (Vec<T>, u32, u32), kind: fn(Vec<T>) -> Samples) -> (Samples, u32, u32) {
    (kind(samples), width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of three, as stored: a b c / d e f.
    #[test]
    fn each_orientation_shows_the_letters_as_exif_draws_them() {
        let cases = [
            (1, "abc/def"),
            (2, "cba/fed"),
            (3, "fed/cba"),
            (4, "def/abc"),
            (5, "ad/be/cf"),
            (6, "da/eb/fc"),
            (7, "fc/eb/da"),
            (8, "cf/be/ad"),
            (9, "abc/def"),
        ];
        for (orientation, expected) in cases {
            let (out, width, _) = apply(b"abcdef".to_vec(), 3, 2, 1, orientation);
            let rows: Vec<&str> = out.chunks(width as usize).map(|row| std::str::from_utf8(row).unwrap()).collect();
            assert_eq!(rows.join("/"), expected, "orientation {orientation}");
        }
    }

    #[test]
    fn colours_of_a_pixel_stay_together() {
        let (out, width, height) = apply(vec![1, 2, 3, 4, 5, 6], 2, 1, 3, 6);
        assert_eq!((out, width, height), (vec![1, 2, 3, 4, 5, 6], 1, 2));
    }
}
