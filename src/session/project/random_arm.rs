//! Part of a learned order drawn at random, so that what the model is unsure of is not all that anybody ever looks at.

use crate::evaluation::active::random_arm::mix;
use crate::session::project::order::{self, Matcher, NameOrder};
use crate::session::protocol::queue::Sort;
use crate::session::protocol::view::ImageRow;

/// What images are drawn by, the same in every project and at every start: an image that was drawn stays drawn.
const SEED: u64 = 2018;

/// How a queue is put in order.
#[derive(Clone, Copy, Debug)]
pub struct Ordered {
    pub sort: Sort,
    /// Of a learned order so many percent of the places are drawn at random; of any other none are.
    pub at_random: u8,
}

impl Ordered {
    fn percent(self) -> usize {
        if self.sort.is_learned() { usize::from(self.at_random) } else { 0 }
    }
}

/// As [`order::queue`], with its random part; what nobody has reviewed is drawn first.
pub fn queue(rows: &[ImageRow], names: &NameOrder, matcher: &Matcher, how: Ordered) -> Vec<u32> {
    let ordered = order::queue(rows, names, matcher, how.sort);
    if how.percent() == 0 {
        return ordered;
    }
    let mut drawn = order::queue(rows, names, matcher, Sort::Random(SEED));
    drawn.sort_by_key(|row| rows.get(*row as usize).is_some_and(|row| row.reviewed));
    mix(&ordered, &drawn, how.percent(), 0, |row| row as usize).order
}

/// As [`order::refresh_one`]: a row that comes back does so behind the first of those before it in a new queue that is there.
pub fn refresh_one(
    queue: &mut Vec<u32>,
    rows: &[ImageRow],
    names: &NameOrder,
    matcher: &Matcher,
    how: Ordered,
    row: u32,
) -> bool {
    let passes = rows.get(row as usize).is_some_and(|r| matcher.passes(r));
    if how.percent() == 0 || !passes || queue.contains(&row) {
        return order::refresh_one(queue, rows, names, matcher, how.sort, row);
    }
    let mut place = vec![None; rows.len()];
    for (at, row) in queue.iter().enumerate() {
        if let Some(place) = place.get_mut(*row as usize) {
            *place = Some(at);
        }
    }
    let fresh = self::queue(rows, names, matcher, how);
    let before = fresh.iter().take_while(|other| **other != row);
    let behind = before.filter_map(|other| place.get(*other as usize).copied().flatten()).last();
    queue.insert(behind.map_or(0, |at| at + 1), row);
    true
}

#[cfg(test)]
#[path = "random_arm_tests.rs"]
mod tests;
