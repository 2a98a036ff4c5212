//! What stands in a table of models.

use super::*;
use crate::session::Workbench as _;
use crate::session::drawing::numbers::maybe;
use crate::session::fixture::{Bench, box_comparison};

/// Three models, of which the second is the reference: the first of the fixture, its other, and the first once more.
fn lineup(apart: Apart) -> Lineup {
    let bench = Bench::project();
    let comparison = bench.view().project.as_ref().unwrap().comparison.clone().unwrap();
    let (new, old) = (&*comparison.performances[0].1, &*comparison.performances[1].1);
    let difference = comparison.difference.as_deref();
    let one = |name, performance, difference| Entrant { name, performance, difference };
    Lineup::new(&[one("a, b", new, difference), one("old", old, None), one("c|d", new, difference)], (1, apart), 0)
}

#[test]
fn each_difference_is_the_model_less_the_reference_and_tests_are_corrected() {
    let of = lineup(Apart::FromReference);
    let auroc = &of.figures[0];
    assert_eq!((auroc.title, auroc.finding.as_deref()), ("AUROC", Some("Fractured")));
    let value = |at: usize| auroc.values[at].value.unwrap();
    assert!((auroc.apart[0].as_ref().unwrap().value.unwrap() - (value(0) - value(1))).abs() < 1e-12);
    assert_eq!((auroc.apart[1].is_none(), auroc.apart[2] == auroc.apart[0]), (true, true));
    let delong = &of.tests[0];
    assert_eq!((delong.p[1], delong.corrected[0]), (None, delong.p[0].map(|p| (2.0 * p).min(1.0))));
    assert!(of.about_tests().contains("the 2 comparisons of each test (Holm)"));
    assert!(of.about_tests().starts_with("Each difference is the model less old, on the same draws."));
    let other = lineup(Apart::OfReference);
    assert!(other.about_tests().starts_with("Each difference is old less the other model, on the same draws."));
    assert!(other.text().contains("old − a, b") && !other.text().contains("a, b − old"), "{}", other.text());
}

#[test]
fn a_table_is_the_same_as_text_markdown_and_csv() {
    let of = lineup(Apart::FromReference);
    let value = maybe(of.figures[0].values[1].value);
    let text = of.text();
    let row = text.lines().find(|line| line.starts_with("AUROC, Fractured")).unwrap();
    assert!(
        row.contains(&value) && text.starts_with("48 images of 24 patients or groups; 95 % intervals from 200 draws"),
        "{text}"
    );
    let markdown = of.markdown();
    assert!(markdown.starts_with("| Figure | a, b | a, b − old | old | c\\|d | c\\|d − old |\n| --- |"), "{markdown}");
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(markdown.lines().take_while(|line| line.starts_with('|')).all(|line| cells(line) == 7));
    let csv = of.csv();
    assert!(csv.contains("AUROC,Fractured,\"a, b\",") && csv.contains("\np (DeLong),,\"a, b\",,,,,,,"), "{csv}");
    let mut quoted = csv.lines().map(|line| line.replace("\"a, b\"", "a"));
    assert!(quoted.all(|line| line.matches(',').count() == 10));
}

#[test]
fn each_finding_has_its_auroc_and_all_their_tests_are_one_family() {
    let bench = Bench::project();
    let comparison = bench.view().project.as_ref().unwrap().comparison.clone().unwrap();
    let (ours, theirs) = (&*comparison.performances[0].1, &*comparison.performances[1].1);
    let mut difference = comparison.difference.as_deref().unwrap().clone();
    assert_eq!(difference.findings.len(), 2);
    difference.findings[0].auroc_p = Some(0.03);
    difference.findings[1].auroc_p = Some(0.2);
    let first = Entrant { name: "new", performance: ours, difference: None };
    let other = Entrant { name: "old", performance: theirs, difference: Some(&difference) };
    let of = Lineup::of_findings(&[first, other], (0, Apart::OfReference));
    let each: Vec<_> = of.figures.iter().filter_map(|one| Some((one.title, one.finding.clone()?))).collect();
    let names: Vec<_> = ours.findings.iter().map(|one| ("AUROC", one.name.clone())).collect();
    assert_eq!((each, of.figures.len()), (names, 2 + ours.overall.len()));
    let delong: Vec<_> = of.tests.iter().filter(|test| test.finding.is_some()).map(|test| &test.corrected).collect();
    // Holm by hand: the smaller of two twice, the larger once.
    assert_eq!(delong, [&vec![None, Some(0.06)], &vec![None, Some(0.2)]]);
    let text = of.text();
    assert!(text.contains("0.030 (0.060)") && text.contains("its 2 comparisons over all findings"), "{text}");
    assert!(of.csv().contains("p (DeLong),Fractured,old,,,,,,,0.03,0.06"), "{}", of.csv());
    // A class that was looked at on no image has no row and makes no test the stricter.
    let mut ours = ours.clone();
    (ours.findings[1].positives, ours.findings[1].negatives) = (0, 0);
    let first = Entrant { name: "new", performance: &ours, difference: None };
    let text = Lineup::of_findings(&[first, other], (0, Apart::OfReference)).text();
    assert!(
        text.contains("AUROC, Fractured") && !text.contains("Non_fractured") && !text.contains("(0.060)"),
        "{text}"
    );
}

#[test]
fn models_that_draw_boxes_have_their_own_figures_and_a_permutation_test() {
    let bench = Bench::boxes();
    let view = bench.view();
    let project = view.project.as_ref().unwrap();
    let comparison = box_comparison(&project.rows, &project.classes);
    let boxes = &comparison.boxes;
    let (new, old, apart) = (&*boxes.performances[0].1, &*boxes.performances[1].1, &*boxes.differences[0].1);
    let one = |name, performance, difference| BoxEntrant { name, performance, difference };
    let of = Lineup::of_boxes(
        &[one("new", new, Some(apart)), one("old", old, None), one("again", new, Some(apart))],
        (1, Apart::FromReference),
    );
    let map = &of.figures[0];
    assert_eq!((map.title, of.figures.len()), ("mAP@0.5", 12));
    let value = |at: usize| map.values[at].value.unwrap();
    let first = map.apart[0].as_ref().unwrap().value.unwrap();
    assert!((first - (value(0) - value(1))).abs() < 1e-12);
    assert_eq!(map.apart[2].as_ref().unwrap().value, Some(first));
    let test = &of.tests[0];
    let p = test.p[0].unwrap();
    assert_eq!((test.title, test.p[1], test.corrected[0]), ("p (mAP@0.5)", None, Some((2.0 * p).min(1.0))));
    let text = of.text();
    assert!(text.contains("permutation test, two-sided") && !text.contains("DeLong"), "{text}");
    assert!(of.csv().contains("\np (mAP@[.5:.95]),,new,,,,,,,0."), "{}", of.csv());
}
