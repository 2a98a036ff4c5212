//! Sign-offs: a person answers for what is said of an image, which is locked from then on until it is reopened with a reason.

use super::change::Change;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A sign-off that holds. It is told from others by who made it and when: the same one in two copies of a project is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// The reader, by the name people call the reader by.
    pub by: String,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub signed_ms: i64,
    /// What the image said when it was signed, as a digest that copies of a project can compare; empty in older sign-offs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// It was made in another copy of the project, and here the image says something else than what was signed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

impl SignOff {
    /// Whether it is the same one.
    pub fn is(&self, other: &Self) -> bool {
        (&self.by, self.signed_ms) == (&other.by, other.signed_ms)
    }
}

/// Who signed an image off: "ann", "ann and ben"; `None` where nobody did, so that it is open.
pub fn signed_by(all: &[SignOff]) -> Option<String> {
    let mut names: Vec<&str> = all.iter().map(|one| one.by.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(" and "))
}

/// Those of sign-offs that are of what the image says here.
pub fn of_what_is_said(all: &[SignOff]) -> Vec<SignOff> {
    all.iter().filter(|one| !one.elsewhere).cloned().collect()
}

/// How far one sign-off is: made, reopened, and each of them taken back. Copies of a project agree on which of two they know is
/// the later one, whatever order they are merged in: the larger time, and of one time the larger step.
#[derive(Clone, Debug, PartialEq)]
pub struct SignOffStep {
    pub sign_off: SignOff,
    /// When a person last signed or reopened, in milliseconds since 1970-01-01 UTC; taking back leaves it.
    pub at_ms: i64,
    /// Counts up from 0, the sign-off itself.
    pub step: u32,
    /// It holds.
    pub holds: bool,
    /// Why it was reopened; empty where it was not.
    pub reason: String,
}

impl SignOffStep {
    /// The last step of each sign-off that these changes of one image speak of, in the order they first do.
    pub fn last<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for change in changes {
            let Change::SignOff { sign_off, at_ms, step, new, reason, old: _ } = change else { continue };
            let (sign_off, reason) = (sign_off.clone(), reason.clone());
            let one = Self { sign_off, at_ms: *at_ms, step: *step, holds: *new, reason };
            match all.iter_mut().find(|known| known.sign_off.is(&one.sign_off)) {
                Some(known) if one.cmp_time(known) != Ordering::Less => *known = one,
                Some(_) => {}
                None => all.push(one),
            }
        }
        all
    }

    /// Which of two steps of one sign-off is the later one.
    pub fn cmp_time(&self, other: &Self) -> Ordering {
        (self.at_ms, self.step).cmp(&(other.at_ms, other.step))
    }

    /// The change that reopens it at a time, for a reason.
    pub fn reopened(&self, now_ms: i64, reason: &str) -> Change {
        Change::SignOff {
            sign_off: self.sign_off.clone(),
            // A clock that was set back does not make it the earlier one.
            at_ms: now_ms.max(self.at_ms),
            step: self.step + 1,
            old: true,
            new: false,
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Annotation;

    fn signed(by: &str, ms: i64) -> Change {
        Change::signed_off(by, ms)
    }

    #[test]
    fn a_sign_off_is_reopened_and_each_step_is_later_than_the_one_before() {
        let mut state = Annotation::default();
        let sign = signed("ann", 5);
        sign.apply(&mut state);
        assert_eq!(signed_by(&state.signed).as_deref(), Some("ann"));
        let [last] = &SignOffStep::last([&sign])[..] else { panic!("one") };
        let reopen = last.reopened(3, "the lateral view was missed");
        reopen.apply(&mut state);
        assert_eq!(state, Annotation::default());
        let back = reopen.inverse();
        back.apply(&mut state);
        assert_eq!(signed_by(&state.signed).as_deref(), Some("ann"), "taking the reopening back locks it again");
        let all = [sign, reopen, back];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let [last] = &SignOffStep::last(order.map(|at: usize| &all[at]))[..] else { panic!("one") };
            assert_eq!((last.at_ms, last.step, last.holds), (5, 2, true), "in whatever order they become known");
        }
    }

    #[test]
    fn the_sign_offs_of_two_people_stand_beside_each_other() {
        let mut state = Annotation::default();
        [signed("ben", 7), signed("ann", 5), signed("ben", 7)].iter().for_each(|one| one.apply(&mut state));
        assert_eq!(signed_by(&state.signed).as_deref(), Some("ann and ben"));
        signed("ben", 7).inverse().apply(&mut state);
        assert_eq!(signed_by(&state.signed).as_deref(), Some("ann"));
    }
}
