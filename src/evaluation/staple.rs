//! How far each reader's boxes can be relied on, with no truth to compare with: STAPLE (Warfield, Zou and Wells 2004, "Simultaneous
//! truth and performance level estimation", equations 14, 15, 18 and 19).
//!
//! There it decides voxels; here it decides places where somebody drew a box. A place where nobody drew one is no place, so that the
//! counterpart of sensitivity is a share of the places that are no finding and that somebody took for one, not of all that is healthy.

use std::collections::BTreeMap;

/// A share that is estimated is never nearer to 0 or 1 than this, so that no reader alone decides a place.
const FLOOR: f64 = 0.01;
/// Steps after which it is given up; it takes hundreds where readers are hard to tell apart.
const MOST_STEPS: usize = 20_000;
/// It has settled once no probability changes by more.
const SETTLED: f64 = 1e-12;

/// A reader as estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimated {
    /// Of the places that are a finding the share where the reader drew a box (p).
    pub sensitivity: f64,
    /// Of the places that are none the share where the reader drew no box (q).
    pub specificity: f64,
    /// The share of the reader's boxes that are of a finding, as expected; 0 without a box.
    pub right: f64,
}

/// What the readers' boxes come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Staple {
    /// Of each place, the probability that it is a finding.
    pub places: Vec<f64>,
    pub readers: Vec<Estimated>,
}

/// What of so many places, and readers in the order of each place, is a finding: `Some(true)` where the reader drew a box there,
/// `Some(false)` where the reader looked at the image and drew none, `None` where the reader did not look. The prior is the mean of
/// all answers and stays, as in the paper; the first probability of a place is the share of its readers who drew a box, as in ITK's
/// filter. `None` without any answer, or where it does not settle.
pub fn staple(places: &[Vec<Option<bool>>], readers: usize) -> Option<Staple> {
    let share = |answers: &mut dyn Iterator<Item = bool>| -> Option<f64> {
        let (yes, all) = answers.fold((0.0, 0.0), |(yes, all), drew| (yes + f64::from(u8::from(drew)), all + 1.0));
        (all > 0.0).then(|| yes / all)
    };
    let prior = share(&mut places.iter().flatten().filter_map(|one| *one))?;
    // Places with the same answers are the same to it: few readers give few kinds of places, however many images there are.
    let mut kinds: BTreeMap<&[Option<bool>], f64> = BTreeMap::new();
    for place in places {
        *kinds.entry(place).or_default() += 1.0;
    }
    let of_kind = |kind: &[Option<bool>]| share(&mut kind.iter().filter_map(|one| *one)).unwrap_or(prior);
    let mut now: Vec<f64> = kinds.keys().map(|kind| of_kind(kind)).collect();
    for _ in 0..MOST_STEPS {
        let estimated: Vec<Estimated> = (0..readers).map(|reader| of_reader(&kinds, &now, reader)).collect();
        let next: Vec<f64> = kinds.keys().map(|kind| of_place(kind, &estimated, prior)).collect();
        let change = now.iter().zip(&next).map(|(old, new)| (old - new).abs()).fold(0.0, f64::max);
        now = next;
        if change < SETTLED {
            let found: BTreeMap<&[Option<bool>], f64> = kinds.keys().copied().zip(now).collect();
            let places = places.iter().map(|place| found.get(place.as_slice()).copied().unwrap_or(prior)).collect();
            return Some(Staple { places, readers: estimated });
        }
    }
    None
}

/// The maximisation: a reader, where so many places of each kind are findings with these probabilities.
fn of_reader(kinds: &BTreeMap<&[Option<bool>], f64>, now: &[f64], reader: usize) -> Estimated {
    let (mut hits, mut findings, mut passed, mut others, mut drawn) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for ((kind, places), probability) in kinds.iter().zip(now) {
        let Some(drew) = kind.get(reader).copied().flatten() else { continue };
        let (finding, other) = (places * probability, places * (1.0 - probability));
        (findings, others) = (findings + finding, others + other);
        if drew {
            (hits, drawn) = (hits + finding, drawn + places);
        } else {
            passed += other;
        }
    }
    // Where there is nothing to tell it from, a coin.
    let ratio = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(FLOOR, 1.0 - FLOOR) } else { 0.5 };
    let right = if drawn > 0.0 { hits / drawn } else { 0.0 };
    Estimated { sensitivity: ratio(hits, findings), specificity: ratio(passed, others), right }
}

/// The expectation: how probable it is that a place is a finding, given these readers.
fn of_place(place: &[Option<bool>], readers: &[Estimated], prior: f64) -> f64 {
    let mut odds = prior.ln() - (1.0 - prior).ln();
    for (drew, reader) in place.iter().zip(readers) {
        let (p, q) = (reader.sensitivity, reader.specificity);
        odds += match drew {
            Some(true) => p.ln() - (1.0 - q).ln(),
            Some(false) => (1.0 - p).ln() - q.ln(),
            None => 0.0,
        };
    }
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(rows: &str) -> Vec<Vec<Option<bool>>> {
        let sign = |sign| match sign {
            '1' => Some(true),
            '0' => Some(false),
            _ => None,
        };
        rows.split_whitespace().map(|row| row.chars().map(sign).collect()).collect()
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-8, "{found} {expected}");
        }
    }

    fn of(found: &Staple, what: fn(&Estimated) -> f64) -> Vec<f64> {
        found.readers.iter().map(what).collect()
    }

    // Both: tests/reference/staple.py, where numpy does it from the paper.
    #[test]
    fn places_and_readers_are_as_numpy_and_simpleitk_estimate_them() {
        let rows = "1110 0010 1011 0001 1010 1111 0101 1111 1111 1110 1111 0111 0001 1111 1011 1111 \
                    1111 0110 1011 1011 1110 1101 0010 0010 1110 1011 1111 1000 1110 1101 0010 0010";
        let found = staple(&places(rows), 4).unwrap();
        // SimpleITK's are the same to 1e-5, where it stops.
        near(&of(&found, |one| one.sensitivity), &[0.962799968, 0.71760303, 0.877253987, 0.706543233]);
        near(&of(&found, |one| one.specificity), &[0.861840082, 0.746996263, 0.316711641, 0.631320291]);
        near(&of(&found, |one| one.right), &[0.932911034, 0.849842805, 0.719248303, 0.792705704]);
        let some = [0, 1, 4, 6, 11, 17, 27].map(|at| found.places[at]);
        let expected = [0.958876945, 0.018886166, 0.756564389, 0.152359337, 0.373212177, 0.126198176, 0.484050699];
        near(&some, &expected);
    }

    #[test]
    fn who_did_not_look_says_nothing_and_who_draws_everywhere_decides_nothing() {
        let rows = "11101 00101 1-111 00011 10101 111-1 01011 11111 -1111 11101 11111 01111 00011 11111 10111 11111 \
                    11111 01-01 10111 10111 11101 11011 001-1 00101 11101 -0111 11111 1000- 11101 11011 00101 00101";
        let found = staple(&places(rows), 5).unwrap();
        near(&of(&found, |one| one.sensitivity), &[0.889466183, 0.758688819, 0.85225029, 0.677284006, 0.99]);
        near(&of(&found, |one| one.specificity), &[0.893308465, 0.859744577, 0.316049868, 0.610952172, 0.01]);
        let some = [0, 6, 17, 22, 25, 27].map(|at| found.places[at]);
        near(&some, &[0.987817316, 0.598075071, 0.491300091, 0.105718904, 0.624516311, 0.612167432]);
    }

    #[test]
    fn nothing_to_go_by_is_no_estimate_and_all_alike_is_certain() {
        assert_eq!(staple(&[], 2), None);
        assert_eq!(staple(&places("-- --"), 2), None);
        let all = staple(&places("111 111"), 3).unwrap();
        assert!(all.places.iter().all(|one| *one > 0.999), "{all:?}");
    }
}
