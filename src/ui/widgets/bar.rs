//! Horizontal bars: a probability with its class, the progress of a job.

use super::text::{elided, line};
use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::{Color32, CornerRadius, Painter, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

/// A class with its probability: name, bar, figure.
#[must_use = "show it with ui()"]
pub struct ProbabilityBar<'a> {
    pub name: &'a str,
    /// 0 to 1; anything else is shown as an empty bar.
    pub value: f32,
    pub color: Color32,
    /// The largest of its list: the name stands out.
    pub leading: bool,
    /// Width of the name's column, so that bars of a list begin under each other.
    pub name_width: f32,
}

impl ProbabilityBar<'_> {
    /// The width the longest of these names needs, at most `limit`.
    pub fn name_width<'n>(ui: &Ui, names: impl IntoIterator<Item = &'n str>, limit: f32) -> f32 {
        let widest = names.into_iter().fold(0.0f32, |widest, name| {
            let galley = ui.painter().layout_no_wrap(name.to_owned(), fonts::medium(13.0), Color32::PLACEHOLDER);
            widest.max(galley.size().x)
        });
        (widest + 12.0).min(limit)
    }

    /// Shows it over the whole width; pressing it asks for something (such as the class's heat map).
    pub fn ui(self, ui: &mut Ui, theme: &Theme) -> Response {
        let value = if self.value.is_finite() { self.value.clamp(0.0, 1.0) } else { 0.0 };
        let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 22.0), Sense::click());
        let name = format!("{} {value:.2}", self.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
        if response.hovered() {
            ui.painter().rect_filled(rect.expand2(Vec2::new(4.0, 0.0)), CornerRadius::same(4), theme.raised);
        }
        if response.has_focus() {
            super::focus_ring(ui, theme, rect, 4);
        }
        let (font, color) =
            if self.leading { (fonts::medium(13.0), theme.text) } else { (fonts::regular(13.0), theme.muted) };
        let name = elided(ui.painter(), self.name, font, color, self.name_width - 8.0);
        line(ui.painter(), rect.left(), rect.center().y, name);
        let figure = ui.painter().layout_no_wrap(format!("{value:.2}"), fonts::regular(13.0), color);
        let figure_left = rect.right() - figure.size().x;
        ui.painter().galley(egui::pos2(figure_left, rect.center().y - figure.size().y / 2.0), figure, color);
        let track = Rect::from_min_max(
            egui::pos2(rect.left() + self.name_width, rect.center().y - 3.0),
            egui::pos2(figure_left - 12.0, rect.center().y + 3.0),
        );
        bar(ui.painter(), track, value, self.color, theme.line);
        response
    }
}

/// The progress of something from 0 to 1 (`None`: not known), with a name for screen readers.
pub fn progress(ui: &mut Ui, theme: &Theme, name: &str, share: Option<f32>, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    if let Some(share) = share.filter(|s| s.is_finite()) {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_numeric_value(f64::from(share)));
        bar(ui.painter(), rect.shrink2(Vec2::new(0.0, 1.0)), share, theme.accent, theme.line);
    } else {
        // Dashes say "under way, length unknown" without an animation that would repaint for ever.
        let track = rect.shrink2(Vec2::new(0.0, 1.0));
        bar(ui.painter(), track, 0.0, theme.accent, theme.line);
        let mut x = track.left();
        while x < track.right() {
            let dash = Rect::from_min_max(
                egui::pos2(x, track.top()),
                egui::pos2((x + 8.0).min(track.right()), track.bottom()),
            );
            ui.painter().rect_filled(dash, CornerRadius::same(3), theme.wash(theme.accent, 0.55));
            x += 16.0;
        }
    }
    response
}

/// Paints a bar from 0 to 1 over a track.
pub fn bar(painter: &Painter, rect: Rect, share: f32, color: Color32, track: Color32) {
    if rect.width() <= 0.0 {
        return;
    }
    let round = (rect.height() / 2.0).round() as u8;
    painter.rect_filled(rect, round, track);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 {
        let width = (rect.width() * share).max(rect.height().min(rect.width()));
        painter.rect_filled(Rect::from_min_size(rect.min, Vec2::new(width, rect.height())), round, color);
    }
}
