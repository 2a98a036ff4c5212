//! What is counted over all images of a reading, in one pass over them.

use crate::domain::class_list::folded;
use crate::domain::{Presence, Split};
use crate::interchange::model::reading::{ReadBox, ReadImage};
use crate::interchange::model::spill::{SpillError, Spilled};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

/// The longer side of pictures as networks that draw boxes usually see them, in pixels.
const USUAL_SIDE: f64 = 1024.0;
const TWO_CLASSES: &str = "boxes of two classes lie on one place, of which a network that draws boxes learns only one";
const BELOW_A_PIXEL: &str = "a box is less than a pixel wide or high once the picture is brought to the 1024 pixels that networks \
                             usually see, where nothing can be learned of it";

/// Whether two boxes of different classes lie on one place.
fn two_classes_on_a_place(boxes: &[ReadBox]) -> bool {
    let rest = |at: usize| boxes.iter().skip(at + 1);
    boxes
        .iter()
        .enumerate()
        .any(|(at, one)| rest(at).any(|other| one.class != other.class && one.rect.is_on_the_place_of(&other.rect)))
}

/// Images by what is said of their findings, as the last says who speaks of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingCounts {
    /// Images by how many findings are present, of those of which something is said.
    pub present: BTreeMap<usize, usize>,
    /// Images of which it is said that there is no finding at all.
    pub none: usize,
    /// Images with an uncertain finding.
    pub uncertain: usize,
    /// Images of which some findings are said to be looked at and not all, by how many those are.
    pub named: BTreeMap<usize, usize>,
    /// Images of which nothing is said.
    pub silent: usize,
}

impl FindingCounts {
    fn count(&mut self, image: &ReadImage) {
        let (mut known, mut others_absent, mut said_any) = (BTreeMap::new(), false, false);
        for said in image.said.iter().filter(|said| said.is_about_findings()) {
            said_any = true;
            if said.others_absent {
                known.clear();
                others_absent = true;
            }
            known.extend(said.findings.iter().map(|(finding, presence)| (folded(finding), *presence)));
        }
        if !said_any {
            self.silent += 1;
            return;
        }
        let are = |wanted: Presence| known.values().filter(|presence| **presence == wanted).count();
        let (present, uncertain) = (are(Presence::Present), are(Presence::Uncertain));
        *self.present.entry(present).or_default() += 1;
        self.none += usize::from(present + uncertain == 0 && others_absent);
        self.uncertain += usize::from(uncertain > 0);
        if !others_absent {
            *self.named.entry(known.len()).or_default() += 1;
        }
    }

    /// How many images have how many findings, of so many that there are; what is uncertain and what was not looked at.
    pub fn sentence(&self, findings: usize) -> String {
        let images = |count: usize| if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
        let mut told: Vec<String> = self
            .present
            .iter()
            .map(|(present, count)| match present {
                0 => format!("{} with none", images(*count)),
                present => format!("{} with {present}", images(*count)),
            })
            .collect();
        let not_looked: usize = self.named.iter().filter(|(named, _)| **named < findings).map(|(_, count)| count).sum();
        for (count, what) in [
            (self.uncertain, "with an uncertain one"),
            (not_looked, "of which not every finding was looked at"),
            (self.silent, "of which nothing is said"),
        ] {
            if count > 0 {
                told.push(format!("{} {what}", images(count)));
            }
        }
        format!("several findings an image, of {findings}: {}.", told.join(", "))
    }
}

/// Counts of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Images by their class, which is the one said last.
    pub images: BTreeMap<String, usize>,
    /// Statements by the class they give their image.
    pub labels: BTreeMap<String, usize>,
    /// Statements by the finding that they name, whatever they say of it.
    pub findings_named: BTreeMap<String, usize>,
    /// Somebody says something of findings, of which an image may have several.
    pub findings: bool,
    /// What images have of findings.
    pub of_findings: FindingCounts,
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
        image.present().into_iter().for_each(|finding| add(&mut self.images, finding));
        for said in &image.said {
            said.label.iter().for_each(|class| add(&mut self.labels, class));
            said.findings.iter().for_each(|(finding, _)| add(&mut self.findings_named, finding));
            self.findings |= said.is_about_findings();
            said.boxes.iter().for_each(|one| add(&mut self.boxes, &one.class));
            if let Some(reader) = said.reader.as_ref().filter(|reader| !self.readers.contains(*reader)) {
                self.readers.insert(reader.clone());
            }
        }
        self.of_findings.count(image);
        self.boxed += usize::from(image.has_box());
        if let Some(split) = image.split {
            *self.splits.entry(split).or_default() += 1;
        }
        self.measurements += image.measured.len();
        self.truncated += usize::from(image.truncated);
        image.facts.remarks.iter().for_each(|remark| self.remark(remark, &image.name));
        if image.said.iter().any(|said| two_classes_on_a_place(&said.boxes)) {
            self.remark(TWO_CLASSES, &image.name);
        }
        let pixel = f64::from(image.width.max(image.height)) / USUAL_SIDE;
        let below = |one: &ReadBox| one.rect.width().min(one.rect.height()) < pixel;
        if image.said.iter().any(|said| said.boxes.iter().any(below)) {
            self.remark(BELOW_A_PIXEL, &image.name);
        }
    }

    fn remark(&mut self, remark: &str, name: &str) {
        match self.remarks.get_mut(remark) {
            Some((count, _)) => *count += 1,
            None => drop(self.remarks.insert(remark.to_owned(), (1, name.to_owned()))),
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
        self.labels.keys().chain(self.findings_named.keys()).chain(self.boxes.keys()).map(String::as_str).collect()
    }
}

fn add(counts: &mut BTreeMap<String, usize>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rect;
    use crate::interchange::model::reading::Said;

    #[test]
    fn what_no_network_can_learn_is_told() {
        let drawn = |class: &str, [xmin, ymin, xmax, ymax]: [f64; 4]| ReadBox {
            class: class.into(),
            rect: Rect { xmin, ymin, xmax, ymax },
        };
        let image = |boxes: Vec<ReadBox>| {
            let said = vec![Said { boxes, ..Said::default() }];
            ReadImage {
                path: "a.png".into(),
                name: "a.png".into(),
                sha256: String::new(),
                width: 4096,
                height: 2000,
                truncated: false,
                frame: 0,
                facts: Default::default(),
                split: None,
                group: None,
                said,
                measured: Vec::new(),
            }
        };
        let place = [100.0, 100.0, 200.0, 200.0];
        let images = [
            image(vec![drawn("mass", place), drawn("nodule", [101.0, 100.0, 200.0, 200.0])]),
            image(vec![drawn("mass", place), drawn("mass", place), drawn("nodule", [130.0, 100.0, 200.0, 200.0])]),
            image(vec![drawn("mass", [5.0, 5.0, 8.9, 90.0])]),
            image(vec![drawn("mass", [5.0, 5.0, 9.1, 9.1])]),
        ];
        let tally = Tally::of(&images.into_iter().collect()).unwrap();
        let counts: Vec<usize> = [TWO_CLASSES, BELOW_A_PIXEL].map(|remark| tally.remarks[remark].0).into();
        assert_eq!((counts, tally.remarks.len()), (vec![1, 1], 2));
    }
}
