//! The confusion matrix as a drawing.

use super::Drawing;
use super::plot::head;
use super::text::{escape, shortened};
use std::fmt::Write;

/// Of more classes the numbers would be too small to read.
pub(in crate::session) const MOST: usize = 14;

const LEFT: f64 = 150.0;
const TOP: f64 = 76.0;

/// Rows are the truth, columns what the model says; the darker, the larger the share of the row.
pub fn draw(names: &[String], matrix: &[Vec<usize>]) -> Drawing {
    let caption = "Rows are the truth, columns what the model says; the darker, the larger the share of the row.";
    Drawing { name: "confusion-matrix", svg: svg(names, matrix), caption: caption.to_owned() }
}

fn svg(names: &[String], matrix: &[Vec<usize>]) -> String {
    let side = (520.0 / names.len().max(1) as f64).clamp(34.0, 110.0);
    let (width, height) = (LEFT + side * names.len() as f64 + 10.0, TOP + side * names.len() as f64 + 10.0);
    let right: usize = matrix.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
    let all: usize = matrix.iter().flatten().sum();
    let mut out = head(
        "Confusion matrix",
        &format!(
            "Truth by what the model says; {right} of {all} images lie on the diagonal. The numbers are in the drawing."
        ),
        [width, height],
    );
    // Writing to a String cannot fail.
    let _ = cells(&mut out, names, matrix, side);
    out.push_str("</svg>\n");
    out
}

fn cells(out: &mut String, names: &[String], matrix: &[Vec<usize>], side: f64) -> std::fmt::Result {
    writeln!(out, "<text x=\"{LEFT}\" y=\"18\" font-size=\"14\" font-weight=\"600\">Confusion matrix</text>")?;
    writeln!(out, "<text x=\"{LEFT}\" y=\"38\">What the model says</text>")?;
    writeln!(out, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">Truth</text>", LEFT - 8.0, TOP - 8.0)?;
    let letters = (side / 6.6) as usize;
    for (column, name) in names.iter().enumerate() {
        let x = LEFT + side * (column as f64 + 0.5);
        let name = escape(&shortened(name, letters));
        writeln!(out, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"11\">{name}</text>", TOP - 8.0)?;
    }
    for (at, (name, row)) in names.iter().zip(matrix).enumerate() {
        let y = TOP + side * at as f64;
        let (x, middle, name) = (LEFT - 8.0, y + side / 2.0 + 4.0, escape(&shortened(name, 21)));
        writeln!(out, "<text x=\"{x}\" y=\"{middle:.1}\" text-anchor=\"end\">{name}</text>")?;
        let sum: usize = row.iter().sum();
        for (column, count) in row.iter().enumerate() {
            let x = LEFT + side * column as f64;
            let share = *count as f64 / sum.max(1) as f64;
            let ink = if share > 0.55 { "#fff" } else { "#1b1b1b" };
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" fill=\"#0072b2\" fill-opacity=\"{share:.2}\" stroke=\"#999\"/>"
            )?;
            let centre = x + side / 2.0;
            writeln!(
                out,
                "<text x=\"{centre:.1}\" y=\"{middle:.1}\" text-anchor=\"middle\" fill=\"{ink}\">{count}</text>"
            )?;
        }
    }
    Ok(())
}
