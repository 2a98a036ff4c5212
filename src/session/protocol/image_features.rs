//! The features of all images of a project under one model.

use crate::store::{FeatureKey, Features};
use rayon::prelude::*;

/// The features of a project's images, ready to learn from: moved so that the mean over the images is zero, and scaled so that
/// the mean square of an image's length is one. C means the same for every network then.
#[derive(Debug, Default)]
pub struct ImageFeatures {
    pub width: usize,
    /// In order of import; zeros where there are none.
    pub values: Vec<f32>,
    /// Whether each image has some.
    pub there: Vec<bool>,
    mean: Vec<f32>,
    scale: f32,
}

impl ImageFeatures {
    /// Of images in order of import.
    pub fn of(kept: &Features, keys: &[Option<FeatureKey>]) -> Self {
        let width = kept.width();
        let mut values = vec![0.0f32; keys.len() * width];
        let rows = values.par_chunks_mut(width.max(1)).zip(keys);
        let there: Vec<bool> = if width == 0 {
            vec![false; keys.len()]
        } else {
            rows.map(|(row, key)| key.as_ref().is_some_and(|key| kept.read(key, row))).collect()
        };
        let count = there.iter().filter(|there| **there).count().max(1) as f64;
        let mut sums = vec![0.0f64; width];
        for row in values.chunks_exact(width.max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let squares: Vec<f64> = values
            .par_chunks_mut(width.max(1))
            .zip(&there)
            .filter(|(_, there)| **there)
            .map(|(row, _)| {
                row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
                row.iter().map(|value| f64::from(value * value)).sum()
            })
            .collect();
        let square = squares.iter().sum::<f64>() / count;
        let scale = if square > 0.0 { (1.0 / square.sqrt()) as f32 } else { 1.0 };
        values.par_iter_mut().for_each(|value| *value *= scale);
        Self { width, values, there, mean, scale }
    }

    /// Those of an image; `None` where there are none.
    pub fn row(&self, at: usize) -> Option<&[f32]> {
        self.there.get(at).filter(|there| **there)?;
        self.values.get(at * self.width..(at + 1) * self.width)
    }

    /// The images most like one, the most alike first, each with the cosine of the angle between their features as the network
    /// gives them; every image is compared. Empty where that image has none.
    pub fn nearest(&self, to: usize, most: usize) -> Vec<(usize, f32)> {
        let back = |row: &[f32]| -> Vec<f32> {
            row.iter().zip(&self.mean).map(|(value, mean)| value / self.scale + mean).collect()
        };
        let Some(asked) = self.row(to).map(back) else { return Vec::new() };
        let length = |row: &[f32]| row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let own = length(&asked);
        let likeness = |at: usize| {
            let row = self.row(at).map(back)?;
            let product: f64 = row.iter().zip(&asked).map(|(a, b)| f64::from(a * b)).sum();
            let lengths = own * length(&row);
            (lengths > 0.0).then(|| (at, (product / lengths) as f32))
        };
        let others = (0..self.there.len()).into_par_iter().filter(|at| *at != to);
        let mut all: Vec<(usize, f32)> = others.filter_map(likeness).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_moved_and_scaled_and_likeness_is_of_what_the_network_gave() {
        let key = |name: &str| FeatureKey::of(&crate::files::hash::sha256_hex(name.as_bytes()), 0);
        let mut kept = Features::default();
        let rows = [("a", [3.0, 4.0]), ("b", [6.0, 8.0]), ("c", [4.0, 3.0]), ("d", [0.0, 5.0])];
        for (name, row) in &rows {
            assert!(kept.put(key(name).unwrap(), row));
        }
        let features = ImageFeatures::of(&kept, &[key("a"), key("gone"), key("b"), None, key("c"), key("d")]);
        assert_eq!(features.there, [true, false, true, false, true, true]);
        let there: Vec<&[f32]> = (0..6).filter_map(|at| features.row(at)).collect();
        for column in 0..2 {
            let mean: f32 = there.iter().map(|row| row[column]).sum::<f32>() / 4.0;
            assert!(mean.abs() < 1e-6, "{mean}");
        }
        let square: f32 = there.iter().flat_map(|row| row.iter()).map(|value| value * value).sum::<f32>() / 4.0;
        assert!((square - 1.0).abs() < 1e-5, "{square}");
        let near = features.nearest(0, 2);
        assert_eq!(near.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [2, 4]);
        assert!((near[0].1 - 1.0).abs() < 1e-5 && (near[1].1 - 24.0 / 25.0).abs() < 1e-5, "{near:?}");
        assert!(features.nearest(1, 2).is_empty() && features.nearest(9, 2).is_empty());
        assert!(ImageFeatures::of(&Features::default(), &[None, key("a")]).nearest(0, 3).is_empty());
    }
}
