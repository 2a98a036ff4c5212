//! How far the readers agree on the images that were judged: what a model is measured against is no surer than that.

use super::EvaluationReport;
use super::html::Html;
use super::items;
use crate::domain::annotation::IMPORT_READER;
use crate::domain::{ClassList, Split};
use crate::evaluation::bootstrap::{Bootstrap, Groups};
use crate::evaluation::readers::{ReaderAgreement, agreement};
use crate::session::drawing::numbers::{counted, with_interval};
use crate::session::importing::readings::Readings;
use crate::session::protocol::error::SessionError;
use crate::store::Store;
use serde::Serialize;
use std::collections::BTreeMap;

/// Two readers, by their numbers from 1: names are left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    pub readers: [usize; 2],
    #[serde(flatten)]
    pub agreement: ReaderAgreement,
}

/// Every two readers who gave a class to the same images of a split, those with the most images first. What an import says
/// without naming anybody is no reader.
///
/// # Errors
/// When the project cannot be read.
pub(super) fn of(store: &Store, split: Split, classes: &ClassList) -> Result<Vec<Pair>, SessionError> {
    // By reader: the images read and the class given to each, with the group of the image.
    let mut said: BTreeMap<String, BTreeMap<i64, usize>> = BTreeMap::new();
    let mut group_of: BTreeMap<i64, Option<String>> = BTreeMap::new();
    for image in store.images()?.into_iter().filter(|image| image.split == split) {
        let words = Readings::of(&store.events(image.id)?).words;
        for (reader, word) in words.into_iter().filter(|(reader, _)| reader != IMPORT_READER) {
            if let Some(label) = word.label {
                said.entry(reader).or_default().insert(image.id.0, label);
            }
        }
        group_of.insert(image.id.0, image.group);
    }
    let mut readers: Vec<BTreeMap<i64, usize>> = said.into_values().collect();
    readers.sort_by_key(|images| std::cmp::Reverse(images.len()));
    let mut pairs = Vec::new();
    for (at, one) in readers.iter().enumerate() {
        for (beside, other) in readers.iter().enumerate().skip(at + 1) {
            let both: Vec<(i64, usize, usize)> =
                one.iter().filter_map(|(image, label)| Some((*image, *label, *other.get(image)?))).collect();
            if both.is_empty() {
                continue;
            }
            let groups = Groups::new(both.iter().map(|(image, ..)| group_of.get(image).and_then(Option::as_ref)));
            let (ours, theirs): (Vec<usize>, Vec<usize>) = both.iter().map(|(_, one, other)| (*one, *other)).unzip();
            let agreement = agreement(&ours, &theirs, &groups, classes, Bootstrap::default());
            pairs.push(Pair { readers: [at + 1, beside + 1], agreement });
        }
    }
    Ok(pairs)
}

pub(super) fn section(page: &mut Html, of: &EvaluationReport) {
    page.heading("readers", "Agreement of the readers", Some(items::READERS));
    if of.readers.is_empty() {
        return page.paragraph(
            "No two readers gave a class to the same image of this split: how sure the truth is, is not known.",
        );
    }
    page.paragraph(
        "What two readers said of the images that both of them read. Kappa is agreement beyond chance: 0 is chance, 1 is full \
         agreement. A model cannot be shown to be better than the truth it is measured against.",
    );
    let graded = of.readers.iter().any(|pair| pair.agreement.quadratic_kappa.is_some());
    let mut head = vec!["Readers", "Images", "Agreement", "Kappa"];
    head.extend(graded.then_some("Weighted kappa"));
    let row = |pair: &Pair| {
        let ReaderAgreement { images, agreement, kappa, quadratic_kappa, .. } = &pair.agreement;
        let [one, other] = pair.readers;
        let mut row =
            vec![format!("{one} and {other}"), images.to_string(), with_interval(agreement), with_interval(kappa)];
        row.extend(quadratic_kappa.as_ref().map(with_interval));
        row
    };
    page.table("lrrrr", &head, &of.readers.iter().map(row).collect::<Vec<_>>());
    page.paragraph(&format!(
        "{} compared. Intervals (95 %) are made by drawing groups again.",
        counted(of.readers.len(), "pair of readers was", "pairs of readers were")
    ));
}
