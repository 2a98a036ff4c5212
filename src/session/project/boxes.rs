//! What a project's rows say of boxes, and taking a model's boxes over.

use crate::domain::{
    AnnotatedBox, Annotation, BoxThresholds, Change, ClassList, PredictedBox, Prediction, Presence, Rect,
};
use crate::evaluation::{match_boxes, misplaced};
use crate::session::protocol::view::{ImageRow, RowBoxes};

/// A box that overlaps a drawn one of its class by more than this intersection over union is that one.
const SAME_BOX: f64 = 0.5;

/// What readers alone say.
pub(in crate::session) fn drawn(annotation: &Annotation, classes: &ClassList) -> RowBoxes {
    RowBoxes { known: annotation.boxes_known(classes), drawn: count(annotation.boxes.len()), ..RowBoxes::default() }
}

/// Puts what a model that draws boxes says into a row that holds what readers [drew](drawn): an image is positive when a
/// box counts, the surer the further its scores lie from the threshold.
pub(in crate::session) fn show(
    row: &mut ImageRow,
    annotation: &Annotation,
    prediction: Option<&Prediction>,
    thresholds: &BoxThresholds,
) {
    (row.predicted, row.uncertainty) = (None, 0.0);
    let Some(prediction) = prediction else { return };
    let counts = |one: &&PredictedBox| thresholds.counts(one);
    let best = prediction.boxes.iter().max_by(|a, b| a.score.total_cmp(&b.score));
    let surest = prediction.boxes.iter().filter(counts).max_by(|a, b| a.score.total_cmp(&b.score));
    row.predicted = surest.and_then(|one| Some((u16::try_from(one.class).ok()?, one.score)));
    row.uncertainty =
        prediction.boxes.iter().map(|one| undecided(one.score, thresholds.of(one.class))).fold(0.0, f32::max);
    row.boxes.seen = true;
    row.boxes.best = best.map_or(0.0, |one| one.score);
    row.boxes.predicted = count(prediction.boxes.iter().filter(counts).count());
    if row.boxes.known {
        let truth: Vec<(usize, Rect)> = annotation.boxes.iter().map(|one| (one.class, one.rect)).collect();
        let matches = match_boxes(&truth, &prediction.boxes, thresholds);
        row.boxes.missed = count(matches.missed);
        row.boxes.shifted = count(matches.shifted);
        row.boxes.extra = count(matches.extra);
        row.boxes.misplaced = count(misplaced(&truth, &prediction.boxes, thresholds));
    }
}

/// How near a score is to the threshold: 1 on it, 0 at the end of its side.
pub(super) fn undecided(score: f32, threshold: f64) -> f32 {
    let score = f64::from(score);
    let (distance, room) =
        if score >= threshold { (score - threshold, 1.0 - threshold) } else { (threshold - score, threshold) };
    let share = if room > 0.0 { distance / room } else { 0.0 };
    (1.0 - share).clamp(0.0, 1.0) as f32
}

fn count(boxes: usize) -> u16 {
    u16::try_from(boxes).unwrap_or(u16::MAX)
}

/// Whether a box of this class is drawn there already.
pub(in crate::session) fn is_drawn(drawn: &[AnnotatedBox], class: usize, rect: &Rect) -> bool {
    drawn.iter().any(|one| is_same(&(one.class, one.rect), class, rect))
}

/// The boxes that count, the surest first.
pub(in crate::session) fn counting(boxes: &[PredictedBox], thresholds: &BoxThresholds) -> Vec<(usize, Rect)> {
    let mut counting: Vec<&PredictedBox> = boxes.iter().filter(|one| thresholds.counts(one)).collect();
    counting.sort_by(|a, b| b.score.total_cmp(&a.score));
    counting.into_iter().map(|one| (one.class, one.rect)).collect()
}

/// Those of these boxes (class, rectangle) that are neither drawn nor came before.
pub fn undrawn(drawn: &[AnnotatedBox], boxes: impl IntoIterator<Item = (usize, Rect)>) -> Vec<(usize, Rect)> {
    let mut there: Vec<(usize, Rect)> = drawn.iter().map(|one| (one.class, one.rect)).collect();
    let known = there.len();
    for (class, rect) in boxes {
        if !there.iter().any(|other| is_same(other, class, &rect)) {
            there.push((class, rect));
        }
    }
    there.split_off(known)
}

/// What taking a model's boxes that count over adds to those that are drawn on an image of this size (width and
/// height in pixels), the surest first: what is drawn already, of a class beyond the first `classes` or outside the image
/// is left out.
pub fn takeable(
    drawn: &[AnnotatedBox],
    said: &[PredictedBox],
    thresholds: &BoxThresholds,
    classes: usize,
    size: [f64; 2],
) -> Vec<(usize, Rect)> {
    let counting = counting(said, thresholds).into_iter().filter(|(class, _)| *class < classes);
    undrawn(drawn, counting.filter_map(|(class, rect)| Some((class, rect.clipped(size[0], size[1])?))))
}

fn is_same(drawn: &(usize, Rect), class: usize, rect: &Rect) -> bool {
    drawn.0 == class && drawn.1.iou(rect) > SAME_BOX
}

/// The change that marks an image reviewed; with `nothing` a person found nothing to draw, which a class would deny unless
/// it is one of images with nothing to find, and findings unless they are absent.
pub(in crate::session) fn review(
    now: &Annotation,
    nothing: bool,
    accepted: bool,
    classes: &ClassList,
) -> Option<Change> {
    if classes.findings {
        let absent = || classes.finding_places().map(|finding| (finding, Presence::Absent)).collect();
        let new = if nothing { absent() } else { now.findings.clone() };
        let changes = !now.reviewed || new != now.findings;
        let (old, old_reviewed) = (now.findings.clone(), now.reviewed);
        return changes.then_some(Change::Findings { old, new, old_reviewed, new_reviewed: true, accepted });
    }
    let new = now.label.filter(|label| !nothing || classes.is_negative(*label));
    let changes = !now.reviewed || new != now.label;
    changes.then_some(Change::Label { old: now.label, new, old_reviewed: now.reviewed, new_reviewed: true, accepted })
}

/// The change that confirms what is said of the image as it stands; none where nobody has said anything.
pub(in crate::session) fn confirm(now: &Annotation, classes: &ClassList) -> Option<Change> {
    review(now, false, false, classes).filter(|_| !now.is_untouched())
}

/// The changes after which the image is reviewed and has no box.
pub(in crate::session) fn nothing_here(now: &Annotation, classes: &ClassList) -> Vec<Change> {
    let delete = |one: &AnnotatedBox| Change::Box { id: one.id, old: Some((one.class, one.rect)), new: None };
    now.boxes.iter().map(delete).chain(review(now, true, false, classes)).collect()
}

#[cfg(test)]
#[path = "boxes_tests.rs"]
mod tests;
