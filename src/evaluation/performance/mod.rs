//! How a classifier performed on a set of images, finding by finding and over all, every figure with its interval.

mod curves;
mod finding;
mod findings;
mod overall;
mod robust;
mod subgroups;

pub use robust::{findings_under_change, under_change};
pub use subgroups::{Attribute, subgroups};

use super::binary::{Table, delong, threshold};
use super::bootstrap::{Bootstrap, FEWEST_GROUPS, Groups, Resampled, intervals};
use super::findings::Overall as OverFindings;
use super::interval::{Z, wilson_of_share};
use super::mcnemar::mcnemar;
use crate::domain::performance::{
    CoveragePoint, Difference, Estimate, FindingDifference, FindingFigure, FindingGoal, FindingPerformance,
    OverallFigure, Performance, main_class,
};
use crate::domain::{ClassList, ClassThresholds, Findings, Presence};
use finding::Finding;
use overall::Overall;

/// Shares of fewer images than this get the interval of Wilson, which needs no draws.
const FEW: usize = 30;

/// The images that are judged, all lists in one order.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What is true of each.
    pub truth: Truths<'a>,
    /// One row an image, one column a class.
    pub probabilities: &'a [Vec<f32>],
    /// The group (patient, uploader) of each, where it is known.
    pub groups: &'a [Option<String>],
    pub classes: &'a ClassList,
    /// How classes are called: by their thresholds, else the most probable.
    pub thresholds: &'a ClassThresholds,
}

/// What is true of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Truths<'a> {
    /// The class of each, by its place in the list.
    Classes(&'a [usize]),
    /// What is said of the findings of each. Those that were not looked at, and uncertain ones, count for nothing.
    Findings(&'a [Findings]),
}

/// What is true of images, held.
#[derive(Clone, Debug, PartialEq)]
pub enum HeldTruths {
    Classes(Vec<usize>),
    Findings(Vec<Findings>),
}

impl HeldTruths {
    /// To be judged by.
    pub fn lent(&self) -> Truths<'_> {
        match self {
            Self::Classes(all) => Truths::Classes(all),
            Self::Findings(all) => Truths::Findings(all),
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.lent().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Truths<'_> {
    /// Number of images.
    fn len(&self) -> usize {
        match self {
            Self::Classes(all) => all.len(),
            Self::Findings(all) => all.len(),
        }
    }
}

/// All classes or findings together.
enum Together {
    Classes(Box<Overall>),
    Findings(Box<OverFindings>),
}

impl Together {
    fn figures(&self) -> &[OverallFigure] {
        match self {
            Self::Classes(of) => of.figures(),
            Self::Findings(of) => of.figures(),
        }
    }

    fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        match self {
            Self::Classes(of) => of.values(weights),
            Self::Findings(of) => of.values(weights),
        }
    }

    fn estimates(
        &self,
        resampled: &mut impl Iterator<Item = Resampled>,
        groups: &Groups,
    ) -> Vec<(OverallFigure, Estimate)> {
        match self {
            Self::Classes(of) => of.estimates(resampled, groups),
            Self::Findings(of) => of.estimates(resampled, groups),
        }
    }

    fn coverage(&self) -> Vec<CoveragePoint> {
        match self {
            Self::Classes(of) => of.coverage(),
            // An answer is as sure as its least sure finding: there is no one confidence to go by.
            Self::Findings(_) => Vec::new(),
        }
    }
}

/// What is judged, made ready for many resamples.
struct Prepared {
    /// Of classes, what is and what is called; empty of findings.
    truth: Vec<usize>,
    predicted: Vec<usize>,
    /// Whether all that is known of an image is told right.
    right: Vec<bool>,
    groups: Groups,
    findings: Vec<Finding>,
    overall: Together,
}

/// The places of images whose truth is in the list, or of which something is known of a finding, and whose row has a
/// probability for every class.
fn usable(of: &Judged<'_>) -> Vec<usize> {
    let count = of.classes.len();
    let is_usable = |at: &usize| {
        let row = of.probabilities.get(*at);
        let known = match of.truth {
            Truths::Classes(all) => all.get(*at).is_some_and(|truth| *truth < count),
            Truths::Findings(all) => all.get(*at).is_some_and(|said| {
                let known = |place: usize| said.get(place).and_then(Presence::known);
                of.classes.finding_places().any(|place| known(place).is_some())
            }),
        };
        known && row.is_some_and(|row| row.len() == count && row.iter().all(|p| p.is_finite()))
    };
    (0..of.truth.len()).filter(is_usable).collect()
}

impl Prepared {
    fn new(of: &Judged<'_>, taken: &[usize]) -> Self {
        match of.truth {
            Truths::Classes(truth) => Self::of_whole_images(of, truth, taken),
            Truths::Findings(said) => Self::of_findings(of, said, taken),
        }
    }

    fn of_whole_images(of: &Judged<'_>, truth: &[usize], taken: &[usize]) -> Self {
        let count = of.classes.len();
        let truth: Vec<usize> = taken.iter().filter_map(|at| truth.get(*at).copied()).collect();
        let rows: Vec<&[f32]> = taken.iter().filter_map(|at| of.probabilities.get(*at).map(Vec::as_slice)).collect();
        let groups = Groups::new(taken.iter().map(|at| of.groups.get(*at).and_then(Option::as_ref)));
        let call = |row: &&[f32]| of.thresholds.called(row).unwrap_or(0);
        // Of two classes one is called where the other is not.
        let own = |class: usize| match (count, class) {
            (2, 0) => of.thresholds.of(1).map(|threshold| 1.0 - threshold),
            _ => of.thresholds.of(class),
        };
        let predicted: Vec<usize> = rows.iter().map(call).collect();
        let findings =
            (0..count).filter_map(|class| Finding::of_class(class, &truth, &rows, &predicted, own(class))).collect();
        let overall = Overall::new(of.classes, &truth, &rows, &predicted);
        let right = truth.iter().zip(&predicted).map(|(truth, predicted)| truth == predicted).collect();
        Self { truth, predicted, right, groups, findings, overall: Together::Classes(Box::new(overall)) }
    }

    /// Every figure for a weight an image: those of all classes together, then those of each finding.
    fn values(&self, weights: &[f64]) -> Vec<Option<f64>> {
        let mut values = self.overall.values(weights);
        self.findings.iter().for_each(|finding| values.extend(finding.values(weights)));
        values
    }
}

/// Every figure and curve. Images whose truth is not in the list or whose row has another length are left out; `images`
/// says how many were taken.
pub fn of_classes(of: Judged<'_>, how: Bootstrap) -> Performance {
    let prepared = Prepared::new(&of, &usable(&of));
    let groups = &prepared.groups;
    let mut all = intervals(groups, how, |weights| prepared.values(weights)).into_iter();
    let overall = prepared.overall.estimates(&mut all, groups);
    let names = of.classes.names();
    let findings = prepared.findings.iter().zip(&names).map(|(finding, name)| FindingPerformance {
        name: name.clone(),
        positives: finding.positives(),
        negatives: finding.negatives(),
        threshold: finding.threshold,
        figures: finding.estimates(&mut all, groups),
        operating: curves::operating(&finding.ranked),
        reliability: curves::reliability(&finding.ranked),
        decision: curves::decision(&finding.ranked),
        histogram: curves::histogram(&finding.ranked),
        sweep: curves::sweep(&finding.ranked),
    });
    Performance {
        images: prepared.right.len(),
        groups: groups.len(),
        draws: if groups.len() < FEWEST_GROUPS { 0 } else { how.draws },
        seed: how.seed,
        findings: findings.collect(),
        coverage: prepared.overall.coverage(),
        overall,
    }
}

/// From which probability on the second of two classes is to be called, chosen on these images, which must not be the test
/// images; with what that comes to for the finding ([`main_class`]). `None` where there are not two classes with images of
/// both, or a wanted share is not reached.
pub fn choose_threshold(of: Judged<'_>, goal: FindingGoal) -> Option<(f64, Table)> {
    let names = of.classes.names();
    let main = main_class(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let prepared = Prepared::new(&of, &usable(&of));
    let [first, second] = prepared.findings.as_slice() else { return None };
    let finding = if main == 0 { first } else { second };
    let choice = threshold::choose(&finding.ranked, &finding.ranked.ones(), goal)?;
    // The first is called where the second is not: what lies at the threshold itself belongs to the first.
    let of_second = if main == 0 { (1.0 - choice.threshold).next_up() } else { choice.threshold };
    Some((of_second.clamp(0.0, 1.0), choice.table))
}

/// From which probability on one of more than two classes is to be called, chosen as for [`choose_threshold`] of this class
/// against all others. `None` where there are no images of both kinds, or a wanted share is not reached.
pub fn choose_class_threshold(of: Judged<'_>, class: usize, goal: FindingGoal) -> Option<(f64, Table)> {
    let prepared = Prepared::new(&of, &usable(&of));
    let ranked = &prepared.findings.get(class)?.ranked;
    let choice = threshold::choose(ranked, &ranked.ones(), goal)?;
    Some((choice.threshold.clamp(0.0, 1.0), choice.table))
}

/// How much two models differ on the same images, each difference with its interval from the same draws of the groups. What
/// one of them has no row for is left out of both. `None` where the lists are not about the same images.
pub fn difference(candidate: Judged<'_>, other: Judged<'_>, how: Bootstrap) -> Option<Difference> {
    if candidate.truth != other.truth || candidate.classes.names() != other.classes.names() {
        return None;
    }
    let usable_by_other = usable(&other);
    let mut both = usable(&candidate);
    both.retain(|at| usable_by_other.binary_search(at).is_ok());
    let (ours, theirs) = (Prepared::new(&candidate, &both), Prepared::new(&other, &both));
    let apart = |weights: &[f64]| -> Vec<Option<f64>> {
        let pairs = ours.values(weights).into_iter().zip(theirs.values(weights));
        pairs.map(|(ours, theirs)| Some(ours? - theirs?)).collect()
    };
    let mut all = intervals(&ours.groups, how, apart).into_iter();
    let undefined = "one of the two figures is not defined";
    let mut next = || all.next().map_or_else(Estimate::default, |one| plain(one, &ours.groups, undefined));
    let overall = ours.overall.figures().iter().map(|figure| (*figure, next())).collect();
    let findings = ours.findings.iter().zip(&theirs.findings).zip(candidate.classes.names());
    let findings = findings.map(|((finding, of_other), name)| {
        let figures = FindingFigure::ALL.map(|figure| (figure, next())).to_vec();
        let (positive, scores) = (finding.ranked.positive(), finding.ranked.scores());
        let areas = delong::compare(positive, of_other.ranked.scores(), scores);
        FindingDifference { name, figures, auroc_p: areas.and_then(|areas| areas.p_value()) }
    });
    let findings = findings.collect();
    let (ours, theirs) = (ours.right, theirs.right);
    let only = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| **a && !**b).count();
    let (only_candidate, only_other) = (only(&ours, &theirs), only(&theirs, &ours));
    let mcnemar_p = mcnemar(only_candidate as u64, only_other as u64);
    Some(Difference { overall, findings, only_candidate, only_other, mcnemar_p })
}

/// A share of images as an estimate: of few, or of none or all, the interval is Wilson's, by the groups that they are of.
pub(in crate::evaluation) fn share(
    resampled: Resampled,
    groups: &Groups,
    among: impl Fn(usize) -> bool,
    undefined: &str,
) -> Estimate {
    let Some(value) = resampled.value else { return undefined_estimate(undefined) };
    let of = groups.among(&among);
    let interval = match resampled.interval {
        Some(interval) if of >= FEW && value > 0.0 && value < 1.0 => Some(interval),
        _ => wilson_of_share(value, of).map(|(low, high)| [low, high]),
    };
    Estimate { value: Some(value), interval, why: None }
}

/// Any other figure as an estimate.
pub(in crate::evaluation) fn plain(resampled: Resampled, groups: &Groups, undefined: &str) -> Estimate {
    let Some(value) = resampled.value else { return undefined_estimate(undefined) };
    // Draws that all give the same say nothing of how far it may be off.
    let interval = resampled.interval.filter(|[low, high]| high > low);
    let why = match interval {
        Some(_) => None,
        None if resampled.interval.is_some() => Some("no interval: it was the same in all draws".to_owned()),
        None if groups.len() < FEWEST_GROUPS => Some(format!(
            "no interval: the images are of {} groups (patients, or images by themselves), and it takes {FEWEST_GROUPS} to say \
             how far the figure may be off",
            groups.len()
        )),
        None if resampled.undrawn => Some("no interval: nothing was drawn".to_owned()),
        None => {
            Some("no interval: too few images of one kind, so that many draws leave the figure undefined".to_owned())
        }
    };
    Estimate { value: Some(value), interval, why }
}

fn undefined_estimate(why: &str) -> Estimate {
    Estimate { value: None, interval: None, why: Some(why.to_owned()) }
}

/// How many images like these it takes for an interval of this width (both sides together): widths fall with the square
/// root of the images. `None` without an interval to go by.
pub fn images_needed(estimate: &Estimate, images: usize, width: f64) -> Option<usize> {
    let [low, high] = estimate.interval?;
    let now = high - low;
    if !(width > 0.0 && now.is_finite()) {
        return None;
    }
    if now > 0.0 {
        return Some((images as f64 * (now / width).powi(2)).ceil() as usize);
    }
    // Of a share without spread: what the worst case would take.
    Some((Z * Z / (width * width)).ceil() as usize)
}

#[cfg(test)]
mod tests;
