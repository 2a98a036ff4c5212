//! What several places say of one image's findings comes together, and of what they contradict each other nothing is taken.

use super::settle::SHOWN;
use crate::domain::Presence;
use crate::domain::class_list::folded;
use crate::interchange::model::draft::Draft;
use crate::interchange::model::reading::Said;
use std::collections::{BTreeMap, BTreeSet};

/// Images of a kind: how many, and the names of the first.
#[derive(Default)]
struct Images {
    count: usize,
    first: Vec<String>,
}

impl Images {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(name.to_owned());
        }
    }

    fn text(&self) -> String {
        let more = self.count.saturating_sub(self.first.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let images = if self.count == 1 { "1 image".to_owned() } else { format!("{} images", self.count) };
        format!("{images} ({}{more})", self.first.join(", "))
    }
}

/// Images of which places contradict each other, and which.
#[derive(Default)]
pub struct Contradictions {
    /// By the tables that speak of the image and the finding.
    different: BTreeMap<(BTreeSet<String>, String), Images>,
    none_and_some: Images,
}

impl Contradictions {
    /// Makes one statement of what each reader says of an image's findings at one time, in several places. `all` gives the
    /// names of all findings.
    pub fn join(&mut self, name: &str, said: &mut Vec<Said>, all: &dyn Fn() -> Vec<String>) {
        let mut joined: Vec<Said> = Vec::with_capacity(said.len());
        let mut places: Vec<(usize, Vec<Said>)> = Vec::new();
        let mut none_and_some = false;
        for mut one in std::mem::take(said) {
            none_and_some |= std::mem::take(&mut one.also_none);
            if one.is_about_findings() {
                let of = Said {
                    findings: std::mem::take(&mut one.findings),
                    others_absent: std::mem::take(&mut one.others_absent),
                    table: one.table.take(),
                    ..Said::default()
                };
                let same = |(at, _): &&mut (usize, Vec<Said>)| {
                    joined.get(*at).is_some_and(|known| known.reader == one.reader && known.time_ms == one.time_ms)
                };
                match places.iter_mut().find(same) {
                    Some((_, before)) => before.push(of),
                    None => places.push((joined.len(), vec![of])),
                }
            }
            joined.push(one);
        }
        for (at, places) in places {
            none_and_some |= is_none_and_some(&places);
            if let Some(into) = joined.get_mut(at) {
                (into.findings, into.others_absent) = self.settled(name, &places, all);
            }
        }
        if none_and_some {
            self.none_and_some.add(name);
        }
        joined.retain(|one| !one.is_empty());
        joined.sort_by_key(|one| one.time_ms);
        *said = joined;
    }

    /// Each finding once, and none of which two things are said.
    fn settled(
        &mut self,
        name: &str,
        places: &[Said],
        all: &dyn Fn() -> Vec<String>,
    ) -> (Vec<(String, Presence)>, bool) {
        let mut known: BTreeMap<String, (usize, &str, BTreeSet<Presence>)> = BTreeMap::new();
        for (finding, presence) in places.iter().flat_map(|place| &place.findings) {
            let order = known.len();
            let (_, _, says) = known.entry(folded(finding)).or_insert((order, finding, BTreeSet::new()));
            says.insert(*presence);
        }
        // A row of a table says of those that it does not name that they are absent; of a list of single ones another line
        // may name them.
        for place in places.iter().filter(|place| place.table.is_some() && place.others_absent) {
            let named: BTreeSet<String> = place.findings.iter().map(|(finding, _)| folded(finding)).collect();
            for (_, (_, _, says)) in known.iter_mut().filter(|(finding, _)| !named.contains(*finding)) {
                says.insert(Presence::Absent);
            }
        }
        let mut others_absent = places.iter().any(|place| place.others_absent);
        let mut in_order: Vec<(usize, &str, BTreeSet<Presence>)> = known.into_values().collect();
        in_order.sort_by_key(|(order, ..)| *order);
        let (mut findings, mut contradicted) = (Vec::with_capacity(in_order.len()), BTreeSet::new());
        for (_, finding, says) in in_order {
            match (says.first(), says.len()) {
                (Some(presence), 1) => findings.push((finding.to_owned(), *presence)),
                _ => {
                    contradicted.insert(folded(finding));
                    let tables = places.iter().filter_map(|place| place.table.clone()).collect();
                    self.different.entry((tables, finding.to_owned())).or_default().add(name);
                }
            }
        }
        if others_absent && !contradicted.is_empty() {
            // That of which nothing is taken is not absent either: the others are, by their names.
            others_absent = false;
            let named: BTreeSet<String> = findings.iter().map(|(finding, _)| folded(finding)).collect();
            let others = all().into_iter().filter(|finding| {
                let finding = folded(finding);
                !named.contains(&finding) && !contradicted.contains(&finding)
            });
            findings.extend(others.map(|finding| (finding, Presence::Absent)));
        }
        (findings, others_absent)
    }

    /// A sentence for each kind.
    pub fn told<Images>(self, draft: &mut Draft<Images>) {
        for ((tables, finding), images) in self.different {
            let tables: Vec<String> = tables.into_iter().collect();
            let (who, mend) = match tables.as_slice() {
                [] => ("Different things are said of".to_owned(), "say whether it is present".to_owned()),
                [one] => (format!("{one} says different things of"), "correct its rows, and import again".to_owned()),
                [.., last] => (
                    format!("{} say different things of", tables.join(" and ")),
                    format!("correct one of them, or leave one out, as with --exclude \"{last}\", and import again"),
                ),
            };
            draft
                .conflicts
                .push(format!("{who} {finding} on {}: nothing is taken of it there; {mend}.", images.text()));
        }
        if self.none_and_some.count > 0 {
            let is = if self.none_and_some.count == 1 { "is" } else { "are" };
            draft.conflicts.push(format!(
                "{} {is} said to have no finding, and some: those that are named are taken; look which is right.",
                self.none_and_some.text()
            ));
        }
    }
}

/// Whether one place says that there is no finding and another names some that are present. Rows of tables that say so of
/// each finding are told finding by finding.
fn is_none_and_some(places: &[Said]) -> bool {
    let none = |said: &&Said| said.findings.is_empty() && said.others_absent && said.table.is_none();
    let present = |(_, presence): &(String, Presence)| *presence == Presence::Present;
    places.iter().any(|said| none(&said)) && places.iter().any(|said| said.findings.iter().any(present))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Presence::{Absent, Present, Uncertain};

    fn said(table: Option<&str>, findings: &[(&str, Presence)], others_absent: bool) -> Said {
        Said {
            table: table.map(str::to_owned),
            findings: findings.iter().map(|(name, presence)| ((*name).to_owned(), *presence)).collect(),
            others_absent,
            ..Said::default()
        }
    }

    /// What is taken of an image, and what is told.
    fn joined(places: &[Said]) -> (Vec<Said>, Vec<String>) {
        let (mut contradictions, mut places, mut draft) =
            (Contradictions::default(), places.to_vec(), Draft::default());
        let all = || ["Mass", "Edema", "Effusion"].map(str::to_owned).into();
        contradictions.join("a.png", &mut places, &all);
        contradictions.told::<()>(&mut draft);
        (places, draft.conflicts)
    }

    #[test]
    fn rows_that_contradict_each_other_are_taken_where_they_agree() {
        let here = said(Some("a.csv"), &[("Mass", Present)], true);
        let (taken, told) = joined(&[here.clone(), said(Some("b.csv"), &[("Edema", Present)], true)]);
        assert_eq!(taken, [said(None, &[("Effusion", Absent)], false)]);
        for (told, finding) in told.iter().zip(["Edema", "Mass"]) {
            assert!(told.starts_with(&format!("a.csv and b.csv say different things of {finding} on 1 image (a.png)")));
            assert!(told.contains("--exclude \"b.csv\""), "{told}");
        }
        assert_eq!(told.len(), 2);
        // None of any, against one that is present: of the two the others are absent.
        let (taken, told) = joined(&[here.clone(), said(Some("a.csv"), &[], true)]);
        assert_eq!(taken, [said(None, &[("Edema", Absent), ("Effusion", Absent)], false)]);
        assert!(told[0].starts_with("a.csv says different things of Mass on 1 image"), "{told:?}");
        let (_, told) = joined(&[here.clone(), said(Some("b.csv"), &[("mass ", Uncertain)], false)]);
        assert_eq!(told.len(), 1, "names that differ in case or blanks are one: {told:?}");
        // The same again, and a table of other findings that names its own.
        let other = said(Some("b.csv"), &[("Edema", Uncertain), ("Effusion", Absent)], false);
        let named = said(Some("a.csv"), &[("Mass", Present)], false);
        let (taken, told) = joined(&[named.clone(), named, other]);
        assert_eq!(taken, [said(None, &[("Mass", Present), ("Edema", Uncertain), ("Effusion", Absent)], false)]);
        assert!(told.is_empty(), "{told:?}");
    }

    #[test]
    fn single_names_say_together_what_there_is() {
        let one = |name: &str| said(None, &[(name, Present)], true);
        let (taken, told) = joined(&[one("Mass"), one("Edema")]);
        assert_eq!(taken, [said(None, &[("Mass", Present), ("Edema", Present)], true)]);
        assert!(told.is_empty(), "{told:?}");
        let (taken, told) = joined(&[one("Mass"), said(None, &[], true)]);
        assert_eq!(taken, [one("Mass")]);
        assert!(told[0].starts_with("1 image (a.png) is said to have no finding, and some"), "{told:?}");
        let (_, told) = joined(&[Said { also_none: true, ..one("Mass") }]);
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn readers_and_times_are_statements_of_their_own() {
        let of = |reader: &str, time_ms, presence| Said {
            reader: Some(reader.to_owned()),
            time_ms,
            ..said(Some("t.csv"), &[("Mass", presence)], false)
        };
        let (taken, told) = joined(&[of("A", None, Present), of("B", None, Absent), of("B", Some(5), Present)]);
        assert_eq!((taken.len(), told.len()), (3, 0));
    }
}
