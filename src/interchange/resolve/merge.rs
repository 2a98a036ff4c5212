//! Copies of one picture become one image, which has what was said of all of them.

use super::settle::{SHOWN, Settling};
use crate::domain::Split;
use crate::domain::class_list::{folded, means_nothing_to_find};
use crate::interchange::model::draft::DraftSaid;
use crate::interchange::model::reading::{ReadImage, Said};
use crate::interchange::model::spill::{SpillError, Spilled};
use crate::interchange::resolve::findings::Contradictions;
use crate::interchange::resolve::frame::Votes;
use crate::interchange::resolve::named::Taken;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

impl Settling {
    /// Of one reader's several labels the latest counts; where no time tells, none does.
    fn settle_contradictions(&mut self, name: &str, said: &mut Vec<Said>) {
        let mut by_reader: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
        for (at, one) in said.iter().enumerate().filter(|(_, s)| s.label.is_some()) {
            by_reader.entry(one.reader.clone()).or_default().push(at);
        }
        for (reader, places) in by_reader {
            let labels: HashSet<&str> = places.iter().filter_map(|at| said.get(*at)?.label.as_deref()).collect();
            let times: HashSet<Option<i64>> = places.iter().filter_map(|at| said.get(*at)).map(|s| s.time_ms).collect();
            let different: HashSet<String> = labels.iter().map(|label| folded(label)).collect();
            if different.len() < 2 || (times.len() == places.len() && !times.contains(&None)) {
                continue;
            }
            let mut labels: Vec<&str> = labels.into_iter().collect();
            labels.sort_unstable();
            let who = reader.map_or_else(String::new, |reader| format!(" by {reader}"));
            self.draft.conflicts.push(format!(
                "{name} is labelled{who} as {}: it is taken without that label; say which class it is, or import them \
                 as several findings an image (--findings).",
                labels.join(" and as ")
            ));
            for at in places {
                if let Some(one) = said.get_mut(at) {
                    one.label = None;
                }
            }
        }
        said.retain(|one| !one.is_empty());
        said.sort_by_key(|one| one.time_ms);
    }

    /// The names of all findings that the source has: those of its tables, and those that any image is said something of.
    fn all_findings(&self, seen: &Spilled<Taken>) -> Vec<String> {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut add = |name: &str| {
            names.entry(folded(name)).or_insert_with(|| name.to_owned());
        };
        self.draft.classes.iter().for_each(|name| add(name));
        for taken in seen.iter().flatten() {
            for said in &taken.image.said {
                said.label.iter().for_each(|name| add(name));
                said.findings.iter().for_each(|(name, _)| add(name));
            }
        }
        names.into_values().filter(|name| !means_nothing_to_find(name)).collect()
    }

    /// One image of each content: the copy in the strictest split, so that nothing leaks into training, and of those one
    /// that is labelled, else the first. The others hand what is said of them over to it.
    pub(super) fn merge(
        &mut self,
        seen: &Spilled<Taken>,
        copies: &BTreeMap<usize, Vec<usize>>,
        votes: &Votes,
        images: &mut Spilled<ReadImage>,
    ) -> Result<(), SpillError> {
        let mut kept: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut gone: HashSet<usize> = HashSet::new();
        for (first, others) in copies {
            let places: Vec<usize> = std::iter::once(*first).chain(others.iter().copied()).collect();
            let mut best = (*first, None);
            for at in &places {
                let taken = seen.get(*at)?;
                let labelled = taken.image.said.iter().any(DraftSaid::is_about_the_whole);
                let preference = Some((taken.image.split, labelled));
                if preference > best.1 {
                    best = (*at, preference);
                }
            }
            gone.extend(places.iter().copied().filter(|at| *at != best.0));
            kept.insert(best.0, places);
        }
        // A number for each name. Two names of one number are one in billions, and then one of them gets a number more.
        let (mut names, hasher) = (HashSet::with_capacity(seen.len()), RandomState::new());
        let (mut contradictions, all) = (Contradictions::default(), OnceCell::new());
        for (at, taken) in seen.iter().enumerate() {
            if gone.contains(&at) {
                continue;
            }
            let mut image = self.image(taken?.into_owned(), votes);
            if let Some(places) = kept.get(&at) {
                let mut others = Vec::with_capacity(places.len());
                for place in places.iter().filter(|place| **place != at) {
                    others.push(self.image(seen.get(*place)?.into_owned(), votes));
                }
                self.take_over(&mut image, others);
            }
            if self.findings {
                let all = || all.get_or_init(|| self.all_findings(seen)).clone();
                contradictions.join(&image.name, &mut image.said, &all);
            } else {
                self.settle_contradictions(&image.name, &mut image.said);
            }
            let wanted = image.name.clone();
            for number in 2.. {
                if names.insert(hasher.hash_one(&image.name)) {
                    break;
                }
                image.name = format!("{wanted} ({number})");
            }
            if image.truncated {
                self.cut_short.0 += 1;
                self.cut_short.1.extend(Some(image.name.clone()).filter(|_| self.cut_short.0 <= SHOWN));
            }
            images.push(image);
        }
        contradictions.told(&mut self.draft);
        Ok(())
    }

    /// Adds what is said of copies to what is said of the image.
    fn take_over(&mut self, into: &mut ReadImage, copies: Vec<ReadImage>) {
        let mut splits: Vec<Split> = copies.iter().filter_map(|copy| copy.split).chain(into.split).collect();
        splits.sort_unstable();
        splits.dedup();
        if splits.len() > 1 {
            let splits: Vec<&str> = splits.iter().map(|split| split.name()).collect();
            let names: Vec<&str> = std::iter::once(&*into.name).chain(copies.iter().map(|copy| &*copy.name)).collect();
            self.draft.conflicts.push(format!(
                "{} are the same picture, in the splits {}: it is taken once, for {}, so that nothing leaks.",
                names.join(" and "),
                splits.join(" and "),
                splits.last().copied().unwrap_or_default()
            ));
        }
        for copy in copies {
            let why = format!("the same picture as {}, which has what was said of both", into.name);
            self.draft.leave_out(copy.name, why);
            into.split = into.split.max(copy.split);
            into.group = into.group.take().or(copy.group);
            for said in copy.said {
                if !into.said.contains(&said) {
                    into.said.push(said);
                }
            }
            for marked in copy.facts.box_marks {
                if !into.facts.box_marks.contains(&marked) {
                    into.facts.box_marks.push(marked);
                }
            }
            for measured in copy.measured {
                if !into.measured.contains(&measured) {
                    into.measured.push(measured);
                }
            }
        }
    }
}
