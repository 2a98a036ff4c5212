//! Tables whose first line is a row already, as some tools write them: what holds what is told by where names of pictures
//! and numbers stand.
//!
//! Known are makesense.ai's boxes (class, x, y, width, height, file, width and height of the image), those of RetinaNet
//! for Keras (path, x1, y1, x2, y2, class; the five empty where there is nothing), lists for TensorFlow's object
//! detection (file, width, height, class, xmin, ymin, xmax, ymax), a picture and its class in either order, a list of
//! pictures, and a folder of pictures with 0 or 1 (MURA's studies).

use super::mapping::{BoxColumns, Mapping};
use crate::imaging::is_image_name;
use crate::interchange::model::names::{base_name, path_of};
use std::path::Path;

/// Rows by which columns are told.
pub const SAMPLE: usize = 200;

/// Whether a line is a row and no header: it names a picture or a folder.
pub fn is_row(cells: &[&str], is_picture: &dyn Fn(&str) -> bool) -> bool {
    // An image's id alone might be a word of a header, so that the ids of pictures that are there count with a digit only.
    let is_id = |cell: &str| cell.bytes().any(|b| b.is_ascii_digit()) && is_picture(cell);
    cells.iter().any(|cell| is_name(cell) || is_folder(cell) || is_id(cell))
}

fn is_name(cell: &str) -> bool {
    is_image_name(Path::new(base_name(&path_of(cell))))
}

/// Whether a cell names a folder: `train/XR_WRIST/patient1/study1_positive/`.
pub fn is_folder(cell: &str) -> bool {
    cell.len() > 1 && cell.ends_with('/') && !cell.contains("://")
}

/// What the cells of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Names of pictures.
    Name,
    Folder,
    Number,
    Empty,
    Text,
}

/// The mapping that the first rows of a table without header suggest; `None` where they are in no known order.
pub fn mapping(columns: usize, rows: &[Vec<&str>], is_picture: &dyn Fn(&str) -> bool) -> Option<Mapping> {
    use Kind::{Empty, Folder, Name, Number, Text};
    let kind = |at: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
        if cells.peek().is_none() {
            return Empty;
        }
        let all = |is: &dyn Fn(&str) -> bool| cells.clone().all(|cell| is(cell));
        if all(&|cell| cell.trim().parse::<f64>().is_ok()) {
            Number
        } else if all(&is_folder) {
            Folder
        } else if all(&|cell| is_name(cell) || is_picture(cell)) {
            Name
        } else {
            Text
        }
    };
    let kinds: Vec<Kind> = (0..columns).map(kind).collect();
    let told = |image| Mapping { image, ..Mapping::nothing() };
    Some(match kinds.as_slice() {
        [Text | Number, Number, Number, Number, Number, Name, Number, Number] => {
            Mapping { class: Some(0), boxes: Some(BoxColumns::Size([1, 2, 3, 4])), size: Some([6, 7]), ..told(5) }
        }
        [Name, Number, Number, Number, Number, Text | Number] if is_corners(rows, [1, 2, 3, 4]) => {
            Mapping { class: Some(5), boxes: Some(BoxColumns::Corners([1, 2, 3, 4])), ..told(0) }
        }
        [Name, Number, Number, Text, Number, Number, Number, Number] if is_corners(rows, [4, 5, 6, 7]) => {
            Mapping { class: Some(3), boxes: Some(BoxColumns::Corners([4, 5, 6, 7])), size: Some([1, 2]), ..told(0) }
        }
        [Name | Folder, Text | Number] => Mapping { class: Some(1), ..told(0) },
        [Text | Number, Name] => Mapping { class: Some(0), ..told(1) },
        [Name] => told(0),
        _ => return None,
    })
}

/// Whether four numbers are left, top, right, bottom in every row that has them.
fn is_corners(rows: &[Vec<&str>], [a, b, c, d]: [usize; 4]) -> bool {
    rows.iter().all(|row| {
        let number = |at: usize| row.get(at).and_then(|cell| cell.trim().parse::<f64>().ok());
        let grows = |from: usize, to: usize| number(from).zip(number(to)).is_none_or(|(from, to)| from < to);
        grows(a, c) && grows(b, d)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<Mapping> {
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert!(is_row(&rows[0], &|_| false), "{text}");
        mapping(rows[0].len(), &rows, &|_| false)
    }

    #[test]
    fn known_orders_are_told_and_others_are_not() {
        let size = |places| Some(BoxColumns::Size(places));
        let corners = |places| Some(BoxColumns::Corners(places));
        let table = [
            ("Mass,1,2,30,40,a.png,200,100\n1,5,2,3,4,b.png,200,100", 5, Some(0), size([1, 2, 3, 4])),
            ("/x/a.png,1,2,30,40,Mass\nb.png,,,,,", 0, Some(5), corners([1, 2, 3, 4])),
            ("a.png,200,100,Mass,1,2,30,40", 0, Some(3), corners([4, 5, 6, 7])),
            ("a.png,3", 0, Some(1), None),
            ("Mass,a.png", 1, Some(0), None),
            ("a.png\nb.png", 0, None, None),
            ("M/train/p1/study1_positive/,1", 0, Some(1), None),
        ];
        for (text, image, class, boxes) in table {
            let told = told(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((told.image, told.class, told.boxes), (image, class, boxes), "{text}");
        }
        assert_eq!(told("a.png,10,10,5,5,Mass"), None, "sizes, or corners the other way round");
        assert_eq!(told("a.png,Mass,large"), None);
        let header = ["image", "label"];
        assert!(!is_row(&header, &|name| name == "image") && is_row(&["IMG_1", "Mass"], &|name| name == "IMG_1"));
    }
}
