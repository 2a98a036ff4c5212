//! Copies of one picture become one image, which has what was said of all of them.

use super::settle::{SHOWN, Settling};
use crate::domain::class_list::folded;
use crate::domain::{Presence, Split};
use crate::interchange::model::draft::DraftSaid;
use crate::interchange::model::reading::{ReadImage, Said};
use crate::interchange::model::spill::{SpillError, Spilled};
use crate::interchange::resolve::frame::Votes;
use crate::interchange::resolve::named::Taken;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

fn is_present((_, presence): &(String, Presence)) -> bool {
    *presence == Presence::Present
}

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
                "{name} is labelled{who} as {}: it is taken without that label; say which class it is, or import with \
                 --findings where an image may have several.",
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

    /// What one reader says of an image's findings at one time, in several places, is one statement; of what contradicts
    /// itself nothing is taken.
    fn join_findings(&mut self, name: &str, said: &mut Vec<Said>) {
        let mut joined: Vec<Said> = Vec::with_capacity(said.len());
        for mut one in std::mem::take(said) {
            let same = |before: &&mut Said| {
                before.reader == one.reader && before.time_ms == one.time_ms && before.is_about_findings()
            };
            if one.is_about_findings()
                && let Some(before) = joined.iter_mut().find(same)
            {
                let none = |said: &Said| said.findings.is_empty() && said.others_absent;
                if none(before) != none(&one) && before.findings.iter().chain(&one.findings).any(is_present) {
                    self.draft.conflicts.push(format!(
                        "{name} is said to have no finding, and some: those that are named are taken; look which is right."
                    ));
                }
                before.findings.append(&mut one.findings);
                before.others_absent |= std::mem::take(&mut one.others_absent);
            }
            joined.push(one);
        }
        for one in joined.iter_mut().filter(|one| one.findings.len() > 1) {
            self.settle_findings(name, one);
        }
        joined.retain(|one| !one.is_empty());
        joined.sort_by_key(|one| one.time_ms);
        *said = joined;
    }

    /// Each finding once, and none of which two things are said.
    fn settle_findings(&mut self, name: &str, said: &mut Said) {
        let mut known: Vec<(String, Presence)> = Vec::with_capacity(said.findings.len());
        let mut contradicted: Vec<String> = Vec::new();
        for (finding, presence) in std::mem::take(&mut said.findings) {
            match known.iter().find(|(before, _)| *before == finding) {
                None => known.push((finding, presence)),
                Some((_, before)) if *before == presence => {}
                Some(_) => contradicted.push(finding),
            }
        }
        if !contradicted.is_empty() {
            known.retain(|(finding, _)| !contradicted.contains(finding));
            // What nothing is taken of is not absent either.
            said.others_absent = false;
            self.draft.conflicts.push(format!(
                "{name}: different things are said of {}: nothing is taken of it; say whether it is present.",
                contradicted.join(", ")
            ));
        }
        said.findings = known;
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
                self.join_findings(&image.name, &mut image.said);
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
