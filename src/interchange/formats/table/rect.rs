//! Numbers and boxes in the cells of a row.

use super::mapping::{BoxColumns, InCell};
use super::rows::Row;
use crate::domain::Rect;

/// A number of a cell; where commas do not separate the cells, they may be decimal ones.
pub fn number(cell: &str, delimiter: char) -> Option<f64> {
    let comma = || (delimiter != ',' && !cell.contains('.')).then(|| cell.replacen(',', ".", 1));
    let number: Option<f64> = cell.trim().parse().ok().or_else(|| comma()?.trim().parse().ok());
    number.filter(|n| n.is_finite())
}

/// The box of a row; `None` where its cells are empty.
pub fn rect(columns: &BoxColumns, row: &Row, delimiter: char, in_cell: InCell) -> Result<Option<Rect>, String> {
    let four = |numbers: [Option<f64>; 4]| match numbers {
        [Some(a), Some(b), Some(c), Some(d)] => Ok([a, b, c, d]),
        _ => Err("a box with something that is no number".to_owned()),
    };
    match columns {
        BoxColumns::Corners(places) | BoxColumns::Size(places) | BoxColumns::Middle(places) => {
            let cells = places.map(|at| row.cell(at));
            if cells.iter().all(|cell| cell.is_empty()) {
                return Ok(None);
            }
            let [a, b, c, d] = four(cells.map(|cell| number(cell, delimiter)))?;
            let rect = match columns {
                BoxColumns::Corners(_) => Rect { xmin: a, ymin: b, xmax: c, ymax: d },
                BoxColumns::Middle(_) => {
                    Rect { xmin: a - c / 2.0, ymin: b - d / 2.0, xmax: a + c / 2.0, ymax: b + d / 2.0 }
                }
                BoxColumns::Size(_) | BoxColumns::OneCell(..) => Rect { xmin: a, ymin: b, xmax: a + c, ymax: b + d },
            };
            Ok(Some(rect))
        }
        BoxColumns::OneCell(at, _) => {
            let text = row.cell(*at);
            let inner = text.trim_matches(['[', ']', '(', ')', ' ']);
            let parts: Vec<&str> = inner.split([',', ' ', ';']).filter(|part| !part.is_empty()).collect();
            if parts.is_empty() {
                return Ok(None);
            }
            let &[x, y, w, h] = parts.as_slice() else {
                return Err(format!("a box with {} numbers instead of 4", parts.len()));
            };
            let [x, y, w, h] = four([x, y, w, h].map(|part| number(part, ',')))?;
            Ok(Some(match in_cell {
                InCell::Size => Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h },
                InCell::Corners => Rect { xmin: x, ymin: y, xmax: w, ymax: h },
            }))
        }
    }
}
