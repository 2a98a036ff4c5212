//! Which column of a table holds what, told by its header, by what a person said, and by its first rows.

use super::called::Called;
use super::findings;
use super::headless::{self, SAMPLE};
use super::mapping::{Mapping, normal};
use super::named::{self, Joined};
use super::published::Published;
use super::rows::{Row, Table};
use super::write;
use crate::interchange::model::columns::Columns;
use std::io::BufRead;

/// What the first rows of a table say of its columns.
pub struct Begun {
    pub mapping: Mapping,
    pub image_by_names: bool,
    /// The column that names pictures together with that for the images.
    pub joined: Option<Joined>,
    /// A cell that names a picture and a finding in one, as most do, and whether the class column says of each if it is
    /// there.
    pub with_finding: Option<(String, bool)>,
    /// Columns of 0 and 1 that a person or our own export calls findings, with findings' names, or of which exactly one is
    /// 1 in each row.
    pub findings: Vec<usize>,
    /// Other columns of 0 and 1.
    pub perhaps: Vec<usize>,
    /// Its images are all that lie in the folders it names.
    pub studies: bool,
}

/// What is known of a table from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// A table beside it gives ids their files.
    pub has_ids: bool,
    /// A person said that an image may have several findings.
    pub findings: bool,
}

/// Which column holds what by the first rows of a table.
///
/// # Errors
/// A sentence where no column is known to name the images, or a person's word does not fit.
pub fn begin<R: BufRead>(
    table: &mut Table<R>,
    given: &Columns,
    called: &Called,
    known: Known,
) -> Result<Begun, String> {
    let (mut rows, mut row): (Vec<Vec<String>>, Row) = (Vec::new(), Row::default());
    let width = table.columns.len();
    while rows.len() < SAMPLE && table.next(&mut row)? {
        rows.push((0..width).map(|at| row.cell(at).to_owned()).collect());
    }
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let is_picture = |cell: &str| called.is_picture(cell);
    let mut told = if table.has_header {
        Mapping::suggested(&table.columns)
    } else {
        headless::mapping(width, &rows, &is_picture).unwrap_or(Mapping::nothing())
    };
    let by_names = if table.has_header && !known.has_ids { by_names(&told, &rows, width, &is_picture) } else { None };
    let image_by_names = by_names.is_some_and(|at| at != told.image);
    told.image = by_names.unwrap_or(told.image);
    let class = Published::of(&table.columns).and_then(Published::class_column);
    let class = class.and_then(|class| table.columns.iter().position(|name| normal(name) == class));
    told.class = told.class.or(class);
    let own = write::findings_of(&table.columns);
    if own.is_some() {
        told.class = None;
    }
    let mut mapping = Mapping::given_beside(&table.columns, given, told).map_err(|why| {
        if table.has_header || !given.is_empty() {
            return why;
        }
        let first = rows.first().map_or_else(String::new, |row| row.join(", "));
        format!(
            "has no line that names its columns, and they are in no order that is known (the first row: {first}): say \
             which is which by their numbers, --column image=1 --column class=2"
        )
    })?;
    let cells: Vec<&str> = rows.iter().filter_map(|row| row.get(mapping.image)).copied().collect();
    let (mut joined, mut with_finding) = (None, None);
    if table.has_header && !known.has_ids && 2 * cells.iter().filter(|cell| is_picture(cell)).count() < cells.len() {
        joined = Joined::find(&mapping, &rows, &is_picture);
        let says =
            |row: &Vec<&str>| mapping.class.is_some_and(|at| row.get(at).is_some_and(|c| findings::mark(c).is_some()));
        with_finding = named::with_finding(&cells, &is_picture)
            .filter(|_| joined.is_none())
            .map(|cell| (cell.to_owned(), rows.iter().all(says)));
        // The pictures of one ID belong together.
        mapping.group = mapping.group.or(joined.as_ref().map(|_| mapping.image));
    }
    let (mut findings, mut perhaps) = (mapping.findings.clone(), Vec::new());
    if let (Some(own), true) = (own, mapping.class.is_none() && findings.is_empty()) {
        findings = own;
    } else if findings.is_empty() && mapping.class.is_none() && mapping.boxes.is_none() && table.has_header {
        // Empty so far may be a finding that is seldom.
        let binary = |at: &usize| {
            let Some(name) = table.columns.get(*at).filter(|name| !name.is_empty()) else { return false };
            let mut cells = rows.iter().filter_map(|row| row.get(*at));
            !mapping.uses(*at)
                && !findings::is_of_image(name)
                && cells.all(|cell| findings::may_be(name, cell, known.findings))
        };
        findings = (0..width).filter(binary).collect();
        let named = findings::are_findings(findings.iter().filter_map(|at| table.columns.get(*at)).map(String::as_str));
        let one = |row: &Vec<&str>| findings::only(|at| row.get(at).copied().unwrap_or(""), &findings).is_some();
        let sure = named || known.findings;
        if findings.len() < 2 && !known.findings || !(sure || rows.iter().all(one)) {
            perhaps = std::mem::take(&mut findings);
        }
    }
    let studies = rows.iter().filter_map(|row| row.get(mapping.image)).any(|cell| headless::is_folder(cell));
    Ok(Begun { mapping, image_by_names, joined, with_finding, findings, perhaps, studies })
}

/// The column that names pictures which are there, in at least half of the rows: the one that is called so, or the only
/// one.
fn by_names(told: &Mapping, rows: &[Vec<&str>], width: usize, is_picture: &dyn Fn(&str) -> bool) -> Option<usize> {
    let names = |at: &usize| {
        let cells = rows.iter().filter_map(|row| row.get(*at)).filter(|cell| !cell.is_empty());
        let (there, all) = cells.fold((0, 0), |(there, all), cell| (there + usize::from(is_picture(cell)), all + 1));
        there > 0 && 2 * there >= all
    };
    if told.has_image() && names(&told.image) {
        return Some(told.image);
    }
    let mut columns = (0..width).filter(names);
    columns.next().filter(|_| columns.next().is_none())
}

impl Begun {
    /// Why the table cannot be read, in words that go behind its name.
    pub fn why_not(&self, columns: &[String]) -> Option<String> {
        let (cell, _) = self.with_finding.as_ref().filter(|(_, says_presence)| !says_presence)?;
        let column = columns.get(self.mapping.image).map_or("", String::as_str);
        Some(format!(
            "its column {column} names a picture and a finding in one ({cell}), and no column says with 0 and 1 whether \
             it is there: write a table of one row an image, with a column for its class or one for each finding"
        ))
    }
}
