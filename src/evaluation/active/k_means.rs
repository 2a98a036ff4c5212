//! Clusters by k-means: Lloyd's steps (1982, "Least squares quantization in PCM") from centres that k-means++ draws (Arthur
//! and Vassilvitskii 2007, "k-means++: the advantages of careful seeding").

use super::{row, squared_distance};
use crate::nn::{MatrixView, product};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Steps at most: the last ones move few rows, and what is wanted are rows near centres and no exact optimum.
const STEPS: usize = 30;

/// Rows whose distances from all centres are one product of matrices.
const BLOCK: usize = 128;

/// Rows in clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// One row a cluster, `width` numbers each.
    pub centres: Vec<f32>,
    /// The cluster of each row.
    pub of: Vec<usize>,
    /// The squared distance of each row from its centre.
    pub distance: Vec<f32>,
}

impl Clusters {
    /// The sum of squared distances, which k-means makes small.
    pub fn inertia(&self) -> f64 {
        self.distance.iter().map(|d| f64::from(*d)).sum()
    }

    /// How many rows each cluster has.
    pub fn sizes(&self, width: usize) -> Vec<usize> {
        let mut sizes = vec![0; self.centres.len() / width.max(1)];
        for &cluster in &self.of {
            if let Some(size) = sizes.get_mut(cluster) {
                *size += 1;
            }
        }
        sizes
    }

    /// The row nearest to each centre, the first of those equally near; of clusters in their order, without empty ones.
    pub fn nearest(&self, width: usize) -> Vec<(usize, usize)> {
        let mut best: Vec<Option<(usize, f32)>> = vec![None; self.centres.len() / width.max(1)];
        for (at, (&cluster, &distance)) in self.of.iter().zip(&self.distance).enumerate() {
            if let Some(best) = best.get_mut(cluster).filter(|best| best.is_none_or(|(_, d)| distance < d)) {
                *best = Some((at, distance));
            }
        }
        best.into_iter().enumerate().filter_map(|(cluster, best)| Some((cluster, best?.0))).collect()
    }
}

/// Puts rows of `width` numbers into `clusters` clusters, or as many as there are rows. `None` where `go_on`, which is told the
/// share done, says no. The same for the same seed, whatever the number of threads.
pub fn k_means(
    features: &[f32],
    width: usize,
    clusters: usize,
    seed: u64,
    go_on: &dyn Fn(f64) -> bool,
) -> Option<Clusters> {
    let count = features.len().checked_div(width).unwrap_or_default();
    let clusters = clusters.min(count);
    if clusters == 0 {
        return Some(Clusters { centres: Vec::new(), of: vec![0; count], distance: vec![0.0; count] });
    }
    // Drawing each centre is a pass, and a step is as many as there are clusters.
    let passes = (clusters * (STEPS + 1)) as f64;
    let centres = seeded(features, width, clusters, seed, &|drawn| go_on(drawn as f64 / passes))?;
    let mut found = Clusters { centres, of: vec![usize::MAX; count], distance: vec![0.0; count] };
    for step in 0..STEPS {
        if !go_on((clusters * (step + 1)) as f64 / passes) {
            return None;
        }
        if !assign(&mut found, features, width) {
            break;
        }
        move_centres(&mut found, features, width);
    }
    // Distances are those of the last centres.
    assign(&mut found, features, width);
    Some(found)
}

/// Centres drawn one after the other, each row as likely as the square of its distance from the nearest drawn so far.
fn seeded(
    features: &[f32],
    width: usize,
    clusters: usize,
    seed: u64,
    go_on: &dyn Fn(usize) -> bool,
) -> Option<Vec<f32>> {
    let count = features.len() / width;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut nearest = vec![f32::INFINITY; count];
    let mut centres = Vec::with_capacity(clusters * width);
    let mut next = rng.random_range(0..count);
    for drawn in 0..clusters {
        if !go_on(drawn) {
            return None;
        }
        let centre = row(features, width, next);
        centres.extend_from_slice(centre);
        nearest
            .par_iter_mut()
            .zip(features.par_chunks_exact(width))
            .for_each(|(nearest, row)| *nearest = nearest.min(squared_distance(row, centre)));
        let total: f64 = nearest.iter().map(|d| f64::from(*d)).sum();
        let mut left = rng.random::<f64>() * total;
        // All rows are drawn centres: any does.
        next = nearest
            .iter()
            .position(|distance| {
                left -= f64::from(*distance);
                left < 0.0
            })
            .unwrap_or(drawn + 1)
            .min(count - 1);
    }
    Some(centres)
}

/// Gives each row the nearest centre, the first of those equally near; whether one changed. Which is nearest follows from
/// `|x - c|^2 = |x|^2 - 2 x.c + |c|^2`, so that a block of rows is one product of matrices.
fn assign(found: &mut Clusters, features: &[f32], width: usize) -> bool {
    let centres = &found.centres;
    let clusters = centres.len() / width;
    let halves: Vec<f32> =
        centres.chunks_exact(width).map(|centre| squared_distance(centre, &vec![0.0; width]) / 2.0).collect();
    let turned = MatrixView::of_rows(centres, clusters, width, width).turned();
    let blocks = found.of.par_chunks_mut(BLOCK).zip(found.distance.par_chunks_mut(BLOCK));
    blocks
        .zip(features.par_chunks(BLOCK * width))
        .map(|((of, distances), rows)| {
            let mut dots = vec![0.0f32; of.len() * clusters];
            product(&mut dots, clusters, MatrixView::of_rows(rows, of.len(), width, width), turned, false);
            let mut changed = false;
            let all = of.iter_mut().zip(distances).zip(rows.chunks_exact(width)).zip(dots.chunks_exact(clusters));
            for (((of, distance), values), dots) in all {
                let mut best = (0, f32::INFINITY);
                for (cluster, (half, dot)) in halves.iter().zip(dots).enumerate() {
                    if half - dot < best.1 {
                        best = (cluster, half - dot);
                    }
                }
                changed |= *of != best.0;
                *of = best.0;
                *distance = squared_distance(values, row(centres, width, best.0));
            }
            changed
        })
        .reduce(|| false, |a, b| a || b)
}

/// Moves each centre to the mean of its rows; one without rows to the row furthest from its own centre.
fn move_centres(found: &mut Clusters, features: &[f32], width: usize) {
    let clusters = found.centres.len() / width;
    let mut sums = vec![0.0f64; clusters * width];
    let mut sizes = vec![0usize; clusters];
    for (&cluster, row) in found.of.iter().zip(features.chunks_exact(width)) {
        if let (Some(sum), Some(size)) = (sums.get_mut(cluster * width..(cluster + 1) * width), sizes.get_mut(cluster))
        {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
            *size += 1;
        }
    }
    let mut furthest: Vec<usize> = Vec::new();
    if sizes.contains(&0) {
        furthest = (0..found.of.len()).collect();
        let distance = |at: &usize| found.distance.get(*at).copied().unwrap_or_default();
        furthest.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    }
    let centres = found.centres.chunks_exact_mut(width);
    for ((centre, sum), size) in centres.zip(sums.chunks_exact(width)).zip(sizes) {
        if size > 0 {
            centre.iter_mut().zip(sum).for_each(|(value, sum)| *value = (sum / size as f64) as f32);
        } else if let Some(at) = furthest.pop() {
            centre.copy_from_slice(row(features, width, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three heaps of 40, 20 and 10 rows of 17 numbers, by a made-up but fixed scatter.
    pub fn heaps() -> Vec<f32> {
        let mut rows = Vec::new();
        for at in 0..70usize {
            let heap = if at < 40 { 0 } else { 1 + usize::from(at >= 60) };
            rows.extend((0..17).map(|i| {
                let scatter = ((at * 31 + i * 7) % 19) as f32 / 19.0;
                scatter + if i % 3 == heap { 10.0 } else { 0.0 }
            }));
        }
        rows
    }

    #[test]
    fn heaps_are_found_and_the_seed_decides_nothing_else() {
        for seed in 0..8 {
            let found = k_means(&heaps(), 17, 3, seed, &|_| true).unwrap();
            let mut sizes = found.sizes(17);
            sizes.sort_unstable();
            assert_eq!(sizes, [10, 20, 40], "seed {seed}");
            assert_eq!(found, k_means(&heaps(), 17, 3, seed, &|_| true).unwrap());
            for (cluster, at) in found.nearest(17) {
                assert_eq!(found.of[at], cluster);
            }
        }
    }

    #[test]
    fn more_clusters_than_rows_and_rows_that_are_the_same() {
        let found = k_means(&[1.0, 2.0], 1, 5, 1, &|_| true).unwrap();
        assert_eq!((found.centres.len(), found.inertia()), (2, 0.0));
        let same = k_means(&[3.0; 12], 2, 3, 1, &|_| true).unwrap();
        assert_eq!((same.of.len(), same.inertia()), (6, 0.0));
        assert!(k_means(&[], 4, 3, 1, &|_| true).unwrap().of.is_empty());
        assert_eq!(k_means(&heaps(), 17, 3, 1, &|share| share < 0.01), None);
    }
}
