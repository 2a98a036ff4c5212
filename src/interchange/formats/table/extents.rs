//! Whether the numbers of boxes are pixels or shares of the sides.

use crate::domain::Rect;

/// Shares of a side may be more than 1 by what rounding makes of it.
const ROUNDED: f64 = 1e-3;

/// What the numbers of a box may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// They are no shares.
    Pixels,
    /// Shares of the sides, for a box within one pixel it would be.
    Shares,
    /// 0 and 1: one pixel, or the whole image.
    OfOne,
}

/// How many boxes are of which extent.
#[derive(Default)]
pub struct Extents {
    pub shares: u64,
    pub pixels: u64,
    pub ones: u64,
}

impl Extents {
    /// Takes a box in.
    pub fn take(&mut self, rect: Rect) {
        match extent(rect) {
            Extent::Pixels => self.pixels += 1,
            Extent::Shares => self.shares += 1,
            Extent::OfOne => self.ones += 1,
        }
    }
}

/// What the numbers of a box may be.
pub fn extent(rect: Rect) -> Extent {
    let sides = [rect.xmin, rect.ymin, rect.xmax, rect.ymax];
    if !sides.iter().all(|side| (-ROUNDED..=1.0 + ROUNDED).contains(side)) {
        Extent::Pixels
    } else if sides.iter().all(|side| side.fract() == 0.0) {
        Extent::OfOne
    } else {
        Extent::Shares
    }
}
