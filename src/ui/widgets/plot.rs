//! The look that all plots share: still, on the card's own ground, with small muted figures at the axes.

use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::{Color32, Sense, Ui, Vec2};
use egui_plot::{AxisHints, GridMark, Plot};

/// A plot that only shows: nothing in it moves or grows.
pub fn still<'a>(name: &str, theme: &Theme, height: f32) -> Plot<'a> {
    Plot::new(name.to_owned())
        .height(height)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_crosshair(false)
        .show_x(false)
        .show_y(false)
        .grid_color(theme.line)
        .grid_fade(0.0)
        .grid_spacing(egui::Rangef::new(22.0, 300.0))
        .set_margin_fraction(Vec2::ZERO)
}

/// Small figures at an axis, at least so many points apart.
pub fn ticks<'a>(theme: &Theme, axis: AxisHints<'a>, apart: f32) -> AxisHints<'a> {
    axis.tick_label_font(fonts::regular(fonts::SMALL))
        .tick_label_color(theme.muted)
        .label_spacing(egui::Rangef::new(apart, apart + 1.0))
}

/// The colour of one of several lines: what is judged first, what it is compared with muted, then the others.
pub fn series(theme: &Theme, at: usize) -> Color32 {
    let colors = [theme.accent, theme.muted, theme.prediction, theme.truth, theme.warning, theme.error];
    colors.get(at % colors.len()).copied().unwrap_or(theme.muted)
}

/// A mark in whole numbers; nothing between them.
pub fn whole(value: f64) -> String {
    if value.fract().abs() < 1e-6 { format!("{value:.0}") } else { String::new() }
}

/// As many decimals as the marks are apart.
pub fn decimals(mark: GridMark) -> String {
    let wanted = if mark.step_size < 0.099 { 2 } else { 1 };
    format!("{:.wanted$}", mark.value)
}

/// A line of a legend in the colour of what it names.
pub fn legend_entry(ui: &mut Ui, text: impl Into<String>, color: Color32) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        let (rect, _) = ui.allocate_exact_size(Vec2::new(10.0, 2.0), Sense::empty());
        ui.painter().rect_filled(rect, 1, color);
        ui.label(egui::RichText::new(text).font(fonts::regular(12.0)).color(color));
    });
}
