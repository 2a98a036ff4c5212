//! Making one picture worse, in a way and by a strength, before it is resized and normalised for a network; the same for the
//! same picture, strength and seed, on any number of threads.

use crate::domain::recipe::{Greys, Preprocessing};
use crate::domain::{Perturbation, Rect, TrueBox};
use crate::imaging::{DecodedImage, Samples, preprocess, worse};
use crate::training::augment::{Shape, Variation};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::f64::consts::TAU;

/// Whether a network gets of this picture what is shown of it, and not its full depth by the older rule.
pub fn gets_what_is_shown(image: &DecodedImage, p: &Preprocessing) -> bool {
    p.greys == Greys::Shown || !matches!(image.samples, Samples::Gray16(_) | Samples::Rgb16(_))
}

/// The picture as it is shown, in eight bits, made worse. `p` is what the network makes of pictures, by which the blur is
/// counted. A strength of [`Perturbation::none`] gives the picture as it is shown.
pub fn perturbed(
    image: &DecodedImage,
    (kind, strength): (Perturbation, f64),
    p: &Preprocessing,
    seed: u64,
) -> DecodedImage {
    if strength == kind.none() {
        return worse::shown(image);
    }
    let changed = match kind {
        Perturbation::Noise => {
            let shown = worse::shown(image);
            let mut planes = planes(&shown);
            noise(&mut planes, strength, seed);
            worse::of_planes(&shown, &planes)
        }
        Perturbation::Blur => varied(image, &Variation::blurred(strength * scale(image, p))),
        Perturbation::Contrast => varied(image, &Variation::contrasted(strength)),
        Perturbation::Rotation => varied(image, &Variation::turned(strength)),
        Perturbation::Window => Some(worse::shown_shifted(image, strength)),
        Perturbation::Jpeg => worse::as_jpeg(&worse::shown(image), strength.round().clamp(1.0, 100.0) as u8),
    };
    // Nothing above fails on a picture that was decoded; one that JPEG cannot hold stays as it is.
    changed.unwrap_or_else(|| worse::shown(image))
}

/// Where boxes lie on the picture made worse: only a turn moves them. Each becomes the box about the ellipse that filled it: the
/// box about its turned corners would be larger than what it frames. What leaves the picture is cut off.
pub fn moved(boxes: &[TrueBox], (kind, strength): (Perturbation, f64), [width, height]: [u32; 2]) -> Vec<TrueBox> {
    match kind {
        Perturbation::Rotation => boxes.iter().filter_map(|one| turned(one, strength, [width, height])).collect(),
        Perturbation::Noise
        | Perturbation::Blur
        | Perturbation::Contrast
        | Perturbation::Window
        | Perturbation::Jpeg => boxes.to_vec(),
    }
}

fn turned(one: &TrueBox, degrees: f64, size: [u32; 2]) -> Option<TrueBox> {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let [width, height] = size.map(f64::from);
    let (x, y) = ((one.rect.xmin + one.rect.xmax - width) / 2.0, (one.rect.ymin + one.rect.ymax - height) / 2.0);
    let (x, y) = (cosine * x - sine * y + width / 2.0, sine * x + cosine * y + height / 2.0);
    let (a, b) = (one.rect.width() / 2.0, one.rect.height() / 2.0);
    let (a, b) = ((a * cosine).hypot(b * sine), (a * sine).hypot(b * cosine));
    let rect = Rect { xmin: x - a, ymin: y - b, xmax: x + a, ymax: y + b }.clipped(width, height)?;
    Some(TrueBox { rect, ..*one })
}

fn planes(shown: &DecodedImage) -> Vec<f32> {
    shown.planes(if shown.is_color() { 3 } else { 1 })
}

fn varied(image: &DecodedImage, variation: &Variation) -> Option<DecodedImage> {
    let shown = worse::shown(image);
    let shape = Shape { width: shown.width as usize, height: shown.height as usize };
    worse::of_planes(&shown, &variation.planes(planes(&shown), shape))
}

/// How many pixels of the picture lie side by side in one of the network's input; where they are not square, their mean.
fn scale(image: &DecodedImage, p: &Preprocessing) -> f64 {
    let part = preprocess::covered(image.width, image.height, p);
    let along = part.width() / p.width.max(1) as f64;
    let down = part.height() / p.height.max(1) as f64;
    (along * down).sqrt()
}

/// Adds noise that is drawn from the seed and the picture itself: the same at every strength but for its size.
fn noise(planes: &mut [f32], deviation: f64, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(mark(planes));
    for pair in planes.chunks_mut(2) {
        // Two draws of the standard normal distribution (Box and Muller 1958).
        let open = 1.0 - rng.random::<f64>();
        let (radius, angle) = ((-2.0 * open.ln()).sqrt(), TAU * rng.random::<f64>());
        for (value, drawn) in pair.iter_mut().zip([radius * angle.cos(), radius * angle.sin()]) {
            *value = (f64::from(*value) + deviation * drawn) as f32;
        }
    }
}

/// A number made of the values, so that pictures differ in their noise (FNV-1a).
fn mark(planes: &[f32]) -> u64 {
    planes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |mark, value| (mark ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "pictures_tests.rs"]
mod tests;
