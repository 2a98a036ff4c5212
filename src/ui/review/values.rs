//! Values read off a picture in words, as they stand beside the pointer, beside what is measured, and in the list of it.

use crate::domain::{ImageId, Measure, Measurement, PixelValue, RegionFigures, Spacing, SpacingKind};
use crate::session::{Fetched, ImageDetail, Values, ValuesOf, ValuesRequest};
use crate::ui::context::Fetch;

/// What turns pixels of an image into what is read: how large they are, what the file says of that, and what values are in.
#[derive(Clone, Copy)]
pub(super) struct Scale<'a> {
    pub spacing: Option<Spacing>,
    pub file: Option<Spacing>,
    pub units: Option<&'a str>,
}

impl<'a> Scale<'a> {
    pub fn of(detail: &ImageDetail, units: Option<&'a str>) -> Self {
        Self { spacing: detail.spacing, file: detail.file_spacing, units }
    }
}

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

/// Whose millimetres they are where a reader said how long something is: "calibrated by the reader, instead of the header's
/// 0.143 mm a pixel". A header that knows the shape of its pixels alone has no size that is overridden.
pub(super) fn by_reader(file: Option<Spacing>) -> String {
    let name = SpacingKind::Reader.name();
    match file.filter(|file| file.kind != SpacingKind::Ratio) {
        Some(file) => format!("{name}, instead of the header's {} mm a pixel", size(file)),
        None => name.to_owned(),
    }
}

/// How large pixels are, one figure where they are square: "0.143", "0.143 × 0.150".
pub(super) fn size(spacing: Spacing) -> String {
    let Spacing { vertical, horizontal, .. } = spacing;
    if vertical == horizontal { format!("{vertical:.3}") } else { format!("{horizontal:.3} × {vertical:.3}") }
}

/// What is written beside a measurement: its length, angle or area, and of a region what its values come to.
/// The known length itself says which spacing of the header it stands in the place of; the others, that it does.
pub(super) fn text(
    fetch: Fetch<'_>,
    image: ImageId,
    measurement: &Measurement,
    Scale { spacing, file, units }: Scale<'_>,
) -> Option<String> {
    let size = size_text(measurement, Scale { spacing, file, units })?;
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

/// The length, angle or area of a measurement, which needs no values of the picture.
fn size_text(measurement: &Measurement, Scale { spacing, file, .. }: Scale<'_>) -> Option<String> {
    let value = measurement.value(spacing)?;
    // Angles need no scale; all else is only as right as the length that the reader said.
    let calibrated = spacing.is_some_and(|spacing| spacing.kind == SpacingKind::Reader);
    Some(match measurement.measure {
        Measure::Known => format!("{value}, {}", by_reader(file)),
        Measure::Length | Measure::Rectangle | Measure::Ellipse | Measure::Profile if calibrated => {
            format!("{value}, {}", SpacingKind::Reader.name())
        }
        Measure::Length | Measure::Rectangle | Measure::Ellipse | Measure::Profile => value.to_string(),
        Measure::Angle | Measure::LineAngle => value.to_string(),
    })
}

/// The same in few words, for a small picture: "66.7 mm, calibrated".
pub(super) fn short_text(measurement: &Measurement, spacing: Option<Spacing>) -> Option<String> {
    let value = measurement.value(spacing)?;
    let calibrated = spacing.is_some_and(|spacing| spacing.kind == SpacingKind::Reader);
    Some(match measurement.measure {
        Measure::Angle | Measure::LineAngle => value.to_string(),
        Measure::Length | Measure::Rectangle | Measure::Ellipse | Measure::Profile | Measure::Known => {
            if calibrated {
                format!("{value}, calibrated")
            } else {
                value.to_string()
            }
        }
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
    fn a_calibration_says_which_spacing_of_the_header_it_overrides() {
        let file = |vertical, horizontal, kind| Some(Spacing { vertical, horizontal, kind });
        let instead = "calibrated by the reader, instead of the header's";
        assert_eq!(by_reader(file(0.143, 0.143, SpacingKind::Detector)), format!("{instead} 0.143 mm a pixel"));
        assert_eq!(by_reader(file(0.15, 0.1432, SpacingKind::Patient)), format!("{instead} 0.143 × 0.150 mm a pixel"));
        assert_eq!(by_reader(None), "calibrated by the reader");
        assert_eq!(by_reader(file(1.2, 1.0, SpacingKind::Ratio)), "calibrated by the reader");
    }

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
