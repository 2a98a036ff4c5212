//! Average precision of boxes on changed pictures, and how much it falls below that of the unchanged ones.

use super::resampled::{JudgedBoxes, Prepared, groups};
use crate::domain::robustness::{RobustFigure, RobustValue};
use crate::evaluation::bootstrap::{Bootstrap, intervals};
use crate::evaluation::performance::plain;

/// mAP of `changed`, with how far it fell from `unchanged` on the same draws of the groups; without `unchanged`, of the
/// pictures as they are. The two are paired image by image: boxes that are there may have moved with the picture. Nothing where
/// there are not as many images of both.
pub fn boxes_under_change(
    changed: JudgedBoxes<'_>,
    unchanged: Option<JudgedBoxes<'_>>,
    how: Bootstrap,
) -> Vec<RobustValue> {
    let (now, before) = (Prepared::new(&changed), unchanged.map(|of| Prepared::new(&of)));
    if before.as_ref().is_some_and(|before| before.images() != now.images()) {
        return Vec::new();
    }
    let groups = groups(&changed, now.images());
    let values = |weights: &[f64]| {
        let own = now.maps(weights);
        let mut all = own.to_vec();
        if let Some(before) = &before {
            let pairs = before.maps(weights).into_iter().zip(own);
            all.extend(pairs.map(|(before, own)| Some(before? - own?)));
        }
        all
    };
    let mut all = intervals(&groups, how, values).into_iter();
    let mut next = |why: &str| plain(all.next().unwrap_or_default(), &groups, why);
    let own = [RobustFigure::Map50, RobustFigure::Map].map(|figure| (figure, next("no box is there")));
    let with_drop = |(figure, value)| {
        let drop = before.as_ref().map(|_| next("one of the two figures is not defined"));
        RobustValue { figure, value, drop }
    };
    own.into_iter().map(with_drop).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{box_difference, of_boxes};
    use super::*;
    use crate::domain::performance::BoxFigure;
    use crate::domain::{ClassList, PredictedBox, Rect, TrueBox};

    #[test]
    fn averages_are_those_of_an_evaluation_and_falls_those_of_a_difference() {
        let rect = |x: f64| Rect { xmin: x, ymin: 0.0, xmax: x + 20.0, ymax: 20.0 };
        let truth: Vec<Vec<TrueBox>> =
            (0..40).map(|at| vec![TrueBox { class: 0, rect: rect(f64::from(at)), crowd: false }]).collect();
        let found = |off: f64| -> Vec<Vec<PredictedBox>> {
            let one = |at: i32| {
                let shift = off * f64::from(at % 5);
                vec![PredictedBox { class: 0, score: 0.9 - at as f32 * 0.01, rect: rect(f64::from(at) + shift) }]
            };
            (0..40).map(one).collect()
        };
        let classes = ClassList::from_names(&["mass"], false).unwrap();
        let (good, bad) = (found(0.5), found(3.0));
        let half = crate::domain::BoxThresholds::of_all(0.5);
        let judged = |found| JudgedBoxes { truth: &truth, found, groups: &[], classes: &classes, thresholds: &half };
        let how = Bootstrap { draws: 200, seed: 2 };
        let values = boxes_under_change(judged(&bad), Some(judged(&good)), how);
        let expected = of_boxes(judged(&bad), how);
        let apart = box_difference(judged(&good), judged(&bad), how).unwrap();
        for (value, figure) in values.iter().zip([BoxFigure::Map50, BoxFigure::Map]) {
            assert_eq!(Some(&value.value), expected.figure(figure));
            assert_eq!(value.drop.as_ref(), apart.figure(figure));
            assert!(value.drop.as_ref().unwrap().value.unwrap() > 0.1, "{value:?}");
        }
        let fewer = JudgedBoxes { truth: &truth[..5], ..judged(&good) };
        assert!(boxes_under_change(judged(&bad), Some(fewer), how).is_empty());
    }
}
