//! From stored values to what is displayed: window, inversion, size.

use super::decoded::{DecodedImage, Samples};
use super::resize;
use crate::domain::Voi;
use rayon::prelude::*;

/// A picture as displayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    pub width: usize,
    pub height: usize,
    /// Row by row, opaque.
    pub rgba: Vec<u8>,
    /// The window used, in stored values: centre, width.
    pub window: (f64, f64),
}

/// Pixels a worker takes at a time.
const PIECE: usize = 1 << 16;

/// The window a picture is shown with when nobody asked for another: the whole 8-bit range, or from the smallest to
/// the largest value of a 16-bit picture, or what the header says. Centre and width, in stored values, after the
/// modality transform where there is one.
pub fn default_window(image: &DecodedImage) -> (f64, f64) {
    if let Samples::Measured(measured) = &image.samples {
        return measured.scale.window(Voi::default());
    }
    if image.bits <= 8 {
        return (128.0, 256.0);
    }
    let (low, high) = image.range();
    ((low + high + 1.0) / 2.0, high - low + 1.0)
}

/// Centre and width that are meant.
fn window_of(image: &DecodedImage, voi: Voi) -> (f64, f64) {
    match (voi, &image.samples) {
        (Voi::Window(centre, width), _) => (centre, width),
        (_, Samples::Measured(measured)) => measured.scale.window(voi),
        _ => default_window(image),
    }
}

/// The displayed value, 0 to 1, of a stored value under a window: the LINEAR function of DICOM PS3.3 C.11.2.1.2.1. A
/// width below 1 is taken as 1, a threshold at the centre.
pub fn linear(value: f64, (centre, width): (f64, f64)) -> f64 {
    let width = width.max(1.0);
    if value <= centre - 0.5 - (width - 1.0) / 2.0 {
        0.0
    } else if value > centre - 0.5 + (width - 1.0) / 2.0 {
        1.0
    } else {
        (value - (centre - 0.5)) / (width - 1.0) + 0.5
    }
}

/// Renders a picture, inverted last where asked for, and no side longer than `max_side`. Presets of pictures without a
/// header are their [`default_window`].
pub fn render(image: &DecodedImage, voi: Voi, invert: bool, max_side: usize) -> Rendered {
    let (width, height) = (f64::from(image.width), f64::from(image.height));
    render_at(image, voi, invert, fitted((width, height), max_side))
}

fn render_at(image: &DecodedImage, voi: Voi, invert: bool, to: (u32, u32)) -> Rendered {
    let voi = match voi {
        Voi::Window(centre, width) if !(centre.is_finite() && width.is_finite()) => Voi::default(),
        asked => asked,
    };
    let window = window_of(image, voi);
    let shown = displayed(image, voi, invert);
    let from = (image.width, image.height);
    let rgba = if image.is_color() {
        let small = if to == from { shown } else { resize::rgb8(&shown, from, to) };
        small.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect()
    } else {
        let small = if to == from { shown } else { resize::gray8(&shown, from, to) };
        small.iter().flat_map(|&v| [v, v, v, 255]).collect()
    };
    Rendered { width: to.0 as usize, height: to.1 as usize, rgba, window }
}

/// The stored samples as bytes of the display, as many a pixel as are stored.
pub(super) fn displayed(image: &DecodedImage, voi: Voi, invert: bool) -> Vec<u8> {
    let window = window_of(image, voi);
    let to_byte = |shown: f64| {
        let shown = (shown * 255.0).round() as u8;
        if invert { 255 - shown } else { shown }
    };
    let steps: u32 = if image.bits <= 8 { 1 << 8 } else { 1 << 16 };
    let table: Vec<u8> = match &image.samples {
        Samples::Measured(measured) => {
            measured.scale.displayed(voi, u16::MAX).into_iter().map(|shown| to_byte(shown.into())).collect()
        }
        _ => (0..steps).map(|value| to_byte(linear(f64::from(value), window))).collect(),
    };
    match &image.samples {
        Samples::Gray8(v) | Samples::Rgb8(v) => look_up(v, &table),
        Samples::Gray16(v) | Samples::Rgb16(v) => look_up(v, &table),
        Samples::Measured(measured) => look_up(&measured.codes, &table),
    }
}

/// The greys a picture shows under its own window, row by row; of colours their luma (ITU-R BT.601, section 2.5.1) in
/// the 16-bit fixed point of Pillow's mode L, so that hashes agree with those of other programs.
pub(super) fn displayed_greys(image: &DecodedImage) -> Vec<u8> {
    let shown = displayed(image, Voi::default(), false);
    if !image.is_color() {
        return shown;
    }
    let luma = |&[r, g, b]: &[u8; 3]| {
        ((u32::from(r) * 19595 + u32::from(g) * 38470 + u32::from(b) * 7471 + 0x8000) >> 16) as u8
    };
    shown.as_chunks::<3>().0.iter().map(luma).collect()
}

/// A small picture for lists, no side longer than `side`, with the picture's own window, and as high as its pixels are.
pub fn thumbnail(image: &DecodedImage, side: usize) -> Rendered {
    let high = f64::from(image.height) * if image.shape.is_finite() { image.shape } else { 1.0 };
    render_at(image, Voi::default(), false, fitted((f64::from(image.width), high), side))
}

fn look_up<T: Copy + Into<usize> + Sync>(samples: &[T], table: &[u8]) -> Vec<u8> {
    let mut out = vec![0u8; samples.len()];
    out.par_chunks_mut(PIECE).zip(samples.par_chunks(PIECE)).for_each(|(out, samples)| {
        for (out, &sample) in out.iter_mut().zip(samples) {
            *out = table.get(sample.into()).copied().unwrap_or(255);
        }
    });
    out
}

fn fitted((width, height): (f64, f64), max_side: usize) -> (u32, u32) {
    let longest = width.max(height).max(1.0);
    let scale = (max_side.max(1) as f64 / longest).min(1.0);
    let fit = |side: f64| (side * scale).round().max(1.0) as u32;
    (fit(width), fit(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(samples: Samples, width: u32, height: u32, bits: u8) -> DecodedImage {
        DecodedImage {
            width,
            height,
            samples,
            bits,
            truncated: false,
            orientation: 1,
            shape: 1.0,
            remarks: Vec::new(),
            taken: None,
        }
    }

    #[test]
    fn the_standards_examples_come_out() {
        // PS3.3 C.11.2.1.2.1, output range 0 to 255: for c=2048, w=4096 the range 0 to 4095 maps to 0 to 255; for
        // c=0, w=100 values from -50 to 49.
        assert_eq!(linear(0.0, (2048.0, 4096.0)), 0.0);
        assert_eq!(linear(4095.0, (2048.0, 4096.0)), 1.0);
        assert!((linear(1000.0, (2048.0, 4096.0)) - 1000.0 / 4095.0).abs() < 1e-12);
        assert_eq!((linear(-50.0, (0.0, 100.0)), linear(49.0, (0.0, 100.0))), (0.0, 1.0));
        assert!(linear(-49.0, (0.0, 100.0)) > 0.0 && linear(48.0, (0.0, 100.0)) < 1.0);
        assert_eq!((linear(0.0, (1.0, 1.0)), linear(1.0, (1.0, 1.0))), (0.0, 1.0));
    }

    #[test]
    fn eight_bits_are_shown_as_they_are_and_inversion_comes_last() {
        let gray = image(Samples::Gray8((0..=255).collect()), 16, 16, 8);
        let shown = render(&gray, Voi::default(), false, 999);
        assert!(shown.rgba.chunks(4).enumerate().all(|(i, p)| p == [i as u8, i as u8, i as u8, 255]));
        let inverted = render(&gray, Voi::Window(64.0, 1.0), true, 999);
        assert_eq!((inverted.rgba[63 * 4], inverted.rgba[64 * 4]), (255, 0));
    }

    #[test]
    fn sixteen_bits_are_spread_over_what_they_use() {
        let gray = image(Samples::Gray16(vec![1000, 1001, 1002]), 3, 1, 16);
        let shown = render(&gray, Voi::default(), false, 999);
        assert_eq!((shown.rgba[0], shown.rgba[4], shown.rgba[8]), (0, 128, 255));
        assert_eq!(shown.window, (1001.5, 3.0));
    }

    #[test]
    fn a_thumbnail_keeps_shape_and_colour() {
        let red = image(Samples::Rgb8([200, 10, 0].repeat(300 * 100)), 300, 100, 8);
        let small = thumbnail(&red, 60);
        assert_eq!((small.width, small.height), (60, 20));
        assert_eq!(small.rgba, [200, 10, 0, 255].repeat(60 * 20));
        let flat = thumbnail(&image(Samples::Gray8(vec![7; 1000]), 1000, 1, 8), 50);
        assert_eq!((flat.width, flat.height, flat.rgba), (50, 1, [7, 7, 7, 255].repeat(50)));
        // Pixels twice as high as wide.
        let high = DecodedImage { shape: 2.0, ..image(Samples::Gray8(vec![7; 100 * 100]), 100, 100, 8) };
        assert_eq!((thumbnail(&high, 60).width, thumbnail(&high, 60).height), (30, 60));
    }
}
