//! The images that leave none far away: the greedy 2-approximation of k-centre (Gonzalez 1985, "Clustering to minimize the
//! maximum intercluster distance"), as a set to label (Sener and Savarese 2018, "Active learning for convolutional neural
//! networks: a core-set approach", algorithm 1).

use super::{row, squared_distance};
use rayon::prelude::*;

/// The `wanted` rows of `features` that are picked one after the other, each the one furthest from those picked before and
/// from `given`, rows that are labelled already. The first of an empty set is the row furthest from the mean of all.
/// `go_on` is asked before each; what was picked so far comes back once it says no.
///
/// The same whatever the number of threads: the first of rows that are equally far is picked.
pub fn k_centre(
    features: &[f32],
    width: usize,
    given: &[usize],
    wanted: usize,
    go_on: &dyn Fn(usize) -> bool,
) -> Vec<usize> {
    let count = features.len().checked_div(width).unwrap_or_default();
    let mut nearest = vec![f32::INFINITY; count];
    let mut picked: Vec<usize> = Vec::new();
    for &at in given {
        bring_near(&mut nearest, features, width, row(features, width, at));
        taken(&mut nearest, at);
    }
    let left = nearest.iter().filter(|distance| **distance >= 0.0).count();
    while picked.len() < wanted.min(left) && go_on(picked.len()) {
        let next = if picked.is_empty() && given.is_empty() {
            let mut from_mean = vec![f32::INFINITY; count];
            bring_near(&mut from_mean, features, width, &mean(features, width));
            furthest(&from_mean)
        } else {
            furthest(&nearest)
        };
        let Some(next) = next else { break };
        picked.push(next);
        bring_near(&mut nearest, features, width, row(features, width, next));
        taken(&mut nearest, next);
    }
    picked
}

/// Keeps of each row the smaller of its distance so far and that to `centre`.
fn bring_near(nearest: &mut [f32], features: &[f32], width: usize, centre: &[f32]) {
    nearest.par_iter_mut().zip(features.par_chunks_exact(width)).for_each(|(nearest, row)| {
        // One that was taken stays below all.
        if *nearest >= 0.0 {
            *nearest = nearest.min(squared_distance(row, centre));
        }
    });
}

fn taken(nearest: &mut [f32], at: usize) {
    if let Some(distance) = nearest.get_mut(at) {
        *distance = -1.0;
    }
}

/// The first of the rows that are furthest and not taken.
fn furthest(nearest: &[f32]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (at, &distance) in nearest.iter().enumerate().filter(|(_, distance)| **distance >= 0.0) {
        if best.is_none_or(|(_, so_far)| distance > so_far) {
            best = Some((at, distance));
        }
    }
    best.map(|(at, _)| at)
}

/// The mean row, summed in f64.
fn mean(features: &[f32], width: usize) -> Vec<f32> {
    let rows = features.chunks_exact(width);
    let count = rows.len().max(1) as f64;
    let mut sums = vec![0.0f64; width];
    for row in rows {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums.into_iter().map(|sum| (sum / count) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON_A_LINE: [f32; 6] = [0.0, 1.0, 2.0, 10.0, 11.0, 30.0];

    #[test]
    fn each_is_the_furthest_from_those_before() {
        let go = |_| true;
        // The mean is 9: the row at 30 is furthest, then 0, then 11 (11 from 0, 19 from 30), then 2 (2 from 0).
        assert_eq!(k_centre(&ON_A_LINE, 1, &[], 4, &go), [5, 0, 4, 2]);
        assert_eq!(k_centre(&ON_A_LINE, 1, &[5, 0], 2, &go), [4, 2]);
        assert_eq!(k_centre(&ON_A_LINE, 1, &[0, 1], 99, &go).len(), 4);
        assert_eq!(k_centre(&ON_A_LINE, 1, &[], 4, &|picked| picked < 2), [5, 0]);
        assert!(k_centre(&[], 1, &[], 3, &go).is_empty() && k_centre(&[], 0, &[], 3, &go).is_empty());
    }

    #[test]
    fn rows_that_are_the_same_are_picked_last_and_each_once() {
        let rows = [[0.0f32, 0.0], [5.0, 0.0], [0.0, 0.0], [0.0, 0.0]].concat();
        let picked = k_centre(&rows, 2, &[], 4, &|_| true);
        assert_eq!(picked[..2], [1, 0]);
        assert_eq!(picked.len(), 4);
    }

    #[test]
    fn the_radius_is_at_most_twice_the_best() {
        // Of all pairs of centres the best leaves 9.5: half of what the two leave at most.
        let picked = k_centre(&ON_A_LINE, 1, &[], 2, &|_| true);
        let radius = |centres: &[usize]| {
            let far = |x: &f32| centres.iter().map(|c| (ON_A_LINE[*c] - x).abs()).fold(f32::INFINITY, f32::min);
            ON_A_LINE.iter().map(far).fold(0.0, f32::max)
        };
        let pairs = (0..6).flat_map(|a| (0..a).map(move |b| [a, b]));
        let best = pairs.map(|pair| radius(&pair)).fold(f32::INFINITY, f32::min);
        assert!(radius(&picked) <= 2.0 * best);
    }
}
