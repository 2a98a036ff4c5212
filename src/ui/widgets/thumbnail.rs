//! Small pictures of images: kept as textures while there is room, painted, and to be pressed.

use super::glyph::Glyph;
use crate::domain::ImageId;
use crate::session::{Fetched, ImageRow, Thumbnail};
use crate::ui::context::PanelContext;
use crate::ui::pixels::color_image;
use crate::ui::theme::radius;
use egui::{Color32, Rect, Role, Sense, TextureHandle, TextureOptions, WidgetInfo, pos2, vec2};
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

/// A thumbnail to press, `side` points wide and high; for grids of images.
pub fn thumbnail_button(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    kept: &mut ThumbnailCache,
    image: &ImageRow,
    side: f32,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {}", image.name)));
    if ui.is_rect_visible(rect) {
        thumbnail(ui, cx, kept, image, rect);
        if response.hovered() || response.has_focus() {
            super::focus_ring(ui, cx.theme, rect, radius::S);
        }
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(&*image.name)
}

/// The texture of an image's thumbnail: `None` while it is made, why not where it cannot be.
pub fn thumbnail_texture(
    ctx: &egui::Context,
    cx: &PanelContext<'_>,
    kept: &mut ThumbnailCache,
    image: ImageId,
) -> Result<Option<TextureHandle>, Arc<str>> {
    if let Some(texture) = kept.kept(image) {
        return Ok(Some(texture));
    }
    match cx.fetch.thumbnail(image) {
        Fetched::Ready(thumbnail) => Ok(kept.get(ctx, image, &thumbnail)),
        Fetched::Loading(older) => Ok(older.and_then(|thumbnail| kept.get(ctx, image, &thumbnail))),
        Fetched::Failed(why) => Err(why),
    }
}

/// The picture that shows what is meant by a class of this name, so many points wide and high; nothing where it cannot be shown:
/// its file may be gone.
pub fn example(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    kept: &mut ThumbnailCache,
    (image, class): (ImageId, &str),
    side: f32,
) -> Option<egui::Response> {
    let texture = thumbnail_texture(ui.ctx(), cx, kept, image).ok()?;
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Example of {class}")));
    ui.painter().rect_filled(rect, radius::S, cx.theme.picture);
    if let Some(texture) = texture {
        // All of it: what shows the class may be at the edge.
        let size = texture.size_vec2().max(vec2(1.0, 1.0));
        let shown = Rect::from_center_size(rect.center(), size * (side / size.max_elem()));
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(texture.id(), shown, whole, Color32::WHITE);
    }
    Some(response)
}

/// Paints the middle square of it into a frame, or that there is none.
pub fn thumbnail(ui: &egui::Ui, cx: &PanelContext<'_>, kept: &mut ThumbnailCache, image: &ImageRow, frame: Rect) {
    ui.painter().rect_filled(frame, radius::S, cx.theme.picture);
    let texture = thumbnail_texture(ui.ctx(), cx, kept, image.id).unwrap_or_else(|_| {
        Glyph::Missing.paint(ui.painter(), frame.center(), 16.0, cx.theme.warning);
        None
    });
    if let Some(texture) = texture {
        // The middle square: limbs are long, and a list of slivers tells nothing.
        let size = texture.size_vec2();
        let (w, h) = (size.x.max(1.0), size.y.max(1.0));
        let side = w.min(h);
        let uv = Rect::from_center_size(pos2(0.5, 0.5), vec2(side / w, side / h));
        let white = cx.theme.wash(Color32::WHITE, if image.missing { 0.4 } else { 1.0 });
        ui.painter().add(egui::epaint::RectShape::filled(frame, radius::S, white).with_texture(texture.id(), uv));
    }
}
