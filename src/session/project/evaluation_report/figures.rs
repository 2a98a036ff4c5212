//! The figures of a classifier, with intervals, sentences and plots.

use super::html::Html;
use super::{Against, EvaluationReport, findings, items};
use crate::domain::performance::{
    Better, BoxDifference, Difference, Estimate, FindingFigure, FindingPerformance, OverallFigure, Performance, Words,
    in_groups,
};
use crate::session::drawing::numbers::{counted, interval, maybe, number, p_value, with_share};
use crate::session::drawing::{curves, matrix};
use crate::session::project::lineup::{Apart, Entrant, Lineup};

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
    page.table("lrrl", &[together(of), "Value", "95 % interval", "What it says"], &rows);
    match &of.judged.report.findings {
        None => confusion(page, of),
        Some(report) => {
            page.paragraph(&findings::about_whole_images(report));
            findings::whole_images(page, of);
        }
    }
    let theirs = of.others().filter_map(|a| Some((a.judged.model.as_str(), a.judged.performance.as_ref()?)));
    let sure: Vec<_> = std::iter::once((of.judged.model.as_str(), performance))
        .chain(theirs)
        .map(|(model, one)| (model, one.coverage.as_slice()))
        .collect();
    if sure.iter().any(|(_, points)| !points.is_empty()) {
        page.drawings(&[curves::coverage(&sure)]);
    }
    findings::table(page, of, performance);
    for finding in findings::told(of, performance) {
        let summary = format!("{}: all figures and plots", finding.name);
        page.fold_if(findings::are_many(of), &summary, |page| one(page, of, finding));
    }
}

/// The head of a table of the figures of all together.
fn together(of: &EvaluationReport) -> &'static str {
    if of.judged.report.findings.is_some() { "All findings" } else { "All classes" }
}

/// All figures and plots of a finding.
fn one(page: &mut Html, of: &EvaluationReport, finding: &FindingPerformance) {
    page.subheading(&format!("Finding: {}", finding.name));
    page.paragraph(&about(of, finding));
    let rows = rows(finding.figures.iter().map(|(figure, estimate)| (figure.words(), estimate)));
    page.table("lrrl", &["Figure", "Value", "95 % interval", "What it says"], &rows);
    let other = of.others().filter_map(|against| {
        let theirs = against.judged.performance.as_ref()?;
        let theirs = theirs.findings.iter().find(|one| one.name == finding.name)?;
        Some((against.judged.model.as_str(), theirs))
    });
    let both: Vec<curves::Of<'_>> = std::iter::once((of.judged.model.as_str(), finding)).chain(other).collect();
    let drawings = curves::all(&both);
    if findings::are_many(of) { page.many_drawings(&drawings) } else { page.drawings(&drawings) }
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

fn about(of: &EvaluationReport, finding: &FindingPerformance) -> String {
    let FindingPerformance { name, positives, negatives, threshold, .. } = finding;
    let unknown =
        of.judged.report.findings.as_ref().and_then(|of| of.per_finding.get(name)).map_or(0, |of| of.not_known);
    let unknown = match unknown {
        0 => String::new(),
        some => format!(" On {} it is uncertain or was not assessed.", counted(some, "image", "images")),
    };
    let called = match threshold {
        Some(threshold) => format!("It is called from a probability of {} on.", number(*threshold)),
        None => "It is called where it is the most probable class.".to_owned(),
    };
    format!("{} with it, {negatives} without.{unknown} {called}", with_share(*positives, positives + negatives))
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
pub(super) fn comparison(page: &mut Html, of: &EvaluationReport, (at, against): (usize, &Against)) {
    let (model, other) = (&of.judged.model, &against.judged.model);
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
    let calls = if of.judged.report.findings.is_some() { "tells all that is known of" } else { "calls" };
    page.paragraph(&format!(
        "Each difference is {model} less {other} on the same draws. Only {model} {calls} {} rightly, only {other} {}; \
         of so uneven a split or a more uneven one where neither is better: {} (McNemar, exact, images taken for independent).",
        counted(difference.only_candidate, "image", "images"),
        difference.only_other,
        p_value(difference.mcnemar_p)
    ));
    let overall = |(figure, estimate): &(OverallFigure, Estimate)| apart(figure.words(), figure.better(), estimate);
    let mut rows = vec![vec![together(of).to_owned()]];
    rows.extend(difference.overall.iter().map(overall));
    let head = ["Figure", "Difference", "95 % interval", "Better is"];
    let of_each = differences(of, against, difference);
    if findings::are_many(of) {
        page.table("lrrl", &head, &rows);
        page.fold("Differences finding by finding", |page| page.table("lrrl", &head, &of_each));
    } else {
        rows.extend(of_each);
        page.table("lrrl", &head, &rows);
    }
    page.paragraph("Many differences are looked at here: some look large by chance alone.");
}

/// How much two models differ, finding by finding.
fn differences(of: &EvaluationReport, against: &Against, difference: &Difference) -> Vec<Vec<String>> {
    let theirs = against.judged.performance.as_ref();
    let names: Option<Vec<&String>> = theirs.map(|p| findings::told(of, p).iter().map(|one| &one.name).collect());
    let mut rows = Vec::new();
    for finding in &difference.findings {
        if names.as_ref().is_some_and(|names| !names.contains(&&finding.name)) {
            continue;
        }
        rows.push(vec![format!("{} (AUROC: {}, DeLong)", finding.name, p_value(finding.auroc_p))]);
        let of_finding =
            |(figure, estimate): &(FindingFigure, Estimate)| apart(figure.words(), figure.better(), estimate);
        rows.extend(finding.figures.iter().map(of_finding));
    }
    rows
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

/// All models in one table, where there are more than two; of findings also of two, because their tests are one family.
pub(super) fn lineup(page: &mut Html, of: &EvaluationReport) {
    let findings = of.judged.report.findings.is_some();
    if of.beside.is_empty() && !(findings && of.against.is_some()) {
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
    let lineup = Lineup::of(&entrants, (0, Apart::OfReference));
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
