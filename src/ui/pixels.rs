//! Bytes of pictures as egui takes them.
#![allow(clippy::disallowed_methods, reason = "pixels of pictures, not colours of the window")]

use egui::{Color32, ColorImage};

/// RGBA bytes as egui's picture; `None` where they do not fit the size.
pub fn color_image(width: usize, height: usize, rgba: &[u8]) -> Option<ColorImage> {
    if width == 0 || height == 0 || width.checked_mul(height)?.checked_mul(4)? != rgba.len() {
        return None;
    }
    let pixels = rgba.as_chunks::<4>().0.iter().map(|&pixel| color(pixel)).collect();
    Some(ColorImage::new([width, height], pixels))
}

/// A pixel.
pub fn color([r, g, b, a]: [u8; 4]) -> Color32 {
    if a == u8::MAX { Color32::from_rgb(r, g, b) } else { Color32::from_rgba_unmultiplied(r, g, b, a) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_do_not_fit_are_refused() {
        assert!(color_image(2, 2, &[0; 16]).is_some());
        for (width, height, bytes) in [(2, 2, 15), (0, 4, 0), (usize::MAX, 2, 16)] {
            assert!(color_image(width, height, &vec![0; bytes]).is_none(), "{width} x {height}");
        }
    }
}
