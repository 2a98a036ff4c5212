//! A knee from the front: two bones, the gap between them, and what osteoarthritis does to it.
//!
//! The grades follow Kellgren and Lawrence 1957: 0 nothing, 1 doubtful lipping, 2 definite osteophytes and possible
//! narrowing, 3 several osteophytes, definite narrowing, some sclerosis, 4 large osteophytes, marked narrowing, severe
//! sclerosis, deformity. Each finding is drawn around what its grade asks for, so that neighbouring grades overlap.

use super::Made;
use super::draw::Draw;
use super::film::{Film, Letter, Side};
use super::raster::{Noise, Plane, bell, chord, smoothstep};

/// Findings by grade: joint space of the worse compartment as a share of the normal one, size of osteophytes in units,
/// strength of sclerosis.
const SPACE: [f64; 5] = [1.0, 0.9, 0.74, 0.44, 0.08];
const OSTEOPHYTE: [f64; 5] = [0.0, 1.6, 4.6, 7.0, 10.0];
const SCLEROSIS: [f64; 5] = [0.0, 0.03, 0.12, 0.36, 0.7];

/// Lengths are in units of 1/200 of the picture's width; x runs to the side of the inner compartment, y down from the
/// middle of the joint.
struct Scene {
    width: usize,
    height: usize,
    origin: (f64, f64),
    /// Sine and cosine of the leg's angle.
    turn: (f64, f64),
    scale: f64,
    /// -1 where the inner compartment lies at the picture's left.
    side: f64,
    /// Half widths: the condyles, the shafts.
    condyles: f64,
    femur_shaft: f64,
    tibia_shaft: f64,
    /// Width of the gap in the inner and the outer compartment.
    space: [f64; 2],
    /// Lipping at the inner and outer corners of femur and tibia.
    femur_lips: [f64; 2],
    tibia_lips: [f64; 2],
    sclerosis: [f64; 2],
    notch: f64,
    spines: f64,
    roughness: f64,
    patella: (f64, f64),
    fibula: f64,
    flesh: f64,
    texture: Noise,
}

/// Makes one picture of a grade. `build` is the patient's, `view` the picture's.
pub(super) fn make(grade: usize, build: &mut Draw, view: &mut Draw) -> Made {
    let scene = Scene::drawn(grade, build, view);
    let film = Film::drawn((scene.width, scene.height), true, Side::Limb(Some(scene.letter())), view);
    let attenuation = Plane::of(scene.width, scene.height, |x, y| scene.attenuation(x, y));
    let gray = film.expose(&attenuation, view);
    Made { width: scene.width, height: scene.height, gray, finding: None }
}

fn by_grade(table: [f64; 5], grade: usize) -> f64 {
    table.get(grade).copied().unwrap_or_default()
}

impl Scene {
    fn drawn(grade: usize, build: &mut Draw, view: &mut Draw) -> Self {
        let (width, height) = (184 + view.below(41), 166 + view.below(15));
        let normal = build.between(10.0, 12.5);
        // The inner compartment wears first in most knees.
        let worse = usize::from(view.chance(0.2));
        let narrowing = (1.0 - by_grade(SPACE, grade) + 0.055 * view.normal()).clamp(-0.12, 0.97);
        let mut space = [normal * (1.0 - 0.2 * narrowing), normal * (1.0 - 0.2 * narrowing)];
        space[worse] = normal * (1.0 - narrowing);
        let hard = (by_grade(SCLEROSIS, grade) * view.between(0.65, 1.35)).max(0.0);
        let mut sclerosis = [hard * 0.3, hard * 0.3];
        sclerosis[worse] = hard;
        let mut lip = || (by_grade(OSTEOPHYTE, grade) * view.between(0.55, 1.35) + 0.5 * view.normal()).max(0.0);
        let (femur_lips, tibia_lips) = ([lip(), lip() * 0.8], [lip(), lip()]);
        Self {
            width,
            height,
            origin: (width as f64 * (0.5 + view.either_way(0.03)), height as f64 * (0.52 + view.either_way(0.04))),
            // A worn compartment lets the knee lean to its side.
            turn: (view.either_way(0.05) + if grade == 4 { view.between(-0.02, 0.06) } else { 0.0 }).sin_cos(),
            scale: width as f64 / 200.0 * view.between(0.95, 1.1),
            side: view.sign(),
            condyles: build.between(70.0, 76.0),
            femur_shaft: build.between(36.0, 42.0),
            tibia_shaft: build.between(34.0, 39.0),
            space,
            femur_lips,
            tibia_lips,
            sclerosis,
            notch: build.between(15.0, 21.0),
            spines: build.between(7.0, 10.0),
            roughness: 0.3 + 0.25 * grade as f64,
            patella: (build.either_way(6.0), build.between(-62.0, -50.0)),
            fibula: build.between(0.75, 1.1),
            flesh: build.between(92.0, 108.0),
            texture: Noise::new(view),
        }
    }

    /// Which knee it is, seen from the front: the fibula is at the outer side, of a right one at the picture's left.
    fn letter(&self) -> Letter {
        if self.side > 0.0 { Letter::R } else { Letter::L }
    }

    /// The value of a finding at a place: `[0]` in the inner compartment, `[1]` in the outer, blended in the middle.
    fn across([inner, outer]: [f64; 2], x: f64) -> f64 {
        outer + (inner - outer) * smoothstep(-12.0, 12.0, x)
    }

    /// The femur's lower outline: two round condyles and the notch between.
    fn femur_end(&self, x: f64) -> f64 {
        let condyle = |centre: f64, half: f64| {
            let t = (x - centre) / half;
            -17.0 * (1.0 - (1.0 - (t * t).min(1.0)).sqrt()) - 40.0 * (t.abs() - 1.0).max(0.0)
        };
        let lowest = condyle(37.0, 45.0).max(condyle(-37.0, 45.0));
        let notch = self.notch * bell(x, 8.5);
        lowest - notch - Self::across(self.space, x) / 2.0 + self.roughness * self.texture.at(x * 0.2, 3.3)
    }

    /// The tibia's upper outline: two shallow dishes and the two spines.
    fn tibia_top(&self, x: f64) -> f64 {
        let dish = 2.2 * bell(x.abs() - 36.0, 17.0);
        let spines = self.spines * (bell(x - 7.0, 3.8) + 0.85 * bell(x + 7.0, 3.6)) + 3.0 * bell(x, 12.0);
        let edge = 5.0 * smoothstep(56.0, 76.0, x.abs());
        Self::across(self.space, x) / 2.0 - 1.5 + dish - spines + edge + self.roughness * self.texture.at(x * 0.2, 9.7)
    }

    /// Half the femur's width at a height, lips included; `x` only tells the side.
    fn femur_half(&self, x: f64, y: f64) -> f64 {
        let spread = smoothstep(-100.0, -38.0, y);
        let corner = 14.0 * smoothstep(-26.0, 0.0, y).powi(2);
        let lip = self.femur_lips[usize::from(x < 0.0)] * bell(y + 10.0, 4.2);
        self.femur_shaft + (self.condyles - self.femur_shaft) * spread - corner + lip
    }

    fn tibia_half(&self, x: f64, y: f64) -> f64 {
        let taper = smoothstep(12.0, 88.0, y);
        let corner = 6.0 * (1.0 - smoothstep(0.0, 13.0, y)).powi(2);
        let lip = self.tibia_lips[usize::from(x < 0.0)] * bell(y - 7.5, 3.8);
        self.condyles - 1.0 + (self.tibia_shaft - self.condyles) * taper - corner + lip
    }

    fn attenuation(&self, px: f64, py: f64) -> f64 {
        let (dx, dy) = ((px - self.origin.0) / self.scale, (py - self.origin.1) / self.scale);
        let (sin, cos) = self.turn;
        let (x, y) = (self.side * (dx * cos + dy * sin), -dx * sin + dy * cos);
        let femur = self.bone(x, y, self.femur_half(x, y) - x.abs(), self.femur_end(x) - y);
        let tibia = self.bone(x, y, self.tibia_half(x, y) - x.abs(), y - self.tibia_top(x));
        let soft = 0.27 * chord(x / self.flesh).sqrt() * (1.0 + 0.06 * self.texture.at(x * 0.03, y * 0.03));
        soft + femur + tibia + self.fibula(x, y) + self.patella(x, y)
    }

    /// Attenuation of a bone at these depths behind its side and behind its joint surface (negative outside).
    fn bone(&self, x: f64, y: f64, from_side: f64, from_joint: f64) -> f64 {
        let inside = smoothstep(-0.7, 0.7, from_side) * smoothstep(-0.7, 0.7, from_joint);
        if inside <= 0.0 {
            return 0.0;
        }
        let depth = from_side.min(from_joint).max(0.0);
        let body = 0.42 * (1.0 - (-depth / 9.0).exp());
        let wall = 0.5 * (-from_side.max(0.0) / 1.9).exp() + 0.6 * (-from_joint.max(0.0) / 1.6).exp();
        // Fine struts, longer along the leg than across.
        let struts = 0.26 * self.texture.fine(x * 0.5, y * 0.2) + 0.08 * self.texture.at(x * 0.07 + 20.0, y * 0.07);
        let hard = Self::across(self.sclerosis, x) * bell(x.abs() - 40.0, 17.0);
        let sclerosis = hard * (-(from_joint.max(0.0) / 7.5).powi(2)).exp();
        inside * (body + wall + struts * smoothstep(1.0, 7.0, depth) + 0.8 * sclerosis)
    }

    /// The fibula's head behind the outer edge of the tibia.
    fn fibula(&self, x: f64, y: f64) -> f64 {
        let half = (10.0 - 3.5 * smoothstep(34.0, 60.0, y)) * self.fibula;
        let across = (x + 62.0 - 0.05 * y) / half;
        let top = smoothstep(26.0, 33.0, y - 4.0 * across * across);
        0.42 * top * (chord(across) - 0.45 * chord(across / 0.72))
    }

    /// The kneecap, in front of the femur: hardly more than a shade.
    fn patella(&self, x: f64, y: f64) -> f64 {
        let r = ((x - self.patella.0) / 31.0).hypot((y - self.patella.1) / 29.0);
        0.13 * chord(r) + 0.07 * bell((r - 0.97) * 30.0, 1.3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(grade: usize, index: u64) -> Scene {
        Scene::drawn(grade, &mut Draw::new("test", "build", 1, index), &mut Draw::new("test", "view", 1, index))
    }

    /// Smallest gap between the two outlines.
    fn gap(scene: &Scene) -> f64 {
        (-50..=50).map(|x| scene.tibia_top(f64::from(x)) - scene.femur_end(f64::from(x))).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_joint_space_narrows_and_the_lips_grow_with_the_grade() {
        let mean = |grade: usize, of: &dyn Fn(&Scene) -> f64| (0..40).map(|i| of(&scene(grade, i))).sum::<f64>() / 40.0;
        let gaps: Vec<f64> = (0..5).map(|grade| mean(grade, &gap)).collect();
        let lips: Vec<f64> = (0..5).map(|grade| mean(grade, &|s| s.tibia_lips[0] + s.tibia_lips[1])).collect();
        assert!(gaps.windows(2).all(|pair| pair[0] > pair[1]), "{gaps:?}");
        assert!(lips.windows(2).all(|pair| pair[0] < pair[1]), "{lips:?}");
        assert!(gaps[0] > 5.0 && gaps[4] < 2.5, "{gaps:?}");
    }
}
