//! Pictures on the graphics card: the one large picture, those of a page, the heat map.
#![allow(clippy::disallowed_methods, reason = "pixels of pictures, not colours of the window")]

use crate::domain::ImageId;
use crate::session::{HeatPicture, Picture};
use crate::ui::pixels::{color, color_image};
use egui::{ColorImage, TextureHandle, TextureOptions};
use std::collections::HashMap;
use std::sync::Arc;

/// Pixels of pictures made into textures in one pass, which is to be short; of one larger picture all the same.
const A_PASS: usize = 1 << 18;

/// The picture in the middle as a texture. egui has no mipmaps, so for zoomed-out views it is halved until a texel is
/// about a screen pixel; else fine structure would shimmer.
#[derive(Default)]
pub struct PictureTexture {
    shown: Option<(Arc<Picture>, u32, TextureHandle)>,
}

impl PictureTexture {
    /// The texture for a picture seen at `scale` screen pixels a picture pixel.
    pub fn get(&mut self, ctx: &egui::Context, picture: &Arc<Picture>, scale: f64) -> Option<TextureHandle> {
        if let Some((_, _, texture)) = self.shown.as_ref().filter(|_| self.is_of(ctx, picture, scale)) {
            return Some(texture.clone());
        }
        let level = level_within(ctx, picture.width, picture.height, halvings(scale));
        let pixels = reduced(picture.width, picture.height, &picture.rgba, level).filter(|p| fits(ctx, p))?;
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

    /// Whether there is the texture for this already.
    fn is_of(&self, ctx: &egui::Context, picture: &Arc<Picture>, scale: f64) -> bool {
        let level = level_within(ctx, picture.width, picture.height, halvings(scale));
        self.shown.as_ref().is_some_and(|(kept, kept_level, _)| Arc::ptr_eq(kept, picture) && *kept_level == level)
    }

    /// The picture last shown, with its texture.
    pub fn last(&self) -> Option<(&Arc<Picture>, &TextureHandle)> {
        self.shown.as_ref().map(|(picture, _, texture)| (picture, texture))
    }
}

/// The pictures beside each other as textures.
#[derive(Default)]
pub struct PageTextures {
    kept: HashMap<ImageId, PictureTexture>,
    /// The pass in which textures were made last, and of how many pixels of pictures.
    made: (u64, usize),
    /// The first one that was left to the next pass, in this one: then its turn comes before all others'.
    left: Option<(u64, ImageId)>,
}

impl PageTextures {
    /// The texture of one of the pictures, seen at `scale` screen pixels a picture pixel. Of many new ones some are left
    /// to the next pass; until then it is what was shown of the image before, if anything.
    pub fn get(&mut self, ctx: &egui::Context, picture: &Arc<Picture>, scale: f64) -> Option<TextureHandle> {
        let pass = ctx.cumulative_pass_nr();
        let before = if self.made.0 == pass { self.made.1 } else { 0 };
        let kept = self.kept.entry(picture.request.image).or_default();
        if kept.is_of(ctx, picture, scale) {
            return kept.get(ctx, picture, scale);
        }
        let image = picture.request.image;
        let first = self.left.filter(|(left, _)| left + 1 == pass).map(|(_, image)| image);
        let pixels = picture.width * picture.height;
        let waits = before == 0 && first.is_some_and(|first| first != image);
        let full = before > 0 && before + pixels > A_PASS;
        if full && self.left.is_none_or(|(left, _)| left != pass) {
            self.left = Some((pass, image));
        }
        if waits || full {
            ctx.request_repaint();
            return kept.last().map(|(_, texture)| texture.clone());
        }
        let texture = kept.get(ctx, picture, scale)?;
        self.made = (pass, before + pixels);
        Some(texture)
    }

    /// The picture of an image last shown.
    pub fn last(&self, image: ImageId) -> Option<&Arc<Picture>> {
        self.kept.get(&image)?.last().map(|(picture, _)| picture)
    }

    /// Lets go of the pictures of all other images.
    pub fn keep_only(&mut self, images: &[ImageId]) {
        self.kept.retain(|image, _| images.contains(image));
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
        let level = level_within(ctx, heat.width, heat.height, 0);
        let pixels = reduced(heat.width, heat.height, &heat.rgba, level).filter(|p| fits(ctx, p))?;
        let texture = ctx.load_texture("heat map", pixels, TextureOptions::LINEAR);
        self.shown = Some((Arc::clone(heat), texture.clone()));
        Some(texture)
    }
}

/// How often to halve a picture seen at this scale.
fn halvings(scale: f64) -> u32 {
    if scale > 0.0 && scale.is_finite() { (1.0 / scale).log2().floor().clamp(0.0, 5.0) as u32 } else { 0 }
}

/// This level, or the first higher one whose sides the graphics card takes.
fn level_within(ctx: &egui::Context, width: usize, height: usize, mut level: u32) -> u32 {
    let limit = ctx.input(|i| i.max_texture_side).max(1);
    while width.max(height) >> level > limit {
        level += 1;
    }
    level
}

/// Whether the graphics card takes it; a sliver cannot be halved until it does.
fn fits(ctx: &egui::Context, image: &ColorImage) -> bool {
    image.width().max(image.height()) <= ctx.input(|i| i.max_texture_side)
}

/// RGBA bytes as egui's picture with both sides halved `level` times, every pixel the mean of those it stands for. What
/// is left over at the right and lower edge is dropped: it is less than a pixel of the result.
fn reduced(width: usize, height: usize, rgba: &[u8], level: u32) -> Option<ColorImage> {
    let full = width.checked_mul(height)?.checked_mul(4)? == rgba.len();
    // A side never becomes nothing.
    let level = level.min(width.min(height).checked_ilog2()?);
    if level == 0 || !full {
        return color_image(width, height, rgba);
    }
    let step = 1usize << level;
    let size = [width / step, height / step];
    let mut sums = vec![[0u32; 4]; size[0]];
    let mut pixels = Vec::with_capacity(size[0] * size[1]);
    for band in rgba.chunks_exact(width * 4 * step) {
        sums.fill([0; 4]);
        for row in band.chunks_exact(width * 4) {
            for (sum, block) in sums.iter_mut().zip(row.chunks_exact(4 * step)) {
                for pixel in block.as_chunks::<4>().0 {
                    for (total, channel) in sum.iter_mut().zip(pixel) {
                        *total += u32::from(*channel);
                    }
                }
            }
        }
        let (shift, half) = (2 * level, 1u32 << (2 * level - 1));
        let mean = |total: u32| ((total + half) >> shift).min(255) as u8;
        pixels.extend(sums.iter().map(|&[r, g, b, a]| color([mean(r), mean(g), mean(b), mean(a)])));
    }
    Some(ColorImage::new(size, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Voi;
    use crate::session::PictureRequest;
    use egui::Color32;
    use std::collections::HashSet;

    #[test]
    fn a_page_of_new_pictures_becomes_textures_over_several_passes() {
        let picture = |image: i64, side: usize| {
            let request = PictureRequest { image: ImageId(image), voi: Voi::default(), invert: false, side };
            Arc::new(Picture {
                request,
                width: side,
                height: side,
                rgba: Arc::new(vec![9; side * side * 4]),
                image_width: side as u32,
                image_height: side as u32,
                bits: 8,
                shape: 1.0,
                photometric: "greyscale",
                inverted: false,
                window: (128.0, 256.0),
                range: (0.0, 255.0),
                middle: None,
                presets: Arc::default(),
                taken: None,
            })
        };
        let ctx = egui::Context::default();
        let mut page = PageTextures::default();
        // Four of these fit into a pass.
        let page_of: Vec<_> = (0..9).map(|image| picture(image, 256)).collect();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let mut there = 0;
            let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
                there = page_of.iter().filter(|one| page.get(ui.ctx(), one, 1.0).is_some()).count();
            });
            seen.push(there);
        }
        assert_eq!(seen, [4, 8, 9, 9]);
        assert!(!ctx.has_requested_repaint(), "nothing is left to do");
        // Pictures that are new in each pass, as while a window is dragged, and of which only one fits into it.
        let mut seen: HashMap<ImageId, HashSet<usize>> = HashMap::new();
        for pass in 0..12 {
            let new: Vec<_> = (0..3).map(|image| picture(image, 400 + pass)).collect();
            let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
                for one in &new {
                    let width = page.get(ui.ctx(), one, 1.0).map_or(0, |texture| texture.size()[0]);
                    seen.entry(one.request.image).or_default().insert(width);
                }
            });
        }
        let turns: Vec<usize> = (0..3).map(|image| seen[&ImageId(image)].len()).collect();
        assert!(turns.iter().all(|turns| *turns >= 4), "each has its turn: {turns:?}");
    }

    #[test]
    fn halving_averages_and_survives_odd_and_tiny_sizes() {
        let bytes = |values: &[u8]| values.iter().flat_map(|&v| [v, v, v, 255]).collect::<Vec<u8>>();
        let half = reduced(3, 3, &bytes(&[0, 100, 9, 200, 100, 9, 7, 7, 7]), 1).expect("fits");
        assert_eq!((half.size, half.pixels), ([1, 1], vec![Color32::from_gray(100)]));
        let quarter = reduced(8, 4, &bytes(&[[10; 4], [30; 4]].concat().repeat(4)), 2).expect("fits");
        assert_eq!((quarter.size, quarter.pixels), ([2, 1], vec![Color32::from_gray(10), Color32::from_gray(30)]));
        assert_eq!(reduced(1, 1, &bytes(&[5]), 3).expect("fits").size, [1, 1]);
        assert_eq!(reduced(5, 1, &bytes(&[5; 5]), 4).expect("fits").size, [5, 1]);
        assert!(reduced(4, 4, &bytes(&[5; 15]), 1).is_none());
        assert!(reduced(0, 4, &[], 1).is_none());
    }

    #[test]
    fn only_views_smaller_than_half_are_halved() {
        let table = [(1.0, 0), (8.0, 0), (0.51, 0), (0.5, 1), (0.2, 2), (0.0, 0), (1e-9, 5)];
        for (scale, expected) in table {
            assert_eq!(halvings(scale), expected, "at {scale}");
        }
    }
}
