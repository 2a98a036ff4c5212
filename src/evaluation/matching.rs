//! Which predicted box is which true box of one image, and what is missed, shifted or too much.

use crate::domain::{BoxThresholds, PredictedBox, Rect};

/// Boxes that overlap by this intersection over union show the same finding (Everingham et al. 2010, "The Pascal Visual
/// Object Classes Challenge").
pub const FOUND_IOU: f64 = 0.5;
/// Boxes that overlap by less than [`FOUND_IOU`] and at least this mean the same finding and lie beside it.
pub const SHIFTED_IOU: f64 = 0.1;

/// How many boxes of an image are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoxMatches {
    /// True boxes with a predicted one on them.
    pub found: usize,
    /// True boxes with a predicted one beside them.
    pub shifted: usize,
    /// True boxes without any.
    pub missed: usize,
    /// Predicted boxes that belong to no true one.
    pub extra: usize,
}

/// Matches the predicted boxes that count to the true boxes (class, rectangle) of the same
/// class: the highest score first, each takes the free true box that it overlaps most, first those it lies on
/// ([`FOUND_IOU`]), then, of what is left, those it lies beside ([`SHIFTED_IOU`]). Every box is taken at most once.
pub fn match_boxes(truth: &[(usize, Rect)], predicted: &[PredictedBox], thresholds: &BoxThresholds) -> BoxMatches {
    let mut waiting: Vec<&PredictedBox> = predicted.iter().filter(|one| thresholds.counts(one)).collect();
    waiting.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut free: Vec<&(usize, Rect)> = truth.iter().collect();
    let found = take(&mut waiting, &mut free, FOUND_IOU);
    let shifted = take(&mut waiting, &mut free, SHIFTED_IOU);
    BoxMatches { found, shifted, missed: free.len(), extra: waiting.len() }
}

/// Boxes of the right class in the wrong place: of each class the predicted ones that count and lie on no true one
/// ([`FOUND_IOU`]), as far as there are true ones left without one on them.
pub fn misplaced(truth: &[(usize, Rect)], predicted: &[PredictedBox], thresholds: &BoxThresholds) -> usize {
    let mut waiting: Vec<&PredictedBox> = predicted.iter().filter(|one| thresholds.counts(one)).collect();
    waiting.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut free: Vec<&(usize, Rect)> = truth.iter().collect();
    take(&mut waiting, &mut free, FOUND_IOU);
    let mut classes: Vec<usize> = free.iter().map(|(class, _)| *class).collect();
    waiting.retain(|one| {
        let at = classes.iter().position(|class| *class == one.class);
        at.map(|at| classes.swap_remove(at)).is_some()
    });
    waiting.len()
}

/// Of each predicted box, whether it lies on a true one of its class ([`FOUND_IOU`]): the highest score first, each takes the free
/// true box that it overlaps most.
pub fn on_truth(truth: &[(usize, Rect)], predicted: &[PredictedBox]) -> Vec<bool> {
    let mut waiting: Vec<&PredictedBox> = predicted.iter().collect();
    waiting.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut free: Vec<&(usize, Rect)> = truth.iter().collect();
    take(&mut waiting, &mut free, FOUND_IOU);
    // What still waits took none.
    predicted.iter().map(|one| !waiting.iter().any(|left| std::ptr::eq(*left, one))).collect()
}

/// Takes out of both lists what belongs together by at least this intersection over union; how many pairs.
fn take(waiting: &mut Vec<&PredictedBox>, free: &mut Vec<&(usize, Rect)>, least: f64) -> usize {
    let before = waiting.len();
    waiting.retain(|one| {
        let overlap = |other: &(usize, Rect)| if other.0 == one.class { one.rect.iou(&other.1) } else { 0.0 };
        let places = free.iter().enumerate().map(|(at, other)| (at, overlap(other)));
        let best = places.filter(|(_, iou)| *iou >= least).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, _)) = best {
            free.swap_remove(at);
        }
        best.is_none()
    });
    before - waiting.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(threshold: f64) -> BoxThresholds {
        BoxThresholds::of_all(threshold)
    }

    fn rect(x: f64, width: f64) -> Rect {
        Rect { xmin: x, ymin: 0.0, xmax: x + width, ymax: 10.0 }
    }

    fn said(class: usize, score: f32, rect: Rect) -> PredictedBox {
        PredictedBox { class, score, rect }
    }

    #[test]
    fn boxes_are_found_shifted_missed_or_extra() {
        // Intersection over union of boxes 10 wide, shifted by d: (10 - d) / (10 + d).
        let truth = [(0, rect(0.0, 10.0)), (0, rect(100.0, 10.0)), (1, rect(200.0, 10.0)), (0, rect(300.0, 10.0))];
        let predicted = [
            said(0, 0.9, rect(3.0, 10.0)),
            said(0, 0.8, rect(105.0, 10.0)),
            said(0, 0.7, rect(200.0, 10.0)),
            said(0, 0.3, rect(300.0, 10.0)),
        ];
        let expected = BoxMatches { found: 1, shifted: 1, missed: 2, extra: 1 };
        assert_eq!(match_boxes(&truth, &predicted, &from(0.5)), expected, "another class, and one below the threshold");
        let all = BoxMatches { found: 2, shifted: 1, missed: 1, extra: 1 };
        assert_eq!(
            match_boxes(&truth, &predicted, &from(0.3_f32.into())),
            all,
            "a score equal to the threshold counts"
        );
    }

    #[test]
    fn the_edges_of_the_ranges_belong_to_the_better_name() {
        // 10 wide on 5 of them: exactly a half; on 1: exactly a tenth.
        let truth = [(0, rect(0.0, 10.0))];
        let count = |width| match_boxes(&truth, &[said(0, 0.9, rect(0.0, width))], &from(0.5));
        assert_eq!(count(5.0), BoxMatches { found: 1, ..BoxMatches::default() });
        assert_eq!(count(1.0), BoxMatches { shifted: 1, ..BoxMatches::default() });
        assert_eq!(count(0.9), BoxMatches { missed: 1, extra: 1, ..BoxMatches::default() });
    }

    #[test]
    fn a_box_is_taken_once_by_the_higher_score_and_a_hit_goes_before_a_near_miss() {
        let truth = [(0, rect(0.0, 10.0))];
        let twice = [said(0, 0.6, rect(0.0, 10.0)), said(0, 0.9, rect(1.0, 10.0))];
        assert_eq!(match_boxes(&truth, &twice, &from(0.5)), BoxMatches { found: 1, extra: 1, ..BoxMatches::default() });
        // The surer one only lies beside: it does not take the box from the one that lies on it.
        let near = [said(0, 0.9, rect(6.0, 10.0)), said(0, 0.6, rect(0.0, 10.0))];
        assert_eq!(match_boxes(&truth, &near, &from(0.5)), BoxMatches { found: 1, extra: 1, ..BoxMatches::default() });
    }

    #[test]
    fn the_right_class_in_the_wrong_place_is_counted_whatever_lies_between() {
        let truth = [(0, rect(0.0, 10.0)), (0, rect(100.0, 10.0)), (1, rect(200.0, 10.0))];
        // On the first; beside the second, and far from it; of a class that was drawn elsewhere; of one that was not; too low.
        let predicted = [
            said(0, 0.9, rect(1.0, 10.0)),
            said(0, 0.8, rect(106.0, 10.0)),
            said(0, 0.7, rect(160.0, 10.0)),
            said(1, 0.9, rect(0.0, 10.0)),
            said(2, 0.9, rect(200.0, 10.0)),
            said(1, 0.2, rect(300.0, 10.0)),
        ];
        assert_eq!(misplaced(&truth, &predicted, &from(0.5)), 2, "one of two beside the second, and that of class 1");
        assert_eq!(misplaced(&truth[..1], &predicted, &from(0.5)), 0, "all that was drawn is found");
        assert_eq!(misplaced(&truth[2..], &predicted[..3], &from(0.5)), 0, "nobody drew one of their class");
        assert_eq!(misplaced(&truth, &[], &from(0.5)), 0);
    }

    #[test]
    fn of_two_boxes_on_one_the_surer_is_right() {
        let truth = [(0, rect(0.0, 10.0)), (1, rect(50.0, 10.0))];
        let predicted = [
            said(0, 0.3, rect(0.0, 10.0)),
            said(0, 0.9, rect(1.0, 10.0)),
            said(1, 0.1, rect(51.0, 10.0)),
            said(0, 0.8, rect(50.0, 10.0)),
        ];
        assert_eq!(on_truth(&truth, &predicted), [false, true, true, false]);
    }

    #[test]
    fn nothing_matches_nothing() {
        assert_eq!(match_boxes(&[], &[], &from(0.5)), BoxMatches::default());
        assert_eq!(match_boxes(&[], &[said(0, 0.9, rect(0.0, 1.0))], &from(0.5)).extra, 1);
        assert_eq!(match_boxes(&[(0, rect(0.0, 1.0))], &[], &from(0.5)).missed, 1);
    }
}
