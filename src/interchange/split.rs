//! Dividing images into train, validation and test: stratified by class, groups kept together, seeded.
//!
//! Greedy assignment in the manner of iterative stratification (Sechidis et al. 2011, "On the stratification of
//! multi-label data"), over groups instead of images: each class first gets one group into every split, then the
//! larger groups go first, each to the split that lacks most of its classes.

use crate::domain::{Split, SplitRatios};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// How much the overall sizes count beside those of single classes: little, just enough to even out roundings.
const OVERALL: f64 = 0.01;

/// What is kept together: the images of one group, or one image without a group.
struct Unit {
    images: Vec<usize>,
    /// Stratum (a class, or what has none) and number of images of it.
    strata: Vec<(usize, f64)>,
    /// A draw from the seed and the unit's name, so that the order of the input does not matter for groups.
    draw: u128,
}

/// Assigns a split to each image, given its class and its group.
///
/// Images of one group never lie in two splits. Every class with at least as many groups as there are splits with a
/// ratio above 0 has one in each of them (unless groups of several classes make that impossible); a split with a ratio
/// of 0 gets nothing. Images without a class are a stratum of their own. The same input and seed give the same result;
/// for images with groups the order of the input does not matter. Ratios that are no positive numbers count as 0; if
/// all are, everything is for training.
pub fn assign(images: &[(Option<usize>, Option<&str>)], ratios: SplitRatios, seed: u64) -> Vec<Split> {
    let shares = shares(ratios);
    let mut units = units(images, seed);
    units.sort_unstable_by(|a, b| b.images.len().cmp(&a.images.len()).then_with(|| a.draw.cmp(&b.draw)));
    let strata = units.iter().flat_map(|unit| &unit.strata).map(|(stratum, _)| stratum + 1).max().unwrap_or(0);
    let mut need = Need::new(&units, strata, shares);
    let mut chosen: Vec<Option<usize>> = vec![None; units.len()];
    one_of_each(&units, strata, shares, &mut need, &mut chosen);
    for (unit, chosen) in units.iter().zip(&mut chosen) {
        if chosen.is_none() {
            let split = need.greatest(unit, shares);
            need.take(unit, split);
            *chosen = Some(split);
        }
    }
    let mut result = vec![Split::Train; images.len()];
    for (unit, chosen) in units.iter().zip(chosen) {
        let split = chosen.and_then(|at| Split::ALL.get(at)).copied().unwrap_or(Split::Train);
        for &image in &unit.images {
            if let Some(place) = result.get_mut(image) {
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

fn units(images: &[(Option<usize>, Option<&str>)], seed: u64) -> Vec<Unit> {
    let mut strata: BTreeMap<Option<usize>, usize> = images.iter().map(|(class, _)| (*class, 0)).collect();
    strata.values_mut().enumerate().for_each(|(index, stratum)| *stratum = index);
    let stratum = |class: &Option<usize>| strata.get(class).copied().unwrap_or(0);
    let mut units: Vec<Unit> = Vec::new();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut seen: HashMap<Option<usize>, usize> = HashMap::new();
    for (index, (class, group)) in images.iter().enumerate() {
        if let Some(group) = group {
            groups.entry(group).or_default().push(index);
            continue;
        }
        let ordinal = seen.entry(*class).or_default();
        *ordinal += 1;
        let draw = draw(seed, &format!("image {ordinal} of {class:?}"));
        units.push(Unit { images: vec![index], strata: vec![(stratum(class), 1.0)], draw });
    }
    units.extend(groups.into_iter().map(|(group, members)| {
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for (class, _) in members.iter().filter_map(|&index| images.get(index)) {
            *counts.entry(stratum(class)).or_default() += 1.0;
        }
        let draw = draw(seed, &format!("group {group}"));
        Unit { images: members, strata: counts.into_iter().collect(), draw }
    }));
    units
}

/// What a unit of this name draws: half of the digest, which is enough to tell all of them apart.
fn draw(seed: u64, name: &str) -> u128 {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name.as_bytes()).finalize();
    digest.iter().take(16).fold(0, |draw, byte| draw << 8 | u128::from(*byte))
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
    fn new(units: &[Unit], strata: usize, shares: [f64; 3]) -> Self {
        let mut totals = vec![0.0; strata];
        for (stratum, count) in units.iter().flat_map(|unit| &unit.strata) {
            if let Some(total) = totals.get_mut(*stratum) {
                *total += count;
            }
        }
        let total: f64 = totals.iter().sum();
        let by_stratum = totals.iter().map(|total| shares.map(|share| share * total)).collect();
        Self { by_stratum, totals, overall: shares.map(|share| share * total), total }
    }

    fn take(&mut self, unit: &Unit, split: usize) {
        for (stratum, count) in &unit.strata {
            if let Some(need) = self.by_stratum.get_mut(*stratum).and_then(|needs| needs.get_mut(split)) {
                *need -= count;
            }
            if let Some(need) = self.overall.get_mut(split) {
                *need -= count;
            }
        }
    }

    /// The split that lacks most of what the unit brings, as a share of each stratum.
    fn greatest(&self, unit: &Unit, shares: [f64; 3]) -> usize {
        let score = |split: usize| -> f64 {
            let by_stratum = unit.strata.iter().map(|(stratum, count)| {
                let need = self.by_stratum.get(*stratum).map_or(0.0, |needs| needs[split]);
                count * need / self.totals.get(*stratum).copied().unwrap_or(1.0).max(1.0)
            });
            let overall = unit.images.len() as f64 * self.overall[split] / self.total.max(1.0);
            by_stratum.sum::<f64>() + OVERALL * overall
        };
        let open = (0..3).filter(|&split| shares[split] > 0.0);
        open.max_by(|&a, &b| score(a).total_cmp(&score(b)).then(b.cmp(&a))).unwrap_or(0)
    }
}

/// Gives every stratum one unit in each open split, rarest stratum first and smallest unit first, where it has enough.
fn one_of_each(units: &[Unit], strata: usize, shares: [f64; 3], need: &mut Need, chosen: &mut [Option<usize>]) {
    let mut having: Vec<Vec<usize>> = vec![Vec::new(); strata];
    for (index, unit) in units.iter().enumerate() {
        for (stratum, _) in &unit.strata {
            if let Some(list) = having.get_mut(*stratum) {
                list.push(index);
            }
        }
    }
    having.sort_by_key(Vec::len);
    let open: Vec<usize> = [2, 1, 0].into_iter().filter(|&split| shares[split] > 0.0).collect();
    for list in having.iter().filter(|list| list.len() >= open.len()) {
        for &split in &open {
            let there = list.iter().any(|&index| chosen.get(index) == Some(&Some(split)));
            // Units are sorted by falling size: the last free one is among the smallest.
            let free = list.iter().rev().find(|&&index| chosen.get(index) == Some(&None));
            if let (false, Some(&index)) = (there, free)
                && let (Some(unit), Some(place)) = (units.get(index), chosen.get_mut(index))
            {
                need.take(unit, split);
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
            let splits = assign(&images, RATIOS, 1);
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
        let splits = assign(&images, RATIOS, 3);
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
            let splits = assign(&images, RATIOS, seed);
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
        let forward = assign(&borrowed(&images), RATIOS, 5);
        let mut turned = images.clone();
        turned.reverse();
        let mut backward = assign(&borrowed(&turned), RATIOS, 5);
        backward.reverse();
        assert_eq!(forward, backward);
        assert_ne!(forward, assign(&borrowed(&images), RATIOS, 6));
    }

    #[test]
    fn a_split_without_a_ratio_stays_empty_and_nonsense_trains() {
        let images = vec![(Some(0), None); 30];
        let none = SplitRatios { train: 70.0, validation: 0.0, test: 30.0 };
        assert_eq!(count(&assign(&images, none, 1), &images, Some(0)), [21, 0, 9]);
        let nonsense = SplitRatios { train: 0.0, validation: f64::NAN, test: -4.0 };
        assert_eq!(count(&assign(&images, nonsense, 1), &images, Some(0)), [30, 0, 0]);
        assert!(assign(&[], RATIOS, 1).is_empty());
    }

    #[test]
    fn images_without_a_class_are_spread_as_well() {
        let images: Vec<_> = (0..100).map(|i| (if i < 50 { None } else { Some(1) }, None)).collect();
        assert_eq!(count(&assign(&images, RATIOS, 8), &images, None), [40, 5, 5]);
    }
}
