//! Imports: all that one brings goes in with one transaction, piece by piece, and what it took and left out is kept.

use super::annotations;
use super::checks;
use super::error::{StoreError, from_json, to_json};
use super::head::Head;
use super::history::History;
use super::images::{self, NewImage, Shortener};
use super::log::{self, Draft};
use super::project::Store;
use super::{now_ms, settings};
use crate::domain::annotation::{IMPORT_READER, is_imported};
use crate::domain::{
    Annotation, BoxId, Change, ClassList, EventId, ImageFacts, ImageId, ImportRecord, ImportReport, MeasurementId,
};
use rusqlite::{Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which image an imported statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    /// The one that was added at this place, counted from 0 in the order of [`Importing::add`].
    New(usize),
    /// One that the project had before.
    Known(ImageId),
}

/// One change that an import makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedChange {
    pub about: About,
    /// As logged: "import", "import:NAME".
    pub reader: String,
    /// When it was said, where the source states it: milliseconds since 1970-01-01 UTC.
    pub stated_ms: Option<i64>,
    pub change: Change,
}

/// A change of an import as it will stand in the log: to write it down takes as long as to log it, and any thread can.
#[derive(Clone, Debug)]
pub struct WrittenChange {
    imported: ImportedChange,
    text: String,
}

impl ImportedChange {
    /// Writes it down.
    ///
    /// # Errors
    /// When it holds a number that cannot be.
    pub fn written(mut self) -> Result<WrittenChange, StoreError> {
        let (change, text) = checks::canonical(&self.change)?;
        self.change = change;
        Ok(WrittenChange { imported: self, text })
    }
}

/// An import that goes in piece by piece; none of it is there before [`Importing::finish`], and nothing of it stays when
/// this is dropped before.
pub struct Importing<'a> {
    tx: Transaction<'a>,
    shortener: Shortener,
    /// Length of the class list in force.
    classes: usize,
    time_ms: i64,
    ids: Vec<ImageId>,
    /// Statements that went in: what the history is to know of them, where it heeds them.
    events: Vec<(EventId, ImageId, bool)>,
    head: Head,
    /// The store's own, which follow when the import is in.
    store_head: &'a mut Head,
    history: &'a mut Option<History>,
    last_box: &'a mut i64,
    /// The largest number that a box or measurement of the log has.
    largest_logged: i64,
    /// The image that was spoken of last, and its state, which is written when another one's turn comes: an image may have
    /// hundreds of boxes.
    current: Option<(ImageId, Annotation)>,
}

impl Store {
    /// Begins an import; `classes` is the class list to put in force, where it is another one.
    ///
    /// # Errors
    /// When the project cannot be written.
    pub fn begin_import(&mut self, classes: Option<&ClassList>) -> Result<Importing<'_>, StoreError> {
        self.writable()?;
        self.load_history()?;
        let known = self.classes()?.len();
        let Self { db, dir, head, history, last_box, .. } = self;
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(classes) = classes {
            super::project::insert_classes(&tx, IMPORT_READER, classes)?;
        }
        Ok(Importing {
            tx,
            shortener: Shortener::new(dir),
            classes: classes.map_or(known, ClassList::len),
            time_ms: now_ms(),
            ids: Vec::new(),
            events: Vec::new(),
            head: head.clone(),
            store_head: head,
            history,
            largest_logged: *last_box,
            last_box,
            current: None,
        })
    }
}

impl Importing<'_> {
    /// Adds an image.
    ///
    /// # Errors
    /// When it is refused; the import is to be dropped then.
    pub fn add(&mut self, image: &NewImage) -> Result<ImageId, StoreError> {
        let id = images::insert_one(&self.tx, &mut self.shortener, image)?;
        self.ids.push(id);
        Ok(id)
    }

    /// Puts in what is known from now on of images that the project had before; replaces what was known.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn set_facts(&mut self, facts: &[(ImageId, ImageFacts)]) -> Result<(), StoreError> {
        images::replace_facts(&self.tx, facts)
    }

    /// Gives groups to images that the project had before and that had none.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn set_groups(&mut self, groups: &[(ImageId, String)]) -> Result<(), StoreError> {
        images::set_groups(&self.tx, groups)
    }

    /// Keeps a setting of the project with the import.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn set_setting<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        settings::insert(&self.tx, key, value)
    }

    /// A number no box of this project has or had.
    pub fn allocate_box_id(&mut self) -> BoxId {
        *self.last_box += 1;
        BoxId(*self.last_box)
    }

    /// A number no measurement and no box of this project has or had.
    pub fn allocate_measurement_id(&mut self) -> MeasurementId {
        MeasurementId(self.allocate_box_id().0)
    }

    /// The largest number that a box or measurement of this project has or had.
    pub fn last_number(&self) -> i64 {
        *self.last_box
    }

    /// Logs a change.
    ///
    /// # Errors
    /// When it does not fit the image's state or the class list, or is about an image that is not there; the import is to
    /// be dropped then.
    pub fn log(&mut self, imported: &ImportedChange) -> Result<(), StoreError> {
        self.log_written(imported.clone().written()?)
    }

    /// Logs a change that is written down.
    ///
    /// # Errors
    /// As [`Self::log`].
    pub fn log_written(&mut self, written: WrittenChange) -> Result<(), StoreError> {
        let WrittenChange { imported: ImportedChange { about, reader, stated_ms, change }, text } = written;
        let image = match about {
            About::Known(image) => image,
            About::New(at) => {
                *self.ids.get(at).ok_or_else(|| StoreError::Unknown(format!("new image {at} of the import")))?
            }
        };
        let time_ms = self.time_ms;
        let (reader, of) = (&*reader, &change);
        let draft = Draft { time_ms, stated_ms, reader, image, change: of, shown: None, display: None, undoes: None };
        if self.current.as_ref().is_some_and(|(current, _)| *current != image) {
            self.settle()?;
        }
        let state = match &mut self.current {
            Some((_, state)) => state,
            none => &mut none.insert((image, log::state_of(&self.tx, image)?)).1,
        };
        let largest = self.largest_logged;
        let used = |number| if number > largest { Ok(false) } else { log::was_used(&self.tx, number) };
        let written = (change.clone(), text);
        let event = log::insert_on(&self.tx, &mut self.head, self.classes, (&draft, written), state, &used)?;
        if let Some(number) = log::box_number(&event.change) {
            *self.last_box = (*self.last_box).max(number);
            self.largest_logged = largest.max(number);
        }
        let imported = is_imported(&event.reader);
        let history = self.history.as_ref();
        if !self.events.is_empty() || history.is_some_and(|history| history.heeds(imported)) {
            self.events.push((event.id, event.image, imported));
        }
        Ok(())
    }

    /// Writes the state of the image that was spoken of last.
    fn settle(&mut self) -> Result<(), StoreError> {
        self.current.take().map_or(Ok(()), |(image, state)| annotations::write(&self.tx, image, &state))
    }

    /// Commits the import with its report; the ids of the new images, in the order they were added.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is there.
    pub fn finish(mut self, source: &Path, report: &ImportReport) -> Result<Vec<ImageId>, StoreError> {
        self.settle()?;
        self.tx.execute(
            "INSERT INTO imports (time_ms, source, report) VALUES (?, ?, ?)",
            params![self.time_ms, source.to_string_lossy(), to_json(report)?],
        )?;
        self.tx.commit()?;
        *self.store_head = self.head;
        if let Some(history) = self.history {
            self.events
                .into_iter()
                .for_each(|(event, image, imported)| history.note(event, Some(image), imported, None));
        }
        Ok(self.ids)
    }
}

impl Store {
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
    use crate::domain::change::Seeing;
    use crate::store::sample;

    fn change(about: About, stated_ms: Option<i64>, change: Change) -> ImportedChange {
        ImportedChange { about, reader: "import:ada".into(), stated_ms, change }
    }

    #[test]
    fn an_import_goes_in_whole_with_its_times_and_is_remembered() {
        let mut project = sample::project(1);
        let classes = ClassList::from_names(&["intact", "broken", "unsure", "new"], false).unwrap();
        let images = [sample::image(project.dir.path(), 7)];
        let reading = Change::Reading {
            label: Some(3),
            findings: crate::domain::Findings::default(),
            boxes: vec![],
            nothing_found: false,
            in_force: false,
            again: false,
            seeing: Seeing::InForce,
        };
        let changes = [
            change(About::New(0), Some(1_000), sample::imported(3)),
            change(About::Known(project.images[0]), None, reading.clone()),
        ];
        let report = ImportReport { format: "COCO".into(), images: 1, ..ImportReport::default() };
        let mut import = project.store.begin_import(Some(&classes)).unwrap();
        images.iter().for_each(|image| assert!(import.add(image).is_ok()));
        import.set_groups(&[(project.images[0], "P1".to_owned())]).unwrap();
        changes.iter().for_each(|change| import.log(change).unwrap());
        let ids = import.finish(Path::new("/data/a"), &report).unwrap();
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
    fn the_store_goes_on_behind_an_import() {
        let mut project = sample::project(2);
        project.say(1, Change::Flag { old: false, new: true });
        project.say(0, sample::label(None, false, 1));
        let mut import = project.store.begin_import(None).unwrap();
        let again =
            Change::Label { old: Some(1), new: Some(2), old_reviewed: true, new_reviewed: false, accepted: false };
        import.log(&change(About::Known(project.images[0]), None, again)).unwrap();
        let drawn = BoxId(7);
        import.log(&change(About::Known(project.images[1]), None, sample::draw(drawn, 3.0))).unwrap();
        import.finish(Path::new("a"), &ImportReport::default()).unwrap();
        assert_eq!(project.store.undo_target().unwrap(), None, "what was said before no longer fits");
        assert_eq!(project.store.allocate_box_id(), BoxId(8));
        let flag = Change::Flag { old: false, new: true };
        let said = project.say(0, flag);
        assert_eq!(project.store.undo_target().unwrap().map(|event| event.id()), Some(said.id));
        assert_eq!(project.store.verify_chain().unwrap().events, 5);
    }

    #[test]
    fn a_number_is_given_to_one_thing_only() {
        let mut project = sample::project(2);
        let images = project.images.clone();
        let drawn = |image: usize, number| change(About::Known(images[image]), None, sample::draw(BoxId(number), 3.0));
        let mut import = project.store.begin_import(None).unwrap();
        [drawn(0, 7), drawn(0, 5), drawn(1, 9)].iter().for_each(|one| import.log(one).unwrap());
        for again in [drawn(0, 9), drawn(1, 7), drawn(1, 5)] {
            assert!(import.log(&again).unwrap_err().to_string().contains("something else"), "{again:?}");
        }
        // The last image's state is written with the end of the import.
        import.log(&drawn(1, 11)).unwrap();
        import.finish(Path::new("a"), &ImportReport::default()).unwrap();
        assert_eq!(
            images.iter().map(|image| project.store.annotation(*image).unwrap().boxes.len()).collect::<Vec<_>>(),
            [2, 2]
        );
        assert_eq!(project.store.replay().unwrap(), project.store.annotations().unwrap());
    }

    #[test]
    fn a_refused_import_leaves_nothing() {
        let mut project = sample::project(1);
        let images = [sample::image(project.dir.path(), 7)];
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: f64::NAN, ymax: 1.0 };
        let unknown = Change::Reading {
            label: Some(9),
            findings: crate::domain::Findings::default(),
            boxes: vec![],
            nothing_found: false,
            in_force: false,
            again: false,
            seeing: Seeing::InForce,
        };
        let broken = Change::Reading {
            label: None,
            findings: crate::domain::Findings::default(),
            boxes: vec![(0, rect)],
            nothing_found: false,
            in_force: false,
            again: false,
            seeing: Seeing::InForce,
        };
        for (wrong, words) in
            [(unknown, "no class 9"), (broken, "not a number"), (sample::label(Some(2), false, 1), "")]
        {
            let changes = [
                change(About::New(0), None, sample::imported(0)),
                change(About::Known(project.images[0]), None, wrong),
            ];
            let mut import = project.store.begin_import(None).unwrap();
            import.add(&images[0]).unwrap();
            import.log(&changes[0]).unwrap();
            let error = import.log(&changes[1]).unwrap_err().to_string();
            drop(import);
            assert!(error.contains(words), "{error}");
            assert_eq!(project.store.images().unwrap().len(), 1);
            assert_eq!(project.store.verify_chain().unwrap().events, 0);
            assert!(project.store.imports().unwrap().is_empty());
        }
        project = project.reopen();
        project.say(0, sample::label(None, false, 1));
    }
}
