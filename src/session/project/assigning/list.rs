//! The list that was assigned to a reader as a value: what of it is left, in its order, and when an image comes again.

use crate::domain::{EventId, ImageId, Turn};
use crate::files::hash::sha256_hex;
use crate::session::protocol::assignments::MyReadings;
use crate::session::protocol::work::Worked;
use std::collections::{BTreeMap, HashSet};

/// Digits of what an image is called while it is read blind.
const DIGITS: usize = 6;

/// When a reading was last changed: its event, and ms since 1970-01-01 UTC.
pub(super) type At = (EventId, i64);

/// The list, as far as the project has its images.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::session) struct Assigned {
    pub(super) seed: u64,
    pub(super) order: Vec<(ImageId, Turn)>,
    pub(super) gap: usize,
    /// Readings that are done: of which image, and whether it was the second.
    pub(super) done: BTreeMap<(ImageId, bool), At>,
    /// Images whose second reading has come.
    pub(super) second: HashSet<ImageId>,
}

impl Assigned {
    /// What is left, in order.
    pub(in crate::session) fn left(&self) -> impl Iterator<Item = ImageId> {
        let is_left = |(image, turn): &&(ImageId, Turn)| match turn {
            Turn::Plain | Turn::Honeypot => !self.done.contains_key(&(*image, false)),
            Turn::Repeat => self.second.contains(image) && !self.done.contains_key(&(*image, true)),
        };
        self.order.iter().filter(is_left).map(|(image, _)| *image)
    }

    /// Whether an image is read a second time now.
    pub(in crate::session) fn is_second(&self, image: ImageId) -> bool {
        self.second.contains(&image)
    }

    /// Images that come again now: enough others were read since their first reading, or nothing else is left.
    pub(super) fn due(&self) -> Vec<ImageId> {
        let nothing_left = self.left().next().is_none();
        let is_due = |(image, turn): &&(ImageId, Turn)| {
            let Some(at) = self.done.get(&(*image, false)).filter(|_| *turn == Turn::Repeat) else { return false };
            let since = self.done.iter().filter(|((other, _), done)| other != image && **done > *at).count();
            !self.second.contains(image) && (since >= self.gap || nothing_left)
        };
        self.order.iter().filter(is_due).map(|(image, _)| *image).collect()
    }

    pub(super) fn view(&self) -> MyReadings {
        let known: HashSet<ImageId> = self.order.iter().map(|(image, _)| *image).collect();
        let done: Vec<(ImageId, i64, Vec<usize>)> = {
            let mut times: Vec<(At, ImageId)> = self
                .done
                .iter()
                .filter(|((image, _), _)| known.contains(image))
                .map(|((image, _), at)| (*at, *image))
                .collect();
            times.sort_unstable();
            times.into_iter().map(|((_, time), image)| (image, time, Vec::new())).collect()
        };
        let (read, total) = (done.len(), self.order.len());
        let left = i64::try_from(total.saturating_sub(read)).unwrap_or(i64::MAX);
        let pace = Worked::of(&done).per_hour().filter(|pace| *pace > 0.0);
        let left_ms = pace.map(|pace| (left as f64 * 3.6e6 / pace) as i64);
        MyReadings { read, total, left_ms }
    }

    /// What an image is called while it is read blind: another name each time it is read, that tells nothing of either.
    pub(super) fn name(&self, image: ImageId) -> String {
        let text = format!("{} {} {}", self.seed, image.0, self.is_second(image));
        let hash = sha256_hex(text.as_bytes());
        format!("Reading {}", hash.get(..DIGITS).unwrap_or(&hash))
    }
}
