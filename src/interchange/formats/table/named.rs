//! Names of pictures that no cell holds alone: the knees of the Osteoarthritis Initiative go by an ID and a SIDE (a file
//! is called 9000099R), and in RSNA's table of haemorrhages an ID has a finding behind it (`ID_63eb1e259_epidural`).

use super::mapping::{BoxColumns, Mapping, normal};
use std::collections::BTreeSet;

/// What may stand between the two parts of a name.
const BETWEEN: [&str; 4] = ["", "_", "-", " "];
/// A part of a name is no longer than this.
const LONGEST: usize = 16;
/// More different ends than this are no findings.
pub const MOST_ENDS: usize = 64;

/// A second column that names pictures together with the one for the images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The second column.
    pub column: usize,
    between: &'static str,
    /// It tells the side, and the pictures' names have its letter.
    side: bool,
}

impl Joined {
    /// The name of a picture.
    pub fn name(&self, id: &str, with: &str) -> Option<String> {
        let with = if self.side { side(with)? } else { with };
        (!id.is_empty() && !with.is_empty()).then(|| format!("{id}{}{with}", self.between))
    }

    /// The column that, behind the one for the images, names pictures that are there in at least half of the rows; `None`
    /// where there is none, or where several give different names.
    pub fn find(mapping: &Mapping, rows: &[Vec<&str>], is_picture: &dyn Fn(&str) -> bool) -> Option<Self> {
        let cell = |row: &Vec<&str>, at: usize| row.get(at).copied().unwrap_or("").to_owned();
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        let boxes = |at: usize| match &mapping.boxes {
            Some(BoxColumns::Corners(four) | BoxColumns::Size(four) | BoxColumns::Middle(four)) => four.contains(&at),
            Some(BoxColumns::OneCell(one, _)) => *one == at,
            None => false,
        };
        let is_free = |at: &usize| {
            *at != mapping.image
                && mapping.class != Some(*at)
                && !boxes(*at)
                && rows.iter().all(|row| cell(row, *at).len() <= LONGEST)
        };
        let mut found: Option<(Self, Vec<Option<String>>)> = None;
        for column in (0..width).filter(is_free) {
            for (between, side) in BETWEEN.into_iter().flat_map(|between| [(between, false), (between, true)]) {
                let joined = Self { column, between, side };
                let names: Vec<Option<String>> =
                    rows.iter().map(|row| joined.name(&cell(row, mapping.image), &cell(row, column))).collect();
                let there = names.iter().flatten().filter(|name| is_picture(name)).count();
                if there == 0 || 2 * there < rows.len() {
                    continue;
                }
                match &found {
                    Some((_, before)) if *before != names => return None,
                    Some(_) => {}
                    None => found = Some((joined, names)),
                }
            }
        }
        found.map(|(joined, _)| joined)
    }
}

/// The letter of a side, as 1 (right) and 2 (left) stand for them in the Initiative's tables.
fn side(cell: &str) -> Option<&'static str> {
    match normal(cell).as_str() {
        "1" | "1right" | "right" | "r" => Some("R"),
        "2" | "2left" | "left" | "l" => Some("L"),
        _ => None,
    }
}

/// One of the cells that name a picture which is there and, behind the last `_`, one of some findings; `None` where fewer
/// than half do.
pub fn with_finding<'a>(cells: &[&'a str], is_picture: &dyn Fn(&str) -> bool) -> Option<&'a str> {
    let parts = |cell: &&'a str| cell.rsplit_once('_').filter(|(id, _)| is_picture(id));
    let ends: BTreeSet<&str> = cells.iter().filter_map(&parts).map(|(_, end)| end).collect();
    let there = cells.iter().filter(|cell| parts(cell).is_some()).count();
    let are_findings = ends.len() <= MOST_ENDS && ends.iter().all(|end| end.chars().all(char::is_alphabetic));
    (there > 0 && 2 * there >= cells.len() && are_findings)
        .then(|| cells.iter().find(|cell| parts(cell).is_some()).copied())?
}

/// A picture and the finding behind it, as [`with_finding`] sees them.
pub fn finding_behind(cell: &str) -> Option<(&str, &str)> {
    cell.rsplit_once('_').filter(|(id, end)| !id.is_empty() && !end.is_empty() && end.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pictures: &[&str], class: Option<usize>, text: &str) -> Option<(usize, Vec<String>)> {
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let mapping = Mapping { image: 0, class, ..Mapping::nothing() };
        let joined = Joined::find(&mapping, &rows, &|name| pictures.contains(&name))?;
        let names = rows.iter().filter_map(|row| joined.name(row[0], row[1])).collect();
        Some((joined.column, names))
    }

    #[test]
    fn a_side_behind_an_id_names_a_picture_and_two_readings_name_none() {
        let names = |names: &[&str]| Some((1, names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()));
        assert_eq!(found(&["9R", "9L"], None, "9,1\n9,2\n8,1: Right"), names(&["9R", "9L", "8R"]));
        assert_eq!(found(&["9_1", "9_2"], None, "9,1\n9,2\n"), names(&["9_1", "9_2"]));
        assert_eq!(found(&["9-left"], None, "9,left"), names(&["9-left"]));
        assert_eq!(found(&["9R"], None, "9,1\n8,1\n7,1"), None, "less than half are there");
        assert_eq!(found(&["9_1", "9_2"], None, "9,1,2\n9,2,1\n"), None, "either column may be meant");
        assert_eq!(found(&["9_1", "9_2"], Some(2), "9,1,2\n9,2,1\n"), names(&["9_1", "9_2"]));
        assert_eq!(found(&["9_1", "9R"], None, "9,1\n"), None, "both are there");
        assert_eq!(found(&["9_1"], None, "9,1,1\n"), names(&["9_1"]), "the same either way");
    }

    #[test]
    fn a_finding_behind_an_id_is_seen() {
        let is_picture = |name: &str| name == "ID_a" || name == "ID_b";
        let cells = ["ID_a_any", "ID_b_epidural", "ID_c_any"];
        assert_eq!(with_finding(&cells, &is_picture), Some("ID_a_any"));
        assert_eq!(with_finding(&["ID_a_any", "ID_c_any", "ID_d_any"], &is_picture), None);
        assert_eq!(with_finding(&["ID_a_1", "ID_a_2"], &is_picture), None, "frames");
        assert_eq!(with_finding(&[], &is_picture), None);
    }
}
