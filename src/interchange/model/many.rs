//! Of a great many things that are left out for one reason the first are named, and the others counted: a table may name a
//! million pictures that are not there.

use super::draft::Draft;
use std::collections::BTreeMap;

/// So many are named for each reason.
pub const NAMED: usize = 1000;

/// How many there are of each reason.
#[derive(Debug, Default)]
pub struct Many(BTreeMap<String, usize>);

impl Many {
    /// Leaves one out.
    pub fn leave_out<Images>(&mut self, draft: &mut Draft<Images>, what: impl Into<String>, why: &str) {
        let count = match self.0.get_mut(why) {
            Some(count) => count,
            None => self.0.entry(why.to_owned()).or_default(),
        };
        *count += 1;
        if *count <= NAMED {
            draft.leave_out(what, why);
        }
    }

    /// Says how many more there are than were named; `what` is what they are ("images").
    pub fn told<Images>(self, draft: &mut Draft<Images>, what: &str) {
        for (why, more) in self.0.into_iter().filter_map(|(why, count)| Some((why, count.checked_sub(NAMED)?))) {
            if more > 0 {
                draft.leave_out(format!("{more} more {what}"), why);
                draft.unlisted += more - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_many_are_named_and_all_are_counted() {
        let (mut many, mut draft) = (Many::default(), Draft::<()>::default());
        for number in 0..NAMED + 30 {
            many.leave_out(&mut draft, number.to_string(), "gone");
            if number < NAMED {
                many.leave_out(&mut draft, number.to_string(), "twice");
            }
        }
        many.told(&mut draft, "images");
        assert_eq!(draft.left_out.len() + draft.unlisted, 2 * NAMED + 30);
        assert_eq!(draft.left_out.last(), Some(&("30 more images".to_owned(), "gone".to_owned())));
        assert_eq!(draft.left_out.len(), 2 * NAMED + 1);
    }
}
