//! What is counted over all images of a reading, in one pass over them.

use crate::domain::Split;
use crate::interchange::model::reading::ReadImage;
use crate::interchange::model::spill::{SpillError, Spilled};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

/// Counts of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Images by their class, which is the one said last.
    pub images: BTreeMap<String, usize>,
    /// Statements by the class they give their image.
    pub labels: BTreeMap<String, usize>,
    /// Boxes by class.
    pub boxes: BTreeMap<String, usize>,
    /// Images with a box.
    pub boxed: usize,
    pub readers: BTreeSet<String>,
    /// Images by split; those that are in none have no place here.
    pub splits: BTreeMap<Split, usize>,
    /// Patients or uploaders.
    pub groups: usize,
    /// Lengths and angles.
    pub measurements: usize,
    /// Images whose file is cut short.
    pub truncated: usize,
    /// What was remarked on reading images, with the number of images and the name of the first.
    pub remarks: BTreeMap<String, (usize, String)>,
}

impl Tally {
    /// Counts the images.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn of(images: &Spilled<ReadImage>) -> Result<Self, SpillError> {
        let mut tally = Self::default();
        // Of a hundred thousand patients only a number each is kept; that two have the same is one in billions.
        let (mut groups, hasher) = (HashSet::new(), RandomState::new());
        images.read_ahead(|images| {
            for image in images {
                let image = image?;
                groups.extend(image.group.as_ref().map(|group| hasher.hash_one(group)));
                tally.count(&image);
            }
            Ok::<_, SpillError>(())
        })?;
        tally.groups = groups.len();
        Ok(tally)
    }

    fn count(&mut self, image: &ReadImage) {
        image.label().into_iter().for_each(|class| add(&mut self.images, class));
        for said in &image.said {
            said.label.iter().for_each(|class| add(&mut self.labels, class));
            said.boxes.iter().for_each(|one| add(&mut self.boxes, &one.class));
            if let Some(reader) = said.reader.as_ref().filter(|reader| !self.readers.contains(*reader)) {
                self.readers.insert(reader.clone());
            }
        }
        self.boxed += usize::from(image.has_box());
        if let Some(split) = image.split {
            *self.splits.entry(split).or_default() += 1;
        }
        self.measurements += image.measured.len();
        self.truncated += usize::from(image.truncated);
        for remark in &image.facts.remarks {
            match self.remarks.get_mut(remark) {
                Some((count, _)) => *count += 1,
                None => drop(self.remarks.insert(remark.clone(), (1, image.name.clone()))),
            }
        }
    }

    /// A sentence for each kind of remark on images, however many it is of.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.remarks.iter().map(|(remark, (count, first))| match count {
            1 => format!("{first}: {remark}."),
            _ => format!("{count} images, the first {first}: {remark}."),
        })
    }

    /// Number of boxes.
    pub fn all_boxes(&self) -> usize {
        self.boxes.values().sum()
    }

    /// The names of all classes that images or boxes have.
    pub fn classes(&self) -> BTreeSet<&str> {
        self.labels.keys().chain(self.boxes.keys()).map(String::as_str).collect()
    }
}

fn add(counts: &mut BTreeMap<String, usize>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}
