//! Boxes moved along with the pixels.

use super::Shape;
use super::warp::{Backward, Warp};
use crate::domain::Rect;

/// See [`super::Variation::boxes`]. The share that stays visible is that of the mapped box's area after clipping, which
/// is Albumentations' rule for `min_visibility`.
pub(super) fn moved(boxes: &[Rect], warp: &Warp, shape: Shape, min_visibility: f64) -> Vec<(usize, Rect)> {
    let forward = Forward::of(&warp.backward(shape));
    let (width, height) = (shape.width as f64, shape.height as f64);
    let moves = warp.moves();
    boxes
        .iter()
        .enumerate()
        .filter_map(|(index, rect)| {
            let whole = if moves { forward.bounds(rect) } else { *rect };
            let seen = Rect {
                xmin: whole.xmin.clamp(0.0, width),
                ymin: whole.ymin.clamp(0.0, height),
                xmax: whole.xmax.clamp(0.0, width),
                ymax: whole.ymax.clamp(0.0, height),
            };
            let (area, left) = (whole.width() * whole.height(), seen.width() * seen.height());
            (left > 0.0 && left >= min_visibility * area).then_some((index, seen))
        })
        .collect()
}

/// From the original to the changed picture, in pixels measured from the left and upper edge.
struct Forward {
    /// Row by row.
    matrix: [f64; 4],
    from_centre: (f64, f64),
    to_centre: (f64, f64),
}

impl Forward {
    fn of(backward: &Backward) -> Self {
        let [a, b, c, d] = backward.matrix.map(f64::from);
        let determinant = a * d - b * c;
        let edge = |centre: f32| f64::from(centre) + 0.5;
        Self {
            matrix: [d / determinant, -b / determinant, -c / determinant, a / determinant],
            from_centre: (edge(backward.from_centre.0), edge(backward.from_centre.1)),
            to_centre: (
                edge(backward.centre.0) + f64::from(backward.shift.0),
                edge(backward.centre.1) + f64::from(backward.shift.1),
            ),
        }
    }

    /// Bounds of the four mapped corners.
    fn bounds(&self, rect: &Rect) -> Rect {
        let [xx, xy, yx, yy] = self.matrix;
        let corner = |x: f64, y: f64| {
            let (x, y) = (x - self.from_centre.0, y - self.from_centre.1);
            (xx * x + xy * y + self.to_centre.0, yx * x + yy * y + self.to_centre.1)
        };
        let nothing =
            Rect { xmin: f64::INFINITY, ymin: f64::INFINITY, xmax: f64::NEG_INFINITY, ymax: f64::NEG_INFINITY };
        [(rect.xmin, rect.ymin), (rect.xmax, rect.ymin), (rect.xmin, rect.ymax), (rect.xmax, rect.ymax)]
            .into_iter()
            .map(|(x, y)| corner(x, y))
            .fold(nothing, |bounds, (x, y)| Rect {
                xmin: bounds.xmin.min(x),
                ymin: bounds.ymin.min(y),
                xmax: bounds.xmax.max(x),
                ymax: bounds.ymax.max(y),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::warp::Crop;
    use super::*;

    const SHAPE: Shape = Shape { width: 64, height: 48 };

    fn rect(xmin: f64, ymin: f64, xmax: f64, ymax: f64) -> Rect {
        Rect { xmin, ymin, xmax, ymax }
    }

    #[track_caller]
    fn close(a: &Rect, b: &Rect, tolerance: f64) {
        let off = [a.xmin - b.xmin, a.ymin - b.ymin, a.xmax - b.xmax, a.ymax - b.ymax];
        assert!(off.iter().all(|d| d.abs() <= tolerance), "{a:?} is not {b:?}");
    }

    #[test]
    fn a_still_picture_only_clips() {
        let moved = moved(&[rect(-4.0, 2.0, 10.0, 60.0), rect(70.0, 0.0, 80.0, 9.0)], &Warp::STILL, SHAPE, 0.0);
        assert_eq!(moved, [(0, rect(0.0, 2.0, 10.0, 48.0))]);
    }

    #[test]
    fn mirrors_turns_and_crops_move_boxes() {
        let of = |warp: Warp| moved(&[rect(10.0, 4.0, 20.0, 12.0)], &warp, SHAPE, 0.0)[0].1;
        close(&of(Warp { mirror_x: true, ..Warp::STILL }), &rect(44.0, 4.0, 54.0, 12.0), 1e-4);
        close(&of(Warp { mirror_y: true, ..Warp::STILL }), &rect(10.0, 36.0, 20.0, 44.0), 1e-4);
        close(&of(Warp { shift: (0.25, 0.5), ..Warp::STILL }), &rect(26.0, 28.0, 36.0, 36.0), 1e-4);
        let quarter = std::f32::consts::FRAC_PI_2;
        // Clockwise: what was above is to the right.
        close(&of(Warp { angle: quarter, ..Warp::STILL }), &rect(44.0, 2.0, 52.0, 12.0), 1e-3);
        let crop = Crop { left: 0.0, top: 0.0, width: 0.5, height: 0.5 };
        close(&of(Warp { crop, ..Warp::STILL }), &rect(20.0, 8.0, 40.0, 24.0), 1e-4);
    }

    #[test]
    fn boxes_follow_the_pixels_they_frame() {
        let warp = Warp {
            crop: Crop { left: 0.05, top: 0.1, width: 0.9, height: 0.85 },
            mirror_x: true,
            angle: 0.3,
            shift: (0.05, -0.1),
            scale: 0.8,
            shear: (0.1, -0.2),
            ..Warp::STILL
        };
        let frame = rect(20.0, 14.0, 44.0, 32.0);
        let mut plane = vec![0.0; 64 * 48];
        for y in 14..32 {
            plane[y * 64 + 20..y * 64 + 44].fill(1.0);
        }
        let out = warp.apply(&plane, SHAPE);
        let lit: Vec<(f64, f64)> =
            (0..64 * 48).filter(|&i| out[i] > 0.5).map(|i| ((i % 64) as f64, (i / 64) as f64)).collect();
        let bounds = lit.iter().fold(rect(64.0, 48.0, 0.0, 0.0), |r, (x, y)| {
            rect(r.xmin.min(*x), r.ymin.min(*y), r.xmax.max(x + 1.0), r.ymax.max(y + 1.0))
        });
        // Corners are thin: a pixel or two of them is darker than half.
        close(&moved(&[frame], &warp, SHAPE, 0.0)[0].1, &bounds, 2.0);
    }

    #[test]
    fn boxes_that_are_hardly_seen_are_left_out() {
        let half_out = Warp { shift: (0.5, 0.0), ..Warp::STILL };
        let boxes = [rect(24.0, 0.0, 40.0, 10.0), rect(0.0, 0.0, 10.0, 10.0)];
        assert_eq!(moved(&boxes, &half_out, SHAPE, 0.6), [(1, rect(32.0, 0.0, 42.0, 10.0))]);
        assert_eq!(moved(&boxes, &half_out, SHAPE, 0.5).len(), 2);
    }
}
