//! A few choices side by side, one of them taken.

use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use egui::{Color32, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

/// Shows the choices in one frame; returns the index of the one pressed just now.
pub fn segmented(ui: &mut Ui, theme: &Theme, names: &[&str], chosen: Option<usize>) -> Option<usize> {
    let galleys: Vec<_> = names
        .iter()
        .map(|name| ui.painter().layout_no_wrap((*name).to_owned(), fonts::medium(12.0), Color32::PLACEHOLDER))
        .collect();
    let width: f32 = galleys.iter().map(|g| g.size().x + 20.0).sum();
    let (rect, outer) = ui.allocate_exact_size(Vec2::new(width + 4.0, 26.0), Sense::hover());
    ui.painter().rect(rect, CornerRadius::same(radius::M), theme.field, theme.hairline(), StrokeKind::Inside);
    let (mut left, mut pressed) = (rect.left() + 2.0, None);
    for (index, galley) in galleys.into_iter().enumerate() {
        let part = Rect::from_min_size(egui::pos2(left, rect.top() + 2.0), Vec2::new(galley.size().x + 20.0, 22.0));
        left = part.right();
        let response = ui.interact(part, outer.id.with(index), Sense::click());
        let on = chosen == Some(index);
        let name = names.get(index).copied().unwrap_or_default();
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, name));
        let color = if on || response.hovered() { theme.text } else { theme.muted };
        if on {
            ui.painter().rect_filled(part, CornerRadius::same(radius::S), theme.hover);
        }
        if response.has_focus() {
            super::focus_ring(ui, theme, part, radius::S);
        }
        ui.painter().galley_with_override_text_color(part.center() - galley.size() / 2.0, galley, color);
        if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            pressed = Some(index);
        }
    }
    pressed
}
