//! Imports: all that one brings goes in with one transaction, and what it took and left out is kept.

use super::error::{StoreError, from_json, to_json};
use super::images::{self, NewImage};
use super::log::{self, Draft};
use super::project::Store;
use super::{now_ms, settings};
use crate::domain::annotation::IMPORT_READER;
use crate::domain::{Change, ClassList, ImageFacts, ImageId, ImportRecord, ImportReport};
use rusqlite::params;
use std::path::Path;

/// Which image an imported statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The one at this place of [`NewImport::images`].
    New(usize),
    /// One that the project had before.
    Known(ImageId),
}

/// One change that an import makes.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedChange {
    pub about: About,
    /// As logged: "import", "import:NAME".
    pub reader: String,
    /// When it was said, where the source states it: milliseconds since 1970-01-01 UTC.
    pub stated_ms: Option<i64>,
    pub change: Change,
}

/// All that an import brings.
#[derive(Clone, Copy, Debug)]
pub struct NewImport<'a> {
    pub source: &'a Path,
    /// The class list to put in force, where it is another one.
    pub classes: Option<&'a ClassList>,
    pub images: &'a [NewImage],
    /// In the order they are logged.
    pub changes: &'a [ImportedChange],
    /// What is known from now on of images that the project had before; replaces what was known.
    pub facts: &'a [(ImageId, ImageFacts)],
    /// Groups of images that the project had before and that had none.
    pub groups: &'a [(ImageId, String)],
    pub report: &'a ImportReport,
}

impl Store {
    /// Puts an import in: everything, or nothing where any of it is refused; the ids of the new images, in the order
    /// given.
    pub fn import(&mut self, new: &NewImport<'_>) -> Result<Vec<ImageId>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let (dir, mut head, time_ms) = (self.dir.clone(), self.head.clone(), now_ms());
        let known = self.classes()?.len();
        let tx = self.begin()?;
        if let Some(classes) = new.classes {
            settings::insert_classes(&tx, IMPORT_READER, classes)?;
        }
        let classes = new.classes.map_or(known, ClassList::len);
        let ids = images::insert(&tx, &dir, new.images)?;
        images::replace_facts(&tx, new.facts)?;
        images::set_groups(&tx, new.groups)?;
        let mut events = Vec::with_capacity(new.changes.len());
        for ImportedChange { about, reader, stated_ms, change } in new.changes {
            let image = match about {
                About::Known(image) => *image,
                About::New(at) => {
                    *ids.get(*at).ok_or_else(|| StoreError::Unknown(format!("new image {at} of the import")))?
                }
            };
            let draft = Draft {
                time_ms,
                stated_ms: *stated_ms,
                reader,
                image,
                change,
                shown: None,
                display: None,
                undoes: None,
            };
            events.push(log::insert(&tx, &mut head, classes, &draft)?);
        }
        tx.execute(
            "INSERT INTO imports (time_ms, source, report) VALUES (?, ?, ?)",
            params![time_ms, new.source.to_string_lossy(), to_json(new.report)?],
        )?;
        tx.commit()?;
        self.head = head;
        for event in &events {
            self.note(event);
        }
        Ok(ids)
    }

    /// The imports so far, the oldest first. Projects older than this record have none.
    pub fn imports(&self) -> Result<Vec<ImportRecord>, StoreError> {
        let mut select = self.db.prepare("SELECT id, time_ms, source, report FROM imports ORDER BY id")?;
        let mut rows = select.query([])?;
        let mut imports = Vec::new();
        while let Some(row) = rows.next()? {
            let report = from_json(&row.get::<_, String>(3)?, "the report of an import")?;
            let source: String = row.get(2)?;
            imports.push(ImportRecord { id: row.get(0)?, time_ms: row.get(1)?, source: source.into(), report });
        }
        Ok(imports)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::store::sample;

    fn change(about: About, stated_ms: Option<i64>, change: Change) -> ImportedChange {
        ImportedChange { about, reader: "import:ada".into(), stated_ms, change }
    }

    #[test]
    fn an_import_goes_in_whole_with_its_times_and_is_remembered() {
        let mut project = sample::project(1);
        let classes = ClassList::from_names(&["intact", "broken", "unsure", "new"], false).unwrap();
        let images = [sample::image(project.dir.path(), 7)];
        let reading = Change::Reading { label: Some(3), boxes: vec![], nothing_found: false, in_force: false };
        let changes = [
            change(About::New(0), Some(1_000), sample::imported(3)),
            change(About::Known(project.images[0]), None, reading.clone()),
        ];
        let report = ImportReport { format: "COCO".into(), images: 1, ..ImportReport::default() };
        let new = NewImport {
            source: Path::new("/data/a"),
            classes: Some(&classes),
            images: &images,
            changes: &changes,
            facts: &[],
            groups: &[(project.images[0], "P1".to_owned())],
            report: &report,
        };
        let ids = project.store.import(&new).unwrap();
        let mut project = project.reopen();
        project.store.verify_chain().unwrap();
        assert_eq!(project.store.annotation(ids[0]).unwrap().label, Some(3));
        let event = &project.store.events(ids[0]).unwrap()[0];
        assert_eq!((event.stated_ms, event.said_ms()), (Some(1_000), 1_000));
        assert!(event.time_ms > 1_000);
        assert_eq!(project.store.last_labels().unwrap()[&ids[0]], ("import:ada".to_owned(), 1_000));
        assert_eq!(project.store.events(project.images[0]).unwrap()[0].change, reading);
        assert_eq!(project.store.annotation(project.images[0]).unwrap().label, None, "a reading changes no state");
        let groups: Vec<_> = project.store.images().unwrap().into_iter().map(|image| image.group).collect();
        assert_eq!(groups[0].as_deref(), Some("P1"));
        let imports = project.store.imports().unwrap();
        assert_eq!((imports.len(), &imports[0].source, &imports[0].report), (1, &"/data/a".into(), &report));
        project.store.db.execute_batch("DROP TRIGGER events_keep; UPDATE events SET stated_ms = 2000").unwrap();
        assert!(project.store.verify_chain().is_err(), "the stated time is part of the chain");
        assert_eq!(project.store.undo_target().unwrap(), None);
    }

    #[test]
    fn a_refused_import_leaves_nothing() {
        let mut project = sample::project(1);
        let images = [sample::image(project.dir.path(), 7)];
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: f64::NAN, ymax: 1.0 };
        let unknown = Change::Reading { label: Some(9), boxes: vec![], nothing_found: false, in_force: false };
        let broken = Change::Reading { label: None, boxes: vec![(0, rect)], nothing_found: false, in_force: false };
        for (wrong, words) in
            [(unknown, "no class 9"), (broken, "not a number"), (sample::label(Some(2), false, 1), "")]
        {
            let changes = [
                change(About::New(0), None, sample::imported(0)),
                change(About::Known(project.images[0]), None, wrong),
            ];
            let report = ImportReport::default();
            let new = NewImport {
                source: Path::new("a"),
                classes: None,
                images: &images,
                changes: &changes,
                facts: &[],
                groups: &[],
                report: &report,
            };
            let error = project.store.import(&new).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
            assert_eq!(project.store.images().unwrap().len(), 1);
            assert_eq!(project.store.verify_chain().unwrap().events, 0);
            assert!(project.store.imports().unwrap().is_empty());
        }
        project = project.reopen();
        project.say(0, sample::label(None, false, 1));
    }
}
