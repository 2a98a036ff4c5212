//! How far two readers agree on boxes: there is no truth among them, so both count alike.

use super::bootstrap::{Bootstrap, Groups, intervals};
use super::readers::estimate;
use crate::domain::Rect;
use crate::domain::performance::Estimate;

/// Boxes that overlap by this share of their union (IoU) are of the same thing.
pub const SAME_IOU: f64 = 0.5;

/// A reader's box: its class (index into the class list) and where it is, px.
pub type ReadBox = (usize, Rect);

/// What two readers drew on the images that both of them read.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct BoxAgreement {
    /// Images that both have read, also without a box.
    pub images: usize,
    /// Boxes that both drew: of the same class and in the same place.
    pub both: usize,
    /// Boxes that only the first, and only the second drew.
    pub only: [usize; 2],
    /// Pairs among those that lie in the same place and are of different classes; absent where one class alone is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_class: Option<usize>,
    /// Twice the boxes of both over all boxes of the two: F1, whichever of the two is taken for the truth.
    pub f1: Estimate,
    /// How far boxes that both drew overlap (IoU), on average; absent without any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_iou: Option<f64>,
}

/// Compares the boxes of two readers, one list an image each, of which `groups` says which are drawn together.
pub fn box_agreement(one: &[Vec<ReadBox>], other: &[Vec<ReadBox>], groups: &Groups, how: Bootstrap) -> BoxAgreement {
    let mut found = BoxAgreement { images: one.len(), ..BoxAgreement::default() };
    let (mut overlaps, mut other_class, mut counts) = (0.0, 0, Vec::with_capacity(one.len()));
    for (ours, theirs) in one.iter().zip(other) {
        let same = pairs(ours, theirs, |one, other| one == other);
        let left = |boxes: &[ReadBox], taken: &dyn Fn(usize) -> bool| -> Vec<ReadBox> {
            boxes.iter().enumerate().filter(|(at, _)| !taken(*at)).map(|(_, one)| *one).collect()
        };
        let ours_left = left(ours, &|at| same.iter().any(|(one, ..)| *one == at));
        let theirs_left = left(theirs, &|at| same.iter().any(|(_, other, _)| *other == at));
        found.both += same.len();
        found.only = [found.only[0] + ours_left.len(), found.only[1] + theirs_left.len()];
        other_class += pairs(&ours_left, &theirs_left, |one, other| one != other).len();
        overlaps += same.iter().map(|(.., iou)| iou).sum::<f64>();
        counts.push((2.0 * same.len() as f64, (ours.len() + theirs.len()) as f64));
    }
    let f1 = |weights: &[f64]| {
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| counts.iter().zip(weights).map(|(c, w)| of(c) * w).sum::<f64>();
        let (both, all) = (sum(&|c| c.0), sum(&|c| c.1));
        vec![(all > 0.0).then(|| both / all)]
    };
    let resampled = intervals(groups, how, f1).into_iter().next().unwrap_or_default();
    found.f1 = estimate(resampled, "neither reader drew a box");
    found.other_class = Some(other_class);
    found.mean_iou = (found.both > 0).then(|| overlaps / found.both as f64);
    found
}

/// As [`pairs_from`], of boxes in the same place.
fn pairs(one: &[ReadBox], other: &[ReadBox], together: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize, f64)> {
    pairs_from(one, other, SAME_IOU, together)
}

/// Pairs of boxes that overlap by this share of their union and whose classes go together, those that overlap most first; each box
/// is in one at most. Their places in the lists, and by how much they overlap.
pub(super) fn pairs_from(
    one: &[ReadBox],
    other: &[ReadBox],
    least: f64,
    together: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, usize, f64)> {
    let mut near: Vec<(usize, usize, f64)> = Vec::new();
    for (at, (class, rect)) in one.iter().enumerate() {
        let beside = other.iter().enumerate().filter(|(_, (theirs, _))| together(*class, *theirs));
        near.extend(beside.map(|(to, (_, theirs))| (at, to, rect.iou(theirs))).filter(|(.., iou)| *iou >= least));
    }
    near.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    for pair in near {
        if !found.iter().any(|(at, to, _)| *at == pair.0 || *to == pair.1) {
            found.push(pair);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(class: usize, x: f64) -> ReadBox {
        (class, Rect { xmin: x, ymin: 0.0, xmax: x + 10.0, ymax: 10.0 })
    }

    #[test]
    fn boxes_in_one_place_are_one_and_both_readers_count_alike() {
        // 0 and 2: IoU 8 / 12; 0 and 1: 9 / 11, nearer; 50 and 50 of another class; 80 alone.
        let one = vec![vec![at(0, 0.0), at(0, 50.0), at(1, 80.0)], vec![], vec![]];
        let other = vec![vec![at(0, 2.0), at(0, 1.0), at(1, 50.0)], vec![at(1, 7.0)], vec![]];
        let groups = Groups::new((0..3).map(Some));
        let found = box_agreement(&one, &other, &groups, Bootstrap::default());
        assert_eq!((found.images, found.both, found.only, found.other_class), (3, 1, [2, 3], Some(1)));
        assert!((found.f1.value.unwrap() - 2.0 / 7.0).abs() < 1e-12);
        assert!((found.mean_iou.unwrap() - 9.0 / 11.0).abs() < 1e-12);
        let turned = box_agreement(&other, &one, &groups, Bootstrap::default());
        assert_eq!((turned.f1, turned.only, turned.mean_iou), (found.f1, [3, 2], found.mean_iou));
        let nothing = box_agreement(&[vec![]], &[vec![]], &Groups::new([Some(0)]), Bootstrap::default());
        assert_eq!((nothing.f1.value, nothing.f1.why.as_deref()), (None, Some("neither reader drew a box")));
    }
}
