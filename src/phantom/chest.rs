//! A chest from the front with the findings that boxes are drawn around: round nodules in the lungs, and fluid at the
//! base of a lung. Every third film has none.

use super::PICTURES_A_PATIENT;
use super::draw::Draw;
use super::film::{Film, Side};
use super::raster::{Noise, Plane, bell, chord, smoothstep};
use crate::domain::Rect;

/// What boxes are drawn around; a finding's class is an index into them.
pub const CHEST_CLASSES: [&str; 2] = ["nodule", "effusion"];
const NODULE: usize = 0;
const EFFUSION: usize = 1;
/// What the draws are named by.
const KIND: &str = "boxes";
/// Of so many films in turn the last has no finding.
const FILMS_TO_ONE_EMPTY: u64 = 3;
/// Attenuation of the trunk at its thickest, and what part of it air replaces in a lung.
const TRUNK: f64 = 0.62;
const AIR: f64 = 0.62;
/// How much more air is where a lung has come off the chest wall.
const EMPTIER: f64 = 0.3;
/// A finding ends where it adds less than this to the attenuation.
const VISIBLE: f64 = 0.035;

/// One made film and what is on it.
#[derive(Clone, Debug, PartialEq)]
pub struct ChestFilm {
    pub width: u32,
    pub height: u32,
    /// Row by row.
    pub gray: Vec<u8>,
    /// Class and box in pixels; empty where there is nothing to find.
    pub findings: Vec<(usize, Rect)>,
    /// The patient.
    pub group: String,
}

/// A round opacity: centre, radius, and how much it adds in its middle.
struct Nodule {
    at: (f64, f64),
    radius: f64,
    depth: f64,
}

/// Fluid in a lung: -1 or 1 for its side, and the height of its surface in the middle.
pub(super) struct Fluid {
    pub side: f64,
    pub level: f64,
}

/// Air beside a lung that has come off the chest wall: -1 or 1 for its side, and how much of the lung's half width it takes.
pub(super) struct Collapse {
    pub side: f64,
    pub rim: f64,
}

/// Lengths are in units of 1/200 of the picture's width; x runs right from the spine, y down from the middle of the
/// lungs.
pub(super) struct Scene {
    pub width: usize,
    pub height: usize,
    origin: (f64, f64),
    scale: f64,
    /// Half the trunk's width.
    trunk: f64,
    /// Half width and half height of a lung, its distance from the spine, and how far the left one's base is lower.
    lung: (f64, f64, f64, f64),
    pub heart: f64,
    ribs: f64,
    /// Branches of vessels at the roots of the lungs: side, slope, length, strength.
    vessels: Vec<(f64, f64, f64, f64)>,
    /// Old scars, smaller and brighter than a nodule.
    scars: Vec<(f64, f64)>,
    texture: Noise,
    nodules: Vec<Nodule>,
    pub fluid: Option<Fluid>,
    pub collapse: Option<Collapse>,
}

/// Makes the film with this index; the same seed and index give the same film.
pub fn chest_film(seed: u64, index: u64) -> ChestFilm {
    let patient = index / PICTURES_A_PATIENT;
    let mut build = Draw::new(KIND, "build", seed, patient);
    let mut view = Draw::new(KIND, "view", seed, index);
    let scene = Scene::drawn(index % FILMS_TO_ONE_EMPTY + 1 < FILMS_TO_ONE_EMPTY, &mut build, &mut view);
    let film = Film::drawn((scene.width, scene.height), true, Side::Trunk, &mut view);
    let attenuation = Plane::of(scene.width, scene.height, |x, y| scene.attenuation(x, y));
    ChestFilm {
        width: scene.width as u32,
        height: scene.height as u32,
        gray: film.expose(&attenuation, &mut view),
        findings: scene.findings(),
        group: format!("P{:04}", patient + 1),
    }
}

impl Scene {
    pub fn drawn(ill: bool, build: &mut Draw, view: &mut Draw) -> Self {
        let (width, height) = (200 + view.below(31), 190 + view.below(31));
        let mut scene = Self {
            width,
            height,
            origin: (width as f64 * (0.5 + view.either_way(0.03)), height as f64 * (0.5 + view.either_way(0.03))),
            scale: width as f64 / 200.0 * view.between(0.92, 1.04),
            trunk: build.between(88.0, 98.0),
            lung: (
                build.between(29.0, 34.0),
                build.between(62.0, 72.0),
                build.between(42.0, 46.0),
                build.between(2.0, 8.0),
            ),
            heart: build.between(24.0, 33.0),
            ribs: build.between(14.0, 17.0),
            vessels: (0..8)
                .map(|at| {
                    let side = if at % 2 == 0 { -1.0 } else { 1.0 };
                    (side, view.either_way(1.2), view.between(14.0, 30.0), view.between(0.03, 0.08))
                })
                .collect(),
            scars: Vec::new(),
            texture: Noise::new(view),
            nodules: Vec::new(),
            fluid: None,
            collapse: None,
        };
        scene.scars = (0..view.below(3)).map(|_| scene.place(view)).collect();
        if ill {
            scene.fall_ill(view);
        }
        scene
    }

    /// One to three nodules, fluid on one side, or both.
    fn fall_ill(&mut self, draw: &mut Draw) {
        if draw.chance(0.4) {
            self.fluid = Some(Fluid { side: draw.sign(), level: draw.between(22.0, 44.0) });
        }
        let least = usize::from(self.fluid.is_none());
        let most = least + draw.below(3);
        self.draw_nodules(most, draw);
    }

    /// Draws this many nodules, but for those that would lie on each other or in the fluid.
    fn draw_nodules(&mut self, most: usize, draw: &mut Draw) {
        for _ in 0..most {
            let nodule =
                Nodule { at: self.place(draw), radius: draw.between(6.5, 14.0), depth: draw.between(0.16, 0.3) };
            // Findings that lie on each other could not be told apart.
            let apart = |other: &Nodule| {
                (nodule.at.0 - other.at.0).hypot(nodule.at.1 - other.at.1) > nodule.radius + other.radius + 3.0
            };
            let dry = self
                .fluid
                .as_ref()
                .is_none_or(|f| f.side * nodule.at.0 < 0.0 || nodule.at.1 + nodule.radius + 6.0 < f.level - 10.0);
            if dry && self.in_lung(&nodule) && self.nodules.iter().all(apart) {
                self.nodules.push(nodule);
            }
        }
    }

    /// Adds so many nodules, at least one, where they can be seen.
    pub fn add_nodules(&mut self, wanted: usize, draw: &mut Draw) {
        // Places are tried until one is free; a chest has room for two.
        for _ in 0..40 {
            if self.nodules.len() < wanted {
                self.draw_nodules(1, draw);
            }
        }
    }

    /// A place well inside a lung and beside the heart.
    fn place(&self, draw: &mut Draw) -> (f64, f64) {
        let (half, tall, away, _) = self.lung;
        let (along, side) = (draw.between(-0.68, 0.55), draw.sign());
        let reach = half * (1.0 - along * along).sqrt() * 0.62;
        let x = away + draw.either_way(reach) + if side > 0.0 && along > 0.05 { 6.0 } else { 0.0 };
        (side * x, along * tall)
    }

    /// From a pixel to the chest.
    fn chest_place(&self, px: f64, py: f64) -> (f64, f64) {
        ((px - self.origin.0) / self.scale, (py - self.origin.1) / self.scale)
    }

    /// 0 outside the lungs, 1 inside.
    fn lung_at(&self, x: f64, y: f64) -> f64 {
        let (half, tall, away, lower) = self.lung;
        let across = (x.abs() - away) / half;
        // The tip is narrow, the base is cut by the diaphragm's dome.
        let narrowing = 1.0 + 0.35 * smoothstep(-0.2, -1.0, y / tall);
        let inside = smoothstep(0.03, -0.03, (across * narrowing).hypot(y / tall) - 1.0);
        let base = 0.62 * tall + if x > 0.0 { lower } else { 0.0 };
        let dome = base + 14.0 * across * across - 8.0 * (1.0 - across * across);
        inside * smoothstep(dome + 1.5, dome - 1.5, y)
    }

    fn nodule_at(nodule: &Nodule, x: f64, y: f64) -> f64 {
        let r = (x - nodule.at.0).hypot(y - nodule.at.1) / nodule.radius;
        nodule.depth * chord(r).powf(0.7)
    }

    /// What the fluid adds: it takes the place of air below a surface that climbs at the chest wall.
    fn fluid_at(&self, x: f64, y: f64) -> f64 {
        let Some(fluid) = self.fluid.as_ref().filter(|f| f.side * x > 0.0) else { return 0.0 };
        let (half, _, away, _) = self.lung;
        let outward = ((x.abs() - away) / half).clamp(-1.0, 1.0);
        let surface = fluid.level - 12.0 * (outward + 0.2).max(0.0).powi(2);
        0.85 * TRUNK * AIR * self.lung_at(x, y) * smoothstep(surface - 2.5, surface + 2.5, y)
    }

    pub fn attenuation(&self, px: f64, py: f64) -> f64 {
        let (x, y) = self.chest_place(px, py);
        let shoulders = smoothstep(-100.0, -62.0, y);
        let trunk = self.trunk * (0.6 + 0.4 * shoulders) * (1.0 + 0.02 * self.texture.at(0.4, y * 0.03));
        let body = TRUNK * chord(x / (trunk + 14.0)).sqrt() * (1.0 + 0.05 * self.texture.at(x * 0.04, y * 0.04));
        let lung = self.lung_at(x, y);
        let air = self.collapse_at(x, y);
        let nodules: f64 = self.nodules.iter().map(|nodule| Self::nodule_at(nodule, x, y)).sum();
        let scars: f64 = self.scars.iter().map(|(sx, sy)| 0.22 * bell((x - sx).hypot(y - sy), 1.3)).sum();
        body * (1.0 - AIR * lung * (1.0 + EMPTIER * air))
            + self.pleura(x, y)
            + self.fluid_at(x, y)
            + nodules
            + scars
            + self.middle(x, y)
            + self.rib_cage(x, y)
            + lung * (1.0 - air) * (self.branches(x, y) + 0.02 * self.texture.fine(x * 0.3, y * 0.3))
    }

    /// How far in from the outer edge of a lung, in half widths of it: 0 at the edge.
    fn inward(&self, x: f64, y: f64) -> f64 {
        let (half, tall, away, _) = self.lung;
        1.0 - ((x.abs() - away).max(0.0) / half).hypot(y.min(0.0) / tall)
    }

    /// 1 where air lies beside a lung that has come off the chest wall.
    fn collapse_at(&self, x: f64, y: f64) -> f64 {
        let Some(collapse) = self.collapse.as_ref().filter(|c| c.side * x > 0.0) else { return 0.0 };
        self.lung_at(x, y)
            * smoothstep(collapse.rim + 0.02, collapse.rim - 0.02, self.inward(x, y))
            * smoothstep(34.0, 22.0, y)
    }

    /// The thin line of the lung's own skin, where it has come off.
    fn pleura(&self, x: f64, y: f64) -> f64 {
        let Some(collapse) = self.collapse.as_ref().filter(|c| c.side * x > 0.0) else { return 0.0 };
        0.12 * self.lung_at(x, y) * bell(self.inward(x, y) - collapse.rim, 0.03) * smoothstep(34.0, 22.0, y)
    }

    /// Whether a nodule lies where there is lung around it.
    fn in_lung(&self, nodule: &Nodule) -> bool {
        self.collapse.as_ref().is_none_or(|collapse| {
            let (half, ..) = self.lung;
            collapse.side * nodule.at.0 < 0.0
                || self.inward(nodule.at.0, nodule.at.1) - nodule.radius / half > collapse.rim + 0.05
        })
    }

    fn heart_at(&self, x: f64, y: f64) -> f64 {
        0.3 * chord(((x - 11.0) / self.heart).hypot((y - 28.0) / (self.heart * 0.95)))
    }

    /// Spine, great vessels and heart.
    fn middle(&self, x: f64, y: f64) -> f64 {
        let spine = 0.2 * bell(x, 8.0) * (1.0 + 0.12 * (y * 0.55).sin());
        let vessels = 0.1 * bell(x - 5.0, 9.0) * smoothstep(20.0, -30.0, y);
        spine + vessels + self.heart_at(x, y)
    }

    /// Bands that fall outwards, the front ribs steeper than the back ones, and the collar bones.
    fn rib_cage(&self, x: f64, y: f64) -> f64 {
        let inside = smoothstep(self.trunk, self.trunk - 4.0, x.abs()) * smoothstep(6.0, 14.0, x.abs());
        let bands = |fall: f64, thick: f64| {
            let phase = (y - fall * x.abs() + 0.004 * x * x + 400.0).rem_euclid(self.ribs) - self.ribs / 2.0;
            bell(phase, thick)
        };
        let collar = bell(y + 58.0 + 0.22 * x.abs(), 2.6) * smoothstep(8.0, 16.0, x.abs());
        let lowest = smoothstep(66.0, 52.0, y);
        inside * (lowest * (0.06 * bands(0.1, 2.4) + 0.035 * bands(-0.5, 2.0)) + 0.1 * collar)
    }

    fn branches(&self, x: f64, y: f64) -> f64 {
        let one = |(side, slope, length, strength): &(f64, f64, f64, f64)| {
            let out = side * x - 16.0;
            if out < 0.0 || out > *length {
                return 0.0;
            }
            strength * bell(y + 4.0 - slope * out, 1.8 * (1.0 - 0.6 * out / length)) * (1.0 - out / length)
        };
        self.vessels.iter().map(one).sum()
    }

    /// The boxes around what the findings add.
    fn findings(&self) -> Vec<(usize, Rect)> {
        let nodules = self.nodule_outlines().into_iter().map(|rect| (NODULE, rect));
        nodules.chain(self.fluid_outline().map(|rect| (EFFUSION, rect))).collect()
    }

    /// The box of each nodule.
    pub fn nodule_outlines(&self) -> Vec<Rect> {
        let outline = |nodule: &Nodule| {
            let near = |x: f64, y: f64| (x - nodule.at.0).abs().max((y - nodule.at.1).abs()) < nodule.radius;
            self.outline(&|x, y| if near(x, y) { Self::nodule_at(nodule, x, y) } else { 0.0 })
        };
        self.nodules.iter().filter_map(outline).collect()
    }

    /// The box of the fluid, where there is some.
    pub fn fluid_outline(&self) -> Option<Rect> {
        self.fluid.as_ref().and_then(|_| self.outline(&|x, y| self.fluid_at(x, y)))
    }

    /// The box of the heart.
    pub fn heart_outline(&self) -> Option<Rect> {
        self.outline(&|x, y| self.heart_at(x, y))
    }

    /// The box of the air beside a lung, where there is some.
    pub fn collapse_outline(&self) -> Option<Rect> {
        self.collapse.as_ref().and_then(|_| self.outline(&|x, y| AIR * EMPTIER * self.collapse_at(x, y)))
    }

    /// The smallest box with every pixel that a finding can be seen in.
    fn outline(&self, added: &dyn Fn(f64, f64) -> f64) -> Option<Rect> {
        let mut rect: Option<Rect> = None;
        for y in 0..self.height {
            for x in 0..self.width {
                let (cx, cy) = self.chest_place(x as f64 + 0.5, y as f64 + 0.5);
                if added(cx, cy) < VISIBLE {
                    continue;
                }
                let (x, y) = (x as f64, y as f64);
                let r = rect.unwrap_or(Rect { xmin: x, ymin: y, xmax: x + 1.0, ymax: y + 1.0 });
                rect = Some(Rect {
                    xmin: r.xmin.min(x),
                    ymin: r.ymin.min(y),
                    xmax: r.xmax.max(x + 1.0),
                    ymax: r.ymax.max(y + 1.0),
                });
            }
        }
        rect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_film_is_empty_and_boxes_lie_inside() {
        let mut seen = [0; 2];
        for index in 0..24 {
            let film = chest_film(4, index);
            assert_eq!(film.gray.len(), (film.width * film.height) as usize);
            assert_eq!(film.findings.is_empty(), index % 3 == 2, "{index}");
            for (class, rect) in &film.findings {
                seen[*class] += 1;
                assert!(
                    rect.xmin >= 0.0 && rect.ymin >= 0.0 && rect.width() >= 10.0 && rect.height() >= 10.0,
                    "{rect:?}"
                );
                assert!(rect.xmax <= f64::from(film.width) && rect.ymax <= f64::from(film.height));
            }
        }
        assert!(seen.iter().all(|count| *count >= 3), "{seen:?}");
    }

    #[test]
    fn a_finding_is_brighter_than_the_same_place_without_it() {
        let scene = |ill: bool| {
            let (mut build, mut view) = (Draw::new(KIND, "build", 2, 0), Draw::new(KIND, "view", 2, 0));
            Scene::drawn(ill, &mut build, &mut view)
        };
        let (ill, well) = (scene(true), scene(false));
        let (_, rect) = ill.findings()[0];
        let (x, y) = ((rect.xmin + rect.xmax) / 2.0, (rect.ymin + rect.ymax) / 2.0);
        assert!(ill.attenuation(x, y) > well.attenuation(x, y) + 0.05);
        assert_eq!(
            ill.attenuation(rect.xmin - 2.0, rect.ymin - 2.0),
            well.attenuation(rect.xmin - 2.0, rect.ymin - 2.0)
        );
    }

    #[test]
    fn one_film_can_be_made_again_without_the_others() {
        assert_eq!(chest_film(3, 5), chest_film(3, 5));
        assert_ne!(chest_film(3, 5).gray, chest_film(4, 5).gray);
        assert_eq!(chest_film(3, 4).group, chest_film(3, 5).group);
    }
}
