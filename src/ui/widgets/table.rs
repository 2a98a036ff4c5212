//! A table of text with numbers under each other, thin lines between the rows and rows that may be pressed.

use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::{Color32, CornerRadius, FontId, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

/// On which side of its column text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    Right,
}

/// A column.
#[derive(Clone, Debug, Default)]
pub struct Column {
    pub title: String,
    pub align: Align,
    /// Takes the width that is left.
    pub grows: bool,
}

impl Column {
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right, grows: false }
    }

    pub fn growing(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, grows: true }
    }
}

/// What a cell shows.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub text: String,
    /// The theme's text colour where absent.
    pub color: Option<Color32>,
    pub strong: bool,
    /// Said when the pointer rests on the row.
    pub hint: String,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), strong: true, ..Self::default() }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn color(mut self, color: Color32) -> Self {
        self.color = Some(color);
        self
    }
}

/// A small table; for a few hundred rows at most.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Rows can be pressed.
    pub pressable: bool,
    /// The row that is chosen.
    pub chosen: Option<usize>,
}

const ROW_HEIGHT: f32 = 30.0;
const HEAD_HEIGHT: f32 = 26.0;
const PADDING: f32 = 8.0;
const BETWEEN: f32 = 20.0;
/// Columns of numbers are at least this wide, so that they do not crowd.
const NUMBER_WIDTH: f32 = 44.0;

impl Table {
    /// Shows it over the whole width; returns the row pressed just now.
    pub fn ui(&self, ui: &mut Ui, theme: &Theme) -> Option<usize> {
        let widths = self.widths(ui);
        let total = ui.available_width();
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        let (head, _) = ui.allocate_exact_size(Vec2::new(total, HEAD_HEIGHT), Sense::empty());
        let spans = spans(&widths, head.left() + PADDING);
        for (column, span) in self.columns.iter().zip(&spans) {
            self.paint(ui, column, *span, head, &column.title, fonts::regular(12.0), theme.muted);
        }
        let mut pressed = None;
        for (index, row) in self.rows.iter().enumerate() {
            let sense = if self.pressable { Sense::click() } else { Sense::hover() };
            let (rect, response) = ui.allocate_exact_size(Vec2::new(total, ROW_HEIGHT), sense);
            let spoken = self.spoken(row);
            let role = if self.pressable { Role::Button } else { Role::Label };
            response.widget_info(|| WidgetInfo::labeled(role, true, &spoken));
            if self.chosen == Some(index) {
                ui.painter().rect_filled(rect, CornerRadius::same(4), theme.raised);
            } else if self.pressable && response.hovered() {
                ui.painter().rect_filled(rect, CornerRadius::same(4), theme.wash(theme.raised, 0.6));
            }
            if response.has_focus() {
                super::focus_ring(ui, theme, rect.shrink(2.0), 4);
            }
            ui.painter().hline(rect.x_range(), rect.top(), theme.hairline());
            for ((column, span), cell) in self.columns.iter().zip(&spans).zip(row) {
                let font = if cell.strong { fonts::medium(13.0) } else { fonts::regular(13.0) };
                self.paint(ui, column, *span, rect, &cell.text, font, cell.color.unwrap_or(theme.text));
            }
            if response.clicked() {
                pressed = Some(index);
            }
            if let Some(cell) = row.iter().find(|cell| !cell.hint.is_empty()) {
                response.on_hover_text(&cell.hint);
            }
        }
        ui.spacing_mut().item_spacing.y = spacing;
        pressed
    }

    /// "name lower-limb, accuracy 0.85": a row as a screen reader says it.
    fn spoken(&self, row: &[Cell]) -> String {
        let parts = self.columns.iter().zip(row).filter(|(_, cell)| !cell.text.is_empty());
        parts
            .map(|(column, cell)| format!("{} {}", column.title, cell.text).trim().to_owned())
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn widths(&self, ui: &Ui) -> Vec<f32> {
        let measure = |text: &str, font: FontId| {
            ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
        };
        let least = |c: &Column| if c.align == Align::Right { NUMBER_WIDTH } else { 0.0 };
        let mut widths: Vec<f32> =
            self.columns.iter().map(|c| measure(&c.title, fonts::regular(12.0)).max(least(c))).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = width.max(measure(&cell.text, fonts::medium(13.0)));
            }
        }
        let room = ui.available_width() - 2.0 * PADDING - BETWEEN * self.columns.len().saturating_sub(1) as f32;
        let spare = room - widths.iter().sum::<f32>();
        let growing = self.columns.iter().filter(|c| c.grows).count();
        for (width, column) in widths.iter_mut().zip(&self.columns) {
            if column.grows {
                *width = (*width + spare / growing.max(1) as f32).max(60.0);
            }
        }
        widths
    }

    #[allow(clippy::too_many_arguments, reason = "one cell of one row; a struct would be named once and used once")]
    fn paint(&self, ui: &Ui, column: &Column, span: (f32, f32), row: Rect, text: &str, font: FontId, color: Color32) {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width((span.1 - span.0 + 1.0).max(0.0));
        let galley = ui.painter().layout_job(job);
        let x = match column.align {
            Align::Left => span.0,
            Align::Right => span.1 - galley.size().x,
        };
        ui.painter().galley(egui::pos2(x, row.center().y - galley.size().y / 2.0), galley, color);
    }
}

fn spans(widths: &[f32], left: f32) -> Vec<(f32, f32)> {
    let mut at = left;
    widths
        .iter()
        .map(|width| {
            let span = (at, at + width);
            at += width + BETWEEN;
            span
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_follow_each_other_without_touching() {
        assert_eq!(spans(&[10.0, 5.0], 2.0), [(2.0, 12.0), (32.0, 37.0)]);
    }

    #[test]
    fn a_row_is_spoken_with_its_heads() {
        let table = Table { columns: vec![Column::growing(""), Column::right("F1")], ..Table::default() };
        assert_eq!(table.spoken(&[Cell::new("run 3"), Cell::new("0.85")]), "run 3, F1 0.85");
    }
}
