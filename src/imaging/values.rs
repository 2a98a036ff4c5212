//! Reading a decoded picture's values: one pixel, a region, a line, and the window that shows all but its extremes.

use super::decoded::{DecodedImage, Samples};
use crate::domain::{Outline, PixelValue, Rect, RegionFigures};

/// Red, green and blue's share of luma (ITU-R BT.601, section 2.5.1).
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
/// Samples along a line at most.
const LONGEST: usize = 4096;

impl DecodedImage {
    /// The value of a pixel, by its column and row; `None` outside the picture.
    pub fn value_at(&self, column: u32, row: u32) -> Option<PixelValue> {
        if column >= self.width || row >= self.height {
            return None;
        }
        let at = row as usize * self.width as usize + column as usize;
        let plain = |value: f64| PixelValue::Grey { stored: value, value, padding: false };
        Some(match &self.samples {
            Samples::Gray8(all) => plain(f64::from(*all.get(at)?)),
            Samples::Gray16(all) => plain(f64::from(*all.get(at)?)),
            Samples::Rgb8(all) => PixelValue::Colour((*all.as_chunks::<3>().0.get(at)?).map(u16::from)),
            Samples::Rgb16(all) => PixelValue::Colour(*all.as_chunks::<3>().0.get(at)?),
            Samples::Measured(measured) => {
                let (code, scale) = (*measured.codes.get(at)?, &measured.scale);
                let (stored, value) = (scale.stored(code), scale.value(code));
                PixelValue::Grey { stored, value, padding: scale.is_padding(code) }
            }
        })
    }

    /// What a pixel counts as: its value after the modality transform, the luma of a colour; `None` for padding and
    /// outside the picture.
    fn measured_at(&self, column: u32, row: u32) -> Option<f64> {
        match self.value_at(column, row)? {
            PixelValue::Grey { padding: true, .. } => None,
            PixelValue::Grey { value, .. } => Some(value),
            PixelValue::Colour(colour) => Some(colour.iter().zip(LUMA).map(|(c, share)| f64::from(*c) * share).sum()),
        }
    }

    /// The figures of the pixels whose centres lie in a region; `None` where there are none.
    pub fn region(&self, outline: Outline, rect: &Rect) -> Option<RegionFigures> {
        let span = |min: f64, max: f64, limit: u32| {
            let (low, high) = (min.floor().max(0.0), max.ceil().min(f64::from(limit)));
            low as u32..high.max(0.0) as u32
        };
        let (columns, rows) = (span(rect.xmin, rect.xmax, self.width), span(rect.ymin, rect.ymax, self.height));
        let inside = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
        let inside =
            inside.filter(|(column, row)| outline.contains(rect, [f64::from(*column) + 0.5, f64::from(*row) + 0.5]));
        RegionFigures::of(inside.filter_map(|(column, row)| self.measured_at(column, row)))
    }

    /// Values along a line at even steps of at most a pixel, between pixels' centres weighted by how near they are
    /// (bilinear); `NaN` where that meets padding or leaves the picture. Empty for a line of no length.
    pub fn profile(&self, from: [f64; 2], to: [f64; 2]) -> Vec<f64> {
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        if !(length.is_finite() && length > 0.0) {
            return Vec::new();
        }
        let steps = (length.ceil() as usize).clamp(1, LONGEST - 1);
        let along = |step: usize| {
            let share = step as f64 / steps as f64;
            self.between([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share])
        };
        (0..=steps).map(along).collect()
    }

    /// The value at an image point, bilinear between the centres of pixels, the edge's own value beyond them.
    fn between(&self, [x, y]: [f64; 2]) -> f64 {
        let part = |at: f64, limit: u32| {
            let at = (at - 0.5).clamp(0.0, f64::from(limit.saturating_sub(1)));
            let low = at.floor();
            (low as u32, (low as u32 + 1).min(limit.saturating_sub(1)), at - low)
        };
        let ((left, right, u), (top, bottom, v)) = (part(x, self.width), part(y, self.height));
        let corners = [
            (left, top, (1.0 - u) * (1.0 - v)),
            (right, top, u * (1.0 - v)),
            (left, bottom, (1.0 - u) * v),
            (right, bottom, u * v),
        ];
        let mut sum = 0.0;
        for (column, row, share) in corners.into_iter().filter(|(.., share)| *share > 0.0) {
            sum += share * self.measured_at(column, row).unwrap_or(f64::NAN);
        }
        sum
    }

    /// The window, centre and width, from the smallest value that so large a share of the pixels does not exceed to the
    /// smallest one for the other share; `None` for colours, and where all of it is padding.
    pub fn window_between(&self, low: f64, high: f64) -> Option<(f64, f64)> {
        let mut counts = vec![0u64; 1 << 16];
        let value: Box<dyn Fn(u16) -> Option<f64>> = match &self.samples {
            Samples::Rgb8(_) | Samples::Rgb16(_) => return None,
            Samples::Gray8(all) => {
                all.iter().for_each(|v| counts[usize::from(*v)] += 1);
                Box::new(|code| Some(f64::from(code)))
            }
            Samples::Gray16(all) => {
                all.iter().for_each(|v| counts[usize::from(*v)] += 1);
                Box::new(|code| Some(f64::from(code)))
            }
            Samples::Measured(measured) => {
                measured.codes.iter().for_each(|v| counts[usize::from(*v)] += 1);
                let scale = &measured.scale;
                Box::new(|code| (!scale.is_padding(code)).then(|| scale.value(code)))
            }
        };
        let used = (0..=u16::MAX).zip(counts).filter(|(_, count)| *count > 0);
        let mut values: Vec<(f64, u64)> = used.filter_map(|(code, count)| Some((value(code)?, count))).collect();
        // A table or a negative slope turns the order of codes over.
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let total: u64 = values.iter().map(|(_, count)| count).sum();
        let reached = |share: f64| {
            let mut below = 0;
            values.iter().find_map(|(value, count)| {
                below += count;
                (below as f64 >= share * total as f64).then_some(*value)
            })
        };
        let (low, high) = (reached(low)?, reached(high)?);
        Some(((low + high + 1.0) / 2.0, high - low + 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::greyscale::{Curve, Greyscale, Measured, Modality};
    use std::sync::Arc;

    /// 12 by 9 values that a script makes as well, see tests/reference/region.py.
    fn values() -> Vec<u8> {
        (0..12 * 9u32).map(|at| (at * at * 7 % 251) as u8).collect()
    }

    fn grey() -> DecodedImage {
        DecodedImage::from_gray8(12, 9, values()).unwrap()
    }

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    }

    #[test]
    fn a_pixel_has_its_stored_value_and_what_it_stands_for() {
        let codes = vec![0, 1, 2, 3];
        let scale = Greyscale {
            first: 100.0,
            step: 1.0,
            modality: Modality::Linear { slope: 2.0, intercept: -1024.0 },
            presets: Vec::new(),
            curve: Curve::Linear,
            inverted: true,
            padding: Some((103.0, 103.0)),
            range: (-824.0, -820.0),
            whole: (0.0, 1.0),
        };
        let samples = Samples::Measured(Measured { codes, scale: Arc::new(scale) });
        let image = DecodedImage { samples, ..DecodedImage::from_gray8(2, 2, vec![0; 4]).unwrap() };
        let value = |stored, value, padding| Some(PixelValue::Grey { stored, value, padding });
        assert_eq!(image.value_at(1, 0), value(101.0, -822.0, false));
        assert_eq!(image.value_at(1, 1), value(103.0, -818.0, true));
        assert_eq!((image.value_at(2, 0), image.value_at(0, 2)), (None, None));
        let all = Rect { xmin: 0.0, ymin: 0.0, xmax: 2.0, ymax: 2.0 };
        let figures = image.region(Outline::Rectangle, &all).unwrap();
        assert_eq!((figures.pixels, figures.mean, figures.max), (3, -822.0, -820.0), "without the padding");
        assert_eq!(image.window_between(0.0, 1.0), Some((-821.5, 5.0)));
        let colour = DecodedImage { samples: Samples::Rgb8(vec![10, 20, 30]), ..image };
        let colour = DecodedImage { width: 1, height: 1, ..colour };
        assert_eq!(colour.value_at(0, 0), Some(PixelValue::Colour([10, 20, 30])));
        near(colour.region(Outline::Rectangle, &all).unwrap().mean, 0.299 * 10.0 + 0.587 * 20.0 + 0.114 * 30.0);
    }

    // By tests/reference/region.py (numpy).
    type Expected = (Outline, [f64; 4], (usize, f64, f64, f64, f64));
    const REGIONS: [Expected; 4] = [
        (Outline::Rectangle, [0.0, 0.0, 12.0, 9.0], (108, 114.63888888888889, 72.5745412883187, 0.0, 249.0)),
        (Outline::Rectangle, [2.2, 1.0, 7.9, 5.5], (30, 106.4, 64.70270473480997, 9.0, 221.0)),
        (Outline::Ellipse, [1.0, 0.5, 11.25, 8.0], (59, 125.52542372881356, 76.5440730321158, 3.0, 249.0)),
        (Outline::Ellipse, [-3.0, -2.0, 6.0, 7.0], (39, 109.48717948717949, 69.59659282659136, 0.0, 241.0)),
    ];
    const PROFILE: [f64; 9] =
        [85.0, 103.5498046875, 81.02734375, 123.9638671875, 113.265625, 105.1796875, 182.03125, 148.1171875, 126.0];
    const WINDOW: (f64, f64) = (123.5, 245.0);

    #[test]
    fn regions_are_those_of_numpy() {
        for (outline, [xmin, ymin, xmax, ymax], (pixels, mean, sd, min, max)) in REGIONS {
            let found = grey().region(outline, &Rect { xmin, ymin, xmax, ymax }).unwrap();
            assert_eq!((found.pixels, found.min, found.max), (pixels, min, max), "{outline:?}");
            near(found.mean, mean);
            near(found.sd, sd);
        }
        let beside = Rect { xmin: 20.0, ymin: 0.0, xmax: 30.0, ymax: 4.0 };
        assert_eq!(grey().region(Outline::Ellipse, &beside), None);
        let between = Rect { xmin: 1.6, ymin: 1.6, xmax: 2.4, ymax: 2.4 };
        assert_eq!(grey().region(Outline::Rectangle, &between), None, "no centre lies in it");
    }

    #[test]
    fn profiles_and_windows_are_those_of_numpy() {
        let found = grey().profile([1.25, 2.5], [7.0, 6.75]);
        assert_eq!(found.len(), PROFILE.len());
        found.iter().zip(PROFILE).for_each(|(found, wanted)| near(*found, wanted));
        assert_eq!(grey().profile([1.0, 1.0], [1.0, 1.0]), [] as [f64; 0]);
        assert_eq!(grey().window_between(0.01, 0.99), Some(WINDOW));
    }
}
