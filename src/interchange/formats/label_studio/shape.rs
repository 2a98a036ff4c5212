//! Where a region of Label Studio lies: percent of the image's width and height, turned about the top left corner.

use crate::domain::Rect;
use crate::interchange::formats::mask::around_points;
use serde_json::Value;

/// The rectangle of a region in shares of the image, and what was done to get it. `size` is the image's in pixels.
pub fn shape(value: &Value, size: [f64; 2]) -> Option<(Rect, Option<&'static str>)> {
    let [width, height] = size;
    let share = |rect: Rect| Rect {
        xmin: rect.xmin / 100.0,
        ymin: rect.ymin / 100.0,
        xmax: rect.xmax / 100.0,
        ymax: rect.ymax / 100.0,
    };
    if let Some(points) = value.get("points").and_then(Value::as_array) {
        if points.len() < 3 {
            return None;
        }
        let numbers = points
            .iter()
            .flat_map(|point| point.as_array().into_iter().flatten())
            .map(|n| n.as_f64().unwrap_or(f64::NAN));
        return Some((share(around_points(numbers)?), Some("polygons became the boxes around them")));
    }
    let (x, y) = (number(value, "x")?, number(value, "y")?);
    let angle = number(value, "rotation").unwrap_or(0.0);
    let (sin, cos) = angle.to_radians().sin_cos();
    if let (Some(rx), Some(ry)) = (number(value, "radiusX"), number(value, "radiusY")) {
        let (rx, ry) = (rx * width, ry * height);
        let (across, down) = ((rx * cos).hypot(ry * sin) / width, (rx * sin).hypot(ry * cos) / height);
        let rect = Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down };
        return Some((share(rect), Some("ellipses became the boxes around them")));
    }
    let (w, h) = (number(value, "width")?, number(value, "height")?);
    if angle == 0.0 {
        return Some((share(Rect { xmin: x, ymin: y, xmax: x + w, ymax: y + h }), None));
    }
    let (w, h) = (w * width, h * height);
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let turned = corners.iter().flat_map(|[a, b]| [x + (a * cos - b * sin) / width, y + (a * sin + b * cos) / height]);
    Some((share(around_points(turned)?), Some("rotated rectangles became the upright boxes around them")))
}

/// A number, also where it is written as text.
pub fn number(value: &Value, key: &str) -> Option<f64> {
    match value.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
    .filter(|n: &f64| n.is_finite())
}
