//! What an X-ray unit makes of attenuation: exposure, scatter, collimation, side marker, grain.

use super::draw::Draw;
use super::raster::{Plane, smoothstep};

/// The letters L and R, five columns by seven rows, one bit a pixel, highest bit left.
const LETTERS: [[u8; 7]; 2] = [
    [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
    [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
];

/// What a marker says.
#[derive(Clone, Copy)]
pub enum Side {
    /// Which half of the patient it lies beside: seen from the front the patient's right is at the picture's left.
    Trunk,
    /// Which limb it is; of one that does not show it (`None`) either.
    Limb(Option<Letter>),
}

/// The letter of a marker.
#[derive(Clone, Copy)]
pub enum Letter {
    L,
    R,
}

/// A marker's place: its top left pixel, the pixels a bit takes, and the letter.
struct Marker {
    left: f64,
    top: f64,
    scale: f64,
    letter: [u8; 7],
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
    pub fn drawn((width, height): (usize, usize), tight: bool, side: Side, draw: &mut Draw) -> Self {
        let deepest = if tight { 0.035 } else { 0.08 };
        let mut edge = |side: usize| if draw.chance(0.6) { draw.between(0.01, deepest) * side as f64 } else { -9.0 };
        let collimated = [edge(width), edge(height), edge(width), edge(height)];
        let marker = draw.chance(0.75).then(|| {
            let scale = draw.between(1.7, 2.6);
            let (w, h) = (width as f64, height as f64);
            let (near_x, near_y) = (draw.between(0.09, 0.14) * w, draw.between(0.08, 0.16) * h);
            let (right, bottom) = (draw.chance(0.5), draw.chance(0.4));
            let either = if draw.below(LETTERS.len()) == 0 { Letter::L } else { Letter::R };
            // Once one in so many lay face down; what is drawn after it stays as it was.
            let _ = draw.chance(0.15);
            let letter = match side {
                Side::Trunk if right => Letter::L,
                Side::Trunk => Letter::R,
                Side::Limb(limb) => limb.unwrap_or(either),
            };
            Marker {
                left: if right { w - near_x - 5.0 * scale } else { near_x },
                top: if bottom { h - near_y - 7.0 * scale } else { near_y },
                scale,
                letter: LETTERS[letter as usize],
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
        let set = self.letter.get(row as usize).is_some_and(|line| line >> (4 - column as usize) & 1 == 1);
        if set { self.brightness } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letter as it is seen, from the left: an L has its stroke there and an R is closed at the top.
    fn seen(marker: &Marker) -> char {
        let lit = |column: f64, row: f64| {
            marker.at(marker.left + (column + 0.5) * marker.scale, marker.top + (row + 0.5) * marker.scale) > 0.0
        };
        match (lit(0.0, 0.0), lit(1.0, 0.0), lit(4.0, 6.0), lit(0.0, 6.0)) {
            (true, false, true, true) => 'L',
            (true, true, true, true) => 'R',
            other => panic!("{other:?} is no letter"),
        }
    }

    #[test]
    fn a_marker_beside_the_trunk_names_the_half_it_lies_on_and_no_letter_is_mirrored() {
        let (mut left, mut right) = (0, 0);
        for index in 0..60 {
            let of = |side| Film::drawn((400, 300), true, side, &mut Draw::new("test", "marker", 1, index));
            let Some(marker) = of(Side::Trunk).marker else { continue };
            let wanted = if marker.left > 200.0 { 'L' } else { 'R' };
            assert_eq!(seen(&marker), wanted, "{index}");
            if wanted == 'L' {
                right += 1
            } else {
                left += 1
            }
            for (letter, name) in [(Letter::L, 'L'), (Letter::R, 'R')] {
                assert_eq!(of(Side::Limb(Some(letter))).marker.as_ref().map(seen), Some(name));
            }
        }
        assert!(left > 10 && right > 10);
    }
}
