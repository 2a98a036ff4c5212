//! What readers have said about each image: the state that the log replays to, kept beside it for quick reading.

use super::error::{StoreError, from_json, to_json};
use super::project::Store;
use crate::domain::{Annotation, Findings, ImageId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::HashMap;

impl Store {
    /// The state of every image that anything was ever said about; the others have the default one.
    pub fn annotations(&self) -> Result<HashMap<ImageId, Annotation>, StoreError> {
        let mut select = self.db.prepare(
            "SELECT label, reviewed, flagged, note, boxes, measurements, findings, key, signed, image FROM annotations",
        )?;
        let mut rows = select.query([])?;
        let mut all = HashMap::new();
        while let Some(row) = rows.next()? {
            all.insert(ImageId(row.get(9)?), read_row(row)?);
        }
        Ok(all)
    }

    /// The state of one image.
    pub fn annotation(&self, image: ImageId) -> Result<Annotation, StoreError> {
        read(&self.db, image)
    }

    /// The state of every image as the log alone gives it.
    pub fn replay(&self) -> Result<HashMap<ImageId, Annotation>, StoreError> {
        let mut all: HashMap<ImageId, Annotation> = HashMap::new();
        self.for_each_event(|event| {
            event.change.apply(all.entry(event.image).or_default());
            Ok(())
        })?;
        Ok(all)
    }

    /// Writes the states anew from the log; how many images' differed from it.
    pub fn rebuild_annotations(&mut self) -> Result<usize, StoreError> {
        let (kept, replayed) = (self.annotations()?, self.replay()?);
        let empty = Annotation::default();
        let differ = |image: &&ImageId| kept.get(image).unwrap_or(&empty) != replayed.get(image).unwrap_or(&empty);
        let changed = kept.keys().chain(replayed.keys().filter(|i| !kept.contains_key(i))).filter(differ).count();
        let tx = self.begin()?;
        tx.execute("DELETE FROM annotations", [])?;
        for (image, annotation) in &replayed {
            write(&tx, *image, annotation)?;
        }
        tx.commit()?;
        Ok(changed)
    }
}

/// The state of one image, the default one where nothing was said.
pub(super) fn read(db: &Connection, image: ImageId) -> Result<Annotation, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT label, reviewed, flagged, note, boxes, measurements, findings, key, signed FROM annotations
         WHERE image = ?",
    )?;
    let found = select.query_row([image.0], |row| Ok(read_row(row))).optional()?;
    found.unwrap_or_else(|| Ok(Annotation::default()))
}

/// Replaces the state of one image.
pub(super) fn write(db: &Connection, image: ImageId, annotation: &Annotation) -> Result<(), StoreError> {
    let boxes = if annotation.boxes.is_empty() { String::new() } else { to_json(&annotation.boxes)? };
    let findings = if annotation.findings.is_empty() { String::new() } else { to_json(&annotation.findings)? };
    let signed = if annotation.signed.is_empty() { String::new() } else { to_json(&annotation.signed)? };
    let measured = &annotation.measurements;
    let measurements = if measured.is_empty() { String::new() } else { to_json(measured)? };
    db.prepare_cached(
        "INSERT INTO annotations (image, label, reviewed, flagged, note, boxes, measurements, findings, key, signed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (image) DO UPDATE SET label = excluded.label, reviewed = excluded.reviewed,
         flagged = excluded.flagged, note = excluded.note, boxes = excluded.boxes,
         measurements = excluded.measurements, findings = excluded.findings, key = excluded.key,
         signed = excluded.signed",
    )?
    .execute(params![
        image.0,
        annotation.label.map(|label| label as i64),
        annotation.reviewed,
        annotation.flagged,
        annotation.note,
        boxes,
        measurements,
        findings,
        annotation.key,
        signed
    ])?;
    Ok(())
}

fn read_row(row: &Row<'_>) -> Result<Annotation, StoreError> {
    let boxes = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
    let measurements = row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?;
    let findings = row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?;
    let signed = row.get_ref(8)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Annotation {
        findings: if findings.is_empty() { Findings::default() } else { from_json(findings, "a finding")? },
        label: row.get::<_, Option<u32>>(0)?.map(|label| label as usize),
        reviewed: row.get(1)?,
        flagged: row.get(2)?,
        key: row.get(7)?,
        note: row.get(3)?,
        boxes: if boxes.is_empty() { Vec::new() } else { from_json(boxes, "a box")? },
        measurements: if measurements.is_empty() { Vec::new() } else { from_json(measurements, "a measurement")? },
        signed: if signed.is_empty() { Vec::new() } else { from_json(signed, "a sign-off")? },
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::{BoxId, Change, MeasurementId};
    use crate::store::sample;

    #[test]
    fn what_the_log_replays_to_is_what_is_kept_and_can_be_rebuilt() {
        let mut project = sample::project(4);
        let imports: Vec<_> = project.images.iter().map(|image| (*image, sample::imported(0))).collect();
        project.store.append_many("import", &imports).unwrap();
        project.say(1, sample::label(Some(0), false, 2));
        project.say(2, Change::Note { old: String::new(), new: "cortex, \"left\"\nß".into() });
        project.say(2, Change::Flag { old: false, new: true });
        project.say(1, Change::KeyImage { old: false, new: true });
        project.say(2, Change::signed_off("ada", 1_700_000_000_000));
        let id = project.store.allocate_box_id();
        project.say(3, sample::draw(id, 0.1 + 0.2));
        let length = project.store.allocate_measurement_id();
        project.say(3, sample::measured(length, 0.1 + 0.2));
        let kept = project.store.annotations().unwrap();
        assert_eq!(kept.len(), 4);
        assert_eq!(kept[&project.images[3]].boxes.len(), 1);
        assert_eq!(project.images.iter().map(|image| kept[image].key).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(kept[&project.images[3]].measurements.len(), 1);
        assert_eq!(kept[&project.images[2]].signed.len(), 1);
        assert_eq!(project.store.replay().unwrap(), kept);
        assert_eq!(project.store.annotation(project.images[2]).unwrap(), kept[&project.images[2]]);

        project.store.db.execute("UPDATE annotations SET label = 1 WHERE label = 2", []).unwrap();
        assert_ne!(project.store.annotations().unwrap(), kept);
        assert_eq!(project.store.rebuild_annotations().unwrap(), 1);
        assert_eq!(project.store.annotations().unwrap(), kept);
        assert_eq!((id, length), (BoxId(1), MeasurementId(2)), "one row of numbers");
    }
}
