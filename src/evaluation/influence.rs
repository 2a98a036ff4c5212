//! What a model does to its readers: readings before and after its answer was revealed, how often it is overridden, and who was
//! right where that is known.
//!
//! Automation bias is taken as the share of wrong answers of the model that a reader who had read otherwise took over
//! (errors of commission; Goddard, Roudsari and Wyatt 2012, "Automation bias: a systematic review"), and what was gained by it as
//! the share of right ones. That is the change of mind that the reveal alone brings about: what a reader says first is said
//! without the model. The override rate is the share of answers that the reader, who saw what the model said, did not leave as they
//! were.

use super::interval::wilson_interval;
use serde::Serialize;

/// By whom it was settled what is true: never by the reader who is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TruthFrom {
    /// Imported data say it.
    Imported,
    /// The words of several were adjudicated.
    Adjudicated,
    /// Another reader said it and did not merely accept the model's answer.
    AnotherReader,
}

impl TruthFrom {
    pub const ALL: [Self; 3] = [Self::Imported, Self::Adjudicated, Self::AnotherReader];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Adjudicated => "adjudicated",
            Self::AnotherReader => "by another reader",
        }
    }
}

/// What is held to be true, and by whom.
pub type Truth = (usize, TruthFrom);

/// One question answered by a reader before and after the model's answer to it was revealed. Answers are numbers that stand for
/// the same in all places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reveal {
    pub first: usize,
    pub last: usize,
    /// What the model answered.
    pub model: usize,
    /// What is held to be true, where that was settled by others than this reader.
    pub truth: Option<Truth>,
}

/// One question answered by a reader who saw the model's answer all along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    pub said: usize,
    pub model: usize,
    pub truth: Option<Truth>,
}

impl From<Reveal> for Shown {
    fn from(Reveal { last, model, truth, .. }: Reveal) -> Self {
        Self { said: last, model, truth }
    }
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

    /// Of those that are of the whole, those that count.
    fn among<T>(all: &[T], whole: impl Fn(&T) -> bool, counts: impl Fn(&T) -> bool) -> Self {
        let of = || all.iter().filter(|one| whole(one));
        Self::new(of().filter(|one| counts(one)).count(), of().count())
    }
}

/// How often what the model answered was not left as it was, by a reader who saw it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Overrides {
    pub answers: usize,
    /// Said something else than the model.
    pub overridden: Part,
    /// Of those of which the truth is known: the reader is right, and the model is.
    pub reader_right: Part,
    pub model_right: Part,
}

/// How often these were overridden.
pub fn overrides(answers: &[Shown]) -> Overrides {
    let other = |one: &Shown| one.said != one.model;
    let known = |one: &Shown| other(one) && one.truth.is_some();
    let is = |answer: usize, one: &Shown| one.truth.is_some_and(|(truth, _)| truth == answer);
    Overrides {
        answers: answers.len(),
        overridden: Part::among(answers, |_| true, other),
        reader_right: Part::among(answers, known, |one| is(one.said, one)),
        model_right: Part::among(answers, known, |one| is(one.model, one)),
    }
}

/// Of how many answers the truth is known, by whom it was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Truths {
    pub imported: usize,
    pub adjudicated: usize,
    pub another_reader: usize,
}

impl Truths {
    /// Those of answers.
    pub fn of(truths: impl Iterator<Item = Option<Truth>>) -> Self {
        let mut all = Self::default();
        for (_, from) in truths.flatten() {
            match from {
                TruthFrom::Imported => all.imported += 1,
                TruthFrom::Adjudicated => all.adjudicated += 1,
                TruthFrom::AnotherReader => all.another_reader += 1,
            }
        }
        all
    }

    /// Those that there are, with how many.
    pub fn counts(self) -> impl Iterator<Item = (TruthFrom, usize)> {
        let count = move |from| match from {
            TruthFrom::Imported => self.imported,
            TruthFrom::Adjudicated => self.adjudicated,
            TruthFrom::AnotherReader => self.another_reader,
        };
        TruthFrom::ALL.into_iter().map(move |from| (from, count(from))).filter(|(_, count)| *count > 0)
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
    /// What was said after the reveal and is not what the model says.
    pub overrides: Overrides,
    pub truths: Truths,
}

/// What the reveal did to these answers.
pub fn influence(answers: &[Reveal]) -> Influence {
    let agreed = |one: &Reveal| one.first == one.model;
    let took = |one: &Reveal| one.last == one.model;
    let known = |one: &Reveal| one.truth.is_some();
    let is = |answer: usize, one: &Reveal| one.truth.is_some_and(|(truth, _)| truth == answer);
    let shown: Vec<Shown> = answers.iter().map(|one| Shown::from(*one)).collect();
    Influence {
        answers: answers.len(),
        agreed_first: Part::among(answers, |_| true, agreed),
        agreed_last: Part::among(answers, |_| true, took),
        followed: Part::among(answers, |one| !agreed(one), took),
        left: Part::among(answers, agreed, |one| !took(one)),
        right_first: Part::among(answers, known, |one| is(one.first, one)),
        right_last: Part::among(answers, known, |one| is(one.last, one)),
        right_model: Part::among(answers, known, |one| is(one.model, one)),
        gained: Part::among(answers, |one| !agreed(one) && is(one.model, one), took),
        misled: Part::among(answers, |one| known(one) && !agreed(one) && !is(one.model, one), took),
        overrides: overrides(&shown),
        truths: Truths::of(answers.iter().map(|one| one.truth)),
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
        Reveal { first, last, model, truth: truth.map(|truth| (truth, TruthFrom::Adjudicated)) }
    }

    fn counts(part: Part) -> (usize, usize) {
        (part.count, part.of)
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
        assert_eq!((counts(found.agreed_first), counts(found.agreed_last)), ((2, 7), (4, 7)));
        assert_eq!((counts(found.followed), counts(found.left)), ((3, 5), (1, 2)));
        assert_eq!((counts(found.gained), counts(found.misled)), ((1, 2), (1, 2)));
        let right = [found.right_first, found.right_last, found.right_model].map(counts);
        assert_eq!(right, [(3, 6), (4, 6), (3, 6)]);
        // Wilson's interval of 1 of 2, as statsmodels' proportion_confint(1, 2, method="wilson") has it.
        let [low, high] = found.misled.interval.unwrap();
        assert!((low - 0.094_531_205_734_230_74).abs() < 1e-12 && (high - 0.905_468_794_265_769_3).abs() < 1e-12);
        assert_eq!(influence(&[]).misled, Part::default());
    }

    #[test]
    fn overrides_say_who_was_right_where_that_is_known() {
        let shown = |said, model, truth: Option<Truth>| Shown { said, model, truth };
        let answers = [
            shown(0, 0, Some((1, TruthFrom::Imported))), // both wrong, and nothing overridden
            shown(0, 1, Some((0, TruthFrom::Imported))),
            shown(0, 1, Some((1, TruthFrom::AnotherReader))),
            shown(2, 1, Some((0, TruthFrom::Adjudicated))), // neither
            shown(0, 1, None),
        ];
        let found = overrides(&answers);
        assert_eq!((found.answers, counts(found.overridden)), (5, (4, 5)));
        assert_eq!((counts(found.reader_right), counts(found.model_right)), ((1, 3), (1, 3)));
        let truths = Truths::of(answers.iter().map(|one| one.truth));
        assert_eq!(truths, Truths { imported: 2, adjudicated: 1, another_reader: 1 });
        let named: Vec<_> = truths.counts().map(|(from, count)| (from.name(), count)).collect();
        assert_eq!(named, [("imported", 2), ("adjudicated", 1), ("by another reader", 1)]);
        assert_eq!(counts(influence(&[reveal(1, 0, 1, Some(0))]).overrides.reader_right), (1, 1), "after the reveal");
    }

    #[test]
    fn parts_follow_each_other_and_a_short_rest_is_left_out() {
        let answers: Vec<Reveal> = (0..25).map(|at| reveal(0, usize::from(at < 10), 1, None)).collect();
        let parts = over_time(&answers, 10);
        let followed: Vec<_> = parts.iter().map(|part| counts(part.followed)).collect();
        assert_eq!(followed, [(10, 10), (0, 10), (0, 5)]);
        assert_eq!(over_time(&answers[..24], 10).len(), 2);
    }
}
