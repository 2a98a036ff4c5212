//! The bounding box of a COCO segmentation: polygons, run lengths as a list, run lengths as text.

use crate::domain::Rect;
use serde_json::Value;

/// The rectangle around a segmentation in pixels, and what kind of shape it was, for the report.
///
/// # Errors
/// What is wrong with it, in words that go behind the annotation's class.
pub fn bounds(shape: &Value) -> Result<(Rect, &'static str), String> {
    match shape {
        Value::Array(polygons) => Ok((around(polygons)?, "polygons became the boxes around them")),
        Value::Object(mask) => {
            let size: Vec<u64> =
                mask.get("size").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
            let &[height, width] = size.as_slice() else { return Err("a mask without its size".into()) };
            let runs = match mask.get("counts") {
                Some(Value::String(text)) => unpacked(text)?,
                Some(Value::Array(counts)) => counts
                    .iter()
                    .map(|count| count.as_u64().ok_or_else(|| "a mask with a run that is no number".to_owned()))
                    .collect::<Result<_, _>>()?,
                _ => return Err("a mask without counts".into()),
            };
            Ok((covered(&runs, height, width)?, "masks became the boxes around them"))
        }
        _ => Err("neither a polygon nor a mask".into()),
    }
}

/// The rectangle around points given as x1, y1, x2, y2 and so on; `None` without a whole point or with odd numbers.
pub fn around_points(numbers: impl Iterator<Item = f64>) -> Option<Rect> {
    let mut rect: Option<Rect> = None;
    let mut x = None;
    for number in numbers {
        if !number.is_finite() {
            return None;
        }
        match x.take() {
            None => x = Some(number),
            Some(x) => {
                let r = rect.unwrap_or(Rect { xmin: x, ymin: number, xmax: x, ymax: number });
                rect = Some(Rect {
                    xmin: r.xmin.min(x),
                    ymin: r.ymin.min(number),
                    xmax: r.xmax.max(x),
                    ymax: r.ymax.max(number),
                });
            }
        }
    }
    rect.filter(|_| x.is_none())
}

/// The upright rectangle around one turned by degrees about its middle.
pub fn turned_about_middle(rect: Rect, degrees: f64) -> Rect {
    let (sin, cos) = degrees.to_radians().sin_cos();
    // Half the sides, of whatever sign.
    let (w, h) = ((rect.xmax - rect.xmin) / 2.0, (rect.ymax - rect.ymin) / 2.0);
    let (x, y) = ((rect.xmin + rect.xmax) / 2.0, (rect.ymin + rect.ymax) / 2.0);
    let (across, down) = ((w * cos).abs() + (h * sin).abs(), (w * sin).abs() + (h * cos).abs());
    Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down }
}

/// The upright rectangle around an ellipse with its middle and half axes, turned by degrees.
pub fn around_ellipse(middle: [f64; 2], [rx, ry]: [f64; 2], degrees: f64) -> Rect {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (across, down) = ((rx * cos).hypot(ry * sin), (rx * sin).hypot(ry * cos));
    let [x, y] = middle;
    Rect { xmin: x - across, ymin: y - down, xmax: x + across, ymax: y + down }
}

fn around(polygons: &[Value]) -> Result<Rect, String> {
    let parts = polygons.iter().map(|polygon| {
        let numbers = polygon.as_array().filter(|p| p.len() >= 6).ok_or("a polygon of fewer than three points")?;
        if numbers.iter().any(|n| n.as_f64().is_none()) {
            return Err("a polygon with something that is no number".to_owned());
        }
        around_points(numbers.iter().filter_map(Value::as_f64)).ok_or_else(|| "a polygon with half a point".to_owned())
    });
    let mut whole: Option<Rect> = None;
    for part in parts {
        let part: Rect = part?;
        whole = Some(match whole {
            None => part,
            Some(w) => Rect {
                xmin: w.xmin.min(part.xmin),
                ymin: w.ymin.min(part.ymin),
                xmax: w.xmax.max(part.xmax),
                ymax: w.ymax.max(part.ymax),
            },
        });
    }
    whole.ok_or_else(|| "neither a bbox nor a shape".into())
}

/// The run lengths within COCO's text form: six bits a character from '0' on, five of value and one that says more
/// follow, sign-extended; from the third run on, each is the difference to the one before the last. The form is defined
/// by `rleFrString` of the COCO API (common/maskApi.c).
fn unpacked(text: &str) -> Result<Vec<u64>, String> {
    let broken = || "a mask whose run lengths cannot be read".to_owned();
    let mut runs: Vec<i64> = Vec::new();
    let mut bytes = text.bytes().peekable();
    while bytes.peek().is_some() {
        let (mut value, mut shift) = (0i64, 0u32);
        loop {
            let six = bytes.next().and_then(|b| b.checked_sub(48)).filter(|six| *six < 64).ok_or_else(broken)?;
            if shift > 55 {
                return Err(broken());
            }
            value |= i64::from(six & 31) << shift;
            shift += 5;
            if six & 32 == 0 {
                if six & 16 != 0 {
                    value |= -1i64 << shift;
                }
                break;
            }
        }
        if let (true, Some(before)) = (runs.len() > 2, runs.len().checked_sub(2).and_then(|at| runs.get(at))) {
            value = value.checked_add(*before).ok_or_else(broken)?;
        }
        runs.push(value);
    }
    runs.into_iter().map(|run| u64::try_from(run).map_err(|_| broken())).collect()
}

/// The rectangle around the ones of alternating runs of zeros and ones, column after column.
fn covered(runs: &[u64], height: u64, width: u64) -> Result<Rect, String> {
    let pixels = height.checked_mul(width).filter(|p| *p > 0).ok_or("a mask of an impossible size")?;
    let (mut at, mut ones) = (0u64, false);
    // xmin, ymin, xmax, ymax with exclusive maxima.
    let mut found: Option<[u64; 4]> = None;
    for &run in runs {
        let end = at.checked_add(run).filter(|end| *end <= pixels).ok_or("a mask with more runs than pixels")?;
        if ones && run > 0 {
            let (first, last) = (at / height, (end - 1) / height);
            let (top, bottom) = if first == last { (at % height, (end - 1) % height + 1) } else { (0, height) };
            let [x0, y0, x1, y1] = found.unwrap_or([first, top, last + 1, bottom]);
            found = Some([x0.min(first), y0.min(top), x1.max(last + 1), y1.max(bottom)]);
        }
        at = end;
        ones = !ones;
    }
    let [xmin, ymin, xmax, ymax] = found.ok_or("an empty mask")?.map(|c| c as f64);
    Ok(Rect { xmin, ymin, xmax, ymax })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A 4 x 5 mask (rows x columns) with ones in rows 1..3 of columns 2..4: runs 9, 2, 2, 2, 5.
    #[test]
    fn lists_and_text_of_one_mask_give_its_box() {
        let expected = Rect { xmin: 2.0, ymin: 1.0, xmax: 4.0, ymax: 3.0 };
        let list = json!({"size": [4, 5], "counts": [9, 2, 2, 2, 5]});
        assert_eq!(bounds(&list).unwrap().0, expected);
        // As pycocotools encodes it: 9, 2, 2, then 2 - 2 = 0 and 5 - 2 = 3.
        let text = json!({"size": [4, 5], "counts": "92203"});
        assert_eq!(bounds(&text).unwrap().0, expected);
    }

    #[test]
    fn a_run_over_several_columns_covers_their_height() {
        let mask = json!({"size": [4, 5], "counts": [6, 6, 8]});
        assert_eq!(bounds(&mask).unwrap().0, Rect { xmin: 1.0, ymin: 0.0, xmax: 3.0, ymax: 4.0 });
    }

    #[test]
    fn what_is_no_shape_gets_a_sentence() {
        for wrong in [
            json!({"size": [4, 5], "counts": [9, 20]}),
            json!({"size": [u64::MAX, 5], "counts": [9]}),
            json!({"size": [4, 5], "counts": "oooooooooooooooooooooooo"}),
            json!({"size": [4, 5], "counts": "é"}),
            json!({"size": [4], "counts": []}),
            json!([[1.0, 2.0, 3.0]]),
            json!([[1, 2, 3, 4, 5, 6, 7]]),
            json!([]),
            json!(7),
        ] {
            assert!(bounds(&wrong).is_err(), "{wrong}");
        }
    }
}
