//! How far the readers agree on the images that were judged: what a model is measured against is no surer than that.

use super::EvaluationReport;
use super::html::{Html, MANY};
use super::items;
use crate::domain::reader_role::DescribedReader;
use crate::domain::{AnswerKind, ClassList, ReaderDescription};
use crate::evaluation::readers::ReaderAgreement;
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::protocol::agreement::{Agreement, Unblinded};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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

/// A reader, by a number: the name is left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reader {
    /// As pairs call it, from 1.
    pub number: usize,
    /// Images of the split of which the reader says something.
    pub images: usize,
    /// As what, and what qualifies for it, as it was said in the project; absent where nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<ReaderDescription>,
}

/// Every two readers who said something of the same images of a split, those with the most images first: the class, or what
/// they said of each finding, one finding after the other; and who all readers are. What an import says without naming anybody is no
/// reader. `described` are what was said of readers, by name.
pub(super) fn of(
    agreement: Agreement,
    described: &BTreeMap<String, DescribedReader>,
    classes: &ClassList,
    kind: AnswerKind,
) -> (Vec<Pair>, Vec<Reader>) {
    match kind {
        AnswerKind::Class | AnswerKind::Findings => {}
        // How far boxes agree is another question.
        AnswerKind::Boxes => return Default::default(),
    }
    let readers = agreement.readers.iter().enumerate().map(|(at, one)| Reader {
        number: at + 1,
        images: one.images,
        known: described.get(&one.name).map(|known| known.description.clone()),
    });
    let readers = readers.collect();
    let pairs = agreement.asked.into_iter().flat_map(|asked| {
        let finding = asked.finding.map(|place| classes.name(place));
        asked.pairs.into_iter().map(move |pair| Pair {
            readers: pair.readers.map(|at| at + 1),
            finding: finding.clone(),
            agreement: pair.agreement,
            seen: pair.seen,
        })
    });
    (pairs.collect(), readers)
}

/// Who read: as what, and with what qualification.
fn who(page: &mut Html, readers: &[Reader]) {
    if readers.is_empty() {
        return;
    }
    page.paragraph(
        "Who read the images of this split, as it was said in the project; nobody was asked to prove it, and names are left out.",
    );
    let row = |one: &Reader| {
        let role = one.known.as_ref().map_or("not said", |known| known.role.name());
        let qualification = one.known.as_ref().map_or("", |known| known.qualification.as_str());
        let qualification = if qualification.is_empty() { "not said" } else { qualification };
        vec![one.number.to_string(), one.images.to_string(), role.to_owned(), qualification.to_owned()]
    };
    let rows: Vec<Vec<String>> = readers.iter().map(row).collect();
    page.table("rrll", &["Reader", "Images", "Role", "Qualification"], &rows);
}

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("readers", "Agreement of the readers", Some(items::READERS));
    who(page, &of.who_read);
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
