//! Figures of several findings: what is left out, what is undefined, and intervals over patients.

use super::*;
use crate::domain::performance::Estimate;
use crate::evaluation::bootstrap::Bootstrap;

/// Images of two findings, the second not looked at in every fifth image; the first image of six has neither.
struct Made {
    truth: Vec<Vec<Option<bool>>>,
    probabilities: Vec<Vec<f32>>,
    groups: Vec<Option<String>>,
}

const THRESHOLDS: [f64; 2] = [0.5, 0.5];

/// So many images of each of so many patients.
fn made(patients: usize, each: usize) -> Made {
    let scattered = |at: usize| (at * 7919 % 1009) as f32 / 1009.0;
    let (mut truth, mut probabilities, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for patient in 0..patients {
        let (first, second) = (patient % 2 == 0, patient % 3 == 0);
        for image in 0..each {
            truth.push(vec![Some(first), (patient % 5 != 4).then_some(second)]);
            let shift = |is: bool, at| 0.3 * f32::from(u8::from(is)) + 0.7 * scattered(at);
            // All images of a patient look alike, so that they say little more than one.
            let wobble = image as f32 * 1e-4;
            probabilities.push(vec![shift(first, patient) + wobble, shift(second, patient + 500) + wobble]);
            groups.push(Some(format!("p{patient}")));
        }
    }
    Made { truth, probabilities, groups }
}

impl Made {
    fn judged(&self) -> JudgedFindings<'_> {
        let Self { truth, probabilities, groups } = self;
        JudgedFindings { truth, probabilities, groups, thresholds: &THRESHOLDS }
    }

    fn intervals(&self) -> FindingsIntervals {
        intervals_of_findings(self.judged(), Bootstrap { draws: 400, seed: 7 })
    }
}

fn why(of: &Estimate) -> &str {
    of.why.as_deref().unwrap_or_default()
}

#[test]
fn rows_that_say_nothing_of_a_finding_are_left_out_and_counted() {
    let mut made = made(12, 1);
    made.probabilities[3] = vec![0.5];
    made.probabilities[4][1] = f32::NAN;
    made.truth[5].pop();
    made.probabilities.pop();
    let figures = of_findings(made.judged());
    assert_eq!((figures.images, figures.left_out), (8, 4));
    let kept = [0, 1, 2, 6, 7, 8, 9, 10];
    let only = Made {
        truth: kept.map(|at| made.truth[at].clone()).to_vec(),
        probabilities: kept.map(|at| made.probabilities[at].clone()).to_vec(),
        groups: Vec::new(),
    };
    assert_eq!(of_findings(only.judged()), OfFindings { left_out: 0, ..figures });
}

#[test]
fn nothing_at_all_has_no_figures() {
    let none = of_findings(JudgedFindings { truth: &[], probabilities: &[], groups: &[], thresholds: &[0.5] });
    assert_eq!((none.images, none.complete, none.findings.len()), (0, 0, 1));
    assert_eq!(none.findings[0].figures, Figures::default());
    assert_eq!(none.macro_average, Figures::default());
    assert_eq!((none.micro_average, none.over_images), (Figures::default(), ImageFigures::default()));
    let rows = [vec![], vec![]];
    let no_finding = JudgedFindings { truth: &rows, probabilities: &[vec![], vec![]], groups: &[], thresholds: &[] };
    assert_eq!(of_findings(no_finding).over_images, ImageFigures::default());
    assert_eq!(of_findings(no_finding).complete, 0);
}

#[test]
fn images_with_none_or_all_findings_are_counted() {
    let truth = [[false, false], [true, true], [true, false]].map(|row| row.map(Some).to_vec());
    let unseen = vec![Some(false), None];
    let truth: Vec<_> = truth.into_iter().chain([unseen]).collect();
    let probabilities = vec![vec![0.2, 0.7]; 4];
    let of = JudgedFindings { truth: &truth, probabilities: &probabilities, groups: &[], thresholds: &THRESHOLDS };
    let figures = of_findings(of);
    assert_eq!((figures.complete, figures.nothing_to_rank), (3, 2));
    assert_eq!(figures.over_images.ranking_loss, Some(1.0 / 3.0));
}

#[test]
fn intervals_hold_their_value_and_are_wider_where_images_come_in_groups() {
    let grouped = made(40, 3);
    let alone = Made { groups: vec![None; 120], ..made(40, 3) };
    let (narrow, wide) = (alone.intervals(), grouped.intervals());
    assert_eq!((narrow.groups, wide.groups, wide.draws), (120, 40, 400));
    for figure in [
        |of: &FindingsIntervals| of.macro_average.auroc.clone(),
        |of: &FindingsIntervals| of.micro_average.auroc.clone(),
        |of: &FindingsIntervals| of.macro_average.average_precision.clone(),
        |of: &FindingsIntervals| of.micro_average.average_precision.clone(),
        |of: &FindingsIntervals| of.over_images.exact_match.clone(),
        |of: &FindingsIntervals| of.findings[1].sensitivity.clone(),
    ] {
        let (alone, together) = (figure(&narrow), figure(&wide));
        assert_eq!(alone.value, together.value);
        let ([low, high], [lower, higher]) = (alone.interval.unwrap(), together.interval.unwrap());
        let value = alone.value.unwrap();
        assert!(lower < value && value < higher && low < value && value < high, "{alone:?} {together:?}");
        assert!(higher - lower > 1.15 * (high - low), "{alone:?} {together:?}");
    }
    assert_eq!(grouped.intervals(), wide);
}

#[test]
fn a_macro_interval_is_over_the_same_findings_in_every_draw() {
    // One image in forty has the second finding: more than one draw in three is without it.
    let mut rare = made(40, 1);
    rare.truth.iter_mut().enumerate().for_each(|(at, row)| row[1] = Some(at == 3));
    let of = rare.intervals();
    assert!(of.macro_average.auroc.value.is_some() && of.findings[0].auroc.interval.is_some());
    assert_eq!(of.macro_average.auroc.interval, None);
    assert!(why(&of.macro_average.auroc).contains("leave the figure undefined"), "{:?}", of.macro_average.auroc);
    // Never there: the average is over the first alone, and so is its interval.
    rare.truth[3][1] = Some(false);
    let of = rare.intervals();
    assert_eq!(of.macro_average.auroc, of.findings[0].auroc);
    assert_eq!(why(&of.findings[1].auroc), "there is no image with the finding");
    assert_ne!(of.macro_average.specificity, of.findings[0].specificity);
}

#[test]
fn what_is_missing_is_said() {
    let few = made(9, 1).intervals();
    assert_eq!((few.draws, few.macro_average.auroc.interval), (0, None));
    assert!(why(&few.micro_average.auroc).contains("9 groups"), "{:?}", few.micro_average.auroc);
    let mut blind = made(20, 1);
    blind.truth.iter_mut().for_each(|row| row[1] = None);
    let of = blind.intervals();
    assert!(of.findings[1].clone().list().iter().all(|one| why(one) == "there is no image on which it was looked at"));
    let none = "there is no image in which every finding was looked at";
    assert!(of.over_images.clone().list().iter().all(|one| one.value.is_none() && why(one) == none));
    // All right in few images: by Wilson, as for one finding.
    let mut sure = made(20, 1);
    sure.probabilities =
        sure.truth.iter().map(|row| row.iter().map(|is| f32::from(*is == Some(true))).collect()).collect();
    let exact = sure.intervals().over_images.exact_match;
    // SciPy 1.17: binomtest(16, 16).proportion_ci(method="wilson")
    let [low, high] = exact.interval.unwrap();
    assert!((low - 0.806_392_3).abs() < 1e-6 && (high - 1.0).abs() < 1e-12, "{exact:?}");
}
