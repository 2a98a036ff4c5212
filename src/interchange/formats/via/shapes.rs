//! Where regions lie.

use crate::domain::Rect;
use crate::interchange::formats::drawn::{around, around_ellipse, number, number_of};
use serde_json::Value;

/// A region's place.
pub enum Place {
    Box(Rect),
    /// The box around a shape, with the shapes' name.
    Around(Rect, &'static str),
    /// A shape of this kind encloses nothing.
    Nothing(String),
}

/// Of the shape attributes of VIA 1 and 2; `None` where they cannot be read.
pub fn of_attributes(shape: &Value) -> Option<Place> {
    let n = |key: &str| number_of(shape, key);
    Some(match shape.get("name")?.as_str()? {
        "rect" => {
            let (x, y, w, h) = (n("x")?, n("y")?, n("width")?, n("height")?);
            Place::Box(Rect::from_corners([x, y], [x + w, y + h]))
        }
        "circle" => Place::Around(around_ellipse([n("cx")?, n("cy")?], [n("r")?; 2], 0.0), "circle"),
        "ellipse" => {
            // In radians since VIA 2.0.6; absent before.
            let angle = n("theta").unwrap_or(0.0);
            Place::Around(around_ellipse([n("cx")?, n("cy")?], [n("rx")?, n("ry")?], angle), "ellipse")
        }
        "polygon" => {
            let list = |key: &str| -> Option<Vec<f64>> { shape.get(key)?.as_array()?.iter().map(number).collect() };
            let (x, y) = (list("all_points_x")?, list("all_points_y")?);
            if x.len() != y.len() || x.len() < 3 {
                return None;
            }
            let points: Vec<[f64; 2]> = x.into_iter().zip(y).map(|(x, y)| [x, y]).collect();
            Place::Around(around(&points)?, "polygon")
        }
        other => Place::Nothing(other.to_owned()),
    })
}

/// Of the numbers of VIA 3, the first of which is the kind of shape.
pub fn of_numbers(numbers: &[f64]) -> Option<Place> {
    let (kind, rest) = numbers.split_first()?;
    let points = |rest: &[f64]| -> Vec<[f64; 2]> { rest.as_chunks::<2>().0.to_vec() };
    // _VIA_RSHAPE in VIA 3's own code.
    Some(match (*kind as i64, rest) {
        (2, &[x, y, w, h]) => Place::Box(Rect::from_corners([x, y], [x + w, y + h])),
        (3, &[x, y, r]) => Place::Around(around_ellipse([x, y], [r; 2], 0.0), "circle"),
        (4, &[x, y, rx, ry]) => Place::Around(around_ellipse([x, y], [rx, ry], 0.0), "ellipse"),
        (7, rest) if rest.len() >= 6 && rest.len().is_multiple_of(2) => {
            Place::Around(around(&points(rest))?, "polygon")
        }
        // The four outermost points.
        (8, rest) if rest.len() == 8 => Place::Box(around(&points(rest))?),
        (9, &[ax, ay, bx, by, cx, cy]) => {
            let ([x, y], r) = circle_through([ax, ay], [bx, by], [cx, cy])?;
            Place::Around(around_ellipse([x, y], [r; 2], 0.0), "circle")
        }
        (1, _) => Place::Nothing("point".into()),
        (5, _) => Place::Nothing("line".into()),
        (6, _) => Place::Nothing("polyline".into()),
        _ => return None,
    })
}

/// Middle and radius of the circle through three points; `None` where they lie on one line. The middle is as far from
/// each: two linear equations.
fn circle_through(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> Option<([f64; 2], f64)> {
    let (bx, by, cx, cy) = (b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]);
    let twice = 2.0 * (bx * cy - by * cx);
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy);
    let (x, y) = ((cy * b2 - by * c2) / twice, (bx * c2 - cx * b2) / twice);
    (x.is_finite() && y.is_finite()).then(|| ([a[0] + x, a[1] + y], x.hypot(y)))
}
