//! How far the readers agree on the images that were judged: what a model is measured against is no surer than that.

use super::EvaluationReport;
use super::html::{Html, MANY};
use super::items;
use crate::domain::{AnswerKind, ClassList};
use crate::evaluation::readers::ReaderAgreement;
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::protocol::agreement::{Agreement, Unblinded};
use serde::Serialize;
use std::collections::BTreeSet;

/// Two readers, by their numbers from 1: names are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    pub readers: [usize; 2],
    /// What is told of, where an image may have several findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    #[serde(flatten)]
    pub agreement: ReaderAgreement,
    #[serde(flatten)]
    pub seen: Unblinded,
}

/// Every two readers who said something of the same images of a split, those with the most images first: the class, or what
/// they said of each finding, one finding after the other. What an import says without naming anybody is no reader.
pub(super) fn of(agreement: Agreement, classes: &ClassList, kind: AnswerKind) -> Vec<Pair> {
    match kind {
        AnswerKind::Class | AnswerKind::Findings => {}
        // How far boxes agree is another question.
        AnswerKind::Boxes => return Vec::new(),
    }
    let pairs = agreement.asked.into_iter().flat_map(|asked| {
        let finding = asked.finding.map(|place| classes.name(place));
        asked.pairs.into_iter().map(move |pair| Pair {
            readers: pair.readers.map(|at| at + 1),
            finding: finding.clone(),
            agreement: pair.agreement,
            seen: pair.seen,
        })
    });
    pairs.collect()
}

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("readers", "Agreement of the readers", Some(items::READERS));
    if of.readers.is_empty() {
        return page.paragraph(match of.judged.report.findings.is_some() {
            false => "No two readers gave a class to the same image of this split: how sure the truth is, is not known.",
            true => {
                "No two readers said anything of the same finding of an image of this split: how sure the truth is, is not known."
            }
        });
    }
    page.paragraph(
        "What two readers said of the images that both of them read. Kappa is agreement beyond chance: 0 is chance, 1 is full \
         agreement. A model cannot be shown to be better than the truth it is measured against.",
    );
    let graded = of.readers.iter().any(|pair| pair.agreement.quadratic_kappa.is_some());
    let findings = of.judged.report.findings.is_some();
    let mut head = vec!["Readers", "Images", "Agreement", "Kappa"];
    head.extend(graded.then_some("Weighted kappa"));
    if findings {
        head.insert(0, "Finding");
        page.paragraph(
            "A finding is called the same where both say that it is present, absent, or uncertain. Who says something of one \
             finding in the project stands by what is said of the others of that image.",
        );
    }
    let kinds = if findings { "llrrrr" } else { "lrrrr" };
    let row = |pair: &Pair| {
        let ReaderAgreement { images, agreement, kappa, quadratic_kappa, .. } = &pair.agreement;
        let [one, other] = pair.readers;
        let mut row =
            vec![format!("{one} and {other}"), images.to_string(), with_interval(agreement), with_interval(kappa)];
        row.extend(quadratic_kappa.as_ref().map(with_interval));
        if let Some(finding) = &pair.finding {
            row.insert(0, finding.clone());
        }
        row
    };
    let rows: Vec<Vec<String>> = of.readers.iter().map(row).collect();
    page.fold_if(rows.len() > 3 * MANY, "Every two readers", |page| page.table(kinds, &head, &rows));
    let could_see: usize = of.readers.iter().map(|pair| pair.seen.could_see).sum();
    let not_known: usize = of.readers.iter().map(|pair| pair.seen.not_known).sum();
    if could_see + not_known > 0 {
        page.paragraph(&format!(
            "Of these readings the later of the two was made with the other on screen in {could_see}, and in {not_known} it is not \
             known whether it was: agreement there is no independent second reading.",
        ));
    }
    let pairs: BTreeSet<[usize; 2]> = of.readers.iter().map(|pair| pair.readers).collect();
    page.paragraph(&format!(
        "{} compared. Intervals (95 %) are made by drawing groups again.",
        counted(pairs.len(), "pair of readers was", "pairs of readers were")
    ));
}
