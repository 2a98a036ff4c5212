//! Means with intervals by groups.

use crate::domain::performance::Estimate;
use crate::evaluation::bootstrap::{Bootstrap, FEWEST_GROUPS, Groups, intervals};

/// The mean of each column over its rows, with its 95 % interval; rows whose group has the same name are drawn together.
pub(super) fn means<const COLUMNS: usize>(rows: &[(&str, [f64; COLUMNS])]) -> [Estimate; COLUMNS] {
    let groups = Groups::new(rows.iter().map(|(group, _)| Some(*group)));
    let mean = |weights: &[f64], column: usize| {
        let all: f64 = weights.iter().sum();
        let of = |(_, row): &(&str, [f64; COLUMNS])| row.get(column).copied().unwrap_or_default();
        (all > 0.0).then(|| rows.iter().zip(weights).map(|(row, weight)| of(row) * weight).sum::<f64>() / all)
    };
    let figures = |weights: &[f64]| (0..COLUMNS).map(|column| mean(weights, column)).collect();
    let mut found = intervals(&groups, Bootstrap::default(), figures).into_iter();
    std::array::from_fn(|_| {
        let found = found.next().unwrap_or_default();
        let few = || format!("fewer than {FEWEST_GROUPS} groups (patients) give no interval");
        let why = (groups.len() < FEWEST_GROUPS).then(few);
        Estimate { value: found.value, interval: found.interval, why }
    })
}
