//! What a model does to its readers: readings before and after its answer was revealed, and who was right where that is known.
//!
//! Automation bias is taken as the share of wrong answers of the model that a reader who had read otherwise took over
//! (errors of commission; Goddard, Roudsari and Wyatt 2012, "Automation bias: a systematic review"), and what was gained by it as
//! the share of right ones. That is the change of mind that the reveal alone brings about: what a reader says first is said
//! without the model.

use super::interval::wilson_interval;
use serde::Serialize;

/// One question answered by a reader before and after the model's answer to it was revealed. Answers are numbers that stand for
/// the same in all places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reveal {
    pub first: usize,
    pub last: usize,
    /// What the model answered.
    pub model: usize,
    /// What is held to be true, where that was settled by others than this reader.
    pub truth: Option<usize>,
    /// How long the image was looked at before it was committed, in ms.
    pub first_ms: Option<u64>,
}

/// A count of a whole, with its 95 % interval (Wilson).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Part {
    pub count: usize,
    pub of: usize,
    /// Absent where it is of nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

impl Part {
    pub fn new(count: usize, of: usize) -> Self {
        Self { count, of, interval: wilson_interval(count, of).map(|(low, high)| [low, high]) }
    }
}

/// What the reveal did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Influence {
    pub answers: usize,
    /// Said the same as the model, before it was revealed and after.
    pub agreed_first: Part,
    pub agreed_last: Part,
    /// Of those who had said something else, who took the model's answer; of those who had said the same, who left it.
    pub followed: Part,
    pub left: Part,
    /// Of those of which the truth is known: right before, right after, and the model.
    pub right_first: Part,
    pub right_last: Part,
    pub right_model: Part,
    /// Where the model was right and the reader had said something else: how often its answer was taken.
    pub gained: Part,
    /// Where the model was wrong and the reader had said something else: how often its answer was taken. Automation bias.
    pub misled: Part,
    /// The middle of the times that an image was looked at before its reading was committed, in ms; of two the lower.
    pub median_first_ms: Option<u64>,
}

/// What the reveal did to these answers.
pub fn influence(answers: &[Reveal]) -> Influence {
    let part = |whole: &dyn Fn(&Reveal) -> bool, counts: &dyn Fn(&Reveal) -> bool| {
        let of = || answers.iter().filter(|one| whole(one));
        Part::new(of().filter(|one| counts(one)).count(), of().count())
    };
    let agreed = |one: &Reveal| one.first == one.model;
    let took = |one: &Reveal| one.last == one.model;
    let known = |one: &Reveal| one.truth.is_some();
    let is = |answer: usize, one: &Reveal| one.truth == Some(answer);
    let mut times: Vec<u64> = answers.iter().filter_map(|one| one.first_ms).collect();
    times.sort_unstable();
    Influence {
        answers: answers.len(),
        agreed_first: part(&|_| true, &agreed),
        agreed_last: part(&|_| true, &took),
        followed: part(&|one| !agreed(one), &took),
        left: part(&agreed, &|one| !took(one)),
        right_first: part(&known, &|one| is(one.first, one)),
        right_last: part(&known, &|one| is(one.last, one)),
        right_model: part(&known, &|one| is(one.model, one)),
        gained: part(&|one| !agreed(one) && is(one.model, one), &took),
        misled: part(&|one| known(one) && !agreed(one) && !is(one.model, one), &took),
        median_first_ms: times.get(times.len().saturating_sub(1) / 2).copied(),
    }
}

/// The same of consecutive parts of a reader's answers, in the order they were given: how reading changes over time. All parts are
/// of this size but the last, which is dropped where it is smaller than half of it.
pub fn over_time(answers: &[Reveal], size: usize) -> Vec<Influence> {
    let whole = |part: &&[Reveal]| 2 * part.len() >= size.max(1);
    answers.chunks(size.max(1)).filter(whole).map(influence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reveal(first: usize, last: usize, model: usize, truth: Option<usize>) -> Reveal {
        Reveal { first, last, model, truth, first_ms: Some(1000 * (1 + first as u64)) }
    }

    #[test]
    fn who_followed_right_and_wrong_answers_is_counted_apart() {
        let answers = [
            reveal(0, 0, 0, Some(0)),
            reveal(0, 1, 1, Some(1)), // gained
            reveal(0, 0, 1, Some(1)), // kept a wrong answer
            reveal(0, 1, 1, Some(0)), // misled
            reveal(0, 0, 1, Some(0)), // rightly kept
            reveal(1, 0, 1, Some(0)), // left an answer that it shared
            reveal(2, 1, 1, None),
        ];
        let found = influence(&answers);
        let counts = |part: Part| (part.count, part.of);
        assert_eq!((counts(found.agreed_first), counts(found.agreed_last)), ((2, 7), (4, 7)));
        assert_eq!((counts(found.followed), counts(found.left)), ((3, 5), (1, 2)));
        assert_eq!((counts(found.gained), counts(found.misled)), ((1, 2), (1, 2)));
        let right = [found.right_first, found.right_last, found.right_model].map(counts);
        assert_eq!(right, [(3, 6), (4, 6), (3, 6)]);
        assert_eq!(found.median_first_ms, Some(1000));
        // Wilson's interval of 1 of 2, as statsmodels' proportion_confint(1, 2, method="wilson") has it.
        let [low, high] = found.misled.interval.unwrap();
        assert!((low - 0.094_531_205_734_230_74).abs() < 1e-12 && (high - 0.905_468_794_265_769_3).abs() < 1e-12);
        assert_eq!(influence(&[]).misled, Part::default());
    }

    #[test]
    fn parts_follow_each_other_and_a_short_rest_is_left_out() {
        let answers: Vec<Reveal> = (0..25).map(|at| reveal(0, usize::from(at < 10), 1, None)).collect();
        let parts = over_time(&answers, 10);
        let followed: Vec<_> = parts.iter().map(|part| (part.followed.count, part.followed.of)).collect();
        assert_eq!(followed, [(10, 10), (0, 10), (0, 5)]);
        assert_eq!(over_time(&answers[..24], 10).len(), 2);
    }
}
