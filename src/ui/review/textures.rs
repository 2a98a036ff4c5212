//! Pictures on the graphics card: thumbnails kept while there is room, and the one large picture.
#![allow(clippy::disallowed_methods, reason = "pixels come from the pictures, not from the theme")]

use crate::domain::ImageId;
use crate::session::{HeatPicture, Picture, Thumbnail};
use egui::{Color32, ColorImage, TextureHandle, TextureOptions};
use std::collections::HashMap;
use std::sync::Arc;

/// Thumbnails kept; 512 of 80 x 80 are 13 MB.
const THUMBNAILS: usize = 512;

/// Thumbnails as textures; the longest unused makes room for a new one.
#[derive(Default)]
pub struct ThumbnailCache {
    kept: HashMap<ImageId, (TextureHandle, u64)>,
    clock: u64,
}

impl ThumbnailCache {
    /// The texture, uploaded if it is new.
    pub fn get(&mut self, ctx: &egui::Context, image: ImageId, thumbnail: &Thumbnail) -> Option<TextureHandle> {
        self.clock += 1;
        if let Some((texture, used)) = self.kept.get_mut(&image) {
            *used = self.clock;
            return Some(texture.clone());
        }
        let pixels = color_image(thumbnail.width, thumbnail.height, &thumbnail.rgba)?;
        if self.kept.len() >= THUMBNAILS {
            let oldest = self.kept.iter().min_by_key(|(_, (_, used))| *used).map(|(id, _)| *id);
            if let Some(oldest) = oldest {
                self.kept.remove(&oldest);
            }
        }
        let texture = ctx.load_texture(format!("thumbnail {image}"), pixels, TextureOptions::LINEAR);
        self.kept.insert(image, (texture.clone(), self.clock));
        Some(texture)
    }

    /// A texture that is already there.
    pub fn kept(&mut self, image: ImageId) -> Option<TextureHandle> {
        self.clock += 1;
        let (texture, used) = self.kept.get_mut(&image)?;
        *used = self.clock;
        Some(texture.clone())
    }
}

/// The picture in the middle as a texture. egui has no mipmaps, so for zoomed-out views it is halved until a texel is
/// about a screen pixel; else fine structure would shimmer.
#[derive(Default)]
pub struct PictureTexture {
    shown: Option<(Arc<Picture>, u32, TextureHandle)>,
}

impl PictureTexture {
    /// The texture for a picture seen at `scale` screen pixels a picture pixel.
    pub fn get(&mut self, ctx: &egui::Context, picture: &Arc<Picture>, scale: f64) -> Option<TextureHandle> {
        let limit = ctx.input(|i| i.max_texture_side).max(1);
        let mut level = halvings(scale);
        while picture.width.max(picture.height) >> level > limit {
            level += 1;
        }
        if let Some((kept, kept_level, texture)) = &self.shown
            && Arc::ptr_eq(kept, picture)
            && *kept_level == level
        {
            return Some(texture.clone());
        }
        let pixels = halved(color_image(picture.width, picture.height, &picture.rgba)?, level);
        let texture = match self.shown.take() {
            Some((_, _, mut texture)) => {
                texture.set(pixels, TextureOptions::LINEAR);
                texture
            }
            None => ctx.load_texture("picture", pixels, TextureOptions::LINEAR),
        };
        self.shown = Some((Arc::clone(picture), level, texture.clone()));
        Some(texture)
    }

    /// The picture last shown, with its texture.
    pub fn last(&self) -> Option<(&Arc<Picture>, &TextureHandle)> {
        self.shown.as_ref().map(|(picture, _, texture)| (picture, texture))
    }
}

/// The heat map as a texture.
#[derive(Default)]
pub struct HeatTexture {
    shown: Option<(Arc<HeatPicture>, TextureHandle)>,
}

impl HeatTexture {
    /// The texture for a heat map.
    pub fn get(&mut self, ctx: &egui::Context, heat: &Arc<HeatPicture>) -> Option<TextureHandle> {
        if let Some((kept, texture)) = &self.shown
            && Arc::ptr_eq(kept, heat)
        {
            return Some(texture.clone());
        }
        let pixels = halved_to_limit(ctx, color_image(heat.width, heat.height, &heat.rgba)?);
        let texture = ctx.load_texture("heat map", pixels, TextureOptions::LINEAR);
        self.shown = Some((Arc::clone(heat), texture.clone()));
        Some(texture)
    }
}

/// How often to halve a picture seen at this scale.
fn halvings(scale: f64) -> u32 {
    if scale > 0.0 && scale.is_finite() { (1.0 / scale).log2().floor().clamp(0.0, 5.0) as u32 } else { 0 }
}

fn halved_to_limit(ctx: &egui::Context, image: ColorImage) -> ColorImage {
    let limit = ctx.input(|i| i.max_texture_side).max(1);
    let mut level = 0;
    while image.width().max(image.height()) >> level > limit {
        level += 1;
    }
    halved(image, level)
}

/// RGBA bytes as egui's picture; `None` where they do not fit the size.
fn color_image(width: usize, height: usize, rgba: &[u8]) -> Option<ColorImage> {
    if width == 0 || height == 0 || width.checked_mul(height)?.checked_mul(4)? != rgba.len() {
        return None;
    }
    let pixels = rgba
        .as_chunks::<4>()
        .0
        .iter()
        .map(
            |&[r, g, b, a]| {
                if a == u8::MAX { Color32::from_rgb(r, g, b) } else { Color32::from_rgba_unmultiplied(r, g, b, a) }
            },
        )
        .collect();
    Some(ColorImage::new([width, height], pixels))
}

/// Halves both sides so many times, averaging 2 x 2; an odd last row or column is dropped, which moves the picture by
/// less than a texel of the smaller level.
fn halved(mut image: ColorImage, times: u32) -> ColorImage {
    for _ in 0..times {
        let [width, height] = image.size;
        let size = [width / 2, height / 2];
        if size[0] == 0 || size[1] == 0 {
            break;
        }
        let mut pixels = Vec::with_capacity(size[0] * size[1]);
        for rows in image.pixels.chunks_exact(width * 2).take(size[1]) {
            let (upper, lower) = rows.split_at(width);
            for (a, b) in upper.chunks_exact(2).zip(lower.chunks_exact(2)) {
                let [a, b, c, d] = [a[0], a[1], b[0], b[1]];
                let mean = |f: fn(&Color32) -> u8| {
                    ((u16::from(f(&a)) + u16::from(f(&b)) + u16::from(f(&c)) + u16::from(f(&d)) + 2) / 4) as u8
                };
                pixels.push(Color32::from_rgba_premultiplied(
                    mean(Color32::r),
                    mean(Color32::g),
                    mean(Color32::b),
                    mean(Color32::a),
                ));
            }
        }
        image = ColorImage::new(size, pixels);
    }
    image
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

    #[test]
    fn halving_averages_and_survives_odd_and_tiny_sizes() {
        let gray = |v: u8| Color32::from_rgb(v, v, v);
        let pixels = vec![gray(0), gray(100), gray(9), gray(200), gray(100), gray(9), gray(7), gray(7), gray(7)];
        let half = halved(ColorImage::new([3, 3], pixels), 1);
        assert_eq!((half.size, half.pixels), ([1, 1], vec![gray(100)]));
        assert_eq!(halved(ColorImage::new([1, 1], vec![gray(5)]), 3).size, [1, 1]);
    }

    #[test]
    fn only_views_smaller_than_half_are_halved() {
        let table = [(1.0, 0), (8.0, 0), (0.51, 0), (0.5, 1), (0.2, 2), (0.0, 0), (1e-9, 5)];
        for (scale, expected) in table {
            assert_eq!(halvings(scale), expected, "at {scale}");
        }
    }
}
