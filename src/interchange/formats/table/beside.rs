//! What lies beside tables of labels and gives their ids names: which file an id is, which class (Open Images'
//! class descriptions).

use super::rows::{Row, Table};
use crate::imaging::is_image_name;
use crate::interchange::model::draft::Drafts;
use crate::interchange::model::names::base_name;
use crate::interchange::source::listing::LARGEST;
use crate::interchange::source::text::stream_of;
use crate::interchange::source::walk::File;
use std::collections::HashMap;
use std::path::Path;

/// A second table that gives ids their files, as detection challenges have it beside train.csv.
const ID_TABLE: &str = "id_to_image_mapping.csv";
/// How the identifiers of Open Images' classes begin.
const MACHINE_IDS: [&str; 2] = ["/m/", "/g/"];

/// What ids are called.
#[derive(Default)]
pub struct Beside {
    /// Files by id.
    pub files: HashMap<String, String>,
    /// Classes by id.
    pub classes: HashMap<String, String>,
}

/// Whether a file gives ids their files.
pub fn is_ids(name: &str) -> bool {
    base_name(name).eq_ignore_ascii_case(ID_TABLE)
}

/// Whether a file gives classes their names.
pub fn is_classes(name: &str) -> bool {
    base_name(name).to_lowercase().replace('_', "-").contains("class-descriptions")
}

/// Whether a class is written as an identifier that a table beside gives its name.
pub fn is_machine_id(class: &str) -> bool {
    MACHINE_IDS.iter().any(|start| class.starts_with(start))
}

impl Beside {
    /// Reads what lies beside; what cannot be read is left out.
    pub fn of(tables: &[&File], draft: &mut Drafts) -> Self {
        let mut beside = Self::default();
        for file in tables.iter().filter(|file| is_ids(&file.name)) {
            let of = |a: &str, b: &str| {
                if is_image_name(Path::new(a)) { (b.to_owned(), a.to_owned()) } else { (a.to_owned(), b.to_owned()) }
            };
            pairs(file, of, &mut beside.files, draft);
        }
        for file in tables.iter().filter(|file| is_classes(&file.name)) {
            let before = beside.classes.len();
            pairs(file, |a, b| (a.to_owned(), b.to_owned()), &mut beside.classes, draft);
            if beside.classes.len() > before {
                draft.remarks.push(format!("{}: names of classes.", file.name));
            }
        }
        beside
    }
}

/// The first two columns of each row.
fn pairs(
    file: &File,
    of: impl Fn(&str, &str) -> (String, String),
    into: &mut HashMap<String, String>,
    draft: &mut Drafts,
) {
    let mut read = || -> Result<(), String> {
        let mut table = Table::of(stream_of(file, LARGEST)?, &is_machine_id)?;
        // The first line is a pair, too, where it names no columns.
        if let [a, b, ..] = table.columns.as_slice()
            && (is_machine_id(a) || is_image_name(Path::new(a)) || is_image_name(Path::new(b)))
        {
            into.extend([of(a, b)]);
        }
        let mut row = Row::default();
        while table.next(&mut row)? {
            let (a, b) = (row.cell(0), row.cell(1));
            if !a.is_empty() && !b.is_empty() {
                into.extend([of(a, b)]);
            }
        }
        Ok(())
    };
    if let Err(why) = read() {
        draft.leave_out(file.name.clone(), why);
    }
}
