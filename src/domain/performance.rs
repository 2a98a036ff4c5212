//! How a model performed on a set of images: figures with intervals, and the curves they come from, finding by finding.
//!
//! A class of a classifier is a finding that is there or not, as several findings of one image are; the same form holds both.

mod boxes;
mod subgroups;
mod words;

pub use boxes::{
    AfrocPoint, BoxClassPerformance, BoxDifference, BoxFigure, BoxPerformance, BoxSubgroup, BoxSubgroups, BoxesOn,
};
pub use subgroups::{Subgroup, Subgroups};
pub use words::Words;

/// Whether images are of groups (patients, uploaders) of more than one; else each counts by itself, and there are no groups to
/// speak of.
pub fn in_groups(images: usize, groups: usize) -> bool {
    groups < images
}

use serde::{Deserialize, Serialize};

/// A figure as it was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Absent where it is not defined.
    pub value: Option<f64>,
    /// Ends of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// Why there is no value or no interval, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What is measured of one finding, in the order to read it: first what a steering group of statisticians recommends (Van
/// Calster and others 2025, arXiv 2412.10288), then what papers report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingFigure {
    Auroc,
    CalibrationSlope,
    CalibrationIntercept,
    NetBenefit,
    Sensitivity,
    Specificity,
    PositivePredictiveValue,
    NegativePredictiveValue,
    BalancedAccuracy,
    F1,
    AveragePrecision,
    Matthews,
    Brier,
    LogLoss,
    CalibrationError,
}

/// What is measured of all classes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverallFigure {
    MacroAuroc,
    MicroAuroc,
    Accuracy,
    BalancedAccuracy,
    MacroF1,
    MacroAveragePrecision,
    MicroAveragePrecision,
    MacroSensitivity,
    MacroSpecificity,
    MicroF1,
    ExactMatch,
    HammingLoss,
    CoverageError,
    RankingLoss,
    RankingAveragePrecision,
    Matthews,
    Kappa,
    QuadraticKappa,
    MeanGradeError,
    Brier,
    LogLoss,
    ConfidenceError,
}

/// What the probability is chosen for from which one of two classes is called.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FindingGoal {
    /// The best F1.
    F1,
    /// The best sum of sensitivity and specificity (Youden 1950).
    Youden,
    /// At least this sensitivity, with the best specificity that leaves.
    Sensitivity(f64),
    /// At least this specificity, with the best sensitivity that leaves.
    Specificity(f64),
    /// The least cost, where a missed finding costs so many times what a false alarm costs.
    Cost(f64),
}

/// As `overread evaluate --choose` takes it.
impl std::fmt::Display for FindingGoal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::F1 => f.write_str("f1"),
            Self::Youden => f.write_str("youden"),
            Self::Sensitivity(share) => write!(f, "sensitivity={share}"),
            Self::Specificity(share) => write!(f, "specificity={share}"),
            Self::Cost(ratio) => write!(f, "cost={ratio}"),
        }
    }
}

/// A point of the ROC and precision-recall curves: what calling images from a score on comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operating {
    /// `None` where nothing is called.
    pub threshold: Option<f64>,
    pub true_positives: usize,
    pub false_positives: usize,
}

/// Images whose probability lies in one of ten ranges of equal width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    pub images: usize,
    pub positives: usize,
    /// Mean probability.
    pub mean: f64,
}

/// Net benefits at one threshold probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionPoint {
    pub threshold: f64,
    pub model: f64,
    /// Of acting on every image; of acting on none it is 0.
    pub all: f64,
}

/// One finding on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingPerformance {
    pub name: String,
    /// Images with it.
    pub positives: usize,
    pub negatives: usize,
    /// Images are called positive from this score on; `None` where the most probable class is called.
    pub threshold: Option<f64>,
    pub figures: Vec<(FindingFigure, Estimate)>,
    /// From the strictest threshold to the loosest, without the points that lie on a straight line between others.
    pub operating: Vec<Operating>,
    pub reliability: Vec<ReliabilityBin>,
    pub decision: Vec<DecisionPoint>,
    /// Images by probability in twenty ranges of equal width: without the finding and with it.
    pub histogram: Vec<[usize; 2]>,
    /// What calling images from each hundredth of the probability on comes to.
    #[serde(default)]
    pub sweep: Vec<Operating>,
}

impl FindingPerformance {
    /// One of its figures.
    pub fn figure(&self, figure: FindingFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }
}

/// A model on a set of images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    pub images: usize,
    /// Groups (patients, uploaders) that the images are of; an image without one counts as one.
    pub groups: usize,
    /// How often the groups were drawn for the intervals; 0 for none.
    pub draws: usize,
    pub seed: u64,
    pub overall: Vec<(OverallFigure, Estimate)>,
    /// One a class, in the order of the list.
    pub findings: Vec<FindingPerformance>,
    /// From the surest calls to all, at most two hundred points.
    #[serde(default)]
    pub coverage: Vec<CoveragePoint>,
}

/// The images that are called at least this surely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoveragePoint {
    /// The probability of the class that is called.
    pub confidence: f64,
    pub images: usize,
    /// Of these, called what they are not.
    pub wrong: usize,
}

impl CoveragePoint {
    /// The share that is called wrongly.
    pub fn risk(&self) -> f64 {
        self.wrong as f64 / self.images.max(1) as f64
    }
}

/// The place of the class to call the finding: of two the one that is not the absence of the other, as far as their names
/// tell ("Non_fractured", "normal"), else the second; of more the first that is none.
pub fn main_class(names: &[&str]) -> usize {
    let is_absence = |name: &str| {
        let name = name.to_lowercase();
        ["no ", "no_", "no-", "non", "not", "normal", "negative", "healthy", "without", "absent"]
            .iter()
            .any(|word| name.starts_with(word))
    };
    match names {
        [first, second] if is_absence(second) && !is_absence(first) => 0,
        [_, _] => 1,
        more => more.iter().position(|name| !is_absence(name)).unwrap_or(0),
    }
}

impl Performance {
    /// The place of the finding to show first; see [`main_class`].
    pub fn main_finding(&self) -> usize {
        main_class(&self.findings.iter().map(|finding| finding.name.as_str()).collect::<Vec<_>>())
    }

    /// Whether an image may have several of the findings: then there are figures of whole images.
    pub fn is_of_findings(&self) -> bool {
        self.overall.iter().any(|(figure, _)| *figure == OverallFigure::ExactMatch)
    }

    /// The findings to tell: of two classes one says it all, because the sensitivity of the other is its specificity.
    pub fn told(&self) -> impl Iterator<Item = &FindingPerformance> {
        let one = (self.findings.len() == 2 && !self.is_of_findings()).then(|| self.main_finding());
        let all = self.findings.iter().enumerate();
        all.filter(move |(at, _)| one.is_none_or(|one| one == *at)).map(|(_, finding)| finding)
    }
}

/// Which way a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
    /// The nearer to 1, or to 0.
    NearTo(i8),
}

impl FindingFigure {
    /// Which way it is better.
    pub fn better(self) -> Better {
        match self {
            Self::CalibrationSlope => Better::NearTo(1),
            Self::CalibrationIntercept => Better::NearTo(0),
            Self::Brier | Self::LogLoss | Self::CalibrationError => Better::Lower,
            Self::Auroc
            | Self::NetBenefit
            | Self::Sensitivity
            | Self::Specificity
            | Self::PositivePredictiveValue
            | Self::NegativePredictiveValue
            | Self::BalancedAccuracy
            | Self::F1
            | Self::AveragePrecision
            | Self::Matthews => Better::Higher,
        }
    }
}

impl OverallFigure {
    /// Which way it is better.
    pub fn better(self) -> Better {
        match self {
            Self::MeanGradeError
            | Self::Brier
            | Self::LogLoss
            | Self::ConfidenceError
            | Self::HammingLoss
            | Self::CoverageError
            | Self::RankingLoss => Better::Lower,
            Self::MacroAuroc
            | Self::MicroAuroc
            | Self::Accuracy
            | Self::BalancedAccuracy
            | Self::MacroF1
            | Self::MacroAveragePrecision
            | Self::MicroAveragePrecision
            | Self::MacroSensitivity
            | Self::MacroSpecificity
            | Self::MicroF1
            | Self::ExactMatch
            | Self::RankingAveragePrecision
            | Self::Matthews
            | Self::Kappa
            | Self::QuadraticKappa => Better::Higher,
        }
    }
}

/// One finding as two models say it of the same images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingDifference {
    pub name: String,
    /// The candidate's figure less the other's, on the same draws of the groups.
    pub figures: Vec<(FindingFigure, Estimate)>,
    /// The probability of such a difference of the AUROCs or a larger one where there is none (DeLong, two-sided); images are
    /// taken for independent. Absent where the curves leave nothing to test.
    pub auroc_p: Option<f64>,
}

/// Two models on the same images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub overall: Vec<(OverallFigure, Estimate)>,
    pub findings: Vec<FindingDifference>,
    /// Images that only the candidate calls rightly, and only the other.
    pub only_candidate: usize,
    pub only_other: usize,
    /// The probability of so uneven a split where neither is better (McNemar, exact); images are taken for independent.
    pub mcnemar_p: Option<f64>,
}

impl FindingDifference {
    /// One of its figures.
    pub fn figure(&self, figure: FindingFigure) -> Option<&Estimate> {
        self.figures.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_finding_that_is_shown_first_is_not_the_absence_of_one() {
        let of = |names: &[&str]| {
            let finding = |name: &&str| FindingPerformance { name: (*name).into(), ..FindingPerformance::default() };
            Performance { findings: names.iter().map(finding).collect(), ..Performance::default() }.main_finding()
        };
        assert_eq!((of(&["Fractured", "Non_fractured"]), of(&["normal", "fracture"]), of(&["a", "b"])), (0, 1, 1));
        assert_eq!((of(&["No finding", "Mass", "Effusion"]), of(&["0", "1", "2"]), of(&[])), (1, 0, 0));
    }

    #[test]
    fn of_two_classes_one_is_told_and_of_two_findings_both() {
        let finding = |name: &str| FindingPerformance { name: name.into(), ..FindingPerformance::default() };
        let mut of = Performance { findings: vec![finding("mass"), finding("nodule")], ..Performance::default() };
        assert_eq!(of.told().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["nodule"]);
        of.overall = vec![(OverallFigure::ExactMatch, Estimate::default())];
        assert_eq!(of.told().count(), 2);
        of.findings.push(finding("effusion"));
        assert_eq!(of.told().count(), 3);
    }

    #[test]
    fn every_figure_is_listed_once_with_words_of_its_own() {
        assert!(FindingFigure::ALL.is_sorted() && OverallFigure::ALL.is_sorted());
        let titles: BTreeSet<&str> = FindingFigure::ALL.iter().map(|figure| figure.words().title).collect();
        assert_eq!(titles.len(), FindingFigure::ALL.len());
        let titles: BTreeSet<&str> = OverallFigure::ALL.iter().map(|figure| figure.words().title).collect();
        assert_eq!(titles.len(), OverallFigure::ALL.len());
        let all = FindingFigure::ALL.iter().map(|f| f.words()).chain(OverallFigure::ALL.iter().map(|f| f.words()));
        assert!(all.into_iter().all(|words| words.sentence.ends_with('.')));
    }
}
