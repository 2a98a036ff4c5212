//! Tables as text: the delimiter is told from the first line, every row has as many cells as there are columns.

/// More columns than this are no table of annotations.
const MOST_COLUMNS: usize = 4096;

/// The columns' names and the rows of a table separated by comma, semicolon or tab.
///
/// # Errors
/// What is wrong with the text, in words that go behind the file's name.
pub fn rows(text: &str) -> Result<(Vec<String>, Vec<Vec<String>>), String> {
    let first = text.lines().next().unwrap_or("");
    let count = |c: char| first.matches(c).count();
    let delimiter = [',', ';', '\t'].into_iter().max_by_key(|c| (count(*c), *c == ',')).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter as u8).flexible(true).from_reader(text.as_bytes());
    let columns: Vec<String> =
        reader.headers().map_err(|e| format!("is no table ({e})"))?.iter().map(|name| name.trim().to_owned()).collect();
    if columns.iter().all(String::is_empty) {
        return Err("has no header that names its columns".into());
    }
    if columns.len() > MOST_COLUMNS {
        return Err(format!("has {} columns, more than the {MOST_COLUMNS} that are read", columns.len()));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| format!("is no whole table ({e})"))?;
        let mut row: Vec<String> = record.iter().take(columns.len()).map(|cell| cell.trim().to_owned()).collect();
        row.resize(columns.len(), String::new());
        if row.iter().any(|cell| !cell.is_empty()) {
            rows.push(row);
        }
    }
    Ok((columns, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_told_and_short_rows_are_filled() {
        for text in ["a,b,c\n1,\"2,5\"\n\n", "a;b;c\n1;2,5\n", "a\tb\tc\n1\t2,5\n"] {
            let (columns, rows) = rows(text).unwrap();
            assert_eq!(columns, ["a", "b", "c"]);
            assert_eq!(rows, [["1", "2,5", ""]]);
        }
        assert!(rows("").is_err());
    }
}
