//! From what a source was read to hold to what goes into a project: classes under their names here, groups, splits that
//! no group straddles, and the report of it all.

use super::command::NewProject;
use super::error::SessionError;
use super::words;
use crate::domain::{ClassList, ImageFacts, ImageRecord, ImportReport, LeftOut, Split};
use crate::interchange::{ReadImage, Reading, split};
use crate::store::NewImage;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The pattern that tells groups from names, where one is given.
pub(super) fn group_pattern(new: &NewProject) -> Result<Option<Regex>, SessionError> {
    group_regex(new.group_pattern.as_deref())
}

/// The same of its text; an empty one is none.
pub(super) fn group_regex(pattern: Option<&str>) -> Result<Option<Regex>, SessionError> {
    let regex = |pattern: &str| {
        Regex::new(pattern).map_err(|e| {
            SessionError::refused(format!(
                "{pattern:?} is no regular expression ({e}): correct it, or leave the groups out"
            ))
        })
    };
    pattern.filter(|pattern| !pattern.trim().is_empty()).map(regex).transpose()
}

/// The first group of the first match, else the whole match.
pub fn group_of(pattern: &Regex, name: &str) -> Option<String> {
    let found = pattern.captures(name)?;
    let group = found.get(1).or_else(|| found.get(0))?.as_str();
    (!group.is_empty()).then(|| group.to_owned())
}

/// What a class found in the data is called here.
pub(super) fn renamed<'a>(new: &'a NewProject, class: &'a str) -> &'a str {
    new.class_map.iter().find(|(from, _)| from == class).map_or(class, |(_, to)| to.as_str())
}

/// A sentence for each class that statements name and the project lacks.
pub(super) fn unknown_classes(new: &NewProject, images: &[&ReadImage], classes: &ClassList) -> Vec<String> {
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    let mut boxes: BTreeMap<&str, usize> = BTreeMap::new();
    for said in images.iter().flat_map(|image| &image.said) {
        let named =
            said.label.iter().map(|class| (class, false)).chain(said.boxes.iter().map(|one| (&one.class, true)));
        for (class, of_box) in named {
            let class = renamed(new, class);
            if classes.index_of(class).is_none() {
                *if of_box { &mut boxes } else { &mut labels }.entry(class).or_default() += 1;
            }
        }
    }
    let not = |class: &str| format!("{class} is not among the project's classes");
    let boxes = boxes.iter().map(|(class, count)| format!("{count} boxes of {class} are left out: {}", not(class)));
    let labels = labels
        .iter()
        .map(|(class, count)| format!("{} in {class} have no label: {}", words::images(*count), not(class)));
    boxes.chain(labels).collect()
}

/// The index of the class that is the image's label in the end.
pub(super) fn label(new: &NewProject, image: &ReadImage, classes: &ClassList) -> Option<usize> {
    classes.index_of(renamed(new, image.label()?))
}

/// What the split keeps even: the label, else the class of the first box.
fn stratum(new: &NewProject, image: &ReadImage, classes: &ClassList) -> Option<usize> {
    let first_box = || image.said.iter().rev().find_map(|said| said.boxes.first());
    label(new, image, classes).or_else(|| classes.index_of(renamed(new, &first_box()?.class)))
}

/// The group of each image: told by the pattern from its name, else as the source says.
pub(super) fn groups(pattern: Option<&Regex>, images: &[&ReadImage]) -> Vec<Option<String>> {
    images.iter().map(|image| group(pattern, image)).collect()
}

/// The group of one image.
pub(super) fn group(pattern: Option<&Regex>, image: &ReadImage) -> Option<String> {
    match pattern {
        Some(pattern) => group_of(pattern, &image.name),
        None => image.group.clone(),
    }
}

/// The split of each image: that of its group where the project has the group, else the source's own (what lies in none
/// is trained on), else drawn from the seed. A group stays together whatever the source says.
pub(super) fn splits(
    new: &NewProject,
    has_splits: bool,
    images: &[&ReadImage],
    groups: &[Option<String>],
    classes: &ClassList,
    there: &[ImageRecord],
    conflicts: &mut Vec<String>,
) -> Vec<Split> {
    let mut of_group: HashMap<&str, Split> = HashMap::new();
    for image in there {
        if let Some(group) = &image.group {
            let split = of_group.entry(group).or_insert(image.split);
            *split = image.split.max(*split);
        }
    }
    let known: BTreeSet<&str> = of_group.keys().copied().collect();
    let mut split_up: BTreeSet<&str> = BTreeSet::new();
    if has_splits {
        for (image, group) in images.iter().zip(groups) {
            let (Some(group), Some(own)) = (group.as_deref(), image.split) else { continue };
            match of_group.get_mut(group) {
                None => {
                    of_group.insert(group, own);
                }
                Some(split) if *split != own => {
                    split_up.insert(group);
                    // Toward the test: what was trained on may not be tested on, but not the other way round.
                    if !known.contains(group) {
                        *split = own.max(*split);
                    }
                }
                Some(_) => {}
            }
        }
    }
    if !split_up.is_empty() {
        let names: Vec<&str> = split_up.iter().take(5).copied().collect();
        let more = if split_up.len() > names.len() { ", ..." } else { "" };
        conflicts.push(format!(
            "the source has images of one group in different splits, or not in that of the project ({}: {}{more}): each \
             group is kept together, in the project's split or else the one nearest to the test",
            split_up.len(),
            names.join(", ")
        ));
    }
    let given: Vec<Option<Split>> = images
        .iter()
        .zip(groups)
        .map(|(image, group)| match group.as_deref().and_then(|group| of_group.get(group)) {
            Some(split) => Some(*split),
            None => has_splits.then(|| image.split.unwrap_or(Split::Train)),
        })
        .collect();
    let open: Vec<usize> = (0..images.len()).filter(|&at| given.get(at) == Some(&None)).collect();
    let keys: Vec<(Option<usize>, Option<&str>)> = open
        .iter()
        .filter_map(|&at| Some((stratum(new, images.get(at)?, classes), groups.get(at)?.as_deref())))
        .collect();
    let mut drawn = split::assign(&keys, new.ratios, new.seed).into_iter();
    given.into_iter().map(|split| split.or_else(|| drawn.next()).unwrap_or(Split::Train)).collect()
}

/// An image for the store, under a name that is free.
pub(super) fn record(
    image: &ReadImage,
    name: String,
    group: Option<String>,
    split: Split,
) -> Result<NewImage, SessionError> {
    let folder = image.name.rsplit_once('/').map_or("the folder", |(folder, _)| folder);
    Ok(NewImage {
        path: image.path.clone(),
        name,
        sha256: image.sha256.clone(),
        width: image.width,
        height: image.height,
        group,
        split,
        source: format!("imported from {folder}"),
        truncated: image.truncated,
        frame: image.frame,
        facts: facts(image)?,
    })
}

/// What is known of an image, from where it was put by.
pub(super) fn facts(image: &ReadImage) -> Result<ImageFacts, SessionError> {
    let facts = image.facts.get().map_err(|why| {
        SessionError::refused(format!("what was seen of {} cannot be read again ({why}): import it anew", image.name))
    })?;
    Ok(facts.into_owned())
}

/// The part of the report that is known from the reading; `images` are the new ones.
pub(super) fn report(new: &NewProject, reading: &Reading, images: &[&ReadImage], classes: &ClassList) -> ImportReport {
    let readers: BTreeSet<&str> =
        reading.images.iter().flat_map(|image| &image.said).filter_map(|said| said.reader.as_deref()).collect();
    let used: BTreeSet<&str> = reading.classes.iter().map(String::as_str).collect();
    let mapped = new.class_map.iter().filter(|(from, to)| from != to && used.contains(from.as_str()));
    ImportReport {
        format: reading.format.name().to_owned(),
        images: images.len(),
        already_there: reading.images.len() - images.len(),
        labelled: reading.images.iter().filter(|image| label(new, image, classes).is_some()).count(),
        boxes: reading.boxes(),
        boxes_clipped: reading.boxes_clipped,
        measurements: reading.measurements(),
        truncated: images.iter().filter(|image| image.truncated).count(),
        repeated: 0,
        readers: readers.into_iter().map(str::to_owned).collect(),
        class_map: mapped.cloned().collect(),
        classes_made: Vec::new(),
        remarks: reading.remarks.clone(),
        conflicts: reading.conflicts.clone(),
        left_out: reading.left_out.iter().map(|(file, why)| LeftOut { file: file.clone(), why: why.clone() }).collect(),
    }
}

/// "12 images, among them a.png, b.png" in the order given.
pub(super) fn named_images(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    let among = if names.len() > shown.len() { ", among them " } else { ": " };
    format!("{}{among}{}", words::images(names.len()), shown.join(", "))
}

/// What statements are logged under that a source gives no reader for, when they come to a project that has others: the
/// name of the file or folder.
pub(super) fn logged_as(source: &Path) -> String {
    let name = source.file_stem().map_or_else(|| "another source".into(), |name| name.to_string_lossy());
    crate::domain::annotation::imported_reader(&name)
}
