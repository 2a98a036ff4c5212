//! The main figures of a classifier on changed pictures, and how much they fall below those of the unchanged ones.

use super::{Judged, Prepared, Together, plain, share, usable};
use crate::domain::performance::{Estimate, main_class};
use crate::domain::robustness::{RobustFigure, RobustFinding, RobustValue};
use crate::evaluation::bootstrap::{Bootstrap, intervals};
use crate::evaluation::shares;

/// The main figures of `changed`, with how far each fell from `unchanged` on the same draws of the groups; without
/// `unchanged`, of the pictures as they are. What one of the two has no row for is left out of both. Nothing where the lists
/// are not about the same images.
pub fn under_change(changed: Judged<'_>, unchanged: Option<Judged<'_>>, how: Bootstrap) -> Vec<RobustValue> {
    let Some(taken) = taken(&changed, unchanged.as_ref()) else { return Vec::new() };
    let kinds = figures(&changed);
    let now = Prepared::new(&changed, &taken);
    let before = unchanged.map(|of| Prepared::new(&of, &taken));
    let names = changed.classes.names();
    let main = main_class(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let values = |weights: &[f64]| {
        let own: Vec<Option<f64>> = kinds.iter().map(|kind| value(*kind, &now, main, weights)).collect();
        let fell = before.iter().flat_map(|before| {
            let pair =
                |(kind, own): (&RobustFigure, &Option<f64>)| Some(value(*kind, before, main, weights)? - (*own)?);
            kinds.iter().zip(&own).map(pair).collect::<Vec<_>>()
        });
        own.iter().copied().chain(fell).collect()
    };
    let mut all = intervals(&now.groups, how, values).into_iter();
    let own: Vec<Estimate> = kinds
        .iter()
        .map(|kind| {
            let one = all.next().unwrap_or_default();
            match kind {
                RobustFigure::Accuracy => share(one, &now.groups, |_| true, "there are no images"),
                RobustFigure::Auroc
                | RobustFigure::MacroAuroc
                | RobustFigure::QuadraticKappa
                | RobustFigure::Map50
                | RobustFigure::Map => plain(one, &now.groups, "a class has no image"),
            }
        })
        .collect();
    let undefined = "one of the two figures is not defined";
    let with_drop = |(figure, value): (&RobustFigure, Estimate)| {
        let drop = before.as_ref().map(|_| plain(all.next().unwrap_or_default(), &now.groups, undefined));
        RobustValue { figure: *figure, value, drop }
    };
    kinds.iter().zip(own).map(with_drop).collect()
}

/// The same of findings, of which an image may have several: the mean of their AUROCs, and that of each.
pub fn findings_under_change(
    changed: Judged<'_>,
    unchanged: Option<Judged<'_>>,
    how: Bootstrap,
) -> (Vec<RobustValue>, Vec<RobustFinding>) {
    let all = under_change(changed, unchanged, how);
    let Some(taken) = taken(&changed, unchanged.as_ref()) else { return (all, Vec::new()) };
    let now = Prepared::new(&changed, &taken);
    let before = unchanged.map(|of| Prepared::new(&of, &taken));
    let places: Vec<usize> = changed.classes.finding_places().collect();
    let area = |of: &Prepared, place: usize, weights: &[f64]| of.findings.get(place)?.auroc(weights);
    let values = |weights: &[f64]| {
        let own: Vec<Option<f64>> = places.iter().map(|place| area(&now, *place, weights)).collect();
        let fell = before.iter().flat_map(|before| {
            let pair = |(place, own): (&usize, &Option<f64>)| Some(area(before, *place, weights)? - (*own)?);
            places.iter().zip(&own).map(pair).collect::<Vec<_>>()
        });
        own.iter().copied().chain(fell).collect()
    };
    let mut drawn = intervals(&now.groups, how, values).into_iter();
    let why = |place: &usize| match now.findings.get(*place).map(|of| (of.positives(), of.negatives())) {
        None | Some((0, 0)) => "there is no image on which it was looked at",
        Some((0, _)) => "there is no image with the finding",
        Some(_) => "there is no image without the finding",
    };
    let own: Vec<Estimate> =
        places.iter().map(|place| plain(drawn.next().unwrap_or_default(), &now.groups, why(place))).collect();
    let one = |(place, value): (&usize, Estimate)| {
        let undefined = "one of the two figures is not defined";
        let drop = before.as_ref().map(|_| plain(drawn.next().unwrap_or_default(), &now.groups, undefined));
        RobustFinding { finding: changed.classes.name(*place), value, drop }
    };
    let findings = places.iter().zip(own).map(one).collect();
    (all, findings)
}

/// The images that both lists have rows for; `None` where they are not about the same images.
fn taken(changed: &Judged<'_>, unchanged: Option<&Judged<'_>>) -> Option<Vec<usize>> {
    if unchanged.is_some_and(|of| of.truth != changed.truth || of.classes.names() != changed.classes.names()) {
        return None;
    }
    let mut taken = usable(changed);
    if let Some(unchanged) = unchanged {
        let also = usable(unchanged);
        taken.retain(|at| also.binary_search(at).is_ok());
    }
    Some(taken)
}

/// Which figures are the main ones.
fn figures(of: &Judged<'_>) -> Vec<RobustFigure> {
    let first =
        if of.classes.len() == 2 && !of.classes.findings { RobustFigure::Auroc } else { RobustFigure::MacroAuroc };
    let grades = of.classes.ordinal.then_some(RobustFigure::QuadraticKappa);
    // Of findings there is no one call of an image.
    let accuracy = (!of.classes.findings).then_some(RobustFigure::Accuracy);
    std::iter::once(first).chain(accuracy).chain(grades).collect()
}

fn value(kind: RobustFigure, of: &Prepared, main: usize, weights: &[f64]) -> Option<f64> {
    let matrix = || shares::matrix(&of.truth, &of.predicted, weights, of.findings.len());
    match kind {
        RobustFigure::Auroc => of.findings.get(main)?.auroc(weights),
        RobustFigure::MacroAuroc => {
            // A finding that is on no image, or on all, has no part in the mean.
            let of_both = |finding: &&super::Finding| match of.overall {
                Together::Classes(_) => true,
                Together::Findings(_) => finding.positives() > 0 && finding.negatives() > 0,
            };
            let asked = of.findings.iter().filter(of_both);
            let areas: Option<Vec<f64>> = asked.map(|finding| finding.auroc(weights)).collect();
            areas.filter(|areas| !areas.is_empty()).map(|areas| areas.iter().sum::<f64>() / areas.len() as f64)
        }
        RobustFigure::Accuracy => shares::accuracy(&matrix()),
        RobustFigure::QuadraticKappa => match &of.overall {
            Together::Classes(overall) => shares::kappa(&matrix(), Some(&overall.grades)),
            Together::Findings(_) => None,
        },
        // Of boxes.
        RobustFigure::Map50 | RobustFigure::Map => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassList;
    use crate::domain::performance::{FindingFigure, OverallFigure};
    use crate::evaluation::performance::{Truths, of_classes};

    fn rows(noise: f32, count: usize) -> Vec<Vec<f32>> {
        (0..60usize)
            .map(|at| {
                let jitter = (at * 37 % 29) as f32 / 29.0;
                let p = 0.2 + 0.6 * (at % count) as f32 / (count - 1) as f32 + noise * (jitter - 0.5);
                let first = p.clamp(0.0, 1.0);
                let rest = (1.0 - first) / (count - 1) as f32;
                (0..count).map(|class| if class == count - 1 { first } else { rest + class as f32 * 1e-3 }).collect()
            })
            .collect()
    }

    #[test]
    fn figures_are_those_of_an_evaluation_and_falls_are_paired() {
        for count in [2usize, 3] {
            let names: Vec<String> = (0..count).map(|at| format!("c{at}")).collect();
            let classes = ClassList::from_names(&names, count == 3).unwrap();
            let truth: Vec<usize> = (0..60).map(|at| at % count).collect();
            let (calm, loud) = (rows(0.3, count), rows(1.6, count));
            let groups: Vec<Option<String>> = (0..60).map(|at| Some(format!("p{}", at / 2))).collect();
            let judged = |probabilities| Judged {
                truth: Truths::Classes(&truth),
                probabilities,
                groups: &groups,
                classes: &classes,
                thresholds: crate::domain::ClassThresholds::NONE,
            };
            let how = Bootstrap { draws: 300, seed: 4 };
            let (before, after) = (judged(&calm), judged(&loud));
            let found = under_change(after, Some(before), how);
            let expected = of_classes(after, how);
            let base = of_classes(before, how);
            let of_finding = |of: &crate::domain::performance::Performance| {
                of.findings[of.main_finding()].figure(FindingFigure::Auroc).unwrap().clone()
            };
            let overall = |of: &crate::domain::performance::Performance, figure| {
                of.overall.iter().find(|(kind, _)| *kind == figure).unwrap().1.clone()
            };
            let area = |of: &_| if count == 2 { of_finding(of) } else { overall(of, OverallFigure::MacroAuroc) };
            assert_eq!(found[0].value, area(&expected), "value and interval");
            assert_eq!(found[1].value, overall(&expected, OverallFigure::Accuracy));
            let drop = found[0].drop.clone().unwrap();
            let apart = area(&base).value.unwrap() - area(&expected).value.unwrap();
            assert!((drop.value.unwrap() - apart).abs() < 1e-12 && apart > 0.0, "{drop:?}");
            let [low, high] = drop.interval.unwrap();
            assert!(low < apart && apart < high);
            if count == 3 {
                assert_eq!(found[2].figure, RobustFigure::QuadraticKappa);
                assert_eq!(found[2].value, overall(&expected, OverallFigure::QuadraticKappa));
            }
            let alone = under_change(before, None, how);
            assert!(alone.iter().all(|value| value.drop.is_none()) && alone[0].value == area(&base));
            // The same pictures: no fall, and nothing to draw an interval from.
            let same = under_change(before, Some(before), how)[0].drop.clone().unwrap();
            assert_eq!((same.value, same.interval), (Some(0.0), None));
            let other = truth.iter().map(|class| (class + 1) % count).collect::<Vec<_>>();
            assert!(under_change(Judged { truth: Truths::Classes(&other), ..after }, Some(before), how).is_empty());
        }
    }

    #[test]
    fn findings_are_measured_each_by_itself_where_they_are_known_and_by_their_mean() {
        use crate::domain::{Findings, Presence};
        let classes = ClassList::of_findings(&["Effusion", "Mass"]).unwrap();
        let is = |at: usize, finding: usize| at.is_multiple_of(2 + finding);
        // The second is not known of every fifth image.
        let said = |at: usize| -> Findings {
            let known = |finding: usize| finding == 0 || at % 5 != 4;
            (0..2).filter(|f| known(*f)).map(|f| (f, Presence::from(is(at, f)))).collect()
        };
        let truth: Vec<Findings> = (0..60).map(said).collect();
        let rows = |noise: f32| -> Vec<Vec<f32>> {
            let p = |at: usize, f: usize| {
                let jitter = ((at * 37 + 11 * f) % 29) as f32 / 29.0;
                (0.35 + 0.3 * f32::from(u8::from(is(at, f))) + noise * (jitter - 0.5)).clamp(0.0, 1.0)
            };
            // What is not known of the second counts for nothing, however wrong it is.
            (0..60).map(|at| vec![p(at, 0), if at % 5 == 4 { 0.99 } else { p(at, 1) }]).collect()
        };
        let (calm, loud) = (rows(0.4), rows(1.2));
        let groups: Vec<Option<String>> = (0..60).map(|at| Some(format!("p{}", at / 2))).collect();
        let judged = |probabilities| Judged {
            truth: Truths::Findings(&truth),
            probabilities,
            groups: &groups,
            classes: &classes,
            thresholds: crate::domain::ClassThresholds::NONE,
        };
        let how = Bootstrap { draws: 200, seed: 4 };
        let (before, after) = (judged(&calm), judged(&loud));
        let (all, each) = findings_under_change(after, Some(before), how);
        let [now, was] = [after, before].map(|of| of_classes(of, how));
        let area = |of: &crate::domain::performance::Performance, at: usize| {
            of.findings[at].figure(FindingFigure::Auroc).unwrap().clone()
        };
        for (at, one) in each.iter().enumerate() {
            assert_eq!((&one.finding, &one.value), (&classes.name(at), &area(&now, at)), "value and interval");
            let apart = area(&was, at).value.unwrap() - area(&now, at).value.unwrap();
            let drop = one.drop.clone().unwrap();
            let [low, high] = drop.interval.unwrap();
            assert!((drop.value.unwrap() - apart).abs() < 1e-12 && low < apart && apart < high, "{one:?}");
        }
        assert_eq!((all.len(), all[0].figure), (1, RobustFigure::MacroAuroc), "of findings there is no one call");
        let mean = each.iter().map(|one| one.value.value.unwrap()).sum::<f64>() / 2.0;
        assert!((all[0].value.value.unwrap() - mean).abs() < 1e-12);
        let (alone, each) = findings_under_change(before, None, how);
        assert!(alone[0].drop.is_none() && each.iter().all(|one| one.drop.is_none()));
    }
}
