//! Which split the images that an import adds go to: groups stay together, what the source says is followed, the rest is
//! drawn.

use crate::domain::{ClassList, ImageRecord, Split};
use crate::evaluation::similar::{self, Look, Sets};
use crate::interchange::ReadImage;
use crate::session::importing::incoming;
use crate::session::protocol::command::NewProject;
use crate::splits;
use indexmap::IndexSet;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What decides the split of each image that comes in; there may be a hundred thousand, so it is little.
pub(in crate::session) struct Arrivals {
    images: Vec<Arrival>,
    groups: IndexSet<String>,
    /// What is said of the findings of each, one a finding; empty where an image is of one class.
    findings: Vec<Box<[Option<bool>]>>,
    /// What each looks like, where that is known.
    looks: Vec<Option<Look>>,
    /// What the images look like that are in the project already, with their splits.
    there: Vec<(Look, Split)>,
}

#[derive(Clone, Copy)]
struct Arrival {
    /// Which of the groups.
    group: Option<u32>,
    stratum: Option<u32>,
    /// As the source has it.
    split: Option<Split>,
}

/// What of images that look alike follows for their splits, by their places.
#[derive(Default)]
struct Together {
    /// A name for all that must stay together.
    names: HashMap<usize, String>,
    /// The split of an image of the project.
    followed: HashMap<usize, Split>,
}

impl Arrivals {
    /// None so far, of about so many.
    pub fn of(images: usize) -> Self {
        Self {
            images: Vec::with_capacity(images),
            groups: IndexSet::new(),
            findings: Vec::new(),
            looks: Vec::new(),
            there: Vec::new(),
        }
    }

    /// The next image of a class list, with the group that it belongs to.
    pub fn push_read(&mut self, group: Option<String>, new: &NewProject, image: &ReadImage, classes: &ClassList) {
        self.looks.resize(self.images.len(), None);
        self.looks.push(Look::of(&image.facts, image.width, image.height));
        if classes.findings {
            self.findings.push(incoming::stated(new, image, classes).into_boxed_slice());
            self.push(group, None, image.split);
        } else {
            self.push(group, incoming::stratum(new, image, classes), image.split);
        }
    }

    /// The next image; `stratum` is the class that splits keep even, `split` that of the source.
    pub fn push(&mut self, group: Option<String>, stratum: Option<usize>, split: Option<Split>) {
        let group = group.and_then(|group| u32::try_from(self.groups.insert_full(group).0).ok());
        let stratum = stratum.and_then(|stratum| u32::try_from(stratum).ok());
        self.images.push(Arrival { group, stratum, split });
    }

    /// An image of the project that they come to: what looks like it goes to its split.
    pub fn beside(&mut self, look: Option<Look>, split: Split) {
        self.there.extend(look.map(|look| (look, split)));
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// The group of an image by its place.
    pub fn group(&self, at: usize) -> Option<&str> {
        self.group_of(self.images.get(at)?)
    }

    fn group_of(&self, image: &Arrival) -> Option<&str> {
        self.groups.get_index(image.group? as usize).map(String::as_str)
    }

    /// The split of each image: that of its group where the project has the group, else the source's own (what lies in
    /// none is trained on), else drawn from the seed. A group stays together whatever the source says; of those that are drawn
    /// pictures that look alike do, too.
    pub fn splits(
        &self,
        new: &NewProject,
        has_splits: bool,
        there: &[ImageRecord],
        conflicts: &mut Vec<String>,
    ) -> Vec<Split> {
        let of_group = self.splits_of_groups(has_splits, there, conflicts);
        let given = |image: &Arrival| match self.group_of(image).and_then(|group| of_group.get(group)) {
            Some(split) => Some(*split),
            None => has_splits.then(|| image.split.unwrap_or(Split::Train)),
        };
        let open: Vec<usize> =
            self.images.iter().enumerate().filter(|(_, image)| given(image).is_none()).map(|(at, _)| at).collect();
        let Together { names, followed } = self.together(&open);
        let open: Vec<usize> = open.into_iter().filter(|at| !followed.contains_key(at)).collect();
        let key = |at: usize| names.get(&at).map(String::as_str).or_else(|| self.group(at));
        let mut drawn = if self.findings.is_empty() {
            let stratum =
                |at: usize| self.images.get(at).and_then(|image| image.stratum).map(|stratum| stratum as usize);
            splits::assign(open.iter().map(|&at| (stratum(at), key(at))), new.ratios, new.seed).into_iter()
        } else {
            let findings = |at: usize| self.findings.get(at).map_or(&[][..], |findings| findings);
            splits::assign_findings(open.iter().map(|&at| (findings(at), key(at))), new.ratios, new.seed).into_iter()
        };
        let split = |(at, image): (usize, &Arrival)| {
            given(image).or_else(|| followed.get(&at).copied()).or_else(|| drawn.next()).unwrap_or(Split::Train)
        };
        self.images.iter().enumerate().map(split).collect()
    }

    /// Which of these places must stay together because their images look alike, with the groups that they are of, and which go
    /// to the split of an image of the project that they look like.
    fn together(&self, open: &[usize]) -> Together {
        let own = open.iter().map(|at| self.looks.get(*at).cloned().flatten());
        let looks: Vec<Option<Look>> = own.chain(self.there.iter().map(|(look, _)| Some(look.clone()))).collect();
        let mut alike = Sets::new(looks.len());
        similar::link_alike(&looks, &mut alike);
        let alike = alike.several();
        let mut together = Together::default();
        if alike.iter().all(|set| set.first().is_none_or(|first| *first >= open.len())) {
            return together;
        }
        let (mut sets, mut of_group) = (Sets::new(looks.len()), HashMap::new());
        for (place, at) in open.iter().enumerate() {
            if let Some(group) = self.group(*at) {
                sets.link(place, *of_group.entry(group).or_insert(place));
            }
        }
        for set in &alike {
            for pair in set.windows(2) {
                if let [a, b] = pair {
                    sets.link(*a, *b);
                }
            }
        }
        let touched: BTreeSet<usize> = alike.iter().flatten().map(|place| sets.first(*place)).collect();
        let mut splits: HashMap<usize, Split> = HashMap::new();
        for (place, (_, split)) in self.there.iter().enumerate() {
            // Toward the test: what was trained on may not be tested on, but not the other way round.
            let known = splits.entry(sets.first(open.len() + place)).or_insert(*split);
            *known = split.max(known).to_owned();
        }
        for (place, at) in open.iter().enumerate() {
            let first = sets.first(place);
            if let Some(split) = splits.get(&first) {
                together.followed.insert(*at, *split);
            } else if touched.contains(&first) {
                // By what the first is, so that the same images are divided alike; no group has a line break in its name.
                let group = open.get(first).and_then(|at| self.group(*at)).unwrap_or_default();
                together.names.insert(*at, format!("{group}\n{first}"));
            }
        }
        together
    }

    /// How many images of each class the splits that are not learned from hold, for those classes of which none is learned
    /// from: by the class that keeps splits even.
    pub fn never_learned(&self, splits: &[Split]) -> BTreeMap<usize, usize> {
        let (mut learned, mut others) = (BTreeSet::new(), BTreeMap::new());
        for (image, split) in self.images.iter().zip(splits) {
            match (image.stratum, split) {
                (Some(class), Split::Train) => drop(learned.insert(class as usize)),
                (Some(class), Split::Validation | Split::Test) => *others.entry(class as usize).or_default() += 1,
                (None, _) => {}
            }
        }
        others.retain(|class, _| !learned.contains(class));
        others
    }

    /// The splits of the groups that have one in the project or in the source.
    fn splits_of_groups<'a>(
        &'a self,
        has_splits: bool,
        there: &'a [ImageRecord],
        conflicts: &mut Vec<String>,
    ) -> HashMap<&'a str, Split> {
        let mut of_group: HashMap<&str, Split> = HashMap::new();
        for image in there {
            if let Some(group) = &image.group {
                let split = of_group.entry(group).or_insert(image.split);
                *split = image.split.max(*split);
            }
        }
        let known: BTreeSet<&str> = of_group.keys().copied().collect();
        let mut split_up: BTreeSet<&str> = BTreeSet::new();
        for image in self.images.iter().filter(|_| has_splits) {
            let (Some(group), Some(own)) = (self.group_of(image), image.split) else { continue };
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
        if !split_up.is_empty() {
            let names: Vec<&str> = split_up.iter().take(5).copied().collect();
            let more = if split_up.len() > names.len() { ", ..." } else { "" };
            conflicts.push(format!(
                "the source has images of one group in different splits, or not in that of the project ({}: {}{more}): \
                 each group is kept together, in the project's split or else the one nearest to the test",
                split_up.len(),
                names.join(", ")
            ));
        }
        of_group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageFacts, SplitRatios};

    #[test]
    fn pictures_that_look_alike_stay_in_one_split_with_the_groups_they_are_of() {
        let look = |hash: u64| {
            let facts = ImageFacts { perceptual_hash: Some(hash), brightness: vec![63; 16], ..ImageFacts::default() };
            Look::of(&facts, 64, 64)
        };
        for seed in 0..20 {
            let mut arrivals = Arrivals::of(12);
            for at in 0..12u64 {
                // The second and the ninth differ in one bit; the ninth and the last are of one patient.
                let apart = |at: u64| (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                arrivals.looks.push(look(if at == 8 { apart(1) ^ 1 } else { apart(at) }));
                let group = (at == 8 || at == 11).then(|| "P1".to_owned());
                arrivals.push(group, Some((at % 2) as usize), None);
            }
            let ratios = SplitRatios { train: 34.0, validation: 33.0, test: 33.0 };
            let new = NewProject { ratios, seed, ..NewProject::of("a", "b") };
            let splits = arrivals.splits(&new, false, &[], &mut Vec::new());
            assert!(splits[1] == splits[8] && splits[8] == splits[11], "seed {seed}: {splits:?}");
            assert!(Split::ALL.iter().all(|split| splits.contains(split)), "seed {seed}: {splits:?}");
            // One of the project that the second looks like: all three go where it is.
            arrivals.beside(look(2u64.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 2), Split::Test);
            let splits = arrivals.splits(&new, false, &[], &mut Vec::new());
            assert!([1, 8, 11].iter().all(|at| splits[*at] == Split::Test), "seed {seed}: {splits:?}");
        }
    }
}
