//! Decimal commas: in tables that semicolons or tabs separate, programs set to most of Europe's languages write 1,0 for 1.0.

use super::mapping::Mapping;
use super::rows::{Row, Table};
use crate::interchange::model::columns::Columns;
use std::collections::BTreeSet;
use std::io::BufRead;

/// The columns of a table whose numbers have a decimal comma.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commas {
    /// Their places.
    columns: BTreeSet<usize>,
    /// Those of which it is not sure: other columns have points, or all may be thousands.
    doubtful: BTreeSet<usize>,
    points: BTreeSet<usize>,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, Default)]
struct Cells {
    other: bool,
    whole: bool,
    comma: bool,
    /// A comma that separates no thousands.
    sure: bool,
    /// Digits other than 0 behind a comma.
    fraction: bool,
    point: bool,
}

impl Cells {
    fn take(&mut self, cell: &str) {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = cell.strip_prefix('-').unwrap_or(cell);
        match unsigned.split_once([',', '.']) {
            _ if cell.is_empty() => {}
            None if digits(unsigned) => self.whole = true,
            Some((whole, fraction)) if digits(whole) && digits(fraction) => {
                let comma = unsigned.contains(',');
                self.comma |= comma;
                self.point |= !comma;
                let thousands = fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0');
                self.sure |= comma && !thousands;
                self.fraction |= comma && fraction.bytes().any(|byte| byte != b'0');
            }
            Some(_) | None => self.other = true,
        }
    }
}

impl Commas {
    /// Those of a table, of which all rows are read where commas do not separate its cells. In the column of the classes,
    /// where 1,2 may be two of them, the numbers must be whole ones, each with its comma.
    ///
    /// # Errors
    /// As [`Table::next`].
    pub fn of<R: BufRead>(table: &mut Table<R>, given: &Columns) -> Result<Self, String> {
        if table.delimiter == ',' {
            return Ok(Self::default());
        }
        let told = Mapping::given(&table.columns, given).ok();
        let mut all = vec![Cells::default(); table.columns.len()];
        let mut row = Row::default();
        while table.next(&mut row)? {
            all.iter_mut().enumerate().for_each(|(at, cells)| cells.take(row.cell(at)));
        }
        let mut commas = Self::default();
        for (at, cells) in all.iter().enumerate().filter(|(_, cells)| !cells.other) {
            let is_class = told.as_ref().is_some_and(|told| told.class == Some(at));
            let is_name = told.as_ref().is_some_and(|told| told.image == at);
            match (cells.comma, cells.point) {
                (true, _) if is_name || (is_class && (cells.fraction || cells.whole)) => {}
                (true, false) if cells.sure => drop(commas.columns.insert(at)),
                (true, _) => drop(commas.doubtful.insert(at)),
                (false, true) => drop(commas.points.insert(at)),
                (false, false) => {}
            }
        }
        if !commas.points.is_empty() {
            commas.doubtful.append(&mut commas.columns);
        }
        Ok(commas)
    }

    /// Whether the cells of a column have one.
    pub fn has(&self, at: usize) -> bool {
        self.columns.contains(&at)
    }

    /// Whether no column has one.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// What to say of those that were read.
    pub fn sentence<'a>(&self, name: impl Fn(usize) -> &'a str) -> Option<String> {
        let names: Vec<&str> = self.columns.iter().map(|at| name(*at)).collect();
        (!names.is_empty())
            .then(|| format!("the numbers in {} are read with a decimal comma (1,5 is 1.5).", names.join(", ")))
    }

    /// What to say of those of which it is not sure; of columns that hold boxes nothing.
    pub fn doubt<'a>(&self, mapping: &Mapping, name: impl Fn(usize) -> &'a str) -> Option<String> {
        let list = |places: &BTreeSet<usize>| places.iter().map(|at| name(*at)).collect::<Vec<_>>().join(", ");
        let doubtful: BTreeSet<usize> = self.doubtful.iter().copied().filter(|at| !mapping.uses(*at)).collect();
        if doubtful.is_empty() {
            return None;
        }
        let why = match self.points.is_empty() {
            true => "may stand between thousands or before a fraction".to_owned(),
            false => format!("are at odds with the points in {}", list(&self.points)),
        };
        Some(format!(
            "the commas in the numbers of {} {why}: they are taken for no numbers; write all of them with a point",
            list(&doubtful)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commas(text: &str) -> Commas {
        Commas::of(&mut Table::of_text(text, &|_| false).unwrap(), &Columns::new()).unwrap()
    }

    #[test]
    fn commas_are_decimal_where_all_numbers_agree() {
        let of = |text: &str| commas(text).columns.into_iter().collect::<Vec<_>>();
        assert_eq!(of("image;Mass;Edema;age\na;1,0;0,0;\nb;0,0;;61\nc;;-1,0;61,5\n"), [1, 2, 3]);
        assert_eq!(of("image\tMass\tEdema\na\t0,000\t1,000\n"), [1], "1,000 alone may be a thousand");
        assert_eq!(of("image;label\na;1,2\nb;1\nc;2\n").len(), 0, "two classes");
        assert_eq!(of("image;label\na;1,0\nb;0,0\n"), [1]);
        assert_eq!(of("image;Mass;note\na;1,0;x,y\nb;left;1,0\n").len(), 0);
        assert_eq!(of("image,Mass\na,\"1,0\"\n").len(), 0);
    }

    #[test]
    fn numbers_that_do_not_agree_are_told() {
        let doubt = |text: &str| {
            let (commas, columns) = (commas(text), ["image", "Mass", "Edema"]);
            commas.doubt(&Mapping { image: 0, ..Mapping::nothing() }, |at| columns[at])
        };
        let told = doubt("image;Mass;Edema\na;1,0;0.0\nb;0,0;1.0\n").unwrap();
        assert!(told.contains("of Mass are at odds with the points in Edema"), "{told}");
        assert!(doubt("image;Mass;Edema\na;1,000;0\nb;2,500;1\n").unwrap().contains("thousands"));
        assert_eq!(doubt("image;Mass;Edema\na;1,0;0,0\n"), None);
    }
}
