//! Overlaps of rectangles and non-maximum suppression, in the arithmetic of `torchvision.ops` (f32).

use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Area of `xmin ymin xmax ymax`.
fn area(rect: &[f32; 4]) -> f32 {
    (rect[2] - rect[0]) * (rect[3] - rect[1])
}

/// Intersection over union of two rectangles; 0 where both are empty.
pub fn iou(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let width = (a[2].min(b[2]) - a[0].max(b[0])).max(0.0);
    let height = (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    let shared = width * height;
    if shared > 0.0 { shared / (area(a) + area(b) - shared) } else { 0.0 }
}

/// The higher first, and the two zeros as equals.
fn descending(a: f32, b: f32) -> Ordering {
    (b + 0.0).total_cmp(&(a + 0.0))
}

/// Greedy non-maximum suppression as `torchvision.ops.nms`: goes through the rectangles from the best score down and
/// drops those that overlap one that was kept by more than `most` (intersection over union). Gives the places of those
/// kept, best score first; of equal scores the first in the list goes first.
pub fn nms(rects: &[[f32; 4]], scores: &[f32], most: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rects.len().min(scores.len())).collect();
    order.sort_by(|&a, &b| descending(scores[a], scores[b]));
    let mut dropped = vec![false; order.len()];
    let mut kept = Vec::new();
    for at in 0..order.len() {
        if dropped[at] {
            continue;
        }
        let best = &rects[order[at]];
        kept.push(order[at]);
        for (dropped, &other) in dropped.iter_mut().zip(&order).skip(at + 1) {
            *dropped = *dropped || f64::from(iou(best, &rects[other])) > most;
        }
    }
    kept
}

/// [`nms`] within each class (or level) on its own, as `torchvision.ops.batched_nms`; best score first over all.
pub fn nms_by_class(rects: &[[f32; 4]], scores: &[f32], classes: &[usize], most: f64) -> Vec<usize> {
    let mut by_class: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, &class) in classes.iter().enumerate().take(rects.len().min(scores.len())) {
        by_class.entry(class).or_default().push(place);
    }
    let groups: Vec<Vec<usize>> = by_class.into_values().collect();
    let mut kept: Vec<usize> = groups
        .par_iter()
        .flat_map_iter(|places| {
            let own: Vec<[f32; 4]> = places.iter().map(|&place| rects[place]).collect();
            let scores: Vec<f32> = places.iter().map(|&place| scores[place]).collect();
            nms(&own, &scores, most).into_iter().map(|at| places[at])
        })
        .collect();
    kept.sort_unstable();
    kept.sort_by(|&a, &b| descending(scores[a], scores[b]));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECTS: [[f32; 4]; 4] =
        [[0.0, 0.0, 10.0, 10.0], [1.0, 0.0, 11.0, 10.0], [20.0, 0.0, 30.0, 10.0], [0.0, 0.0, 10.0, 20.0]];

    #[test]
    fn overlaps_are_those_of_the_definition() {
        assert_eq!(iou(&RECTS[0], &RECTS[3]), 0.5);
        assert_eq!(iou(&RECTS[0], &RECTS[2]), 0.0);
        assert_eq!(iou(&[5.0; 4], &[5.0; 4]), 0.0, "nothing over nothing");
    }

    #[test]
    fn the_best_stay_and_equal_scores_keep_their_order() {
        assert_eq!(nms(&RECTS, &[0.5, 0.9, 0.1, 0.5], 0.45), [1, 3, 2]);
        assert_eq!(nms(&RECTS, &[0.5, 0.5, 0.5, 0.5], 0.5), [0, 2, 3], "an overlap of just the limit stays");
        assert_eq!(nms(&RECTS, &[0.5, 0.5, 0.5, 0.5], 0.49), [0, 2]);
        assert!(nms(&[], &[], 0.5).is_empty());
    }

    #[test]
    fn classes_leave_each_other_alone() {
        assert_eq!(nms_by_class(&RECTS, &[0.5, 0.9, 0.1, 0.5], &[7, 3, 3, 7], 0.4), [1, 0, 2]);
    }
}
