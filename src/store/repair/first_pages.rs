//! The pages that say what a database is: its header and its schema. Where they are damaged, those of a backup of the same
//! database stand in for them, for a backup is copied page by page.
//! Of the format: sqlite.org/fileformat2.html, sections 1.3 and 1.6.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes of a SQLite database's header.
const HEADER: usize = 100;

/// The form of a database as its header says it; `None` where that is no header.
pub(super) fn form_of(database: &Path) -> Option<i64> {
    let mut header = [0; HEADER];
    File::open(database).ok()?.read_exact(&mut header).ok()?;
    let form = header.get(60..64)?;
    header.starts_with(b"SQLite format 3\0").then(|| i64::from(u32::from_be_bytes(form.try_into().unwrap_or_default())))
}

/// Gives a file the header of another of the same database. How many pages there are and which are free is not taken over:
/// the file's own length says the one, and the other is of no matter for reading.
pub(super) fn give_header(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut header = [0; HEADER];
    File::open(from)?.read_exact(&mut header)?;
    let mut file = File::options().write(true).open(to)?;
    file.write_all(&without_counts(&header))
}

/// Gives a file the whole schema of another of the same database, with its header.
pub(super) fn give_schema(from: &Path, to: &Path) -> std::io::Result<()> {
    let pages = schema_pages(from)?;
    let mut file = File::options().write(true).open(to)?;
    for (number, mut page) in pages {
        if number == 1
            && let Some(header) = page.get_mut(..HEADER)
        {
            let changed = without_counts(header);
            header.copy_from_slice(&changed);
        }
        file.seek(SeekFrom::Start(u64::from(number - 1) * page.len() as u64))?;
        file.write_all(&page)?;
    }
    Ok(())
}

fn without_counts(header: &[u8]) -> Vec<u8> {
    let mut header = header.to_vec();
    if let Some(free) = header.get_mut(32..40) {
        free.fill(0);
    }
    // The number of pages counts where these two agree only.
    if let Some(byte) = header.get_mut(95) {
        *byte = byte.wrapping_add(1);
    }
    header
}

/// The pages of a whole database's schema by their numbers, from 1: a table b-tree whose root is page 1.
fn schema_pages(database: &Path) -> std::io::Result<HashMap<u32, Vec<u8>>> {
    let mut file = File::open(database)?;
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    // 65,536 does not fit and is written as 1.
    let size = match number16(&header, 16) {
        1 => 65_536,
        size => usize::from(size),
    };
    let mut pages = HashMap::new();
    let mut left = vec![1u32];
    while let Some(number) = left.pop() {
        if number == 0 || size < 512 || pages.contains_key(&number) {
            return Err(std::io::Error::other("its schema is no tree"));
        }
        let mut page = vec![0; size];
        file.seek(SeekFrom::Start(u64::from(number - 1) * size as u64))?;
        file.read_exact(&mut page)?;
        let head = if number == 1 { HEADER } else { 0 };
        // An interior page of a table; each cell begins with the number of a page below.
        if page.get(head) == Some(&5) {
            let cells = usize::from(number16(&page, head + 3));
            left.push(number32(&page, head + 8));
            left.extend((0..cells).map(|cell| {
                let at = number16(&page, head + 12 + 2 * cell);
                number32(&page, usize::from(at))
            }));
        }
        pages.insert(number, page);
    }
    Ok(pages)
}

/// Two bytes as a number; 0 beyond the end.
fn number16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_be_bytes)
}

/// Four bytes as a number; 0 beyond the end.
fn number32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}
