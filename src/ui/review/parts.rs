//! The small things the panels of this screen are made of: heads, chips, buttons with a key cap, bars, glyphs.

use crate::ui::fonts;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, radius, space};
use crate::ui::widgets::{self, Glyph};
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// Text on one line, cut with "…" where it does not fit.
pub fn elided(painter: &Painter, text: &str, font: FontId, color: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Paints one line of text whose vertical middle lies at `y`; returns its width.
pub fn line(painter: &Painter, x: f32, y: f32, galley: Arc<Galley>) -> f32 {
    let size = galley.size();
    painter.galley(pos2(x, y - size.y / 2.0), galley, Color32::PLACEHOLDER);
    size.x
}

/// A section's head in small spaced capitals, with room for something at its right end.
pub fn head<R>(ui: &mut Ui, theme: &Theme, text: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let job = widgets::section_text(text, theme.muted);
    let galley = ui.painter().layout_job(job);
    line(ui.painter(), rect.left(), rect.center().y, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    let builder = egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::right_to_left(egui::Align::Center));
    // A child that does not move the cursor: what comes next begins under the head whatever stands at its right.
    right(&mut ui.new_child(builder))
}

/// The painted cap of a key with its right edge at `right`; returns its width with the gap before it.
pub fn key_cap(painter: &Painter, right: f32, y: f32, key: &str, text: Color32, line_color: Color32) -> f32 {
    if key.is_empty() {
        return 0.0;
    }
    let galley = painter.layout_no_wrap(key.to_owned(), fonts::medium(10.0), text);
    let size = vec2((galley.size().x + 8.0).max(16.0), 15.0);
    let rect = Rect::from_min_size(pos2(right - size.x, y - size.y / 2.0), size);
    painter.rect_stroke(rect, radius::S, Stroke::new(1.0, line_color), StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, text);
    size.x + 6.0
}

fn key_cap_width(painter: &Painter, key: &str) -> f32 {
    if key.is_empty() {
        return 0.0;
    }
    let width = painter.layout_no_wrap(key.to_owned(), fonts::medium(10.0), Color32::PLACEHOLDER).size().x;
    (width + 8.0).max(16.0) + 6.0
}

fn focus_ring(ui: &Ui, response: &Response, theme: &Theme) {
    if response.has_focus() {
        widgets::focus_ring(ui, theme, response.rect, radius::M);
    }
}

/// How wide a toolbar button with this text and key is.
pub fn tool_width(painter: &Painter, text: &str, key: &str) -> f32 {
    let text = painter.layout_no_wrap(text.to_owned(), fonts::medium(12.5), Color32::PLACEHOLDER);
    text.size().x + 18.0 + key_cap_width(painter, key)
}

/// How wide a chip with this text is.
pub fn chip_width(painter: &Painter, text: &str) -> f32 {
    painter.layout_no_wrap(text.to_owned(), fonts::regular(12.0), Color32::PLACEHOLDER).size().x + 18.0
}

/// A button of the toolbar: text, the cap of its key, pressed or not.
pub fn tool(ui: &mut Ui, theme: &Theme, text: &str, key: &str, on: bool) -> Response {
    let ink = if !ui.is_enabled() {
        theme.faint
    } else if on {
        theme.text
    } else {
        theme.muted
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::medium(12.5), ink);
    let width = galley.size().x + 18.0 + key_cap_width(ui.painter(), key);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL_HEIGHT - 2.0), Sense::click());
    tool_ground(ui, theme, rect, &response, on);
    line(ui.painter(), rect.left() + 9.0, rect.center().y, galley);
    key_cap(ui.painter(), rect.right() - 7.0, rect.center().y, key, ink, theme.outline);
    focus_ring(ui, &response, theme);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, text));
    response
}

/// A button of the toolbar of a fixed width, so that a changing figure in it moves nothing.
pub fn tool_sized(ui: &mut Ui, theme: &Theme, text: &str, name: &str, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL_HEIGHT - 2.0), Sense::click());
    tool_ground(ui, theme, rect, &response, false);
    let ink = if response.hovered() { theme.text } else { theme.muted };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(12.5), ink);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    focus_ring(ui, &response, theme);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response
}

fn tool_ground(ui: &Ui, theme: &Theme, rect: Rect, response: &Response, on: bool) {
    if on {
        ui.painter().rect(rect, radius::M, theme.hover, Stroke::new(1.0, theme.outline), StrokeKind::Inside);
    } else if response.hovered() && ui.is_enabled() {
        ui.painter().rect_filled(rect, radius::M, theme.raised);
    }
}

/// A square button that is only a glyph.
pub fn glyph_button(ui: &mut Ui, theme: &Theme, glyph: Glyph, name: &str, on: bool) -> Response {
    let side = CONTROL_HEIGHT - 2.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    tool_ground(ui, theme, rect, &response, on);
    let ink = match (ui.is_enabled(), on || response.hovered()) {
        (false, _) => theme.faint,
        (true, true) => theme.text,
        (true, false) => theme.muted,
    };
    glyph.paint(ui.painter(), rect.center(), 14.0, ink);
    focus_ring(ui, &response, theme);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, name));
    response
}

/// The flag, set or not, with its key.
pub fn flag_button(ui: &mut Ui, theme: &Theme, on: bool, key: &str) -> Response {
    let text = if on { "Flagged" } else { "Flag" };
    let ink = match (ui.is_enabled(), on) {
        (false, _) => theme.faint,
        (true, true) => theme.text,
        (true, false) => theme.muted,
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::medium(12.5), ink);
    let width = galley.size().x + 36.0 + key_cap_width(ui.painter(), key);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL_HEIGHT - 2.0), Sense::click());
    tool_ground(ui, theme, rect, &response, on);
    let mark = if on { theme.warning } else { ink };
    Glyph::Flag.paint(ui.painter(), rect.left_center() + vec2(14.0, 0.0), 12.0, mark);
    line(ui.painter(), rect.left() + 25.0, rect.center().y, galley);
    key_cap(ui.painter(), rect.right() - 8.0, rect.center().y, key, theme.muted, theme.outline);
    focus_ring(ui, &response, theme);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, "Flag"));
    response
}

/// Small text that can be pressed.
pub fn text_button(ui: &mut Ui, theme: &Theme, text: &str, name: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::regular(fonts::SMALL), Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 8.0, 18.0), Sense::click());
    let ink = match (ui.is_enabled(), response.hovered()) {
        (false, _) => theme.faint,
        (true, true) => theme.text,
        (true, false) => theme.accent,
    };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    focus_ring(ui, &response, theme);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response
}

/// How a large button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The one thing to do.
    Primary,
    /// One of several.
    Plain,
    /// The one of several that a person chose.
    Chosen,
}

/// A large button with a key cap at its right end.
pub fn button(ui: &mut Ui, theme: &Theme, size: Vec2, text: &str, name: &str, key: &str, look: Look) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    let hovered = enabled && response.hovered();
    let (fill, edge, ink) = match look {
        Look::Primary if enabled => {
            let fill = if hovered { theme.mix(theme.accent, theme.text, 0.15) } else { theme.accent };
            (fill, fill, theme.on_accent)
        }
        Look::Chosen => (theme.mix(theme.panel, theme.truth, 0.18), theme.truth, theme.text),
        Look::Plain | Look::Primary => {
            let fill = if hovered { theme.raised } else { theme.panel };
            (fill, if hovered { theme.outline } else { theme.line }, if enabled { theme.text } else { theme.faint })
        }
    };
    ui.painter().rect(rect, radius::M, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let y = rect.center().y;
    if look == Look::Primary {
        let cap = key_cap_width(ui.painter(), key);
        let galley = elided(ui.painter(), text, fonts::semibold(13.0), ink, rect.width() - cap - 20.0);
        let left = rect.center().x - (galley.size().x + cap) / 2.0;
        let width = line(ui.painter(), left, y, galley);
        key_cap(ui.painter(), left + width + cap, y, key, ink, ink);
    } else {
        let cap_line = if look == Look::Chosen { theme.truth } else { theme.outline };
        let cap = key_cap(ui.painter(), rect.right() - 9.0, y, key, theme.muted, cap_line);
        let galley = elided(ui.painter(), text, fonts::medium(13.0), ink, rect.width() - cap - 22.0);
        line(ui.painter(), rect.left() + 11.0, y, galley);
    }
    focus_ring(ui, &response, theme);
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, look == Look::Chosen, name));
    response
}

/// A bar from 0 to 1.
pub fn bar(painter: &Painter, rect: Rect, share: f32, color: Color32, track: Color32) {
    let round = (rect.height() / 2.0).round() as u8;
    painter.rect_filled(rect, round, track);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 {
        let width = (rect.width() * share).max(rect.height());
        painter.rect_filled(Rect::from_min_size(rect.min, vec2(width, rect.height())), round, color);
    }
}

/// What to say in the middle of a panel where there is nothing else, with a button where something can be done.
pub fn notice(ui: &mut Ui, theme: &Theme, title: &str, text: &str, offer: Option<&str>) -> bool {
    ui.vertical_centered(|ui| {
        ui.add(egui::Label::new(egui::RichText::new(title).font(fonts::medium(14.0)).color(theme.text)).wrap());
        if !text.is_empty() {
            ui.add(egui::Label::new(egui::RichText::new(text).color(theme.muted)).wrap());
        }
        offer.is_some_and(|offer| {
            ui.add_space(space::XS);
            let width = chip_width(ui.painter(), offer) + 20.0;
            button(ui, theme, vec2(width, CONTROL_HEIGHT), offer, offer, "", Look::Plain).clicked()
        })
    })
    .inner
}

/// Text over a picture, with a dark edge so that it is read on bright parts too.
pub fn over_picture(painter: &Painter, theme: &Theme, at: Pos2, anchor: Align2, text: &str) -> Rect {
    let font = fonts::regular(12.0);
    for shift in [vec2(1.0, 1.0), vec2(-1.0, 1.0), vec2(0.0, -1.0)] {
        painter.text(at + shift, anchor, text, font.clone(), theme.wash(theme.picture, 0.8));
    }
    painter.text(at, anchor, text, font, theme.on_picture)
}
