//! A key as drawn on a keyboard.

use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use egui::{Color32, CornerRadius, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};

const PADDING: Vec2 = Vec2::new(5.0, 2.0);

/// Shows a key, "Ctrl P". Purely a picture: the control it belongs to names the key for screen readers.
pub fn key_cap(ui: &mut Ui, theme: &Theme, key: &str) {
    let size = key_cap_size(ui, key);
    let (rect, _) = ui.allocate_exact_size(size, Sense::empty());
    paint_key_cap(ui, rect.left_center(), key, theme.muted, theme.outline);
}

/// The space a key cap needs.
pub(super) fn key_cap_size(ui: &Ui, key: &str) -> Vec2 {
    let text = ui.painter().layout_no_wrap(key.to_owned(), fonts::regular(fonts::SMALL), Color32::PLACEHOLDER);
    text.size() + 2.0 * PADDING
}

/// Paints a key cap with the middle of its left edge here.
pub(super) fn paint_key_cap(ui: &Ui, left: Pos2, key: &str, text: Color32, line: Color32) {
    let galley = ui.painter().layout_no_wrap(key.to_owned(), fonts::regular(fonts::SMALL), text);
    let size = galley.size() + 2.0 * PADDING;
    let rect = Rect::from_min_size(Pos2::new(left.x, left.y - size.y / 2.0), size);
    ui.painter().rect_stroke(rect, CornerRadius::same(radius::S), Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().galley(rect.min + PADDING, galley, text);
}
