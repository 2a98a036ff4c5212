//! Whether two models that draw boxes differ: a permutation test on the same images.

use super::resampled::{JudgedBoxes, Prepared};
use crate::domain::performance::BoxFigure;
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use rayon::prelude::*;

/// With fewer groups no two-sided test can come below 0.05.
const FEWEST: usize = 6;

/// The probability of a difference as large as the one seen, or larger, where neither model is better: the answers of the two
/// are exchanged in a random choice of the groups, as often as there are draws (Noreen 1989, "Computer-intensive methods for
/// testing hypotheses", chapter 2; of rankings: Smucker and others 2007). Two-sided; the arrangement that was seen counts as one
/// of them, so that it is never 0 (Phipson and Smyth 2010). Images of a group are exchanged together. Nothing without draws, or
/// with too few groups to tell anything.
pub(super) fn permutation(
    first: &JudgedBoxes<'_>,
    second: &JudgedBoxes<'_>,
    groups: &Groups,
    how: Bootstrap,
) -> Vec<(BoxFigure, f64)> {
    if groups.len() < FEWEST || how.draws == 0 {
        return Vec::new();
    }
    // Every image twice: once with what each model drew. A weight says whose answer counts.
    let truth = [first.truth, second.truth].concat();
    let found = [first.found, second.found].concat();
    let both = Prepared::new(&JudgedBoxes { truth: &truth, found: &found, ..*first });
    let apart = |own: &[f64]| -> [Option<f64>; 2] {
        let other: Vec<f64> = own.iter().map(|weight| 1.0 - weight).collect();
        let (one, two) = (both.maps(&[own, &other].concat()), both.maps(&[&other, own].concat()));
        std::array::from_fn(|at| Some(one.get(at).copied()?? - two.get(at).copied()??))
    };
    let seen = apart(&vec![1.0; groups.images()]);
    let drawn: Vec<[Option<f64>; 2]> =
        (0..how.draws as u64).into_par_iter().map(|draw| apart(&groups.tossed(how.seed, draw))).collect();
    let p = |(at, figure): (usize, BoxFigure)| {
        let seen = seen.get(at).copied()??.abs();
        // Sums in another order differ in their last digits.
        let as_large =
            |one: &&[Option<f64>; 2]| one.get(at).copied().flatten().is_some_and(|d| d.abs() >= seen - 1e-12);
        Some((figure, (1 + drawn.iter().filter(as_large).count()) as f64 / (1 + how.draws) as f64))
    };
    BoxFigure::TESTED.into_iter().enumerate().filter_map(p).collect()
}

#[cfg(test)]
mod tests {
    use super::super::box_difference;
    use super::*;
    use crate::domain::{ClassList, PredictedBox, Rect, TrueBox};
    use serde_json::Value;

    #[test]
    fn probabilities_are_those_of_every_arrangement_by_pycocotools() {
        // tests/reference/box_permutation.py tried all arrangements of ten groups.
        let all: Value =
            serde_json::from_str(include_str!("../../../tests/reference/expected/box_permutation.json")).unwrap();
        let rect = |of: &Value| {
            let side = |at: usize| of[at].as_f64().unwrap();
            Rect { xmin: side(0), ymin: side(1), xmax: side(2), ymax: side(3) }
        };
        let class = |of: &Value| of[4].as_u64().unwrap() as usize;
        let list = |of: &Value| of.as_array().unwrap().clone();
        let truth: Vec<Vec<TrueBox>> = list(&all["truth"])
            .iter()
            .map(|on| list(on).iter().map(|b| TrueBox { class: class(b), rect: rect(b), crowd: false }).collect())
            .collect();
        let found = |name: &str| -> Vec<Vec<PredictedBox>> {
            let one = |b: &Value| PredictedBox { class: class(b), rect: rect(b), score: b[5].as_f64().unwrap() as f32 };
            list(&all[name]).iter().map(|on| list(on).iter().map(one).collect()).collect()
        };
        let groups: Vec<Option<String>> =
            list(&all["groups"]).iter().map(|g| Some(g.as_u64().unwrap().to_string())).collect();
        let classes = ClassList::from_names(&["a", "b"], false).unwrap();
        let how = Bootstrap { draws: 1500, seed: 3 };
        for case in list(&all["cases"]) {
            let (first, second) = (found(case["first"].as_str().unwrap()), found(case["second"].as_str().unwrap()));
            let half = crate::domain::BoxThresholds::of_all(0.5);
            let judged =
                |found| JudgedBoxes { truth: &truth, found, groups: &groups, classes: &classes, thresholds: &half };
            let (one, two) = (judged(&first), judged(&second));
            let plain = box_difference(one, two, Bootstrap { draws: 0, ..how }).unwrap();
            let keys = Groups::new(groups.iter().map(Option::as_ref));
            let found = permutation(&one, &two, &keys, how);
            for (at, name) in ["map50", "map"].into_iter().enumerate() {
                let (seen, p) = (case[name]["difference"].as_f64().unwrap(), case[name]["p"].as_f64().unwrap());
                let (figure, ours) = found[at];
                assert!((plain.figure(figure).unwrap().value.unwrap() - seen).abs() < 1e-9, "{case}");
                // Four standard errors of a share of the draws.
                let room = 4.0 * (p * (1.0 - p) / 1500.0).sqrt() + 1.0 / 1500.0;
                assert!((ours - p).abs() < room, "{name}: {ours}, expected {p} of all arrangements");
            }
            assert_eq!(permutation(&two, &one, &keys, how), found, "whichever comes first");
        }
    }

    #[test]
    fn the_same_boxes_are_not_told_apart_and_few_groups_are_not_tested() {
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 9.0, ymax: 9.0 };
        let truth = vec![vec![TrueBox { class: 0, rect, crowd: false }]; 12];
        let found = vec![vec![PredictedBox { class: 0, score: 0.5, rect }]; 12];
        let classes = ClassList::from_names(&["a"], false).unwrap();
        let p = |groups: &[Option<String>], draws| {
            let of = JudgedBoxes {
                truth: &truth,
                found: &found,
                groups,
                classes: &classes,
                thresholds: &crate::domain::BoxThresholds::of_all(0.5),
            };
            box_difference(of, of, Bootstrap { draws, seed: 1 }).unwrap().p
        };
        assert_eq!(p(&[], 50), [(BoxFigure::Map50, 1.0), (BoxFigure::Map, 1.0)]);
        let five: Vec<Option<String>> = (0..12).map(|at| Some((at % 5).to_string())).collect();
        assert!(p(&five, 50).is_empty() && p(&[], 0).is_empty());
    }
}
