//! Runs side by side: those of one setting together, with the spread over their seeds.

use crate::domain::sweep::{Settings, TrialRecord};
use std::collections::BTreeMap;

/// A figure over the seeds of one setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Runs that have it.
    pub runs: usize,
    pub mean: f64,
    /// The deviation of a sample (n - 1); absent of a single run.
    pub deviation: Option<f64>,
    pub least: f64,
    pub most: f64,
}

/// One setting of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub settings: Settings,
    /// How often it was trained, whatever came of it.
    pub runs: usize,
    pub failed: usize,
    /// Epochs it was given; of a halving those of its last rung, which its figures are of.
    pub epochs: usize,
    pub rung: usize,
    /// By their names.
    pub figures: BTreeMap<String, Spread>,
    /// Seconds of all its runs.
    pub seconds: f64,
}

impl Spread {
    /// Of some values; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let runs = values.len();
        let mean = values.iter().sum::<f64>() / runs as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (runs > 1).then(|| (squares / (runs - 1) as f64).sqrt());
        let least = values.iter().copied().reduce(f64::min)?;
        let most = values.iter().copied().reduce(f64::max)?;
        Some(Self { runs, mean, deviation, least, most })
    }
}

/// The rows of a sweep, the best first by the mean of the figure `by`; those without it last.
pub fn table(records: &[TrialRecord], by: &str, lower_is_better: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for record in records {
        if rows.iter().any(|row| row.settings == record.trial.settings) {
            continue;
        }
        let all: Vec<&TrialRecord> = records.iter().filter(|r| r.trial.settings == record.trial.settings).collect();
        let rung = all.iter().map(|r| r.trial.rung).max().unwrap_or_default();
        let last: Vec<&&TrialRecord> = all.iter().filter(|r| r.trial.rung == rung).collect();
        let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for run in &last {
            for (metric, value) in run.figures.iter() {
                values.entry(metric.key().to_owned()).or_default().push(value);
            }
        }
        rows.push(Row {
            settings: record.trial.settings.clone(),
            runs: last.len(),
            failed: last.iter().filter(|run| run.failure().is_some()).count(),
            epochs: last.iter().map(|run| run.trial.epochs).max().unwrap_or_default(),
            rung,
            figures: values.into_iter().filter_map(|(key, values)| Some((key, Spread::of(&values)?))).collect(),
            seconds: all.iter().map(|run| run.seconds).sum(),
        });
    }
    let score = |row: &Row| {
        let mean = row.figures.get(by).map(|spread| spread.mean);
        mean.map_or(f64::NEG_INFINITY, |mean| if lower_is_better { -mean } else { mean })
    };
    // What got further in a halving was the better one when both had been given as much.
    rows.sort_by(|a, b| b.rung.cmp(&a.rung).then(score(b).total_cmp(&score(a))));
    rows
}
