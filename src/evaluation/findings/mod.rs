//! Several findings an image, each there or not whatever the others are: figures of each, their averages, and figures over
//! whole images.
//!
//! What was not looked at (or is uncertain) counts for no figure of that finding. `tests/reference/findings_metrics.py` makes
//! scikit-learn's values, which the tests compare with.

mod calibration;
mod column;
mod figures;
mod images;
mod overall;
mod report;
mod resampled;

pub use calibration::KnownLogits;
pub use figures::{Figures, ImageFigures, MacroFigure};
pub(in crate::evaluation) use overall::Overall;
pub use report::{ANY_FINDING, any_finding, findings_report};
pub use resampled::{FindingsIntervals, intervals_of_findings};

use super::binary::Table;
use super::bootstrap::Groups;
use column::Column;
use images::Images;

/// The images that are judged, all lists in one order.
#[derive(Clone, Copy, Debug)]
pub struct JudgedFindings<'a> {
    /// One row an image, one statement a finding; `None` where it was not looked at or is uncertain.
    pub truth: &'a [Vec<Option<bool>>],
    /// One row an image, one column a finding.
    pub probabilities: &'a [Vec<f32>],
    /// The group (patient, uploader) of each, where it is known; only intervals ask for it.
    pub groups: &'a [Option<String>],
    /// One a finding: from this probability on it is called.
    pub thresholds: &'a [f64],
}

/// One finding on all images where it was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct OfFinding {
    /// Images that have it, that do not, and where it was not looked at.
    pub positives: usize,
    pub negatives: usize,
    pub not_looked_at: usize,
    pub threshold: f64,
    pub table: Table,
    pub figures: Figures<Option<f64>>,
}

/// All findings together. A figure that is not defined is `None`, never 0.
#[derive(Clone, Debug, PartialEq)]
pub struct OfFindings {
    /// Images that were taken.
    pub images: usize,
    /// Images without a row of finite probabilities and a row of statements for every finding.
    pub left_out: usize,
    pub findings: Vec<OfFinding>,
    /// The plain mean over the findings for which a figure is defined, and how many those are.
    pub macro_average: Figures<MacroFigure>,
    /// Of all pairs of an image and a finding that was looked at, in one list.
    pub micro_average: Figures<Option<f64>>,
    pub micro_table: Table,
    /// Images where every finding was looked at: only they count for `over_images`.
    pub complete: usize,
    /// Of these, images with none or all of the findings: there is nothing to put in order. As in scikit-learn they count
    /// with a ranking loss of 0 and an average precision of 1, and those with none with a coverage error of 0.
    pub nothing_to_rank: usize,
    pub over_images: ImageFigures<Option<f64>>,
}

/// What is judged, made ready for many resamples.
struct Prepared {
    /// Places of the images that were taken, among all that were given.
    taken: Vec<usize>,
    columns: Vec<Column>,
    /// All columns as one.
    pooled: Column,
    images: Images,
}

impl Prepared {
    fn new(of: &JudgedFindings<'_>) -> Self {
        let count = of.thresholds.len();
        let is_usable = |at: &usize| {
            let row = of.probabilities.get(*at);
            of.truth.get(*at).is_some_and(|truth| truth.len() == count)
                && row.is_some_and(|row| row.len() == count && row.iter().all(|p| p.is_finite()))
        };
        let taken: Vec<usize> = (0..of.truth.len()).filter(is_usable).collect();
        let rows = || {
            let row = |at: &usize| Some((of.truth.get(*at)?.as_slice(), of.probabilities.get(*at)?.as_slice()));
            taken.iter().filter_map(row)
        };
        let columns: Vec<Column> = of
            .thresholds
            .iter()
            .enumerate()
            .map(|(finding, threshold)| {
                let one = |(truth, row): (&[Option<bool>], &[f32])| {
                    Some((truth.get(finding).copied().flatten()?, f64::from(*row.get(finding)?)))
                };
                Column::new(rows().map(one), *threshold)
            })
            .collect();
        let pooled = Column::pooled(&columns);
        let images = Images::new(rows(), of.thresholds);
        Self { taken, columns, pooled, images }
    }

    fn groups(&self, of: &JudgedFindings<'_>) -> Groups {
        Groups::new(self.taken.iter().map(|at| of.groups.get(*at).and_then(Option::as_ref)))
    }
}

/// Every figure of several findings, as it is; [`intervals_of_findings`] says how far each may be off.
pub fn of_findings(of: JudgedFindings<'_>) -> OfFindings {
    let prepared = Prepared::new(&of);
    let images = prepared.taken.len();
    let ones = vec![1.0; images];
    let finding = |(column, threshold): (&Column, &f64)| OfFinding {
        positives: column.positives(),
        negatives: column.looked_at() - column.positives(),
        not_looked_at: images - column.looked_at(),
        threshold: *threshold,
        table: column.table(&ones),
        figures: column.figures(&ones),
    };
    let findings: Vec<OfFinding> = prepared.columns.iter().zip(of.thresholds).map(finding).collect();
    OfFindings {
        images,
        left_out: of.truth.len().max(of.probabilities.len()) - images,
        macro_average: figures::macro_average(findings.iter().map(|finding| finding.figures)),
        micro_average: prepared.pooled.figures(&ones),
        micro_table: prepared.pooled.table(&ones),
        complete: prepared.images.len(),
        nothing_to_rank: prepared.images.nothing_to_rank(),
        over_images: prepared.images.figures(&ones),
        findings,
    }
}

#[cfg(test)]
mod reference_check;
#[cfg(test)]
mod tests;
