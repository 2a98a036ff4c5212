//! The table of lengths and angles: one row a measurement, its points in pixels of the upright frame. Its values are
//! told for spreadsheets; read back, they follow from the points and the image's pixel spacing.

use crate::domain::{Measure, Measurement, Quantity};
use crate::interchange::model::draft::{Draft, DraftImage};
use crate::interchange::model::reading::{Measured, instant};

/// The columns that make a table one of these.
const KNOWN_BY: [&str; 3] = ["path", "kind", "points"];
/// All columns as they are written.
pub const COLUMNS: [&str; 9] =
    ["path", "kind", "points", "value", "unit", "reader", "time", "image_width", "image_height"];

/// Whether a table's header is that of measurements.
pub fn is_table(header: &[String]) -> bool {
    KNOWN_BY.iter().all(|name| header.iter().any(|column| column == name))
}

/// What it is called in the table: "length", "angle", "angle between lines".
pub fn kind(measure: Measure) -> String {
    measure.name().to_lowercase()
}

/// Points as `x y; x y`, in pixels.
pub fn points_text(points: &[[f64; 2]]) -> String {
    points.iter().map(|[x, y]| format!("{x} {y}")).collect::<Vec<_>>().join("; ")
}

/// A quantity's number and unit.
pub fn value_and_unit(quantity: Quantity) -> (f64, &'static str) {
    match quantity {
        Quantity::Millimetres(value) => (value, "mm"),
        Quantity::Pixels(value) => (value, "px"),
        Quantity::Degrees(value) => (value, "degrees"),
        Quantity::SquareMillimetres(value) => (value, "mm2"),
        Quantity::SquarePixels(value) => (value, "px2"),
    }
}

/// Makes a draft of the table's rows.
pub fn draft(header: &[String], rows: &[Vec<String>]) -> Draft {
    let column = |name: &str| header.iter().position(|column| column == name);
    let [path, kind, points, value, reader, time, width, height] =
        ["path", "kind", "points", "value", "reader", "time", "image_width", "image_height"].map(column);
    let mut draft: Draft = Draft::default();
    for (number, row) in (2..).zip(rows) {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).filter(|text| !text.is_empty());
        let Some(file) = cell(path) else {
            draft.leave_out(format!("row {number}"), "it names no image");
            continue;
        };
        let known = cell(value).and_then(|text| text.parse().ok());
        let measurement = cell(kind).zip(cell(points)).and_then(|(kind, points)| measurement(kind, points, known));
        let Some(measurement) = measurement else {
            draft.leave_out(format!("row {number}"), "it is no measurement with its points");
            continue;
        };
        let side = |at| cell(at).and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite() && *n > 0.0);
        let measured =
            Measured { reader: cell(reader).cloned(), time_ms: cell(time).and_then(|text| instant(text)), measurement };
        draft.images.push(DraftImage {
            file: file.clone(),
            stated: side(width).zip(side(height)).map(|(w, h)| [w, h]),
            measured: vec![measured],
            ..DraftImage::default()
        });
    }
    draft
}

fn measurement(kind: &str, points: &str, value: Option<f64>) -> Option<Measurement> {
    let measure = Measure::ALL.into_iter().find(|measure| measure.name().eq_ignore_ascii_case(kind))?;
    let point = |text: &str| {
        let (x, y) = text.trim().split_once(' ')?;
        Some([x.parse().ok()?, y.trim().parse().ok()?])
    };
    let points = points.split(';').map(point).collect::<Option<_>>()?;
    // All other values follow from the points.
    let known_mm = value.filter(|_| measure == Measure::Known);
    let measurement = Measurement { known_mm, ..Measurement::new(measure, points) };
    measurement.is_whole().then_some(measurement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_no_measurement_are_told() {
        let text = "path,kind,points,value,unit,reader,time\n\
                    a.png,length,1 2; 4.5 6,5,px,ada,2026-01-31T08:15:30Z\n\
                    a.png,Angle between lines,0 0;1 0;0 0;0 1,,,,\n\
                    a.png,area,1 2; 3 4,,,,\n,length,1 2; 3 4,,,,\na.png,length,1 2,,,,\na.png,length,1 2; 3 NaN,,,,\n";
        let (header, rows) = crate::interchange::formats::table::rows::rows(text).unwrap();
        assert!(is_table(&header) && !is_table(&header[1..]));
        let draft = draft(&header, &rows);
        let all: Vec<&Measured> = draft.images.iter().flat_map(|image| &image.measured).collect();
        assert_eq!(all[0].measurement, Measurement::new(Measure::Length, vec![[1.0, 2.0], [4.5, 6.0]]));
        assert_eq!((all[0].reader.as_deref(), all[0].time_ms), (Some("ada"), Some(1_769_847_330_000)));
        assert_eq!((all.len(), all[1].measurement.measure), (2, Measure::LineAngle));
        let left_out: Vec<&str> = draft.left_out.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(left_out, ["row 4", "row 5", "row 6", "row 7"]);
    }
}
