//! Long bones of a limb, end to end or with a joint, with or without a fracture.
//!
//! Bones are tubes: a dense wall around a lighter marrow, so that their projection is brightest at the edges. A
//! fracture is a dark line across one bone whose far piece may be shifted and bent. Things that look a little like it
//! (vessel canals, growth plates, skin folds) are in both classes alike.

use super::Made;
use super::draw::Draw;
use super::film::{Film, Side};
use super::raster::{Noise, Plane, bell, chord, smoothstep};
use crate::domain::Rect;

/// Attenuation of one unit of bone, and of the thickest soft tissue.
const BONE: f64 = 0.042;
const SOFT: f64 = 0.3;
/// How far a shift and a bend can move a bone sideways.
const MOST_MOVED: f64 = 22.0;

/// A tube along the limb; the limb's axis is v (down), across it is u, one unit is about 1/150 of the picture's height.
#[derive(Clone)]
struct Bone {
    /// Where its axis crosses v = 0, how much it leans and how much it bows.
    at: f64,
    lean: f64,
    bow: f64,
    radius: f64,
    /// Marrow's share of the radius in the middle of the shaft.
    marrow: f64,
    /// How much wider the end at the joint is.
    flare: f64,
}

impl Bone {
    fn axis(&self, v: f64) -> f64 {
        self.at + self.lean * v + self.bow * (v / 110.0) * (v / 110.0)
    }

    /// 0 along the shaft, 1 where the bone is widest at the joint.
    fn end(v: f64, joint: f64) -> f64 {
        smoothstep(joint - 48.0, joint - 4.0, v)
    }

    /// Attenuation at a place, as if the bone went on for ever; `joint` is where it widens to.
    fn attenuation(&self, u: f64, v: f64, joint: f64, texture: f64) -> f64 {
        let end = Self::end(v, joint);
        let radius = self.radius * (1.0 + self.flare * end);
        let marrow = radius * (self.marrow + (0.93 - self.marrow) * end);
        let across = u - self.axis(v);
        if across.abs() >= radius {
            return 0.0;
        }
        let filling = 0.86 - 0.24 * end;
        let wall = 2.0 * radius * chord(across / radius) - filling * 2.0 * marrow * chord(across / marrow);
        // A wider end is no heavier: the same mineral is spread over more room.
        BONE * wall * (1.0 + texture * (0.07 + 0.3 * end)) / (1.0 + 0.55 * self.flare * end)
    }
}

/// The line and what it does to the far piece.
#[derive(Clone)]
struct Break {
    bone: usize,
    /// Where it crosses the bone's axis.
    v: f64,
    slope: f64,
    /// How much it curls (spiral) and how jagged it is.
    curl: f64,
    jag: f64,
    /// Standard deviation of the gap's profile, and how much of the bone is missing in it.
    gap: f64,
    depth: f64,
    /// Shift across and along, and bend of the far piece in radians.
    shift: f64,
    shortening: f64,
    bend: f64,
}

impl Break {
    /// Where the line lies at a distance from the bone's axis.
    fn line(&self, across: f64, radius: f64, noise: &Noise) -> f64 {
        let t = across / radius;
        let jag = self.jag * noise.fine(across * 0.35, self.v);
        self.v + self.slope * across + self.curl * radius * (1.6 * t).sin() * (1.0 - 0.4 * t * t) + jag
    }
}

/// Dark or bright lines that are no fractures.
struct Distractors {
    /// Bone, v, side (-1 or 1), length, depth.
    canal: Option<(usize, f64, f64, f64, f64)>,
    /// Distance of the growth plate from the joint, and its depth.
    plate: Option<(f64, f64)>,
    /// v, slope, curvature, depth (negative: bright) of folds of the skin.
    folds: Vec<(f64, f64, f64, f64)>,
}

/// Everything a picture is rendered from.
struct Scene {
    width: usize,
    height: usize,
    /// The limb's origin in the picture.
    origin: (f64, f64),
    /// Sine and cosine of the limb's angle.
    turn: (f64, f64),
    /// Pixels a unit.
    scale: f64,
    bones: Vec<Bone>,
    /// Where the bones end, if they do in this picture.
    joint: f64,
    /// Small bones beyond the joint: u, v, half width, half height.
    beyond: Vec<(f64, f64, f64, f64)>,
    /// Half the limb's width, where it is centred, and how it tapers.
    flesh: (f64, f64, f64),
    distractors: Distractors,
    texture: Noise,
    broken: Option<Break>,
}

/// Makes one picture. `build` is the patient's, `view` the picture's.
pub(super) fn make(fractured: bool, build: &mut Draw, view: &mut Draw) -> Made {
    let scene = Scene::drawn(fractured, build, view);
    let film = Film::drawn((scene.width, scene.height), false, Side::Limb(None), view);
    let attenuation = scene.attenuation();
    let gray = film.expose(&attenuation, view);
    Made { width: scene.width, height: scene.height, gray, finding: scene.finding() }
}

impl Scene {
    fn drawn(fractured: bool, build: &mut Draw, view: &mut Draw) -> Self {
        let (width, height) = (150 + view.below(41), 200 + view.below(41));
        let scale = height as f64 / 150.0 * view.between(0.94, 1.06);
        let (bones, flesh) = limb(build);
        let joint = if view.chance(0.5) { view.between(46.0, 66.0) } else { 400.0 };
        let gap = view.between(3.0, 4.5);
        let mut scene = Self {
            width,
            height,
            origin: (width as f64 * (0.5 + view.either_way(0.05)), height as f64 * 0.5),
            turn: view.either_way(0.16).sin_cos(),
            scale,
            beyond: if joint < 200.0 { beyond(&bones, joint + gap, view) } else { Vec::new() },
            distractors: distractors(bones.len(), joint, view),
            texture: Noise::new(view),
            bones,
            joint,
            flesh,
            broken: None,
        };
        if fractured {
            scene.broken = Some(scene.break_drawn(view));
        }
        scene
    }

    fn break_drawn(&self, draw: &mut Draw) -> Break {
        let bone = draw.below(self.bones.len());
        let lowest = (self.joint - 18.0).min(44.0);
        let (slope, curl) = match draw.below(3) {
            0 => (draw.either_way(0.25), 0.0),
            1 => (draw.sign() * draw.between(0.45, 1.0), 0.0),
            _ => (draw.sign() * draw.between(0.3, 0.6), draw.sign() * draw.between(0.5, 0.9)),
        };
        let v = draw.between(-44.0, lowest);
        let jag = draw.between(0.8, 2.6);
        // One in eight is a hairline: a thin line, nothing moved.
        if draw.chance(1.0 / 8.0) {
            let (gap, depth) = (draw.between(0.7, 0.95), draw.between(0.4, 0.6));
            return Break { bone, v, slope, curl, jag, gap, depth, shift: 0.0, shortening: 0.0, bend: 0.0 };
        }
        Break {
            bone,
            v,
            slope,
            curl,
            jag,
            gap: draw.between(1.1, 2.3),
            depth: draw.between(0.65, 0.97),
            shift: draw.sign() * draw.between(1.0, 7.0),
            shortening: draw.between(-0.6, 1.2),
            bend: draw.either_way(0.12),
        }
    }

    /// From a pixel to the limb.
    fn limb_place(&self, x: f64, y: f64) -> (f64, f64) {
        let (dx, dy) = ((x - self.origin.0) / self.scale, (y - self.origin.1) / self.scale);
        let (sin, cos) = self.turn;
        (dx * cos + dy * sin, -dx * sin + dy * cos)
    }

    /// From the limb to the picture.
    fn pixel(&self, u: f64, v: f64) -> (f64, f64) {
        let (sin, cos) = self.turn;
        (self.origin.0 + (u * cos - v * sin) * self.scale, self.origin.1 + (u * sin + v * cos) * self.scale)
    }

    fn attenuation(&self) -> Plane {
        Plane::of(self.width, self.height, |x, y| {
            let (u, v) = self.limb_place(x, y);
            let bones: f64 = (0..self.bones.len()).map(|index| self.bone(index, u, v)).sum();
            self.soft(u, v) + bones + self.small_bones(u, v)
        })
    }

    fn soft(&self, u: f64, v: f64) -> f64 {
        let (half, centre, taper) = self.flesh;
        let half = half * (1.0 - taper * v / 110.0 + 0.06 * self.texture.at(0.3, v * 0.02));
        let thickness = chord((u - centre) / half);
        if thickness <= 0.0 {
            return 0.0;
        }
        let muscle = 1.0 + 0.09 * self.texture.at(u * 0.05 + 9.0, v * 0.025);
        let fold =
            |(at, slope, curve, depth): &(f64, f64, f64, f64)| depth * bell(v - at - slope * u - curve * u * u, 1.1);
        SOFT * thickness * muscle * (1.0 - self.distractors.folds.iter().map(fold).sum::<f64>())
    }

    /// One bone's attenuation, broken or not, down to where it ends.
    fn bone(&self, index: usize, u: f64, v: f64) -> f64 {
        let Some(bone) = self.bones.get(index) else { return 0.0 };
        if (u - bone.axis(v)).abs() > bone.radius * (1.0 + bone.flare) + MOST_MOVED {
            return 0.0;
        }
        let (mut u, mut v) = (u, v);
        let mut left = 1.0;
        if let Some(broken) = self.broken.as_ref().filter(|broken| broken.bone == index) {
            let beyond = v - broken.line(u - bone.axis(v), bone.radius, &self.texture);
            let steepness = (1.0 + broken.slope * broken.slope).sqrt();
            left = 1.0 - broken.depth * bell(beyond / steepness, broken.gap);
            if beyond > 0.0 {
                u -= broken.shift + broken.bend * (v - broken.v);
                v += broken.shortening;
            }
        }
        let across = u - bone.axis(v);
        let rim = self.joint - 1.6 * (across / bone.radius).powi(2);
        let end = 1.0 - smoothstep(rim - 1.5, rim, v);
        if end <= 0.0 || across.abs() > bone.radius * (1.0 + bone.flare) {
            return 0.0;
        }
        left *= self.canal(index, bone, across, v) * self.plate(across, v);
        // The plate under the cartilage is dense.
        let subchondral = 1.0 + 0.5 * bell(v - (rim - 2.5), 1.3);
        let texture = self.texture.fine(u * 0.45, v * 0.22);
        bone.attenuation(u, v, self.joint, texture) * left * end * subchondral
    }

    fn canal(&self, index: usize, bone: &Bone, across: f64, v: f64) -> f64 {
        match self.distractors.canal {
            Some((at, middle, side, length, depth)) if at == index => {
                // From the wall slantwise towards the marrow.
                let along = (v - middle) / length;
                let track = side * bone.radius * (0.75 - 0.45 * along);
                1.0 - depth * bell(across - track, 0.9) * smoothstep(0.6, 0.4, along.abs())
            }
            _ => 1.0,
        }
    }

    fn plate(&self, across: f64, v: f64) -> f64 {
        match self.distractors.plate {
            Some((distance, depth)) => {
                let wave = 1.4 * self.texture.at(across * 0.16, 40.0);
                let off = v - (self.joint - distance + wave);
                1.0 - depth * bell(off, 1.2) + 0.35 * depth * (bell(off - 3.0, 1.0) + bell(off + 3.0, 1.0))
            }
            None => 1.0,
        }
    }

    fn small_bones(&self, u: f64, v: f64) -> f64 {
        if v < self.joint {
            return 0.0;
        }
        let one = |(cu, cv, a, b): &(f64, f64, f64, f64)| {
            let (du, dv) = ((u - cu) / a, (v - cv) / b);
            // A rounded box rather than an ellipse: such bones pack closely.
            let r = (du.powi(4) + dv.powi(4) + 1.2 * du * du * dv * dv).sqrt().sqrt();
            if r >= 1.0 {
                return 0.0;
            }
            let wall = 2.0 * chord(r) - 0.72 * 2.0 * 0.9 * chord(r / 0.9);
            BONE * a.min(*b).min(11.0) * wall * 1.4 * (1.0 + 0.25 * self.texture.fine(u * 0.4, v * 0.4))
        };
        self.beyond.iter().map(one).sum()
    }

    /// The box around the line, with a little room, cut to the picture.
    fn finding(&self) -> Option<Rect> {
        let broken = self.broken.as_ref()?;
        let bone = self.bones.get(broken.bone)?;
        let room = 3.0;
        // The line may run down into the wider end of the bone.
        let lowest = broken.v + (broken.slope.abs() + broken.curl.abs()) * bone.radius;
        let radius = bone.radius * (1.0 + bone.flare * Bone::end(lowest, self.joint));
        let reach = radius + broken.shift.abs() / 2.0 + room;
        let centre = broken.shift / 2.0;
        let mut rect: Option<Rect> = None;
        for step in 0..=40 {
            let across = centre + reach * (f64::from(step) / 20.0 - 1.0);
            let v = broken.line(across.clamp(-radius, radius), bone.radius, &self.texture);
            for edge in [-1.0, 1.0] {
                let (x, y) = self.pixel(bone.axis(v) + across, v + edge * (broken.gap + room));
                let point = Rect { xmin: x, ymin: y, xmax: x, ymax: y };
                rect = Some(rect.map_or(point, |r| Rect {
                    xmin: r.xmin.min(x),
                    ymin: r.ymin.min(y),
                    xmax: r.xmax.max(x),
                    ymax: r.ymax.max(y),
                }));
            }
        }
        let whole = Rect { xmin: 0.0, ymin: 0.0, xmax: self.width as f64, ymax: self.height as f64 };
        rect.map(|r| r.intersection(&whole)).map(|r| Rect {
            xmin: r.xmin.floor(),
            ymin: r.ymin.floor(),
            xmax: r.xmax.ceil(),
            ymax: r.ymax.ceil(),
        })
    }
}

/// One thick bone, or a thick and a thin one side by side, and the flesh around: half width, centre, taper.
fn limb(build: &mut Draw) -> (Vec<Bone>, (f64, f64, f64)) {
    let mut bone = |at: f64, radius: f64| Bone {
        at,
        lean: build.either_way(0.02),
        bow: build.either_way(4.0),
        radius,
        marrow: build.between(0.56, 0.68),
        flare: build.between(0.35, 0.6),
    };
    let (mut main, mut second) = (bone(0.0, 13.0), bone(0.0, 8.0));
    let side = build.sign();
    if build.chance(0.5) {
        main.radius = build.between(14.0, 17.0);
        (vec![main], (build.between(40.0, 50.0), side * build.between(0.0, 5.0), build.between(0.0, 0.15)))
    } else {
        main.radius = build.between(10.0, 12.5);
        second.radius = build.between(6.5, 8.5);
        main.at = -side * 10.0;
        second.at = main.at + side * (main.radius + second.radius + build.between(6.0, 11.0));
        second.lean = main.lean - side * build.between(0.0, 0.025);
        (vec![main, second], (build.between(36.0, 44.0), side * 2.0, build.between(0.0, 0.18)))
    }
}

/// Rows of small bones below the joint.
fn beyond(bones: &[Bone], from: f64, draw: &mut Draw) -> Vec<(f64, f64, f64, f64)> {
    let left = bones.iter().map(|b| b.axis(from) - b.radius * 1.5).fold(f64::INFINITY, f64::min);
    let right = bones.iter().map(|b| b.axis(from) + b.radius * 1.5).fold(f64::NEG_INFINITY, f64::max);
    let mut small = Vec::new();
    let mut top = from;
    for _ in 0..3 {
        let (count, height) = (2 + draw.below(3), draw.between(8.0, 12.0));
        let step = (right - left) / count as f64;
        let start = left + draw.either_way(0.2) * step;
        for index in 0..count {
            let (wide, high) = (draw.between(0.48, 0.58), draw.between(0.85, 1.1));
            let u = start + step * (index as f64 + 0.5);
            small.push((u, top + height + draw.either_way(2.0), step * wide, height * high));
        }
        top += 1.95 * height;
    }
    small
}

fn distractors(bones: usize, joint: f64, draw: &mut Draw) -> Distractors {
    let canal = draw.chance(0.35).then(|| {
        (draw.below(bones), draw.between(-55.0, 20.0), draw.sign(), draw.between(14.0, 24.0), draw.between(0.12, 0.25))
    });
    let plate = (joint < 200.0 && draw.chance(0.25)).then(|| (draw.between(9.0, 15.0), draw.between(0.15, 0.4)));
    let folds = (0..2)
        .filter_map(|_| {
            let sort = if draw.chance(0.5) { 1.0 } else { -1.0 };
            let fold =
                (draw.either_way(65.0), draw.either_way(0.5), draw.either_way(0.004), sort * draw.between(0.05, 0.15));
            draw.chance(0.3).then_some(fold)
        })
        .collect();
    Distractors { canal, plate, folds }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(index: u64) -> Scene {
        Scene::drawn(true, &mut Draw::new("test", "build", 2, index), &mut Draw::new("test", "view", 2, index))
    }

    /// Attenuation with the line and without it, both with nothing shifted or bent.
    fn pair(index: u64) -> (Scene, Plane, Plane) {
        let mut scene = scene(index);
        if let Some(broken) = &mut scene.broken {
            (broken.shift, broken.shortening, broken.bend) = (0.0, 0.0, 0.0);
        }
        let with = scene.attenuation();
        let broken = scene.broken.take();
        let without = scene.attenuation();
        scene.broken = broken;
        (scene, with, without)
    }

    #[test]
    fn the_box_holds_the_line_and_the_line_can_be_seen() {
        for index in 0..40 {
            let (scene, with, without) = pair(index);
            let rect = scene.finding().unwrap();
            let (mut inside, mut outside, mut deepest) = (0.0, 0.0, 0.0f64);
            for (at, (a, b)) in with.values.iter().zip(&without.values).enumerate() {
                let lost = f64::from(b - a);
                deepest = deepest.max(lost);
                let (x, y) = ((at % scene.width) as f64 + 0.5, (at / scene.width) as f64 + 0.5);
                *(if rect.contains(x, y) { &mut inside } else { &mut outside }) += lost.abs();
            }
            assert!(inside > 20.0 * outside, "{index}: {inside} of the line in the box, {outside} outside");
            assert!(deepest > 0.08, "{index}: the line is {deepest} deep at most");
        }
    }

    #[test]
    fn a_shaft_is_brightest_at_its_walls() {
        let bone = Bone { at: 0.0, lean: 0.0, bow: 0.0, radius: 15.0, marrow: 0.62, flare: 0.5 };
        let at = |u: f64| bone.attenuation(u, 0.0, 400.0, 0.0);
        assert!(at(9.5) > 1.3 * at(0.0));
        assert_eq!((at(15.0), at(-16.0)), (0.0, 0.0));
    }
}
