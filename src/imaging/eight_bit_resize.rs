//! Antialiased resizing of 8-bit samples whose every value is Pillow's.
//!
//! Pillow weighs with whole numbers of 22 binary places, adds them up without an error and rounds once a pass, along the rows
//! first. A resizer with shorter or floating weights differs from that by one grey in some pixels, which a network whose
//! batch norms were fitted to Pillow's pictures answers with another third digit.

use super::resize::Part;
use crate::domain::recipe::Interpolation;
use rayon::prelude::*;
use std::f64::consts::PI;

/// Binary places of a weight: 32 bits less the 8 of a sample, the sign and a bit for filters that overshoot.
const PLACES: u32 = 22;

/// The filter at `x` (samples of the larger distance), and how far it reaches.
struct Filter {
    reach: f64,
    at: fn(f64) -> f64,
}

impl Filter {
    /// `None` of the nearest sample, which is no filter.
    fn of(interpolation: Interpolation) -> Option<Self> {
        match interpolation {
            Interpolation::Nearest => None,
            Interpolation::Bilinear => Some(Self { reach: 1.0, at: triangle }),
            Interpolation::Bicubic => Some(Self { reach: 2.0, at: cubic }),
            Interpolation::Lanczos => Some(Self { reach: 3.0, at: lanczos }),
        }
    }
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys 1981 with a = -0.5 (Catmull-Rom).
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) };
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

/// Which samples one output sample is made of: those from `first`, each with its weight in 2^-22.
struct Weights {
    first: usize,
    weights: Vec<i32>,
}

/// The weights along a side of `from` samples, of which `start .. start + length` become `to`.
fn along(filter: &Filter, from: usize, (start, length): (f64, f64), to: usize) -> Vec<Weights> {
    let scale = length / to as f64;
    let widened = scale.max(1.0);
    let reach = filter.reach * widened;
    let one = f64::from(1u32 << PLACES);
    let of = |out: usize| {
        let centre = start + (out as f64 + 0.5) * scale;
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5).max(0.0) as usize).min(from).max(first);
        let shares: Vec<f64> =
            (first..end).map(|at| (filter.at)((at as f64 - centre + 0.5) * (1.0 / widened))).collect();
        let sum: f64 = shares.iter().sum();
        let share = |share: f64| if sum == 0.0 { share } else { share / sum };
        // Halves away from zero; a cast cuts.
        let weights = shares.iter().map(|s| (share(*s) * one).round() as i32).collect();
        Weights { first, weights }
    };
    (0..to).map(of).collect()
}

/// Half of one, so that cutting rounds.
const HALF: i32 = 1 << (PLACES - 1);

fn cut(sum: i32) -> u8 {
    (sum >> PLACES).clamp(0, 255) as u8
}

/// The whole of a plane of `from.0` x `from.1` px, or a part of it, as `to.0` x `to.1` px. `None` for the nearest sample,
/// and where the samples are not of that size.
pub(super) fn resized(
    samples: &[u8],
    from: (u32, u32),
    part: Option<Part>,
    to: (u32, u32),
    interpolation: Interpolation,
) -> Option<Vec<u8>> {
    let filter = Filter::of(interpolation)?;
    let (width, height) = (from.0 as usize, from.1 as usize);
    let (out_width, out_height) = (to.0 as usize, to.1 as usize);
    if width == 0 || height == 0 || out_width == 0 || out_height == 0 || samples.len() != width * height {
        return None;
    }
    let part = part.unwrap_or(Part { left: 0.0, top: 0.0, width: f64::from(from.0), height: f64::from(from.1) });
    // A pass that changes nothing is left out, as its rounding would change nothing either.
    let wide = if out_width == width && (part.left, part.width) == (0.0, width as f64) {
        samples.to_vec()
    } else {
        let columns = along(&filter, width, (part.left, part.width), out_width);
        let mut wide = vec![0u8; out_width * height];
        wide.par_chunks_mut(out_width).zip(samples.par_chunks(width)).for_each(|(out, row)| {
            for (out, Weights { first, weights }) in out.iter_mut().zip(&columns) {
                let sources = row.iter().skip(*first);
                *out = cut(sources.zip(weights).fold(HALF, |sum, (v, w)| sum + i32::from(*v) * w));
            }
        });
        wide
    };
    if out_height == height && (part.top, part.height) == (0.0, height as f64) {
        return Some(wide);
    }
    let lines = along(&filter, height, (part.top, part.height), out_height);
    let mut out = vec![0u8; out_width * out_height];
    out.par_chunks_mut(out_width).zip(&lines).for_each(|(out, Weights { first, weights })| {
        let mut sums = vec![HALF; out_width];
        for (row, weight) in wide.chunks(out_width).skip(*first).zip(weights) {
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += i32::from(*v) * weight);
        }
        out.iter_mut().zip(&sums).for_each(|(out, sum)| *out = cut(*sum));
    });
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The picture of tests/reference/preset.py, one channel.
    fn picture(width: u32, height: u32) -> Vec<u8> {
        let value = |x: u32, y: u32| {
            let v = (37 * x + 59 * y + (x * y) % 97 * 3) % 256;
            if x < width / 2 { (v / 4 + 2 * y) % 256 } else { v }
        };
        (0..height).flat_map(|y| (0..width).map(move |x| value(x, y) as u8)).collect()
    }

    /// Sums of all values and of all values by their place, so that one grey anywhere is seen.
    #[test]
    fn every_value_is_pillows() {
        let text = include_str!("../../tests/reference/expected/pillow_resize.json");
        let expected: Value = serde_json::from_str(text).unwrap();
        let cases = expected["cases"].as_array().unwrap();
        assert!(cases.len() >= 30);
        for case in cases {
            let pair = |key: &str| (case[key][0].as_u64().unwrap() as u32, case[key][1].as_u64().unwrap() as u32);
            let interpolation = match case["name"].as_str().unwrap() {
                "bilinear" => Interpolation::Bilinear,
                "bicubic" => Interpolation::Bicubic,
                "lanczos" => Interpolation::Lanczos,
                other => panic!("{other}"),
            };
            let part = case["box"].as_array().map(|sides| {
                let [left, top, right, bottom] = [0, 1, 2, 3].map(|at| sides[at].as_f64().unwrap());
                Part { left, top, width: right - left, height: bottom - top }
            });
            let (from, to) = (pair("from"), pair("to"));
            let found = resized(&picture(from.0, from.1), from, part, to, interpolation).unwrap();
            let sum: u64 = found.iter().map(|v| u64::from(*v)).sum();
            let placed: u64 = (1u64..).zip(&found).map(|(at, v)| at * u64::from(*v)).sum();
            let seen = (sum, placed);
            let wanted = (case["sum"].as_u64().unwrap(), case["placed"].as_u64().unwrap());
            assert_eq!(seen, wanted, "{case}");
        }
    }

    #[test]
    fn samples_of_another_size_and_the_nearest_sample_are_left_to_others() {
        assert_eq!(resized(&[0; 5], (2, 3), None, (4, 4), Interpolation::Bilinear), None);
        assert_eq!(resized(&[], (0, 3), None, (4, 4), Interpolation::Bilinear), None);
        assert_eq!(resized(&[0; 6], (2, 3), None, (4, 4), Interpolation::Nearest), None);
    }
}
