//! An import into a project that is there: what it knows by content gets the statements, the rest is added.

use crate::domain::class_list::{Class, means_nothing_to_find};
use crate::domain::{ClassList, ImageRecord, ImportReport, Split};
use crate::evaluation::similar::Look;
use crate::interchange::FolderError;
use crate::interchange::names::natural_order;
use crate::interchange::{Format, ReadImage, Reading, Spilled, Tally};
use crate::session::importing::arrivals::Arrivals;
use crate::session::importing::create::{self, ScanProgress};
use crate::session::importing::readings::Readings;
use crate::session::importing::staging::{Brought, Opened};
use crate::session::importing::statements::{Statements, Unnamed};
use crate::session::importing::taken_over::TakenOver;
use crate::session::importing::{alike, incoming};
use crate::session::project::core::Core;
use crate::session::protocol::command::NewProject;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::Work;
use crate::store::{About, Access, ImportedChange, NewImage, Store};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// All that an import would do, before any of it is done.
pub(in crate::session) struct Plan {
    classes: Option<ClassList>,
    images: Spilled<NewImage>,
    changes: Spilled<ImportedChange>,
    taken_over: TakenOver,
    pub report: ImportReport,
    /// The project as it was.
    seen: Seen,
    /// Where an archive's images are; they go with the plan when it is not carried out.
    brought: Option<Brought>,
}

/// What a plan depends on.
#[derive(PartialEq)]
struct Seen {
    log: Option<i64>,
    classes: ClassList,
    images: usize,
    imports: usize,
}

/// What a plan is made from; the store may be one that was opened only to look.
struct There<'a> {
    store: &'a mut Store,
    images: &'a [ImageRecord],
    classes: &'a ClassList,
    has_models: bool,
}

impl Core {
    /// Adds what a source was read to hold, all or nothing. Images the project has by content get the source's
    /// statements as another reader's; nothing that has a split moves; new classes go behind the known ones. An archive's
    /// images come into the project.
    pub fn add(
        &mut self,
        new: &NewProject,
        reading: &Reading,
        opened: &Opened,
    ) -> Result<(ImportReport, Vec<Work>), SessionError> {
        self.check_writable()?;
        let project = self.view.path.clone();
        let there = There {
            store: &mut self.store,
            images: &self.images,
            classes: &self.view.classes,
            has_models: !self.models.is_empty(),
        };
        let plan = there.plan(new, reading, &|_, _| true)?.with_images_of(opened, &project, &|_, _| true)?;
        let report = self.carry_out(new, reading, plan, &|_, _| true)?;
        Ok((report, self.reload()?))
    }

    /// Whether the project is as it was when this was planned.
    pub(in crate::session) fn fits(&self, plan: &Plan) -> Result<bool, SessionError> {
        Ok(Seen::of(&self.store, &self.images, &self.view.classes)? == plan.seen)
    }

    /// Does what was planned, in one transaction; the project is to be reloaded then. `progress` hears how many images and
    /// changes are written, and of how many; `false` cancels, and nothing is changed.
    pub(in crate::session) fn carry_out(
        &mut self,
        new: &NewProject,
        reading: &Reading,
        plan: Plan,
        progress: ScanProgress,
    ) -> Result<ImportReport, SessionError> {
        self.check_writable()?;
        let Plan { classes, images, changes, taken_over, report, brought, .. } = plan;
        let tables = crate::session::importing::tables::with(&self.store, &reading.tables)?;
        let store = &mut self.store;
        let mut import = || {
            let mut import = store.begin_import(classes.as_ref())?;
            crate::session::importing::patients::keep(&import, reading)?;
            crate::session::importing::tables::keep(&import, tables.as_deref())?;
            let steps = images.len() + changes.len();
            let mut done = 0..;
            let mut go_on = || match done.next().is_some_and(|done| progress(done, steps)) {
                true => Ok(()),
                false => Err(SessionError::from(FolderError::Cancelled)),
            };
            for image in images.iter() {
                go_on()?;
                import.add(&*image?)?;
            }
            import.set_facts(&taken_over.facts)?;
            import.set_groups(&taken_over.groups)?;
            for change in changes.iter() {
                go_on()?;
                import.log(&*change?)?;
            }
            go_on()?;
            Ok(import.finish(&new.source, &report)?)
        };
        match brought {
            Some(brought) => brought.settle(import)?,
            None => import()?,
        };
        tracing::info!(images = report.images, already_there = report.already_there, "images added");
        Ok(report)
    }
}

impl Seen {
    fn of(store: &Store, images: &[ImageRecord], classes: &ClassList) -> Result<Self, SessionError> {
        let imports = store.imports()?.len();
        Ok(Self { log: store.last_event()?, classes: classes.clone(), images: images.len(), imports })
    }
}

impl Plan {
    /// With the images of an archive brought into the project, where it adds any.
    pub fn with_images_of(
        mut self,
        opened: &Opened,
        project: &Path,
        progress: ScanProgress,
    ) -> Result<Self, SessionError> {
        if self.images.is_empty() {
            return Ok(self);
        }
        self.brought = opened.bring_into(project, progress)?;
        if let Some(brought) = &self.brought {
            self.images.change(|image| image.path = opened.placed(&image.path, brought.place()))?;
        }
        Ok(self)
    }
}

impl There<'_> {
    /// Tells what comes in what the images look like that are there.
    fn lay_beside(&self, arrivals: &mut Arrivals) -> Result<(), SessionError> {
        let facts = self.store.facts()?;
        for image in self.images {
            let look = facts.get(&image.id).and_then(|facts| Look::of(facts, image.width, image.height));
            arrivals.beside(look, image.split);
        }
        Ok(())
    }

    /// Works out what an import would do; nothing is changed. `progress` hears the images done and their number; `false`
    /// cancels.
    fn plan(self, new: &NewProject, reading: &Reading, progress: ScanProgress) -> Result<Plan, SessionError> {
        if reading.images.is_empty() {
            return Err(create::nothing_read(&new.source, reading));
        }
        let seen = Seen::of(self.store, self.images, self.classes)?;
        let pattern = incoming::group_pattern(new)?;
        let there = by_content(self.images);
        let known = |image: &ReadImage| there.get(&(image.sha256.as_str(), image.frame)).copied();
        let tally = reading.tally()?;
        let (new, joined) = alike::joined(new, &reading.classes, &self.classes.names())?;
        let new = &*new;
        let classes = with_more_classes(self.classes, new, tally)?;
        let mut taken_over = TakenOver::default();
        let (mut arrivals, mut truncated) = (Arrivals::of(reading.images.len()), 0);
        let mut groups = incoming::Groups::default();
        for image in reading.images.iter() {
            let image = image?;
            let group = incoming::group(pattern.as_ref(), &image);
            groups.count(&image, group.as_deref());
            match known(&image) {
                Some(there) => {
                    taken_over.take(there, self.store.facts_of(there.id)?, &image.facts, group.as_deref());
                }
                None => {
                    truncated += usize::from(image.truncated);
                    arrivals.push_read(group, new, &image, &classes);
                }
            }
        }
        self.lay_beside(&mut arrivals)?;
        let (images, had) = (arrivals.len(), self.classes.len());
        let already_there = reading.images.len() - images;
        let report = incoming::report(new, reading, tally, &classes);
        let classes_made = classes.names().split_off(had);
        let mut report = ImportReport { images, already_there, truncated, classes_made, ..report };
        report.remarks.extend(joined);
        groups.tell(new, pattern.as_ref(), &mut report)?;
        if !report.classes_made.is_empty() && self.has_models {
            report.remarks.push(format!(
                "new classes: {}. Models trained before do not know them; train a new one.",
                report.classes_made.join(", ")
            ));
        }
        report.conflicts.extend(crate::session::importing::patients::parted(self.store, reading)?);
        let grouped = taken_over.grouped(self.images);
        let splits = arrivals.splits(new, reading.has_splits, &grouped, &mut report.conflicts);
        let mut names: HashSet<String> = self.images.iter().map(|image| image.name.clone()).collect();
        let beside = self.store.dir().parent().map(Path::to_owned);
        let (mut images, mut changes) = (Spilled::within(beside.as_deref()), Spilled::within(beside.as_deref()));

        let (class_of, name_of) =
            (|name: &str| classes.index_of(incoming::renamed(new, name)), |index: usize| classes.name(index));
        let logged = incoming::logged_as(&new.source);
        let unnamed = new.reader.as_deref().map_or(Unnamed::LoggedAs(&logged), Unnamed::Is);
        let places: Vec<usize> = classes.finding_places().collect();
        let others = others_of(new, reading, &classes);
        let silent: Vec<String> =
            places.iter().filter(|place| !others.contains(place)).map(|place| classes.name(*place)).collect();
        if !silent.is_empty() && reading.findings {
            report.remarks.push(format!(
                "the source says nothing of the findings {}: they stay as they are, and of new images nobody looked at them.",
                silent.join(", ")
            ));
        }
        if !places.is_empty() && !reading.findings && reading.format == Format::CSV && !tally.boxes.is_empty() {
            report.conflicts.push(
                "the project is one of findings, and the table was read as one of classes: its boxes are taken, but not that \
                 what is drawn is present and that \"No finding\" says that all are absent; import it with --findings (in the \
                 window Several findings) for that."
                    .to_owned(),
            );
        }
        let mut statements = Statements::new(&class_of, &name_of, &places, unnamed);
        statements.others = &others;
        statements.nothing = classes.classes.iter().position(|class| class.negative);
        for (done, image) in reading.images.iter().enumerate() {
            if !progress(done, reading.images.len()) {
                return Err(FolderError::Cancelled.into());
            }
            let image = image?;
            let (about, readings, name) = match known(&image) {
                Some(there) => {
                    (About::Known(there.id), Readings::of(&self.store.events(there.id)?), there.name.clone())
                }
                None => {
                    let at = images.len();
                    let name = free_name(&image.name, &mut names);
                    let group = arrivals.group(at).map(str::to_owned);
                    let split = splits.get(at).copied().unwrap_or(Split::Train);
                    images.push(incoming::record(&image, name.clone(), group, split));
                    (About::New(at), Readings::default(), name)
                }
            };
            statements.take(about, &name, &image.said, &readings, &mut || self.store.allocate_box_id());
            let id = &mut || self.store.allocate_measurement_id();
            statements.measure((about, &name), &image.measured, &readings.state, id);
            statements.changes.drain(..).for_each(|change| changes.push(change));
        }
        statements.found().tell(&mut report);
        taken_over.tell(&grouped, &mut report);
        let classes = (classes.len() > had).then_some(classes);
        Ok(Plan { classes, images, changes, taken_over, report, seen, brought: None })
    }
}

/// A plan for a project that is open elsewhere in this program, which goes on meanwhile.
pub(in crate::session) fn plan_beside(
    project: &Path,
    new: &NewProject,
    reading: &Reading,
    progress: ScanProgress,
) -> Result<Plan, SessionError> {
    let mut store = Store::open(project, Access::ReadOnly)?;
    let (images, classes) = (store.images()?, store.classes()?);
    let has_models = !store.models()?.is_empty();
    There { store: &mut store, images: &images, classes: &classes, has_models }.plan(new, reading, progress)
}

/// The places of the findings that a source speaks of when it says that all others are absent: its own, where it names
/// some.
fn others_of(new: &NewProject, reading: &Reading, classes: &ClassList) -> Vec<usize> {
    let named: HashSet<usize> =
        reading.classes.iter().filter_map(|name| classes.index_of(incoming::renamed(new, name))).collect();
    let own = |place: &usize| !reading.findings || reading.classes.is_empty() || named.contains(place);
    classes.finding_places().filter(own).collect()
}

/// The class list with those behind it that statements name and it lacks.
fn with_more_classes(known: &ClassList, new: &NewProject, tally: &Tally) -> Result<ClassList, SessionError> {
    let mut classes = known.clone();
    let mut found: Vec<&str> = tally.classes().into_iter().map(|class| incoming::renamed(new, class)).collect();
    found.sort_by(|a, b| natural_order(a, b));
    found.dedup();
    for name in found {
        // Of findings "nothing to find" is that all are absent.
        let is_class = !(known.findings && means_nothing_to_find(name));
        if is_class && classes.index_of(name).is_none() {
            classes.classes.push(Class::at(classes.len(), name.trim()));
        }
    }
    // Checks the names.
    ClassList::from_names(&classes.names(), classes.ordinal).map_err(|e| SessionError::refused(e.to_string()))?;
    Ok(classes)
}

/// The images by hash and frame; of copies the first.
fn by_content(images: &[ImageRecord]) -> HashMap<(&str, u32), &ImageRecord> {
    images.iter().rev().map(|image| ((image.sha256.as_str(), image.frame), image)).collect()
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
