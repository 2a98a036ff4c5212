//! Which rows are in the queue, and in what order.

use crate::domain::{ImageId, Presence, Split};
use crate::evaluation::active::uncertainty::{least_confidence, margin};
use crate::interchange::names::natural_order;
use crate::session::project::order_keys;
use crate::session::project::wanted::Wanted;
use crate::session::protocol::queue::{Boxes, Filter, OfFindings, Review, Sort};
use crate::session::protocol::survey::Analysis;
use crate::session::protocol::view::{ImageRow, RowFinding};
use crate::session::protocol::words;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// The natural order of all names, found once for a list of rows. Where no two files are called alike, folders are passed
/// over: they are splits and classes, and a reader should not get all images of a class in a row. Else, as with the
/// numbered files of many patients, folders go first. Test images come last, because they are no work to be done:
/// labelling them teaches no model and moves what all models are measured by.
#[derive(Clone, Debug, Default)]
pub struct NameOrder {
    /// Rows from the first name to the last.
    rows: Vec<u32>,
    /// The place of each row in that order.
    rank: Vec<u32>,
}

impl NameOrder {
    /// Sorts the names of these rows.
    pub fn new(rows: &[ImageRow]) -> Self {
        let mut seen = HashSet::new();
        let distinct = rows.iter().all(|row| seen.insert(words::short(&row.name)));

        let mut keyed: Vec<(bool, &str, u32)> = rows
            .iter()
            .zip(0u32..)
            .map(|(row, index)| (row.split == Split::Test, name(row, distinct), index))
            .collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| natural_order(a.1, b.1)).then(a.2.cmp(&b.2)));
        let order: Vec<u32> = keyed.into_iter().map(|(.., index)| index).collect();
        let mut rank = vec![0u32; order.len()];
        for (place, &row) in (0u32..).zip(&order) {
            if let Some(slot) = rank.get_mut(row as usize) {
                *slot = place;
            }
        }
        Self { rows: order, rank }
    }

    fn rank(&self, row: u32) -> u32 {
        self.rank.get(row as usize).copied().unwrap_or(u32::MAX)
    }
}

fn name(row: &ImageRow, distinct: bool) -> &str {
    if distinct { words::short(&row.name) } else { &row.name }
}

/// A filter made ready for many rows.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    filter: Filter,
    /// With the place of each in its set.
    only: Option<HashMap<ImageId, u32>>,
    name: String,
    terms: Vec<Wanted>,
}

impl Matcher {
    /// Prepares a filter.
    pub fn new(filter: &Filter) -> Self {
        Self::with(filter, None)
    }

    /// The same where it may ask for attributes of files, of which `analysis` knows; without it no image has any.
    pub fn with(filter: &Filter, analysis: Option<&Analysis>) -> Self {
        Self {
            terms: filter.terms.iter().map(|term| Wanted::of(term, analysis)).collect(),
            filter: filter.clone(),
            only: filter.only.as_ref().map(|set| set.images.iter().copied().zip(0u32..).collect()),
            name: filter.name.trim().to_lowercase(),
        }
    }

    /// Whether a row is in the queue.
    pub fn passes(&self, row: &ImageRow) -> bool {
        let f = &self.filter;
        f.label.is_none_or(|label| row.label.map(usize::from) == Some(label))
            && f.split.is_none_or(|split| row.split == split)
            && f.review.is_none_or(|review| row.reviewed == (review == Review::Reviewed))
            && (!f.flagged || row.flagged)
            && (!f.key || row.facts.key)
            && (!f.disagreement || row.disagrees())
            && (!f.unsure || row.is_unsure())
            && f.boxes.is_none_or(|boxes| has(row, boxes))
            && f.findings.is_none_or(|findings| says(row, findings))
            && self.only.as_ref().is_none_or(|only| only.contains_key(&row.id))
            && self.terms.iter().all(|term| term.fits(row))
            && (self.name.is_empty() || row.name.to_lowercase().contains(&self.name))
    }
}

impl Matcher {
    /// The place of a row's image in the named set.
    fn place(&self, row: &ImageRow) -> u32 {
        self.only.as_ref().and_then(|only| only.get(&row.id)).copied().unwrap_or(u32::MAX)
    }
}

fn has(row: &ImageRow, boxes: Boxes) -> bool {
    let row = &row.boxes;
    match boxes {
        Boxes::Some => row.drawn > 0,
        Boxes::None => row.known && row.drawn == 0,
        Boxes::Missed => row.missed > 0,
        Boxes::Shifted => row.shifted > 0,
        Boxes::Extra => row.extra > 0,
    }
}

fn says(row: &ImageRow, findings: OfFindings) -> bool {
    row.findings.as_ref().is_some_and(|of| match findings {
        OfFindings::Said { finding, presence } => of.get(finding).known == presence,
        OfFindings::None => of.is_none(),
        OfFindings::Unsaid => !of.is_known(),
    })
}

/// How early a row comes; the larger the earlier. Rows without a prediction come last where predictions decide.
fn priority(row: &ImageRow, sort: Sort) -> f32 {
    let boxes = &row.boxes;
    match sort {
        Sort::Name | Sort::Likeness | Sort::Import | Sort::Random(_) | Sort::Time | Sort::Oldest | Sort::Patient => 0.0,
        // Of these one row alone says nothing.
        Sort::LabelErrors | Sort::RareClass => 0.0,
        // The first first; what is not picked comes after all that is.
        Sort::ColdStart | Sort::KCentre => row.facts.picked.map_or(f32::MIN, |place| -(place as f32)),
        Sort::ReadersApart => row.facts.readers_apart.unwrap_or(-1.0),
        Sort::ModelsApart => row.facts.models_apart.unwrap_or(-1.0),
        Sort::Label => match (&row.findings, row.label) {
            (Some(findings), _) => findings.known().that_are(Presence::Present).count() as f32,
            (None, Some(label)) => f32::from(u16::MAX) - f32::from(label),
            (None, None) => -1.0,
        },
        Sort::Size => row.width as f32 * row.height as f32,
        Sort::Boxes if boxes.known => f32::from(boxes.drawn),
        Sort::Boxes => f32::from(boxes.predicted),
        Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Class
        | Sort::Probability(_)
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::HeatOutside
        | Sort::Extra
            if !row.is_predicted() =>
        {
            -1.0
        }
        Sort::Uncertainty => row.uncertainty,
        Sort::Margin => doubt(row, margin),
        Sort::LeastConfidence => doubt(row, least_confidence),
        // No class is likely enough: that is less sure than any number of them. The uncertainty is at most 1.
        Sort::NotSure => match row.named {
            Some(0) => f32::from(u16::MAX) + row.uncertainty,
            Some(named) => 2.0 * f32::from(named) + row.uncertainty,
            None => row.uncertainty,
        },
        Sort::Disagreement => match row.predicted {
            _ if boxes.seen => {
                // Above every agreement the one with the most wrong boxes; agreements begin with the least sure.
                f32::from(boxes.missed) + f32::from(boxes.shifted) + f32::from(boxes.extra) + row.uncertainty
            }
            _ if let Some(findings) = &row.findings => {
                let surest = findings.disagreements().map(RowFinding::sureness).reduce(f32::max);
                surest.map_or(row.uncertainty, |surest| 1.0 + surest)
            }
            // Above every agreement, the most confident contradiction first; agreements begin with the least sure.
            Some((_, p)) if row.disagrees() => 1.0 + p,
            Some((_, p)) => 1.0 - p,
            None => -1.0,
        },
        Sort::Class => row.predicted.map_or(-1.0, |(class, p)| f32::from(u16::MAX) - f32::from(class) + p / 2.0),
        Sort::Probability(class) => row
            .facts
            .probabilities
            .as_ref()
            .and_then(|said| said.get(usize::from(class)).copied())
            .or(row.predicted.filter(|(one, _)| *one == class).map(|(_, p)| p))
            .unwrap_or(-1.0),
        Sort::BestScore => boxes.best,
        Sort::Finding(finding) => {
            let of = row.findings.as_ref().map(|findings| findings.get(finding.into())).unwrap_or_default();
            if of.answered.is_some() { of.probability } else { -1.0 }
        }
        Sort::Missed => f32::from(boxes.missed),
        Sort::Shifted => f32::from(boxes.shifted),
        Sort::WrongPlace => f32::from(boxes.misplaced),
        Sort::HeatOutside => row.facts.heat_outside.unwrap_or(-1.0),
        Sort::Extra => f32::from(boxes.extra),
    }
}

/// How unsure the model is by its probabilities of one class an image; of findings and boxes as the row has it.
fn doubt(row: &ImageRow, of: fn(&[f32]) -> f32) -> f32 {
    let said = row.facts.probabilities.as_deref().filter(|_| row.findings.is_none());
    said.map_or(row.uncertainty, of)
}

/// Which of two rows comes first; `keys` are those of [`order_keys::of_all`].
fn before(
    rows: &[ImageRow],
    names: &NameOrder,
    matcher: &Matcher,
    sort: Sort,
    keys: &[f32],
    a: u32,
    b: u32,
) -> Ordering {
    let of = |row: u32| rows.get(row as usize);
    let first = match sort {
        Sort::Likeness => of(a).map(|row| matcher.place(row)).cmp(&of(b).map(|row| matcher.place(row))),
        Sort::Import => a.cmp(&b),
        Sort::Random(seed) => shuffled(seed, of(a)).cmp(&shuffled(seed, of(b))),
        Sort::Time => said(of(b)).cmp(&said(of(a))),
        Sort::Oldest => said(of(a)).is_none().cmp(&said(of(b)).is_none()).then(said(of(a)).cmp(&said(of(b)))),
        Sort::LabelErrors | Sort::RareClass => {
            let key = |row: u32| keys.get(row as usize).copied().unwrap_or(-1.0);
            key(b).total_cmp(&key(a))
        }
        Sort::Patient => match (patient(of(a)), patient(of(b))) {
            (Some(a), Some(b)) => natural_order(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
        Sort::Name
        | Sort::Label
        | Sort::Class
        | Sort::Size
        | Sort::Probability(_)
        | Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::ColdStart
        | Sort::KCentre
        | Sort::ReadersApart
        | Sort::ModelsApart
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::HeatOutside
        | Sort::Extra => {
            let key = |row: u32| of(row).map_or(-1.0, |r| priority(r, sort));
            key(b).total_cmp(&key(a))
        }
    };
    first.then_with(|| names.rank(a).cmp(&names.rank(b)))
}

/// When something was last said of an image.
fn said(row: Option<&ImageRow>) -> Option<i64> {
    row?.facts.said.as_ref().map(|(_, time_ms)| *time_ms)
}

fn patient(row: Option<&ImageRow>) -> Option<&str> {
    row?.facts.group.as_deref()
}

/// A place in a shuffled order: the finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014) over the image's number, which no import changes.
fn shuffled(seed: u64, row: Option<&ImageRow>) -> u64 {
    let image = row.map_or(0, |row| row.id.0).cast_unsigned();
    let mut bits = image.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The whole queue: indices into `rows`. Each row's key is worked out once, in the order in which the rows lie in memory, and
/// only numbers are compared; the order is that of [`before`].
pub fn queue(rows: &[ImageRow], names: &NameOrder, matcher: &Matcher, sort: Sort) -> Vec<u32> {
    let passing = (0u32..).zip(rows).filter(|(_, row)| matcher.passes(row));
    let ranked = passing.map(|(at, row)| (at, names.rank(at), row));
    match sort {
        Sort::Name => in_order(names, ranked.map(|(_, rank, _)| (0, rank))),
        Sort::Likeness => in_order(names, ranked.map(|(_, rank, row)| (matcher.place(row), rank))),
        Sort::Import => ranked.map(|(at, ..)| at).collect(),
        Sort::Random(seed) => in_wide_order(names, ranked.map(|(_, rank, row)| (shuffled(seed, Some(row)), rank))),
        Sort::Time => in_wide_order(names, ranked.map(|(_, rank, row)| (latest_first(said(Some(row))), rank))),
        Sort::Oldest => in_wide_order(names, ranked.map(|(_, rank, row)| (oldest_first(said(Some(row))), rank))),
        Sort::LabelErrors | Sort::RareClass => {
            let keys = order_keys::of_all(rows, sort);
            let key = |at: u32| largest_first(keys.get(at as usize).copied().unwrap_or(-1.0));
            in_order(names, ranked.map(|(at, rank, _)| (key(at), rank)))
        }
        Sort::Patient => {
            let patients = patient_ranks(rows);
            // Those without a patient last.
            let place = |row| patient(Some(row)).and_then(|patient| patients.get(patient)).copied().unwrap_or(u32::MAX);
            in_order(names, ranked.map(|(_, rank, row)| (place(row), rank)))
        }
        Sort::Uncertainty
        | Sort::Margin
        | Sort::LeastConfidence
        | Sort::ColdStart
        | Sort::KCentre
        | Sort::ReadersApart
        | Sort::ModelsApart
        | Sort::NotSure
        | Sort::Disagreement
        | Sort::Class
        | Sort::Probability(_)
        | Sort::Label
        | Sort::Size
        | Sort::Boxes
        | Sort::BestScore
        | Sort::Finding(_)
        | Sort::Missed
        | Sort::Shifted
        | Sort::WrongPlace
        | Sort::HeatOutside
        | Sort::Extra => in_order(names, ranked.map(|(_, rank, row)| (largest_first(priority(row, sort)), rank))),
    }
}

/// Rows by a key and, where that is the same, by the rank of their names, which gives the row back.
fn in_order(names: &NameOrder, keys: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut keys: Vec<u64> = keys.map(|(key, rank)| u64::from(key) << 32 | u64::from(rank)).collect();
    keys.sort_unstable();
    keys.into_iter().filter_map(|key| names.rows.get((key & u64::from(u32::MAX)) as usize).copied()).collect()
}

/// The same for keys that need more bits.
fn in_wide_order(names: &NameOrder, keys: impl Iterator<Item = (u64, u32)>) -> Vec<u32> {
    let mut keys: Vec<(u64, u32)> = keys.collect();
    keys.sort_unstable();
    keys.into_iter().filter_map(|(_, rank)| names.rows.get(rank as usize).copied()).collect()
}

/// A key that grows as the number falls, in the order of [`f32::total_cmp`].
fn largest_first(number: f32) -> u32 {
    let bits = number.to_bits();
    // Of negative numbers the larger bits are the smaller number.
    if bits >> 31 == 1 { bits } else { !bits & (u32::MAX >> 1) }
}

/// A key that grows as the time falls; none is the last.
fn latest_first(time: Option<i64>) -> u64 {
    time.map_or(u64::MAX, |time| !(time.cast_unsigned() ^ (1 << 63)))
}

/// A key that grows with the time; none is the last.
fn oldest_first(time: Option<i64>) -> u64 {
    time.map_or(u64::MAX, |time| time.cast_unsigned() ^ (1 << 63))
}

/// The place of each patient in the natural order of all.
fn patient_ranks(rows: &[ImageRow]) -> HashMap<&str, u32> {
    let distinct: HashSet<&str> = rows.iter().filter_map(|row| patient(Some(row))).collect();
    let mut sorted: Vec<&str> = distinct.into_iter().collect();
    sorted.sort_unstable_by(|a, b| natural_order(a, b));
    sorted.into_iter().zip(0u32..).collect()
}

/// Brings the queue up to date after one row changed by a reader's hand: a row that passes no more drops out, one that
/// passes again comes back to its place, and one that still passes stays where it is, so that the list does not jump
/// under the person labelling. Says whether the queue changed.
pub fn refresh_one(
    queue: &mut Vec<u32>,
    rows: &[ImageRow],
    names: &NameOrder,
    matcher: &Matcher,
    sort: Sort,
    row: u32,
) -> bool {
    let passes = rows.get(row as usize).is_some_and(|r| matcher.passes(r));
    match (queue.iter().position(|&r| r == row), passes) {
        (Some(at), false) => {
            queue.remove(at);
            true
        }
        (None, true) => {
            let keys = order_keys::of_all(rows, sort);
            let at = queue.partition_point(|&r| before(rows, names, matcher, sort, &keys, r, row) == Ordering::Less);
            queue.insert(at, row);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
