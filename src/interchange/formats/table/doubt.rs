//! Columns that look like findings and are taken for none, because of some of their cells.

use super::findings;
use super::rows::Row;

/// Of a column that nothing calls a finding, so many parts of ten say whether something is present.
const MOST_OF_TEN: u64 = 9;

/// What the cells of a column say.
#[derive(Clone, Debug)]
struct Cells {
    at: usize,
    known: bool,
    /// Cells that say whether something is present, and cells that say something else.
    marks: u64,
    others: u64,
    /// The first of those, and its line.
    first: (String, u64),
}

/// Looks for such columns.
#[derive(Clone, Debug, Default)]
pub struct Doubt(Vec<Cells>);

impl Doubt {
    /// Of these columns, by their places and names.
    pub fn of<'a>(columns: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let wanted = columns.filter(|(_, name)| !name.is_empty() && !findings::is_of_image(name));
        Self(
            wanted
                .map(|(at, name)| Cells {
                    at,
                    known: findings::is_known(name),
                    marks: 0,
                    others: 0,
                    first: (String::new(), 0),
                })
                .collect(),
        )
    }

    /// Takes a row in.
    pub fn take(&mut self, row: &Row) {
        for cells in &mut self.0 {
            let cell = row.cell(cells.at);
            match findings::mark(cell) {
                Some(Some(_)) => cells.marks += 1,
                Some(None) => {}
                None => {
                    if cells.others == 0 {
                        cells.first = (cell.to_owned(), row.number);
                    }
                    cells.others += 1;
                }
            }
        }
    }

    /// A sentence for each that is none of `taken`; `name` gives a column's name.
    pub fn sentences<'a>(&self, taken: &[usize], name: impl Fn(usize) -> &'a str) -> Vec<String> {
        let may_be = |cells: &&Cells| {
            let most = 10 * cells.marks >= MOST_OF_TEN * (cells.marks + cells.others);
            !taken.contains(&cells.at) && cells.others > 0 && cells.marks > 0 && (cells.known || most)
        };
        let told = |cells: &Cells| {
            let (cell, line) = &cells.first;
            let are = if cells.others == 1 { "cell is".to_owned() } else { "cells are".to_owned() };
            format!(
                "the column {} is taken for no finding, as others are: {} {are} neither present (1, yes, true), absent (0, \
                 no, false), uncertain (-1, u) nor blank, the first {cell} in line {line}; correct that, or name every \
                 finding with --column finding=NAME, which takes nothing of such cells.",
                name(cells.at),
                cells.others
            )
        };
        self.0.iter().filter(may_be).map(told).collect()
    }
}
