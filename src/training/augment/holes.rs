//! Rectangular holes (DeVries and Taylor 2017; Albumentations' CoarseDropout).

use super::{Shape, uniform};
use crate::domain::recipe::CoarseDropout;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// One hole, in shares of the picture's sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hole {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Hole {
    /// Number, sizes and places; holes lie within the picture and may overlap.
    pub(super) fn draw(settings: &CoarseDropout, rng: &mut ChaCha8Rng) -> Vec<Self> {
        let [fewest, most] = settings.holes;
        let count = rng.random_range(fewest as u64..=most.max(fewest) as u64);
        (0..count)
            .map(|_| {
                let (width, height) = (uniform(rng, settings.size), uniform(rng, settings.size));
                let (left, top) = (uniform(rng, [0.0, 1.0 - width]), uniform(rng, [0.0, 1.0 - height]));
                Self { left, top, width, height }
            })
            .collect()
    }

    pub(super) fn fill(&self, planes: &mut [f32], shape: Shape, value: f32) {
        let edges = |from: f64, length: f64, side: usize| {
            let at = |share: f64| ((share * side as f64).round().max(0.0) as usize).min(side);
            at(from)..at(from + length)
        };
        let (columns, rows) = (edges(self.left, self.width, shape.width), edges(self.top, self.height, shape.height));
        for plane in planes.chunks_exact_mut(shape.width * shape.height) {
            for row in plane.chunks_exact_mut(shape.width).take(rows.end).skip(rows.start) {
                row[columns.clone()].fill(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn holes_have_the_asked_number_size_and_filling() {
        let settings = CoarseDropout { probability: 1.0, holes: [2, 4], size: [0.25, 0.5], fill: 0.5 };
        let shape = Shape { width: 40, height: 20 };
        for seed in 0..50 {
            let holes = Hole::draw(&settings, &mut ChaCha8Rng::seed_from_u64(seed));
            assert!((2..=4).contains(&holes.len()));
            for hole in holes {
                let mut planes = vec![0.0; 1600];
                hole.fill(&mut planes, shape, 0.5);
                let filled = planes[..800].iter().filter(|v| **v == 0.5).count();
                assert!((9 * 4..=21 * 11).contains(&filled), "{filled}");
                assert_eq!(planes[..800], planes[800..]);
            }
        }
    }
}
