//! Figures of boxes with intervals: boxes are matched once, and for every draw of the groups counted anew.

use super::coco::{LEVELS, RECALLS};
use super::matching::{JudgedClass, Verdict, judge};
use super::permutation::permutation;
use super::{AT_50, AT_75, mean};
use crate::domain::performance::{
    AfrocPoint, BoxClassPerformance, BoxDifference, BoxFigure, BoxPerformance, BoxesOn, Estimate,
};
use crate::domain::{BoxThresholds, ClassList, PredictedBox, TrueBox};
use crate::evaluation::bootstrap::{Bootstrap, FEWEST_GROUPS, Groups, intervals};
use crate::evaluation::performance::plain;

/// Wrong boxes an image at which sensitivity is averaged (Setio and others 2017, arXiv 1612.08012).
const FALSE_BOXES: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Points of the AFROC curve, at most.
const MOST_POINTS: usize = 200;

/// The images that are judged, all lists in one order.
#[derive(Clone, Copy, Debug)]
pub struct JudgedBoxes<'a> {
    pub truth: &'a [Vec<TrueBox>],
    pub found: &'a [Vec<PredictedBox>],
    /// The group (patient, uploader) of each, where it is known.
    pub groups: &'a [Option<String>],
    pub classes: &'a ClassList,
    /// From which score a box counts.
    pub thresholds: &'a BoxThresholds,
}

/// A found box of any class at an intersection over union of 0.5.
struct Ranked {
    score: f64,
    image: usize,
    right: bool,
    /// Its score reaches the threshold of its class.
    counts: bool,
}

/// What is judged, made ready for many draws.
pub(super) struct Prepared {
    classes: Vec<JudgedClass>,
    /// All classes together, the surest first, without boxes on crowds.
    ranked: Vec<Ranked>,
    /// Boxes that are there on each image, of all classes, without crowds.
    there: Vec<usize>,
    /// The score of the surest wrong box of each image.
    worst: Vec<Option<f64>>,
}

impl Prepared {
    pub fn new(of: &JudgedBoxes<'_>) -> Self {
        let images = of.truth.len().min(of.found.len());
        let classes = judge(of.truth, of.found, of.classes.len());
        let mut ranked: Vec<Ranked> = classes
            .iter()
            .enumerate()
            .flat_map(|(class, judged)| judged.boxes.iter().map(move |one| (class, one)))
            .filter(|(_, one)| one.verdicts[AT_50] != Verdict::Ignored)
            .map(|(class, one)| Ranked {
                score: one.score,
                image: one.image,
                right: one.verdicts[AT_50] == Verdict::Right,
                counts: of.thresholds.reaches(class, one.score),
            })
            .collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut there = vec![0; images];
        for class in &classes {
            there.iter_mut().zip(&class.there).for_each(|(all, own)| *all += own);
        }
        let mut worst: Vec<Option<f64>> = vec![None; images];
        for one in ranked.iter().filter(|one| !one.right) {
            if let Some(slot) = worst.get_mut(one.image).filter(|slot| slot.is_none()) {
                *slot = Some(one.score);
            }
        }
        Self { classes, ranked, there, worst }
    }

    /// Every figure for a weight an image: those of [`BoxFigure::ALL`], then two of each class.
    pub fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let classes: Vec<OfClass> = self.classes.iter().map(|class| OfClass::new(class, weights)).collect();
        let over = |pick: &dyn Fn(&OfClass) -> Option<f64>| mean(classes.iter().filter_map(pick));
        let [precision, recall, f1] = self.at_threshold(weights);
        let [at_one, froc] = self.froc(weights);
        let figures = BoxFigure::ALL.map(|figure| match figure {
            BoxFigure::Map50 => over(&|of| of.ap_at(AT_50)),
            BoxFigure::Map75 => over(&|of| of.ap_at(AT_75)),
            BoxFigure::Map => over(&OfClass::ap),
            BoxFigure::AverageRecall1 => over(&|of| of.recalls[0]),
            BoxFigure::AverageRecall10 => over(&|of| of.recalls[1]),
            BoxFigure::AverageRecall100 => over(&|of| of.recalls[2]),
            BoxFigure::Precision => precision,
            BoxFigure::Recall => recall,
            BoxFigure::F1 => f1,
            BoxFigure::FrocAtOne => at_one,
            BoxFigure::FrocMean => froc,
            BoxFigure::Afroc => self.afroc(weights),
        });
        figures.into_iter().chain(classes.iter().flat_map(|of| [of.ap_at(AT_50), of.ap()])).collect()
    }

    /// mAP at an overlap of a half, and over ten overlaps, for a weight an image.
    pub fn maps(&self, weights: &[f64]) -> [Option<f64>; 2] {
        let classes: Vec<OfClass> = self.classes.iter().map(|class| OfClass::new(class, weights)).collect();
        let over = |pick: &dyn Fn(&OfClass) -> Option<f64>| mean(classes.iter().filter_map(pick));
        [over(&|of| of.ap_at(AT_50)), over(&OfClass::ap)]
    }

    /// How many images are judged.
    pub fn images(&self) -> usize {
        self.there.len()
    }

    fn weight(weights: &[f64], image: usize) -> f64 {
        weights.get(image).copied().unwrap_or_default()
    }

    /// Boxes that are there.
    fn support(&self, weights: &[f64]) -> f64 {
        self.there.iter().zip(weights).map(|(there, weight)| *there as f64 * weight).sum()
    }

    fn at_threshold(&self, weights: &[f64]) -> [Option<f64>; 3] {
        let (mut right, mut wrong) = (0.0, 0.0);
        for one in self.ranked.iter().filter(|one| one.counts) {
            *if one.right { &mut right } else { &mut wrong } += Self::weight(weights, one.image);
        }
        let support = self.support(weights);
        let ratio = |part: f64, of: f64| (of > 0.0).then(|| part / of);
        [ratio(right, right + wrong), ratio(right, support), ratio(2.0 * right, right + wrong + support)]
    }

    /// Sensitivity with no more than one wrong box an image, and its mean over [`FALSE_BOXES`].
    fn froc(&self, weights: &[f64]) -> [Option<f64>; 2] {
        let (support, images) = (self.support(weights), weights.iter().sum::<f64>());
        if support <= 0.0 || images <= 0.0 {
            return [None; 2];
        }
        let mut highest = [0.0f64; FALSE_BOXES.len()];
        let (mut right, mut wrong) = (0.0, 0.0);
        for ties in self.ranked.chunk_by(|a, b| a.score == b.score) {
            for one in ties {
                *if one.right { &mut right } else { &mut wrong } += Self::weight(weights, one.image);
            }
            for (highest, most) in highest.iter_mut().zip(FALSE_BOXES) {
                if wrong <= most * images + 1e-9 {
                    *highest = right / support;
                }
            }
        }
        let at_one = FALSE_BOXES.iter().position(|most| *most == 1.0).and_then(|at| highest.get(at).copied());
        [at_one, mean(highest.into_iter())]
    }

    /// The area under the AFROC curve: the share of pairs of a box that is there and an image without any in which the box
    /// has the higher score than the image's surest wrong box; what is not found, and an image without a wrong box, come
    /// last, and equals count half.
    fn afroc(&self, weights: &[f64]) -> Option<f64> {
        let support = self.support(weights);
        let negative = |image: usize| self.there.get(image) == Some(&0);
        let negatives: f64 =
            (0..self.there.len()).filter(|image| negative(*image)).map(|image| Self::weight(weights, image)).sum();
        if support <= 0.0 || negatives <= 0.0 {
            return None;
        }
        let (mut area, mut called, mut found) = (0.0, 0.0, 0.0);
        for ties in self.ranked.chunk_by(|a, b| a.score == b.score) {
            let (mut right, mut images) = (0.0, 0.0);
            for one in ties {
                let weight = Self::weight(weights, one.image);
                if one.right {
                    right += weight;
                }
            }
            // An image is called positive by its surest wrong box, once.
            let mut counted: Vec<usize> = ties
                .iter()
                .filter(|one| !one.right && negative(one.image))
                .filter(|one| self.worst.get(one.image).copied().flatten() == Some(one.score))
                .map(|one| one.image)
                .collect();
            counted.sort_unstable();
            counted.dedup();
            images += counted.iter().map(|image| Self::weight(weights, *image)).sum::<f64>();
            // Boxes of this score win against all images that are called later, and draw with those called now.
            area += right * (negatives - called - images) + right * images / 2.0;
            called += images;
            found += right;
        }
        area += (support - found) * (negatives - called) / 2.0;
        Some(area / (support * negatives))
    }

    fn afroc_points(&self) -> Vec<AfrocPoint> {
        let support: usize = self.there.iter().sum();
        let negatives = self.there.iter().filter(|there| **there == 0).count();
        if support == 0 || negatives == 0 {
            return Vec::new();
        }
        let (mut right, mut called) = (0usize, std::collections::HashSet::new());
        let points: Vec<AfrocPoint> = self
            .ranked
            .chunk_by(|a, b| a.score == b.score)
            .filter_map(|ties| {
                for one in ties {
                    if one.right {
                        right += 1;
                    } else if self.there.get(one.image) == Some(&0) {
                        called.insert(one.image);
                    }
                }
                Some(AfrocPoint {
                    threshold: ties.first()?.score,
                    false_positive_images: called.len() as f64 / negatives as f64,
                    sensitivity: right as f64 / support as f64,
                })
            })
            .collect();
        if points.len() <= MOST_POINTS {
            return points;
        }
        let last = points.len() - 1;
        (0..MOST_POINTS).filter_map(|at| points.get(at * last / (MOST_POINTS - 1)).copied()).collect()
    }
}

/// A class for a weight an image.
struct OfClass {
    /// At each level; none where no box of it is there.
    average_precision: Option<[f64; LEVELS]>,
    recalls: [Option<f64>; 3],
}

impl OfClass {
    /// As [`super::coco::curve`] counts, with every image as often as its weight says.
    fn new(class: &JudgedClass, weights: &[f64]) -> Self {
        let support: f64 = class.there.iter().zip(weights).map(|(there, weight)| *there as f64 * weight).sum();
        if support <= 0.0 {
            return Self { average_precision: None, recalls: [None; 3] };
        }
        let mut right = [0.0; LEVELS];
        let mut wrong = [0.0; LEVELS];
        let mut few = [[0.0; LEVELS]; 2];
        let mut curves: [Vec<[f64; 2]>; LEVELS] = Default::default();
        for one in &class.boxes {
            let weight = weights.get(one.image).copied().unwrap_or_default();
            if weight == 0.0 {
                continue;
            }
            for level in 0..LEVELS {
                match one.verdicts[level] {
                    Verdict::Right => {
                        right[level] += weight;
                        few[0][level] += if one.rank < 1 { weight } else { 0.0 };
                        few[1][level] += if one.rank < 10 { weight } else { 0.0 };
                        let precision = right[level] / (right[level] + wrong[level] + f64::EPSILON);
                        curves[level].push([right[level] / support, precision]);
                    }
                    Verdict::Wrong => wrong[level] += weight,
                    Verdict::Ignored => {}
                }
            }
        }
        let share = |of: &[f64; LEVELS]| of.iter().map(|right| right / support).sum::<f64>() / LEVELS as f64;
        let [one, ten] = &few;
        Self {
            recalls: [Some(share(one)), Some(share(ten)), Some(share(&right))],
            average_precision: Some(curves.map(|mut curve| average_precision(&mut curve))),
        }
    }

    fn ap_at(&self, level: usize) -> Option<f64> {
        self.average_precision.as_ref()?.get(level).copied()
    }

    fn ap(&self) -> Option<f64> {
        mean(self.average_precision?.into_iter())
    }
}

/// The mean over the recalls 0, 0.01, ... 1 of the highest precision at that recall or a higher one. `curve` has a recall and
/// a precision for each right box.
fn average_precision(curve: &mut [[f64; 2]]) -> f64 {
    let mut highest = 0.0f64;
    for [_, precision] in curve.iter_mut().rev() {
        highest = highest.max(*precision);
        *precision = highest;
    }
    let mut at = 0;
    let mut sum = 0.0;
    for step in 0..RECALLS {
        // As numpy's `linspace` rounds.
        let recall = if step + 1 == RECALLS { 1.0 } else { step as f64 * (1.0 / (RECALLS - 1) as f64) };
        while curve.get(at).is_some_and(|[reached, _]| *reached < recall) {
            at += 1;
        }
        match curve.get(at) {
            Some([_, precision]) => sum += precision,
            None => break,
        }
    }
    sum / RECALLS as f64
}

pub(super) fn groups(of: &JudgedBoxes<'_>, images: usize) -> Groups {
    Groups::new((0..images).map(|at| of.groups.get(at).and_then(Option::as_ref)))
}

/// Why a figure is not defined.
pub(super) fn undefined(figure: BoxFigure) -> &'static str {
    match figure {
        BoxFigure::Precision => "no box counts",
        BoxFigure::F1 => "no box is there and none counts",
        BoxFigure::Afroc => "there is no box, or no image without one",
        BoxFigure::Map50
        | BoxFigure::Map75
        | BoxFigure::Map
        | BoxFigure::AverageRecall1
        | BoxFigure::AverageRecall10
        | BoxFigure::AverageRecall100
        | BoxFigure::Recall
        | BoxFigure::FrocAtOne
        | BoxFigure::FrocMean => "no box is there",
    }
}

/// Every figure of boxes with its interval, from draws of the groups.
pub fn of_boxes(of: JudgedBoxes<'_>, how: Bootstrap) -> BoxPerformance {
    let prepared = Prepared::new(&of);
    let groups = groups(&of, prepared.there.len());
    let mut all = intervals(&groups, how, |weights| prepared.values(weights)).into_iter();
    let mut next = |why: &str| all.next().map_or_else(Estimate::default, |one| plain(one, &groups, why));
    let figures = BoxFigure::ALL.map(|figure| (figure, next(undefined(figure)))).to_vec();
    let classes = of_classes(&of, || next("no box of this class is there"));
    BoxPerformance {
        images: prepared.there.len(),
        groups: groups.len(),
        draws: if groups.len() < FEWEST_GROUPS { 0 } else { how.draws },
        seed: how.seed,
        threshold: of.thresholds.all,
        figures,
        classes,
        afroc: prepared.afroc_points(),
    }
}

/// The two figures of each class, which come after those of all classes.
fn of_classes(of: &JudgedBoxes<'_>, mut next: impl FnMut() -> Estimate) -> Vec<BoxClassPerformance> {
    of.classes.names().into_iter().map(|name| BoxClassPerformance { name, ap50: next(), ap: next() }).collect()
}

/// How much two models differ on the same images, each difference with its interval from the same draws of the groups.
/// `None` where the lists are not about the same images.
pub fn box_difference(candidate: JudgedBoxes<'_>, other: JudgedBoxes<'_>, how: Bootstrap) -> Option<BoxDifference> {
    if candidate.truth != other.truth || candidate.classes.names() != other.classes.names() {
        return None;
    }
    let (ours, theirs) = (Prepared::new(&candidate), Prepared::new(&other));
    if ours.there.len() != theirs.there.len() {
        return None;
    }
    let groups = groups(&candidate, ours.there.len());
    let apart = |weights: &[f64]| -> Vec<Option<f64>> {
        let pairs = ours.values(weights).into_iter().zip(theirs.values(weights));
        pairs.map(|(ours, theirs)| Some(ours? - theirs?)).collect()
    };
    let mut all = intervals(&groups, how, apart).into_iter();
    let mut next = |why: &str| all.next().map_or_else(Estimate::default, |one| plain(one, &groups, why));
    let figures = BoxFigure::ALL.map(|figure| (figure, next("one of the two figures is not defined"))).to_vec();
    let classes = of_classes(&candidate, || next("no box of this class is there"));
    Some(BoxDifference { figures, classes, p: permutation(&candidate, &other, &groups, how) })
}

/// What was found on each image and what is there, at an intersection over union of 0.5.
pub fn boxes_on(
    truth: &[Vec<TrueBox>],
    found: &[Vec<PredictedBox>],
    classes: &ClassList,
    thresholds: &BoxThresholds,
) -> Vec<BoxesOn> {
    let of = JudgedBoxes { truth, found, groups: &[], classes, thresholds };
    let prepared = Prepared::new(&of);
    let mut all: Vec<BoxesOn> =
        prepared.there.iter().map(|there| BoxesOn { there: *there, ..BoxesOn::default() }).collect();
    for one in &prepared.ranked {
        if let Some(on) = all.get_mut(one.image) {
            on.found.push((one.score, one.right));
            on.counting += usize::from(one.counts);
        }
    }
    all
}

#[cfg(test)]
#[path = "resampled_tests.rs"]
mod tests;
