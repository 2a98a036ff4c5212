//! A model's figures, as one JSON object or as a table in words.

use super::output::Output;
use crate::domain::ClassificationReport;
use anyhow::Result;
use serde::Serialize;

/// What evaluating, training and the demo end with.
#[derive(Debug, Serialize)]
pub struct Figures<'a, E: Serialize> {
    pub model: &'a str,
    pub split: &'a str,
    #[serde(flatten)]
    pub report: &'a ClassificationReport,
    #[serde(flatten)]
    pub extra: E,
}

impl<E: Serialize> Figures<'_, E> {
    /// Prints them.
    pub fn print(&self, out: Output) -> Result<()> {
        out.json(self)?;
        if out.is_json() {
            return Ok(());
        }
        let report = self.report;
        out.text(format!(
            "{} on {} {} images: accuracy {:.1} %, balanced {:.1} %",
            self.model,
            report.images,
            self.split,
            100.0 * report.accuracy,
            100.0 * report.balanced_accuracy
        ))?;
        for (name, class) in &report.per_class {
            out.text(format!(
                "  {name:<24} precision {:.3}  recall {:.3}  F1 {:.3}  images {}",
                class.precision, class.recall, class.f1, class.support
            ))?;
        }
        for (what, value) in [
            ("area under the ROC curve", report.auc),
            ("quadratic kappa", report.quadratic_kappa),
            ("mean error in grades", report.mean_absolute_error),
            ("calibration error", report.calibration_error),
        ] {
            if let Some(value) = value {
                out.text(format!("  {what} {value:.3}"))?;
            }
        }
        Ok(())
    }
}
