//! The table that competitions on boxes want: one best box an image, with the ids they give out.

use crate::domain::Rect;
use crate::files::atomically;
use std::collections::HashSet;
use std::path::Path;

/// The score of the box that stands for none.
const DUMMY_CONFIDENCE: f32 = 0.001;

/// A row that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    /// Unique in the table.
    pub id: String,
    pub image_id: String,
}

/// A row of a submission; the rectangle in pixels of the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    pub id: &'a Id,
    pub rect: Rect,
    pub confidence: f32,
    pub label: &'a str,
}

impl<'a> Row<'a> {
    /// For an image without a box, where every image must have a row: the first pixel, with a low confidence.
    pub fn dummy(id: &'a Id, label: &'a str) -> Self {
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 1.0, ymax: 1.0 };
        Self { id, rect, confidence: DUMMY_CONFIDENCE, label }
    }
}

/// Why a table of ids cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdsError {
    #[error("{path} cannot be read as a table: {why}")]
    Unreadable { path: String, why: String },
    #[error("{path} has no column {column:?}: a table of ids has the columns ID and image_id")]
    NoColumn { path: String, column: &'static str },
    #[error("{path} gives the ID {id} twice: every row needs one of its own")]
    Twice { path: String, id: String },
    #[error("{path} has no row: there is nothing to submit")]
    Empty { path: String },
}

/// The rows of a table with the columns `ID` and `image_id` (in any case), in their order; other columns are passed over,
/// so a sample submission will do.
///
/// # Errors
/// When it is no such table, an ID comes twice, or there is no row.
pub fn read_ids(path: &Path) -> Result<Vec<Id>, IdsError> {
    let name = || path.display().to_string();
    let unreadable = |error: csv::Error| IdsError::Unreadable { path: name(), why: error.to_string() };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(unreadable)?;
    let headers = reader.headers().map_err(unreadable)?.clone();
    let column = |wanted: &'static str| {
        // Spreadsheets begin a file with a byte order mark.
        let found = headers.iter().position(|head| head.trim_start_matches('\u{feff}').eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| IdsError::NoColumn { path: name(), column: wanted })
    };
    let (of_id, of_image) = (column("ID")?, column("image_id")?);
    let (mut ids, mut seen) = (Vec::new(), HashSet::new());
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let id = Id { id: cell(of_id), image_id: cell(of_image) };
        if !seen.insert(id.id.clone()) {
            return Err(IdsError::Twice { path: name(), id: id.id });
        }
        ids.push(id);
    }
    if ids.is_empty() { Err(IdsError::Empty { path: name() }) } else { Ok(ids) }
}

/// Writes `ID,image_id,x_min,y_min,x_max,y_max,confidence,label`, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, rows: &[Row<'_>]) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["ID", "image_id", "x_min", "y_min", "x_max", "y_max", "confidence", "label"])?;
    for Row { id, rect, confidence, label } in rows {
        let sides = [rect.xmin, rect.ymin, rect.xmax, rect.ymax].map(|side| side.to_string());
        let [xmin, ymin, xmax, ymax] = &sides;
        let confidence = confidence.to_string();
        writer.write_record([&id.id, &id.image_id, xmin, ymin, xmax, ymax, &confidence, *label])?;
    }
    let bytes = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    atomically(path, |out| out.write_all(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_submission_serves_as_a_table_of_ids() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sample.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_ids(&path)
        };
        let ids = read("\u{feff}id, image_id ,x_min\n5, a,0\n4,b,0\n").unwrap();
        let id = |id: &str, image: &str| Id { id: id.into(), image_id: image.into() };
        assert_eq!(ids, [id("5", "a"), id("4", "b")]);
        for (text, named) in
            [("ID,image\n1,a\n", "image_id"), ("ID,image_id\n", "no row"), ("ID,image_id\n1,a\n1,b\n", "ID 1 twice")]
        {
            let why = read(text).unwrap_err().to_string();
            assert!(why.contains(named) && why.contains("sample.csv"), "{why}");
        }
    }
}
