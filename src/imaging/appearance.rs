//! What a picture looks like in a few numbers: a histogram of its greys, and a perceptual hash that alike pictures
//! nearly share.

use super::decoded::DecodedImage;
use super::{resize, window};
use crate::domain::ImageFacts;
use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::sync::LazyLock;

/// Bins of the brightness histogram.
pub const BINS: usize = 16;
/// Side of the square the hash is taken from, and of the corner of its spectrum that is kept, in pixels.
const SIDE: usize = 32;
const KEPT: usize = 8;
/// A picture whose greys spread less than this around their mean (standard deviation, in greys of 256) looks like
/// nothing: the signs of its spectrum are noise.
const FLAT: f64 = 3.0;

/// The cosines of the transform: of each frequency kept, at each place. Taken once: they took a third of an import.
static WAVES: LazyLock<[[f64; SIDE]; KEPT]> = LazyLock::new(|| {
    let wave = |frequency: usize, at: usize| (PI * frequency as f64 * (2 * at + 1) as f64 / (2 * SIDE) as f64).cos();
    std::array::from_fn(|frequency| std::array::from_fn(|at| wave(frequency, at)))
});

/// What is kept of a picture, with what its header says of it.
pub fn facts(image: &DecodedImage, attributes: BTreeMap<String, String>) -> ImageFacts {
    let greys = window::displayed_greys(image);
    let small = resize::gray8_lanczos(&greys, (image.width, image.height), (SIDE as u32, SIDE as u32));
    ImageFacts {
        bits: image.bits,
        color: image.is_color(),
        brightness: histogram(&greys),
        perceptual_hash: perceptual_hash(&small),
        attributes,
        ..ImageFacts::default()
    }
}

/// How many of a thousand pixels lie in each of [`BINS`] equal ranges of grey, rounded.
fn histogram(greys: &[u8]) -> Vec<u16> {
    let mut counts = [0usize; BINS];
    for &grey in greys {
        counts[usize::from(grey) * BINS / 256] += 1;
    }
    let share = |count: usize| (1000.0 * count as f64 / greys.len().max(1) as f64).round() as u16;
    counts.map(share).to_vec()
}

/// The perceptual hash of a picture reduced to 32 x 32 greys, row by row: of the 8 x 8 lowest frequencies of its cosine
/// transform (DCT-II), those above their median are ones, from the highest bit on row by row. As Zauner 2010,
/// "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2.1, describes it and Python's
/// `imagehash.phash` computes it. `None` for a picture too flat to have one.
fn perceptual_hash(small: &[u8]) -> Option<u64> {
    let n = small.len() as f64;
    let mean = small.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let variance = small.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n;
    if small.len() != SIDE * SIDE || variance < FLAT * FLAT {
        return None;
    }
    let waves: &[[f64; SIDE]; KEPT] = &WAVES;
    // rows[y][kx], then spectrum[ky * KEPT + kx].
    let rows: Vec<[f64; KEPT]> = small
        .chunks_exact(SIDE)
        .map(|row| waves.map(|wave| row.iter().zip(wave).map(|(&v, cosine)| f64::from(v) * cosine).sum::<f64>()))
        .collect();
    let spectrum: Vec<f64> = (waves.iter())
        .flat_map(|wave| {
            let rows = &rows;
            (0..KEPT).map(move |kx| rows.iter().zip(wave).map(|(row, cosine)| row[kx] * cosine).sum::<f64>())
        })
        .collect();
    let mut sorted = spectrum.clone();
    sorted.sort_by(f64::total_cmp);
    let median = (sorted[KEPT * KEPT / 2 - 1] + sorted[KEPT * KEPT / 2]) / 2.0;
    Some(spectrum.iter().fold(0, |bits, &value| bits << 1 | u64::from(value > median)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging;
    use crate::imaging::dicom::Patients;
    use std::path::Path;

    #[test]
    fn hashes_and_histograms_are_those_of_imagehash_and_numpy() {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        if !shared.is_dir() {
            assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/data is not there");
            println!("skipped: ../shared/data is not there");
            return;
        }
        // tests/reference/appearance.py: name, imagehash.phash, histogram in thousandths.
        let expected = include_str!("../../tests/reference/expected/appearance.tsv");
        let (mut pictures, mut bits) = (0, 0);
        for line in expected.lines().filter(|line| !line.starts_with('#')) {
            let parts: Vec<&str> = line.split('\t').collect();
            let path = shared.join(parts[0]);
            if !path.is_file() {
                println!("skipped: {} is not there", parts[0]);
                continue;
            }
            let facts = imaging::probe(&path, &Patients::Ignored).swap_remove(0).unwrap().facts;
            let hash = u64::from_str_radix(parts[1], 16).unwrap();
            let differing = (facts.perceptual_hash.unwrap() ^ hash).count_ones();
            // JPEG decoders round differently, which may turn a coefficient that lies at the median.
            assert!(differing <= 2, "{}: {differing} bits differ", parts[0]);
            bits += differing;
            let histogram: Vec<u16> = parts[2].split(',').map(|n| n.parse().unwrap()).collect();
            for (ours, theirs) in facts.brightness.iter().zip(&histogram) {
                // Measured: at most 2 thousandths, where a decoder's rounding carries pixels over a bin's edge.
                assert!(ours.abs_diff(*theirs) <= 4, "{}: {:?}, not {histogram:?}", parts[0], facts.brightness);
            }
            pictures += 1;
        }
        assert!(pictures == 0 || bits as f64 / f64::from(pictures) < 0.2, "{bits} bits differ in {pictures} pictures");
    }

    #[test]
    fn a_flat_picture_has_no_hash_and_a_brighter_copy_nearly_the_same() {
        let facts_of = |value: &dyn Fn(usize, usize) -> u8| {
            let samples = (0..64 * 48).map(|at| value(at % 64, at / 64)).collect();
            facts(&DecodedImage::from_gray8(64, 48, samples).unwrap(), BTreeMap::new())
        };
        let flat = facts_of(&|x, _| 100 + (x % 2) as u8);
        assert_eq!(flat.perceptual_hash, None);
        assert_eq!((flat.brightness.iter().sum::<u16>(), flat.brightness[6]), (1000, 1000));
        let dark = facts_of(&|x, y| (x + y / 2 + (x / 9) * (y / 7)) as u8);
        let bright = facts_of(&|x, y| 40 + (x + y / 2 + (x / 9) * (y / 7)) as u8);
        let hashes = [dark.perceptual_hash.unwrap(), bright.perceptual_hash.unwrap()];
        assert!((hashes[0] ^ hashes[1]).count_ones() <= 1, "{hashes:x?}");
        assert!(bright.mean_brightness().unwrap() - dark.mean_brightness().unwrap() > 0.1);
    }
}
