//! One affine step: crop, mirror, shear, rotation, scale and shift together, so that pixels are interpolated once.

use super::{Shape, uniform};
use crate::domain::recipe::RandomCrop;
use rand_chacha::ChaCha8Rng;

/// The part of the picture that takes the place of the whole, in shares of its sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crop {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Crop {
    pub(super) const WHOLE: Self = Self { left: 0.0, top: 0.0, width: 1.0, height: 1.0 };

    /// Area and ratio of the sides as torchvision's RandomResizedCrop draws them (the ratio evenly in its logarithm). A
    /// side that would be longer than the picture's is cut to it.
    pub(super) fn draw(settings: &RandomCrop, rng: &mut ChaCha8Rng) -> Self {
        let area = uniform(rng, settings.area);
        let most = settings.aspect.max(1.0).ln();
        let ratio = uniform(rng, [-most, most]).exp();
        let (width, height) = ((area * ratio).sqrt().min(1.0), (area / ratio).sqrt().min(1.0));
        let left = uniform(rng, [0.0, 1.0 - width]);
        let top = uniform(rng, [0.0, 1.0 - height]);
        Self { left: left as f32, top: top as f32, width: width as f32, height: height as f32 }
    }
}

/// What is drawn for the affine step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Warp {
    pub crop: Crop,
    pub mirror_x: bool,
    pub mirror_y: bool,
    /// Radians, clockwise.
    pub angle: f32,
    /// Shares of the width and of the height.
    pub shift: (f32, f32),
    pub scale: f32,
    /// Radians along the columns' and the rows' axis.
    pub shear: (f32, f32),
}

/// From a pixel of the result to where it comes from: `from = matrix (to - centre - shift) + from_centre`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backward {
    /// Row by row.
    pub matrix: [f32; 4],
    pub centre: (f32, f32),
    pub shift: (f32, f32),
    pub from_centre: (f32, f32),
}

impl Warp {
    pub(super) const STILL: Self = Self {
        crop: Crop::WHOLE,
        mirror_x: false,
        mirror_y: false,
        angle: 0.0,
        shift: (0.0, 0.0),
        scale: 1.0,
        shear: (0.0, 0.0),
    };

    pub(super) fn moves(&self) -> bool {
        *self != Self::STILL
    }

    /// Rotation, scale and shear are torchvision's `affine` (its RSS matrix, inverted), about the picture's centre.
    pub(super) fn backward(&self, shape: Shape) -> Backward {
        let (w, h) = (shape.width as f32, shape.height as f32);
        let (shear_x, shear_y) = self.shear;
        let (turned, upright) = (self.angle - shear_y, shear_y.cos());
        let a = turned.cos() / upright;
        let b = -(turned.cos() * shear_x.tan() / upright) - self.angle.sin();
        let c = turned.sin() / upright;
        let d = -(turned.sin() * shear_x.tan() / upright) + self.angle.cos();
        let sign = |mirrored: bool| if mirrored { -1.0 } else { 1.0 };
        let along = sign(self.mirror_x) * self.crop.width / self.scale;
        let down = sign(self.mirror_y) * self.crop.height / self.scale;
        Backward {
            matrix: [d * along, -b * along, -c * down, a * down],
            centre: ((w - 1.0) / 2.0, (h - 1.0) / 2.0),
            shift: (self.shift.0 * w, self.shift.1 * h),
            from_centre: (
                (self.crop.left + self.crop.width / 2.0) * w - 0.5,
                (self.crop.top + self.crop.height / 2.0) * h - 0.5,
            ),
        }
    }

    /// Bilinear, black from outside.
    pub(super) fn apply(&self, planes: &[f32], shape: Shape) -> Vec<f32> {
        let (w, h) = (shape.width, shape.height);
        let size = w * h;
        if (Self { mirror_x: false, mirror_y: false, ..*self }) == Self::STILL {
            return self.mirrored(planes, shape);
        }
        let Backward { matrix: [xx, xy, yx, yy], centre, shift, from_centre } = self.backward(shape);
        let mut out = vec![0.0; planes.len()];
        for row in 0..h {
            let y = row as f32 - centre.1 - shift.1;
            for column in 0..w {
                let x = column as f32 - centre.0 - shift.0;
                let (from_x, from_y) = (xx * x + xy * y + from_centre.0, yx * x + yy * y + from_centre.1);
                let Some(taps) = Taps::at(from_x, from_y, w, h) else { continue };
                for (plane, target) in planes.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
                    target[row * w + column] = taps.read(plane);
                }
            }
        }
        out
    }

    /// What [`Self::apply`] does where nothing but mirrors is drawn, without interpolating.
    fn mirrored(&self, planes: &[f32], shape: Shape) -> Vec<f32> {
        let (w, h) = (shape.width, shape.height);
        let mut out = planes.to_vec();
        for plane in out.chunks_exact_mut(w * h) {
            if self.mirror_x {
                plane.chunks_exact_mut(w).for_each(<[f32]>::reverse);
            }
            if self.mirror_y {
                let (upper, lower) = plane.split_at_mut(h / 2 * w);
                let below = lower.chunks_exact_mut(w).rev();
                upper.chunks_exact_mut(w).zip(below).for_each(|(above, below)| above.swap_with_slice(below));
            }
        }
        out
    }
}

/// The four neighbours of a place and their shares; those outside the picture have none.
struct Taps {
    at: [usize; 4],
    share: [f32; 4],
}

impl Taps {
    fn at(x: f32, y: f32, w: usize, h: usize) -> Option<Self> {
        if !(x > -1.0 && y > -1.0 && x < w as f32 && y < h as f32) {
            return None;
        }
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        // Within the picture, which is nearly everywhere, all four are there.
        if x0 >= 0.0 && y0 >= 0.0 && x0 + 1.0 < w as f32 && y0 + 1.0 < h as f32 {
            let first = y0 as usize * w + x0 as usize;
            let share = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
            return Some(Self { at: [first, first + 1, first + w, first + w + 1], share });
        }
        let mut taps = Self { at: [0; 4], share: [0.0; 4] };
        let corners =
            [(0.0, 0.0, 1.0 - fx, 1.0 - fy), (1.0, 0.0, fx, 1.0 - fy), (0.0, 1.0, 1.0 - fx, fy), (1.0, 1.0, fx, fy)];
        for ((dx, dy, along, down), (at, share)) in corners.into_iter().zip(taps.at.iter_mut().zip(&mut taps.share)) {
            let (px, py) = (x0 + dx, y0 + dy);
            if px >= 0.0 && py >= 0.0 && px < w as f32 && py < h as f32 {
                *at = py as usize * w + px as usize;
                *share = along * down;
            }
        }
        Some(taps)
    }

    fn read(&self, plane: &[f32]) -> f32 {
        self.at.iter().zip(&self.share).map(|(&at, share)| plane[at] * share).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Warp = Warp::STILL;
    const SHAPE: Shape = Shape { width: 3, height: 2 };
    const PLANES: [f32; 12] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];

    #[test]
    fn mirrors_turns_and_shifts_put_pixels_where_they_belong() {
        let warped = |change: Warp| change.apply(&PLANES, SHAPE);
        assert_eq!(warped(STILL), PLANES);
        let mirrored = warped(Warp { mirror_x: true, ..STILL });
        assert_eq!(mirrored, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0, 12.0, 11.0, 10.0]);
        let upside_down = warped(Warp { mirror_y: true, ..STILL });
        assert_eq!(upside_down[..6], [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
        let odd: Vec<f32> = (1..=9).map(|v| v as f32).collect();
        let both = Warp { mirror_x: true, mirror_y: true, ..STILL };
        assert_eq!(both.apply(&odd, Shape { width: 3, height: 3 }), [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        let half_turn = warped(Warp { angle: std::f32::consts::PI, ..STILL });
        for (value, expected) in half_turn.iter().zip([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) {
            assert!((value - expected).abs() < 1e-4);
        }
        let right = warped(Warp { shift: (1.0 / 3.0, 0.0), ..STILL });
        for (value, expected) in right.iter().zip([0.0, 1.0, 2.0, 0.0, 4.0, 5.0]) {
            assert!((value - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn scale_enlarges_about_the_centre_and_a_crop_about_its_own() {
        let line: Vec<f32> = (0..9).map(|v| v as f32).collect();
        let shape = Shape { width: 9, height: 1 };
        let out = Warp { scale: 2.0, ..STILL }.apply(&line, shape);
        assert_eq!(out, [2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]);
        let line: Vec<f32> = (0..8).map(|v| v as f32).collect();
        let crop = Crop { left: 0.5, width: 0.5, ..Crop::WHOLE };
        let out = Warp { crop, ..STILL }.apply(&line, Shape { width: 8, height: 1 });
        assert_eq!(out[2..7], [4.75, 5.25, 5.75, 6.25, 6.75]);
    }
}
