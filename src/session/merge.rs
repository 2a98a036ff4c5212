//! An import into a project that is there: what it knows by content gets the statements, the rest is added.

use super::command::NewProject;
use super::core::Core;
use super::create;
use super::error::SessionError;
use super::incoming;
use super::readings::Readings;
use super::statements::{Statements, Unnamed};
use super::work::Work;
use crate::domain::class_list::{Class, OKABE_ITO};
use crate::domain::{ClassList, ImageId, ImageRecord, ImportReport};
use crate::interchange::{ReadImage, Reading};
use crate::store::{About, ImportedChange, NewImage, NewImport, Store};
use std::collections::{HashMap, HashSet};

/// All that an import would do, before any of it is done.
struct Plan {
    classes: Option<ClassList>,
    images: Vec<NewImage>,
    changes: Vec<ImportedChange>,
    report: ImportReport,
}

impl Core {
    /// Adds what a source was read to hold, all or nothing. Images the project has by content get the source's
    /// statements as another reader's; nothing that has a split moves; new classes go behind the known ones.
    pub fn merge(&mut self, new: &NewProject, reading: &Reading) -> Result<(ImportReport, Vec<Work>), SessionError> {
        self.check_writable()?;
        let Plan { classes, images, changes, report } = self.plan(new, reading)?;
        let import = NewImport {
            source: &new.source,
            classes: classes.as_ref(),
            images: &images,
            changes: &changes,
            report: &report,
        };
        super::patients::keep(&mut self.store, &reading.patients)?;
        super::tables::keep(&mut self.store, &reading.tables)?;
        self.store.import(&import)?;
        tracing::info!(images = report.images, already_there = report.already_there, "images added");
        let work = self.reload()?;
        Ok((report, work))
    }

    /// The report that [`Core::merge`] would give; nothing is changed.
    pub fn merge_report(&mut self, new: &NewProject, reading: &Reading) -> Result<ImportReport, SessionError> {
        Ok(self.plan(new, reading)?.report)
    }

    fn plan(&mut self, new: &NewProject, reading: &Reading) -> Result<Plan, SessionError> {
        if reading.images.is_empty() {
            return Err(create::nothing_read(&new.source, reading));
        }
        let pattern = incoming::group_pattern(new)?;
        let there = by_content(&self.images);
        let known = |image: &ReadImage| there.get(&(image.sha256.as_str(), image.frame)).copied();
        let fresh: Vec<&ReadImage> = reading.images.iter().filter(|image| known(image).is_none()).collect();
        let all: Vec<&ReadImage> = reading.images.iter().collect();
        let classes = self.with_more_classes(new, &all)?;
        let mut report = incoming::report(new, reading, &fresh, &classes);
        let had = self.view.classes.len();
        report.classes_made = classes.names().split_off(had);
        if !report.classes_made.is_empty() && !self.models.is_empty() {
            report.remarks.push(format!(
                "new classes: {}. Models trained before do not know them; train a new one.",
                report.classes_made.join(", ")
            ));
        }
        let groups = incoming::groups(pattern.as_ref(), &fresh);
        let splits =
            incoming::splits(new, reading.has_splits, &fresh, &groups, &classes, &self.images, &mut report.conflicts);
        let mut names: HashSet<String> = self.images.iter().map(|image| image.name.clone()).collect();
        let placed = fresh.iter().zip(groups).zip(splits);
        let images: Vec<NewImage> = placed
            .map(|((image, group), split)| incoming::record(image, free_name(&image.name, &mut names), group, split))
            .collect();

        let (class_of, name_of) =
            (|name: &str| classes.index_of(incoming::renamed(new, name)), |index: usize| classes.name(index));
        let logged = incoming::logged_as(&new.source);
        let unnamed = new.reader.as_deref().map_or(Unnamed::LoggedAs(&logged), Unnamed::Is);
        let mut statements = Statements::new(&class_of, &name_of, unnamed);
        let mut places = 0..;
        for image in &reading.images {
            let (about, readings) = match known(image) {
                Some(id) => (About::Known(id), readings_of(&self.store, id)?),
                None => (About::New(places.next().unwrap_or(0)), Readings::default()),
            };
            let name = match about {
                About::Known(id) => self.at.get(&id).and_then(|at| self.images.get(*at)).map(|i| i.name.as_str()),
                About::New(at) => images.get(at).map(|i| i.name.as_str()),
            };
            let name = name.unwrap_or(&image.name).to_owned();
            statements.take(about, &name, &image.said, &readings, &mut || self.store.allocate_box_id());
        }
        statements.tell(&mut report);
        let changes = statements.changes;
        let classes = (classes.len() > had).then_some(classes);
        Ok(Plan { classes, images, changes, report })
    }

    /// The class list with those behind it that statements name and it lacks.
    fn with_more_classes(&self, new: &NewProject, images: &[&ReadImage]) -> Result<ClassList, SessionError> {
        let said = || images.iter().flat_map(|image| &image.said);
        let labels = said().filter_map(|said| said.label.as_deref());
        let boxes = said().flat_map(|said| &said.boxes).map(|one| one.class.as_str());
        let mut classes = (*self.view.classes).clone();
        let mut found: Vec<&str> = labels.chain(boxes).map(|class| incoming::renamed(new, class)).collect();
        found.sort_by(|a, b| crate::interchange::folders::natural_order(a, b));
        found.dedup();
        for name in found {
            if classes.index_of(name).is_none() {
                let index = classes.len();
                classes.classes.push(Class {
                    name: name.trim().to_owned(),
                    color: OKABE_ITO.get(index % OKABE_ITO.len()).copied().unwrap_or_default(),
                    hotkey: u32::try_from(index + 1).ok().and_then(|key| char::from_digit(key, 10)),
                });
            }
        }
        // Checks the names.
        ClassList::from_names(&classes.names(), classes.ordinal).map_err(|e| SessionError::refused(e.to_string()))?;
        Ok(classes)
    }
}

/// The images by hash and frame; of copies the first.
fn by_content(images: &[ImageRecord]) -> HashMap<(&str, u32), ImageId> {
    images.iter().rev().map(|image| ((image.sha256.as_str(), image.frame), image.id)).collect()
}

fn readings_of(store: &Store, image: ImageId) -> Result<Readings, SessionError> {
    Ok(Readings::of(&store.events(image)?))
}

/// The name, with a number behind it where it is taken.
fn free_name(wanted: &str, taken: &mut HashSet<String>) -> String {
    let mut name = wanted.to_owned();
    for number in 2.. {
        if taken.insert(name.clone()) {
            break;
        }
        name = format!("{wanted} ({number})");
    }
    name
}
