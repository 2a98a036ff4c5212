//! Both rear feet from behind, as a photo would show them: calves, Achilles tendons, heels.
//!
//! The class is the angle between the leg's axis and the heel's: heels that lean outwards (eversion) for pronation,
//! upright for neutral, inwards (inversion) for supination. Both feet are pictured, so that a mirrored picture has the
//! same class.

use super::Made;
use super::draw::Draw;
use super::raster::{Noise, Plane, bell, chord, smoothstep};

/// Middle and half range of the heel's angle in degrees, by class; positive leans outwards.
const ANGLE: [(f64, f64); 3] = [(10.5, 4.0), (2.0, 2.6), (-7.5, 4.0)];

/// One leg and its foot; lengths are in units of 1/170 of the picture's height, y up from the ground.
struct Foot {
    /// Where the leg stands, and which way is outwards (-1 or 1).
    at: f64,
    outwards: f64,
    /// Leans of the leg and of the heel from upright, radians, positive outwards.
    leg: f64,
    heel: f64,
    size: f64,
    ankle: f64,
    /// How far the toes show at the outer side.
    toes: f64,
}

struct Scene {
    width: usize,
    height: usize,
    scale: f64,
    ground: f64,
    tilt: f64,
    feet: [Foot; 2],
    skin: f64,
    wall: f64,
    floor: f64,
    light: f64,
    grain: f64,
    texture: Noise,
}

/// Makes one picture of a class. `build` is the person's, `view` the picture's.
pub(super) fn make(class: usize, build: &mut Draw, view: &mut Draw) -> Made {
    let scene = Scene::drawn(class, build, view);
    let clean = Plane::of(scene.width, scene.height, |x, y| scene.brightness(x, y)).blurred(0.7);
    let shown = |value: &f32| {
        let noisy = f64::from(*value) + scene.grain * view.normal();
        (noisy.clamp(0.0, 0.99) * 255.0).round() as u8
    };
    let gray = clean.values.iter().map(shown).collect();
    Made { width: scene.width, height: scene.height, gray, finding: None }
}

impl Scene {
    fn drawn(class: usize, build: &mut Draw, view: &mut Draw) -> Self {
        let (width, height) = (200 + view.below(41), 150 + view.below(31));
        let (middle, range) = ANGLE.get(class).copied().unwrap_or_default();
        let stance = view.between(29.0, 37.0);
        let (size, ankle, bow) = (build.between(0.9, 1.1), build.between(11.0, 13.5), build.either_way(3.0));
        let mut foot = |outwards: f64| {
            let leg = (bow + view.either_way(3.0)).to_radians();
            let heel = leg + (middle + view.either_way(range)).to_radians();
            let toes = (0.5 + middle / 14.0 + view.either_way(0.8)).max(0.0);
            Foot { at: outwards * stance, outwards, leg, heel, size, ankle, toes }
        };
        let feet = [foot(-1.0), foot(1.0)];
        let skin = build.between(0.36, 0.78);
        Self {
            width,
            height,
            scale: height as f64 / 170.0 * view.between(0.92, 1.08),
            ground: height as f64 * view.between(0.84, 0.9),
            tilt: view.either_way(0.05),
            feet,
            skin,
            // Walls and floors differ from skin at least a little, or nothing could be seen.
            wall: if skin > 0.57 { view.between(0.1, 0.42) } else { view.between(0.62, 0.92) },
            floor: view.between(0.25, 0.6),
            light: view.either_way(0.3),
            grain: view.between(0.012, 0.035),
            texture: Noise::new(view),
        }
    }

    fn brightness(&self, px: f64, py: f64) -> f64 {
        let (dx, dy) = ((px - self.width as f64 / 2.0) / self.scale, (self.ground - py) / self.scale);
        let (x, y) = (dx + dy * self.tilt, dy - dx * self.tilt);
        let vignette =
            1.0 - 0.12 * ((px / self.width as f64 - 0.5).powi(2) + (py / self.height as f64 - 0.5).powi(2)) * 2.0;
        let mut value = self.behind(x, y);
        for foot in &self.feet {
            let (cover, shade) = foot.look(x, y, self.light, &self.texture);
            value += (self.skin * shade - value) * cover;
        }
        value * vignette
    }

    /// Wall, floor and the shadows of the feet.
    fn behind(&self, x: f64, y: f64) -> f64 {
        let edge = smoothstep(7.0, 9.0, y);
        let floor = self.floor * (1.0 + 0.1 * self.texture.fine(x * 0.05, y * 0.2)) * (1.0 + 0.004 * y);
        let wall =
            self.wall * (1.0 + 0.06 * self.texture.at(x * 0.02, y * 0.02) + 0.0008 * y - 0.3 * self.light * x / 120.0);
        let shadow = |foot: &Foot| 0.5 * bell((x - foot.at - self.light * 22.0).hypot(2.4 * (y + 1.0)), 15.0);
        let lost: f64 = self.feet.iter().map(shadow).sum();
        (floor + (wall - floor) * edge) * (1.0 - lost.min(0.7))
    }
}

impl Foot {
    /// How much of a place is skin (0 to 1), and how bright it is there.
    fn look(&self, x: f64, y: f64, light: f64, texture: &Noise) -> (f64, f64) {
        // Above the ankle the axis leans with the leg, below it with the heel.
        let joint = 38.0 * self.size;
        let lean = if y > joint { self.leg.tan() * (y - joint) } else { -self.heel.tan() * (joint - y) };
        let out = self.outwards * (x - self.at) - lean;
        let half = self.half(y, out);
        let t = out / half;
        let ground = smoothstep(-0.8, 0.8, y - 2.5 * t * t);
        let cover = smoothstep(-0.8, 0.8, half - out.abs()) * ground;
        let toes = self.toes_cover(x, y);
        if cover <= 0.0 && toes <= 0.0 {
            return (0.0, 0.0);
        }
        let round = 0.55 + 0.45 * chord(t * 0.97);
        let side = 1.0 + 0.9 * light * self.outwards * t;
        // The tendon stands out between two grooves, and runs into the heel.
        let calf = smoothstep(20.0, 34.0, y / self.size) * (1.0 - smoothstep(95.0, 130.0, y / self.size));
        let tendon = 0.1 * bell(out, 2.6) - 0.13 * (bell(out - 6.3, 2.1) + bell(out + 6.3, 2.1));
        let ankle = 0.1
            * (bell((out - half + 3.0).hypot(y - joint + 3.0), 4.0)
                + bell((out + half - 3.0).hypot(y - joint - 3.0), 4.0));
        let wrinkles = 0.05 * bell(y - 27.0 * self.size, 5.0) * (y * 1.7 + 0.6 * texture.at(x * 0.1, 2.0)).sin();
        let pressed = 0.1 * (1.0 - smoothstep(0.0, 9.0, y));
        let skin = 1.0 + 0.05 * texture.fine(x * 0.15, y * 0.15);
        let shade = (round * side + calf * tendon + ankle + wrinkles + pressed) * skin;
        let shade = if cover >= toes { shade } else { 0.85 * skin };
        (cover.max(toes), shade.max(0.1))
    }

    /// Half the width at a height: heel pad, the narrow part above it, ankles, calf.
    fn half(&self, y: f64, out: f64) -> f64 {
        let y = y / self.size;
        let heel = 17.5 * chord((y - 11.0).min(0.0) / 16.5);
        let narrow = heel + (self.ankle - 17.5) * smoothstep(14.0, 44.0, y);
        // The outer ankle lies lower than the inner one.
        let malleolus = if out > 0.0 { 3.2 * bell(y - 34.0, 5.0) } else { 3.0 * bell(y - 40.0, 5.0) };
        let calf = 15.0 * smoothstep(60.0, 150.0, y);
        self.size * (narrow + malleolus + calf)
    }

    fn toes_cover(&self, x: f64, y: f64) -> f64 {
        let out = self.outwards * (x - self.at) + self.heel.tan() * 30.0 - 15.0 * self.size;
        let one = |index: f64| {
            let strength = smoothstep(0.0, 0.7, self.toes - index * 0.45);
            let r = ((out - 3.5 - 4.3 * index * strength) / 3.6).hypot((y - 4.0) / 3.9);
            strength * (1.0 - smoothstep(0.85, 1.1, r))
        };
        one(0.0).max(one(1.0)).max(one(2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heels_lean_as_their_class_says_and_neighbours_nearly_meet() {
        let mut ranges = [(f64::MAX, f64::MIN); 3];
        for (class, range) in ranges.iter_mut().enumerate() {
            for index in 0..60 {
                let scene = Scene::drawn(
                    class,
                    &mut Draw::new("test", "build", 1, index),
                    &mut Draw::new("test", "view", 1, index),
                );
                for foot in scene.feet {
                    let angle = (foot.heel - foot.leg).to_degrees();
                    *range = (range.0.min(angle), range.1.max(angle));
                }
            }
        }
        let [pronation, neutral, supination] = ranges;
        assert!(pronation.0 > neutral.1 && neutral.0 > supination.1, "{ranges:?}");
        assert!(pronation.0 - neutral.1 < 3.5 && neutral.0 - supination.1 < 4.5, "{ranges:?}");
    }
}
