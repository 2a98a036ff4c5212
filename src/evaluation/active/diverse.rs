//! A cold start: which images to label first, while nobody has labelled any. As many clusters as images are wanted are made of
//! what the images look like to a network, and the image nearest to each centre is taken: representative, since clusters lie
//! where images are many, and diverse, since they lie apart.
//!
//! That is the family of ALPS (Yuan, Lin and Boyd-Graber 2020, "Cold-start active learning through self-supervised language
//! modeling", section 3: k-means, then the nearest to each centre) on frozen features of a picture. In MedCAL-Bench (Zhu et
//! al. 2025, arXiv 2508.03441: seven strategies on fourteen networks and seven sets of medical images) it has the best
//! average for segmentation, and another of its kind, RepDiv, for classification; most networks beat random, none
//! always.

use super::k_centre::k_centre;
use super::k_means::k_means;
use super::row;

/// The `wanted` rows nearest to the centres of as many clusters, in an order of which every beginning is diverse: that of the
/// largest cluster, then always the one furthest from those before (Gonzalez 1985). Rows are taken as they are;
/// [`super::normalise`] makes distances those of directions. `None` where `go_on`, which is told the share done, says no.
///
/// Fewer than wanted come back where rows are the same. The same for the same seed, whatever the number of threads.
pub fn cold_start(
    features: &[f32],
    width: usize,
    wanted: usize,
    seed: u64,
    go_on: &dyn Fn(f64) -> bool,
) -> Option<Vec<usize>> {
    let clusters = k_means(features, width, wanted, seed, go_on)?;
    let sizes = clusters.sizes(width);
    let picked = clusters.nearest(width);
    let size = |cluster: usize| sizes.get(cluster).copied().unwrap_or_default();
    let Some(first) = (0..picked.len()).rev().max_by_key(|at| picked.get(*at).map_or(0, |(cluster, _)| size(*cluster)))
    else {
        return Some(Vec::new());
    };
    let rows: Vec<f32> = picked.iter().flat_map(|(_, at)| row(features, width, *at)).copied().collect();
    let after = k_centre(&rows, width, &[first], picked.len(), &|_| true);
    Some(std::iter::once(first).chain(after).filter_map(|at| picked.get(at).map(|(_, at)| *at)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{normalise, squared_distance};
    use super::*;

    /// Heaps of different sizes around five corners.
    fn heaps() -> (Vec<f32>, Vec<usize>) {
        let (mut rows, mut heap_of) = (Vec::new(), Vec::new());
        for (heap, size) in [30usize, 5, 12, 9, 20].into_iter().enumerate() {
            for at in 0..size {
                rows.extend((0..6).map(|i| ((at * 13 + i * 5) % 11) as f32 / 60.0 + f32::from(i == heap)));
                heap_of.push(heap);
            }
        }
        normalise(&mut rows, 6);
        (rows, heap_of)
    }

    #[test]
    fn every_beginning_is_diverse_and_the_largest_heap_comes_first() {
        let (rows, heap_of) = heaps();
        for seed in 0..5 {
            let order = cold_start(&rows, 6, 5, seed, &|_| true).unwrap();
            let heaps: Vec<usize> = order.iter().map(|at| heap_of[*at]).collect();
            let mut sorted = heaps.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4], "seed {seed}: {heaps:?}");
            assert_eq!(heaps[0], 0);
            // Each is at least as far from those before as the next is from those before it.
            let gap = |end: usize| {
                let of = |at: &usize| squared_distance(row(&rows, 6, *at), row(&rows, 6, order[end]));
                order[..end].iter().map(of).fold(f32::INFINITY, f32::min)
            };
            assert!((1..4).all(|end| gap(end) >= gap(end + 1)));
        }
    }

    #[test]
    fn more_than_there_is_gives_all_and_a_no_ends_it() {
        let (rows, heap_of) = heaps();
        let all = cold_start(&rows, 6, 500, 1, &|_| true).unwrap();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert!(once.len() == all.len() && all.len() <= heap_of.len());
        assert_eq!(cold_start(&rows, 6, 5, 1, &|_| false), None);
        assert_eq!(cold_start(&[], 6, 5, 1, &|_| true), Some(Vec::new()));
    }
}
