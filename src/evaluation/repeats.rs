//! What one reader says of the same image twice: how far a reader agrees with himself or herself.
//!
//! A reading is what a reader said last of an image before going on to another one, or before committing it. Said again later, once
//! something was said of at least one other image, it is a reading of its own; a planned second reading always is one, and goes
//! before a mere return to the image. What is said after a commit without going on is a
//! changed mind about what was revealed, and no reading.

use super::bootstrap::{Bootstrap, Groups};
use super::readers::{ReaderAgreement, agreement};
use crate::domain::ClassList;
use std::collections::HashMap;
use std::hash::Hash;

/// Something that a reader says, in the order of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said<I, A = usize> {
    pub image: I,
    /// What is asked was answered with this, and not something else said of the image, which only tells that the reader was there.
    pub answers: bool,
    /// What is answered now; absent where the answer was taken away. A commit repeats what was said.
    pub answer: Option<A>,
    /// It is in a reading of the reader's own, where what the reader said in force is not on screen, and the other way round.
    pub own: bool,
    /// It is in a second reading that was planned, to which the first is not shown.
    pub again: bool,
    /// The reading is committed with this.
    pub committed: bool,
}

/// An image that a reader read twice: the first and the second reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat<I, A = usize> {
    pub image: I,
    pub answers: [A; 2],
    /// The first answer was not on screen at the second.
    pub unseen: bool,
}

/// How a reader agrees with the reader's own earlier readings.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct IntraReader {
    /// Of how many images the first answer was not on screen at the second: of others only what is changed is sure to be in the
    /// log, so that the agreement is too low.
    pub unseen: usize,
    #[serde(flatten)]
    pub agreement: ReaderAgreement,
}

/// Which images this reader read twice, in the order of their second readings.
pub fn repeats<I: Copy + Eq + Hash, A: Clone>(said: &[Said<I, A>]) -> Vec<Repeat<I, A>> {
    /// The answer of a visit to an image, and whether more that is said in it counts.
    struct Reading<A> {
        visit: usize,
        answer: Option<A>,
        own: bool,
        again: bool,
        closed: bool,
        /// Its place among the readings of all images.
        place: usize,
    }
    let mut readings: HashMap<I, Vec<Reading<A>>> = HashMap::new();
    let (mut visit, mut before, mut place) = (0, None, 0);
    for one in said {
        if before != Some(one.image) {
            (visit, before) = (visit + 1, Some(one.image));
        }
        if !one.answers {
            continue;
        }
        let of_image = readings.entry(one.image).or_default();
        let Said { answer, own, again, committed: closed, .. } = one.clone();
        match of_image.last_mut().filter(|last| last.visit == visit && last.again == again) {
            Some(last) if last.closed => {}
            Some(last) => *last = Reading { visit, answer, own, again, closed, place: last.place },
            None => {
                place += 1;
                of_image.push(Reading { visit, answer, own, again, closed, place });
            }
        }
    }
    let repeat = |(image, readings): (&I, &Vec<Reading<A>>)| {
        let (first, later) = readings.split_first()?;
        let again = later.iter().find(|one| one.again).or(later.first())?;
        let unseen = first.own != again.own || first.again != again.again;
        Some((again.place, Repeat { image: *image, answers: [first.answer.clone()?, again.answer.clone()?], unseen }))
    };
    let mut all: Vec<(usize, Repeat<I, A>)> = readings.iter().filter_map(repeat).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, repeat)| repeat).collect()
}

/// How far these agree, of which `groups` says which images are drawn together.
pub fn intra_reader<I>(repeats: &[Repeat<I>], groups: &Groups, classes: &ClassList, how: Bootstrap) -> IntraReader {
    let (first, again): (Vec<usize>, Vec<usize>) = repeats.iter().map(|one| (one.answers[0], one.answers[1])).unzip();
    IntraReader {
        unseen: repeats.iter().filter(|one| one.unseen).count(),
        agreement: agreement(&first, &again, groups, classes, how),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(image: u32, answer: usize) -> Said<u32> {
        Said { image, answers: true, answer: Some(answer), own: false, again: false, committed: false }
    }

    fn commit(image: u32, answer: usize) -> Said<u32> {
        Said { committed: true, own: true, ..said(image, answer) }
    }

    #[test]
    fn a_reading_of_its_own_comes_after_another_image() {
        let log = [
            said(1, 0),
            said(1, 1), // corrected at once: the same reading
            said(2, 0),
            said(1, 0), // again
            said(1, 2),
            said(2, 1),
            said(1, 1), // a third one
            said(3, 0),
        ];
        let found: Vec<_> = repeats(&log).into_iter().map(|one| (one.image, one.answers)).collect();
        assert_eq!(found, [(1, [1, 2]), (2, [0, 1])]);
        assert!(repeats(&log[..3]).is_empty());
    }

    #[test]
    fn a_changed_mind_after_the_reveal_is_no_reading_and_one_blind_is_unseen() {
        let own = |image, answer| Said { own: true, ..said(image, answer) };
        let log = [own(1, 0), commit(1, 0), own(1, 2), said(2, 0), said(1, 1), own(2, 0)];
        let found = repeats(&log);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].answers, found[0].unseen), ([0, 1], true));
        assert_eq!((found[1].answers, found[1].unseen), ([0, 0], true));
        let elsewhere = [own(1, 0), Said { answers: false, ..own(2, 0) }, own(1, 1)];
        assert_eq!(repeats(&elsewhere).len(), 1, "the reader was at another image");
        let gone = [said(1, 0), said(2, 0), Said { answer: None, ..said(1, 0) }];
        assert!(repeats(&gone).is_empty(), "nothing is said the second time");
    }

    #[test]
    fn a_planned_second_reading_is_unseen_and_goes_before_a_return() {
        let own = |image, answer| Said { own: true, ..said(image, answer) };
        let again = |image, answer| Said { again: true, ..own(image, answer) };
        // With no other image between; with a return to the first reading before it.
        let log = [own(1, 0), again(1, 1), own(2, 0), own(3, 1), own(2, 1), own(3, 1), again(2, 0)];
        let found: Vec<_> = repeats(&log).into_iter().map(|one| (one.image, one.answers, one.unseen)).collect();
        assert_eq!(found, [(1, [0, 1], true), (3, [1, 1], false), (2, [0, 0], true)]);
    }

    #[test]
    fn agreement_with_oneself_is_scikit_learns() {
        // tests/reference/reading.py
        let first = [0, 1, 2, 0, 1, 1, 0, 2, 2, 0, 1, 0, 2, 0];
        let again = [0, 1, 1, 0, 1, 0, 0, 2, 1, 0, 1, 0, 2, 2];
        let of = |answers: &[usize]| -> Vec<Said<u32>> { (0u32..).zip(answers).map(|(at, a)| said(at, *a)).collect() };
        let log = [of(&first), of(&again)].concat();
        let classes = ClassList::from_names(&["a", "b", "c"], false).unwrap();
        let groups = Groups::new((0..14).map(Some));
        let found = intra_reader(&repeats(&log), &groups, &classes, Bootstrap { draws: 200, seed: 1 });
        assert_eq!((found.agreement.images, found.agreement.same, found.unseen), (14, 10, 0));
        assert!((found.agreement.agreement.value.unwrap() - 10.0 / 14.0).abs() < 1e-12);
        assert!((found.agreement.kappa.value.unwrap() - 0.5625).abs() < 1e-12);
        assert!(found.agreement.kappa.interval.is_some());
    }
}
