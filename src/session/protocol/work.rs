//! How the labelling goes: what was done today and in this sitting, how fast, and what changed last.

use crate::domain::ImageId;
use std::collections::BTreeMap;

/// A pause longer than this is no work, in milliseconds.
const PAUSE: i64 = 5 * 60_000;

/// How the labelling goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkView {
    pub today: Worked,
    /// Since the project was opened.
    pub sitting: Worked,
    /// What changed last, the newest first.
    pub recent: Vec<RecentChange>,
}

/// What a reader did in a span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Worked {
    /// Images of which something was said.
    pub images: usize,
    /// The time that took, without pauses, in milliseconds.
    pub spent_ms: i64,
    /// Images by the class that was said last (index into the class list); of findings those that are present.
    pub by_class: BTreeMap<usize, usize>,
}

/// A line of what changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentChange {
    pub image: ImageId,
    pub name: String,
    pub time: String,
    pub who: String,
    pub what: String,
}

impl Worked {
    /// Of what was said of which image when (ms since 1970-01-01 UTC), the oldest first, with the classes it says.
    pub fn of(said: &[(ImageId, i64, Vec<usize>)]) -> Self {
        let mut last: BTreeMap<ImageId, &[usize]> = BTreeMap::new();
        let (mut spent_ms, mut before) = (0, None);
        for (image, time_ms, classes) in said {
            last.insert(*image, classes);
            if let Some(before) = before {
                let gap: i64 = time_ms - before;
                spent_ms += if gap <= PAUSE { gap.max(0) } else { 0 };
            }
            before = Some(*time_ms);
        }
        let mut by_class = BTreeMap::new();
        for class in last.values().flat_map(|classes| classes.iter()) {
            *by_class.entry(*class).or_default() += 1;
        }
        Self { images: last.len(), spent_ms, by_class }
    }

    /// Images an hour; absent while there is too little to tell by.
    pub fn per_hour(&self) -> Option<f64> {
        (self.images >= 5 && self.spent_ms >= 60_000).then(|| self.images as f64 / (self.spent_ms as f64 / 3.6e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_no_work_and_the_last_word_on_an_image_counts() {
        let minute = 60_000;
        let said: Vec<(ImageId, i64, Vec<usize>)> =
            [(1, 0, 0), (2, 1, 1), (3, 2, 1), (1, 3, 1), (4, 60, 0), (5, 61, 0)]
                .into_iter()
                .map(|(image, time, class)| (ImageId(image), time * minute, vec![class]))
                .collect();
        let worked = Worked::of(&said);
        assert_eq!((worked.images, worked.spent_ms), (5, 4 * minute), "the pause of 57 minutes is left out");
        assert_eq!(worked.by_class, BTreeMap::from([(0, 2), (1, 3)]));
        assert_eq!(worked.per_hour(), Some(75.0));
        assert_eq!(Worked::of(&said[..3]).per_hour(), None, "too few to tell by");
    }
}
