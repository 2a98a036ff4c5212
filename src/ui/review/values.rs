//! Values read off a picture in words, as they stand beside the pointer, beside what is measured, and in the list of it.

use crate::domain::{ImageId, Measure, Measurement, PixelValue, RegionFigures, Spacing, SpacingKind};
use crate::session::{Fetched, Values, ValuesOf, ValuesRequest};
use crate::ui::context::Fetch;

/// What a pixel says, "x 12  y 7: 1056 stored, 32 HU".
pub(super) fn pixel(column: u32, row: u32, value: PixelValue, units: Option<&str>) -> String {
    let place = format!("x {column}  y {row}");
    match value {
        PixelValue::Grey { stored, padding: true, .. } => format!("{place}: {} (no measurement)", number(stored)),
        PixelValue::Grey { stored, value, .. } if stored == value && units.is_none() => {
            format!("{place}: {}", number(stored))
        }
        PixelValue::Grey { stored, value, .. } => {
            format!("{place}: {} stored, {}{}", number(stored), number(value), unit(units))
        }
        PixelValue::Colour([r, g, b]) => format!("{place}: R {r}  G {g}  B {b}"),
    }
}

/// A unit after its number.
fn unit(units: Option<&str>) -> String {
    units.map(|units| format!(" {units}")).unwrap_or_default()
}

/// Whole where it is, else with two decimals.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The values a measurement is about.
pub(super) fn wanted(image: ImageId, measurement: &Measurement) -> Option<ValuesRequest> {
    let of = match (measurement.region(), measurement.measure, measurement.points.as_slice()) {
        (Some((outline, rect)), ..) => ValuesOf::Region(outline, rect),
        (None, Measure::Profile, [from, to]) => ValuesOf::Line(*from, *to),
        (None, ..) => return None,
    };
    Some(ValuesRequest { image, of })
}

/// What is written beside a measurement: its length, angle or area, and of a region what its values come to.
pub(super) fn text(
    fetch: Fetch<'_>,
    image: ImageId,
    measurement: &Measurement,
    (spacing, units): (Option<Spacing>, Option<&str>),
) -> Option<String> {
    let value = measurement.value(spacing)?;
    // Angles need no scale; all else is only as right as the length that the reader said.
    let by_reader = match measurement.measure {
        Measure::Angle | Measure::LineAngle => false,
        Measure::Known => true,
        Measure::Length | Measure::Rectangle | Measure::Ellipse | Measure::Profile => {
            spacing.is_some_and(|spacing| spacing.kind == SpacingKind::Reader)
        }
    };
    let size = if by_reader { format!("{value}, {}", SpacingKind::Reader.name()) } else { value.to_string() };
    let Some(request) = wanted(image, measurement).filter(|_| measurement.region().is_some()) else {
        return Some(size);
    };
    Some(match fetch.values(request) {
        Fetched::Ready(values) => match &*values {
            Values::Region(figures) => format!("{}, {size}", region(figures, units)),
            Values::Pixel(_) | Values::Line(_) | Values::Nothing => format!("no values, {size}"),
        },
        Fetched::Loading(_) => size,
        Fetched::Failed(why) => why.to_string(),
    })
}

fn region(figures: &RegionFigures, units: Option<&str>) -> String {
    let RegionFigures { mean, sd, min, max, .. } = figures;
    format!("mean {mean:.1}{}, SD {sd:.1}, {} to {}", unit(units), number(*min), number(*max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_told_as_it_is_stored_and_as_what_it_stands_for() {
        let grey = |stored, value, padding| PixelValue::Grey { stored, value, padding };
        assert_eq!(pixel(12, 7, grey(1056.0, 32.0, false), Some("HU")), "x 12  y 7: 1056 stored, 32 HU");
        assert_eq!(pixel(0, 0, grey(200.0, 200.0, false), None), "x 0  y 0: 200");
        assert_eq!(pixel(0, 0, grey(-2000.0, -2000.0, true), Some("HU")), "x 0  y 0: -2000 (no measurement)");
        assert_eq!(pixel(1, 2, grey(3.0, 0.125, false), None), "x 1  y 2: 3 stored, 0.12");
        assert_eq!(pixel(3, 4, PixelValue::Colour([1, 2, 255]), None), "x 3  y 4: R 1  G 2  B 255");
    }
}
