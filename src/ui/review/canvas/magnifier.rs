//! A part of the picture larger, around the pointer, while its key is held.

use super::Scene;
use super::paint;
use super::textures::PictureTexture;
use crate::session::Picture;
use crate::ui::theme::Theme;
use egui::{Pos2, Rect, Stroke, StrokeKind, Ui, Vec2};
use std::sync::Arc;

/// How much larger it is than the picture around it.
const TIMES: f64 = 3.0;
/// Its side, in points.
const SIDE: f32 = 260.0;

/// Paints it over everything else; the image point under the pointer stays under it.
pub(super) fn paint(
    ui: &Ui,
    theme: &Theme,
    texture: &mut PictureTexture,
    picture: &Arc<Picture>,
    scene: &Scene,
    pointer: Option<Pos2>,
) {
    let Some(at) = pointer else { return };
    let placement = scene.placement.zoomed_at([f64::from(at.x), f64::from(at.y)], TIMES);
    let nearer = Scene { placement, ..*scene };
    let scale = placement.zoom * scene.pixels_per_point * scene.size[0] / picture.width.max(1) as f64;
    let glass = Rect::from_center_size(at, Vec2::splat(SIDE));
    let painter = ui.painter().with_clip_rect(glass.intersect(ui.clip_rect()));
    painter.rect_filled(glass, 0, theme.picture);
    if let Some(texture) = texture.get(ui.ctx(), picture, scale) {
        paint::picture(&painter, texture.id(), &nearer, 1.0);
    }
    painter.rect_stroke(glass, 0, Stroke::new(1.5, theme.accent), StrokeKind::Inside);
}
