//! The curves of a model that draws boxes as tables, for plots of one's own.

use crate::cli::predict::cell;
use crate::domain::DetectionReport;
use crate::files::atomically;
use anyhow::{Context, Result};
use std::io::{self, Write};
use std::path::Path;

/// A row each class and recall: the interpolated precision at an intersection over union of 0.5.
const PRECISION_RECALL: &str = "precision_recall.csv";
/// A row each point of the free-response curve.
const FROC: &str = "froc.csv";

/// Writes both tables to a folder that is there.
pub(super) fn write_tables(dir: &Path, report: &DetectionReport) -> Result<()> {
    let write = |name: &str, table: &dyn Fn(&mut dyn Write) -> io::Result<()>| {
        let path = dir.join(name);
        atomically(&path, |out| table(out)).with_context(|| format!("{} was not written", path.display()))
    };
    write(PRECISION_RECALL, &|out| {
        writeln!(out, "class,recall,precision")?;
        for (class, metrics) in &report.per_class {
            let last = metrics.precision_by_recall.len().saturating_sub(1).max(1) as f64;
            for (at, precision) in metrics.precision_by_recall.iter().enumerate() {
                writeln!(out, "{},{},{precision}", cell(class), at as f64 / last)?;
            }
        }
        Ok(())
    })?;
    write(FROC, &|out| {
        writeln!(out, "threshold,false_positives_per_image,sensitivity")?;
        for p in &report.froc {
            writeln!(out, "{},{},{}", p.threshold, p.false_positives_per_image, p.sensitivity)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BoxMetrics, FrocPoint};

    #[test]
    fn both_curves_are_written_row_by_row() {
        let dir = tempfile::tempdir().unwrap();
        let metrics = BoxMetrics { precision_by_recall: vec![1.0, 0.75, 0.5], ..BoxMetrics::default() };
        let point = FrocPoint { threshold: 0.5, false_positives_per_image: 0.25, sensitivity: 0.75 };
        let report = DetectionReport {
            per_class: [("mass, left".to_owned(), metrics)].into(),
            froc: vec![point],
            ..DetectionReport::default()
        };
        write_tables(dir.path(), &report).unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        let quoted = "\"mass, left\"";
        let rows = format!("class,recall,precision\n{quoted},0,1\n{quoted},0.5,0.75\n{quoted},1,0.5\n");
        assert_eq!(read(PRECISION_RECALL), rows);
        assert_eq!(read(FROC), "threshold,false_positives_per_image,sensitivity\n0.5,0.25,0.75\n");
    }
}
