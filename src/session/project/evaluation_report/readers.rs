//! How far the readers agree on the images that were judged: what a model is measured against is no surer than that.

use super::EvaluationReport;
use super::html::{Html, MANY};
use super::items;
use crate::domain::annotation::IMPORT_READER;
use crate::domain::{AnswerKind, ClassList, Presence, Split};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::readers::{ReaderAgreement, agreement};
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::importing::readings::{Readings, Word};
use crate::session::protocol::error::SessionError;
use crate::store::Store;
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
}

/// What a reader said of an image: of which finding, and what. Of its class there is no finding to name.
type Statements = BTreeMap<Option<usize>, usize>;

/// Every two readers who said something of the same images of a split, those with the most images first: the class, or what
/// they said of each finding, one finding after the other. What an import says without naming anybody is no reader.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn of(store: &Store, split: Split, kind: AnswerKind) -> Result<Vec<Pair>, SessionError> {
    let classes = store.classes()?;
    let (asked, answers): (Vec<Option<usize>>, ClassList) = match kind {
        AnswerKind::Class => (vec![None], classes.clone()),
        AnswerKind::Findings => (classes.finding_places().map(Some).collect(), presences()),
        // How far boxes agree is another question.
        AnswerKind::Boxes => return Ok(Vec::new()),
    };
    // By reader: the images read and what was said of each, with the group of the image.
    let mut said: BTreeMap<String, BTreeMap<i64, Statements>> = BTreeMap::new();
    let mut group_of: BTreeMap<i64, Option<String>> = BTreeMap::new();
    for image in store.images()?.into_iter().filter(|image| image.split == split) {
        let words = Readings::of(&store.events(image.id)?).words;
        for (reader, word) in words.into_iter().filter(|(reader, _)| reader != IMPORT_READER) {
            let statements = statements(&word, &asked);
            if !statements.is_empty() {
                said.entry(reader).or_default().insert(image.id.0, statements);
            }
        }
        group_of.insert(image.id.0, image.group);
    }
    let mut readers: Vec<BTreeMap<i64, Statements>> = said.into_values().collect();
    readers.sort_by_key(|images| std::cmp::Reverse(images.len()));
    let mut pairs = Vec::new();
    for asked in asked {
        let of_reader = |images: &BTreeMap<i64, Statements>| -> BTreeMap<i64, usize> {
            images.iter().filter_map(|(image, said)| Some((*image, *said.get(&asked)?))).collect()
        };
        let readers: Vec<BTreeMap<i64, usize>> = readers.iter().map(of_reader).collect();
        for (at, one) in readers.iter().enumerate() {
            for (beside, other) in readers.iter().enumerate().skip(at + 1) {
                let both: Vec<(i64, usize, usize)> =
                    one.iter().filter_map(|(image, said)| Some((*image, *said, *other.get(image)?))).collect();
                if both.is_empty() {
                    continue;
                }
                let groups = Groups::new(both.iter().map(|(image, ..)| group_of.get(image).and_then(Option::as_ref)));
                let (ours, theirs): (Vec<usize>, Vec<usize>) =
                    both.iter().map(|(_, one, other)| (*one, *other)).unzip();
                let agreement = agreement(&ours, &theirs, &groups, &answers, Bootstrap::default());
                let finding = asked.map(|place| classes.name(place));
                pairs.push(Pair { readers: [at + 1, beside + 1], finding, agreement });
            }
        }
    }
    Ok(pairs)
}

/// What can be said of a finding, as classes.
fn presences() -> ClassList {
    let names = Presence::ALL.map(Presence::name);
    // These are three names that differ.
    ClassList::from_names(&names, false).unwrap_or_default()
}

/// What a reader said that is asked for.
fn statements(word: &Word, asked: &[Option<usize>]) -> Statements {
    let of = |asked: &Option<usize>| {
        let said = match asked {
            None => word.label,
            // Who looked and found nothing found none of them.
            Some(place) => {
                let nothing = word.nothing_found.then_some(Presence::Absent);
                let said = word.findings.get(*place).or(nothing)?;
                Presence::ALL.iter().position(|one| *one == said)
            }
        };
        Some((*asked, said?))
    };
    asked.iter().filter_map(of).collect()
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
    let pairs: BTreeSet<[usize; 2]> = of.readers.iter().map(|pair| pair.readers).collect();
    page.paragraph(&format!(
        "{} compared. Intervals (95 %) are made by drawing groups again.",
        counted(pairs.len(), "pair of readers was", "pairs of readers were")
    ));
}
