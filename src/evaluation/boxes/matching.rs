//! Which found box is which true one, as COCO matches them.

use super::MOST_BOXES;
use super::coco::{LEVELS, intersections};
use crate::domain::{PredictedBox, TrueBox};

/// What a found box is at one level of intersection over union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the best match of a box that is there.
    Right,
    /// It is none, or a box with a higher score took it.
    Wrong,
    /// It lies on a crowd.
    Ignored,
}

/// A found box, judged at every level of intersection over union.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    /// The place of its image.
    pub image: usize,
    pub score: f64,
    /// Its place among the boxes of its class and image by score.
    pub rank: usize,
    pub verdicts: [Verdict; LEVELS],
}

/// All found boxes of a class, the highest score first, and the number of boxes that are there (without crowds).
#[derive(Clone, Debug)]
pub(super) struct JudgedClass {
    pub boxes: Vec<Judged>,
    pub support: usize,
    /// The same of each image.
    pub there: Vec<usize>,
}

/// Matches found boxes to true ones image by image and class by class.
///
/// By falling score, each box takes the true box it overlaps most and at least by the level, unless one before took
/// it; a crowd can be taken any number of times, but only when nothing else can. What a box gets does not depend on
/// boxes with lower scores, so that one matching serves all thresholds of scores. Equal scores stay in the order of the
/// images, as pycocotools' stable sorting leaves them. A score that is not a number is left out.
pub(super) fn judge(truth: &[Vec<TrueBox>], found: &[Vec<PredictedBox>], classes: usize) -> Vec<JudgedClass> {
    (0..classes)
        .map(|class| {
            let mut boxes = Vec::new();
            let mut there = Vec::with_capacity(truth.len());
            for (image, (truth, found)) in truth.iter().zip(found).enumerate() {
                let mut truth: Vec<&TrueBox> = truth.iter().filter(|b| b.class == class).collect();
                truth.sort_by_key(|b| b.crowd);
                there.push(truth.iter().filter(|b| !b.crowd).count());
                let mut found: Vec<&PredictedBox> =
                    found.iter().filter(|b| b.class == class && b.score.is_finite()).collect();
                found.sort_by(|a, b| b.score.total_cmp(&a.score));
                found.truncate(MOST_BOXES);
                boxes.extend(judge_image(image, &truth, &found));
            }
            boxes.sort_by(|a: &Judged, b| b.score.total_cmp(&a.score));
            JudgedClass { boxes, support: there.iter().sum(), there }
        })
        .collect()
}

/// Judges the boxes of one class in one image. `truth` has its crowds last, `found` its highest score first.
fn judge_image(image: usize, truth: &[&TrueBox], found: &[&PredictedBox]) -> Vec<Judged> {
    let overlaps: Vec<Vec<f64>> = found.iter().map(|f| truth.iter().map(|t| overlap(f, t)).collect()).collect();
    let mut judged: Vec<Judged> = found
        .iter()
        .enumerate()
        .map(|(rank, f)| Judged { image, score: f64::from(f.score), rank, verdicts: [Verdict::Wrong; LEVELS] })
        .collect();
    for (level, least) in intersections().into_iter().enumerate() {
        let mut taken = vec![false; truth.len()];
        for (one, overlaps) in judged.iter_mut().zip(&overlaps) {
            let Some(at) = best_match(truth, overlaps, &taken, least) else { continue };
            let crowd = truth.get(at).is_some_and(|t| t.crowd);
            one.verdicts[level] = if crowd { Verdict::Ignored } else { Verdict::Right };
            if let Some(taken) = taken.get_mut(at) {
                *taken = true;
            }
        }
    }
    judged
}

/// The free true box with the largest overlap, the last of equals; a crowd only where no other is overlapped enough.
fn best_match(truth: &[&TrueBox], overlaps: &[f64], taken: &[bool], least: f64) -> Option<usize> {
    let mut most = least.min(1.0 - 1e-10);
    let mut best: Option<(usize, bool)> = None;
    for (at, ((true_box, &overlap), &taken)) in truth.iter().zip(overlaps).zip(taken).enumerate() {
        if taken && !true_box.crowd {
            continue;
        }
        if true_box.crowd && best.is_some_and(|(_, crowd)| !crowd) {
            break;
        }
        if overlap >= most {
            most = overlap;
            best = Some((at, true_box.crowd));
        }
    }
    best.map(|(at, _)| at)
}

/// Intersection over union; over the found box's own area where the true one is a crowd.
fn overlap(found: &PredictedBox, truth: &TrueBox) -> f64 {
    if !truth.crowd {
        return found.rect.iou(&truth.rect);
    }
    let area = found.rect.area();
    if area > 0.0 { found.rect.intersection(&truth.rect).area() / area } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;

    fn rect(x: f64, width: f64) -> Rect {
        Rect { xmin: x, ymin: 0.0, xmax: x + width, ymax: 10.0 }
    }

    fn found(x: f64, width: f64, score: f32) -> PredictedBox {
        PredictedBox { class: 0, score, rect: rect(x, width) }
    }

    fn at_50(judged: &[JudgedClass]) -> Vec<Verdict> {
        judged[0].boxes.iter().map(|b| b.verdicts[0]).collect()
    }

    #[test]
    fn a_true_box_is_found_once_and_a_crowd_excuses_any_number() {
        let truth = vec![vec![
            TrueBox { class: 0, rect: rect(100.0, 100.0), crowd: true },
            TrueBox { class: 0, rect: rect(0.0, 10.0), crowd: false },
        ]];
        let boxes = vec![vec![
            found(0.0, 10.0, 0.9),
            found(1.0, 10.0, 0.8),
            found(110.0, 10.0, 0.7),
            found(150.0, 10.0, 0.6),
            found(50.0, 10.0, 0.5),
        ]];
        let judged = judge(&truth, &boxes, 1);
        assert_eq!(judged[0].support, 1);
        let [r, w, i] = [Verdict::Right, Verdict::Wrong, Verdict::Ignored];
        assert_eq!(at_50(&judged), [r, w, i, i, w]);
    }

    #[test]
    fn scores_that_are_no_numbers_and_foreign_classes_are_left_out() {
        let truth = vec![vec![TrueBox { class: 3, rect: rect(0.0, 10.0), crowd: false }]];
        let boxes = vec![vec![found(0.0, 10.0, f32::NAN), PredictedBox { class: 3, ..found(0.0, 10.0, 0.9) }]];
        let judged = judge(&truth, &boxes, 2);
        assert_eq!(judged.len(), 2);
        assert!(judged.iter().all(|class| class.support == 0 && class.boxes.is_empty()));
    }
}
