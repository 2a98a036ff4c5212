//! The annotation table as CSV (RFC 4180, UTF-8): one row an image, for spreadsheets and scripts.

use super::reading::ReadImage;
use crate::imaging::write::atomically;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// The columns, in the order they are written; the first seven are stable, later versions may add behind the last.
pub const COLUMNS: [&str; 12] = [
    "path",
    "sha256",
    "split",
    "group",
    "label",
    "reader",
    "time",
    "reviewed",
    "flagged",
    "note",
    "predicted",
    "probability",
];

/// One image; what is absent leaves its cell empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CsvRow {
    /// Where the file lies, or its name below the imported folder: what the caller wants to show.
    pub path: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// "train", "validation" or "test".
    pub split: String,
    pub group: Option<String>,
    /// The class' name.
    pub label: Option<String>,
    /// Who gave the label.
    pub reader: Option<String>,
    /// When: RFC 3339 in UTC, see [`time_text`].
    pub time: Option<String>,
    pub reviewed: bool,
    pub flagged: bool,
    pub note: String,
    /// The class the active model predicts.
    pub predicted: Option<String>,
    /// Its probability, 0 to 1.
    pub probability: Option<f32>,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written ({why}): choose a folder you may write to, or close the program that has it open", path = .path.display())]
pub struct CsvError {
    pub path: PathBuf,
    why: io::Error,
}

/// An instant as the `time` column holds it: `2026-01-31T08:15:30.25Z`; empty for an instant no calendar has.
pub fn time_text(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms).map(|time| time.to_string()).unwrap_or_default()
}

/// Writes the table, whole or not at all, and returns the number of rows.
///
/// # Errors
/// [`CsvError`] with the file and what the system says.
pub fn write_csv(to: &Path, rows: impl Iterator<Item = CsvRow>) -> Result<usize, CsvError> {
    let mut count = 0;
    let written = atomically(to, |out| {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        // Written by hand so that a table without rows has its columns too.
        writer.write_record(COLUMNS).map_err(plain)?;
        for row in rows {
            writer.serialize(row).map_err(plain)?;
            count += 1;
        }
        writer.flush()
    });
    written.map_err(|why| CsvError { path: to.to_owned(), why })?;
    Ok(count)
}

/// The columns of the table of boxes, which the CSV reader knows again.
const BOX_COLUMNS: [&str; 12] = [
    "path",
    "class",
    "xmin",
    "ymin",
    "xmax",
    "ymax",
    "image_width",
    "image_height",
    "split",
    "group",
    "reader",
    "time",
];

/// Writes one row a box, corners in pixels of the upright frame from 0 with exclusive maxima, and a row with empty
/// corners an image that was reviewed and has none; how many boxes.
///
/// # Errors
/// [`CsvError`] with the file and what the system says.
pub fn write_boxes(to: &Path, images: &[ReadImage]) -> Result<usize, CsvError> {
    let mut count = 0;
    let written = atomically(to, |out| {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        writer.write_record(BOX_COLUMNS).map_err(plain)?;
        for image in images {
            for said in &image.said {
                let start = [image.path.to_string_lossy().into_owned()];
                let end = [
                    image.width.to_string(),
                    image.height.to_string(),
                    image.split.map_or_else(String::new, |split| split.name().to_owned()),
                    image.group.clone().unwrap_or_default(),
                    said.reader.clone().unwrap_or_default(),
                    said.time_ms.map(time_text).unwrap_or_default(),
                ];
                let mut row =
                    |middle: [String; 5]| writer.write_record(start.iter().chain(&middle).chain(&end)).map_err(plain);
                for one in &said.boxes {
                    let r = one.rect;
                    let [a, b, c, d] = [r.xmin, r.ymin, r.xmax, r.ymax].map(|side| side.to_string());
                    row([one.class.clone(), a, b, c, d])?;
                    count += 1;
                }
                if said.nothing_found {
                    row(Default::default())?;
                }
            }
        }
        writer.flush()
    });
    written.map_err(|why| CsvError { path: to.to_owned(), why })?;
    Ok(count)
}

fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: Vec<CsvRow>) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("labels.csv");
        let count = rows.len();
        assert_eq!(write_csv(&path, rows.into_iter()).unwrap(), count);
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_columns_are_there_without_rows_and_begin_as_promised() {
        let text = written(vec![]);
        assert_eq!(text.trim_end(), COLUMNS.join(","));
        assert!(text.starts_with("path,sha256,split,group,label,reader,time,"));
    }

    #[test]
    fn commas_quotes_lines_and_absent_values_survive() {
        let row = CsvRow {
            path: "a/é, \"b\".png".into(),
            sha256: "00".into(),
            split: "test".into(),
            label: Some("Fractured".into()),
            time: Some(time_text(1_000)),
            note: "two\nlines".into(),
            predicted: Some("Fractured".into()),
            probability: Some(0.25),
            ..CsvRow::default()
        };
        let text = written(vec![row]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let cells: Vec<&str> = record.iter().collect();
        let expected = [
            "a/é, \"b\".png",
            "00",
            "test",
            "",
            "Fractured",
            "",
            "1970-01-01T00:00:01Z",
            "false",
            "false",
            "two\nlines",
            "Fractured",
            "0.25",
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write_csv(Path::new("/nowhere/at/all.csv"), std::iter::empty()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all.csv"), "{error}");
    }
}
