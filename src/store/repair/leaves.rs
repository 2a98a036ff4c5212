//! Reading the log from its pages where the tree above them is broken: a page of rows tells by itself which rows it holds, and
//! what is no event of the log is told by its hash.
//! Of the format: sqlite.org/fileformat2.html, sections 1.6 and 2.1.

use rusqlite::types::Value;
use std::collections::HashMap;
use std::path::Path;

/// The first byte of a page that holds rows of a table.
const LEAF: u8 = 0x0d;
/// Bytes of the header of a database, before its first page's own.
const HEADER: usize = 100;
/// Columns of the log as they are stored: the number, which stands beside the row, is stored as nothing, and what is worked
/// out of others is not stored.
const STORED: usize = 11;

/// What is given of an event, in this order.
pub(super) const COLUMNS: [&str; 10] =
    ["time_ms", "reader", "image", "change", "shown", "display", "undoes", "previous_hash", "hash", "stated_ms"];

/// The events that can be found on any page, by their numbers, as [`COLUMNS`]. The file must hold all of the database, nothing in a log beside it.
pub(super) fn events(database: &Path) -> HashMap<i64, Vec<Value>> {
    let mut found = HashMap::new();
    let Ok(bytes) = std::fs::read(database) else { return found };
    let file = Pages { size: page_size(&bytes), bytes: &bytes };
    for number in 1..=bytes.len() / file.size {
        let Some(page) = file.page(number) else { continue };
        for (id, row) in file.rows(page, if number == 1 { HEADER } else { 0 }) {
            if let Some(row) = event(row) {
                found.entry(id).or_insert(row);
            }
        }
    }
    found
}

/// The numbers of the events that a page holds which do not go on elsewhere.
#[cfg(test)]
pub(super) fn on(page: &[u8]) -> Vec<i64> {
    let file = Pages { size: page.len(), bytes: page };
    file.rows(page, 0).into_iter().filter_map(|(id, row)| event(row).map(|_| id)).collect()
}

/// An event of the log from a row as it is stored; `None` where it is a row of another table.
fn event(row: Vec<Value>) -> Option<Vec<Value>> {
    let [id, time, reader, image, change, shown, display, undoes, before, hash, stated] =
        <[Value; STORED]>::try_from(row).ok()?;
    let is_hash = |value: &Value| matches!(value, Value::Text(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()));
    let fits = matches!(id, Value::Null) && matches!(time, Value::Integer(_)) && is_hash(&before) && is_hash(&hash);
    fits.then(|| vec![time, reader, image, change, shown, display, undoes, before, hash, stated])
}

/// 4096 where the header says nothing that can be.
fn page_size(bytes: &[u8]) -> usize {
    match number16(bytes, 16) {
        Some(1) => 65_536,
        Some(size) if size >= 512 && size.is_power_of_two() => size,
        Some(_) | None => 4096,
    }
}

/// A database as its pages.
struct Pages<'a> {
    size: usize,
    bytes: &'a [u8],
}

impl<'a> Pages<'a> {
    /// A page by its number, from 1.
    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.size)?;
        self.bytes.get(start..start.checked_add(self.size)?)
    }

    /// The rows of a page whose own header begins there; none where it is another kind of page.
    fn rows(&self, page: &[u8], head: usize) -> Vec<(i64, Vec<Value>)> {
        if page.get(head) != Some(&LEAF) {
            return Vec::new();
        }
        let cells = number16(page, head + 3).unwrap_or(0);
        (0..cells).filter_map(|cell| self.cell(page, number16(page, head + 8 + 2 * cell)?)).collect()
    }

    /// The number and the values of a row.
    fn cell(&self, page: &[u8], at: usize) -> Option<(i64, Vec<Value>)> {
        let mut rest = page.get(at..)?;
        let length = usize::try_from(varint(&mut rest)?).ok()?;
        let id = varint(&mut rest)?;
        if length > self.bytes.len() {
            return None;
        }
        // What does not fit lies on other pages; this is how much is here.
        let (most, least) = (self.size - 35, (self.size - 12) * 32 / 255 - 23);
        let spilled = least + (length - least.min(length)) % (self.size - 4);
        let here = match length {
            length if length <= most => length,
            _ if spilled <= most => spilled,
            _ => least,
        };
        let mut content = rest.get(..here)?.to_vec();
        let mut next = if here < length { number32(rest, here)? } else { 0 };
        while content.len() < length {
            let more = self.page(next)?;
            next = number32(more, 0)?;
            let wanted = (length - content.len()).min(self.size - 4);
            content.extend_from_slice(more.get(4..4 + wanted)?);
        }
        Some((id, values(&content)?))
    }
}

/// The values of a record.
fn values(record: &[u8]) -> Option<Vec<Value>> {
    let mut types = record;
    let header = usize::try_from(varint(&mut types)?).ok()?;
    let mut body = record.get(header..)?;
    let mut types = types.get(..header.checked_sub(record.len() - types.len())?)?;
    let mut values = Vec::new();
    while !types.is_empty() {
        let kind = varint(&mut types)?;
        let mut take = |count: usize| {
            let (taken, rest) = body.split_at_checked(count)?;
            body = rest;
            Some(taken)
        };
        values.push(match kind {
            0 => Value::Null,
            1..=6 => Value::Integer(integer(take([1, 2, 3, 4, 6, 8].get(kind as usize - 1).copied()?)?)),
            7 => Value::Real(f64::from_be_bytes(take(8)?.try_into().ok()?)),
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            kind if kind >= 12 => {
                let bytes = take(usize::try_from((kind - 12) / 2).ok()?)?;
                if kind % 2 == 0 {
                    Value::Blob(bytes.to_vec())
                } else {
                    Value::Text(std::str::from_utf8(bytes).ok()?.to_owned())
                }
            }
            _ => return None,
        });
    }
    Some(values)
}

/// A number in two's complement, the highest byte first.
fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |number, byte| number << 8 | i64::from(*byte))
}

/// A number of one to nine bytes, which are taken off.
fn varint(bytes: &mut &[u8]) -> Option<i64> {
    let mut number = 0i64;
    for at in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if at == 8 {
            return Some(number << 8 | i64::from(*byte));
        }
        number = number << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn number16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?)))
}

fn number32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}
