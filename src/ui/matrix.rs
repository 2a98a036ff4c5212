//! A confusion matrix whose cells open their images.

use super::fonts;
use super::theme::{Theme, radius};
use super::widgets;
use crate::domain::ClassificationReport;
use crate::session::ImageSet;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

const CELL_HEIGHT: f32 = 34.0;
const GAP: f32 = 3.0;

/// Shows the matrix in a card of this width; returns the images of the cell pressed just now.
pub fn card(
    ui: &mut Ui,
    theme: &Theme,
    width: f32,
    title: &str,
    names: &[String],
    report: &ClassificationReport,
    cells: &[Vec<ImageSet>],
) -> Option<ImageSet> {
    let mut opened = None;
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(Vec2::new(width, 0.0), layout, |ui| {
        ui.set_width(width);
        widgets::card(ui, theme, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            widgets::section(ui, theme, &format!("Confusion · {title}"));
            ui.label(widgets::faint(
                theme,
                "Rows: the label. Columns: what the model says. Press a cell for its images.",
            ));
            opened = grid(ui, theme, title, names, &report.confusion_matrix, cells);
        });
    });
    opened
}

fn grid(
    ui: &mut Ui,
    theme: &Theme,
    title: &str,
    names: &[String],
    matrix: &[Vec<usize>],
    cells: &[Vec<ImageSet>],
) -> Option<ImageSet> {
    let classes = matrix.len();
    if classes == 0 {
        ui.label(widgets::caption(theme, "No test image has a label."));
        return None;
    }
    let name = |index: usize| names.get(index).cloned().unwrap_or_else(|| format!("class {index}"));
    let total = ui.available_width();
    let head = (total * 0.3).clamp(60.0, 130.0);
    let cell = ((total - head) / classes as f32 - GAP).max(24.0);
    let text = |ui: &Ui, text: String, width: f32, color: Color32| {
        let mut job = LayoutJob::simple_singleline(text, fonts::regular(12.0), color);
        job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
        ui.painter().layout_job(job)
    };
    let height = 22.0 + classes as f32 * (CELL_HEIGHT + GAP);
    let (rect, outer) = ui.allocate_exact_size(Vec2::new(total, height), Sense::hover());
    for column in 0..classes {
        let galley = text(ui, name(column), cell - 4.0, theme.muted);
        let x = rect.left() + head + column as f32 * (cell + GAP) + (cell - galley.size().x) / 2.0;
        ui.painter().galley(egui::pos2(x, rect.top()), galley, theme.muted);
    }
    let mut opened = None;
    for (row, counts) in matrix.iter().enumerate() {
        let top = rect.top() + 22.0 + row as f32 * (CELL_HEIGHT + GAP);
        let galley = text(ui, name(row), head - 10.0, theme.muted);
        let y = top + (CELL_HEIGHT - galley.size().y) / 2.0;
        ui.painter().galley(egui::pos2(rect.left(), y), galley, theme.muted);
        let in_row: usize = counts.iter().sum();
        for (column, &count) in counts.iter().enumerate() {
            let left = rect.left() + head + column as f32 * (cell + GAP);
            let at = Rect::from_min_size(egui::pos2(left, top), Vec2::new(cell, CELL_HEIGHT));
            let set = cells.get(row).and_then(|r| r.get(column)).filter(|s| !s.images.is_empty());
            let spoken = format!("{title}: {count} with truth {}, predicted {}", name(row), name(column));
            let sense = if set.is_some() { Sense::click() } else { Sense::hover() };
            let response = ui.interact(at, outer.id.with((row, column)), sense);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, set.is_some(), &spoken));
            let share = if in_row > 0 { count as f32 / in_row as f32 } else { 0.0 };
            let ground = if row == column { theme.truth } else { theme.prediction };
            let fill = theme.mix(theme.background, ground, 0.55 * share);
            let corner = CornerRadius::same(radius::S);
            ui.painter().rect_filled(at, corner, fill);
            if response.hovered() && set.is_some() {
                ui.painter().rect_stroke(at, corner, egui::Stroke::new(1.0, ground), StrokeKind::Inside);
            }
            if response.has_focus() {
                widgets::focus_ring(ui, theme, at, radius::S);
            }
            let color = if count == 0 { theme.faint } else { theme.text };
            let font = if row == column { fonts::semibold(13.0) } else { fonts::medium(13.0) };
            let galley = ui.painter().layout_no_wrap(count.to_string(), font, color);
            ui.painter().galley(at.center() - galley.size() / 2.0, galley, color);
            if let Some(set) = set {
                let tip = format!("{} % of {} · press to look at them", (share * 100.0).round(), name(row));
                let cursor = egui::CursorIcon::PointingHand;
                if response.on_hover_cursor(cursor).on_hover_text(tip).clicked() {
                    opened = Some(set.clone());
                }
            }
        }
    }
    opened
}
