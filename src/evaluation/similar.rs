//! Sets of alike things by the distance of 64-bit hashes, without comparing each with each.
//!
//! Multi-index hashing (Norouzi, Punjani, Fleet 2012, "Fast search in Hamming space with multi-index hashing"): of two
//! hashes that differ in at most 7 bits, one of their four quarters differs in at most one bit, so that looking each
//! quarter up with every single bit turned finds all candidates.

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
