//! Figures of boxes, as COCO defines them (Lin et al. 2014), and what follows from them.
//!
//! The matching of boxes, average precision and average recall equal pycocotools' `COCOeval` for boxes of all sizes
//! (`tests/reference/boxes.py` makes the values the tests compare with). Truth and found boxes are given image by
//! image, in the same order; a class is an index into the class list, and a box whose class the list does not have is
//! left out.

mod calibration;
mod coco;
mod froc;
pub mod fusion;
mod images;
mod matching;
mod permutation;
#[cfg(test)]
mod reference_check;
mod resampled;
mod robust;
mod subgroups;
mod threshold;

pub use calibration::{beta_map, box_calibration, hits};
pub use images::{IMAGE_CLASSES, of_detector};
pub use resampled::{JudgedBoxes, box_difference, boxes_on, of_boxes};
pub use robust::boxes_under_change;
pub use subgroups::box_subgroups;
pub use threshold::{choose_class_threshold, choose_threshold, with_room};

use crate::domain::{
    BoxMetrics, BoxThresholds, BoxesPerImage, ClassList, DetectionReport, PredictedBox, ScoreBin, TrueBox,
};
use coco::{Curve, LEVELS, curve};
use matching::{JudgedClass, Verdict, judge};

/// At most so many boxes of a class and an image are looked at, those with the highest scores.
pub const MOST_BOXES: usize = 100;
/// The other limits at which average recall is told.
const FEW_BOXES: [usize; 3] = [1, 10, MOST_BOXES];
/// Bins of the histogram of scores.
const SCORE_BINS: usize = 20;
/// Images with so many boxes or more are counted together.
const MANY_BOXES: usize = 10;
/// The levels of intersection over union of 0.5 and 0.75 among [`coco::intersections`].
const AT_50: usize = 0;
const AT_75: usize = 5;

/// Every figure of boxes: `found` against `truth`, one slice entry an image.
///
/// A box counts from the threshold on in precision, recall, F1 and boxes an image; average precision, average recall and
/// the free-response curve are of all boxes. Ratios without a denominator are 0, areas without truth are absent.
pub fn detection(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    classes: &ClassList,
    thresholds: &BoxThresholds,
) -> DetectionReport {
    let judged = judge(truth, found, classes.len());
    let per_class: Vec<ClassFigures> = judged.iter().map(ClassFigures::of).collect();
    let over_classes = |pick: &dyn Fn(&ClassFigures) -> Option<f64>| mean(per_class.iter().filter_map(pick));
    let all = Counts::of(judged.iter().enumerate(), thresholds);
    DetectionReport {
        images: truth.len().min(found.len()),
        boxes: judged.iter().map(|class| class.support).sum(),
        map50: over_classes(&|f| f.ap_at(AT_50)),
        map75: over_classes(&|f| f.ap_at(AT_75)),
        map: over_classes(&ClassFigures::ap),
        average_recall: std::array::from_fn(|at| over_classes(&|f| f.recalls[at])),
        threshold: thresholds.all,
        precision: all.precision(),
        recall: all.recall(),
        f1: all.f1(),
        per_class: classes
            .names()
            .into_iter()
            .zip(judged.iter().zip(&per_class).enumerate())
            .map(|(name, (class, (judged, figures)))| (name, figures.metrics((class, judged), thresholds)))
            .collect(),
        froc: froc::curve(&judged, truth.len().min(found.len())),
        scores: score_histogram(&judged),
        boxes_per_image: boxes_per_image(truth, found, classes.len(), thresholds),
    }
}

/// The curves of a class at every level of intersection over union; none where no box of it is there.
struct ClassFigures {
    curves: Option<Vec<Curve>>,
    /// Recall averaged over the levels with at most 1, 10 and 100 boxes an image.
    recalls: [Option<f64>; 3],
}

impl ClassFigures {
    fn of(judged: &JudgedClass) -> Self {
        let at = |most: usize| (0..LEVELS).map(|level| curve(judged, level, most, 0.0)).collect::<Option<Vec<_>>>();
        let recalls = FEW_BOXES.map(|most| at(most).and_then(|curves| mean(curves.iter().map(|c| c.recall))));
        Self { curves: at(MOST_BOXES), recalls }
    }

    fn ap_at(&self, level: usize) -> Option<f64> {
        self.curves.as_ref()?.get(level).map(Curve::average_precision)
    }

    fn ap(&self) -> Option<f64> {
        mean(self.curves.as_ref()?.iter().map(Curve::average_precision))
    }

    fn metrics(&self, (class, judged): (usize, &JudgedClass), thresholds: &BoxThresholds) -> BoxMetrics {
        let counts = Counts::of(std::iter::once((class, judged)), thresholds);
        let at_50 = self.curves.as_ref().and_then(|curves| curves.get(AT_50));
        BoxMetrics {
            ap50: self.ap_at(AT_50),
            ap: self.ap(),
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            support: judged.support,
            threshold: thresholds.each.of(class),
            precision_by_recall: at_50.map(|c| c.precision.clone()).unwrap_or_default(),
        }
    }
}

/// Right and wrong boxes and those that are there, at an intersection over union of 0.5.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    right: usize,
    wrong: usize,
    support: usize,
}

impl Counts {
    fn of<'a>(classes: impl Iterator<Item = (usize, &'a JudgedClass)>, thresholds: &BoxThresholds) -> Self {
        let mut counts = Self::default();
        for (at, class) in classes {
            counts.support += class.support;
            for found in class.boxes.iter().take_while(|found| thresholds.reaches(at, found.score)) {
                counts.add(found.verdicts[AT_50]);
            }
        }
        counts
    }

    fn add(&mut self, verdict: Verdict) {
        self.right += usize::from(verdict == Verdict::Right);
        self.wrong += usize::from(verdict == Verdict::Wrong);
    }

    fn precision(self) -> f64 {
        ratio(self.right, self.right + self.wrong)
    }

    fn recall(self) -> f64 {
        ratio(self.right, self.support)
    }

    fn f1(self) -> f64 {
        ratio(2 * self.right, self.right + self.wrong + self.support)
    }
}

fn score_histogram(judged: &[JudgedClass]) -> Vec<ScoreBin> {
    let mut bins = vec![ScoreBin::default(); SCORE_BINS];
    for found in judged.iter().flat_map(|class| &class.boxes) {
        let at = ((found.score * SCORE_BINS as f64) as usize).min(SCORE_BINS - 1);
        if let Some(bin) = bins.get_mut(at) {
            bin.right += usize::from(found.verdicts[AT_50] == Verdict::Right);
            bin.wrong += usize::from(found.verdicts[AT_50] == Verdict::Wrong);
        }
    }
    bins
}

fn boxes_per_image(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    classes: usize,
    thresholds: &BoxThresholds,
) -> BoxesPerImage {
    let mut counts = BoxesPerImage { truth: vec![0; MANY_BOXES + 1], found: vec![0; MANY_BOXES + 1] };
    let add = |to: &mut Vec<usize>, boxes: usize| {
        if let Some(images) = to.get_mut(boxes.min(MANY_BOXES)) {
            *images += 1;
        }
    };
    for (truth, found) in truth.iter().zip(found) {
        add(&mut counts.truth, truth.iter().filter(|b| b.class < classes && !b.crowd).count());
        let counted = |b: &&PredictedBox| b.class < classes && thresholds.counts(b);
        add(&mut counts.found, found.iter().filter(counted).count());
    }
    counts
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}
