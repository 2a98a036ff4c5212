//! Lengths and angles that a reader measures on an image.

use super::ids::MeasurementId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which attribute the pixel spacing comes from, since they mean different things (PS3.3 10.7.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpacingKind {
    /// PixelSpacing, in the patient.
    Patient,
    /// PixelSpacing, corrected by an object of known size or for the geometric magnification.
    Calibrated,
    /// ImagerPixelSpacing, or a PixelSpacing that repeats it: at the detector, larger than in the patient by the geometric magnification.
    Detector,
    /// NominalScannedPixelSpacing: on the film that was scanned.
    Film,
    /// PixelAspectRatio: only the shape is known. A pixel is one wide, so lengths are in widths of pixels.
    Ratio,
}

impl SpacingKind {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            SpacingKind::Patient => "pixel spacing",
            SpacingKind::Calibrated => "pixel spacing, calibrated",
            SpacingKind::Detector => "imager pixel spacing, at the detector, where things are larger than they are",
            SpacingKind::Film => "pixel spacing of the scanned film",
            SpacingKind::Ratio => "pixel aspect ratio: the shape of pixels is known, their size is not",
        }
    }
}

/// Millimetres from a pixel's centre to the next, or, where only their shape is known, widths of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spacing {
    /// Between rows.
    pub vertical: f64,
    /// Between columns.
    pub horizontal: f64,
    pub kind: SpacingKind,
}

impl Spacing {
    /// The height of a pixel in widths of it: 1 for square ones.
    pub fn shape(self) -> f64 {
        self.vertical / self.horizontal
    }
}

/// What is measured, by how many points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The distance of two points.
    #[default]
    Length,
    /// The angle at the second of three points, as at the knee between hip and ankle (HKA).
    Angle,
    /// The angle between a line through the first two of four points and one through the last two: Cobb's angle of a
    /// spine, Boehler's angle of a heel bone. At most 90 degrees.
    LineAngle,
}

impl Measure {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Length, Self::Angle, Self::LineAngle];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "Length",
            Self::Angle => "Angle",
            Self::LineAngle => "Angle between lines",
        }
    }

    /// How many points it takes.
    pub fn points(self) -> usize {
        match self {
            Self::Length => 2,
            Self::Angle => 3,
            Self::LineAngle => 4,
        }
    }
}

/// Something measured, with its points in pixels of the oriented frame: x to the right, y down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    pub measure: Measure,
    /// As many as [`Measure::points`].
    pub points: Vec<[f64; 2]>,
}

/// A measurement of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnotatedMeasurement {
    pub id: MeasurementId,
    #[serde(flatten)]
    pub measurement: Measurement,
}

/// What a measurement comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    Millimetres(f64),
    /// A length in an image that does not say how large its pixels are; in widths of a pixel where they are not square.
    Pixels(f64),
    Degrees(f64),
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Millimetres(value) => write!(f, "{value:.1} mm"),
            Quantity::Pixels(value) => write!(f, "{value:.1} px"),
            Quantity::Degrees(value) => write!(f, "{value:.1}°"),
        }
    }
}

impl Measurement {
    /// Whether it has its points and all of them are numbers.
    pub fn is_whole(&self) -> bool {
        self.points.len() == self.measure.points() && self.points.iter().flatten().all(|c| c.is_finite())
    }

    /// Length or angle; angles too are those of the body, not of the pixels, where the pixels are not square.
    /// `None` where points are missing, or where two that make a line lie in one place.
    pub fn value(&self, spacing: Option<Spacing>) -> Option<Quantity> {
        let [x, y] = spacing.map_or([1.0, 1.0], |s| [s.horizontal, s.vertical]);
        let between = |from: &[f64; 2], to: &[f64; 2]| [(to[0] - from[0]) * x, (to[1] - from[1]) * y];
        match (self.measure, self.points.as_slice()) {
            (Measure::Length, [a, b]) => {
                let [dx, dy] = between(a, b);
                let length = dx.hypot(dy);
                Some(match spacing.map(|s| s.kind) {
                    None | Some(SpacingKind::Ratio) => Quantity::Pixels(length),
                    Some(
                        SpacingKind::Patient | SpacingKind::Calibrated | SpacingKind::Detector | SpacingKind::Film,
                    ) => Quantity::Millimetres(length),
                })
            }
            (Measure::Angle, [a, vertex, b]) => angle(between(vertex, a), between(vertex, b)).map(Quantity::Degrees),
            (Measure::LineAngle, [a, b, c, d]) => {
                let angle = angle(between(a, b), between(c, d))?;
                Some(Quantity::Degrees(angle.min(180.0 - angle)))
            }
            _ => None,
        }
    }
}

/// The angle between two directions, 0 to 180 degrees; by the arc tangent, which is exact near 0 and 180 as well.
fn angle([ax, ay]: [f64; 2], [bx, by]: [f64; 2]) -> Option<f64> {
    let (cross, dot) = (ax * by - ay * bx, ax * bx + ay * by);
    let defined = ax.hypot(ay) > 0.0 && bx.hypot(by) > 0.0;
    defined.then(|| cross.abs().atan2(dot).to_degrees())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(measure: Measure, points: &[[f64; 2]], spacing: Option<(f64, f64)>) -> Option<Quantity> {
        let spacing =
            spacing.map(|(vertical, horizontal)| Spacing { vertical, horizontal, kind: SpacingKind::Detector });
        Measurement { measure, points: points.to_vec() }.value(spacing)
    }

    fn degrees(measure: Measure, points: &[[f64; 2]], spacing: Option<(f64, f64)>) -> f64 {
        match value(measure, points, spacing) {
            Some(Quantity::Degrees(angle)) => angle,
            other => panic!("{other:?} is no angle"),
        }
    }

    #[test]
    fn lengths_are_in_millimetres_where_the_spacing_is_known() {
        let points = [[10.0, 20.0], [13.0, 24.0]];
        assert_eq!(value(Measure::Length, &points, None), Some(Quantity::Pixels(5.0)));
        assert_eq!(value(Measure::Length, &points, Some((0.5, 2.0))), Some(Quantity::Millimetres(40f64.sqrt())));
        assert_eq!(Quantity::Millimetres(40f64.sqrt()).to_string(), "6.3 mm");
    }

    #[test]
    fn angles_are_those_of_the_body() {
        let corner = [[0.0, 0.0], [0.0, 10.0], [10.0, 10.0]];
        assert!((degrees(Measure::Angle, &corner, None) - 90.0).abs() < 1e-12);
        let bent = [[0.0, 10.0], [0.0, 0.0], [10.0, 10.0]];
        assert!((degrees(Measure::Angle, &bent, None) - 45.0).abs() < 1e-12);
        // Rows twice as far apart as columns: the same pixels are a steeper line.
        assert!((degrees(Measure::Angle, &bent, Some((2.0, 1.0))) - 26.565_051_177_077_99).abs() < 1e-9);
        let straight = [[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]];
        assert_eq!(degrees(Measure::Angle, &straight, None), 180.0);
    }

    #[test]
    fn lines_have_no_direction() {
        let one_way = [[0.0, 0.0], [10.0, 0.0], [0.0, 5.0], [-10.0, 15.0]];
        let other_way = [[0.0, 0.0], [10.0, 0.0], [-10.0, 15.0], [0.0, 5.0]];
        for points in [one_way, other_way] {
            assert!((degrees(Measure::LineAngle, &points, None) - 45.0).abs() < 1e-12);
        }
    }

    #[test]
    fn what_is_not_whole_has_no_value() {
        assert_eq!(value(Measure::Length, &[[0.0, 0.0]], None), None);
        assert_eq!(value(Measure::Angle, &[[1.0, 1.0], [1.0, 1.0], [2.0, 2.0]], None), None);
        assert!(!Measurement { measure: Measure::Length, points: vec![[0.0, f64::NAN], [1.0, 1.0]] }.is_whole());
    }
}
