//! The table that says which class a folder is of, where the class's name can be no folder's.

use crate::interchange::formats::table::rows::rows;
use crate::interchange::source::text::text_of;
use crate::interchange::source::walk::File;
use std::collections::BTreeMap;

/// What it is called.
pub const TABLE: &str = "classes.csv";
/// Its columns.
pub const COLUMNS: [&str; 2] = ["folder", "class"];
/// No such table is longer, in bytes.
const LARGEST: u64 = 1 << 20;

/// The class of each folder, in lower case, that such a table names; `None` where a file is no such table.
pub fn table_of(file: &File) -> Option<BTreeMap<String, String>> {
    let (columns, rows) = rows(&text_of(file, LARGEST).ok()?).ok()?;
    if columns != COLUMNS {
        return None;
    }
    let pair = |row: Vec<String>| match row.as_slice() {
        [folder, class] if !class.trim().is_empty() => Some((folder.trim().to_lowercase(), class.clone())),
        _ => None,
    };
    Some(rows.into_iter().filter_map(pair).collect())
}
