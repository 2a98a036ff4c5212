//! The figures of a classifier, with intervals, sentences and plots.

use super::html::Html;
use super::{Against, EvaluationReport, items};
use crate::domain::performance::{
    Better, BoxDifference, Estimate, FindingFigure, FindingPerformance, OverallFigure, Performance, Words, in_groups,
};
use crate::session::drawing::numbers::{counted, interval, maybe, number, p_value, with_share};
use crate::session::drawing::{curves, matrix};
use crate::session::project::lineup::{Apart, Entrant, Lineup};

/// The findings to tell: of two classes one says it all, because the sensitivity of the other is its specificity.
pub(super) fn shown(of: &Performance) -> impl Iterator<Item = &FindingPerformance> {
    let (main, two) = (of.main_finding(), of.findings.len() == 2);
    of.findings.iter().enumerate().filter(move |(at, _)| !two || *at == main).map(|(_, finding)| finding)
}

/// All figures and plots.
pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("figures", "Figures", Some(items::FIGURES));
    let Some(performance) = &of.judged.performance else {
        return page.paragraph("There is no image of this split of which the truth is known.");
    };
    if performance.images == 0 {
        return page.paragraph("There is no image of this split of which the truth is known.");
    }
    page.paragraph(&how(performance));
    let rows = rows(performance.overall.iter().map(|(figure, estimate)| (figure.words(), estimate)));
    page.table("lrrl", &["All classes", "Value", "95 % interval", "What it says"], &rows);
    confusion(page, of);
    let theirs = of.others().filter_map(|a| Some((a.judged.model.as_str(), a.judged.performance.as_ref()?)));
    let sure: Vec<_> = std::iter::once((of.judged.model.as_str(), performance))
        .chain(theirs)
        .map(|(model, one)| (model, one.coverage.as_slice()))
        .collect();
    page.drawings(&[curves::coverage(&sure)]);
    for finding in shown(performance) {
        page.subheading(&format!("Finding: {}", finding.name));
        page.paragraph(&about(finding));
        let rows = self::rows(finding.figures.iter().map(|(figure, estimate)| (figure.words(), estimate)));
        page.table("lrrl", &["Figure", "Value", "95 % interval", "What it says"], &rows);
        let other = of.others().filter_map(|against| {
            let theirs = against.judged.performance.as_ref()?;
            let theirs = theirs.findings.iter().find(|one| one.name == finding.name)?;
            Some((against.judged.model.as_str(), theirs))
        });
        let both: Vec<curves::Of<'_>> = std::iter::once((of.judged.model.as_str(), finding)).chain(other).collect();
        page.drawings(&curves::all(&both));
    }
}

fn how(of: &Performance) -> String {
    let images = counted(of.images, "image", "images");
    let wilson = "a share of few images has Wilson's interval";
    let drawn = match (of.draws, in_groups(of.images, of.groups)) {
        (0, _) => "No intervals were drawn.".to_owned(),
        (draws, true) => format!(
            "Intervals are 95 %: the groups were drawn {draws} times, seed {}, so that images of one patient are not taken for \
             independent; {wilson}.",
            of.seed
        ),
        (draws, false) => {
            format!("Intervals are 95 %: the images were drawn {draws} times, seed {}; {wilson}.", of.seed)
        }
    };
    format!("{images}{} {drawn}", of_groups(of.images, of.groups))
}

/// ... of how many groups they are; that nothing is known of groups, where that is so.
pub(super) fn of_groups(images: usize, groups: usize) -> String {
    if in_groups(images, groups) {
        let groups = counted(groups, "patient or group", "patients or groups");
        format!(" of {groups}; an image of no known group counts as a group of its own.")
    } else {
        "; no two of them are known to be of one patient or group.".to_owned()
    }
}

fn about(finding: &FindingPerformance) -> String {
    let FindingPerformance { positives, negatives, threshold, .. } = finding;
    let called = match threshold {
        Some(threshold) => format!("It is called from a probability of {} on.", number(*threshold)),
        None => "It is called where it is the most probable class.".to_owned(),
    };
    format!("{} with it, {negatives} without. {called}", with_share(*positives, positives + negatives))
}

/// A row a figure; why something is not there stands below what it says.
fn rows<'a>(figures: impl Iterator<Item = (Words, &'a Estimate)>) -> Vec<Vec<String>> {
    let row = |(words, estimate): (Words, &Estimate)| {
        let why = estimate.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        vec![words.title.to_owned(), maybe(estimate.value), interval(estimate), format!("{}{why}", words.sentence)]
    };
    figures.map(row).collect()
}

fn confusion(page: &mut Html, of: &EvaluationReport) {
    let (names, counts) = (&of.study.classes, &of.judged.report.confusion_matrix);
    if counts.is_empty() {
        return;
    }
    page.subheading("Confusion matrix");
    page.items(items::MATRIX);
    if counts.len() <= matrix::MOST {
        return page.drawings(&[matrix::draw(names, counts)]);
    }
    let kinds: String = std::iter::once('l').chain(counts.iter().map(|_| 'r')).collect();
    let head: Vec<&str> = std::iter::once("Truth").chain(names.iter().map(String::as_str)).collect();
    let row = |(name, row): (&String, &Vec<usize>)| {
        std::iter::once(name.clone()).chain(row.iter().map(usize::to_string)).collect()
    };
    let rows: Vec<Vec<String>> = names.iter().zip(counts).map(row).collect();
    page.table(&kinds, &head, &rows);
}

/// How much two models differ.
pub(super) fn comparison(page: &mut Html, model: &str, (at, against): (usize, &Against)) {
    let other = &against.judged.model;
    // The first keeps the mark that links know.
    let id = if at == 0 { "comparison".to_owned() } else { format!("comparison-{}", at + 1) };
    page.heading(&id, &format!("{model} against {other}"), Some(items::COMPARISON));
    if against.judged.seen_in_training > 0 {
        let seen = counted(against.judged.seen_in_training, "image", "images");
        page.warning(&format!("{other} was trained or tuned on {seen} of the test split: its figures flatter it."));
    }
    if let Some(difference) = &against.box_difference {
        page.paragraph("The differences stand with the figures of all classes above, with their intervals.");
        page.paragraph(&box_tests(difference));
        return box_classes(page, model, difference);
    }
    let Some(difference) = &against.difference else {
        return page.paragraph(
            "There are no differences with intervals: the two were not judged on the same images, or draw boxes.",
        );
    };
    page.paragraph(&format!(
        "Each difference is {model} less {other} on the same draws. Only {model} calls {} rightly, only {other} {}; \
         of so uneven a split or a more uneven one where neither is better: {} (McNemar, exact, images taken for independent).",
        counted(difference.only_candidate, "image", "images"),
        difference.only_other,
        p_value(difference.mcnemar_p)
    ));
    let overall = |(figure, estimate): &(OverallFigure, Estimate)| apart(figure.words(), figure.better(), estimate);
    let mut rows = vec![vec!["All classes".to_owned()]];
    rows.extend(difference.overall.iter().map(overall));
    let names: Option<Vec<&String>> =
        against.judged.performance.as_ref().map(|p| shown(p).map(|one| &one.name).collect());
    for finding in &difference.findings {
        if names.as_ref().is_some_and(|names| !names.contains(&&finding.name)) {
            continue;
        }
        rows.push(vec![format!("{} (AUROC: {}, DeLong)", finding.name, p_value(finding.auroc_p))]);
        let of_finding =
            |(figure, estimate): &(FindingFigure, Estimate)| apart(figure.words(), figure.better(), estimate);
        rows.extend(finding.figures.iter().map(of_finding));
    }
    page.table("lrrl", &["Figure", "Difference", "95 % interval", "Better is"], &rows);
    page.paragraph("Many differences are looked at here: some look large by chance alone.");
}

/// How much two models that draw boxes differ in each class.
fn box_classes(page: &mut Html, model: &str, difference: &BoxDifference) {
    // Of one class all that there is stands above.
    if difference.classes.len() < 2 {
        return;
    }
    let rows: Vec<Vec<String>> = difference
        .classes
        .iter()
        .flat_map(|class| {
            let row = |what: &str, one: &Estimate| {
                let why = one.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
                vec![format!("{}, {what}{why}", class.name), maybe(one.value), interval(one)]
            };
            [row("AP@0.5", &class.ap50), row("AP", &class.ap)]
        })
        .collect();
    page.paragraph(&format!("By class, {model} less the other, on the same draws:"));
    page.table("lrr", &["Class", "Difference", "95 % interval"], &rows);
}

/// What the permutation test says of two models that draw boxes.
fn box_tests(difference: &BoxDifference) -> String {
    if difference.p.is_empty() {
        return "The differences are not tested: there are too few groups.".to_owned();
    }
    let tests: Vec<String> =
        difference.p.iter().map(|(figure, p)| format!("{} {}", figure.words().title, p_value(Some(*p)))).collect();
    format!(
        "Of a difference as large or larger where neither is better: {} (permutation test, two-sided: the boxes of the two are \
         exchanged in a random choice of the groups).",
        tests.join(", ")
    )
}

/// All models in one table, where there are more than two.
pub(super) fn lineup(page: &mut Html, of: &EvaluationReport) {
    if of.beside.is_empty() {
        return;
    }
    let Some(ours) = &of.judged.performance else { return };
    let first = Entrant { name: &of.judged.model, performance: ours, difference: None };
    let others = of.others().filter_map(|against| {
        let performance = against.judged.performance.as_ref()?;
        // In the report a difference is the first model less the other.
        let difference = against.difference.as_ref();
        Some(Entrant { name: &against.judged.model, performance, difference })
    });
    let entrants: Vec<Entrant<'_>> = std::iter::once(first).chain(others).collect();
    page.heading("models", "All models side by side", Some(items::COMPARISON));
    let lineup = Lineup::new(&entrants, (0, Apart::OfReference), ours.main_finding());
    let (head, rows) = (lineup.head(), lineup.rows());
    page.table(
        &format!("l{}", "v".repeat(head.len().saturating_sub(1))),
        &head.iter().map(String::as_str).collect::<Vec<_>>(),
        &rows,
    );
    page.paragraph(&lineup.about_tests());
}

fn apart(words: Words, better: Better, estimate: &Estimate) -> Vec<String> {
    let better = match better {
        Better::Higher => "above 0".to_owned(),
        Better::Lower => "below 0".to_owned(),
        Better::NearTo(ideal) => format!("what brings it nearer to {ideal}"),
    };
    let why = estimate.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
    vec![words.title.to_owned(), maybe(estimate.value), interval(estimate), format!("{better}{why}")]
}
