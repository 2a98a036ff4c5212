//! Some of the images with their boxes, to see whether they are read right.
#![allow(clippy::disallowed_methods, reason = "pixels of pictures, not colours of the window")]

use super::state::State;
use crate::session::{ImportSummary, Sample};
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, space};
use egui::{
    Align2, ColorImage, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

/// The longer side of a picture, in points.
const SIDE: f32 = 88.0;

/// Shows them in a row.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, summary: &ImportSummary) {
    if summary.samples.is_empty() {
        return;
    }
    if state.textures.is_empty() {
        let upload = |sample: &Sample| Some((sample.clone(), texture(ui.ctx(), sample)?));
        state.textures = summary.samples.iter().filter_map(upload).collect();
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(space::S);
        for (sample, texture) in &state.textures {
            picture(ui, cx.theme, sample, texture);
        }
    });
}

fn texture(ctx: &egui::Context, sample: &Sample) -> Option<TextureHandle> {
    let small = &sample.thumbnail;
    if small.width == 0 || small.height == 0 || small.rgba.len() != small.width * small.height * 4 {
        return None;
    }
    let image = ColorImage::from_rgba_unmultiplied([small.width, small.height], &small.rgba);
    Some(ctx.load_texture(format!("sample {}", sample.name), image, TextureOptions::LINEAR))
}

fn picture(ui: &mut Ui, theme: &Theme, sample: &Sample, texture: &TextureHandle) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
    let label = sample.label.as_deref().unwrap_or("no label");
    let boxes = match sample.boxes.len() {
        0 => String::new(),
        1 => ", 1 box".into(),
        count => format!(", {count} boxes"),
    };
    let name = format!("{}: {label}{boxes}", sample.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(4), theme.field);
    let [width, height] = sample.size.map(|side| side.max(1) as f32);
    let scale = SIDE / width.max(height);
    let shown = Rect::from_center_size(rect.center(), Vec2::new(width, height) * scale);
    let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
    painter.image(texture.id(), shown, whole, theme.on_picture);
    for (_, one) in &sample.boxes {
        let at = |x: f64, y: f64| shown.min + Vec2::new(x as f32, y as f32) * scale;
        let drawn = Rect::from_two_pos(at(one.xmin, one.ymin), at(one.xmax, one.ymax));
        painter.rect_stroke(drawn, 0, Stroke::new(1.5, theme.truth), StrokeKind::Outside);
    }
    if let Some(label) = &sample.label {
        let strip = Rect::from_min_max(egui::pos2(rect.left(), rect.bottom() - 17.0), rect.max);
        painter.rect_filled(strip, 0, theme.backdrop);
        let font = crate::ui::fonts::regular(11.0);
        painter.text(strip.left_center() + Vec2::new(5.0, 0.0), Align2::LEFT_CENTER, label, font, theme.on_picture);
    }
    response.on_hover_text(name);
}
