//! Likely label errors and rare classes, on rows made by hand.

use super::*;
use crate::domain::{ImageId, Split};
use crate::session::project::order::{Matcher, NameOrder, queue};
use crate::session::protocol::queue::Filter;
use crate::session::protocol::row_facts::RowFacts;
use crate::session::protocol::view::{RowBoxes, RowFindings};
use std::sync::Arc;

fn row(id: i64, label: Option<u16>, said: &[f32]) -> ImageRow {
    let top = crate::domain::prediction::top_class(said);
    ImageRow {
        id: ImageId(id),
        name: format!("{id:03}.png").into(),
        width: 1,
        height: 1,
        split: Split::Train,
        label,
        reviewed: false,
        flagged: false,
        predicted: top.map(|class| (class as u16, said[class])),
        uncertainty: crate::domain::prediction::uncertainty(said),
        missing: false,
        boxes: RowBoxes::default(),
        named: None,
        findings: None,
        facts: Arc::new(RowFacts { probabilities: Some(said.into()), ..RowFacts::default() }),
    }
}

fn order(rows: &[ImageRow], sort: Sort) -> Vec<i64> {
    let names = NameOrder::new(rows);
    let all = Matcher::new(&Filter::default());
    queue(rows, &names, &all, sort).into_iter().map(|at| rows[at as usize].id.0).collect()
}

/// Twenty images of each of two classes, of which the model is sure, but for two with the wrong label.
fn with_errors() -> Vec<ImageRow> {
    let sure = |at: i64| 0.8 + (at % 7) as f32 / 50.0;
    let made = |at: i64| {
        let class = u16::from(at >= 20);
        let p = if class == 0 { sure(at) } else { 1.0 - sure(at) };
        row(at, Some(if at == 5 || at == 31 { 1 - class } else { class }), &[p, 1.0 - p])
    };
    (0..40).map(made).collect()
}

#[test]
fn wrong_labels_come_first_and_what_was_not_learned_from_decides() {
    let mut rows = with_errors();
    assert_eq!(order(&rows, Sort::LabelErrors)[..2], [5, 31]);
    // An unlabelled image, and one that the model has not seen, have no place.
    rows.push(row(50, None, &[0.5, 0.5]));
    rows.push(ImageRow { facts: Arc::default(), predicted: None, ..row(51, Some(0), &[1.0, 0.0]) });
    assert_eq!(order(&rows, Sort::LabelErrors)[40..], [50, 51]);
    // A model that has learned the wrong label by heart; one that has not says better.
    let facts = |out_of_fold: Option<&[f32]>| {
        Arc::new(RowFacts {
            probabilities: Some([0.02, 0.98].as_slice().into()),
            out_of_fold: out_of_fold.map(Arc::from),
            ..RowFacts::default()
        })
    };
    rows[5].facts = facts(None);
    assert_eq!(order(&rows, Sort::LabelErrors)[0], 31);
    rows[5].facts = facts(Some(&[0.99, 0.01]));
    assert_eq!(order(&rows, Sort::LabelErrors)[..2], [5, 31]);
}

#[test]
fn of_findings_the_worst_answer_counts() {
    let finding = |known, p: f32| RowFinding {
        known: Some(if known { Presence::Present } else { Presence::Absent }),
        answered: Some(p >= 0.5),
        probability: p,
        unsure: false,
    };
    let made = |at: i64| {
        let (one, other) = (at % 2 == 0, at % 3 == 0);
        let p = |is: bool| if is { 0.85 + (at % 5) as f32 / 50.0 } else { 0.1 + (at % 5) as f32 / 50.0 };
        let said = [finding(one, p(one)), finding(if at == 8 { !other } else { other }, p(other))];
        ImageRow { findings: Some(RowFindings::new(said, false)), label: None, ..row(at, None, &[0.5, 0.5]) }
    };
    let rows: Vec<ImageRow> = (0..30).map(made).collect();
    assert_eq!(order(&rows, Sort::LabelErrors)[0], 8);
}

#[test]
fn the_class_with_the_fewest_labels_comes_first_and_labels_last() {
    let rows = [
        row(1, Some(0), &[0.9, 0.05, 0.05]),
        row(2, Some(0), &[0.9, 0.05, 0.05]),
        row(3, Some(1), &[0.05, 0.9, 0.05]),
        row(4, None, &[0.6, 0.3, 0.1]),
        row(5, None, &[0.1, 0.8, 0.1]),
        row(6, None, &[0.1, 0.5, 0.4]),
        row(7, None, &[0.1, 0.1, 0.8]),
        ImageRow { facts: Arc::default(), predicted: None, ..row(8, None, &[1.0]) },
    ];
    // No label of the third, one of the second (the unsure one before), two of the first; then those with a label.
    assert_eq!(order(&rows, Sort::RareClass), [7, 6, 5, 4, 3, 1, 2, 8]);
}

#[test]
fn the_rarest_finding_counts_and_none_comes_after_one() {
    let said = |present: [Option<bool>; 2], answered: [bool; 2]| {
        let one = |at: usize| RowFinding {
            known: present[at].map(Presence::from),
            answered: Some(answered[at]),
            probability: f32::from(answered[at]),
            unsure: false,
        };
        Some(RowFindings::new([one(0), one(1)], false))
    };
    let with = |id, known, answered| ImageRow { findings: said(known, answered), ..row(id, None, &[0.5, 0.5]) };
    let open = [None, None];
    let rows = [
        with(1, [Some(true), Some(false)], [true, false]),
        with(2, [Some(true), Some(true)], [true, true]),
        with(3, open, [true, false]),
        with(4, open, [false, false]),
        with(5, open, [true, true]),
    ];
    assert_eq!(order(&rows, Sort::RareClass), [5, 3, 4, 2, 1]);
}
