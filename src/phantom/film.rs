//! What an X-ray unit makes of attenuation: exposure, scatter, collimation, side marker, grain.

use super::draw::Draw;
use super::raster::{Plane, smoothstep};

/// The letters L and R, five columns by seven rows, one bit a pixel, highest bit left.
const LETTERS: [[u8; 7]; 2] = [
    [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
    [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
];

/// A marker's place: its top left pixel, the pixels a bit takes, the letter and whether it was laid face down.
struct Marker {
    left: f64,
    top: f64,
    scale: f64,
    letter: [u8; 7],
    mirrored: bool,
    brightness: f64,
}

/// How one picture is exposed.
pub struct Film {
    gain: f64,
    gamma: f64,
    veil: f64,
    grain: f64,
    blur: f64,
    heel: f64,
    collimated: [f64; 4],
    collimator_angle: f64,
    marker: Option<Marker>,
}

impl Film {
    /// Draws the settings. `tight` keeps the collimator close to the edges, for pictures that are filled.
    pub fn drawn(width: usize, height: usize, tight: bool, draw: &mut Draw) -> Self {
        let deepest = if tight { 0.035 } else { 0.08 };
        let mut edge = |side: usize| if draw.chance(0.6) { draw.between(0.01, deepest) * side as f64 } else { -9.0 };
        let collimated = [edge(width), edge(height), edge(width), edge(height)];
        let marker = draw.chance(0.75).then(|| {
            let scale = draw.between(1.7, 2.6);
            let (w, h) = (width as f64, height as f64);
            let (near_x, near_y) = (draw.between(0.09, 0.14) * w, draw.between(0.08, 0.16) * h);
            let (right, bottom) = (draw.chance(0.5), draw.chance(0.4));
            Marker {
                left: if right { w - near_x - 5.0 * scale } else { near_x },
                top: if bottom { h - near_y - 7.0 * scale } else { near_y },
                scale,
                letter: LETTERS[draw.below(LETTERS.len())],
                mirrored: draw.chance(0.15),
                brightness: draw.between(0.75, 0.95),
            }
        });
        Self {
            gain: draw.between(0.85, 1.12),
            gamma: draw.between(0.85, 1.25),
            veil: draw.between(0.01, 0.07),
            grain: draw.between(0.012, 0.035),
            blur: draw.between(0.55, 0.85),
            heel: draw.either_way(0.12),
            collimated,
            collimator_angle: draw.either_way(0.02),
            marker,
        }
    }

    /// The film of attenuations (0 air, about 0.5 soft tissue, 1 to 1.5 bone), bright where much is absorbed.
    pub fn expose(&self, attenuation: &Plane, draw: &mut Draw) -> Vec<u8> {
        let (width, height) = (attenuation.width, attenuation.height);
        let blurred = attenuation.blurred(self.blur);
        let grain = Plane::of(width, height, |_, _| draw.normal()).blurred(0.5);
        let mut gray = Vec::with_capacity(width * height);
        for (index, (&a, &noise)) in blurred.values.iter().zip(&grain.values).enumerate() {
            let (x, y) = ((index % width) as f64 + 0.5, (index / width) as f64 + 0.5);
            let absorbed = 1.0 - (-1.25 * self.gain * f64::from(a)).exp();
            let tilted = absorbed * (1.0 + self.heel * (y / height as f64 - 0.5));
            let mut value = self.veil + (1.0 - self.veil) * tilted.clamp(0.0, 1.0).powf(self.gamma) * 0.97;
            value += f64::from(noise) * self.grain * 1.7 * (1.15 - value);
            let open = self.open(x, y, width, height);
            value = value * open + 0.02 * (1.0 - open);
            if let Some(marker) = &self.marker {
                value = value.max(marker.at(x, y));
            }
            gray.push((value.clamp(0.0, 1.0) * 255.0).round() as u8);
        }
        gray
    }

    /// 1 in the beam, 0 behind the collimator's leaves.
    fn open(&self, x: f64, y: f64, width: usize, height: usize) -> f64 {
        let (cx, cy) = (width as f64 / 2.0, height as f64 / 2.0);
        let (tx, ty) = (x + (y - cy) * self.collimator_angle, y - (x - cx) * self.collimator_angle);
        let [left, top, right, bottom] = self.collimated;
        let depths = [tx - left, ty - top, width as f64 - right - tx, height as f64 - bottom - ty];
        depths.into_iter().map(|depth| smoothstep(-1.0, 1.0, depth)).product()
    }
}

impl Marker {
    fn at(&self, x: f64, y: f64) -> f64 {
        let (column, row) = (((x - self.left) / self.scale).floor(), ((y - self.top) / self.scale).floor());
        if !(0.0..5.0).contains(&column) || !(0.0..7.0).contains(&row) {
            return 0.0;
        }
        let bit = if self.mirrored { column as usize } else { 4 - column as usize };
        let set = self.letter.get(row as usize).is_some_and(|line| line >> bit & 1 == 1);
        if set { self.brightness } else { 0.0 }
    }
}
