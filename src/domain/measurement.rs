//! Lengths and angles that a reader measures on an image.

use super::geometry::Rect;
use super::ids::MeasurementId;
use super::region::Outline;
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
    /// A length that a reader knows and drew on the picture.
    Reader,
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
            SpacingKind::Reader => "calibrated by the reader",
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
    /// The values in a rectangle between two corners.
    Rectangle,
    /// The values in the ellipse within that rectangle.
    Ellipse,
    /// The values along a line between two points.
    Profile,
    /// The distance of two points is known: it says how large pixels are, for all that is measured on the image.
    Known,
}

impl Measure {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 7] =
        [Self::Length, Self::Angle, Self::LineAngle, Self::Rectangle, Self::Ellipse, Self::Profile, Self::Known];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Length => "Length",
            Self::Angle => "Angle",
            Self::LineAngle => "Angle between lines",
            Self::Rectangle => "Rectangle",
            Self::Ellipse => "Ellipse",
            Self::Profile => "Profile",
            Self::Known => "Known length",
        }
    }

    /// How many points it takes.
    pub fn points(self) -> usize {
        match self {
            Self::Length | Self::Rectangle | Self::Ellipse | Self::Profile | Self::Known => 2,
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
    /// How long a [`Measure::Known`] is, in millimetres; absent for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_mm: Option<f64>,
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
    SquareMillimetres(f64),
    /// An area as [`Self::Pixels`] are a length.
    SquarePixels(f64),
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Millimetres(value) => write!(f, "{value:.1} mm"),
            Quantity::Pixels(value) => write!(f, "{value:.1} px"),
            Quantity::Degrees(value) => write!(f, "{value:.1}°"),
            Quantity::SquareMillimetres(value) => write!(f, "{value:.1} mm²"),
            Quantity::SquarePixels(value) => write!(f, "{value:.0} px²"),
        }
    }
}

impl Measurement {
    /// One whose length is not known beforehand.
    pub fn new(measure: Measure, points: Vec<[f64; 2]>) -> Self {
        Self { measure, points, known_mm: None }
    }

    /// Whether it has its points and all of them are numbers, and a known length its length.
    pub fn is_whole(&self) -> bool {
        let known = self.known_mm.is_some_and(|mm| mm.is_finite() && mm > 0.0);
        let told = if self.measure == Measure::Known { known } else { self.known_mm.is_none() };
        told && self.points.len() == self.measure.points() && self.points.iter().flatten().all(|c| c.is_finite())
    }

    /// The region whose values are meant, in pixels; `None` for what is no region.
    pub fn region(&self) -> Option<(Outline, Rect)> {
        let outline = match self.measure {
            Measure::Rectangle => Outline::Rectangle,
            Measure::Ellipse => Outline::Ellipse,
            Measure::Length | Measure::Angle | Measure::LineAngle | Measure::Profile | Measure::Known => return None,
        };
        let [a, b] = self.points.as_slice() else { return None };
        Some((outline, Rect::from_corners(*a, *b)))
    }

    /// How large pixels are by a known length; their shape is as the file says it. `None` for what is no known length, and
    /// for one between two points in one place.
    pub fn calibrates(&self, file: Option<Spacing>) -> Option<Spacing> {
        let (known, [a, b]) = (self.known_mm.filter(|_| self.is_whole())?, self.points.as_slice()) else { return None };
        let shape = file.map_or(1.0, Spacing::shape);
        let widths = (b[0] - a[0]).hypot((b[1] - a[1]) * shape);
        let horizontal = known / widths;
        (widths > 0.0).then_some(Spacing { vertical: horizontal * shape, horizontal, kind: SpacingKind::Reader })
    }

    /// Length or angle; angles too are those of the body, not of the pixels, where the pixels are not square.
    /// `None` where points are missing, or where two that make a line lie in one place.
    pub fn value(&self, spacing: Option<Spacing>) -> Option<Quantity> {
        let [x, y] = spacing.map_or([1.0, 1.0], |s| [s.horizontal, s.vertical]);
        let between = |from: &[f64; 2], to: &[f64; 2]| [(to[0] - from[0]) * x, (to[1] - from[1]) * y];
        let in_mm = spacing.is_some_and(|s| s.kind != SpacingKind::Ratio);
        match (self.measure, self.points.as_slice()) {
            (Measure::Length | Measure::Profile, [a, b]) => {
                let [dx, dy] = between(a, b);
                let length = dx.hypot(dy);
                Some(if in_mm { Quantity::Millimetres(length) } else { Quantity::Pixels(length) })
            }
            (Measure::Rectangle | Measure::Ellipse, [a, b]) if a[0] != b[0] && a[1] != b[1] => {
                let (outline, rect) = self.region()?;
                let area = outline.area(&rect) * x * y;
                Some(if in_mm { Quantity::SquareMillimetres(area) } else { Quantity::SquarePixels(area) })
            }
            (Measure::Known, [a, b]) if a != b => self.known_mm.map(Quantity::Millimetres),
            (Measure::Angle, [a, vertex, b]) => angle(between(vertex, a), between(vertex, b)).map(Quantity::Degrees),
            (Measure::LineAngle, [a, b, c, d]) => {
                let angle = angle(between(a, b), between(c, d))?;
                Some(Quantity::Degrees(angle.min(180.0 - angle)))
            }
            _ => None,
        }
    }
}

/// How large an image's pixels are: as the last known length that was drawn on it says, else as the file does.
pub fn calibrated<'a>(measured: impl Iterator<Item = &'a Measurement>, file: Option<Spacing>) -> Option<Spacing> {
    measured.filter_map(|one| one.calibrates(file)).last().or(file)
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
        Measurement::new(measure, points.to_vec()).value(spacing)
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
        assert!(!Measurement::new(Measure::Length, vec![[0.0, f64::NAN], [1.0, 1.0]]).is_whole());
        let known = Measurement::new(Measure::Known, vec![[0.0, 0.0], [1.0, 1.0]]);
        assert!(!known.is_whole() && !Measurement { known_mm: Some(0.0), ..known.clone() }.is_whole());
        assert!(Measurement { known_mm: Some(50.0), ..known }.is_whole());
    }

    #[test]
    fn areas_are_those_of_the_outline() {
        let corners = [[10.0, 20.0], [30.0, 60.0]];
        assert_eq!(value(Measure::Rectangle, &corners, None), Some(Quantity::SquarePixels(800.0)));
        assert_eq!(value(Measure::Rectangle, &corners, Some((0.5, 2.0))), Some(Quantity::SquareMillimetres(800.0)));
        // pi / 4 of 20 by 40 pixels of 0.2 by 0.2 mm: 8 pi.
        let Some(Quantity::SquareMillimetres(area)) = value(Measure::Ellipse, &corners, Some((0.2, 0.2))) else {
            panic!("no area")
        };
        assert!((area - 25.132_741_228_718_345).abs() < 1e-9, "{area}");
        assert_eq!(value(Measure::Ellipse, &corners[..1], None), None);
        assert_eq!(value(Measure::Rectangle, &[[10.0, 20.0], [10.0, 60.0]], None), None, "a line has no area");
    }

    #[test]
    fn a_known_length_says_how_large_pixels_are() {
        // 300 pixels across and 400 down are 500 pixels: 50 mm.
        let known = Measurement {
            known_mm: Some(50.0),
            ..Measurement::new(Measure::Known, vec![[100.0, 100.0], [400.0, 500.0]])
        };
        let spacing = known.calibrates(None).expect("calibrates");
        assert_eq!((spacing.horizontal, spacing.vertical, spacing.kind), (0.1, 0.1, SpacingKind::Reader));
        assert_eq!(known.value(None), Some(Quantity::Millimetres(50.0)));
        let length = Measurement::new(Measure::Length, vec![[0.0, 0.0], [30.0, 40.0]]);
        assert_eq!(length.value(Some(spacing)).expect("a length").to_string(), "5.0 mm");
        // Pixels twice as high as wide: 300 across and 400 down are 300 and 800 widths, 854.4 in all.
        let file = Spacing { vertical: 2.0, horizontal: 1.0, kind: SpacingKind::Ratio };
        let spacing = known.calibrates(Some(file)).expect("calibrates");
        assert!((spacing.horizontal - 50.0 / 854.400_374_531_753_1).abs() < 1e-12 && spacing.shape() == 2.0);
        assert_eq!(length.calibrates(None), None);
    }

    #[test]
    fn what_was_written_before_lengths_could_be_known_is_read_and_written_as_it_was() {
        let before = r#"{"measure":"length","points":[[1.0,2.0],[3.0,4.0]]}"#;
        let read: Measurement = serde_json::from_str(before).expect("reads");
        assert_eq!(serde_json::to_string(&read).expect("writes"), before);
    }
}
