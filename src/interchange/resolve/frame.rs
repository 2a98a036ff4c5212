//! Whether boxes were drawn on the stored picture or on the one turned upright, and bringing them to the latter.
//!
//! A file that states the image's size betrays it when the turn swaps width and height. What does not betray itself is
//! taken as the others of its set; a set without any evidence is taken as upright, since browsers and annotation tools
//! show pictures so.

use crate::domain::Rect;

/// The frame coordinates refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Rows and columns as stored.
    Raw,
    /// Turned as the EXIF orientation says.
    Oriented,
}

/// What a stated size says about the frame, given the oriented size in pixels and the EXIF orientation. `None` where
/// both frames have one size, or neither has the stated one.
pub fn evidence(stated: [f64; 2], oriented: [f64; 2], orientation: u8) -> Option<Frame> {
    let raw = raw_size(oriented, orientation);
    if raw == oriented {
        return None;
    }
    // Resized copies state the original's size: the shape decides.
    match (same_shape(stated, raw), same_shape(stated, oriented)) {
        (true, false) => Some(Frame::Raw),
        (false, true) => Some(Frame::Oriented),
        _ => None,
    }
}

/// Width and height as stored.
pub fn raw_size(oriented: [f64; 2], orientation: u8) -> [f64; 2] {
    if (5..=8).contains(&orientation) { [oriented[1], oriented[0]] } else { oriented }
}

/// Whether two sizes have the same proportions, up to the rounding of a resize: within 2 % or one pixel.
pub fn same_shape(a: [f64; 2], b: [f64; 2]) -> bool {
    if a.iter().chain(&b).any(|side| !side.is_finite() || *side <= 0.0) {
        return false;
    }
    let expected = a[0] * b[1] / b[0];
    (expected - a[1]).abs() <= (0.02 * a[1]).max(1.0)
}

/// A rectangle of the stored picture (`raw` its width and height) in the upright one.
pub fn upright(rect: Rect, raw: [f64; 2], orientation: u8) -> Rect {
    let [w, h] = raw;
    let point = |x: f64, y: f64| match orientation {
        2 => [w - x, y],
        3 => [w - x, h - y],
        4 => [x, h - y],
        5 => [y, x],
        6 => [h - y, x],
        7 => [h - y, w - x],
        8 => [y, w - x],
        _ => [x, y],
    };
    Rect::from_corners(point(rect.xmin, rect.ymin), point(rect.xmax, rect.ymax))
}

/// How many images betray the frame of their boxes.
#[derive(Default)]
pub struct Votes {
    raw: usize,
    oriented: usize,
}

impl Votes {
    /// Takes in what an image betrays; as [`evidence`].
    pub fn count(&mut self, stated: [f64; 2], oriented: [f64; 2], orientation: u8) {
        match evidence(stated, oriented, orientation) {
            Some(Frame::Raw) => self.raw += 1,
            Some(Frame::Oriented) => self.oriented += 1,
            None => {}
        }
    }

    /// The frame of images that do not betray theirs: that of the others, `None` where nothing in the set does.
    pub fn usual(&self) -> Option<Frame> {
        match (self.raw, self.oriented) {
            (0, 0) => None,
            (raw, oriented) if raw > oriented => Some(Frame::Raw),
            _ => Some(Frame::Oriented),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_followed_through_every_orientation() {
        // The pixel c of "abc/def" as stored is at column 2 of row 0; where EXIF's drawings show it, as in imaging.
        let places = [(1, 2, 0), (2, 0, 0), (3, 0, 1), (4, 2, 1), (5, 0, 2), (6, 1, 2), (7, 1, 0), (8, 0, 0)];
        for (orientation, x, y) in places {
            let stored = Rect { xmin: 2.0, ymin: 0.0, xmax: 3.0, ymax: 1.0 };
            let (x, y) = (f64::from(x), f64::from(y));
            let expected = Rect { xmin: x, ymin: y, xmax: x + 1.0, ymax: y + 1.0 };
            assert_eq!(upright(stored, [3.0, 2.0], orientation), expected, "orientation {orientation}");
        }
    }

    #[test]
    fn the_stated_size_decides_where_it_can() {
        let oriented = [454.0, 373.0];
        assert_eq!(evidence([454.0, 373.0], oriented, 8), Some(Frame::Oriented));
        assert_eq!(evidence([373.0, 454.0], oriented, 8), Some(Frame::Raw));
        assert_eq!(evidence([908.0, 746.0], oriented, 6), Some(Frame::Oriented));
        assert_eq!(evidence([454.0, 373.0], oriented, 3), None);
        assert_eq!(evidence([100.0, 900.0], oriented, 8), None);
        assert_eq!(evidence([512.0, 512.0], [512.0, 512.0], 6), None);
    }
}
