//! A project's sweeps, for a table and a plot.

use crate::domain::sweep::{Setting, TrialRecord};
use crate::domain::{AnswerKind, Metric};
use crate::training::sweep::{Row, Sweep, table};

/// A sweep as far as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepView {
    pub name: String,
    /// The recipe's title.
    pub recipe: String,
    /// What its networks answer with.
    pub answers: AnswerKind,
    /// The figure that its runs are told apart by.
    pub by: Metric,
    /// The settings that take several values, by name.
    pub axes: Vec<String>,
    pub records: Vec<TrialRecord>,
    /// Runs in all.
    pub runs: usize,
    /// What has to be known to read the table, a sentence each.
    pub remarks: Vec<String>,
    /// Why its runs cannot be shown.
    pub problem: Option<String>,
}

impl SweepView {
    /// A sweep with the runs that are done.
    pub fn new(name: &str, sweep: &Sweep, records: Vec<TrialRecord>) -> Self {
        let mut remarks = vec![
            "All figures are of the validation images, by which the best epoch was chosen: they flatter.".to_owned(),
        ];
        if records.len() < sweep.runs() {
            let are = if records.len() == 1 { "is" } else { "are" };
            remarks.push(format!("{} of {} runs {are} done; it can go on.", records.len(), sweep.runs()));
        }
        if let Some(first) = records.first() {
            let others = records.iter().filter(|record| record.data_digest != first.data_digest).count();
            if others > 0 {
                remarks.push(format!(
                    "{others} runs learned from other images or labels than the first: compare with care."
                ));
            }
        }
        Self {
            name: name.to_owned(),
            recipe: sweep.base().title.clone(),
            answers: sweep.base().answers(),
            by: sweep.by(),
            axes: sweep.axes().iter().filter(|axis| sweep.varies(axis)).cloned().collect(),
            records,
            runs: sweep.runs(),
            remarks,
            problem: None,
        }
    }

    /// The settings, the best first by a figure.
    pub fn rows(&self, by: Metric) -> Vec<Row> {
        table(&self.records, by.key(), by.lower_is_better())
    }

    /// The figures that judge its runs.
    pub fn figures(&self) -> impl Iterator<Item = Metric> + use<> {
        Metric::of_kind(self.answers)
    }
}

/// A setting's value as a table shows it.
pub fn value_text(setting: Option<&Setting>) -> String {
    setting.map_or_else(|| "-".to_owned(), Setting::to_string)
}
