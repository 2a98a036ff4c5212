//! Several findings an image, each judged on the images on which it was looked at.

use super::{Finding, Judged, OverFindings, Prepared, Together};
use crate::domain::{Findings, ModelRecord, Presence};
use crate::evaluation::bootstrap::Groups;
use crate::evaluation::findings::JudgedFindings;

impl Prepared {
    /// One finding a class of the list, in its order; a class that is none (images with nothing to find) was looked at on no
    /// image.
    pub(super) fn of_findings(of: &Judged<'_>, said: &[Findings], taken: &[usize]) -> Self {
        let places: Vec<usize> = of.classes.finding_places().collect();
        let threshold = |place: usize| of.thresholds.of(place).unwrap_or(ModelRecord::THRESHOLD);
        let known = |at: &usize, place: usize| said.get(*at)?.get(place).and_then(Presence::known);
        let score = |at: &usize, place: usize| {
            of.probabilities.get(*at).and_then(|row| row.get(place)).map_or(f64::NAN, |p| f64::from(*p))
        };
        let finding = |place: usize| {
            let is_finding = places.contains(&place);
            let statements = taken.iter().map(|at| known(at, place).filter(|_| is_finding));
            Finding::of_statements(statements, taken.iter().map(|at| score(at, place)), threshold(place))
        };
        let findings = (0..of.classes.len()).filter_map(finding).collect();
        let row = |at: &usize| places.iter().map(|place| known(at, *place)).collect::<Vec<_>>();
        let truth: Vec<Vec<Option<bool>>> = taken.iter().map(row).collect();
        let scores = |at: &usize| {
            let row = of.probabilities.get(*at);
            places.iter().filter_map(|place| row.and_then(|row| row.get(*place)).copied()).collect::<Vec<f32>>()
        };
        let probabilities: Vec<Vec<f32>> = taken.iter().map(scores).collect();
        let thresholds: Vec<f64> = places.iter().map(|place| threshold(*place)).collect();
        let judged =
            JudgedFindings { truth: &truth, probabilities: &probabilities, groups: &[], thresholds: &thresholds };
        let overall = OverFindings::new(&judged);
        Self {
            truth: Vec::new(),
            predicted: Vec::new(),
            right: overall.right(&judged),
            groups: Groups::new(taken.iter().map(|at| of.groups.get(*at).and_then(Option::as_ref))),
            findings,
            overall: Together::Findings(Box::new(overall)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::performance::{FindingFigure, OverallFigure};
    use crate::domain::{ClassList, ClassThresholds};
    use crate::evaluation::bootstrap::Bootstrap;
    use crate::evaluation::findings::{intervals_of_findings, of_findings};
    use crate::evaluation::performance::{Truths, difference, of_classes};

    struct Made {
        classes: ClassList,
        said: Vec<Findings>,
        probabilities: Vec<Vec<f32>>,
        groups: Vec<Option<String>>,
    }

    /// 90 images of 45 patients; the second finding is not looked at on every fifth, the third uncertain on every seventh.
    fn made(apart: f32) -> Made {
        let scattered = |at: usize| (at * 7919 % 1009) as f32 / 1009.0;
        let is = |at: usize, finding: usize| (at / 2 + finding).is_multiple_of(2 + finding);
        let said = |at: usize| {
            let of = |finding: usize| match finding {
                1 if at % 5 == 4 => None,
                2 if at % 7 == 6 => Some((finding, Presence::Uncertain)),
                _ => Some((finding, Presence::from(is(at, finding)))),
            };
            (0..3).filter_map(of).collect()
        };
        let row = |at: usize| {
            let p =
                |finding| apart * f32::from(u8::from(is(at, finding))) + (1.0 - apart) * scattered(at + 300 * finding);
            (0..3).map(p).collect()
        };
        Made {
            classes: ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap(),
            said: (0..90).map(said).collect(),
            probabilities: (0..90).map(row).collect(),
            groups: (0..90).map(|at| Some(format!("p{}", at / 2))).collect(),
        }
    }

    impl Made {
        fn judged<'a>(&'a self, thresholds: &'a ClassThresholds) -> Judged<'a> {
            let Self { classes, said, probabilities, groups } = self;
            Judged { truth: Truths::Findings(said), probabilities, groups, classes, thresholds }
        }
    }

    #[test]
    fn figures_and_intervals_are_those_of_the_findings_alone() {
        let made = made(0.4);
        let own = ClassThresholds::new(vec![None, Some(0.3), None]);
        let how = Bootstrap { draws: 200, seed: 3 };
        let found = of_classes(made.judged(&own), how);
        let truth: Vec<Vec<Option<bool>>> = made
            .said
            .iter()
            .map(|said| (0..3).map(|finding| said.get(finding).and_then(Presence::known)).collect())
            .collect();
        let Made { probabilities, groups, .. } = &made;
        let judged = JudgedFindings { truth: &truth, probabilities, groups, thresholds: &[0.5, 0.3, 0.5] };
        let (plain, with) = (of_findings(judged), intervals_of_findings(judged, how));
        for (at, finding) in found.findings.iter().enumerate() {
            assert_eq!(
                (finding.positives, finding.negatives),
                (plain.findings[at].positives, plain.findings[at].negatives)
            );
            let of = |figure| finding.figure(figure).unwrap().clone();
            assert_eq!(of(FindingFigure::Auroc), with.findings[at].auroc);
            assert_eq!(of(FindingFigure::Sensitivity), with.findings[at].sensitivity);
            assert_eq!(of(FindingFigure::NegativePredictiveValue), with.findings[at].negative_predictive_value);
            assert_eq!(of(FindingFigure::LogLoss), with.findings[at].log_loss);
        }
        assert_eq!(found.findings[1].threshold, Some(0.3));
        assert_eq!(found.findings[1].positives + found.findings[1].negatives, 72, "a fifth was not assessed");
        let overall = |wanted| &found.overall.iter().find(|(figure, _)| *figure == wanted).unwrap().1;
        for (figure, wanted) in [
            (OverallFigure::MacroAuroc, &with.macro_average.auroc),
            (OverallFigure::MicroAveragePrecision, &with.micro_average.average_precision),
            (OverallFigure::MicroF1, &with.micro_average.f1),
            (OverallFigure::MacroSpecificity, &with.macro_average.specificity),
            (OverallFigure::ExactMatch, &with.over_images.exact_match),
            (OverallFigure::HammingLoss, &with.over_images.hamming_loss),
            (OverallFigure::CoverageError, &with.over_images.coverage_error),
            (OverallFigure::RankingLoss, &with.over_images.ranking_loss),
            (OverallFigure::RankingAveragePrecision, &with.over_images.ranking_average_precision),
        ] {
            assert_eq!(overall(figure), wanted, "{figure:?}");
        }
        assert!(overall(OverallFigure::MacroAuroc).interval.is_some());
        assert!(found.coverage.is_empty());
    }

    #[test]
    fn two_models_are_told_apart_finding_by_finding_and_by_whole_images() {
        let (better, worse) = (made(0.7), made(0.2));
        let none = ClassThresholds::default();
        let how = Bootstrap { draws: 200, seed: 3 };
        let apart = difference(better.judged(&none), worse.judged(&none), how).unwrap();
        let (ours, theirs) = (of_classes(better.judged(&none), how), of_classes(worse.judged(&none), how));
        for (at, finding) in apart.findings.iter().enumerate() {
            let of = |of: &crate::domain::performance::Performance| {
                of.findings[at].figure(FindingFigure::Auroc).unwrap().value.unwrap()
            };
            let told = finding.figure(FindingFigure::Auroc).unwrap();
            assert!((told.value.unwrap() - (of(&ours) - of(&theirs))).abs() < 1e-12);
            assert!(told.interval.unwrap()[0] > 0.0 && finding.auroc_p.unwrap() < 0.05, "{told:?}");
        }
        assert!(apart.only_candidate > 10 && apart.only_other < apart.only_candidate);
        let other = Made { said: made(0.7).said.into_iter().rev().collect(), ..made(0.2) };
        assert!(difference(better.judged(&none), other.judged(&none), how).is_none());
    }
}
