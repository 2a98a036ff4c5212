//! What is read off a picture's values: at one place, in a region, along a line.

use super::geometry::Rect;
use serde::{Deserialize, Serialize};

/// The value of one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PixelValue {
    /// A grey.
    Grey {
        /// As it is in the file.
        stored: f64,
        /// After the modality transform; the same where there is none.
        value: f64,
        /// It stands for no measurement.
        padding: bool,
    },
    /// Red, green and blue as they are in the file.
    Colour([u16; 3]),
}

/// The outline of a region, inside its bounding rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outline {
    Rectangle,
    Ellipse,
}

impl Outline {
    /// Whether a point lies in it; on the outline is inside.
    pub fn contains(self, rect: &Rect, [x, y]: [f64; 2]) -> bool {
        match self {
            Self::Rectangle => (rect.xmin..=rect.xmax).contains(&x) && (rect.ymin..=rect.ymax).contains(&y),
            Self::Ellipse => {
                let along = |at: f64, min: f64, max: f64| (2.0 * at - min - max) / (max - min);
                let (u, v) = (along(x, rect.xmin, rect.xmax), along(y, rect.ymin, rect.ymax));
                u * u + v * v <= 1.0
            }
        }
    }

    /// Its area in pixels.
    pub fn area(self, rect: &Rect) -> f64 {
        match self {
            Self::Rectangle => rect.area(),
            Self::Ellipse => rect.area() * std::f64::consts::FRAC_PI_4,
        }
    }
}

/// What the pixels whose centres lie in a region come to, after the modality transform; of colours their luma (Rec. 601).
/// Pixels that stand for no measurement are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionFigures {
    pub pixels: usize,
    pub mean: f64,
    /// Of the pixels as all there are: divided by their number.
    pub sd: f64,
    pub min: f64,
    pub max: f64,
}

impl RegionFigures {
    /// Of values; `None` where there are none.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        // Welford's way: no sum of squares whose digits run out.
        let (mut pixels, mut mean, mut squares) = (0usize, 0.0, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            pixels += 1;
            let before = value - mean;
            mean += before / pixels as f64;
            squares += before * (value - mean);
            (min, max) = (min.min(value), max.max(value));
        }
        (pixels > 0).then(|| Self { pixels, mean, sd: (squares / pixels as f64).sqrt(), min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_numpy() {
        // numpy: x = [1, 2, 4, 8, 1000000001]; x.mean(), x.std()
        let figures = RegionFigures::of([1.0, 2.0, 4.0, 8.0, 1_000_000_001.0].into_iter()).unwrap();
        assert_eq!((figures.pixels, figures.min, figures.max), (5, 1.0, 1_000_000_001.0));
        assert!((figures.mean - 200_000_003.2).abs() < 1e-6, "{}", figures.mean);
        assert!((figures.sd - 399_999_998.9).abs() < 1e-6, "{}", figures.sd);
        assert_eq!(RegionFigures::of(std::iter::empty()), None);
    }

    #[test]
    fn an_ellipse_has_no_corners() {
        let rect = Rect { xmin: 0.0, ymin: 0.0, xmax: 10.0, ymax: 4.0 };
        let inside = |outline: Outline| {
            let all = (0..10).flat_map(|x| (0..4).map(move |y| [f64::from(x) + 0.5, f64::from(y) + 0.5]));
            all.filter(|at| outline.contains(&rect, *at)).count()
        };
        // Rows 0.5 and 3.5 of 4: |x - 5| <= 5 sqrt(1 - 0.5625) = 3.307, six pixels; rows 1.5 and 2.5: 4.84, ten.
        assert_eq!((inside(Outline::Rectangle), inside(Outline::Ellipse)), (40, 32));
        assert!((Outline::Ellipse.area(&rect) - 31.415_926_535_897_93).abs() < 1e-12);
    }
}
