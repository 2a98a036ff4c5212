//! Tables as text, row by row: the delimiter is told from the first line, and so is whether that line names the columns.

use super::commas::Commas;
use super::headless;
use std::cell::RefCell;
use std::io::{BufRead, Cursor, Read};

/// More columns than this are no table of annotations.
const MOST_COLUMNS: usize = 4096;
/// So many bytes of which the lines were counted are dropped together.
const COUNTED: usize = 1 << 16;

/// A table that is read row by row.
pub struct Table<R = Box<dyn BufRead>> {
    /// The columns' names as they are written; `1`, `2`, ... where no line names them.
    pub columns: Vec<String>,
    /// Whether its first line names the columns.
    pub has_header: bool,
    /// What stands between cells.
    pub delimiter: char,
    reader: csv::Reader<Lined<R>>,
    /// The first line, where it is a row.
    first: Option<csv::StringRecord>,
    /// The columns in which points are put for decimal commas.
    commas: Commas,
}

/// A row of a table.
#[derive(Default)]
pub struct Row {
    record: csv::StringRecord,
    /// The line it begins in, from 1, as an editor counts them.
    pub number: u64,
}

impl Row {
    /// The cell of a column; empty where the row is too short. What stands for "no number" in tables of numbers is
    /// empty, too.
    pub fn cell(&self, at: usize) -> &str {
        self.record.get(at).filter(|text| !text.eq_ignore_ascii_case("nan")).unwrap_or("")
    }
}

impl Row {
    /// The first so many cells as they are written; empty where the row is too short.
    pub fn cells(&self, count: usize) -> impl Iterator<Item = &str> {
        (0..count).map(|at| self.record.get(at).unwrap_or(""))
    }
}

impl<R: BufRead> Table<R> {
    /// Opens a table; `is_picture` tells names of pictures that are there.
    ///
    /// # Errors
    /// What is wrong with the text, in words that go behind the file's name.
    pub fn of(mut text: R, is_picture: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        let head = text.fill_buf().map_err(|e| format!("cannot be read ({e})"))?;
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // Excel's word for what follows.
        let (delimiter, before) = match first.trim_ascii() {
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => (*delimiter, first.len() + 1),
            _ => (delimiter(first), 0),
        };
        let before = before.min(head.len());
        text.consume(before);
        let lines = Lines { line: if before > 0 { 2 } else { 1 }, ..Lines::default() };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(Lined { text, lines: RefCell::new(lines) });
        let mut first = csv::StringRecord::new();
        reader.read_record(&mut first).map_err(|e| format!("is no table ({})", in_words(&e)))?;
        if first.iter().all(str::is_empty) {
            return Err("has no header that names its columns".into());
        }
        if first.len() > MOST_COLUMNS {
            return Err(format!("has {} columns, more than the {MOST_COLUMNS} that are read", first.len()));
        }
        let has_header = !headless::is_row(&first.iter().collect::<Vec<_>>(), is_picture);
        let columns = if has_header {
            first.iter().map(str::to_owned).collect()
        } else {
            (1..=first.len()).map(|number| number.to_string()).collect()
        };
        let first = (!has_header).then_some(first);
        Ok(Self { columns, has_header, delimiter: char::from(delimiter), reader, first, commas: Commas::default() })
    }

    /// The same, whose cells in these columns come with points for their decimal commas.
    pub fn with(self, commas: Commas) -> Self {
        Self { commas, ..self }
    }

    /// Puts the next row that is not empty in the place of `row`; whether there was one.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn next(&mut self, row: &mut Row) -> Result<bool, String> {
        loop {
            match self.first.take() {
                Some(first) => row.record = first,
                None => {
                    let more = self.reader.read_record(&mut row.record);
                    if !more.map_err(|e| format!("is no whole table ({})", in_words(&e)))? {
                        return Ok(false);
                    }
                }
            }
            let from = row.record.position().map_or(0, csv::Position::byte);
            row.number = self.reader.get_ref().lines.borrow_mut().line_of(from);
            if row.record.iter().take(self.columns.len()).any(|cell| !cell.is_empty()) {
                if !self.commas.is_empty() {
                    let point = |(at, cell): (usize, &str)| {
                        if self.commas.has(at) { cell.replacen(',', ".", 1) } else { cell.to_owned() }
                    };
                    row.record = row.record.iter().enumerate().map(point).collect();
                }
                return Ok(true);
            }
        }
    }
}

/// A text of which it is known where its lines begin, as far as it was read.
struct Lined<R> {
    text: R,
    lines: RefCell<Lines>,
}

impl<R: BufRead> Read for Lined<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.text.read(into)?;
        self.lines.get_mut().ahead.extend(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Counts lines in what was read and not yet counted: the reader of tables does not count the empty ones before a row.
#[derive(Default)]
struct Lines {
    /// Place and line of the first byte that is not counted.
    at: u64,
    line: u64,
    /// The bytes from there on that were read, behind so many that were counted.
    ahead: Vec<u8>,
    counted: usize,
}

impl Lines {
    /// The line of the first byte from this place on that is no end of a line; places are asked for in their order.
    fn line_of(&mut self, place: u64) -> u64 {
        let is_end = |byte: u8| byte == b'\n' || byte == b'\r';
        while let Some(byte) = self.ahead.get(self.counted).copied().filter(|byte| self.at < place || is_end(*byte)) {
            self.counted += 1;
            self.at += 1;
            // Of a carriage return and a line feed only the second counts.
            let ends = byte == b'\n' || (byte == b'\r' && self.ahead.get(self.counted) != Some(&b'\n'));
            self.line += u64::from(ends);
        }
        if self.counted > COUNTED {
            self.ahead.drain(..self.counted);
            self.counted = 0;
        }
        self.line
    }
}

impl<'a> Table<Cursor<&'a str>> {
    /// A table of a text.
    ///
    /// # Errors
    /// As [`Table::of`].
    pub fn of_text(text: &'a str, is_picture: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        Self::of(Cursor::new(text), is_picture)
    }
}

/// What stands between the cells of a line, most often: a comma, a semicolon, a tab or, as in the tables of the
/// Osteoarthritis Initiative, a vertical bar outside of quotes.
fn delimiter(line: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in line {
        quoted ^= *byte == b'"';
        let hit = counts.iter_mut().find(|(delimiter, _)| delimiter == byte && !quoted);
        hit.into_iter().for_each(|(_, count)| *count += 1);
    }
    counts.into_iter().max_by_key(|(delimiter, count)| (*count, *delimiter == b',')).map_or(b',', |(byte, _)| byte)
}

/// What is wrong, without the text around it.
fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {} is no text in UTF-8: save it as UTF-8", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => error.to_string(),
    }
}

/// The columns' names and all rows of a table, each with as many cells as there are columns.
///
/// # Errors
/// As [`Table::of`].
pub fn rows(text: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let mut table = Table::of_text(text, &|_| false)?;
    let (mut rows, mut row) = (Vec::new(), Row::default());
    while table.next(&mut row)? {
        rows.push(row.cells(table.columns.len()).map(str::to_owned).collect());
    }
    Ok((table.columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_told_and_short_rows_are_filled() {
        let texts = [
            "a,b,c\n1,\"2,5\"\n\n",
            "a;b;c\n1;2,5\n",
            "a\tb\tc\n1\t2,5\n",
            "a|b|c\n1|2,5\n",
            "sep=;\r\na;\"b\";c\r\n 1 ;2,5\r\n",
        ];
        for text in texts {
            let (columns, rows) = rows(text).unwrap();
            assert_eq!(columns, ["a", "b", "c"]);
            assert_eq!(rows, [["1", "2,5", ""]]);
        }
        assert!(rows("").is_err());
        assert_eq!(rows("\"a;b;c;d\",e\n1,2\n").unwrap().0, ["a;b;c;d", "e"]);
    }

    #[test]
    fn a_table_without_a_header_loses_no_row() {
        let mut table = Table::of_text("Mass,a.png\nNodule,b.png\n\n", &|_| false).unwrap();
        assert_eq!((table.has_header, table.columns.as_slice()), (false, ["1".to_owned(), "2".to_owned()].as_slice()));
        let (mut row, mut seen) = (Row::default(), Vec::new());
        while table.next(&mut row).unwrap() {
            seen.push((row.number, row.cell(0).to_owned()));
        }
        assert_eq!(seen, [(1, "Mass".to_owned()), (2, "Nodule".to_owned())]);
    }

    #[test]
    fn what_is_no_text_is_told_by_its_line() {
        let mut table = Table::of(Cursor::new(&b"image,label\na.png,M\nb.png,\xff\n"[..]), &|_| false).unwrap();
        let mut row = Row::default();
        assert_eq!(table.next(&mut row), Ok(true));
        assert!(table.next(&mut row).unwrap_err().contains("line 3 is no text in UTF-8"));
    }
}
