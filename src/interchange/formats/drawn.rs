//! Shapes that people draw, as JSON has them: which become boxes, and a count of those that do not.

use crate::domain::Rect;
use crate::interchange::formats::mask::around_points;
use crate::interchange::model::draft::Draft;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts over all files of a source, told once.
#[derive(Default)]
pub struct Drawn {
    /// Shapes that became the boxes around them, by what one is called.
    became: BTreeMap<String, usize>,
    /// What was not taken, with the first file that has it.
    dropped: BTreeMap<String, (usize, String)>,
    /// What else was said of shapes that were taken, and of how many.
    omitted: BTreeMap<String, usize>,
}

impl Drawn {
    /// Counts a shape that became the box around it.
    pub fn became(&mut self, shape: &str) {
        *self.became.entry(shape.to_owned()).or_default() += 1;
    }

    /// Counts a shape of a kind that has no box.
    pub fn dropped(&mut self, kind: &str, file: &str) {
        self.dropped.entry(kind.to_owned()).or_insert_with(|| (0, file.to_owned())).0 += 1;
    }

    /// Counts a shape that was taken without what else is said of it, `attributes`.
    pub fn omitted(&mut self, what: &str) {
        *self.omitted.entry(what.to_owned()).or_default() += 1;
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: Self) {
        for (shapes, count) in other.became {
            *self.became.entry(shapes).or_default() += count;
        }
        for (kind, (count, file)) in other.dropped {
            self.dropped.entry(kind).or_insert((0, file)).0 += count;
        }
        for (what, count) in other.omitted {
            *self.omitted.entry(what).or_default() += count;
        }
    }

    /// Says all of it.
    pub fn tell<Images>(self, draft: &mut Draft<Images>) {
        let became = self.became.iter().map(|(shape, count)| match count {
            1 => format!("1 {shape} became the box around it."),
            _ => format!("{count} {shape}s became the boxes around them."),
        });
        draft.remarks.extend(became);
        let omitted = self.omitted.iter().map(|(what, count)| {
            format!("{}: the {what} were not taken, a box has a class and nothing else.", counted(*count, "shape"))
        });
        draft.remarks.extend(omitted);
        for (kind, (count, file)) in self.dropped {
            let shapes = counted(count, "shape");
            draft.leave_out(
                format!("{shapes} of the kind {kind}, the first in {file}"),
                "it encloses nothing: only rectangles and closed outlines become boxes; draw a rectangle for what is to be one",
            );
        }
    }
}

/// A finite number, also where it is written as text.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.as_f64(),
    }
    .filter(|n: &f64| n.is_finite())
}

/// The number under a key.
pub fn number_of(value: &Value, key: &str) -> Option<f64> {
    number(value.get(key)?)
}

/// The text under a key, without blanks around it; `None` where it is empty.
pub fn text_of<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A positive width and height.
pub fn size(width: Option<f64>, height: Option<f64>) -> Option<[f64; 2]> {
    width.zip(height).filter(|(w, h)| *w > 0.0 && *h > 0.0).map(|(w, h)| [w, h])
}

/// Points that are written `[[x, y], ...]`; `None` where one is not.
pub fn points(value: &Value) -> Option<Vec<[f64; 2]>> {
    let point = |point: &Value| match point.as_array()?.as_slice() {
        [x, y] => Some([number(x)?, number(y)?]),
        _ => None,
    };
    value.as_array()?.iter().map(point).collect()
}

/// The rectangle around points; `None` without any.
pub fn around(points: &[[f64; 2]]) -> Option<Rect> {
    around_points(points.iter().flatten().copied())
}

/// The rectangle around an ellipse with these half axes, turned by an angle in radians.
pub fn around_ellipse([x, y]: [f64; 2], [a, b]: [f64; 2], angle: f64) -> Rect {
    let (sin, cos) = angle.sin_cos();
    let (across, down) = ((a * cos).hypot(b * sin), (a * sin).hypot(b * cos));
    Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down }
}

/// The upright rectangle around one that is turned by an angle in radians about its middle.
pub fn around_turned(rect: Rect, angle: f64) -> Rect {
    let (sin, cos) = angle.sin_cos();
    let (w, h) = (rect.width() / 2.0, rect.height() / 2.0);
    let (x, y) = ((rect.xmin + rect.xmax) / 2.0, (rect.ymin + rect.ymax) / 2.0);
    let (across, down) = ((w * cos).abs() + (h * sin).abs(), (w * sin).abs() + (h * cos).abs());
    Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down }
}

/// The rectangle around two.
pub fn around_both(a: Rect, b: Rect) -> Rect {
    Rect { xmin: a.xmin.min(b.xmin), ymin: a.ymin.min(b.ymin), xmax: a.xmax.max(b.xmax), ymax: a.ymax.max(b.ymax) }
}

/// "1 image", "3 images".
pub fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
