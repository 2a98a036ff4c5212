//! Several models side by side on the same images: their figures, how much each differs from one of them, and the tests,
//! corrected for their number. As text, Markdown and CSV.

use crate::domain::performance::{
    Better, BoxDifference, BoxFigure, BoxPerformance, Difference, Estimate, FindingFigure, OverallFigure, Performance,
    in_groups,
};
use crate::evaluation::holm::holm;
use crate::session::drawing::numbers::with_interval;

/// Figures of the finding that a table of models has room for.
const OF_FINDING: [FindingFigure; 9] = [
    FindingFigure::Auroc,
    FindingFigure::Sensitivity,
    FindingFigure::Specificity,
    FindingFigure::PositivePredictiveValue,
    FindingFigure::NegativePredictiveValue,
    FindingFigure::F1,
    FindingFigure::AveragePrecision,
    FindingFigure::CalibrationSlope,
    FindingFigure::Brier,
];

/// A model's figures, and how much it and the reference differ, the way round that [`Apart`] says.
#[derive(Clone, Copy, Debug)]
pub struct Entrant<'a> {
    pub name: &'a str,
    pub performance: &'a Performance,
    /// Absent of the reference itself.
    pub difference: Option<&'a Difference>,
}

/// The same of models that draw boxes.
#[derive(Clone, Copy, Debug)]
pub struct BoxEntrant<'a> {
    pub name: &'a str,
    pub performance: &'a BoxPerformance,
    /// Absent of the reference itself.
    pub difference: Option<&'a BoxDifference>,
}

/// Which way round models are told apart. It is always the model that is judged less the one that it is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// Every model less the reference: that is the model in use, which the others might take the place of.
    FromReference,
    /// The reference less every other model: that is the one that is judged, and the others stand beside it.
    OfReference,
}

/// A figure of every model.
#[derive(Clone, Debug, PartialEq)]
pub struct LineupFigure {
    pub title: &'static str,
    /// What it says, for who does not know it.
    pub sentence: &'static str,
    /// Of all classes together where absent.
    pub finding: Option<String>,
    pub better: Better,
    /// One a model.
    pub values: Vec<Estimate>,
    /// Less the reference's, or the reference's less it; absent of the reference and where it was not worked out.
    pub apart: Vec<Option<Estimate>>,
}

/// A test of every model against the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct LineupTest {
    pub title: &'static str,
    /// What it asks.
    pub sentence: &'static str,
    /// What it is of, where there is a row for each finding.
    pub finding: Option<String>,
    /// One a model; absent of the reference and where there is nothing to test.
    pub p: Vec<Option<f64>>,
    /// Corrected for the number of models (Holm), and of findings where each is tested.
    pub corrected: Vec<Option<f64>>,
}

/// Models side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Lineup {
    pub models: Vec<String>,
    /// Which of them the others are told apart from.
    pub reference: usize,
    pub apart: Apart,
    pub figures: Vec<LineupFigure>,
    pub tests: Vec<LineupTest>,
    /// What the figures are of: "480 images of 120 patients or groups".
    pub basis: String,
    /// The models draw boxes.
    pub boxes: bool,
    /// So many findings are tested, each by itself, as one family; 0 where one stands for all.
    pub tested_findings: usize,
}

/// "480 images of 120 patients or groups; 95 % intervals from 2000 draws of the groups, seed 1"; only "480 images" where each is
/// by itself.
fn basis([images, groups, draws]: [usize; 3], seed: u64) -> String {
    let (of, drawn) = if in_groups(images, groups) {
        (format!("{images} images of {groups} patients or groups"), "groups")
    } else {
        (format!("{images} images"), "images")
    };
    match draws {
        0 => of,
        _ => format!("{of}; 95 % intervals from {draws} draws of the {drawn}, seed {seed}"),
    }
}

impl Lineup {
    /// Of classifiers on the same images, with the figures of one finding, by its place among the classes.
    pub fn new(entrants: &[Entrant<'_>], (reference, apart): (usize, Apart), finding: usize) -> Self {
        let overall = entrants.first().map(|one| one.performance.overall.as_slice()).unwrap_or_default();
        let overall = overall.iter().map(|(figure, _)| overall_figure(entrants, *figure));
        let of_finding = OF_FINDING.iter().map(|figure| finding_figure(entrants, finding, *figure));
        let first = entrants.first().map(|one| one.performance);
        let basis = first.map_or_else(String::new, |of| basis([of.images, of.groups, of.draws], of.seed));
        Self {
            models: entrants.iter().map(|one| one.name.to_owned()).collect(),
            reference,
            apart,
            figures: of_finding.chain(overall).collect(),
            tests: tests(entrants, finding),
            basis,
            boxes: false,
            tested_findings: 0,
        }
    }

    /// Of models that judge whole images: of classes with the figures of the one that matters most, of findings of each.
    pub fn of(entrants: &[Entrant<'_>], reference: (usize, Apart)) -> Self {
        match entrants.first().map(|one| one.performance) {
            Some(of) if of.is_of_findings() => Self::of_findings(entrants, reference),
            Some(of) => Self::new(entrants, reference, of.main_finding()),
            None => Self::new(entrants, reference, 0),
        }
    }

    /// Of models that answer with findings, on the same images: the AUROC of each finding, and the figures of all together.
    pub fn of_findings(entrants: &[Entrant<'_>], reference: (usize, Apart)) -> Self {
        let lineup = Self::new(entrants, reference, 0);
        // What nobody looked at, as a class that is no finding, can neither be told nor tested.
        let findings = entrants.first().map_or(&[][..], |one| &one.performance.findings);
        let told = findings.iter().enumerate().filter(|(_, one)| one.positives + one.negatives > 0);
        let told: Vec<usize> = told.map(|(at, _)| at).collect();
        let each = told.iter().map(|finding| finding_figure(entrants, *finding, FindingFigure::Auroc));
        let overall = lineup.figures.into_iter().filter(|figure| figure.finding.is_none());
        let other_tests = lineup.tests.into_iter().filter(|test| test.title != DELONG);
        Self {
            figures: each.chain(overall).collect(),
            tests: delong_of_each(entrants, &told).into_iter().chain(other_tests).collect(),
            tested_findings: told.len(),
            ..lineup
        }
    }

    /// Of models that draw boxes, on the same images.
    pub fn of_boxes(entrants: &[BoxEntrant<'_>], (reference, apart): (usize, Apart)) -> Self {
        let first = entrants.first().map(|one| one.performance);
        let test = |figure: BoxFigure| {
            let p: Vec<Option<f64>> =
                entrants.iter().map(|one| one.difference.and_then(|apart| apart.p_of(figure))).collect();
            LineupTest { title: box_test_title(figure), sentence: BOX_TEST, finding: None, corrected: holm(&p), p }
        };
        Self {
            models: entrants.iter().map(|one| one.name.to_owned()).collect(),
            reference,
            apart,
            figures: BoxFigure::ALL.into_iter().map(|figure| box_figure(entrants, figure)).collect(),
            tests: BoxFigure::TESTED.into_iter().map(test).collect(),
            basis: first.map_or_else(String::new, |of| basis([of.images, of.groups, of.draws], of.seed)),
            boxes: true,
            tested_findings: 0,
        }
    }

    /// What the probabilities of the tests are, a sentence.
    pub fn about_tests(&self) -> String {
        let reference = self.models.get(self.reference).map_or("", String::as_str);
        let tested = self.models.len().saturating_sub(1);
        let corrected = match tested {
            0 => String::new(),
            _ if self.tested_findings > 1 => format!(
                " In brackets: corrected (Holm), DeLong's test for its {} comparisons over all findings, McNemar's for {tested}.",
                tested * self.tested_findings
            ),
            1 => String::new(),
            more => format!(" In brackets: corrected for the {more} comparisons of each test (Holm)."),
        };
        let difference = match self.apart {
            Apart::FromReference => format!("Each difference is the model less {reference}"),
            Apart::OfReference => format!("Each difference is {reference} less the other model"),
        };
        if self.boxes {
            return format!(
                "{difference}, on the same draws. p is how often the difference \
                 is as large where the boxes of the two models are exchanged in a random choice of the groups (permutation \
                 test, two-sided).{corrected}"
            );
        }
        format!(
            "{difference}, on the same draws. DeLong's test is of the AUROCs, \
             McNemar's (exact) of the calls; both take images for independent.{corrected}"
        )
    }

    /// A heading for each model's column and for how much it differs.
    pub(in crate::session) fn head(&self) -> Vec<String> {
        let reference = self.models.get(self.reference).map_or("", String::as_str);
        let column = |(at, name): (usize, &String)| {
            let apart = (at != self.reference).then(|| match self.apart {
                Apart::FromReference => format!("{name} − {reference}"),
                Apart::OfReference => format!("{reference} − {name}"),
            });
            std::iter::once(name.clone()).chain(apart)
        };
        std::iter::once("Figure".to_owned()).chain(self.models.iter().enumerate().flat_map(column)).collect()
    }

    /// All rows of the table, as text.
    pub(in crate::session) fn rows(&self) -> Vec<Vec<String>> {
        let figure = |one: &LineupFigure| {
            let name = titled(one.title, one.finding.as_deref());
            let cells = one.values.iter().zip(&one.apart).enumerate().flat_map(|(at, (value, apart))| {
                let apart = (at != self.reference).then(|| apart.as_ref().map(with_interval).unwrap_or_default());
                std::iter::once(with_interval(value)).chain(apart)
            });
            std::iter::once(name).chain(cells).collect()
        };
        let test = |one: &LineupTest| {
            let cells = one.p.iter().zip(&one.corrected).enumerate().flat_map(|(at, (p, corrected))| {
                let said = (at != self.reference).then(|| self.p_value(*p, *corrected));
                std::iter::once(String::new()).chain(said)
            });
            std::iter::once(titled(one.title, one.finding.as_deref())).chain(cells).collect()
        };
        self.figures.iter().map(figure).chain(self.tests.iter().map(test)).collect()
    }

    /// "0.012", "0.012 (0.024)" with the corrected one where several models are tested.
    pub fn p_value(&self, p: Option<f64>, corrected: Option<f64>) -> String {
        let number = |p: f64| if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") };
        match (p, corrected) {
            (None, _) => "no test".to_owned(),
            (Some(p), Some(corrected)) if self.models.len() > 2 || self.tested_findings > 1 => {
                format!("{} ({})", number(p), number(corrected))
            }
            (Some(p), _) => number(p),
        }
    }

    /// Aligned columns, for a terminal.
    pub fn text(&self) -> String {
        let rows: Vec<Vec<String>> = std::iter::once(self.head()).chain(self.rows()).collect();
        let columns = rows.first().map_or(0, Vec::len);
        let wide = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|at| wide(at).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            format!("{}\n", cells.join("  ").trim_end())
        };
        format!("{}\n{}{}\n", self.basis, rows.iter().map(line).collect::<String>(), self.about_tests())
    }

    /// A table of Markdown.
    pub fn markdown(&self) -> String {
        let line = |row: &[String]| {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let head = self.head();
        let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
        let rows: String = self.rows().iter().map(|row| line(row)).collect();
        format!("{}{}{rows}\n{}. {}\n", line(&head), line(&rule), self.basis, self.about_tests())
    }

    /// A row a figure and model.
    pub fn csv(&self) -> String {
        let mut out =
            "figure,finding,model,value,low,high,difference,difference_low,difference_high,p,p_holm\n".to_owned();
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let ends = |of: Option<&Estimate>| {
            let interval = of.and_then(|of| of.interval);
            [of.and_then(|of| of.value), interval.map(|[low, _]| low), interval.map(|[_, high]| high)].map(number)
        };
        let mut row = |names: [&str; 3], value: Option<&Estimate>, apart: Option<&Estimate>, p: [Option<f64>; 2]| {
            let cells = names.map(quoted).into_iter().chain(ends(value)).chain(ends(apart)).chain(p.map(number));
            out.push_str(&cells.collect::<Vec<_>>().join(","));
            out.push('\n');
        };
        for of in &self.figures {
            for ((name, value), apart) in self.models.iter().zip(&of.values).zip(&of.apart) {
                let finding = of.finding.as_deref().unwrap_or_default();
                row([of.title, finding, name], Some(value), apart.as_ref(), [None, None]);
            }
        }
        for of in &self.tests {
            for ((name, p), corrected) in
                self.models.iter().zip(&of.p).zip(&of.corrected).filter(|((_, p), _)| p.is_some())
            {
                row([of.title, of.finding.as_deref().unwrap_or_default(), name], None, None, [*p, *corrected]);
            }
        }
        out
    }
}

/// A figure or test, and the finding that it is of.
fn titled(title: &str, finding: Option<&str>) -> String {
    finding.map_or_else(|| title.to_owned(), |finding| format!("{title}, {finding}"))
}

/// A field of RFC 4180.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn in_list(list: &[(OverallFigure, Estimate)], figure: OverallFigure) -> Option<&Estimate> {
    list.iter().find(|(kind, _)| *kind == figure).map(|(_, estimate)| estimate)
}

fn overall_figure(entrants: &[Entrant<'_>], figure: OverallFigure) -> LineupFigure {
    let value = |of: &Entrant<'_>| in_list(&of.performance.overall, figure).cloned().unwrap_or_default();
    let apart = |of: &Entrant<'_>| in_list(&of.difference?.overall, figure).cloned();
    LineupFigure {
        title: figure.words().title,
        sentence: figure.words().sentence,
        finding: None,
        better: figure.better(),
        values: entrants.iter().map(value).collect(),
        apart: entrants.iter().map(apart).collect(),
    }
}

fn finding_figure(entrants: &[Entrant<'_>], finding: usize, figure: FindingFigure) -> LineupFigure {
    let value = |of: &Entrant<'_>| {
        of.performance.findings.get(finding).and_then(|one| one.figure(figure)).cloned().unwrap_or_default()
    };
    let apart = |of: &Entrant<'_>| of.difference?.findings.get(finding)?.figure(figure).cloned();
    let name = entrants.first().and_then(|one| one.performance.findings.get(finding)).map(|one| one.name.clone());
    LineupFigure {
        title: figure.words().title,
        sentence: figure.words().sentence,
        finding: name,
        better: figure.better(),
        values: entrants.iter().map(value).collect(),
        apart: entrants.iter().map(apart).collect(),
    }
}

/// What the permutation test asks.
const BOX_TEST: &str = "How likely models that are as good as each other differ as much.";

fn box_test_title(figure: BoxFigure) -> &'static str {
    match figure {
        BoxFigure::Map50 => "p (mAP@0.5)",
        BoxFigure::Map => "p (mAP@[.5:.95])",
        // Not tested.
        BoxFigure::Map75
        | BoxFigure::AverageRecall1
        | BoxFigure::AverageRecall10
        | BoxFigure::AverageRecall100
        | BoxFigure::Precision
        | BoxFigure::Recall
        | BoxFigure::F1
        | BoxFigure::FrocAtOne
        | BoxFigure::FrocMean
        | BoxFigure::Afroc => "p",
    }
}

fn box_figure(entrants: &[BoxEntrant<'_>], figure: BoxFigure) -> LineupFigure {
    let value = |of: &BoxEntrant<'_>| of.performance.figure(figure).cloned().unwrap_or_default();
    let apart = |of: &BoxEntrant<'_>| of.difference?.figure(figure).cloned();
    LineupFigure {
        title: figure.words().title,
        sentence: figure.words().sentence,
        finding: None,
        better: Better::Higher,
        values: entrants.iter().map(value).collect(),
        apart: entrants.iter().map(apart).collect(),
    }
}

const DELONG: &str = "p (DeLong)";
const DELONG_ASKS: &str = "How likely AUROCs of equally good models lie as far apart.";

/// DeLong's test of each finding. All of them are one family: of many findings some differ by chance.
fn delong_of_each(entrants: &[Entrant<'_>], findings: &[usize]) -> Vec<LineupTest> {
    let p_of = |finding: &usize| -> Vec<Option<f64>> {
        entrants.iter().map(|one| one.difference?.findings.get(*finding)?.auroc_p).collect()
    };
    let all: Vec<Vec<Option<f64>>> = findings.iter().map(p_of).collect();
    let corrected = holm(&all.concat());
    let corrected = corrected.chunks(entrants.len().max(1)).map(<[_]>::to_vec);
    let name = |at: &usize| Some(entrants.first()?.performance.findings.get(*at)?.name.clone());
    let test =
        |((p, corrected), at)| LineupTest { title: DELONG, sentence: DELONG_ASKS, finding: name(at), p, corrected };
    all.into_iter().zip(corrected).zip(findings).map(test).collect()
}

fn tests(entrants: &[Entrant<'_>], finding: usize) -> Vec<LineupTest> {
    let test = |title, sentence, of: &dyn Fn(&Difference) -> Option<f64>| {
        let p: Vec<Option<f64>> = entrants.iter().map(|one| one.difference.and_then(of)).collect();
        LineupTest { title, sentence, finding: None, corrected: holm(&p), p }
    };
    vec![
        test(DELONG, DELONG_ASKS, &|of| of.findings.get(finding)?.auroc_p),
        test("p (McNemar)", "How likely so uneven a split of the wrong calls is where neither is better.", &|of| {
            of.mcnemar_p
        }),
    ]
}

#[cfg(test)]
#[path = "lineup_tests.rs"]
mod tests;
