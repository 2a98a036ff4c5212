//! Dividing images with several findings each: iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the
//! stratification of multi-label data", section 4) over groups instead of images.
//!
//! The finding with the fewest images left comes first. Each group that has it goes to the split that lacks most images with
//! it; where several lack as many, to that of them which lacks most images; where these are still several, one is drawn.
//! What has no finding comes last and goes where most images are lacking. The paper leaves the order of the images of a
//! finding open; here groups go first that have more images with it, then those with more images, then as they drew, since a
//! large group that comes late cannot be made up for.

use super::{Unit, by_unit, draw, shares};
use crate::domain::{Split, SplitRatios};
use std::collections::{BTreeMap, HashMap};

/// Lacks that differ by less than this share of all images are equal: what differs is rounding.
const EQUAL: f64 = 1e-9;

/// Assigns a split to each image, given what is said of each finding and the image's group.
///
/// `Some(true)` is a finding that is there; one that is not and one that was not looked at (`None`, or a row that ends
/// before it) count alike, as nothing to even out. Images of one group never lie in two splits; a split with a ratio of 0
/// gets nothing. The same input and seed give the same result; for images with groups the order of the input does not
/// matter. Ratios that are no positive numbers count as 0; if all are, everything is for training.
///
/// Unlike [`super::assign`] this does not put one group of each finding into every split first: of a finding that few
/// groups have a small split may get none.
pub fn assign_findings<'a>(
    images: impl Iterator<Item = (&'a [Option<bool>], Option<&'a str>)>,
    ratios: SplitRatios,
    seed: u64,
) -> Vec<Split> {
    let units = Units::of(images, seed);
    let mut lack = Lack::new(&units, shares(ratios));
    let mut chosen: Vec<Option<u8>> = vec![None; units.units.len()];
    while let Some(finding) = lack.rarest(seed) {
        // In the order of the units, so that a stable sort leaves those of one count by size and draw.
        let mut with: Vec<(u32, u32)> = units.with.get(finding).cloned().unwrap_or_default();
        with.retain(|(unit, _)| chosen.get(*unit as usize).is_some_and(Option::is_none));
        with.sort_by_key(|(_, images)| std::cmp::Reverse(*images));
        for (unit, _) in with {
            lack.place(&units, unit as usize, Some(finding), &mut chosen);
        }
    }
    for unit in 0..units.units.len() {
        if chosen.get(unit).is_some_and(Option::is_none) {
            lack.place(&units, unit, None, &mut chosen);
        }
    }
    give_each_one(&units, shares(ratios), &mut chosen);
    let mut result = vec![Split::Train; units.members.len()];
    for (unit, chosen) in units.units.iter().zip(chosen) {
        let split = chosen.and_then(|split| Split::ALL.get(usize::from(split)).copied()).unwrap_or(Split::Train);
        for &image in units.members.get(unit.first as usize..(unit.first + unit.images) as usize).unwrap_or_default() {
            if let Some(place) = result.get_mut(image as usize) {
                *place = split;
            }
        }
    }
    result
}

/// A split that is wanted and got nothing takes the smallest unit of the split with the most, where that keeps one: the
/// paper's rule leaves small splits of few images empty, and nothing could be judged by them.
fn give_each_one(units: &Units, shares: [f64; 3], chosen: &mut [Option<u8>]) {
    let count = |chosen: &[Option<u8>], split: u8| chosen.iter().filter(|of| **of == Some(split)).count();
    for (split, _) in (0u8..).zip(shares).filter(|(_, share)| *share > 0.0) {
        if count(chosen, split) > 0 {
            continue;
        }
        let Some(donor) = (0u8..3).max_by_key(|donor| count(chosen, *donor)).filter(|d| count(chosen, *d) > 1) else {
            continue;
        };
        let of_donor = units.units.iter().zip(chosen.iter_mut()).filter(|(_, of)| **of == Some(donor));
        if let Some((_, of)) = of_donor.min_by_key(|(unit, _)| unit.images) {
            *of = Some(split);
        }
    }
}

/// All units. There may be as many as images, so everything about them is in plain arrays.
struct Units {
    /// By falling size; those of one size as they drew.
    units: Vec<Unit>,
    /// The places of the images, those of one unit together.
    members: Vec<u32>,
    /// Of each unit: its findings, with the number of its images that have each.
    findings: Vec<Vec<(u32, u32)>>,
    /// The same of each finding: its units, in their order.
    with: Vec<Vec<(u32, u32)>>,
}

impl Units {
    fn of<'a>(images: impl Iterator<Item = (&'a [Option<bool>], Option<&'a str>)>, seed: u64) -> Self {
        let (mut units, mut unit_of, mut present) = (Vec::new(), Vec::new(), Vec::new());
        let mut groups: HashMap<&str, u32> = HashMap::new();
        let mut seen: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut count = 0;
        for (statements, group) in images {
            count = count.max(statements.len());
            let has: Vec<u32> = (0..).zip(statements).filter(|(_, is)| **is == Some(true)).map(|(at, _)| at).collect();
            let next = units.len() as u32;
            let (at, name) = match group {
                Some(group) => (*groups.entry(group).or_insert(next), format!("group {group}")),
                None => {
                    let ordinal = seen.entry(has.clone()).or_default();
                    *ordinal += 1;
                    (next, format!("image {ordinal} of {has:?}"))
                }
            };
            if at == next {
                units.push(Unit { draw: draw(seed, &name), first: 0, images: 0 });
            }
            if let Some(unit) = units.get_mut(at as usize) {
                unit.images += 1;
            }
            unit_of.push(at);
            present.push(has);
        }
        let members = by_unit(&mut units, &unit_of);
        units.sort_unstable_by(|a, b| b.images.cmp(&a.images).then_with(|| a.draw.cmp(&b.draw)));
        let mut findings = Vec::with_capacity(units.len());
        let mut with = vec![Vec::new(); count];
        for (number, unit) in (0..).zip(&units) {
            let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
            let images = members.get(unit.first as usize..(unit.first + unit.images) as usize).unwrap_or_default();
            for finding in images.iter().filter_map(|image| present.get(*image as usize)).flatten() {
                *counts.entry(*finding).or_default() += 1;
            }
            for (finding, images) in &counts {
                if let Some(with) = with.get_mut(*finding as usize) {
                    with.push((number, *images));
                }
            }
            findings.push(counts.into_iter().collect());
        }
        Self { units, members, findings, with }
    }
}

/// Images that a split should get, and how many it has: of one finding, or of all.
struct Wanted {
    total: f64,
    taken: [f64; 3],
}

impl Wanted {
    fn lack(&self, share: f64, split: usize) -> f64 {
        share * self.total - self.taken.get(split).copied().unwrap_or_default()
    }

    fn left(&self) -> f64 {
        self.total - self.taken.iter().sum::<f64>()
    }
}

/// What each split still lacks.
struct Lack {
    shares: [f64; 3],
    by_finding: Vec<Wanted>,
    overall: Wanted,
}

impl Lack {
    fn new(units: &Units, shares: [f64; 3]) -> Self {
        let wanted = |total: f64| Wanted { total, taken: [0.0; 3] };
        let of_finding = |with: &Vec<(u32, u32)>| wanted(with.iter().map(|(_, images)| f64::from(*images)).sum());
        let by_finding = units.with.iter().map(of_finding).collect();
        Self { shares, by_finding, overall: wanted(units.members.len() as f64) }
    }

    /// The finding with the fewest images that have no split yet, but at least one.
    fn rarest(&self, seed: u64) -> Option<usize> {
        let left = |at: &usize| self.by_finding.get(*at).map_or(0.0, Wanted::left);
        let drawn = |at: &usize| draw(seed, &format!("finding {at}"));
        let open = (0..self.by_finding.len()).filter(|at| left(at) > 0.0);
        open.min_by(|a, b| left(a).total_cmp(&left(b)).then_with(|| drawn(a).cmp(&drawn(b))))
    }

    /// Puts a unit where most is lacking.
    fn place(&mut self, units: &Units, unit: usize, finding: Option<usize>, chosen: &mut [Option<u8>]) {
        let Some(one) = units.units.get(unit) else { return };
        let mut open: Vec<u8> = (0..3).filter(|split| self.share(*split) > 0.0).collect();
        let first = finding.and_then(|finding| self.by_finding.get(finding));
        for wanted in first.into_iter().chain([&self.overall]) {
            let lack = |split: &u8| wanted.lack(self.share(*split), usize::from(*split));
            let most = open.iter().map(lack).fold(f64::NEG_INFINITY, f64::max);
            open.retain(|split| lack(split) >= most - EQUAL * wanted.total.max(1.0));
        }
        let split = open.into_iter().max_by_key(|split| draw(one.draw, &format!("split {split}"))).unwrap_or(0);
        if let Some(place) = chosen.get_mut(unit) {
            *place = Some(split);
        }
        let split = usize::from(split);
        for (finding, images) in units.findings.get(unit).into_iter().flatten() {
            let taken = self.by_finding.get_mut(*finding as usize).and_then(|wanted| wanted.taken.get_mut(split));
            if let Some(taken) = taken {
                *taken += f64::from(*images);
            }
        }
        if let Some(taken) = self.overall.taken.get_mut(split) {
            *taken += f64::from(one.images);
        }
    }

    fn share(&self, split: u8) -> f64 {
        self.shares.get(usize::from(split)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
