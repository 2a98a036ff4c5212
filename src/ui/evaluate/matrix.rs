//! A confusion matrix whose cells open their images.

use super::plot_card;
use crate::domain::ClassificationReport;
use crate::session::ImageSet;
use crate::session::drawing::matrix::draw;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, CornerRadius, Rect, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo};

const CELL_HEIGHT: f32 = 34.0;
const GAP: f32 = 3.0;

/// What a cell shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shares {
    #[default]
    Counts,
    /// Of the images with its label: on the diagonal the sensitivities.
    OfRow,
    /// Of the images that are called so: on the diagonal the predictive values.
    OfColumn,
}

impl Shares {
    const ALL: [Self; 3] = [Self::Counts, Self::OfRow, Self::OfColumn];

    /// Shows the choice.
    pub fn choose(&mut self, ui: &mut Ui, theme: &Theme) {
        ui.horizontal(|ui| {
            ui.label(widgets::body(theme, "Confusion as"));
            let chosen = Self::ALL.iter().position(|one| one == self);
            let pressed = widgets::segmented(ui, theme, &["Counts", "Share of the row", "Share of the column"], chosen);
            if let Some(one) = pressed.and_then(|at| Self::ALL.get(at)) {
                *self = *one;
            }
        });
    }
}

/// A model's matrix, with the images of each cell.
pub(super) struct Matrix<'a> {
    pub title: &'a str,
    pub names: &'a [String],
    pub report: &'a ClassificationReport,
    pub cells: &'a [Vec<ImageSet>],
}

/// Shows the matrix in a card of this width; returns the images of the cell pressed just now.
pub(super) fn card(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    width: f32,
    of: &Matrix<'_>,
    shares: Shares,
) -> Option<ImageSet> {
    let theme = cx.theme;
    let mut opened = None;
    let layout = egui::Layout::top_down(egui::Align::Min);
    ui.allocate_ui_with_layout(Vec2::new(width, 0.0), layout, |ui| {
        ui.set_width(width);
        let head = format!("Confusion · {}", of.title);
        let counts = &of.report.confusion_matrix;
        plot_card::show(
            ui,
            cx,
            (&head, "confusion-matrix"),
            || draw(of.names, counts),
            |ui, _| {
                ui.spacing_mut().item_spacing.y = 6.0;
                ui.label(widgets::faint(
                    theme,
                    "Rows: the label. Columns: what the model says. Press a cell for its images.",
                ));
                opened = grid(ui, theme, of, shares);
            },
        );
    });
    opened
}

fn grid(ui: &mut Ui, theme: &Theme, of: &Matrix<'_>, shares: Shares) -> Option<ImageSet> {
    let Matrix { title, names, report, cells } = of;
    let matrix = &report.confusion_matrix;
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
            let in_column: usize = matrix.iter().filter_map(|row| row.get(column)).sum();
            let whole = if shares == Shares::OfColumn { in_column } else { in_row };
            let share = if whole > 0 { count as f32 / whole as f32 } else { 0.0 };
            let percent = (share * 100.0).round();
            let shown = match shares {
                Shares::Counts => count.to_string(),
                Shares::OfRow | Shares::OfColumn if whole == 0 => "–".to_owned(),
                Shares::OfRow | Shares::OfColumn => format!("{percent} %"),
            };
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
            let galley = ui.painter().layout_no_wrap(shown, font, color);
            ui.painter().galley(at.center() - galley.size() / 2.0, galley, color);
            if let Some(set) = set {
                let of = match shares {
                    Shares::Counts | Shares::OfRow => format!("labelled {}", name(row)),
                    Shares::OfColumn => format!("called {}", name(column)),
                };
                let tip = format!("{count} images: {percent} % of those {of} · press to look at them");
                let cursor = egui::CursorIcon::PointingHand;
                if response.on_hover_cursor(cursor).on_hover_text(tip).clicked() {
                    opened = Some(set.clone());
                }
            }
        }
    }
    opened
}
