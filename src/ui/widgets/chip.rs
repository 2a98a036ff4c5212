//! Round chips: facts in a bar, filters that are on or off, small tags.

use super::key_cap::{Cap, KeyCap};
use crate::ui::fonts;
use crate::ui::phrases::thousands;
use crate::ui::theme::Theme;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CornerRadius, Painter, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

fn job(theme: &Theme, label: &str, value: &str) -> LayoutJob {
    let mut job = LayoutJob::default();
    let muted = TextFormat { font_id: fonts::regular(12.0), color: theme.muted, ..Default::default() };
    let strong = TextFormat { font_id: fonts::medium(12.0), color: theme.text, ..Default::default() };
    job.append(label, 0.0, muted);
    if !value.is_empty() {
        job.append(value, if label.is_empty() { 0.0 } else { 5.0 }, strong);
    }
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    job.wrap.max_width = 260.0;
    job
}

/// A fact: "epoch 7 of 30", or with a label before it "Model resnet18".
pub fn chip(ui: &mut Ui, theme: &Theme, label: &str, value: &str) -> Response {
    let galley = ui.painter().layout_job(job(theme, label, value));
    let size = Vec2::new(galley.size().x + 22.0, 24.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let text = format!("{label} {value}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text.trim()));
    ui.painter().rect_stroke(rect, CornerRadius::same(12), theme.hairline(), StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme.text);
    response
}

/// A chip that does something, with its key where it has one.
pub fn chip_button(ui: &mut Ui, theme: &Theme, label: &str, value: &str, key: &str, tooltip: &str) -> Response {
    let name = format!("{label} {value}");
    short_chip_button(ui, theme, (label, value), key, tooltip, name.trim())
}

/// How wide such a chip is.
pub fn chip_button_width(painter: &Painter, theme: &Theme, label: &str, value: &str, key: &str) -> f32 {
    let text = painter.layout_job(job(theme, label, value)).size().x;
    match key {
        "" => text + 22.0,
        key => text + 24.0 + KeyCap::new(key, Cap::Normal).size(painter).x,
    }
}

/// The same that shows less than what it is called.
pub fn short_chip_button(
    ui: &mut Ui,
    theme: &Theme,
    (label, value): (&str, &str),
    key: &str,
    tooltip: &str,
    name: &str,
) -> Response {
    let galley = ui.painter().layout_job(job(theme, label, value));
    let cap = KeyCap::new(key, Cap::Normal);
    let between = if key.is_empty() { 0.0 } else { 6.0 };
    let size = Vec2::new(
        galley.size().x + between + cap.size(ui.painter()).x + if key.is_empty() { 22.0 } else { 18.0 },
        24.0,
    );
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let over = response.hovered();
    let line = if over { theme.muted } else { theme.outline };
    let fill = if over { theme.raised } else { Color32::TRANSPARENT };
    ui.painter().rect(rect, CornerRadius::same(12), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    if response.has_focus() {
        super::focus_ring(ui, theme, rect, 12);
    }
    let at = egui::pos2(rect.left() + 11.0, rect.center().y - galley.size().y / 2.0);
    let width = galley.size().x;
    ui.painter().galley(at, galley, theme.text);
    cap.paint_after(ui.painter(), egui::pos2(at.x + width + between, rect.center().y), theme.muted, theme.outline);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(tooltip)
}

/// A filter that is on or off, "Unreviewed 312".
pub fn filter_chip(ui: &mut Ui, theme: &Theme, text: &str, count: Option<usize>, on: bool) -> Response {
    let shown = count.map_or_else(|| text.to_owned(), |n| format!("{text} {}", thousands(n)));
    let font = if on { fonts::medium(12.0) } else { fonts::regular(12.0) };
    let galley = ui.painter().layout_no_wrap(shown.clone(), font, Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(galley.size().x + 18.0, 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, &shown));
    let over = response.hovered();
    let (fill, color) = match (on, over) {
        (true, _) => (theme.accent, theme.on_accent),
        (false, true) => (theme.hover, theme.text),
        (false, false) => (theme.raised, theme.muted),
    };
    ui.painter().rect_filled(rect, CornerRadius::same(5), fill);
    if response.has_focus() {
        super::focus_ring(ui, theme, rect, 5);
    }
    ui.painter().galley_with_override_text_color(rect.center() - galley.size() / 2.0, galley, color);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A filter that is on, with an end that is never cut; the text before it is, in its middle, where it has no room.
pub fn filter_chip_within(ui: &mut Ui, theme: &Theme, text: &str, end: &str, width: f32) -> Response {
    let font = fonts::medium(12.0);
    let end_galley = ui.painter().layout_no_wrap(end.to_owned(), font.clone(), Color32::PLACEHOLDER);
    let room = width - 18.0 - end_galley.size().x;
    let galley = super::shortened(ui.painter(), text, &font, Color32::PLACEHOLDER, room);
    let inner = galley.size().x + end_galley.size().x;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(inner + 18.0, 22.0), Sense::click());
    let spoken = format!("{text}{end}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), true, &spoken));
    ui.painter().rect_filled(rect, CornerRadius::same(5), theme.accent);
    if response.has_focus() {
        super::focus_ring(ui, theme, rect, 5);
    }
    let at = egui::pos2(rect.left() + 9.0, rect.center().y - galley.size().y / 2.0);
    let after = at + Vec2::new(galley.size().x, 0.0);
    ui.painter().galley_with_override_text_color(at, galley, theme.on_accent);
    ui.painter().galley_with_override_text_color(after, end_galley, theme.on_accent);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// How wide a filter with this text is.
pub fn filter_chip_width(painter: &Painter, text: &str) -> f32 {
    painter.layout_no_wrap(text.to_owned(), fonts::regular(12.0), Color32::PLACEHOLDER).size().x + 18.0
}

/// A word on a tinted ground: "active", "discarded". The word says it, the colour only helps.
pub fn tag(ui: &mut Ui, theme: &Theme, text: &str, color: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::medium(fonts::SMALL), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + Vec2::new(12.0, 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(4), theme.wash(color, 0.16));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}
