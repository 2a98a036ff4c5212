//! That the figures of a set of images are the figures of its parts, and that nothing is made up.

use super::*;
use crate::domain::performance::{FindingFigure, OverallFigure};
use crate::evaluation;

/// 40 images of 20 patients, of as many classes in turn, called rightly in 3 of 4.
fn judged(classes: usize) -> (Vec<usize>, Vec<Vec<f32>>, Vec<Option<String>>) {
    let truth: Vec<usize> = (0..40).map(|at| at % classes).collect();
    let row = |(at, truth): (usize, &usize)| {
        let called = if at % 4 == 3 { (truth + 1) % classes } else { *truth };
        let sure = 0.5 + (at % 7) as f32 / 20.0;
        (0..classes).map(|class| if class == called { sure } else { (1.0 - sure) / (classes as f32 - 1.0) }).collect()
    };
    let rows = truth.iter().enumerate().map(row).collect();
    (truth, rows, (0..40).map(|at| Some(format!("p{}", at / 2))).collect())
}

fn names(count: usize) -> ClassList {
    ClassList::from_names(&["a", "b", "c"][..count], count == 3).unwrap()
}

fn overall(performance: &Performance, figure: OverallFigure) -> Option<&Estimate> {
    performance.overall.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
}

#[test]
fn figures_are_those_of_the_report_and_every_one_has_its_interval() {
    for count in [2, 3] {
        let (truth, probabilities, groups) = judged(count);
        let classes = names(count);
        let of = Judged {
            truth: Truths::Classes(&truth),
            probabilities: &probabilities,
            groups: &groups,
            classes: &classes,
            thresholds: crate::domain::ClassThresholds::NONE,
        };
        let performance = of_classes(of, Bootstrap { draws: 300, seed: 1 });
        let report = evaluation::classification(&truth, &probabilities, &classes);
        assert_eq!((performance.images, performance.groups, performance.draws), (40, 20, 300));
        assert_eq!(performance.findings.len(), count);
        let near = |estimate: &Estimate, value: f64| {
            assert!((estimate.value.unwrap() - value).abs() < 1e-6, "{estimate:?}, {value}");
            let [low, high] = estimate.interval.unwrap();
            assert!(low <= value + 1e-9 && value <= high + 1e-9 && high - low < 0.8, "{estimate:?}");
        };
        near(overall(&performance, OverallFigure::Accuracy).unwrap(), report.accuracy);
        near(overall(&performance, OverallFigure::ConfidenceError).unwrap(), report.calibration_error.unwrap());
        match count {
            2 => near(performance.findings[1].figure(FindingFigure::Auroc).unwrap(), report.auc.unwrap()),
            _ => {
                near(overall(&performance, OverallFigure::MacroAuroc).unwrap(), report.auc.unwrap());
                near(overall(&performance, OverallFigure::QuadraticKappa).unwrap(), report.quadratic_kappa.unwrap());
                near(
                    overall(&performance, OverallFigure::MeanGradeError).unwrap(),
                    report.mean_absolute_error.unwrap(),
                );
            }
        }
        for finding in &performance.findings {
            let metrics = &report.per_class[&finding.name];
            assert_eq!((finding.positives, finding.positives + finding.negatives), (metrics.support, 40));
            near(finding.figure(FindingFigure::Sensitivity).unwrap(), metrics.recall.unwrap());
            near(finding.figure(FindingFigure::PositivePredictiveValue).unwrap(), metrics.precision.unwrap());
            near(finding.figure(FindingFigure::F1).unwrap(), metrics.f1.unwrap());
            let counted: [usize; 2] = finding.histogram.iter().fold([0; 2], |[a, b], [c, d]| [a + c, b + d]);
            assert_eq!(counted, [finding.negatives, finding.positives]);
            let (first, last) = (finding.operating[0], finding.operating[finding.operating.len() - 1]);
            assert_eq!((first.threshold, first.true_positives, first.false_positives), (None, 0, 0));
            assert_eq!((last.true_positives, last.false_positives), (finding.positives, finding.negatives));
        }
    }
}

#[test]
fn a_threshold_calls_the_second_of_two_classes() {
    let (truth, probabilities, groups) = judged(2);
    let of = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &names(2),
        thresholds: &crate::domain::ClassThresholds::of_second(Some(0.15)),
    };
    let performance = of_classes(of, Bootstrap { draws: 0, seed: 1 });
    let called = probabilities.iter().filter(|row| row[1] >= 0.15).count();
    assert!(called > 30 && performance.findings[1].threshold == Some(0.15));
    assert_eq!(performance.findings[0].threshold, Some(0.85));
    let sensitivity = performance.findings[1].figure(FindingFigure::Sensitivity).unwrap();
    assert_eq!(sensitivity.value, Some(1.0));
    let [low, high] = sensitivity.interval.unwrap();
    assert!(low < 0.9 && high == 1.0, "a share of all has an interval all the same: {low} {high}");
    let auroc = performance.findings[0].figure(FindingFigure::Auroc).unwrap();
    assert!(auroc.value.is_some() && auroc.interval.is_none());
}

#[test]
fn what_is_not_defined_says_why_and_few_patients_give_no_interval() {
    let truth = vec![0; 12];
    let probabilities = vec![vec![0.7, 0.2, 0.1]; 12];
    let groups: Vec<Option<String>> = (0..12).map(|at| Some(format!("p{}", at % 6))).collect();
    let of = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &names(3),
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let performance = of_classes(of, Bootstrap::default());
    assert_eq!((performance.groups, performance.draws), (6, 0));
    let area = performance.findings[1].figure(FindingFigure::Auroc).unwrap();
    assert_eq!((area.value, area.why.as_deref()), (None, Some("there is no image with the finding")));
    assert!(overall(&performance, OverallFigure::MacroAuroc).unwrap().why.as_ref().unwrap().contains("class b"));
    let brier = performance.findings[0].figure(FindingFigure::Brier).unwrap();
    assert!(brier.value.is_some() && brier.why.as_ref().unwrap().contains("6 groups"), "{brier:?}");
    let none = of_classes(
        Judged { truth: Truths::Classes(&[9]), probabilities: &[vec![1.0]], groups: &[], ..of },
        Bootstrap::default(),
    );
    assert_eq!((none.images, none.findings.len()), (0, 3));
}

#[test]
fn two_models_are_apart_by_the_difference_of_their_figures_on_the_same_draws() {
    let (truth, probabilities, groups) = judged(2);
    let classes = names(2);
    let now = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    // The other is wrong where this one is, and on every tenth image besides.
    let worse: Vec<Vec<f32>> = probabilities
        .iter()
        .enumerate()
        .map(|(at, row)| if at % 10 == 0 { vec![row[1], row[0]] } else { row.clone() })
        .collect();
    let before = Judged { probabilities: &worse, ..now };
    let how = Bootstrap { draws: 300, seed: 1 };
    let apart = difference(now, before, how).unwrap();
    // Of the four the first has no more probable class, and stays what it was.
    assert_eq!((apart.only_candidate, apart.only_other), (3, 0));
    assert!((apart.mcnemar_p.unwrap() - 0.25).abs() < 1e-9);
    let accuracy = &apart.overall[0].1;
    assert!((accuracy.value.unwrap() - 0.075).abs() < 1e-9, "{accuracy:?}");
    let [low, high] = accuracy.interval.unwrap();
    assert!(low >= 0.0 && high < 0.25, "narrower than the intervals of either: {low} {high}");
    let (ours, theirs) = (of_classes(now, how), of_classes(before, how));
    let area = |of: &Performance| of.findings[1].figure(FindingFigure::Auroc).unwrap().value.unwrap();
    let between = apart.findings[1].figure(FindingFigure::Auroc).unwrap();
    assert!((between.value.unwrap() - (area(&ours) - area(&theirs))).abs() < 1e-12);
    assert!(apart.findings[1].auroc_p.unwrap() < 0.2);
    let same = difference(now, now, how).unwrap();
    assert_eq!((same.mcnemar_p, same.findings[0].auroc_p, same.overall[0].1.interval), (None, None, None));
    let other = [0; 40];
    assert!(difference(now, Judged { truth: Truths::Classes(&other), ..before }, how).is_none());
}

#[test]
fn four_times_the_images_halve_an_interval() {
    let estimate = Estimate { value: Some(0.8), interval: Some([0.7, 0.9]), why: None };
    assert_eq!(images_needed(&estimate, 50, 0.1), Some(201), "rounded up");
    assert_eq!(images_needed(&Estimate::default(), 50, 0.1), None);
    assert_eq!(images_needed(&estimate, 50, 0.0), None);
}

#[test]
fn without_draws_the_reason_for_no_interval_is_that_nothing_was_drawn() {
    let (truth, probabilities, groups) = judged(2);
    let classes = names(2);
    let of = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let performance = of_classes(of, Bootstrap { draws: 0, seed: 1 });
    let auroc = performance.findings[1].figure(FindingFigure::Auroc).unwrap();
    assert_eq!((auroc.interval, auroc.why.as_deref()), (None, Some("no interval: nothing was drawn")));
}

#[test]
fn one_of_more_classes_is_called_from_its_own_threshold_on_and_reaches_what_it_was_chosen_for() {
    let (truth, probabilities, groups) = judged(3);
    let classes = names(3);
    let most_probable = Judged {
        truth: Truths::Classes(&truth),
        probabilities: &probabilities,
        groups: &groups,
        classes: &classes,
        thresholds: crate::domain::ClassThresholds::NONE,
    };
    let goal = FindingGoal::Sensitivity(1.0);
    let (threshold, table) = choose_class_threshold(most_probable, 2, goal).unwrap();
    assert!(threshold < 0.5 && table.sensitivity() == Some(1.0), "{threshold}, {table:?}");
    assert!(choose_class_threshold(most_probable, 9, goal).is_none());
    let own = crate::domain::ClassThresholds::new(vec![None, None, Some(threshold)]);
    let performance = of_classes(Judged { thresholds: &own, ..most_probable }, Bootstrap { draws: 0, seed: 1 });
    let of = |class: usize, figure| performance.findings[class].figure(figure).unwrap().value;
    assert_eq!(of(2, FindingFigure::Sensitivity), Some(1.0), "the calls reach it, not only the scores");
    assert_eq!(of(2, FindingFigure::Specificity), table.specificity());
    assert_eq!((performance.findings[2].threshold, performance.findings[0].threshold), (Some(threshold), None));
    let plain = of_classes(most_probable, Bootstrap { draws: 0, seed: 1 });
    assert!(plain.findings[2].figure(FindingFigure::Sensitivity).unwrap().value < Some(1.0));
    let report = evaluation::classification_at(&truth, &probabilities, &classes, &own);
    assert_eq!(report.per_class["c"].recall, Some(1.0));
}
