//! The eight EXIF orientations (EXIF 2.32, tag 0x0112): how stored rows and columns lie in the picture as seen.

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
