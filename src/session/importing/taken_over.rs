//! What a second source knows of images that the project has: attributes, pixel spacing and groups are taken over where
//! the project has none; where it has others, they stay, and the report says so.

use crate::domain::{ImageFacts, ImageId, ImageRecord, ImportReport, Split};
use crate::session::importing::incoming::named_images;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is taken over, image by image.
#[derive(Default)]
pub(in crate::session) struct TakenOver {
    pub facts: Vec<(ImageId, ImageFacts)>,
    pub groups: Vec<(ImageId, String)>,
    /// How many images get each attribute.
    new: BTreeMap<String, usize>,
    /// Names of the images of which the project knows another value, by what it is of.
    different: BTreeMap<String, Vec<String>>,
}

impl TakenOver {
    /// Takes in what the source knows of an image, `group` as the source has it; `known` is what the project keeps of it.
    pub fn take(&mut self, there: &ImageRecord, known: Option<ImageFacts>, said: &ImageFacts, group: Option<&str>) {
        let mut known = known.unwrap_or_default();
        let before = known.clone();
        for (name, value) in &said.attributes {
            match known.attributes.get(name) {
                None => {
                    known.attributes.insert(name.clone(), value.clone());
                    *self.new.entry(name.clone()).or_default() += 1;
                }
                Some(old) if old != value => self.differs(name, there),
                Some(_) => {}
            }
        }
        match (known.spacing, said.spacing) {
            (None, Some(spacing)) => {
                known.spacing = Some(spacing);
                *self.new.entry("pixel spacing".to_owned()).or_default() += 1;
            }
            (Some(old), Some(spacing)) if old != spacing => self.differs("pixel spacing", there),
            _ => {}
        }
        for marked in &said.box_marks {
            if !known.box_marks.contains(marked) {
                known.box_marks.push(marked.clone());
            }
        }
        if known != before {
            self.facts.push((there.id, known));
        }
        match (there.group.as_deref(), group) {
            (None, Some(group)) => self.groups.push((there.id, group.to_owned())),
            (Some(old), Some(group)) if old != group => self.differs("group", there),
            _ => {}
        }
    }

    fn differs(&mut self, what: &str, there: &ImageRecord) {
        self.different.entry(what.to_owned()).or_default().push(there.name.clone());
    }

    /// The images with the groups they have then, so that new ones go where their group is.
    pub fn grouped<'a>(&self, images: &'a [ImageRecord]) -> Cow<'a, [ImageRecord]> {
        if self.groups.is_empty() {
            return Cow::Borrowed(images);
        }
        let new: HashMap<ImageId, &String> = self.groups.iter().map(|(image, group)| (*image, group)).collect();
        let grouped = |image: &ImageRecord| match new.get(&image.id) {
            Some(group) => ImageRecord { group: Some((*group).clone()), ..image.clone() },
            None => image.clone(),
        };
        images.iter().map(grouped).collect()
    }

    /// Adds it to the report; `grouped` are the images with the groups they have then.
    pub fn tell(&mut self, grouped: &[ImageRecord], report: &mut ImportReport) {
        let taken: BTreeSet<&str> = self.groups.iter().map(|(_, group)| group.as_str()).collect();
        let mut splits: BTreeMap<&str, BTreeSet<Split>> = BTreeMap::new();
        for image in grouped {
            if let Some(group) = image.group.as_deref().filter(|group| taken.contains(group)) {
                splits.entry(group).or_default().insert(image.split);
            }
        }
        let apart = splits.values().filter(|splits| splits.len() > 1).count();
        if apart > 0 {
            report.conflicts.push(format!(
                "of {apart} groups that are known now, images lie in different splits: the Data screen brings them together"
            ));
        }
        if !self.groups.is_empty() {
            self.new.insert("group".to_owned(), self.groups.len());
        }
        for (what, count) in &self.new {
            report.remarks.push(format!(
                "{what} of {} that had none was taken over.",
                crate::session::protocol::words::images(*count)
            ));
        }
        for (what, names) in &self.different {
            report.conflicts.push(format!(
                "the source has another {what} than the project for {}; the project's stays",
                named_images(names)
            ));
        }
    }
}
