//! Who reads which images: balanced, evened out by stratum, seeded, and the same whatever the order the images come in.
//!
//! Every stratum has so many places to read. Each reader first gets an equal share of them; what is left over goes round the
//! readers from where the stratum before left off, so that neither within a stratum nor over all two readers differ by more than
//! one. Then image by image those readers are taken that have most of their share left, of equals those who were together
//! least: shares never differ by more than one on the way, so there are always enough different readers for the next image.

use crate::domain::{AssignmentList, AssignmentPlan, ImageKey, Reads, Turn};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An image that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub key: ImageKey,
    /// What it is evened out by; not looked at where that is not asked for.
    pub stratum: String,
    /// Absent where nobody knows whose image it is.
    pub patient: Option<String>,
}

/// Lists of readings, and what could not be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    pub list: AssignmentList,
    /// By stratum, in order: how many of each reader's readings are of it, without honeypots and repeats.
    pub by_stratum: Vec<(String, Vec<usize>)>,
    /// Images that two or more read, without honeypots.
    pub shared: usize,
    /// Sentences why something is less than was asked for.
    pub unmet: Vec<String>,
}

/// Works the lists out. `images` are those to be read and `known` those that may be honeypots, none of which is read otherwise
/// then; of several of the same content one counts.
pub fn assign_readings(plan: &AssignmentPlan, images: &[Candidate], known: &[Candidate]) -> Assigned {
    let readers = plan.readers.len();
    let mut unmet = Vec::new();
    if readers == 0 {
        return Assigned::default();
    }
    let honeypots = honeypots(plan, known);
    if honeypots.len() < plan.honeypots {
        unmet.push(format!(
            "{} of {} honeypots: no more images have a reviewed label that none of these readers had a part in",
            honeypots.len(),
            plan.honeypots
        ));
    }
    let is_honeypot: BTreeSet<&ImageKey> = honeypots.iter().collect();
    let images: BTreeMap<&ImageKey, &Candidate> =
        images.iter().filter(|one| !is_honeypot.contains(&one.key)).map(|one| (&one.key, one)).collect();
    let mut images: Vec<&Candidate> = images.into_values().collect();
    images.sort_by_cached_key(|one| draw(plan.seed, "image", &one.key));
    if let Reads::Each(each) = plan.reads
        && each > readers
    {
        unmet.push(format!("{readers} readings of each image instead of {each}: there are no more readers"));
    }
    let read = match plan.patients_together {
        true => by_patient(plan, &images),
        false => by_image(plan, &images),
    };
    let shared = read.iter().filter(|readers| readers.len() > 1).count();
    let by_stratum = by_stratum(plan, &images, &read);
    let mut list = AssignmentList::default();
    list.images.extend(images.iter().map(|one| one.key.clone()));
    list.images.extend(honeypots.iter().cloned());
    // The list tells the order of nothing but the keys.
    list.images.sort();
    let place: HashMap<&ImageKey, u32> = (0u32..).zip(&list.images).map(|(at, key)| (key, at)).collect();
    let mut orders = Vec::new();
    let mut fewest = plan.repeats;
    for (at, reader) in plan.readers.iter().enumerate() {
        let mine = images.iter().zip(&read).filter(|(_, readers)| readers.contains(&at)).map(|(one, _)| &one.key);
        let mut order: Vec<(&ImageKey, Turn)> = mine.map(|key| (key, Turn::Plain)).collect();
        order.extend(is_honeypot.iter().map(|key| (*key, Turn::Honeypot)));
        order.sort_by_cached_key(|(key, _)| draw(plan.seed, &format!("order {reader}"), key));
        let (order, repeats) = with_repeats(plan, reader, order);
        fewest = fewest.min(repeats);
        orders.push(order.iter().filter_map(|(key, turn)| Some((*place.get(key)?, *turn))).collect());
    }
    if fewest < plan.repeats {
        unmet.push(format!(
            "{fewest} of {} repeats for some readers: their lists are too short for {} images between the two readings",
            plan.repeats, plan.gap
        ));
    }
    drop(place);
    list.orders = orders;
    Assigned { list, by_stratum, shared, unmet }
}

/// A number that seed, purpose and content give: the beginning of a digest, which is enough to put all in order.
pub(super) fn draw(seed: u64, what: &str, key: &ImageKey) -> (u64, ImageKey) {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(what.as_bytes())
        .chain_update([0])
        .chain_update(key.0.as_bytes())
        .chain_update(key.1.to_le_bytes())
        .finalize();
    (digest.iter().take(8).fold(0, |draw, byte| draw << 8 | u64::from(*byte)), key.clone())
}

/// So many of these images, drawn by the seed whatever their order; all where no number is given.
pub fn sampled(seed: u64, mut images: Vec<Candidate>, count: Option<usize>) -> Vec<Candidate> {
    let Some(count) = count else { return images };
    images.sort_by_cached_key(|one| draw(seed, "sample", &one.key));
    images.dedup_by(|a, b| a.key == b.key);
    images.truncate(count);
    images
}

fn honeypots(plan: &AssignmentPlan, known: &[Candidate]) -> Vec<ImageKey> {
    let mut keys: Vec<&ImageKey> = known.iter().map(|one| &one.key).collect::<BTreeSet<_>>().into_iter().collect();
    keys.sort_by_cached_key(|key| draw(plan.seed, "honeypot", key));
    keys.into_iter().take(plan.honeypots).cloned().collect()
}

/// How many readings each of so many images has, in their order.
struct Wanted {
    reads: Reads,
    readers: usize,
    /// Images that came before, and how many of them two read.
    before: usize,
    doubled: usize,
}

impl Wanted {
    fn of(plan: &AssignmentPlan) -> Self {
        Self { reads: plan.reads, readers: plan.readers.len(), before: 0, doubled: 0 }
    }

    /// Of the next `images` as many are read by two as brings the share nearest to what was asked for.
    fn next(&mut self, images: usize) -> Vec<usize> {
        match self.reads {
            Reads::Each(each) => vec![each.clamp(1, self.readers); images],
            Reads::Doubled(percent) => {
                self.before += images;
                // Rounded half up.
                let wanted = (self.before * usize::from(percent.min(100)) + 50) / 100;
                let now = wanted.saturating_sub(self.doubled).min(images);
                self.doubled += now;
                (0..images).map(|at| if at < now { 2.min(self.readers) } else { 1 }).collect()
            }
        }
    }
}

/// The readers of each image, evened out by stratum.
fn by_image(plan: &AssignmentPlan, images: &[&Candidate]) -> Vec<Vec<usize>> {
    let readers = plan.readers.len();
    let mut strata: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, image) in images.iter().enumerate() {
        strata.entry(&image.stratum).or_default().push(at);
    }
    // Whose turn it is to take one more is drawn, too.
    let mut round: Vec<usize> = (0..readers).collect();
    round.sort_by_cached_key(|at| {
        draw(plan.seed, "reader", &ImageKey(plan.readers.get(*at).cloned().unwrap_or_default(), 0))
    });
    let (mut next, mut wanted) = (0, Wanted::of(plan));
    let mut together = vec![vec![0usize; readers]; readers];
    let mut read = vec![Vec::new(); images.len()];
    for members in strata.into_values() {
        let reads = wanted.next(members.len());
        let places: usize = reads.iter().sum();
        let mut left = vec![places / readers; readers];
        for _ in 0..places % readers {
            if let Some(left) = round.get(next % readers).and_then(|reader| left.get_mut(*reader)) {
                *left += 1;
            }
            next += 1;
        }
        for (image, reads) in members.into_iter().zip(reads) {
            let key = images.get(image).map(|one| one.key.clone()).unwrap_or(ImageKey(String::new(), 0));
            let chosen = pick(plan, reads, &left, &together, &key);
            for &reader in &chosen {
                if let Some(left) = left.get_mut(reader) {
                    *left = left.saturating_sub(1);
                }
                for other in chosen.iter().filter(|other| **other != reader) {
                    if let Some(count) = together.get_mut(reader).and_then(|of| of.get_mut(*other)) {
                        *count += 1;
                    }
                }
            }
            if let Some(slot) = read.get_mut(image) {
                *slot = chosen;
            }
        }
    }
    read
}

/// So many different readers: those with most places left, of equals who read least with those that are chosen.
fn pick(plan: &AssignmentPlan, reads: usize, left: &[usize], together: &[Vec<usize>], key: &ImageKey) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::with_capacity(reads);
    while chosen.len() < reads {
        let count = |a: usize, b: usize| together.get(a).and_then(|of| of.get(b)).copied().unwrap_or_default();
        let met = |reader: usize| chosen.iter().map(|other| count(reader, *other)).sum::<usize>();
        let turn = |reader: usize| draw(plan.seed, &format!("turn {reader}"), key).0;
        let best = (0..left.len())
            .filter(|reader| !chosen.contains(reader))
            .min_by_key(|&reader| (std::cmp::Reverse(left.get(reader).copied()), met(reader), turn(reader)));
        match best {
            Some(reader) => chosen.push(reader),
            None => break,
        }
    }
    chosen
}

/// The readers of each image where a patient's images stay together: the patients with most images first, each to those who have
/// fewest so far. An image without a patient is one of its own.
fn by_patient(plan: &AssignmentPlan, images: &[&Candidate]) -> Vec<Vec<usize>> {
    let readers = plan.readers.len();
    let mut patients: BTreeMap<(Option<&str>, Option<&ImageKey>), Vec<usize>> = BTreeMap::new();
    for (at, image) in images.iter().enumerate() {
        let patient = image.patient.as_deref();
        patients.entry((patient, Some(&image.key).filter(|_| patient.is_none()))).or_default().push(at);
    }
    let mut units: Vec<Vec<usize>> = patients.into_values().collect();
    let first = |unit: &Vec<usize>| unit.iter().filter_map(|at| images.get(*at)).map(|one| &one.key).min();
    units.sort_by_cached_key(|unit| {
        (std::cmp::Reverse(unit.len()), first(unit).map(|key| draw(plan.seed, "patient", key)))
    });
    let mut load = vec![0usize; readers];
    let mut read = vec![Vec::new(); images.len()];
    let mut wanted = Wanted::of(plan);
    let together = vec![vec![0usize; readers]; readers];
    for unit in units {
        // The share is one of images; a patient is read by two as a whole or not at all.
        let reads = wanted.next(unit.len());
        let twice = 2 * reads.iter().filter(|reads| **reads > 1).count() >= unit.len();
        let reads = match plan.reads {
            Reads::Each(each) => each.clamp(1, readers),
            Reads::Doubled(_) if twice => 2.min(readers),
            Reads::Doubled(_) => 1,
        };
        let most = load.iter().copied().max().unwrap_or_default();
        let room: Vec<usize> = load.iter().map(|load| most - load).collect();
        let key = first(&unit).cloned().unwrap_or(ImageKey(String::new(), 0));
        let chosen = pick(plan, reads, &room, &together, &key);
        for &reader in &chosen {
            if let Some(load) = load.get_mut(reader) {
                *load += unit.len();
            }
        }
        for image in unit {
            if let Some(slot) = read.get_mut(image) {
                slot.clone_from(&chosen);
            }
        }
    }
    read
}

fn by_stratum(plan: &AssignmentPlan, images: &[&Candidate], read: &[Vec<usize>]) -> Vec<(String, Vec<usize>)> {
    let mut strata: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (image, readers) in images.iter().zip(read) {
        let counts = strata.entry(&image.stratum).or_insert_with(|| vec![0; plan.readers.len()]);
        for reader in readers {
            if let Some(count) = counts.get_mut(*reader) {
                *count += 1;
            }
        }
    }
    strata.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect()
}

/// A reader's list with images that come again, and how many do: each at a drawn place with at least so many others between.
fn with_repeats<'a>(
    plan: &AssignmentPlan,
    reader: &str,
    order: Vec<(&'a ImageKey, Turn)>,
) -> (Vec<(&'a ImageKey, Turn)>, usize) {
    let what = format!("repeat {reader}");
    // One more: it is in sight already while the last one before it is read, so that nobody goes past it.
    let apart = plan.gap + 1;
    let early = order.len().saturating_sub(apart);
    let mut fit: Vec<(usize, &ImageKey)> = order
        .iter()
        .enumerate()
        .take(early)
        .filter(|(_, (_, turn))| *turn == Turn::Plain)
        .map(|(at, (key, _))| (at, *key))
        .collect();
    fit.sort_by_cached_key(|(_, key)| draw(plan.seed, &what, key));
    fit.truncate(plan.repeats);
    // In front of which place of the list so far each comes again; what comes in between only adds to the distance.
    let mut again: BTreeMap<usize, Vec<&'a ImageKey>> = BTreeMap::new();
    let count = fit.len();
    for (at, key) in fit {
        let first = at + 1 + apart;
        let room = u64::try_from(order.len() - first + 1).unwrap_or(1).max(1);
        let drawn = draw(plan.seed, &format!("place {reader}"), key).0 % room;
        let place = first + usize::try_from(drawn).unwrap_or_default();
        if let Some((key, _)) = order.get(at) {
            again.entry(place).or_default().push(key);
        }
    }
    let mut all = Vec::with_capacity(order.len() + count);
    for (at, one) in order.iter().enumerate() {
        all.extend(again.remove(&at).unwrap_or_default().into_iter().map(|key| (key, Turn::Repeat)));
        all.push(*one);
    }
    all.extend(again.into_values().flatten().map(|key| (key, Turn::Repeat)));
    (all, count)
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
