//! Lists of which the items lie in a temporary file: of a source there may be a hundred thousand images, and what is known
//! of them takes more memory than looking at them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// So many stay in memory.
pub const LEAST: usize = 500;
/// Bytes that are written at once.
const AT_ONCE: usize = 64 << 10;

/// Why an item cannot be had again.
#[derive(Debug, thiserror::Error)]
#[error("what was read of the images cannot be read again from the temporary file it was put into ({0}): begin again")]
pub struct SpillError(#[from] io::Error);

/// A list that takes 16 bytes of memory an item; the first few, and items that cannot be written, are in memory.
#[derive(Clone, Debug)]
pub struct Spilled<T> {
    items: Vec<Item<T>>,
    away: Away,
}

#[derive(Clone, Debug)]
enum Item<T> {
    Here(Box<T>),
    Away { at: u64, bytes: u32 },
}

#[derive(Clone, Debug)]
enum Away {
    /// All stays in memory.
    Never,
    /// When the list is long, in this folder where that can be written to.
    Later(Option<PathBuf>),
    To(Arc<SpillFile>),
}

impl<T> Spilled<T> {
    /// An empty list of which, when it is long, the items go into a file in `folder`, or where the system has its temporary
    /// files; that is memory often.
    pub fn within(folder: Option<&Path>) -> Self {
        Self { items: Vec::new(), away: Away::Later(folder.map(Path::to_owned)) }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items are not put by.
    #[cfg(test)]
    pub fn in_memory(&self) -> usize {
        self.items.iter().filter(|item| matches!(item, Item::Here(_))).count()
    }

    /// Takes all but so many items off its end.
    pub fn truncate(&mut self, left: usize) {
        self.items.truncate(left);
    }

    /// Takes the items at these places out.
    pub fn remove(&mut self, places: &BTreeSet<usize>) {
        let mut at = 0..;
        self.items.retain(|_| at.next().is_some_and(|at| !places.contains(&at)));
    }
}

impl<T: Clone + Serialize + DeserializeOwned> Spilled<T> {
    /// Adds an item.
    pub fn push(&mut self, item: T) {
        let item = self.put(item);
        self.items.push(item);
    }

    /// Puts another item in the place of one that is there.
    pub fn set(&mut self, at: usize, item: T) {
        let item = self.put(item);
        if let Some(place) = self.items.get_mut(at) {
            *place = item;
        }
    }

    /// Changes each of them.
    ///
    /// # Errors
    /// When one cannot be read; then those before it are changed.
    pub fn change(&mut self, mut each: impl FnMut(&mut T)) -> Result<(), SpillError> {
        for at in 0..self.len() {
            let mut item = self.get(at)?.into_owned();
            each(&mut item);
            self.set(at, item);
        }
        Ok(())
    }

    fn put(&mut self, item: T) -> Item<T> {
        if let (Away::Later(folder), true) = (&self.away, self.items.len() >= LEAST) {
            self.away = SpillFile::within(folder.as_deref()).map_or(Away::Never, Away::To);
        }
        let Away::To(file) = &self.away else { return Item::Here(Box::new(item)) };
        match file.write(&item) {
            Ok((at, bytes)) => Item::Away { at, bytes },
            Err(error) => {
                tracing::debug!(%error, "an item of a list stays in memory");
                Item::Here(Box::new(item))
            }
        }
    }

    /// The item at a place.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn get(&self, at: usize) -> Result<Cow<'_, T>, SpillError> {
        self.read(self.items.get(at).ok_or(io::Error::from(io::ErrorKind::NotFound))?)
    }

    /// All of them, in order; an error for each that cannot be read.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<Cow<'_, T>, SpillError>> {
        self.items.iter().map(|item| self.read(item))
    }

    /// All of them, in order, read on another thread meanwhile: to make values of bytes takes as long as what is done with
    /// them often.
    pub fn read_ahead<R>(&self, take: impl FnOnce(&mut dyn Iterator<Item = Result<Cow<'_, T>, SpillError>>) -> R) -> R
    where
        T: Send + Sync,
    {
        /// Items that are handed over together, and how often before the reader waits.
        const TOGETHER: usize = 64;
        if self.len() < LEAST {
            return take(&mut self.iter());
        }
        std::thread::scope(|scope| {
            let (give, taken) = std::sync::mpsc::sync_channel(4);
            scope.spawn(move || {
                let mut rest = self.iter();
                loop {
                    let some: Vec<_> = rest.by_ref().take(TOGETHER).collect();
                    // Nobody listens any more where the work was given up.
                    if some.is_empty() || give.send(some).is_err() {
                        return;
                    }
                }
            });
            take(&mut taken.into_iter().flatten())
        })
    }

    /// All of them in memory.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn to_vec(&self) -> Result<Vec<T>, SpillError> {
        self.iter().map(|item| Ok(item?.into_owned())).collect()
    }

    fn read<'a>(&self, item: &'a Item<T>) -> Result<Cow<'a, T>, SpillError> {
        match (item, &self.away) {
            (Item::Here(item), _) => Ok(Cow::Borrowed(item)),
            (Item::Away { at, bytes }, Away::To(file)) => Ok(Cow::Owned(file.read(*at, *bytes)?)),
            (Item::Away { .. }, _) => Err(io::Error::from(io::ErrorKind::NotFound).into()),
        }
    }
}

impl<T: Clone + Serialize + DeserializeOwned> Extend<T> for Spilled<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> Default for Spilled<T> {
    fn default() -> Self {
        Self { items: Vec::new(), away: Away::Never }
    }
}

impl<T> FromIterator<T> for Spilled<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().map(|item| Item::Here(Box::new(item))).collect(), away: Away::Never }
    }
}

impl<T: Clone + Serialize + DeserializeOwned + PartialEq> PartialEq for Spilled<T> {
    fn eq(&self, other: &Self) -> bool {
        let same = |(mine, theirs)| matches!((mine, theirs), (Ok(mine), Ok(theirs)) if mine == theirs);
        self.len() == other.len() && self.iter().zip(other.iter()).all(same)
    }
}

/// A temporary file, gone with the program; where the system allows it has no name. Items are written in MessagePack.
struct SpillFile(Mutex<Held>);

impl std::fmt::Debug for SpillFile {
    /// Nothing of what is in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SpillFile")
    }
}

struct Held {
    file: File,
    /// Bytes of the file.
    end: u64,
    /// What follows them.
    unwritten: Vec<u8>,
    /// Where what was read last ends: lists are read from the front on mostly, and then a block is read ahead.
    next: u64,
    /// Where the block begins, and its bytes.
    block: (u64, Vec<u8>),
}

impl Held {
    /// Bytes that have been written.
    fn written(&mut self, at: u64, packed: &mut [u8]) -> io::Result<()> {
        let follows = std::mem::replace(&mut self.next, at + packed.len() as u64) == at;
        if let Some(known) = self.known(at, packed.len()) {
            packed.copy_from_slice(known);
            return Ok(());
        }
        self.file.seek(SeekFrom::Start(at))?;
        if !follows || packed.len() >= AT_ONCE {
            return self.file.read_exact(packed);
        }
        self.block.0 = at;
        self.block.1.clear();
        // What was written is never changed, so a block stays right while the file grows.
        (&self.file).take(AT_ONCE as u64).read_to_end(&mut self.block.1)?;
        packed.copy_from_slice(self.known(at, packed.len()).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn known(&self, at: u64, bytes: usize) -> Option<&[u8]> {
        let (from, block) = &self.block;
        let begin = usize::try_from(at.checked_sub(*from)?).ok()?;
        block.get(begin..begin.checked_add(bytes)?)
    }
}

impl SpillFile {
    fn within(folder: Option<&Path>) -> Option<Arc<Self>> {
        let file = folder.and_then(|folder| tempfile::tempfile_in(folder).ok()).map_or_else(tempfile::tempfile, Ok);
        let file = file.inspect_err(|error| tracing::debug!(%error, "all of a long list stays in memory")).ok()?;
        Some(Arc::new(Self(Mutex::new(Held {
            file,
            end: 0,
            unwritten: Vec::with_capacity(AT_ONCE),
            next: 0,
            block: (0, Vec::new()),
        }))))
    }

    fn write<T: Serialize>(&self, item: &T) -> io::Result<(u64, u32)> {
        let packed = rmp_serde::to_vec_named(item).map_err(io::Error::other)?;
        let bytes = u32::try_from(packed.len()).map_err(io::Error::other)?;
        let held = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.unwritten.len() + packed.len() > AT_ONCE {
            held.file.seek(SeekFrom::Start(held.end))?;
            held.file.write_all(&held.unwritten)?;
            held.end += held.unwritten.len() as u64;
            held.unwritten.clear();
        }
        let at = held.end + held.unwritten.len() as u64;
        held.unwritten.extend(packed);
        Ok((at, bytes))
    }

    fn read<T: DeserializeOwned>(&self, at: u64, bytes: u32) -> io::Result<T> {
        let packed = self.packed(at, bytes)?;
        // What is wrong would be told with values, and those are patients' maybe.
        rmp_serde::from_slice(&packed).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn packed(&self, at: u64, bytes: u32) -> io::Result<Vec<u8>> {
        let mut packed = vec![0; bytes as usize];
        let held = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match at.checked_sub(held.end) {
            None => held.written(at, &mut packed)?,
            Some(behind) => {
                let from = usize::try_from(behind).map_err(io::Error::other)?;
                let there = held.unwritten.get(from..from + packed.len());
                packed.copy_from_slice(there.ok_or(io::ErrorKind::UnexpectedEof)?);
            }
        }
        Ok(packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageFacts, Rect};

    #[test]
    fn what_was_put_by_comes_back_while_more_is_put() {
        let dir = tempfile::tempdir().unwrap();
        let facts = |number: usize| {
            let attributes = [("view".to_owned(), "x".repeat(number % 97))].into();
            let study = number.is_multiple_of(2).then(|| format!("1.2.{number}"));
            ImageFacts { format: "DICOM".into(), attributes, study, ..ImageFacts::default() }
        };
        let mut list = Spilled::within(Some(dir.path()));
        for number in 0..2000 {
            list.push(facts(number));
            let early = number / 2;
            assert_eq!(*list.get(early).unwrap(), facts(early), "{early} of {number}");
        }
        assert_eq!(list.in_memory(), LEAST);
        let Away::To(file) = list.away.clone() else { panic!("{:?}", list.away) };
        assert!(file.0.lock().unwrap().end > 2 * AT_ONCE as u64, "it was written more than once");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "it has no name");
        list.set(7, facts(1));
        list.remove(&BTreeSet::from([0, 8]));
        let mut wanted: Vec<ImageFacts> = (1..2000).filter(|number| *number != 8).map(facts).collect();
        wanted[6] = facts(1);
        assert_eq!(list.to_vec().unwrap(), wanted);
        assert_eq!(list, wanted.clone().into_iter().collect());
        assert_ne!(list, wanted.into_iter().skip(1).collect());
        list.get(list.len()).unwrap_err();
    }

    /// A list that is long already.
    fn long<T: Clone + Serialize + DeserializeOwned>(of: &T) -> Spilled<T> {
        let mut list = Spilled::within(None);
        (0..LEAST).for_each(|_| list.push(of.clone()));
        assert!(matches!(list.away, Away::Later(_)), "few stay in memory");
        list
    }

    #[test]
    fn reading_ahead_gives_what_was_written_whatever_the_order() {
        let item = |number: usize| format!("{number} ").repeat(1 + number % 300);
        let mut list = Spilled::within(None);
        let (count, large) = (3000, "x".repeat(2 * AT_ONCE));
        (0..count).for_each(|number| list.push(item(number)));
        list.push(large.clone());
        list.extend((0..10).map(item));
        let forward: Vec<usize> = (0..count).collect();
        let back: Vec<usize> = forward.iter().rev().copied().collect();
        let leaps: Vec<usize> = (0..count).map(|at| at * 701 % count).collect();
        // Two walks through the list by turns, each of which the other interrupts.
        let turns: Vec<usize> = (0..count / 2).flat_map(|at| [at, count / 2 + at]).collect();
        let ahead = list.read_ahead(|items| items.map(|one| one.unwrap().into_owned()).collect::<Vec<_>>());
        assert_eq!(ahead, list.to_vec().unwrap());
        assert_eq!(
            list.read_ahead(|items| items.nth(1700).unwrap().unwrap().into_owned()),
            item(1700),
            "it is given up"
        );
        for order in [forward, back, leaps, turns] {
            for at in order {
                assert_eq!(*list.get(at).unwrap(), item(at), "{at}");
            }
            assert_eq!(*list.get(count).unwrap(), large);
            assert_eq!(*list.get(count + 1).unwrap(), item(0));
        }
    }

    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let rects = [[0.1 + 0.2, 1e-300, f64::MAX, 5e-324], [1.0 / 3.0, f64::INFINITY, -0.0, 123_456_789.123_456_78]];
        let rects = rects.map(|[xmin, ymin, xmax, ymax]| Rect { xmin, ymin, xmax, ymax });
        let mut list = long(&rects[0]);
        list.extend(rects);
        assert_eq!((list.in_memory(), &list.to_vec().unwrap()[LEAST..]), (LEAST, &rects[..]));
    }

    #[test]
    fn a_file_that_cannot_be_written_to_loses_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut list = long(&"x".repeat(AT_ONCE / 100));
        let (path, wanted) = (dir.path().join("f"), list.get(0).unwrap().into_owned());
        std::fs::write(&path, "").unwrap();
        let file = File::open(&path).unwrap();
        list.away = Away::To(Arc::new(SpillFile(Mutex::new(Held {
            file,
            end: 0,
            unwritten: Vec::new(),
            next: 0,
            block: (0, Vec::new()),
        }))));
        (0..300).for_each(|_| list.push(wanted.clone()));
        assert!(list.to_vec().unwrap().iter().all(|item| *item == wanted));
        assert!((LEAST + 150..LEAST + 300).contains(&list.in_memory()), "{}", list.in_memory());
    }

    #[test]
    fn what_cannot_be_written_is_kept() {
        #[cfg(unix)]
        let odd: PathBuf = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff.png").into();
        #[cfg(not(unix))]
        let odd = PathBuf::from("a.png");
        let mut list = long(&PathBuf::new());
        list.push(odd.clone());
        list.push("b.png".into());
        assert_eq!(list.to_vec().unwrap()[LEAST..], [odd, "b.png".into()]);
    }
}
