//! Who spoke last of each image, and when.

use super::error::StoreError;
use super::log::{COLUMNS, read_row};
use super::project::Store;
use crate::domain::annotation::IMPORT_READER;
use crate::domain::{AnnotationEvent, ImageId};
use rusqlite::OptionalExtension;
use std::collections::HashMap;

/// The changes that say what an image shows; notes, flags and measurements do not.
const SAYS: &str = "json_extract(change, '$.what') IN ('label', 'findings', 'box', 'reading', 'adjudicated')";
/// The changes of a reader's own readings.
const OWN: &str = "own AND json_extract(change, '$.change.what') IN ('label', 'findings', 'box')";

impl Store {
    /// Who last set each image's label or findings, and when that was said (ms since 1970-01-01 UTC).
    pub fn last_labels(&self) -> Result<HashMap<ImageId, (String, i64)>, StoreError> {
        let mut select = self.db.prepare(
            "SELECT image, reader, coalesce(stated_ms, time_ms), max(id) FROM events
             WHERE json_extract(change, '$.what') IN ('label', 'findings') GROUP BY image",
        )?;
        let rows = select.query_map([], |row| Ok((ImageId(row.get(0)?), (row.get(1)?, row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who last said what each image shows, and when (ms since 1970-01-01 UTC); with a reader only in readings of that
    /// reader's own, which without one do not count.
    pub fn last_words(&self, own: Option<&str>) -> Result<HashMap<ImageId, (String, i64)>, StoreError> {
        let of = if own.is_some() { OWN } else { SAYS };
        let mut select = self.db.prepare(&format!(
            "SELECT image, reader, coalesce(stated_ms, time_ms), max(id) FROM events
             WHERE image IS NOT NULL AND (?1 IS NULL OR reader = ?1) AND {of} GROUP BY image"
        ))?;
        let rows = select.query_map([own], |row| Ok((ImageId(row.get(0)?), (row.get(1)?, row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The images of which more than one reader has said what they show; an import that names nobody is none.
    pub fn read_by_several(&self) -> Result<Vec<ImageId>, StoreError> {
        let mut select = self.db.prepare(&format!(
            "SELECT image FROM events WHERE image IS NOT NULL AND reader <> '{IMPORT_READER}' AND ({SAYS} OR {OWN})
             GROUP BY image HAVING count(DISTINCT reader) > 1 ORDER BY image"
        ))?;
        let rows = select.query_map([], |row| Ok(ImageId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same of one image.
    pub fn last_word(&self, image: ImageId, own: Option<&str>) -> Result<Option<(String, i64)>, StoreError> {
        let of = if own.is_some() { OWN } else { SAYS };
        let mut select = self.db.prepare_cached(&format!(
            "SELECT reader, coalesce(stated_ms, time_ms) FROM events
             WHERE image = ?1 AND (?2 IS NULL OR reader = ?2) AND {of} ORDER BY id DESC LIMIT 1"
        ))?;
        Ok(select.query_row(rusqlite::params![image.0, own], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }
}

impl Store {
    /// The events about images since a time (ms since 1970-01-01 UTC), the oldest first.
    pub fn events_since(&self, time_ms: i64) -> Result<Vec<AnnotationEvent>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM events WHERE image IS NOT NULL AND time_ms >= ? ORDER BY id");
        self.listed(&select, time_ms)
    }

    /// The last events about images that are no import's, the newest first.
    pub fn last_events(&self, count: usize) -> Result<Vec<AnnotationEvent>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM events WHERE image IS NOT NULL AND reader <> '{IMPORT_READER}'
             AND reader NOT LIKE '{IMPORT_READER}:%' ORDER BY id DESC LIMIT ?"
        );
        self.listed(&select, i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn listed(&self, select: &str, parameter: i64) -> Result<Vec<AnnotationEvent>, StoreError> {
        let mut select = self.db.prepare_cached(select)?;
        let mut rows = select.query([parameter])?;
        let mut events = Vec::new();
        while let Some(row) = rows.next()? {
            events.push(read_row(row)?);
        }
        Ok(events)
    }
}
