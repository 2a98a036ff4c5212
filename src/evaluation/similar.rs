//! Sets of alike things by the distance of 64-bit hashes, without comparing each with each.
//!
//! Multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast search in Hamming space with multi-index hashing"): of two
//! hashes that differ in at most 7 bits, one of their four quarters differs in at most one bit, so that looking each
//! quarter up with every single bit turned finds all candidates.

use crate::domain::ImageFacts;
use std::collections::BTreeMap;

/// More bits than this cannot be asked for.
pub const FARTHEST: u32 = 7;
const QUARTERS: u32 = 4;

/// Sets of places that belong together, as links between them are made.
pub struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    /// Each of so many places in a set of its own.
    pub fn new(places: usize) -> Self {
        Self { parent: (0..places).collect() }
    }

    /// The lowest place of the set that a place is in.
    pub fn first(&mut self, mut place: usize) -> usize {
        while let Some(&above) = self.parent.get(place).filter(|above| **above != place) {
            let higher = self.parent.get(above).copied().unwrap_or(above);
            if let Some(parent) = self.parent.get_mut(place) {
                *parent = higher;
            }
            place = above;
        }
        place
    }

    /// Makes one set of those that two places are in.
    pub fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        if let Some(parent) = self.parent.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }

    /// The sets of two and more places, both in ascending order.
    pub fn several(mut self) -> Vec<Vec<usize>> {
        let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in 0..self.parent.len() {
            sets.entry(self.first(place)).or_default().push(place);
        }
        sets.into_values().filter(|set| set.len() > 1).collect()
    }
}

/// Links the places whose hashes differ in at most `within` bits (at most [`FARTHEST`]) and that `alike` agrees to.
pub fn link_near(hashes: &[u64], within: u32, alike: impl Fn(usize, usize) -> bool, sets: &mut Sets) {
    let within = within.min(FARTHEST);
    let mut places: Vec<usize> = (0..hashes.len()).collect();
    let hash = |place: usize| hashes.get(place).copied().unwrap_or(0);
    places.sort_by_key(|&place| (hash(place), place));
    // Of equal hashes each is compared with the one before, and the first stands for all.
    let mut distinct: Vec<(u64, usize)> = Vec::with_capacity(places.len());
    for pair in std::iter::once(None).chain(places.iter().copied().map(Some)).zip(&places) {
        match pair {
            (Some(before), &place) if hash(before) == hash(place) => {
                if alike(before, place) {
                    sets.link(before, place);
                }
            }
            (_, &place) => distinct.push((hash(place), place)),
        }
    }
    for quarter in 0..QUARTERS {
        let key = |hash: u64| (hash >> (16 * quarter)) as u16;
        let mut by_key: Vec<(u16, u64, usize)> = distinct.iter().map(|&(h, place)| (key(h), h, place)).collect();
        by_key.sort_unstable();
        // Where each key's entries begin.
        let mut begins = vec![0usize; (1 << 16) + 1];
        for (wanted, _, _) in &by_key {
            if let Some(count) = begins.get_mut(usize::from(*wanted) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        let turned = std::iter::once(0u16).chain((0..16).map(|bit| 1 << bit)).collect::<Vec<u16>>();
        for &(hash, place) in &distinct {
            for turn in &turned {
                let wanted = usize::from(key(hash) ^ turn);
                let range = begins.get(wanted).zip(begins.get(wanted + 1)).map_or(0..0, |(from, to)| *from..*to);
                for &(_, other_hash, other) in by_key.get(range).unwrap_or_default() {
                    // Each pair once.
                    if hash < other_hash && (hash ^ other_hash).count_ones() <= within && alike(place, other) {
                        sets.link(place, other);
                    }
                }
            }
        }
    }
}

/// Perceptual hashes that differ in at most so many of their 64 bits are taken for the same picture.
const NEAR: u32 = 4;
/// Pictures whose brightness histograms differ in more than this share of the pixels are not. Of the pairs within
/// [`NEAR`] in the radiographs and photos that this was tried on, those of one picture differed in 0.06 at most (scaled,
/// saved anew, turned a little), those of two pictures in 0.18 at least.
const TONES: f64 = 0.12;
/// Pictures whose sides stand in ratios that differ by more than this share are not.
const SHAPE: f64 = 0.03;

/// What a picture looks like, in a few numbers.
#[derive(Clone, Debug)]
pub struct Look {
    hash: u64,
    /// The logarithm of width over height.
    shape: f64,
    /// Of a thousand pixels, how many lie in each range of greys.
    tones: Box<[u16]>,
}

impl Look {
    /// Of a picture of this width and height in pixels; `None` where it is too flat to look like anything, or nobody has looked.
    pub fn of(facts: &ImageFacts, width: u32, height: u32) -> Option<Self> {
        let shape = (f64::from(width.max(1)) / f64::from(height.max(1))).ln();
        Some(Self { hash: facts.perceptual_hash?, shape, tones: facts.brightness.as_slice().into() })
    }

    /// Whether two pictures with hashes that are near each other may be one.
    fn is_like(&self, other: &Self) -> bool {
        let differing: u32 = self.tones.iter().zip(&other.tones).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        (self.shape - other.shape).abs() <= SHAPE && f64::from(differing) / 2000.0 <= TONES
    }
}

/// Links the places of pictures that look alike.
pub fn link_alike(looks: &[Option<Look>], sets: &mut Sets) {
    let seen: Vec<(usize, &Look)> =
        looks.iter().enumerate().filter_map(|(at, look)| Some((at, look.as_ref()?))).collect();
    let hashes: Vec<u64> = seen.iter().map(|(_, look)| look.hash).collect();
    let like = |a: usize, b: usize| seen.get(a).zip(seen.get(b)).is_some_and(|((_, a), (_, b))| a.is_like(b));
    let mut near = Sets::new(hashes.len());
    link_near(&hashes, NEAR, like, &mut near);
    for place in 0..seen.len() {
        if let Some(((a, _), (b, _))) = seen.get(place).zip(seen.get(near.first(place))) {
            sets.link(*a, *b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_sets_are_those_of_comparing_each_with_each() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for within in [0, 3, 7] {
            let mut hashes: Vec<u64> = (0..300).map(|_| rng.next_u64()).collect();
            for at in 0..200 {
                // Copies with up to ten bits turned.
                let turned = (0..rng.next_u32() % 11).fold(0u64, |bits, _| bits | 1 << (rng.next_u32() % 64));
                hashes.push(hashes[at] ^ turned);
            }
            let odd_pairs_only = |a: usize, b: usize| !(a + b).is_multiple_of(5);
            let mut quick = Sets::new(hashes.len());
            link_near(&hashes, within, odd_pairs_only, &mut quick);
            let mut slow = Sets::new(hashes.len());
            for a in 0..hashes.len() {
                for b in a + 1..hashes.len() {
                    if (hashes[a] ^ hashes[b]).count_ones() <= within && odd_pairs_only(a, b) {
                        slow.link(a, b);
                    }
                }
            }
            let (quick, slow) = (quick.several(), slow.several());
            assert_eq!(quick, slow, "within {within}");
            assert!(!quick.is_empty());
        }
    }

    #[test]
    fn many_equal_hashes_are_one_set() {
        let mut sets = Sets::new(50_000);
        link_near(&vec![77; 50_000], 4, |_, _| true, &mut sets);
        assert_eq!(sets.several().iter().map(Vec::len).collect::<Vec<_>>(), [50_000]);
    }
}
