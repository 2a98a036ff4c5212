//! Random changes of training images and of the boxes on them.
//!
//! What happens to copy `c` of image `i` in epoch `e` is drawn from a generator made of the seed and these three, so it
//! is the same on any number of threads. Every kind of change draws from a stream of its own: setting one leaves the
//! draws of all others as they were.

mod blur;
mod boxes;
mod clahe;
mod holes;
mod tone;
mod warp;

use super::seeds::{Purpose, generator};
use crate::domain::Rect;
use crate::domain::recipe::Augmentation;
use holes::Hole;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tone::Tone;
use warp::Warp;

/// Size of planar pixels: channel after channel, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub width: usize,
    pub height: usize,
}

/// Which copy of which image in which epoch; with the seed, all that its change depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyOf {
    /// The image's place in the list of training images.
    pub image: usize,
    /// How often it came in this epoch before.
    pub copy: usize,
    pub epoch: usize,
}

/// The change drawn for one copy of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// Clip limit and tiles along a side.
    clahe: Option<(f64, usize)>,
    warp: Warp,
    tone: Tone,
    /// Standard deviation in pixels.
    blur: Option<f64>,
    holes: Vec<Hole>,
    fill: f32,
}

/// Kinds of change that draw from a stream of their own. Mirror, rotation, shift, scale, brightness and contrast share
/// stream 0, in a fixed order.
#[derive(Clone, Copy)]
enum Stream {
    WarpChance = 1,
    ToneChance = 2,
    Shear = 3,
    Gamma = 4,
    Crop = 5,
    Blur = 6,
    Clahe = 7,
    Holes = 8,
}

impl Variation {
    /// Draws the change of one copy, with the settings of the view it belongs to. Everything is drawn whether it is
    /// used or not.
    pub fn draw(augmentation: &Augmentation, seed: u64, of: CopyOf) -> Self {
        let settings = augmentation.of_copy(of.copy);
        let first = generator(seed, Purpose::Augmentation, of.epoch, of.image, of.copy);
        let stream = |kind: Stream| {
            let mut rng = first.clone();
            rng.set_stream(kind as u64);
            rng
        };
        let happens = |rng: &mut ChaCha8Rng, probability: f64| rng.random::<f64>() < probability;
        let warps = happens(&mut stream(Stream::WarpChance), settings.warp_probability);
        let tones = happens(&mut stream(Stream::ToneChance), settings.tone_probability);

        let mut rng = first.clone();
        let mut within = |most: f64| (rng.random_range(-1.0f64..=1.0) * most) as f32;
        let angle = within(settings.rotation.to_radians());
        let shift = (within(settings.shift), within(settings.shift));
        let scale = 1.0 + within(settings.scale);
        let (brightness, contrast) = (within(settings.brightness), 1.0 + within(settings.contrast));
        let (mirror_x, mirror_y): (bool, bool) = (rng.random(), rng.random());

        let mut rng = stream(Stream::Shear);
        let mut within = |most: f64| (rng.random_range(-1.0f64..=1.0) * most) as f32;
        let shear = (within(settings.shear.to_radians()), within(settings.shear.to_radians()));

        let mut warp = Warp { mirror_x: mirror_x && settings.horizontal_flip, ..Warp::STILL };
        warp.mirror_y = mirror_y && settings.vertical_flip;
        if warps {
            warp = Warp { angle, shift, scale, shear, ..warp };
        }
        let mut rng = stream(Stream::Crop);
        let cropped = happens(&mut rng, settings.crop.probability);
        let crop = warp::Crop::draw(&settings.crop, &mut rng);
        if cropped {
            warp.crop = crop;
        }

        let mut tone = if tones { Tone { brightness, contrast, power: 1.0 } } else { Tone::STILL };
        let mut rng = stream(Stream::Gamma);
        if happens(&mut rng, settings.gamma.probability) {
            tone.power = uniform(&mut rng, settings.gamma.power) as f32;
        }
        let mut rng = stream(Stream::Blur);
        let blur = happens(&mut rng, settings.blur.probability).then(|| uniform(&mut rng, settings.blur.sigma));
        let mut rng = stream(Stream::Clahe);
        let clahe = happens(&mut rng, settings.clahe.probability)
            .then(|| (uniform(&mut rng, settings.clahe.clip_limit), settings.clahe.tiles));
        let mut rng = stream(Stream::Holes);
        let dropped = happens(&mut rng, settings.dropout.probability);
        let holes = if dropped { Hole::draw(&settings.dropout, &mut rng) } else { Vec::new() };
        Self { clahe, warp, tone, blur, holes, fill: settings.dropout.fill as f32 }
    }

    /// No change at all.
    fn still() -> Self {
        Self { clahe: None, warp: Warp::STILL, tone: Tone::STILL, blur: None, holes: Vec::new(), fill: 0.0 }
    }

    /// Nothing but a turn about the centre by so many degrees, clockwise.
    pub fn turned(degrees: f64) -> Self {
        Self { warp: Warp { angle: degrees.to_radians() as f32, ..Warp::STILL }, ..Self::still() }
    }

    /// Nothing but a Gaussian blur of this standard deviation in pixels.
    pub fn blurred(sigma: f64) -> Self {
        Self { blur: Some(sigma), ..Self::still() }
    }

    /// Nothing but another contrast: the difference of each value from the mean of all times this factor.
    pub fn contrasted(factor: f64) -> Self {
        Self { tone: Tone { contrast: factor as f32, ..Tone::STILL }, ..Self::still() }
    }

    /// Changes the 0..1 planes of one image; what comes from outside the picture is black.
    pub fn planes(&self, mut planes: Vec<f32>, shape: Shape) -> Vec<f32> {
        let size = shape.width * shape.height;
        if size == 0 || planes.len() < size {
            return planes;
        }
        if let Some((clip_limit, tiles)) = self.clahe {
            clahe::equalise(&mut planes, shape, clip_limit, tiles);
        }
        if self.warp.moves() {
            planes = self.warp.apply(&planes, shape);
        }
        self.tone.apply(&mut planes);
        if let Some(sigma) = self.blur {
            blur::gaussian(&mut planes, shape, sigma);
        }
        for hole in &self.holes {
            hole.fill(&mut planes, shape, self.fill);
        }
        planes
    }

    /// Where boxes lie on the changed image, in pixels with an exclusive maximum: the bounds of the mapped corners,
    /// clipped to the picture. Each comes with its place in `boxes`; left out are those of whose mapped area less than
    /// the share `min_visibility` (0 to 1) is within the picture, or nothing at all.
    pub fn boxes(&self, boxes: &[Rect], shape: Shape, min_visibility: f64) -> Vec<(usize, Rect)> {
        boxes::moved(boxes, &self.warp, shape, min_visibility)
    }
}

/// Between the first and the second, equally likely.
fn uniform(rng: &mut ChaCha8Rng, [least, most]: [f64; 2]) -> f64 {
    least + rng.random::<f64>() * (most - least)
}

#[cfg(test)]
mod reference_check;
#[cfg(test)]
mod tests;
