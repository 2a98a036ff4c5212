//! Makes projects of folders: what a scan found, put into words before anything is made, and then the project itself.

use crate::domain::annotation::IMPORT_READER;
use crate::domain::class_list::{ClassListError, means_nothing_to_find};
use crate::domain::{BoxId, ClassList, ImportReport, MeasurementId, Split};
use crate::interchange::{self, FolderError, Format, Options, Reading, Unannotated};
use crate::session::importing::arrivals::Arrivals;
use crate::session::importing::readings::Readings;
use crate::session::importing::staging::{Opened, Staging};
use crate::session::importing::statements::{Found, Statements, Unnamed};
use crate::session::importing::{alike, incoming, patients, tables};
use crate::session::protocol::command::NewProject;
use crate::session::protocol::error::SessionError;
use crate::store::{About, DemoInfo, ImportedChange, Meta, NewImage, Store, StoreError, WrittenChange};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

/// Called with how many files were looked at and of how many, from several threads; `false` ends the work.
pub type ScanProgress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// A project that was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Created {
    /// The project folder.
    pub project: PathBuf,
    pub classes: ClassList,
    /// Images for training, validation and test.
    pub splits: [usize; 3],
    pub report: ImportReport,
}

/// `NAME.overread` beside a folder, with a number after the name where that is taken.
pub fn project_beside(folder: &Path) -> PathBuf {
    let name = if folder.is_file() { folder.file_stem() } else { folder.file_name() };
    let name = name.map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned());
    let parent = folder.parent().unwrap_or(Path::new("."));
    let numbered = (2..).map(|n: u32| parent.join(format!("{name}-{n}.overread")));
    let first = parent.join(format!("{name}.overread"));
    std::iter::once(first.clone()).chain(numbered).find(|path| free(path)).unwrap_or(first)
}

/// Whether a project may be made here: nothing there, or an empty folder.
fn free(path: &Path) -> bool {
    match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Whether a project is here, to which an import adds; an error where something else is in the way of a new one.
pub fn is_project(path: &Path) -> Result<bool, SessionError> {
    if Store::is_project(path) { Ok(true) } else { check_free(path).map(|()| false) }
}

/// Fails with a sentence where something is in the way of a new project.
pub(in crate::session) fn check_free(project: &Path) -> Result<(), SessionError> {
    if free(project) {
        return Ok(());
    }
    Err(SessionError::refused(format!(
        "{} is there already and not empty: open it, or choose another name",
        project.display()
    )))
}

/// Makes a project of a folder. It is built under another name beside its place and gets its own when it is whole, so
/// an interrupted import leaves no half project.
pub fn create_project(new: &NewProject, progress: ScanProgress) -> Result<Created, SessionError> {
    build(new, Extras::default(), progress, |_| Ok(()))
}

/// Makes a project of what a source was read to hold; as [`create_project`]. An archive's images go into it.
pub fn create_project_of(
    opened: &Opened,
    new: &NewProject,
    reading: &Reading,
    progress: ScanProgress,
) -> Result<Created, SessionError> {
    let extras = Extras { opened: Some(opened), ..Extras::default() };
    build_in(Staging::beside(&new.project)?, new, extras, reading, progress, |_| Ok(()))
}

/// What is known of the images beyond what lies in the folder.
pub(in crate::session) struct Extras<'a> {
    /// Where they wait to be brought into the project.
    pub opened: Option<&'a Opened>,
    pub demo: Option<DemoInfo>,
    /// How the folder says what is on its images.
    pub format: Format,
    /// What becomes of images that it lists without an annotation.
    pub unannotated: Unannotated,
    /// The group by image name; asked where no pattern is given.
    pub groups: HashMap<String, String>,
}

impl Default for Extras<'_> {
    fn default() -> Self {
        Self {
            opened: None,
            demo: None,
            format: Format::FOLDERS,
            unannotated: Unannotated::Unseen,
            groups: HashMap::new(),
        }
    }
}

/// As [`create_project`], with what a demo knows besides; `more` is called with the store before the project gets its
/// place.
pub(in crate::session) fn build(
    new: &NewProject,
    extras: Extras<'_>,
    progress: ScanProgress,
    more: impl FnOnce(&mut Store) -> Result<(), SessionError>,
) -> Result<Created, SessionError> {
    let staging = Staging::beside(&new.project)?;
    incoming::group_pattern(new)?;
    let options = Options {
        exclude: new.exclude.clone(),
        unannotated: extras.unannotated,
        scratch: staging.project().parent().map(Path::to_owned),
        patients: patients::on_import(&new.project, &interchange::notes::beside(&new.project), None)?,
        ..Options::default()
    };
    let reading = interchange::read(&new.source, extras.format, &options, progress)
        .map_err(|e| SessionError::refused(e.to_string()))?;
    // All files are done; what is left is short beside them, but may be ended too.
    build_in(staging, new, extras, &reading, &|_, total| progress(total, total), more)
}

fn build_in(
    staging: Staging,
    new: &NewProject,
    extras: Extras<'_>,
    scan: &Reading,
    progress: ScanProgress,
    more: impl FnOnce(&mut Store) -> Result<(), SessionError>,
) -> Result<Created, SessionError> {
    let pattern = incoming::group_pattern(new)?;
    if scan.images.is_empty() {
        return Err(nothing_read(&new.source, scan));
    }
    let (new, joined) = alike::joined(new, &scan.classes, &[])?;
    let new = &*new;
    let classes = class_list(new, scan)?;
    let tally = scan.tally()?;
    let mut report = incoming::report(new, scan, tally, &classes);
    report.remarks.extend(joined);
    report.classes_made = classes.names();
    report.conflicts.extend(incoming::unknown_classes(new, tally, &classes));
    let (mut arrivals, mut groups) = (Arrivals::of(scan.images.len()), incoming::Groups::default());
    scan.images.read_ahead(|images| {
        for image in images {
            let image = image?;
            let known = || extras.groups.get(&image.name).filter(|_| pattern.is_none()).cloned();
            let group = incoming::group(pattern.as_ref(), &image).or_else(known);
            groups.count(&image, group.as_deref());
            arrivals.push_read(group, new, &image, &classes);
        }
        Ok::<_, SessionError>(())
    })?;
    groups.tell(new, pattern.as_ref(), &mut report)?;
    let splits = arrivals.splits(new, scan.has_splits, &[], &mut report.conflicts);
    report.remarks.extend(incoming::missing_grades(&classes));
    let never = arrivals.never_learned(&splits);
    report.conflicts.extend(never.iter().map(|(class, count)| incoming::never_learned(&classes.name(*class), *count)));
    let counts = Split::ALL.map(|split| splits.iter().filter(|one| **one == split).count());

    let project = staging.project();
    let name = project.file_stem().map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned());
    let meta = Meta { demo: extras.demo, source: Some(new.source.clone()), ..Meta::new(name, classes.clone()) };
    let brought = match extras.opened.filter(|opened| opened.waits()) {
        Some(opened) => {
            let to = staging.images()?;
            opened.place(&to, progress)?;
            Some((opened, to))
        }
        None => None,
    };
    let mut store = Store::create(staging.dir(), &meta)?;
    let known_tables = tables::with(&store, &scan.tables)?;
    let mut import = store.begin_import(None)?;
    patients::keep(&import, scan)?;
    tables::keep(&import, known_tables.as_deref())?;
    let last_number = import.last_number();
    let placed = |record: &mut NewImage| {
        if let Some((opened, to)) = &brought {
            record.path = opened.placed(&record.path, to);
        }
    };
    // One thread reads and writes down what the other takes into the database.
    let found = std::thread::scope(|scope| {
        let (give, taken) = std::sync::mpsc::sync_channel(4);
        let (arrivals, classes, splits, placed) = (&arrivals, &classes, &splits, &placed);
        let making = scope.spawn(move || made(scan, new, (arrivals, classes, splits), last_number, placed, &give));
        let mut done = 0;
        for arrived in taken {
            for Arrived { record, changes } in arrived {
                if !progress(done, scan.images.len()) {
                    return Err(FolderError::Cancelled.into());
                }
                import.add(&record)?;
                changes.into_iter().try_for_each(|change| import.log_written(change))?;
                done += 1;
            }
        }
        making.join().map_err(|_| SessionError::refused("the import ended in an error of the program: try it again"))?
    })?;
    found.tell(&mut report);
    import.finish(&new.source, &report)?;
    more(&mut store)?;
    drop(store);
    let project = staging.finish()?;
    tracing::info!(images = report.images, labelled = report.labelled, boxes = report.boxes, "project made");
    Ok(Created { project, classes, splits: counts, report })
}

/// An image with what is said of it, ready for the database.
struct Arrived {
    record: NewImage,
    changes: Vec<WrittenChange>,
}

/// Images that are handed over together.
const TOGETHER: usize = 64;

/// Makes what goes into a new project of what was read, in the order of the images, numbering boxes from behind
/// `last_number` on; `give` gets it in parts. It ends early where nobody takes them any more.
fn made(
    scan: &Reading,
    new: &NewProject,
    (arrivals, classes, splits): (&Arrivals, &ClassList, &[Split]),
    last_number: i64,
    placed: &dyn Fn(&mut NewImage),
    give: &SyncSender<Vec<Arrived>>,
) -> Result<Found, SessionError> {
    let (class_of, name_of) =
        (|name: &str| classes.index_of(incoming::renamed(new, name)), |index: usize| classes.name(index));
    let unnamed = new.reader.as_deref().map_or(Unnamed::LoggedAs(IMPORT_READER), Unnamed::Is);
    let places: Vec<usize> = classes.finding_places().collect();
    let mut statements = Statements::new(&class_of, &name_of, &places, unnamed);
    statements.nothing = classes.classes.iter().position(|class| class.negative);
    let (nothing, mut number) = (Readings::default(), last_number);
    let mut next = || {
        number += 1;
        number
    };
    let mut together = Vec::with_capacity(TOGETHER);
    for (at, (image, split)) in scan.images.iter().zip(splits).enumerate() {
        let image = image?;
        let group = arrivals.group(at).map(str::to_owned);
        let mut record = incoming::record(&image, image.name.clone(), group, *split);
        placed(&mut record);
        let about = About::New(at);
        statements.take(about, &image.name, &image.said, &nothing, &mut || BoxId(next()));
        statements.measure((about, &image.name), &image.measured, &nothing.state, &mut || MeasurementId(next()));
        let changes: Result<Vec<WrittenChange>, StoreError> =
            statements.changes.drain(..).map(ImportedChange::written).collect();
        together.push(Arrived { record, changes: changes? });
        if together.len() == TOGETHER && give.send(std::mem::take(&mut together)).is_err() {
            break;
        }
    }
    // Where nobody takes it the work was given up.
    let _ = give.send(together);
    Ok(statements.found())
}

/// Why a source of which no image can be used makes nothing.
pub(in crate::session) fn nothing_read(source: &Path, reading: &Reading) -> SessionError {
    let first = reading.left_out.first().map_or_else(String::new, |(file, why)| format!(" ({file}: {why})"));
    SessionError::refused(format!("{} has no image that can be read{first}: choose another folder", source.display()))
}

/// The names of the classes that a project will have, in order: those given, else those found, as they are called here.
pub fn class_names(new: &NewProject, reading: &Reading) -> Vec<String> {
    let given = if new.classes.is_empty() { &reading.classes } else { &new.classes };
    let mut names: Vec<&str> = Vec::new();
    for name in given.iter().map(|name| incoming::renamed(new, name)) {
        // Two classes renamed to one become one.
        if new.class_map.is_empty() || !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// What the class of images without any finding is called.
pub const NO_FINDING: &str = "No Finding";

fn class_list(new: &NewProject, reading: &Reading) -> Result<ClassList, SessionError> {
    let names = class_names(new, reading);
    if names.is_empty() {
        // Why none of the folders is a class, where that was found out.
        let beside = reading.remarks.iter().filter(|said| said.contains("lies beside the pictures"));
        let mut why: String = reading.conflicts.iter().chain(beside).map(|said| format!(" {said}")).collect();
        if let Some((what, reason)) = reading.left_out.first() {
            why.push_str(&format!(" Left out was {what}: {reason}."));
        }
        return Err(SessionError::refused(format!(
            "the folder has no class folders: name the classes to label its images with.{why}"
        )));
    }
    let refused = |e: ClassListError| SessionError::refused(e.to_string());
    if !new.findings.unwrap_or(reading.findings) {
        let mut names = names;
        // An image without any finding is of a class too, where each is of one.
        if reading.tally()?.of_findings.none > 0 && !names.iter().any(|name| means_nothing_to_find(name)) {
            names.insert(0, NO_FINDING.to_owned());
        }
        return ClassList::from_names(&names, new.ordinal).map_err(refused);
    }
    // "Nothing to find" is no finding beside the others: it says that all are absent.
    let findings: Vec<String> = names.into_iter().filter(|name| !means_nothing_to_find(name)).collect();
    if findings.is_empty() {
        return Err(SessionError::refused(
            "the classes name no finding, only that there is none: name the findings to look for",
        ));
    }
    ClassList::of_findings(&findings).map_err(refused)
}

#[cfg(test)]
#[path = "create_tests.rs"]
mod tests;
