//! A few choices side by side, one of them taken.

use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use egui::{Color32, CornerRadius, Galley, Painter, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// Room beside the words of a choice where nothing presses, and where they have to fit into a width.
const BESIDE: f32 = 20.0;
const BESIDE_AT_LEAST: f32 = 14.0;
const ROW: f32 = 22.0;
const EDGE: f32 = 2.0;

/// Shows the choices in one frame; returns the index of the one pressed just now.
pub fn segmented(ui: &mut Ui, theme: &Theme, names: &[&str], chosen: Option<usize>) -> Option<usize> {
    let galleys = galleys(ui.painter(), names);
    let width: f32 = galleys.iter().map(|galley| galley.size().x + BESIDE).sum();
    show(ui, theme, names, chosen, vec![galleys], width + 2.0 * EDGE)
}

/// The same as wide as its choices, or in several rows where there is less room.
pub fn segmented_fitting(ui: &mut Ui, theme: &Theme, names: &[&str], chosen: Option<usize>) -> Option<usize> {
    let galleys = galleys(ui.painter(), names);
    let width = galleys.iter().map(|galley| galley.size().x + BESIDE).sum::<f32>() + 2.0 * EDGE;
    segmented_within(ui, theme, names, chosen, width.min(ui.available_width()))
}

/// The same in a frame of this width: the choices share it out among them, in several rows where one cannot hold them.
pub fn segmented_within(
    ui: &mut Ui,
    theme: &Theme,
    names: &[&str],
    chosen: Option<usize>,
    width: f32,
) -> Option<usize> {
    let rows = rows(galleys(ui.painter(), names), width - 2.0 * EDGE);
    show(ui, theme, names, chosen, rows, width)
}

/// How high a frame of this width with these choices is.
pub fn segmented_height(painter: &Painter, names: &[&str], width: f32) -> f32 {
    rows(galleys(painter, names), width - 2.0 * EDGE).len() as f32 * ROW + 2.0 * EDGE
}

fn galleys(painter: &Painter, names: &[&str]) -> Vec<Arc<Galley>> {
    let one = |name: &&str| painter.layout_no_wrap((*name).to_owned(), fonts::medium(12.0), Color32::PLACEHOLDER);
    names.iter().map(one).collect()
}

/// As many in a row as fit into the width, in order.
fn rows(galleys: Vec<Arc<Galley>>, width: f32) -> Vec<Vec<Arc<Galley>>> {
    let (mut rows, mut room) = (vec![Vec::new()], width);
    for galley in galleys {
        let wanted = galley.size().x + BESIDE_AT_LEAST;
        if wanted > room && rows.last().is_some_and(|row| !row.is_empty()) {
            rows.push(Vec::new());
            room = width;
        }
        room -= wanted;
        if let Some(row) = rows.last_mut() {
            row.push(galley);
        }
    }
    rows
}

fn show(
    ui: &mut Ui,
    theme: &Theme,
    names: &[&str],
    chosen: Option<usize>,
    rows: Vec<Vec<Arc<Galley>>>,
    width: f32,
) -> Option<usize> {
    let size = Vec2::new(width, rows.len() as f32 * ROW + 2.0 * EDGE);
    let (rect, outer) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(rect, CornerRadius::same(radius::M), theme.field, theme.hairline(), StrokeKind::Inside);
    let (mut index, mut top, mut pressed) = (0, rect.top() + EDGE, None);
    for row in rows {
        let words: f32 = row.iter().map(|galley| galley.size().x).sum();
        let beside = (width - 2.0 * EDGE - words) / row.len().max(1) as f32;
        let mut left = rect.left() + EDGE;
        for galley in row {
            let part = Rect::from_min_size(egui::pos2(left, top), Vec2::new(galley.size().x + beside, ROW));
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
            index += 1;
        }
        top += ROW;
    }
    pressed
}
