//! A picture as it was stored: samples of the full bit depth in the oriented frame.

use super::greyscale::Measured;
use super::window::{default_window, linear};
use crate::domain::recipe::Greys;
use crate::domain::{Taken, Voi};
use std::sync::Arc;

/// Stored samples, row by row from the top left; colours interleaved as red, green, blue.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    Gray8(Vec<u8>),
    Gray16(Vec<u16>),
    Rgb8(Vec<u8>),
    Rgb16(Vec<u16>),
    /// Grey, with what the header says of its values.
    Measured(Measured),
}

/// One decoded picture.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedImage {
    /// Columns of the oriented frame.
    pub width: u32,
    /// Rows of the oriented frame.
    pub height: u32,
    /// `width * height` samples, three times as many where coloured.
    pub samples: Samples,
    /// Bits a stored sample: 8 or 16, or as many as a DICOM header says.
    pub bits: u8,
    /// The file is cut short; what was missing is filled in evenly.
    pub truncated: bool,
    /// The EXIF orientation (1 to 8) the file asked for; it is already applied.
    pub orientation: u8,
    /// The height of a pixel in widths of it: 1 for square ones, and where the file does not say.
    pub shape: f64,
    /// What a person should know of how it was read, a sentence each.
    pub remarks: Vec<String>,
    /// What a header says of how it was taken; absent without a header.
    pub taken: Option<Arc<Taken>>,
}

/// Of a picture that is cut short, this share must be there for it to be used.
const LEAST_VISIBLE: f64 = 0.05;

/// Red, green and blue's share of luma (ITU-R BT.601, section 2.5.1).
const REC_601: [f32; 3] = [0.299, 0.587, 0.114];

impl DecodedImage {
    /// An 8-bit grey picture made in memory; `None` unless there are `width * height` samples and at least one.
    pub fn from_gray8(width: u32, height: u32, samples: Vec<u8>) -> Option<Self> {
        let fits = !samples.is_empty() && samples.len() as u64 == u64::from(width) * u64::from(height);
        fits.then_some(Self {
            width,
            height,
            samples: Samples::Gray8(samples),
            bits: 8,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        })
    }

    /// Smallest and largest stored value over all colours; after the modality transform where there is one.
    pub fn range(&self) -> (f64, f64) {
        fn ends<T: Copy + Ord + Into<f64>>(samples: &[T]) -> (f64, f64) {
            let low = samples.iter().min().copied().map_or(0.0, Into::into);
            let high = samples.iter().max().copied().map_or(0.0, Into::into);
            (low, high)
        }
        match &self.samples {
            Samples::Gray8(v) | Samples::Rgb8(v) => ends(v),
            Samples::Gray16(v) | Samples::Rgb16(v) => ends(v),
            Samples::Measured(measured) => measured.scale.range,
        }
    }

    /// Share of the picture, 0 to 1, that is left without the even strip along one of its sides. Where a file is cut
    /// short the part that is missing is such a strip.
    pub fn visible_share(&self) -> f64 {
        fn visible<T: PartialEq>(samples: &[T], channels: usize, width: usize, height: usize) -> f64 {
            let pixel = |x: usize, y: usize| {
                let at = (y * width + x) * channels;
                samples.get(at..at + channels)
            };
            let even_rows = |rows: &mut dyn Iterator<Item = usize>, corner: (usize, usize)| {
                rows.take_while(|&y| (0..width).all(|x| pixel(x, y) == pixel(corner.0, corner.1))).count()
            };
            let even_columns = |columns: &mut dyn Iterator<Item = usize>, corner: (usize, usize)| {
                columns.take_while(|&x| (0..height).all(|y| pixel(x, y) == pixel(corner.0, corner.1))).count()
            };
            let end = (width.saturating_sub(1), height.saturating_sub(1));
            let rows = even_rows(&mut (0..height), (0, 0)).max(even_rows(&mut (0..height).rev(), end));
            let columns = even_columns(&mut (0..width), (0, 0)).max(even_columns(&mut (0..width).rev(), end));
            let share = |even: usize, side: usize| even as f64 / side.max(1) as f64;
            1.0 - share(rows, height).max(share(columns, width))
        }
        let (width, height) = (self.width as usize, self.height as usize);
        match &self.samples {
            Samples::Gray8(v) => visible(v, 1, width, height),
            Samples::Rgb8(v) => visible(v, 3, width, height),
            Samples::Gray16(v) => visible(v, 1, width, height),
            Samples::Rgb16(v) => visible(v, 3, width, height),
            Samples::Measured(measured) => visible(&measured.codes, 1, width, height),
        }
    }

    /// Why a picture that is cut short is of no use, as the end of a sentence: next to nothing of it can be seen.
    pub fn too_little(&self) -> Option<String> {
        let share = if self.truncated { self.visible_share() } else { 1.0 };
        (share < LEAST_VISIBLE)
            .then(|| format!("the file is cut short and only {:.0} % of it can be seen: copy it again", share * 100.0))
    }

    /// Whether the file stores colours, even where all of them are greys.
    pub fn is_color(&self) -> bool {
        matches!(self.samples, Samples::Rgb8(_) | Samples::Rgb16(_))
    }

    /// What the header calls its windows and tables, in its order.
    pub fn presets(&self) -> Vec<String> {
        match &self.samples {
            Samples::Measured(measured) => measured.scale.presets.iter().map(|preset| preset.name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the lowest value is shown white (MONOCHROME1).
    pub fn is_inverted(&self) -> bool {
        match &self.samples {
            Samples::Measured(measured) => measured.scale.inverted,
            Samples::Gray8(_) | Samples::Rgb8(_) | Samples::Gray16(_) | Samples::Rgb16(_) => false,
        }
    }

    /// "RGB" or "greyscale".
    pub fn photometric(&self) -> &'static str {
        if self.is_color() { "RGB" } else { "greyscale" }
    }

    /// The picture on the 0..1 scale of what is shown of it at first (see [`default_window`]), plane after plane (CHW). With 3 channels red, green and blue (a grey picture three times); with any other number the grey picture
    /// (Rec. 601 luma) that many times.
    pub fn planes(&self, channels: usize) -> Vec<f32> {
        let distinct = self.distinct_planes(channels, Greys::Shown);
        let area = self.area();
        if distinct.len() == channels * area { distinct } else { distinct.repeat(channels) }
    }

    /// As [`Self::planes`], under a rule for greys and without repeating a grey plane: one or three planes.
    pub(super) fn distinct_planes(&self, channels: usize, greys: Greys) -> Vec<f32> {
        fn planes<T: Copy + Into<usize>>(samples: &[T], table: &[f32], color: bool, channels: usize) -> Vec<f32> {
            let of = |value: T| table.get(value.into()).copied().unwrap_or(1.0);
            if !color {
                return samples.iter().map(|&v| of(v)).collect();
            }
            let pixels = samples.as_chunks::<3>().0;
            if channels == 3 {
                let mut out = Vec::with_capacity(samples.len());
                for channel in 0..3 {
                    out.extend(pixels.iter().map(|pixel| of(pixel[channel])));
                }
                return out;
            }
            let luma = |p: &[T; 3]| REC_601[0] * of(p[0]) + REC_601[1] * of(p[1]) + REC_601[2] * of(p[2]);
            pixels.iter().map(luma).collect()
        }
        // Of 8 bits the whole range is shown, so both rules are one.
        let shares = |top: u16| (0..=top).map(|value| f32::from(value) / f32::from(top)).collect::<Vec<f32>>();
        let wide = || match greys {
            Greys::FullDepth => shares(u16::MAX),
            Greys::Shown => {
                let window = default_window(self);
                (0..=u16::MAX).map(|value| linear(value.into(), window) as f32).collect()
            }
        };
        match &self.samples {
            Samples::Gray8(v) => planes(v, &shares(u8::MAX.into()), false, channels),
            Samples::Rgb8(v) => planes(v, &shares(u8::MAX.into()), true, channels),
            Samples::Gray16(v) => planes(v, &wide(), false, channels),
            Samples::Rgb16(v) => planes(v, &wide(), true, channels),
            Samples::Measured(measured) => {
                let table = measured.scale.displayed(Voi::default(), u16::MAX);
                measured.codes.iter().map(|&code| table.get(usize::from(code)).copied().unwrap_or(0.0)).collect()
            }
        }
    }

    fn area(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(samples: Vec<u8>) -> DecodedImage {
        let width = samples.len() as u32 / 3;
        DecodedImage {
            width,
            height: 1,
            samples: Samples::Rgb8(samples),
            bits: 8,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        }
    }

    #[test]
    fn colours_come_apart_into_planes() {
        let image = rgb(vec![255, 0, 51, 0, 255, 102]);
        assert_eq!(image.planes(3), vec![1.0, 0.0, 0.0, 1.0, 0.2, 0.4]);
        assert_eq!(image.range(), (0.0, 255.0));
    }

    #[test]
    fn grey_of_a_colour_is_rec_601_luma() {
        let luma = rgb(vec![255, 0, 0, 0, 255, 0, 0, 0, 255]).planes(1);
        for (value, expected) in luma.iter().zip(REC_601) {
            assert!((value - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn sixteen_bits_keep_their_depth_and_grey_is_repeated() {
        let samples = Samples::Gray16(vec![0, 1, 65535, 32768]);
        let image = DecodedImage {
            width: 2,
            height: 2,
            samples,
            bits: 16,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        };
        let planes = image.planes(3);
        assert_eq!(planes.len(), 12);
        assert!(planes[1] > 0.0 && planes[1] < 1.0 / 65534.0, "one step of sixteen bits is lost");
        assert_eq!(planes[0..4], planes[8..12]);
    }

    #[test]
    fn networks_get_what_is_shown_unless_their_rule_is_the_older_one() {
        // Twelve bits of sixteen, as scanners write them.
        let values: Vec<u16> = vec![100, 1000, 2000, 4095];
        for (samples, channels) in [
            (Samples::Gray16(values.clone()), 1),
            (Samples::Rgb16(values.iter().flat_map(|&v| [v, v, v]).collect()), 3),
        ] {
            let orientation = 1;
            let (bits, truncated, shape, remarks, taken) = (16, false, 1.0, Vec::new(), None);
            let image =
                DecodedImage { width: 2, height: 2, samples, bits, truncated, orientation, shape, remarks, taken };
            let shown = crate::imaging::render(&image, Voi::default(), false, 9);
            let planes = image.distinct_planes(channels, Greys::Shown);
            for (pixel, rgba) in shown.rgba.as_chunks::<4>().0.iter().enumerate() {
                assert_eq!((planes[pixel] * 255.0).round(), f32::from(rgba[0]), "pixel {pixel}");
            }
            assert_eq!((planes[0], planes[3]), (0.0, 1.0));
            let older = image.distinct_planes(channels, Greys::FullDepth);
            assert_eq!(older[3], 4095.0 / 65_535.0);
        }
    }

    #[test]
    fn an_even_strip_along_a_side_is_not_seen() {
        let share = |filled: &dyn Fn(usize, usize) -> bool, truncated| {
            let value = |x: usize, y: usize| if filled(x, y) { 128 } else { (x * 7 + y * 31) as u8 };
            let samples = (0..400).map(|i| value(i % 20, i / 20)).collect();
            let image = DecodedImage::from_gray8(20, 20, samples).unwrap();
            let image = DecodedImage { truncated, ..image };
            ((image.visible_share() * 100.0).round(), image.too_little().is_some())
        };
        assert_eq!(share(&|_, _| false, true), (100.0, false));
        assert_eq!(share(&|_, y| y >= 5, true), (25.0, false));
        assert_eq!(share(&|x, _| x < 15, true), (25.0, false));
        assert_eq!(share(&|_, _| true, true), (0.0, true));
        // A picture that is whole may be as even as it likes.
        assert_eq!(share(&|_, _| true, false), (0.0, false));
    }

    #[test]
    fn a_wrong_number_of_samples_is_no_picture() {
        assert!(DecodedImage::from_gray8(3, 2, vec![0; 5]).is_none());
        assert!(DecodedImage::from_gray8(0, 2, vec![]).is_none());
        assert!(DecodedImage::from_gray8(3, 2, vec![0; 6]).is_some());
    }
}
