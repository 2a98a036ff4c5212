//! Makes projects of folders: what a scan found, put into words before anything is made, and then the project itself.

use super::command::NewProject;
use super::error::SessionError;
use super::statements;
use super::view::ImportSummary;
use crate::domain::{ClassList, ImageId, Split};
use crate::interchange::folders::{self, FolderScan};
use crate::interchange::split;
use crate::interchange::{ReadImage, Reading};
use crate::store::{DemoInfo, Meta, NewImage, Store};
use regex::Regex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Called with how many files were looked at and of how many, from several threads; `false` ends the work.
pub type ScanProgress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// A project that was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Created {
    /// The project folder.
    pub project: PathBuf,
    pub images: usize,
    pub labelled: usize,
    pub truncated: usize,
    /// Boxes that were taken.
    pub boxes: usize,
    /// Boxes that reached out of their image and were cut.
    pub boxes_clipped: usize,
    /// What was decided on the way, a sentence each.
    pub remarks: Vec<String>,
    /// File (below the folder) and the reason it is not in the project.
    pub left_out: Vec<(String, String)>,
    /// What a person should look at, such as images that lie in two classes.
    pub conflicts: Vec<String>,
}

/// Looks through a folder; nothing is written.
pub fn scan(folder: &Path, exclude: &[String], progress: ScanProgress) -> Result<FolderScan, SessionError> {
    Ok(folders::scan(folder, exclude, progress)?)
}

/// What a scan found, in the form the import preview shows.
pub fn summary(folder: &Path, scan: &FolderScan) -> ImportSummary {
    let of_class = |class: &String| scan.images.iter().filter(|i| i.class.as_ref() == Some(class)).count();
    let of_split = |split: Split| scan.images.iter().filter(|i| i.split == Some(split)).count();
    let splits = if scan.has_splits { Split::ALL.iter().map(|&s| (s, of_split(s))).collect() } else { Vec::new() };
    ImportSummary {
        images: scan.images.len(),
        classes: scan.classes.iter().map(|class| (class.clone(), of_class(class))).collect(),
        ordinal: scan.ordinal,
        splits,
        left_out: scan.left_out.clone(),
        conflicts: scan.conflicts.clone(),
        truncated: scan.images.iter().filter(|i| i.truncated).count(),
        project: project_beside(folder),
    }
}

/// `NAME.overread` beside a folder, with a number after the name where that is taken.
pub fn project_beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned());
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

/// Fails with a sentence where something is in the way of a new project.
pub(super) fn check_free(project: &Path) -> Result<(), SessionError> {
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
    build(new, Extras::default(), progress, |_, _| Ok(()))
}

/// Makes a project of what a source was read to hold; as [`create_project`].
pub fn create_project_of(new: &NewProject, reading: Reading) -> Result<Created, SessionError> {
    build_of(new, Extras::default(), reading, |_, _| Ok(()))
}

/// What a demo knows of its images beyond what lies in the folder.
#[derive(Default)]
pub(super) struct Extras {
    pub demo: Option<DemoInfo>,
    /// The group by image name; asked where no pattern is given.
    pub groups: HashMap<String, String>,
}

/// As [`create_project`], with what a demo knows besides; `more` is called with the store and the ids by image name before the project gets
/// its place.
pub(super) fn build(
    new: &NewProject,
    extras: Extras,
    progress: ScanProgress,
    more: impl FnOnce(&mut Store, &HashMap<String, ImageId>) -> Result<(), SessionError>,
) -> Result<Created, SessionError> {
    check_free(&std::path::absolute(&new.project).map_err(|e| SessionError::file(&new.project, "found", &e))?)?;
    new.group_pattern.as_deref().map(group_pattern).transpose()?;
    let scan = folders::scan(&new.source, &new.exclude, progress)?;
    build_of(new, extras, scan.into(), more)
}

fn build_of(
    new: &NewProject,
    extras: Extras,
    scan: Reading,
    more: impl FnOnce(&mut Store, &HashMap<String, ImageId>) -> Result<(), SessionError>,
) -> Result<Created, SessionError> {
    let project = std::path::absolute(&new.project).map_err(|e| SessionError::file(&new.project, "found", &e))?;
    check_free(&project)?;
    let groups = new.group_pattern.as_deref().filter(|p| !p.trim().is_empty()).map(group_pattern).transpose()?;
    if scan.images.is_empty() {
        let first = scan.left_out.first().map_or_else(String::new, |(file, why)| format!(" ({file}: {why})"));
        return Err(SessionError::refused(format!(
            "{} has no image that can be read{first}: choose another folder",
            new.source.display()
        )));
    }
    let classes = class_list(new, &scan)?;
    let mut conflicts = scan.conflicts.clone();
    let labels = labels(new, &scan.images, &classes, &mut conflicts);
    let group = |image: &ReadImage| match &groups {
        Some(pattern) => group_of(pattern, &image.name),
        None => image.group.clone().or_else(|| extras.groups.get(&image.name).cloned()),
    };
    let groups: Vec<Option<String>> = scan.images.iter().map(group).collect();
    let splits = splits(new, &scan, &strata(new, &scan.images, &labels, &classes), &groups);

    let parent = project.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|e| SessionError::file(parent, "made", &e))?;
    let name = project.file_stem().map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned());
    let beside = tempfile::Builder::new().prefix(".overread-").tempdir_in(parent);
    let beside = beside.map_err(|e| SessionError::file(parent, "written to", &e))?;
    let meta = Meta { demo: extras.demo, source: Some(new.source.clone()), ..Meta::new(name, classes.clone()) };
    let mut store = Store::create(beside.path(), &meta)?;
    let records: Vec<NewImage> = scan
        .images
        .iter()
        .zip(groups)
        .zip(&splits)
        .map(|((image, group), split)| record(image, group, *split))
        .collect();
    let ids = store.add_images(&records)?;
    let class_of = |name: &str| classes.index_of(renamed(new, name));
    statements::append(&mut store, &ids, &scan.images, &class_of)?;
    more(&mut store, &records.iter().map(|r| r.name.clone()).zip(ids).collect())?;
    drop(store);
    put_in_place(beside, &project)?;
    let labelled = labels.iter().flatten().count();
    tracing::info!(images = records.len(), labelled, boxes = scan.boxes(), "project made");
    Ok(Created {
        project,
        images: records.len(),
        labelled,
        boxes: scan.boxes(),
        boxes_clipped: scan.boxes_clipped,
        remarks: scan.remarks,
        truncated: records.iter().filter(|r| r.truncated).count(),
        left_out: scan.left_out,
        conflicts,
    })
}

fn put_in_place(beside: tempfile::TempDir, project: &Path) -> Result<(), SessionError> {
    use std::io::ErrorKind;
    match std::fs::remove_dir(project) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(SessionError::file(project, "replaced", &e)),
        _ => {}
    }
    open_to_others(beside.path());
    std::fs::rename(beside.path(), project).map_err(|e| SessionError::file(project, "made", &e))?;
    // Nothing is left under that name to be removed.
    let _ = beside.keep();
    Ok(())
}

/// Temporary folders are their owner's alone; a project is as open as its parent folder.
#[cfg(unix)]
fn open_to_others(dir: &Path) {
    let allowed = dir.parent().and_then(|parent| std::fs::metadata(parent).ok()).map(|m| m.permissions());
    if let Some(Err(error)) = allowed.map(|allowed| std::fs::set_permissions(dir, allowed)) {
        tracing::debug!(%error, "the project folder stays its owner's alone");
    }
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) {}

fn group_pattern(pattern: &str) -> Result<Regex, SessionError> {
    Regex::new(pattern).map_err(|e| {
        SessionError::refused(format!(
            "{pattern:?} is no regular expression ({e}): correct it, or leave the groups out"
        ))
    })
}

/// The first group of the first match, else the whole match.
fn group_of(pattern: &Regex, name: &str) -> Option<String> {
    let found = pattern.captures(name)?;
    let group = found.get(1).or_else(|| found.get(0))?.as_str();
    (!group.is_empty()).then(|| group.to_owned())
}

fn renamed<'a>(new: &'a NewProject, class: &'a str) -> &'a str {
    new.class_map.iter().find(|(from, _)| from == class).map_or(class, |(_, to)| to.as_str())
}

fn class_list(new: &NewProject, scan: &Reading) -> Result<ClassList, SessionError> {
    let given = if new.classes.is_empty() { &scan.classes } else { &new.classes };
    let mut names: Vec<&str> = Vec::new();
    for name in given.iter().map(|name| renamed(new, name)) {
        // Two classes renamed to one become one.
        if new.class_map.is_empty() || !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Err(SessionError::refused(
            "the folder has no class folders: name the classes to label its images with",
        ));
    }
    ClassList::from_names(&names, new.ordinal).map_err(|e| SessionError::refused(e.to_string()))
}

fn labels(
    new: &NewProject,
    images: &[ReadImage],
    classes: &ClassList,
    conflicts: &mut Vec<String>,
) -> Vec<Option<usize>> {
    let mut unknown: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let labels = images
        .iter()
        .map(|image| {
            let class = renamed(new, image.said.iter().rev().find_map(|said| said.label.as_deref())?);
            let index = classes.index_of(class);
            if index.is_none() {
                *unknown.entry(class).or_default() += 1;
            }
            index
        })
        .collect();
    let boxes = images.iter().flat_map(|image| &image.said).flat_map(|said| &said.boxes);
    let mut boxes_unknown: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for class in boxes.map(|one| renamed(new, &one.class)).filter(|class| classes.index_of(class).is_none()) {
        *boxes_unknown.entry(class).or_default() += 1;
    }
    for (class, count) in boxes_unknown {
        conflicts.push(format!("{count} boxes of {class} are left out: {class} is not among the project's classes"));
    }
    for (class, count) in unknown {
        let images = super::words::images(count);
        conflicts.push(format!("{images} in {class} have no label: {class} is not among the project's classes"));
    }
    labels
}

/// What the split keeps even: the label, else the class of the first box.
fn strata(new: &NewProject, images: &[ReadImage], labels: &[Option<usize>], classes: &ClassList) -> Vec<Option<usize>> {
    let first_box = |image: &ReadImage| {
        let class = image.said.iter().rev().find_map(|said| said.boxes.first())?;
        classes.index_of(renamed(new, &class.class))
    };
    images.iter().zip(labels).map(|(image, label)| label.or_else(|| first_box(image))).collect()
}

/// The splits the folder has (what lies in none is trained on), or seeded ones.
fn splits(new: &NewProject, scan: &Reading, labels: &[Option<usize>], groups: &[Option<String>]) -> Vec<Split> {
    if scan.has_splits {
        return scan.images.iter().map(|i| i.split.unwrap_or(Split::Train)).collect();
    }
    let keys: Vec<_> = labels.iter().zip(groups).map(|(label, group)| (*label, group.as_deref())).collect();
    split::assign(&keys, new.ratios, new.seed)
}

fn record(image: &ReadImage, group: Option<String>, split: Split) -> NewImage {
    let folder = image.name.rsplit_once('/').map_or("the folder", |(folder, _)| folder);
    NewImage {
        path: image.path.clone(),
        name: image.name.clone(),
        sha256: image.sha256.clone(),
        width: image.width,
        height: image.height,
        group,
        split,
        source: format!("imported from {folder}"),
        truncated: image.truncated,
        frame: image.frame,
        facts: image.facts.clone(),
    }
}
