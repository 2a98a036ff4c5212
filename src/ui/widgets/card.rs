//! Grounds that hold things together.

use crate::ui::theme::{Theme, radius, space};
use egui::{CornerRadius, Frame, InnerResponse, Margin, Shadow, Stroke, Ui};

/// The ground of a card.
pub fn card_frame(theme: &Theme) -> Frame {
    Frame::new()
        .fill(theme.panel)
        .stroke(theme.hairline())
        .corner_radius(CornerRadius::same(radius::L))
        .inner_margin(Margin::same(16))
}

/// A card as wide as there is room.
pub fn card<R>(ui: &mut Ui, theme: &Theme, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    card_frame(theme).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::S;
        add(ui)
    })
}

/// The ground of a dialog over everything else.
pub fn dialog_frame(theme: &Theme) -> Frame {
    Frame::new()
        .fill(theme.panel)
        .stroke(Stroke::new(1.0, theme.outline))
        .corner_radius(CornerRadius::same(12))
        .shadow(Shadow { offset: [0, 12], blur: 40, spread: 0, color: theme.shadow })
        .inner_margin(Margin::same(16))
}
