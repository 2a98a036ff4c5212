//! The beginning of a table, for a person to say which column holds what.

use crate::interchange::formats::table::called::Called;
use crate::interchange::formats::table::mapping::{BoxColumns, InCell, Mapping};
use crate::interchange::formats::table::rows::{Row, Table};
use crate::interchange::formats::table::{begun, beside};
use crate::interchange::model::columns::{Columns, Role};
use crate::interchange::source::{text, walk};
use std::io::Read;
use std::path::Path;

/// How much of a table is read, in bytes.
const HEAD: u64 = 64 << 10;
/// Rows shown.
const ROWS: usize = 4;

/// The columns of a table and its first rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableHead {
    /// The file's name below the source.
    pub file: String,
    pub columns: Vec<String>,
    /// The first rows, each with a cell a column.
    pub rows: Vec<Vec<String>>,
    /// What the columns' names suggest, or what a person chose for them before.
    pub suggested: Option<Mapping>,
    /// A person chose it before.
    pub remembered: bool,
}

impl TableHead {
    /// A choice of columns by their names, as tables are read with; also what no column is to hold.
    pub fn told(&self, mapping: &Mapping) -> Columns {
        let corners = [Role::Xmin, Role::Ymin, Role::Xmax, Role::Ymax];
        let size = [Role::X, Role::Y, Role::W, Role::H];
        let middle = [Role::XCenter, Role::YCenter, Role::W, Role::H];
        let mut places = vec![(Role::Image, Some(mapping.image))];
        let single = [
            (Role::Class, mapping.class),
            (Role::Group, mapping.group),
            (Role::Split, mapping.split),
            (Role::Reader, mapping.reader),
        ];
        places.extend(single);
        places.extend(mapping.findings.iter().map(|at| (Role::Finding, Some(*at))));
        match &mapping.boxes {
            None => places.push((Role::Box, None)),
            Some(BoxColumns::Corners(four)) => places.extend(corners.into_iter().zip(four.iter().copied().map(Some))),
            Some(BoxColumns::Size(four)) => places.extend(size.into_iter().zip(four.iter().copied().map(Some))),
            Some(BoxColumns::Middle(four)) => places.extend(middle.into_iter().zip(four.iter().copied().map(Some))),
            Some(BoxColumns::OneCell(at, None)) => places.push((Role::Box, Some(*at))),
            Some(BoxColumns::OneCell(at, Some(InCell::Size))) => places.push((Role::Xywh, Some(*at))),
            Some(BoxColumns::OneCell(at, Some(InCell::Corners))) => places.push((Role::Xyxy, Some(*at))),
        }
        let name = |at: Option<usize>| at.map_or(Some(String::new()), |at| self.columns.get(at).cloned());
        places.into_iter().filter_map(|(role, at)| Some((role, name(at)?))).collect()
    }
}

/// The beginning of the first table of a source that has a header; `None` where it has none.
pub fn table_head(source: &Path, exclude: &[String]) -> Option<TableHead> {
    let is_table =
        |path: &Path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("tsv"));
    if source.is_file() {
        let name = source.file_name()?.to_string_lossy().into_owned();
        return is_table(source).then(|| head_of(source, name, &Called::of(std::iter::empty())))?;
    }
    let walk = walk::walk(source, exclude).ok()?;
    let is_names = |name: &str| beside::is_ids(name) || beside::is_classes(name);
    let mut tables =
        walk.other_files.iter().filter(|file| is_table(Path::new(&*file.name)) && !is_names(&file.name)).peekable();
    tables.peek()?;
    let called = Called::of(walk.files.iter().map(|file| &*file.name));
    tables.find_map(|file| head_of(&file.path(), file.name.to_string(), &called))
}

fn head_of(path: &Path, file: String, called: &Called) -> Option<TableHead> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 == HEAD {
        // The last line may be cut, in the middle of a letter even.
        let end = bytes.iter().rposition(|byte| *byte == b'\n')?;
        bytes.truncate(end + 1);
    }
    let text = text::decoded(bytes).ok()?;
    let open = || Table::of_text(&text, &|cell| called.is_picture(cell)).ok();
    let mut table = open()?;
    let suggested =
        begun::begin(&mut table, &Columns::new(), called, begun::Known::default()).ok().map(|begun| begun.mapping);
    let (mut again, mut row, mut rows) = (open()?, Row::default(), Vec::new());
    while rows.len() < ROWS && again.next(&mut row).unwrap_or(false) {
        rows.push((0..table.columns.len()).map(|at| row.cell(at).to_owned()).collect());
    }
    Some(TableHead { file, columns: table.columns, rows, suggested, remembered: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_table_is_cut_at_a_line_and_its_columns_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let row = format!("\u{e9}.png,Mass,{}\n", "x".repeat(1000));
        std::fs::write(dir.path().join("t.csv"), format!("image,label,note\n{}", row.repeat(100))).unwrap();
        let head = table_head(dir.path(), &[]).unwrap();
        assert_eq!((head.file.as_str(), head.rows.len()), ("t.csv", ROWS));
        assert_eq!(head.columns, ["image", "label", "note"]);
        assert_eq!(head.suggested.unwrap().class, Some(1));
        assert_eq!(table_head(dir.path(), &["*.csv".into()]), None);
        assert_eq!(table_head(&dir.path().join("none.csv"), &[]), None);
        std::fs::write(dir.path().join("t.csv"), "Mass,1,2,30,40,a.png,200,100\n").unwrap();
        let head = table_head(dir.path(), &[]).unwrap();
        assert_eq!((head.columns[5].as_str(), head.rows[0][5].as_str()), ("6", "a.png"), "no line names the columns");
        assert_eq!(head.suggested.unwrap().image, 5);
    }
}
