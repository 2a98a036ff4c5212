//! The score from which a box counts, chosen on images that are not used to judge the model.

use super::coco::curve;
use super::matching::{Judged, JudgedClass, judge};
use super::{AT_50, Counts, MOST_BOXES, mean};
use crate::domain::{ClassList, PredictedBox, ThresholdGoal, TrueBox};

/// Thresholds are looked for between these.
const LOWEST: f64 = 0.05;
const HIGHEST: f64 = 0.95;
/// What the threshold is where nothing can be learned: no true box, or no box found.
const UNDECIDED: f64 = 0.5;

/// The threshold that serves a goal best on these images, between 0.05 and 0.95; of equally good ones the highest.
///
/// For [`ThresholdGoal::F1`] and [`ThresholdGoal::Sensitivity`] every score that occurs is tried, with boxes counted at
/// an intersection over union of 0.5 over all classes. A sensitivity that no threshold reaches gives the threshold with
/// the highest one. Leaving boxes out can only lower average precision, so [`ThresholdGoal::Map50`] gives the highest of
/// 0.05, 0.06, ... 0.95 at which none is lost; it is no compromise between precision and recall.
pub fn choose_threshold(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    classes: &ClassList,
    goal: ThresholdGoal,
) -> f64 {
    let judged = judge(truth, found, classes.len());
    let candidates = match goal {
        ThresholdGoal::F1 => by_score(&judged, Counts::f1),
        ThresholdGoal::Sensitivity(wanted) => by_score(&judged, |counts| counts.recall().min(wanted)),
        ThresholdGoal::Map50 => (5..=95)
            .map(|percent| f64::from(percent) / 100.0)
            .filter_map(|threshold| Some((threshold, map50(&judged, threshold)?)))
            .collect(),
    };
    let mut best: Option<(f64, f64)> = None;
    for (threshold, merit) in candidates {
        let better = |(known, most): (f64, f64)| merit > most || merit == most && threshold > known;
        if merit > 0.0 && best.is_none_or(better) {
            best = Some((threshold, merit));
        }
    }
    best.map_or(UNDECIDED, |(threshold, _)| threshold)
}

/// As [`choose_threshold`], of one class alone, whatever the others are.
pub fn choose_class_threshold(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    (classes, class): (&ClassList, usize),
    goal: ThresholdGoal,
) -> f64 {
    let truth: Vec<Vec<TrueBox>> =
        truth.iter().map(|boxes| boxes.iter().filter(|one| one.class == class).copied().collect()).collect();
    let found: Vec<Vec<PredictedBox>> =
        found.iter().map(|boxes| boxes.iter().filter(|one| one.class == class).cloned().collect()).collect();
    choose_threshold(&truth, &found, classes, goal)
}

/// A threshold that lies between the scores: halfway from a chosen one down to the next score there is. On these images it
/// serves as well; elsewhere the box that has the chosen score is not lost by the last digit of it, which differs with
/// how a picture is kept and with the machine.
pub fn with_room(threshold: f64, found: &[Vec<PredictedBox>]) -> f64 {
    let scores = found.iter().flatten().map(|one| f64::from(one.score));
    let below = scores.filter(|score| *score < threshold).fold(f64::NEG_INFINITY, f64::max);
    if below.is_finite() { f64::midpoint(threshold, below.max(LOWEST.min(threshold))) } else { threshold }
}

/// Every score between the ends, and the ends, with the merit of the boxes from it on.
fn by_score(judged: &[JudgedClass], merit: impl Fn(Counts) -> f64) -> Vec<(f64, f64)> {
    let mut boxes: Vec<&Judged> = judged.iter().flat_map(|class| &class.boxes).collect();
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut counts = Counts { support: judged.iter().map(|class| class.support).sum(), ..Counts::default() };
    let mut candidates = Vec::new();
    let mut above_all = true;
    for ties in boxes.chunk_by(|a, b| a.score == b.score) {
        let score = ties.first().map_or(0.0, |b| b.score);
        // Boxes above the highest threshold are told apart by none.
        if above_all && score < HIGHEST {
            candidates.push((HIGHEST, merit(counts)));
            above_all = false;
        }
        if score < LOWEST {
            break;
        }
        ties.iter().for_each(|b| counts.add(b.verdicts[AT_50]));
        if score <= HIGHEST {
            candidates.push((score, merit(counts)));
        }
    }
    if above_all {
        candidates.push((HIGHEST, merit(counts)));
    }
    candidates
}

fn map50(judged: &[JudgedClass], threshold: f64) -> Option<f64> {
    mean(judged.iter().filter_map(|class| Some(curve(class, AT_50, MOST_BOXES, threshold)?.average_precision())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;

    #[test]
    fn a_threshold_has_room_to_the_next_score() {
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 1.0, ymax: 1.0 };
        let found = |scores: &[f32]| -> Vec<Vec<PredictedBox>> {
            scores.iter().map(|score| vec![PredictedBox { class: 0, score: *score, rect }]).collect()
        };
        assert_eq!(with_room(0.75, &found(&[0.875, 0.75, 0.5, 0.25])), 0.625);
        assert_eq!(with_room(0.75, &found(&[0.875, 0.75])), 0.75, "nothing lies below");
        assert_eq!(with_room(0.95, &found(&[0.0])), 0.5, "and none that is looked at no more");
        assert_eq!(with_room(0.05, &found(&[0.01])), 0.05);
    }

    #[test]
    fn a_class_s_own_threshold_is_chosen_by_its_boxes_alone() {
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 10.0, ymax: 10.0 };
        let off = Rect { xmin: 50.0, xmax: 60.0, ..rect };
        let said = |class, score, rect| PredictedBox { class, score, rect };
        let truth: Vec<Vec<TrueBox>> = (0..4).map(|at| vec![TrueBox { class: at % 2, rect, crowd: false }]).collect();
        // Of the second class wrong boxes have scores that are right ones of the first.
        let found: Vec<Vec<PredictedBox>> = (0..4)
            .map(|at| match at % 2 {
                0 => vec![said(0, 0.3, rect)],
                _ => vec![said(1, 0.8, rect), said(1, 0.5, off)],
            })
            .collect();
        let classes = ClassList::from_names(&["a", "b"], false).unwrap();
        let own = |class| choose_class_threshold(&truth, &found, (&classes, class), ThresholdGoal::F1);
        assert_eq!([own(0), own(1)].map(|t| t as f32), [0.3, 0.8]);
        assert_eq!(choose_threshold(&truth, &found, &classes, ThresholdGoal::F1) as f32, 0.3);
    }
}
