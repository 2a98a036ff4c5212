//! Dividing images into train, validation and test: stratified by class, groups kept together, seeded.
//!
//! Greedy assignment in the manner of iterative stratification (Sechidis et al. 2011, "On the stratification of
//! multi-label data"), over groups instead of images: each class first gets one group into every split, then the
//! larger groups go first, each to the split that lacks most of its classes.

mod findings;
pub mod planting;
pub mod reading;

pub use findings::assign_findings;

use crate::domain::{Split, SplitRatios};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// How much the overall sizes count beside those of single classes: little, just enough to even out roundings.
const OVERALL: f64 = 0.01;

/// What is kept together: the images of one group, or one image without a group.
struct Unit {
    /// A draw from the seed and the unit's name, so that the order of the input does not matter for groups.
    draw: u64,
    /// Where its images are among all members, and how many they are.
    first: u32,
    images: u32,
}

/// All units. There may be as many as images, so everything about them is in plain arrays.
struct Units {
    /// By falling size; those of one size as they drew.
    units: Vec<Unit>,
    /// The places of the images, those of one unit together.
    members: Vec<u32>,
    /// What each image is evened out by: its class, or that it has none.
    stratum: Vec<u32>,
    /// How many strata there are.
    strata: usize,
}

/// Assigns a split to each image, given its class and its group.
///
/// Images of one group never lie in two splits. Every class with at least as many groups as there are splits with a
/// ratio above 0 has one in each of them (unless groups of several classes make that impossible); a split with a ratio
/// of 0 gets nothing. Images without a class are a stratum of their own. The same input and seed give the same result;
/// for images with groups the order of the input does not matter. Ratios that are no positive numbers count as 0; if
/// all are, everything is for training.
pub fn assign<'a>(
    images: impl Iterator<Item = (Option<usize>, Option<&'a str>)> + Clone,
    ratios: SplitRatios,
    seed: u64,
) -> Vec<Split> {
    let shares = shares(ratios);
    let units = Units::of(images, seed);
    let mut need = Need::new(&units, shares);
    let mut chosen: Vec<Option<u8>> = vec![None; units.units.len()];
    one_of_each(&units, shares, &mut need, &mut chosen);
    let mut result = vec![Split::Train; units.members.len()];
    for (unit, chosen) in units.units.iter().zip(chosen) {
        let split = chosen.map_or_else(
            || {
                let split = need.greatest(&units, unit, shares);
                need.take(&units, unit, split);
                split
            },
            usize::from,
        );
        let split = Split::ALL.get(split).copied().unwrap_or(Split::Train);
        for &image in units.members(unit) {
            if let Some(place) = result.get_mut(image as usize) {
                *place = split;
            }
        }
    }
    result
}

/// Train, validation and test as shares of 1.
fn shares(ratios: SplitRatios) -> [f64; 3] {
    let parts = [ratios.train, ratios.validation, ratios.test].map(|r| if r.is_finite() { r.max(0.0) } else { 0.0 });
    let sum: f64 = parts.iter().sum();
    if sum > 0.0 { parts.map(|part| part / sum) } else { [1.0, 0.0, 0.0] }
}

impl Units {
    fn of<'a>(images: impl Iterator<Item = (Option<usize>, Option<&'a str>)> + Clone, seed: u64) -> Self {
        let count = images.clone().count();
        let mut strata: BTreeMap<Option<usize>, u32> = BTreeMap::new();
        // One by one: collected, all would be listed before those of one class become one.
        images.clone().for_each(|(class, _)| _ = strata.insert(class, 0));
        (0..).zip(strata.values_mut()).for_each(|(number, stratum)| *stratum = number);
        let mut units: Vec<Unit> = Vec::with_capacity(count);
        let (mut stratum, mut unit_of) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut groups: HashMap<&str, u32> = HashMap::new();
        let mut seen: HashMap<Option<usize>, usize> = HashMap::new();
        for (class, group) in images {
            stratum.push(strata.get(&class).copied().unwrap_or(0));
            let next = units.len() as u32;
            let (at, name) = match group {
                Some(group) => (*groups.entry(group).or_insert(next), format!("group {group}")),
                None => {
                    let ordinal = seen.entry(class).or_default();
                    *ordinal += 1;
                    (next, format!("image {ordinal} of {class:?}"))
                }
            };
            if at == next {
                units.push(Unit { draw: draw(seed, &name), first: 0, images: 0 });
            }
            if let Some(unit) = units.get_mut(at as usize) {
                unit.images += 1;
            }
            unit_of.push(at);
        }
        let members = by_unit(&mut units, &unit_of);
        units.sort_unstable_by(|a, b| b.images.cmp(&a.images).then_with(|| a.draw.cmp(&b.draw)));
        Self { units, members, stratum, strata: strata.len() }
    }

    /// The places of a unit's images.
    fn members(&self, unit: &Unit) -> &[u32] {
        self.members.get(unit.first as usize..(unit.first + unit.images) as usize).unwrap_or_default()
    }

    /// The strata of a unit's images, with the number of images of each.
    fn strata(&self, unit: &Unit) -> BTreeMap<usize, f64> {
        let mut counts = BTreeMap::new();
        for stratum in self.members(unit).iter().filter_map(|&image| self.stratum.get(image as usize)) {
            *counts.entry(*stratum as usize).or_default() += 1.0;
        }
        counts
    }
}

/// The places of the images, those of one unit together and in their order; tells the units where theirs are.
fn by_unit(units: &mut [Unit], unit_of: &[u32]) -> Vec<u32> {
    let mut end = 0;
    for unit in &mut *units {
        unit.first = end;
        end += unit.images;
    }
    let mut members = vec![0; unit_of.len()];
    for (image, &at) in (0..).zip(unit_of) {
        if let Some(unit) = units.get_mut(at as usize)
            && let Some(place) = members.get_mut(unit.first as usize)
        {
            *place = image;
            unit.first += 1;
        }
    }
    units.iter_mut().for_each(|unit| unit.first -= unit.images);
    members
}

/// What a unit of this name draws: the beginning of the digest, which is enough to tell all of them apart.
fn draw(seed: u64, name: &str) -> u64 {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name.as_bytes()).finalize();
    digest.iter().take(8).fold(0, |draw, byte| draw << 8 | u64::from(*byte))
}

/// How many images each split still lacks, by stratum and over all.
struct Need {
    /// `by_stratum[stratum][split]`
    by_stratum: Vec<[f64; 3]>,
    totals: Vec<f64>,
    overall: [f64; 3],
    total: f64,
}

impl Need {
    fn new(units: &Units, shares: [f64; 3]) -> Self {
        let mut totals = vec![0.0; units.strata];
        for &stratum in &units.stratum {
            if let Some(total) = totals.get_mut(stratum as usize) {
                *total += 1.0;
            }
        }
        let total: f64 = totals.iter().sum();
        let by_stratum = totals.iter().map(|total| shares.map(|share| share * total)).collect();
        Self { by_stratum, totals, overall: shares.map(|share| share * total), total }
    }

    fn take(&mut self, units: &Units, unit: &Unit, split: usize) {
        for (stratum, count) in units.strata(unit) {
            if let Some(need) = self.by_stratum.get_mut(stratum).and_then(|needs| needs.get_mut(split)) {
                *need -= count;
            }
            if let Some(need) = self.overall.get_mut(split) {
                *need -= count;
            }
        }
    }

    /// The split that lacks most of what the unit brings, as a share of each stratum.
    fn greatest(&self, units: &Units, unit: &Unit, shares: [f64; 3]) -> usize {
        let strata = units.strata(unit);
        let score = |split: usize| -> f64 {
            let by_stratum = strata.iter().map(|(stratum, count)| {
                let need = self.by_stratum.get(*stratum).map_or(0.0, |needs| needs[split]);
                count * need / self.totals.get(*stratum).copied().unwrap_or(1.0).max(1.0)
            });
            let overall = f64::from(unit.images) * self.overall[split] / self.total.max(1.0);
            by_stratum.sum::<f64>() + OVERALL * overall
        };
        let open = (0..3).filter(|&split| shares[split] > 0.0);
        open.max_by(|&a, &b| score(a).total_cmp(&score(b)).then(b.cmp(&a))).unwrap_or(0)
    }
}

/// Gives every stratum one unit in each open split, rarest stratum first and smallest unit first, where it has enough.
fn one_of_each(units: &Units, shares: [f64; 3], need: &mut Need, chosen: &mut [Option<u8>]) {
    let mut counts = vec![0; units.strata];
    // Twice, so that each list is as long as it must be.
    let each = || (0..).zip(&units.units).flat_map(|(at, unit)| units.strata(unit).into_keys().map(move |s| (at, s)));
    for (_, stratum) in each() {
        if let Some(count) = counts.get_mut(stratum) {
            *count += 1;
        }
    }
    let mut having: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (index, stratum) in each() {
        if let Some(list) = having.get_mut(stratum) {
            list.push(index);
        }
    }
    having.sort_by_key(Vec::len);
    let open: Vec<u8> = [2, 1, 0].into_iter().filter(|&split| shares[usize::from(split)] > 0.0).collect();
    for list in having.iter().filter(|list| list.len() >= open.len()) {
        for &split in &open {
            let of = |index: u32| chosen.get(index as usize).copied().flatten();
            let there = list.iter().any(|&index| of(index) == Some(split));
            // Units are sorted by falling size: the last free one is among the smallest.
            let free = list.iter().rev().find(|&&index| of(index).is_none());
            if let (false, Some(&index)) = (there, free)
                && let (Some(unit), Some(place)) = (units.units.get(index as usize), chosen.get_mut(index as usize))
            {
                need.take(units, unit, usize::from(split));
                *place = Some(split);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATIOS: SplitRatios = SplitRatios { train: 80.0, validation: 10.0, test: 10.0 };

    fn count(splits: &[Split], images: &[(Option<usize>, Option<&str>)], class: Option<usize>) -> [usize; 3] {
        let of = |split| splits.iter().zip(images).filter(|(s, i)| **s == split && i.0 == class).count();
        [of(Split::Train), of(Split::Validation), of(Split::Test)]
    }

    #[test]
    fn every_class_keeps_its_share() {
        for sizes in [[240, 240], [7, 393], [100, 31], [3, 3]] {
            let images: Vec<_> = (0..2).flat_map(|c| std::iter::repeat_n((Some(c), None), sizes[c])).collect();
            let splits = assign(images.iter().copied(), RATIOS, 1);
            for (class, size) in sizes.into_iter().enumerate() {
                let counts = count(&splits, &images, Some(class));
                assert!(counts.iter().all(|&n| n > 0), "{sizes:?}: class {class} has {counts:?}");
                for (n, share) in counts.into_iter().zip([0.8, 0.1, 0.1]) {
                    let off = (n as f64 - share * size as f64).abs();
                    assert!(off < 1.0 || size < 20, "{sizes:?}: class {class} has {counts:?}");
                }
            }
        }
    }

    #[test]
    fn roundings_of_many_classes_do_not_add_up() {
        let images: Vec<_> = (0..20).flat_map(|class| std::iter::repeat_n((Some(class), None), 14)).collect();
        let splits = assign(images.iter().copied(), RATIOS, 3);
        let of = |split| splits.iter().filter(|s| **s == split).count();
        assert!((26..=30).contains(&of(Split::Validation)), "{} for validation", of(Split::Validation));
        assert!((26..=30).contains(&of(Split::Test)), "{} for test", of(Split::Test));
    }

    fn patients() -> Vec<(Option<usize>, String)> {
        // 90 patients with 1 to 6 images of mostly one class, some of two.
        (0..90usize)
            .flat_map(|p| {
                (0..1 + p * 7 % 6).map(move |i| (Some(if i == 4 { (p + 1) % 3 } else { p % 3 }), format!("p{p}")))
            })
            .collect()
    }

    fn borrowed(images: &[(Option<usize>, String)]) -> Vec<(Option<usize>, Option<&str>)> {
        images.iter().map(|(class, group)| (*class, Some(group.as_str()))).collect()
    }

    #[test]
    fn a_group_never_lies_in_two_splits() {
        let images = patients();
        let images = borrowed(&images);
        for seed in 0..20 {
            let splits = assign(images.iter().copied(), RATIOS, seed);
            let mut of: HashMap<&str, Split> = HashMap::new();
            for ((_, group), split) in images.iter().zip(&splits) {
                assert_eq!(of.entry(group.unwrap()).or_insert(*split), split);
            }
            for class in 0..3 {
                let counts = count(&splits, &images, Some(class));
                let total: usize = counts.iter().sum();
                for (n, share) in counts.into_iter().zip([0.8, 0.1, 0.1]) {
                    assert!((n as f64 / total as f64 - share).abs() < 0.05, "seed {seed}, class {class}: {counts:?}");
                }
            }
        }
    }

    #[test]
    fn the_order_of_grouped_images_does_not_matter_but_the_seed_does() {
        let images = patients();
        let forward = assign(borrowed(&images).into_iter(), RATIOS, 5);
        let mut turned = images.clone();
        turned.reverse();
        let mut backward = assign(borrowed(&turned).into_iter(), RATIOS, 5);
        backward.reverse();
        assert_eq!(forward, backward);
        assert_ne!(forward, assign(borrowed(&images).into_iter(), RATIOS, 6));
    }

    #[test]
    fn the_same_images_and_seed_give_the_same_split_in_every_version() {
        let images: Vec<(Option<usize>, Option<String>)> = (0..60usize)
            .map(|at| ((at % 7 != 0).then_some(at % 3), (at % 4 == 0).then(|| format!("p{}", at / 9))))
            .collect();
        let borrowed = images.iter().map(|(class, group)| (*class, group.as_deref()));
        let splits = assign(borrowed, SplitRatios { train: 60.0, validation: 20.0, test: 20.0 }, 42);
        // What tests/reference/split.py makes of the same.
        let letters: String = splits.iter().filter_map(|split| split.name().chars().nth(1)).collect();
        assert_eq!(letters, "raerrrarrrrrrreerarrrrrrrrreraaaraeeraeeraarrrearaerrrreraer");
    }

    #[test]
    fn a_split_without_a_ratio_stays_empty_and_nonsense_trains() {
        let images = vec![(Some(0), None); 30];
        let none = SplitRatios { train: 70.0, validation: 0.0, test: 30.0 };
        assert_eq!(count(&assign(images.iter().copied(), none, 1), &images, Some(0)), [21, 0, 9]);
        let nonsense = SplitRatios { train: 0.0, validation: f64::NAN, test: -4.0 };
        assert_eq!(count(&assign(images.iter().copied(), nonsense, 1), &images, Some(0)), [30, 0, 0]);
        assert!(assign(std::iter::empty(), RATIOS, 1).is_empty());
    }

    #[test]
    fn images_without_a_class_are_spread_as_well() {
        let images: Vec<_> = (0..100).map(|i| (if i < 50 { None } else { Some(1) }, None)).collect();
        assert_eq!(count(&assign(images.iter().copied(), RATIOS, 8), &images, None), [40, 5, 5]);
    }
}
