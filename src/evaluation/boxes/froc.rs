//! The free-response operating characteristic.

use super::AT_50;
use super::matching::{Judged, JudgedClass};
use super::{Counts, ratio};
use crate::domain::FrocPoint;

/// The curve keeps at most so many points.
const MOST_POINTS: usize = 200;

/// Sensitivity against wrong boxes an image over all thresholds of scores (Bunch et al. 1977; Chakraborty 1989): a box
/// that is there counts as found when a box of its class overlaps it with an intersection over union of at least 0.5,
/// each by one box only, and every other box above the threshold is a false positive. Classes are taken together,
/// boxes on crowds count for neither.
///
/// A point stands at every score at which another true box is found, and at the lowest score; of more than 200 points
/// evenly many are left out. Empty without images or without a true box.
pub(super) fn curve(judged: &[JudgedClass], images: usize) -> Vec<FrocPoint> {
    let support: usize = judged.iter().map(|class| class.support).sum();
    if images == 0 || support == 0 {
        return Vec::new();
    }
    let mut boxes: Vec<&Judged> = judged.iter().flat_map(|class| &class.boxes).collect();
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut counts = Counts { support, ..Counts::default() };
    let mut points = Vec::new();
    let lowest = boxes.last().map(|b| b.score);
    for ties in boxes.chunk_by(|a, b| a.score == b.score) {
        let before = counts.right;
        ties.iter().for_each(|b| counts.add(b.verdicts[AT_50]));
        let threshold = ties.first().map_or(0.0, |b| b.score);
        if counts.right > before || Some(threshold) == lowest {
            points.push(FrocPoint {
                threshold,
                false_positives_per_image: ratio(counts.wrong, images),
                sensitivity: counts.recall(),
            });
        }
    }
    thinned(points)
}

/// Evenly chosen points, the first and the last among them.
fn thinned(points: Vec<FrocPoint>) -> Vec<FrocPoint> {
    if points.len() <= MOST_POINTS {
        return points;
    }
    let last = points.len() - 1;
    (0..MOST_POINTS).filter_map(|at| points.get(at * last / (MOST_POINTS - 1)).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_the_order() {
        let point = |at: usize| FrocPoint {
            threshold: 1.0 - at as f64 / 1000.0,
            false_positives_per_image: at as f64,
            sensitivity: 0.5,
        };
        let points: Vec<FrocPoint> = (0..777).map(point).collect();
        let few = thinned(points.clone());
        assert_eq!((few.len(), few.first(), few.last()), (MOST_POINTS, points.first(), points.last()));
        assert!(few.windows(2).all(|pair| pair[0].threshold > pair[1].threshold));
    }
}
