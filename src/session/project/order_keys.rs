//! Orders in which the place of one image depends on all: likely label errors, and classes with few labels.

use crate::domain::Presence;
use crate::evaluation::active::confident_learning::{Labelled, label_issues, self_confidence};
use crate::session::protocol::queue::Sort;
use crate::session::protocol::view::{ImageRow, RowFinding};
use std::collections::BTreeMap;

/// One key a row, the largest first; rows that have no place in the order have -1. Empty for an order in which each row has its
/// place by itself.
pub(in crate::session) fn of_all(rows: &[ImageRow], sort: Sort) -> Vec<f32> {
    match sort {
        Sort::LabelErrors => label_errors(rows),
        Sort::RareClass => rare_class(rows),
        Sort::Name
        | Sort::Likeness
        | Sort::Import
        | Sort::Random(_)
        | Sort::Label
        | Sort::Class
        | Sort::Time
        | Sort::Oldest
        | Sort::Patient
        | Sort::Size
        | Sort::Probability(_)
        | Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::ReadersApart
        | Sort::ModelsApart
        | Sort::ColdStart
        | Sort::KCentre
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::HeatOutside
        | Sort::Extra => Vec::new(),
    }
}

/// Likely label errors by confident learning: `2 - p` of those, `1 - p` of other labels, by the probability `p` of the label.
/// Of several findings each is a question of two classes, and the worst answer counts.
fn label_errors(rows: &[ImageRow]) -> Vec<f32> {
    let mut keys = vec![-1.0f32; rows.len()];
    let findings = rows.iter().filter_map(|row| row.findings.as_ref()).map(|of| of.each().len()).max();
    match findings {
        None => {
            let classes = rows.iter().filter_map(probabilities).map(<[f32]>::len).max().unwrap_or_default();
            let of = |row: &ImageRow| {
                let said = probabilities(row).filter(|said| said.len() == classes)?;
                Some((usize::from(row.label?), said.to_vec())).filter(|(label, _)| *label < classes)
            };
            raise(&mut keys, classes, rows.iter().map(of));
        }
        Some(findings) => {
            for finding in 0..findings {
                let of = |row: &ImageRow| {
                    let RowFinding { known, answered, probability: p, .. } = row.findings.as_ref()?.get(finding);
                    let known = known.and_then(Presence::known)?;
                    answered.map(|_| (usize::from(known), vec![1.0 - p, p]))
                };
                raise(&mut keys, 2, rows.iter().map(of));
            }
        }
    }
    keys
}

/// What is known of a row from a model that has not learned from its label, where that is there, else from the active one.
fn probabilities(row: &ImageRow) -> Option<&[f32]> {
    row.facts.out_of_fold.as_deref().or(row.facts.probabilities.as_deref())
}

/// Raises the keys of rows with a label and probabilities to what these say.
fn raise(keys: &mut [f32], classes: usize, rows: impl Iterator<Item = Option<(usize, Vec<f32>)>>) {
    let (mut places, mut labels, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (label, probabilities)) in rows.enumerate().filter_map(|(at, row)| Some((at, row?))) {
        places.push(at);
        labels.push(label);
        said.extend(probabilities);
    }
    let issues = label_issues(Labelled { labels: &labels, probabilities: &said, classes });
    let rows = said.chunks_exact(classes.max(1));
    for (((at, issue), label), probabilities) in places.into_iter().zip(issues).zip(labels).zip(rows) {
        let key = f32::from(issue) + 1.0 - self_confidence(probabilities, label) as f32;
        if let Some(slot) = keys.get_mut(at) {
            *slot = slot.max(key);
        }
    }
}

/// By how few labels there are of what an image shows: first, without a label, what the model says it shows, then what its
/// label says; of classes with as many labels the most uncertain first. Of several findings the rarest that is present counts;
/// images with none come after those with one.
fn rare_class(rows: &[ImageRow]) -> Vec<f32> {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for class in rows.iter().flat_map(labelled_with) {
        *counts.entry(class).or_default() += 1;
    }
    // Classes with as many labels share a rank, the fewest first.
    let count = |class: &u16| counts.get(class).copied().unwrap_or_default();
    let distinct: std::collections::BTreeSet<usize> =
        rows.iter().flat_map(|row| labelled_with(row).into_iter().chain(said_to_be(row))).map(|c| count(&c)).collect();
    let rank: BTreeMap<usize, usize> = distinct.into_iter().enumerate().map(|(rank, count)| (count, rank)).collect();
    // One rank more is that of images without any class.
    let ranks = rank.len() + 1;
    let key = |row: &ImageRow| {
        let (classes, tier) = match row.is_labelled() {
            true => (labelled_with(row), 0),
            false if row.is_predicted() => (said_to_be(row), ranks),
            false => return -1.0,
        };
        let rarest = classes.iter().filter_map(|class| rank.get(&count(class))).min().copied();
        let above = tier + ranks - 1 - rarest.unwrap_or(ranks - 1);
        2.0 * above as f32 + row.uncertainty
    };
    rows.iter().map(key).collect()
}

/// The classes or findings that readers give a row.
fn labelled_with(row: &ImageRow) -> Vec<u16> {
    match &row.findings {
        None => row.label.into_iter().collect(),
        Some(of) => places(of.each(), |one| one.known == Some(Presence::Present)),
    }
}

/// Those that the model gives it.
fn said_to_be(row: &ImageRow) -> Vec<u16> {
    match &row.findings {
        None => row.predicted.map(|(class, _)| class).into_iter().collect(),
        Some(of) => places(of.each(), |one| one.answered == Some(true)),
    }
}

fn places(each: &[RowFinding], is: impl Fn(&RowFinding) -> bool) -> Vec<u16> {
    (0u16..).zip(each).filter(|(_, one)| is(one)).map(|(place, _)| place).collect()
}

#[cfg(test)]
#[path = "order_keys_tests.rs"]
mod tests;
