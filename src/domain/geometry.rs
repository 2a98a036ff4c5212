//! Boxes in the oriented frame of an image: pixels, top-left origin, x right, y down, exclusive maximum.

use serde::{Deserialize, Serialize};

/// An axis-aligned rectangle in pixels; `xmax` and `ymax` are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub xmin: f64,
    pub ymin: f64,
    pub xmax: f64,
    pub ymax: f64,
}

impl Rect {
    /// The rectangle between two corners given in any order.
    pub fn from_corners(a: [f64; 2], b: [f64; 2]) -> Self {
        Self { xmin: a[0].min(b[0]), ymin: a[1].min(b[1]), xmax: a[0].max(b[0]), ymax: a[1].max(b[1]) }
    }

    /// Width in pixels, zero for an inverted rectangle.
    pub fn width(&self) -> f64 {
        (self.xmax - self.xmin).max(0.0)
    }

    /// Height in pixels, zero for an inverted rectangle.
    pub fn height(&self) -> f64 {
        (self.ymax - self.ymin).max(0.0)
    }

    /// Area in square pixels.
    pub fn area(&self) -> f64 {
        self.width() * self.height()
    }

    /// Whether the point lies inside (minimum inclusive, maximum exclusive).
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.xmin && x < self.xmax && y >= self.ymin && y < self.ymax
    }

    /// The common part of two rectangles; empty when they do not meet.
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            xmin: self.xmin.max(other.xmin),
            ymin: self.ymin.max(other.ymin),
            xmax: self.xmax.min(other.xmax),
            ymax: self.ymax.min(other.ymax),
        }
    }

    /// Intersection over union (Jaccard index), 0 when both are empty.
    pub fn iou(&self, other: &Self) -> f64 {
        let shared = self.intersection(other).area();
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }

    /// Whether both are on one place: from an intersection over union of 0.9 on.
    pub fn is_on_the_place_of(&self, other: &Self) -> bool {
        self.iou(other) > 0.9
    }

    /// The part inside an image of this size, or `None` when nothing of it is.
    pub fn clipped(&self, width: f64, height: f64) -> Option<Self> {
        let inside = self.intersection(&Self { xmin: 0.0, ymin: 0.0, xmax: width, ymax: height });
        (inside.area() > 0.0).then_some(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iou_of_half_overlapping_squares_is_a_third() {
        let a = Rect { xmin: 0.0, ymin: 0.0, xmax: 10.0, ymax: 10.0 };
        let b = Rect { xmin: 5.0, ymin: 0.0, xmax: 15.0, ymax: 10.0 };
        assert!((a.iou(&b) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(a.iou(&Rect { xmin: 20.0, ymin: 0.0, xmax: 30.0, ymax: 10.0 }), 0.0);
    }

    #[test]
    fn clipping_keeps_the_part_inside_or_nothing() {
        let r = Rect { xmin: -5.0, ymin: 2.0, xmax: 5.0, ymax: 50.0 };
        assert_eq!(r.clipped(10.0, 10.0), Some(Rect { xmin: 0.0, ymin: 2.0, xmax: 5.0, ymax: 10.0 }));
        assert_eq!(Rect { xmin: 11.0, ..r }.clipped(10.0, 10.0), None);
    }
}
