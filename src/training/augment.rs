//! Random changes of training images: one affine warp, then brightness and contrast.

use super::seeds::{Purpose, generator};
use crate::domain::recipe::Augmentation;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Size of planar pixels: channel after channel, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub width: usize,
    pub height: usize,
}

/// The change drawn for one copy of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    mirror_x: bool,
    mirror_y: bool,
    /// Radians.
    angle: f32,
    /// Shares of the width and of the height.
    shift: (f32, f32),
    scale: f32,
    brightness: f32,
    contrast: f32,
}

/// Changes 0..1 planes as drawn for copy `copy` of image `index` in `epoch`: the same whichever thread does it.
pub(super) fn augment(
    planes: Vec<f32>,
    shape: Shape,
    settings: &Augmentation,
    seed: u64,
    epoch: usize,
    (index, copy): (usize, usize),
) -> Vec<f32> {
    if *settings == Augmentation::default() {
        return planes;
    }
    let change = Change::draw(settings, &mut generator(seed, Purpose::Augmentation, epoch, index, copy));
    let mut planes = if change.moves() { change.warp(&planes, shape) } else { planes };
    change.tone(&mut planes);
    planes
}

impl Change {
    /// Everything is drawn whether it is used or not, so that switching one setting on leaves the others' draws as
    /// they were.
    fn draw(settings: &Augmentation, rng: &mut ChaCha8Rng) -> Self {
        let mut within = |most: f64| (rng.random_range(-1.0f64..=1.0) * most) as f32;
        let angle = within(settings.rotation.to_radians());
        let shift = (within(settings.shift), within(settings.shift));
        let scale = 1.0 + within(settings.scale);
        let (brightness, contrast) = (within(settings.brightness), 1.0 + within(settings.contrast));
        let (mirror_x, mirror_y): (bool, bool) = (rng.random(), rng.random());
        Self {
            mirror_x: mirror_x && settings.horizontal_flip,
            mirror_y: mirror_y && settings.vertical_flip,
            angle,
            shift,
            scale,
            brightness,
            contrast,
        }
    }

    fn moves(&self) -> bool {
        self.mirror_x || self.mirror_y || self.angle != 0.0 || self.shift != (0.0, 0.0) || self.scale != 1.0
    }

    /// Bilinear, about the picture's centre, black from outside.
    fn warp(&self, planes: &[f32], shape: Shape) -> Vec<f32> {
        let (w, h) = (shape.width, shape.height);
        let size = w * h;
        if size == 0 {
            return planes.to_vec();
        }
        let (cx, cy) = ((w as f32 - 1.0) / 2.0, (h as f32 - 1.0) / 2.0);
        let (sin, cos) = (self.angle.sin() / self.scale, self.angle.cos() / self.scale);
        let sign = |mirrored: bool| if mirrored { -1.0 } else { 1.0 };
        let (sx, sy) = (sign(self.mirror_x), sign(self.mirror_y));
        let mut out = vec![0.0; planes.len()];
        for row in 0..h {
            let y = row as f32 - cy - self.shift.1 * h as f32;
            for column in 0..w {
                let x = column as f32 - cx - self.shift.0 * w as f32;
                // Where this pixel comes from: back through shift, rotation and scale, then the mirror.
                let from_x = sx * (cos * x + sin * y) + cx;
                let from_y = sy * (cos * y - sin * x) + cy;
                let Some(taps) = Taps::at(from_x, from_y, w, h) else { continue };
                for (plane, target) in planes.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
                    target[row * w + column] = taps.read(plane);
                }
            }
        }
        out
    }

    fn tone(&self, planes: &mut [f32]) {
        if (self.brightness, self.contrast) == (0.0, 1.0) || planes.is_empty() {
            return;
        }
        let mean = (planes.iter().map(|v| f64::from(*v)).sum::<f64>() / planes.len() as f64) as f32;
        for value in planes {
            *value = ((*value - mean) * self.contrast + mean + self.brightness).clamp(0.0, 1.0);
        }
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

    const STILL: Change = Change {
        mirror_x: false,
        mirror_y: false,
        angle: 0.0,
        shift: (0.0, 0.0),
        scale: 1.0,
        brightness: 0.0,
        contrast: 1.0,
    };
    const SHAPE: Shape = Shape { width: 3, height: 2 };
    const PLANES: [f32; 12] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];

    #[test]
    fn mirrors_turns_and_shifts_put_pixels_where_they_belong() {
        let warped = |change: Change| change.warp(&PLANES, SHAPE);
        assert_eq!(warped(STILL), PLANES);
        let mirrored = warped(Change { mirror_x: true, ..STILL });
        assert_eq!(mirrored, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0, 12.0, 11.0, 10.0]);
        let upside_down = warped(Change { mirror_y: true, ..STILL });
        assert_eq!(upside_down[..6], [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
        let half_turn = warped(Change { angle: std::f32::consts::PI, ..STILL });
        for (value, expected) in half_turn.iter().zip([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) {
            assert!((value - expected).abs() < 1e-4);
        }
        let right = warped(Change { shift: (1.0 / 3.0, 0.0), ..STILL });
        for (value, expected) in right.iter().zip([0.0, 1.0, 2.0, 0.0, 4.0, 5.0]) {
            assert!((value - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn scale_enlarges_about_the_centre() {
        let line: Vec<f32> = (0..9).map(|v| v as f32).collect();
        let out = Change { scale: 2.0, ..STILL }.warp(&line, Shape { width: 9, height: 1 });
        assert_eq!(out, [2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]);
    }

    #[test]
    fn tone_stays_between_black_and_white() {
        let mut planes = vec![0.0, 0.5, 1.0];
        Change { brightness: 0.25, contrast: 0.5, ..STILL }.tone(&mut planes);
        assert_eq!(planes, [0.5, 0.75, 1.0]);
    }

    #[test]
    fn draws_belong_to_seed_epoch_image_and_copy() {
        let settings =
            Augmentation { rotation: 20.0, brightness: 0.2, horizontal_flip: true, ..Augmentation::default() };
        let shape = Shape { width: 16, height: 16 };
        let picture: Vec<f32> = (0..256).map(|v| v as f32 / 256.0).collect();
        let made = |seed, epoch, image| augment(picture.clone(), shape, &settings, seed, epoch, image);
        assert_eq!(made(1, 2, (3, 0)), made(1, 2, (3, 0)));
        for other in [made(2, 2, (3, 0)), made(1, 3, (3, 0)), made(1, 2, (4, 0)), made(1, 2, (3, 1))] {
            assert_ne!(made(1, 2, (3, 0)), other);
        }
        assert_eq!(augment(picture.clone(), shape, &Augmentation::default(), 1, 2, (3, 0)), picture);
    }
}
