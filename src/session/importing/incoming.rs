//! From what a source was read to hold to what goes into a project: classes under their names here, groups, and the report
//! of it all.

use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{ClassList, ImportReport, LeftOut, Presence, Split};
use crate::interchange::{ReadImage, Reading, Tally};
use crate::session::importing::people::People;
use crate::session::importing::twins::Twins;
use crate::session::protocol::command::NewProject;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::words;
use crate::store::NewImage;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

/// The pattern that tells groups from names, where one is given.
pub(in crate::session) fn group_pattern(new: &NewProject) -> Result<Option<Regex>, SessionError> {
    group_regex(new.group_pattern.as_deref())
}

/// The same of its text; an empty one is none.
pub(in crate::session) fn group_regex(pattern: Option<&str>) -> Result<Option<Regex>, SessionError> {
    let regex = |pattern: &str| {
        Regex::new(pattern).map_err(|e| {
            // The library draws the place on lines of their own; what is wrong stands on the last.
            let why = e.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            SessionError::refused(format!(
                "{pattern:?} is no regular expression ({why}): correct it, or leave the groups out"
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
pub(in crate::session) fn renamed<'a>(new: &'a NewProject, class: &'a str) -> &'a str {
    new.class_map.iter().find(|(from, _)| from == class).map_or(class, |(_, to)| to.as_str())
}

/// A sentence for each class that statements name and the project lacks.
pub(in crate::session) fn unknown_classes(new: &NewProject, tally: &Tally, classes: &ClassList) -> Vec<String> {
    let unknown = |counts: &BTreeMap<String, usize>| {
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        for (class, count) in counts {
            let class = renamed(new, class);
            if classes.index_of(class).is_none() {
                *unknown.entry(class.to_owned()).or_default() += count;
            }
        }
        unknown
    };
    let not = |class: &str| format!("{class} is not among the project's classes");
    let boxes = unknown(&tally.boxes);
    let boxes = boxes.iter().map(|(class, count)| format!("{count} boxes of {class} are left out: {}", not(class)));
    let labels = unknown(&tally.labels);
    let labels = labels
        .iter()
        .map(|(class, count)| format!("{} in {class} have no label: {}", words::images(*count), not(class)));
    let findings = unknown(&tally.findings_named);
    let findings = findings.iter().filter(|(finding, _)| !(classes.findings && means_nothing_to_find(finding))).map(
        |(finding, count)| format!("what {} say of {finding} is left out: {}", words::images(*count), not(finding)),
    );
    boxes.chain(labels).chain(findings).collect()
}

/// What the split keeps even: the label, else the class of the first box.
pub(in crate::session) fn stratum(new: &NewProject, image: &ReadImage, classes: &ClassList) -> Option<usize> {
    let label = image.label().and_then(|label| classes.index_of(renamed(new, label)));
    let first_box = || image.said.iter().rev().find_map(|said| said.boxes.first());
    label.or_else(|| classes.index_of(renamed(new, &first_box()?.class)))
}

/// What the last says who speaks of them of each finding of the class list; a box says that its finding is present. `None`
/// where nothing, or nothing sure, is said.
pub(in crate::session) fn stated(new: &NewProject, image: &ReadImage, classes: &ClassList) -> Vec<Option<bool>> {
    let places: Vec<usize> = classes.finding_places().collect();
    let mut stated = vec![None; places.len()];
    let place = |name: &str| {
        let class = classes.index_of(renamed(new, name))?;
        places.iter().position(|place| *place == class)
    };
    for said in &image.said {
        if said.others_absent || said.label.as_deref().is_some_and(means_nothing_to_find) {
            stated.fill(Some(false));
        }
        let findings = said.findings.iter().map(|(name, presence)| (name.as_str(), *presence));
        let label = said.label.as_deref().map(|name| (name, Presence::Present));
        let boxes = said.boxes.iter().map(|one| (one.class.as_str(), Presence::Present));
        for (name, presence) in boxes.chain(label).chain(findings) {
            if let Some(stated) = place(name).and_then(|place| stated.get_mut(place)) {
                *stated = presence.known();
            }
        }
    }
    stated
}

/// The group of an image: told by the pattern from its name, else as the source says.
pub(in crate::session) fn group(pattern: Option<&Regex>, image: &ReadImage) -> Option<String> {
    match pattern {
        Some(pattern) => group_of(pattern, &image.name),
        None => image.group.clone(),
    }
}

/// How the images of a source are grouped, counted as they come.
#[derive(Default)]
pub(in crate::session) struct Groups {
    different: HashSet<String>,
    /// Images that are in none, and the first of them.
    without: usize,
    first: Option<String>,
    images: usize,
    people: People,
    twins: Twins,
}

impl Groups {
    /// The next image.
    pub fn count(&mut self, image: &ReadImage, group: Option<&str>) {
        self.images += 1;
        self.twins.take(&image.name);
        if group.is_none() {
            self.people.take(&image.name, image.split);
        }
        match group {
            Some(group) if self.different.contains(group) => {}
            Some(group) => drop(self.different.insert(group.to_owned())),
            None => {
                self.without += 1;
                self.first.get_or_insert_with(|| image.name.clone());
            }
        }
    }

    /// Notes their number; where a pattern was to tell them, also how many images it tells nothing of.
    ///
    /// # Errors
    /// When it fits no name at all.
    pub fn tell(
        self,
        new: &NewProject,
        pattern: Option<&Regex>,
        report: &mut ImportReport,
    ) -> Result<(), SessionError> {
        report.groups = self.different.len();
        report.conflicts.extend(self.twins.sentence());
        if self.different.is_empty() {
            report.conflicts.extend(self.people.sentence(self.images));
        }
        if self.different.len() == 1 && self.without == 0 && self.images > 1 {
            let only = self.different.iter().next().map_or("", String::as_str);
            report.conflicts.push(format!(
                "all images are of one group ({only}) and so in one split: if that tells no patients apart, leave the groups \
                 out or name what does."
            ));
        }
        if pattern.is_none() || self.without == 0 {
            return Ok(());
        }
        let pattern = new.group_pattern.as_deref().unwrap_or_default();
        let first = self.first.unwrap_or_default();
        if self.without == self.images {
            return Err(SessionError::refused(format!(
                "the group expression {pattern:?} fits no image's name (the first is {first}): correct it, or leave it out to \
                 have the groups that the source names"
            )));
        }
        report.remarks.push(format!(
            "the group expression {pattern:?} does not fit {} of {}, the first is {first}: {} in no group.",
            words::images(self.without),
            self.images,
            if self.without == 1 { "it is" } else { "they are" },
        ));
        Ok(())
    }
}

/// An image for the store, under a name that is free.
pub(in crate::session) fn record(image: &ReadImage, name: String, group: Option<String>, split: Split) -> NewImage {
    let folder = image.name.rsplit_once('/').map_or("the folder", |(folder, _)| folder);
    NewImage {
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
        facts: image.facts.clone(),
    }
}

/// The part of the report that is known from the reading, in a project that has none of its images.
pub(in crate::session) fn report(
    new: &NewProject,
    reading: &Reading,
    tally: &Tally,
    classes: &ClassList,
) -> ImportReport {
    let used: BTreeSet<&str> = reading.classes.iter().map(String::as_str).collect();
    let mapped = new.class_map.iter().filter(|(from, to)| from != to && used.contains(from.as_str()));
    let labelled = tally.images.iter().filter(|(class, _)| classes.index_of(renamed(new, class)).is_some());
    ImportReport {
        format: reading.format.name().to_owned(),
        images: reading.images.len(),
        already_there: 0,
        labelled: match reading.findings {
            // Images with two findings are not counted twice.
            true => reading.images.len() - tally.of_findings.silent,
            false => labelled.map(|(_, count)| count).sum(),
        },
        boxes: tally.all_boxes(),
        boxes_clipped: reading.boxes_clipped,
        measurements: tally.measurements,
        truncated: tally.truncated,
        repeated: 0,
        groups: 0,
        readers: tally.readers.iter().cloned().collect(),
        class_map: mapped.cloned().collect(),
        classes_made: Vec::new(),
        remarks: reading.remarks.iter().cloned().chain(tally.sentences()).chain(of_findings(reading, tally)).collect(),
        conflicts: reading.conflicts.clone(),
        unlisted: reading.unlisted,
        left_out: reading.left_out.iter().map(|(file, why)| LeftOut { file: file.clone(), why: why.clone() }).collect(),
    }
}

/// How many images have how many findings, where they have some.
pub(in crate::session) fn of_findings(reading: &Reading, tally: &Tally) -> Option<String> {
    reading.findings.then(|| tally.of_findings.sentence(reading.classes.len()))
}

/// What is to be known of grades that have a gap.
pub(in crate::session) fn missing_grades(classes: &ClassList) -> Option<String> {
    let grades = classes.grades();
    let gap = grades.windows(2).find_map(|pair| match pair {
        [low, high] if high - low > 1.0 => Some((*low, *high)),
        _ => None,
    });
    let (low, high) = gap.filter(|_| classes.ordinal)?;
    Some(format!(
        "the classes are grades, and none lies between {low} and {high}: figures count the step from one to the other as {} \
         grades. To have a class for those between, name all classes.",
        high - low
    ))
}

/// What is to be known of a class that has images to validate or test with and none to learn from.
pub(in crate::session) fn never_learned(class: &str, images: usize) -> String {
    format!(
        "{class} is on {} to validate or test with and on none to learn from, so no model can say it: draw the splits again, \
         or bring training images of it.",
        words::images(images)
    )
}

/// "12 images, among them a.png, b.png" in the order given.
pub(in crate::session) fn named_images(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    let among = if names.len() > shown.len() { ", among them " } else { ": " };
    format!("{}{among}{}", words::images(names.len()), shown.join(", "))
}

/// What statements are logged under that a source gives no reader for, when they come to a project that has others: the
/// name of the file or folder.
pub(in crate::session) fn logged_as(source: &Path) -> String {
    let name = source.file_stem().map_or_else(|| "another source".into(), |name| name.to_string_lossy());
    crate::domain::annotation::imported_from(&name)
}

#[cfg(test)]
mod tests {
    use crate::imaging::write::write_png_gray;
    use crate::session::importing::create::create_project;
    use crate::session::protocol::command::NewProject;

    #[test]
    fn a_missing_grade_and_a_class_without_training_images_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("films");
        for (number, folder) in
            ["train/0", "train/1", "train/3", "val/0", "val/4", "test/4", "test/3"].iter().enumerate()
        {
            let folder = source.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let pixels: Vec<u8> = (0..64).map(|at| (at * (number + 2) % 251) as u8).collect();
            write_png_gray(&folder.join(format!("{number}.png")), 8, 8, &pixels).unwrap();
        }
        let new = NewProject { ordinal: true, ..NewProject::of(source, dir.path().join("a.overread")) };
        let report = create_project(&new, &|_, _| true).unwrap().report;
        let told = |lines: &[String], part: &str| lines.iter().filter(|line| line.contains(part)).count();
        assert_eq!(told(&report.remarks, "none lies between 1 and 3"), 1, "{:?}", report.remarks);
        assert_eq!(told(&report.conflicts, "no model can say it"), 1, "{:?}", report.conflicts);
        assert_eq!(told(&report.conflicts, "4 is on 2 images to validate or test with"), 1, "{:?}", report.conflicts);
    }
}
