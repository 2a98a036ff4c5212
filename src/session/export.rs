//! Hands the labels out as a table.

use super::core::Core;
use super::error::SessionError;
use crate::interchange::csv_export::{self, CsvRow};
use std::path::Path;

impl Core {
    /// Writes every image with its label, who gave it last and when; how many rows.
    pub fn export_csv(&self, to: &Path) -> Result<usize, SessionError> {
        let said = self.store.last_labels()?;
        let rows: Vec<CsvRow> = self
            .images
            .iter()
            .zip(&self.annotations)
            .filter_map(|(image, annotation)| {
                let by = said.get(&image.id).filter(|_| annotation.label.is_some());
                let predicted = self.view.rows.get(*self.at.get(&image.id)?)?.predicted;
                Some(CsvRow {
                    path: image.path.to_string_lossy().into_owned(),
                    sha256: image.sha256.clone(),
                    split: image.split.name().to_owned(),
                    group: image.group.clone(),
                    label: annotation.label.map(|label| self.view.classes.name(label)),
                    reader: by.map(|(reader, _)| reader.clone()),
                    time: by.map(|(_, time)| csv_export::time_text(*time)),
                    reviewed: annotation.reviewed,
                    flagged: annotation.flagged,
                    note: annotation.note.clone(),
                    predicted: predicted.map(|(class, _)| self.view.classes.name(usize::from(class))),
                    probability: predicted.map(|(_, p)| p),
                })
            })
            .collect();
        csv_export::write_csv(to, rows.into_iter()).map_err(|e| SessionError::refused(e.to_string()))
    }
}
