//! Part of the queue drawn at random, on rows made by hand.

use super::*;
use crate::domain::{ImageId, Split};
use crate::session::protocol::queue::Filter;
use crate::session::protocol::view::RowBoxes;
use std::sync::Arc;

fn rows(count: i64) -> Vec<ImageRow> {
    let made = |id: i64| ImageRow {
        id: ImageId(id),
        name: format!("{id:04}.png").into(),
        width: 1,
        height: 1,
        split: Split::Train,
        label: None,
        reviewed: id % 2 == 0,
        flagged: false,
        predicted: Some((0, 0.5)),
        uncertainty: 1.0 - id as f32 / count as f32,
        missing: false,
        boxes: RowBoxes::default(),
        named: None,
        findings: None,
        facts: Arc::default(),
    };
    (0..count).map(made).collect()
}

fn queued(rows: &[ImageRow], sort: Sort, at_random: u8) -> Vec<u32> {
    queue(rows, &NameOrder::new(rows), &Matcher::new(&Filter::default()), Ordered { sort, at_random })
}

#[test]
fn a_tenth_of_a_learned_order_is_drawn_of_what_nobody_has_seen_and_no_other_order_is_touched() {
    let rows = rows(300);
    let plain: Vec<u32> = (0..300).collect();
    assert_eq!(queued(&rows, Sort::Uncertainty, 0), plain);
    assert_eq!(queued(&rows, Sort::Name, 50), plain);
    let mixed = queued(&rows, Sort::Uncertainty, 10);
    let drawn: Vec<u32> = mixed.iter().skip(9).step_by(10).copied().collect();
    assert!(drawn[..10].iter().all(|row| row % 2 == 1), "reviewed images are drawn last: {drawn:?}");
    let rest: Vec<u32> = (1..=300usize).zip(&mixed).filter(|(at, _)| at % 10 > 0).map(|(_, row)| *row).collect();
    assert!(rest.is_sorted());
    let mut all = mixed.clone();
    all.sort_unstable();
    assert_eq!(all, plain);
    assert_eq!(queued(&rows, Sort::Uncertainty, 10), mixed, "the same each time");
}

#[test]
fn a_row_that_comes_back_finds_its_place() {
    let mut rows = rows(60);
    let names = NameOrder::new(&rows);
    let flagged = Filter { flagged: true, ..Filter::default() };
    rows.iter_mut().for_each(|row| row.flagged = true);
    let matcher = Matcher::new(&flagged);
    let how = Ordered { sort: Sort::Uncertainty, at_random: 20 };
    let whole = queue(&rows, &names, &matcher, how);
    for gone in [whole[0], whole[4], whole[30], whole[59]] {
        let mut shown = whole.clone();
        rows[gone as usize].flagged = false;
        assert!(refresh_one(&mut shown, &rows, &names, &matcher, how, gone));
        assert_eq!(shown.len(), 59);
        rows[gone as usize].flagged = true;
        assert!(refresh_one(&mut shown, &rows, &names, &matcher, how, gone));
        assert_eq!(shown, whole);
        assert!(!refresh_one(&mut shown, &rows, &names, &matcher, how, gone));
    }
}
