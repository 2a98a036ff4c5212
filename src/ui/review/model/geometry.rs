//! Where image pixels lie on the screen: zoom, pan, turns and flips, and what dragging does to a box. Pure arithmetic.
//!
//! Image coordinates are pixels of the oriented frame (x right, y down, top-left origin); screen coordinates are egui
//! points. Everything is `f64`, so that a deep zoom into a large picture does not wobble.

use super::turn::Turn;
use crate::domain::Rect;

/// A point or an extent, x then y.
pub type Point = [f64; 2];

/// Smallest and largest zoom, in screen points an image pixel.
pub const ZOOM_RANGE: (f64, f64) = (0.01, 64.0);

/// How an image is laid onto the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Screen points the width of an image pixel.
    pub zoom: f64,
    /// The image point that lies at `anchor`.
    pub centre: Point,
    /// A screen point, the middle of the viewport.
    pub anchor: Point,
    pub turn: Turn,
    /// The height of a pixel in widths of it: 1 for square ones.
    pub shape: f64,
}

impl Placement {
    /// The whole image, as large as the viewport (`min`, `max` in screen points) allows. `shape` is the height of a pixel
    /// in widths of it.
    pub fn fit(image: Point, viewport: (Point, Point), turn: Turn, shape: f64) -> Self {
        let (min, max) = viewport;
        let shape = if shape.is_finite() && shape > 0.0 { shape } else { 1.0 };
        let [w, h] = turn.extent([image[0], image[1] * shape]);
        let room = [(max[0] - min[0]).max(1.0), (max[1] - min[1]).max(1.0)];
        let zoom = if w > 0.0 && h > 0.0 { (room[0] / w).min(room[1] / h) } else { 1.0 };
        Self {
            zoom: clamp_zoom(zoom),
            centre: [image[0] / 2.0, image[1] / 2.0],
            anchor: [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0],
            turn,
            shape,
        }
    }

    /// Image to screen.
    pub fn to_screen(self, p: Point) -> Point {
        let [x, y] = self.turn.apply([p[0] - self.centre[0], (p[1] - self.centre[1]) * self.shape]);
        [self.anchor[0] + x * self.zoom, self.anchor[1] + y * self.zoom]
    }

    /// Screen to image.
    pub fn to_image(self, s: Point) -> Point {
        let [x, y] = self.turn.undo([s[0] - self.anchor[0], s[1] - self.anchor[1]]);
        [self.centre[0] + x / self.zoom, self.centre[1] + y / self.zoom / self.shape]
    }

    /// The screen rectangle (smallest and largest corner) of an image rectangle.
    pub fn rect_to_screen(&self, r: &Rect) -> (Point, Point) {
        let (a, b) = (self.to_screen([r.xmin, r.ymin]), self.to_screen([r.xmax, r.ymax]));
        ([a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])])
    }

    /// Zooms by a factor and keeps the image point under `pointer` (screen) where it is.
    #[must_use]
    pub fn zoomed_at(mut self, pointer: Point, factor: f64) -> Self {
        let kept = self.to_image(pointer);
        self.zoom = clamp_zoom(self.zoom * factor);
        let [x, y] = self.turn.undo([pointer[0] - self.anchor[0], pointer[1] - self.anchor[1]]);
        self.centre = [kept[0] - x / self.zoom, kept[1] - y / self.zoom / self.shape];
        self
    }

    /// Moves the image by a screen distance; its edge stops at the middle of the viewport, so it cannot be lost.
    #[must_use]
    pub fn panned(mut self, delta: Point, image: Point) -> Self {
        let [x, y] = self.turn.undo(delta);
        self.centre = [
            (self.centre[0] - x / self.zoom).clamp(0.0, image[0].max(0.0)),
            (self.centre[1] - y / self.zoom / self.shape).clamp(0.0, image[1].max(0.0)),
        ];
        self
    }
}

fn clamp_zoom(zoom: f64) -> f64 {
    if zoom.is_finite() { zoom.clamp(ZOOM_RANGE.0, ZOOM_RANGE.1) } else { 1.0 }
}

/// Which edges of a box a handle moves, in the image's frame: -1 the smaller, 1 the larger, 0 neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    pub x: i8,
    pub y: i8,
}

impl Handle {
    /// Corners first: where handles overlap, a corner is the one meant.
    pub const ALL: [Handle; 8] = [
        Handle { x: -1, y: -1 },
        Handle { x: 1, y: -1 },
        Handle { x: 1, y: 1 },
        Handle { x: -1, y: 1 },
        Handle { x: 0, y: -1 },
        Handle { x: 1, y: 0 },
        Handle { x: 0, y: 1 },
        Handle { x: -1, y: 0 },
    ];

    /// Where it sits on the box, in the image.
    pub fn position(self, r: &Rect) -> Point {
        let along = |side: i8, min: f64, max: f64| match side {
            -1 => min,
            0 => (min + max) / 2.0,
            _ => max,
        };
        [along(self.x, r.xmin, r.xmax), along(self.y, r.ymin, r.ymax)]
    }

    /// The direction it pulls to on the screen.
    pub fn screen_direction(self, turn: Turn) -> Point {
        turn.apply([f64::from(self.x), f64::from(self.y)])
    }

    /// The box after this handle was dragged to an image point, on whole pixels and inside the image; dragging past
    /// the opposite edge turns it over. Never thinner than a pixel.
    pub fn drag(self, r: &Rect, to: Point, image: Point) -> Rect {
        let edge = |side: i8, min: f64, max: f64, to: f64, limit: f64| {
            let to = to.round().clamp(0.0, limit.max(0.0));
            let (a, b) = match side {
                -1 => (to, max),
                0 => (min, max),
                _ => (min, to),
            };
            at_least_one(a.min(b), a.max(b), limit)
        };
        let (xmin, xmax) = edge(self.x, r.xmin, r.xmax, to[0], image[0]);
        let (ymin, ymax) = edge(self.y, r.ymin, r.ymax, to[1], image[1]);
        Rect { xmin, ymin, xmax, ymax }
    }
}

fn at_least_one(min: f64, max: f64, limit: f64) -> (f64, f64) {
    if max - min >= 1.0 {
        (min, max)
    } else if min + 1.0 <= limit {
        (min, min + 1.0)
    } else {
        ((limit - 1.0).max(0.0), limit.max(0.0))
    }
}

/// A box moved by whole pixels, stopped by the image's edges.
pub fn moved(r: &Rect, delta: Point, image: Point) -> Rect {
    let shift = |min: f64, max: f64, by: f64, limit: f64| {
        // A box that already reaches outside (imported) may stay as far outside as it is.
        let (low, high) = ((-min).min(0.0), (limit - max).max(0.0));
        by.round().clamp(low, high)
    };
    let (dx, dy) = (shift(r.xmin, r.xmax, delta[0], image[0]), shift(r.ymin, r.ymax, delta[1], image[1]));
    Rect { xmin: r.xmin + dx, ymin: r.ymin + dy, xmax: r.xmax + dx, ymax: r.ymax + dy }
}

/// An image point that is laid on the picture's edges where it comes within `reach` pixels of them.
pub fn snapped(at: Point, image: Point, reach: f64) -> Point {
    let along = |x: f64, limit: f64| {
        if x <= reach {
            0.0
        } else if limit - x <= reach {
            limit
        } else {
            x
        }
    };
    [along(at[0], image[0]), along(at[1], image[1])]
}

/// A box inside the picture that is moved to its edges where it comes within `reach` pixels of them.
pub fn moved_to_edge(r: &Rect, image: Point, reach: f64) -> Rect {
    let shift = |min: f64, max: f64, limit: f64| {
        let (low, high) = (min, limit - max);
        if (0.0..=reach).contains(&low) && low <= high {
            -low
        } else if (0.0..=reach).contains(&high) {
            high
        } else {
            0.0
        }
    };
    let (dx, dy) = (shift(r.xmin, r.xmax, image[0]), shift(r.ymin, r.ymax, image[1]));
    Rect { xmin: r.xmin + dx, ymin: r.ymin + dy, xmax: r.xmax + dx, ymax: r.ymax + dy }
}

/// The box between two image points, on whole pixels and inside the image; `None` for less than a pixel.
pub fn drawn(from: Point, to: Point, image: Point) -> Option<Rect> {
    let whole = |p: Point| [p[0].round(), p[1].round()];
    Rect::from_corners(whole(from), whole(to)).clipped(image[0], image[1])
}

/// The window (centre, width) after a right-drag: right widens, down darkens, also where the lowest value is shown white
/// (`inverted`). Steps scale with the window, so that 8-bit and 16-bit pictures feel alike.
pub fn dragged_window(start: (f64, f64), delta: Point, range: (f64, f64), inverted: bool) -> (f64, f64) {
    let (centre, width) = start;
    let values = (range.1 - range.0).abs();
    let span = if values > 0.0 { values } else { 1.0 };
    // Values that lie between whole numbers may be parted by narrower windows.
    let narrowest = (span / 256.0).min(1.0);
    // 300 points change the width by its larger part: the window's own or a quarter of all values.
    let step = width.abs().max(span / 4.0) / 300.0;
    let width = (width + delta[0] * step).clamp(narrowest, span * 4.0);
    // Down darkens: a higher centre maps the same stored value to a darker grey.
    let down = if inverted { -delta[1] } else { delta[1] };
    let centre = (centre + down * step).clamp(range.0 - span, range.1 + span);
    (centre, width)
}

#[cfg(test)]
mod tests {
    use super::super::turn::all;
    use super::*;

    const IMAGE: Point = [640.0, 400.0];
    const VIEWPORT: (Point, Point) = ([264.0, 40.0], [976.0, 772.0]);

    fn near(a: Point, b: Point) {
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9, "{a:?} is not {b:?}");
    }

    #[test]
    fn screen_and_image_are_each_other_s_inverse_in_every_turn() {
        for turn in all() {
            let placement = Placement::fit(IMAGE, VIEWPORT, turn, 1.0).zoomed_at([500.0, 300.0], 7.3);
            for p in [[0.0, 0.0], [640.0, 400.0], [13.25, 399.9], [-5.0, 1e5]] {
                near(placement.to_image(placement.to_screen(p)), p);
            }
        }
    }

    #[test]
    fn fit_shows_all_of_the_image_and_touches_one_pair_of_edges() {
        for n in 0..4 {
            let (min, max) = Placement::fit(IMAGE, VIEWPORT, Turn::quarters(n), 1.0).rect_to_screen(&Rect {
                xmin: 0.0,
                ymin: 0.0,
                xmax: IMAGE[0],
                ymax: IMAGE[1],
            });
            let slack = [min[0] - VIEWPORT.0[0], min[1] - VIEWPORT.0[1]];
            assert!(slack[0] > -1e-9 && slack[1] > -1e-9, "turn {n} sticks out: {slack:?}");
            assert!(slack[0].min(slack[1]) < 1e-9, "turn {n} wastes room: {slack:?}");
            near([VIEWPORT.1[0] - max[0], VIEWPORT.1[1] - max[1]], slack);
        }
    }

    #[test]
    fn a_quarter_turn_clockwise_brings_the_left_edge_up() {
        let placement = Placement::fit(IMAGE, VIEWPORT, Turn::default().clockwise(), 1.0);
        let (top_left, bottom_left) = (placement.to_screen([0.0, 0.0]), placement.to_screen([0.0, IMAGE[1]]));
        assert!(top_left[0] > bottom_left[0], "the image's top-left corner must come to the right");
        assert!((top_left[1] - bottom_left[1]).abs() < 1e-9, "the left edge must lie level");
        assert!(top_left[1] < placement.to_screen([IMAGE[0], 0.0])[1], "and on top");
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        for turn in all() {
            let start = Placement::fit(IMAGE, VIEWPORT, turn, 1.0);
            for (pointer, factor) in [([300.0, 90.0], 2.0), ([970.0, 700.0], 0.31), ([620.0, 406.0], 1e9)] {
                let under = start.to_image(pointer);
                let zoomed = start.zoomed_at(pointer, factor);
                near(zoomed.to_image(pointer), under);
                assert!(zoomed.zoom <= ZOOM_RANGE.1);
            }
        }
    }

    #[test]
    fn panning_follows_the_pointer_and_stops_before_the_image_is_lost() {
        for turn in all() {
            let start = Placement::fit(IMAGE, VIEWPORT, turn, 1.0).zoomed_at([600.0, 400.0], 4.0);
            let p = [300.0, 210.0];
            let before = start.to_screen(p);
            near(start.panned([12.0, -7.0], IMAGE).to_screen(p), [before[0] + 12.0, before[1] - 7.0]);
            let lost = start.panned([1e7, 1e7], IMAGE).centre;
            assert!((0.0..=IMAGE[0]).contains(&lost[0]) && (0.0..=IMAGE[1]).contains(&lost[1]));
        }
    }

    #[test]
    fn degenerate_sizes_give_finite_places() {
        for image in [[0.0, 0.0], [1.0, 0.0], [f64::MAX, 1.0]] {
            let placement = Placement::fit(image, ([0.0, 0.0], [0.0, 0.0]), Turn::quarters(1), 1.0);
            assert!(placement.zoom.is_finite() && placement.zoom > 0.0);
        }
    }

    #[test]
    fn handles_move_their_own_edges_only() {
        let r = Rect { xmin: 10.0, ymin: 20.0, xmax: 50.0, ymax: 60.0 };
        let table = [
            (Handle { x: 1, y: 0 }, [70.4, 5.0], Rect { xmax: 70.0, ..r }),
            (Handle { x: -1, y: -1 }, [4.6, 30.0], Rect { xmin: 5.0, ymin: 30.0, ..r }),
            (Handle { x: -1, y: 0 }, [80.0, 0.0], Rect { xmin: 50.0, xmax: 80.0, ..r }),
            (Handle { x: 0, y: 1 }, [0.0, 9999.0], Rect { ymax: 400.0, ..r }),
            (Handle { x: 1, y: 0 }, [10.0, 0.0], Rect { xmax: 11.0, ..r }),
        ];
        for (handle, to, expected) in table {
            assert_eq!(handle.drag(&r, to, IMAGE), expected, "{handle:?} to {to:?}");
        }
    }

    #[test]
    fn moving_keeps_the_size_and_stays_inside() {
        let r = Rect { xmin: 10.0, ymin: 20.0, xmax: 50.0, ymax: 60.0 };
        assert_eq!(moved(&r, [5.4, -3.0], IMAGE), Rect { xmin: 15.0, ymin: 17.0, xmax: 55.0, ymax: 57.0 });
        assert_eq!(moved(&r, [-99.0, 9999.0], IMAGE), Rect { xmin: 0.0, ymin: 360.0, xmax: 40.0, ymax: 400.0 });
        let outside = Rect { xmin: -8.0, ymin: 20.0, xmax: 50.0, ymax: 60.0 };
        assert_eq!(moved(&outside, [-3.0, 0.0], IMAGE), outside);
    }

    #[test]
    fn a_drawn_box_is_on_whole_pixels_inside_the_image() {
        assert_eq!(
            drawn([650.0, 10.4], [99.6, 50.5], IMAGE),
            Some(Rect { xmin: 100.0, ymin: 10.0, xmax: 640.0, ymax: 51.0 })
        );
        assert_eq!(drawn([10.1, 10.0], [10.2, 60.0], IMAGE), None);
        assert_eq!(drawn([-50.0, -50.0], [-1.0, -1.0], IMAGE), None);
    }

    #[test]
    fn what_comes_near_the_edge_is_laid_on_it() {
        assert_eq!(snapped([3.0, 200.0], IMAGE, 4.0), [0.0, 200.0]);
        assert_eq!(snapped([637.0, 396.5], IMAGE, 4.0), [640.0, 400.0]);
        assert_eq!(snapped([5.0, 395.0], IMAGE, 4.0), [5.0, 395.0]);
        let r = Rect { xmin: 3.0, ymin: 20.0, xmax: 43.0, ymax: 60.0 };
        assert_eq!(moved_to_edge(&r, IMAGE, 4.0), Rect { xmin: 0.0, xmax: 40.0, ..r });
        let r = Rect { xmin: 10.0, ymin: 339.0, xmax: 50.0, ymax: 399.0 };
        assert_eq!(moved_to_edge(&r, IMAGE, 4.0), Rect { ymin: 340.0, ymax: 400.0, ..r });
        let outside = Rect { xmin: -8.0, ymin: 20.0, xmax: 50.0, ymax: 60.0 };
        assert_eq!(moved_to_edge(&outside, IMAGE, 4.0), outside);
    }

    #[test]
    fn right_widens_the_window_and_down_darkens() {
        let start = (128.0, 256.0);
        let (centre, width) = dragged_window(start, [30.0, 0.0], (0.0, 255.0), false);
        assert!(width > 256.0 && centre == 128.0);
        let (centre, width) = dragged_window(start, [0.0, 30.0], (0.0, 255.0), false);
        assert!(centre > 128.0 && width == 256.0);
        let (lower, _) = dragged_window(start, [0.0, 30.0], (0.0, 255.0), true);
        assert!(lower < start.0, "white is low there");
        let (_, width) = dragged_window(start, [-1e9, 0.0], (0.0, 255.0), false);
        assert_eq!(width, 255.0 / 256.0);
        let (_, width) = dragged_window((0.45, 0.9), [-30.0, 0.0], (0.0, 0.9), false);
        assert!(width > 0.5 && width < 0.9, "values below 1 have windows below 1");
    }

    #[test]
    fn pixels_that_are_not_square_are_shown_in_their_shape() {
        for turn in all() {
            let placement = Placement::fit(IMAGE, VIEWPORT, turn, 0.5);
            let (from, across) = (placement.to_screen([100.0, 100.0]), placement.to_screen([110.0, 100.0]));
            let down = placement.to_screen([100.0, 120.0]);
            let length = |to: Point| (to[0] - from[0]).hypot(to[1] - from[1]);
            assert!((length(across) - length(down)).abs() < 1e-9, "ten wide and twenty low is a square");
            let p = [13.25, 399.9];
            near(placement.to_image(placement.to_screen(p)), p);
            let before = placement.to_screen(p);
            let moved = placement.zoomed_at([500.0, 300.0], 4.0);
            near(moved.to_image([500.0, 300.0]), placement.to_image([500.0, 300.0]));
            near(
                placement.zoomed_at(placement.anchor, 2.0).panned([3.0, 4.0], IMAGE).to_screen(placement.centre),
                [placement.anchor[0] + 3.0, placement.anchor[1] + 4.0],
            );
            let (min, max) = placement.rect_to_screen(&Rect { xmin: 0.0, ymin: 0.0, xmax: IMAGE[0], ymax: IMAGE[1] });
            assert!(min[0] >= VIEWPORT.0[0] - 1e-9 && max[1] <= VIEWPORT.1[1] + 1e-9, "{before:?}");
        }
    }
}
