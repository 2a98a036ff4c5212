//! The directory of a zip archive whose entries are stored as they are, as PyTorch writes them (APPNOTE.TXT 4.3 and 4.5.3). An
//! entry is a part of the archive's own bytes, which are not copied.

use std::collections::HashMap;

/// An archive's entries by name.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: HashMap<String, Entry>,
}

/// Where an entry lies.
struct Entry {
    /// Of its own header.
    header: u64,
    length: u64,
    stored: bool,
}

/// Why bytes are no archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ArchiveFault {
    /// The directory, which comes last, is not there.
    Cut,
    Damaged,
    /// An entry is packed.
    Packed,
}

const END: &[u8] = b"PK\x05\x06";
const END_LENGTH: usize = 22;
const WIDE_LOCATOR: &[u8] = b"PK\x06\x07";
const WIDE_END: &[u8] = b"PK\x06\x06";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
/// A field that says: look at the wide one.
const WIDE: u64 = 0xffff_ffff;

/// A number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(field.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}

impl<'a> Archive<'a> {
    /// Reads the directory.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ArchiveFault> {
        let from = bytes.len().saturating_sub(END_LENGTH + (1 << 16));
        let tail = bytes.get(from..).unwrap_or_default();
        let end = tail.windows(END.len()).rposition(|four| four == END).map(|at| from + at);
        let end = end.filter(|end| end + END_LENGTH <= bytes.len()).ok_or(ArchiveFault::Cut)?;
        let entries = directory(bytes, end).ok_or(ArchiveFault::Damaged)?;
        Ok(Self { bytes, entries })
    }

    /// The names of all entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// An entry's content; `None` where there is none of this name.
    pub(super) fn entry(&self, name: &str) -> Result<Option<&'a [u8]>, ArchiveFault> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        if !entry.stored {
            return Err(ArchiveFault::Packed);
        }
        self.content(entry).map(Some).ok_or(ArchiveFault::Damaged)
    }

    fn content(&self, entry: &Entry) -> Option<&'a [u8]> {
        let header = self.bytes.get(usize::try_from(entry.header).ok()?..)?;
        if !header.starts_with(LOCAL) {
            return None;
        }
        // The length of the name and of what is added to reach a round place.
        let begin = 30 + usize::try_from(number(header, 26, 2)? + number(header, 28, 2)?).ok()?;
        header.get(begin..begin.checked_add(usize::try_from(entry.length).ok()?)?)
    }
}

fn directory(bytes: &[u8], end: usize) -> Option<HashMap<String, Entry>> {
    let (mut count, mut at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if let Some(locator) =
        end.checked_sub(20).filter(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(WIDE_LOCATOR)))
    {
        let wide = bytes.get(usize::try_from(number(bytes, locator + 8, 8)?).ok()?..)?;
        if !wide.starts_with(WIDE_END) {
            return None;
        }
        (count, at) = (number(wide, 32, 8)?, number(wide, 48, 8)?);
    }
    let mut rest = bytes.get(usize::try_from(at).ok()?..end)?;
    let mut entries = HashMap::new();
    for _ in 0..count {
        if !rest.starts_with(DIRECTORY) {
            return None;
        }
        let lengths = [28, 30, 32].map(|at| number(rest, at, 2).unwrap_or(0) as usize);
        let [name, extra, comment] = lengths;
        let (mut packed, mut length, mut header) = (number(rest, 20, 4)?, number(rest, 24, 4)?, number(rest, 42, 4)?);
        let mut wide = wide_fields(rest.get(46 + name..46 + name + extra)?);
        // They are there in this order, each only where it is needed.
        for field in [&mut length, &mut packed, &mut header] {
            if *field == WIDE {
                let (first, after) = wide.split_first_chunk::<8>()?;
                *field = u64::from_le_bytes(*first);
                wide = after;
            }
        }
        let stored = number(rest, 10, 2)? == 0 && packed == length;
        let named = String::from_utf8_lossy(rest.get(46..46 + name)?).into_owned();
        entries.insert(named, Entry { header, length, stored });
        rest = rest.get(46 + name + extra + comment..)?;
    }
    Some(entries)
}

/// The wide fields among what is added to a directory's entry.
fn wide_fields(mut extra: &[u8]) -> &[u8] {
    while let (Some(kind), Some(length)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let end = 4 + length as usize;
        if kind == 1 {
            return extra.get(4..end).unwrap_or_default();
        }
        extra = extra.get(end..).unwrap_or_default();
    }
    &[]
}
