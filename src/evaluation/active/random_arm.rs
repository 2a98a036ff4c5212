//! A share of any order drawn at random: what an order by a model never shows nobody would ever know, and only a random
//! part tells how good the model is on all images (Settles 2009, section 7.1, on samples that are biased by the model).

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What takes part in an order, with what is drawn at random among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixed<T> {
    /// All that was ordered, each once.
    pub order: Vec<T>,
    /// Whether the random arm put it there, one a place.
    pub at_random: Vec<bool>,
}

/// Whether the place `at` of a queue belongs to the random arm of so many percent: of the first N places, N percent / 100
/// rounded down do, evenly spread.
fn is_random(at: usize, percent: usize) -> bool {
    (at + 1) * percent / 100 > at * percent / 100
}

/// Puts of `drawn`, in its order, one that is not in the queue yet on every place of the random arm, and of `order` on the
/// others; `percent` from 0 to 100. Both hold the same, each once, and `key` tells them apart as places below their number.
/// The queue goes on from the place `begin`, so that what is handed out in parts has the same random share as a whole.
pub fn mix<T: Copy>(order: &[T], drawn: &[T], percent: usize, begin: usize, key: impl Fn(T) -> usize) -> Mixed<T> {
    let percent = percent.min(100);
    let mut taken = vec![false; order.iter().chain(drawn).map(|one| key(*one) + 1).max().unwrap_or(0)];
    let (mut ordered, mut random) = (order.iter(), drawn.iter());
    let mut mixed = Mixed { order: Vec::with_capacity(order.len()), at_random: Vec::with_capacity(order.len()) };
    for at in 0..order.len() {
        let arm = is_random(begin + at, percent);
        let source = if arm { &mut random } else { &mut ordered };
        let next = source.find(|one| taken.get(key(**one)).is_some_and(|taken| !taken));
        let Some(&next) = next else { break };
        if let Some(taken) = taken.get_mut(key(next)) {
            *taken = true;
        }
        mixed.order.push(next);
        mixed.at_random.push(arm);
    }
    mixed
}

/// The places below `count`, shuffled: the same for the same seed.
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_every_prefix_is_drawn_and_nothing_is_lost() {
        let order: Vec<usize> = (0..1000).collect();
        let drawn = shuffled(1000, 4);
        let mixed = mix(&order, &drawn, 10, 0, |one| one);
        for prefix in [10, 55, 100, 999, 1000] {
            assert_eq!(mixed.at_random[..prefix].iter().filter(|arm| **arm).count(), prefix / 10, "{prefix}");
        }
        let mut all = mixed.order.clone();
        all.sort_unstable();
        assert_eq!(all, order);
        // What is not drawn keeps its order.
        let kept: Vec<usize> =
            mixed.order.iter().zip(&mixed.at_random).filter(|(_, arm)| !**arm).map(|(one, _)| *one).collect();
        assert!(kept.is_sorted());
        // What is drawn is the drawing's beginning, but for what the order had shown before.
        assert_eq!(mixed.order[9], drawn.iter().copied().find(|one| *one >= 9).unwrap());
    }

    #[test]
    fn none_and_all_are_the_two_orders() {
        let (order, drawn) = (vec![3, 1, 2, 0], shuffled(4, 9));
        assert_eq!(mix(&order, &drawn, 0, 0, |one| one).order, order);
        assert_eq!(mix(&order, &drawn, 100, 0, |one| one).order, drawn);
        assert_eq!(mix(&order, &drawn, 250, 0, |one| one).order, drawn);
        assert!(mix::<usize>(&[], &[], 10, 0, |one| one).order.is_empty());
        assert_eq!(shuffled(50, 3), shuffled(50, 3));
        assert_ne!(shuffled(50, 3), shuffled(50, 4));
        // A batch of five that begins at the sixth place ends with a drawn one.
        let part = mix(&(0..50).collect::<Vec<_>>(), &shuffled(50, 3), 10, 5, |one| one);
        assert_eq!(part.at_random[..5], [false, false, false, false, true]);
    }
}
