//! A table of text with numbers under each other, thin lines between the rows and rows that may be pressed.

use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::{Color32, CornerRadius, FontId, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

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
    /// Gives way where there is not room for all.
    pub yields: bool,
}

impl Column {
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Right, yields: false }
    }

    pub fn yielding(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, yields: true }
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
/// The same where there is not room for all.
const CLOSE: f32 = 12.0;
/// A column that yields stays as wide as this, or as it needs where that is less.
const YIELDS_TO: f32 = 60.0;
/// Columns of numbers are at least this wide, so that they do not crowd.
const NUMBER_WIDTH: f32 = 44.0;

impl Table {
    /// Shows it, as wide as its columns need, so that figures stand near what they are of; one that is wider than the room
    /// scrolls sideways. Returns the row pressed just now.
    pub fn ui(&self, ui: &mut Ui, theme: &Theme) -> Option<usize> {
        let room = ui.available_width();
        let widths = self.widths(ui);
        let wanted = |between: f32| widths.iter().sum::<f32>() + edges(widths.len(), between);
        let between = if wanted(BETWEEN) <= room { BETWEEN } else { CLOSE };
        let yielding: Vec<bool> = self.columns.iter().map(|c| c.yields).collect();
        let widths = yield_to(widths, &yielding, room - edges(yielding.len(), between));
        let spans = spans(&widths, between);
        let total = widths.iter().sum::<f32>() + edges(widths.len(), between);
        // What is rounded is not cut.
        if total <= room + 1.0 {
            return self.rows_ui(ui, theme, &spans, total.min(room));
        }
        let area = ScrollArea::horizontal().id_salt(ui.next_auto_id());
        area.show(ui, |ui| self.rows_ui(ui, theme, &spans, total)).inner
    }

    fn rows_ui(&self, ui: &mut Ui, theme: &Theme, spans: &[(f32, f32)], total: f32) -> Option<usize> {
        let spacing = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
        let (head, _) = ui.allocate_exact_size(Vec2::new(total, HEAD_HEIGHT), Sense::empty());
        let spans: Vec<(f32, f32)> = spans.iter().map(|(from, to)| (head.left() + from, head.left() + to)).collect();
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
            ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x.ceil()
        };
        let least = |c: &Column| if c.align == Align::Right { NUMBER_WIDTH } else { 0.0 };
        let mut widths: Vec<f32> =
            self.columns.iter().map(|c| measure(&c.title, fonts::regular(12.0)).max(least(c))).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = width.max(measure(&cell.text, fonts::medium(13.0)));
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

/// What lies beside and between so many columns.
fn edges(columns: usize, between: f32) -> f32 {
    2.0 * PADDING + between * columns.saturating_sub(1) as f32
}

/// The widths where there is so much room: columns that yield give up what there is not, as far as that goes.
fn yield_to(mut widths: Vec<f32>, yielding: &[bool], room: f32) -> Vec<f32> {
    let over = (widths.iter().sum::<f32>() - room).max(0.0);
    let many = yielding.iter().filter(|yields| **yields).count().max(1) as f32;
    for (width, _) in widths.iter_mut().zip(yielding).filter(|(_, yields)| **yields) {
        *width = (*width - over / many).max(width.min(YIELDS_TO));
    }
    widths
}

/// From where to where each column reaches, from the table's left edge.
fn spans(widths: &[f32], between: f32) -> Vec<(f32, f32)> {
    let mut at = PADDING;
    widths
        .iter()
        .map(|width| {
            let span = (at, at + width);
            at += width + between;
            span
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn columns_follow_each_other_without_touching() {
        assert_eq!(spans(&[10.0, 5.0], 20.0), [(8.0, 18.0), (38.0, 43.0)]);
    }

    #[test]
    fn columns_are_as_wide_as_they_need_and_those_that_yield_give_way() {
        let fit = |room| yield_to(vec![200.0, 50.0], &[true, false], room);
        assert_eq!(fit(1200.0), [200.0, 50.0], "figures stand beside what they are of, however wide the window is");
        assert_eq!((fit(190.0), fit(20.0)), (vec![140.0, 50.0], vec![60.0, 50.0]), "then it scrolls");
        assert_eq!(yield_to(vec![40.0, 50.0], &[true, false], 20.0), [40.0, 50.0], "what is narrow stays");
    }

    #[test]
    fn a_table_that_is_wider_than_the_window_is_not_cut_but_scrolls() {
        let columns = vec![Column::left("Two readers"), Column::right("Cohen's kappa"), Column::right("Could see")];
        let rows =
            vec![["Ann and Ben, who read", "0.712 (0.604 to 0.803)", "12, 40 not known"].map(Cell::new).to_vec()];
        let table = Table { columns, rows, ..Table::default() };
        let mut harness = egui_kittest::Harness::builder().with_size([240.0, 120.0]).build_ui(move |ui| {
            crate::ui::theme::apply(ui.ctx(), &Theme::dark());
            table.ui(ui, &Theme::dark());
        });
        harness.run();
        harness.hover_at(egui::pos2(100.0, 60.0));
        harness.run();
        // What lies beyond the window is part of the row, to be scrolled to.
        let row = harness.get_by_label_contains("Ann and Ben").rect();
        assert!(row.width() > 300.0, "{row:?}");
        for _ in 0..4 {
            harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: Vec2::new(-400.0, 0.0),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Wheel,
                modifiers: egui::Modifiers::NONE,
            });
            harness.run();
        }
        let scrolled = harness.get_by_label_contains("Ann and Ben").rect();
        assert!(scrolled.right() <= 240.0 && scrolled.left() < row.left(), "{scrolled:?}");
    }

    #[test]
    fn a_row_is_spoken_with_its_heads() {
        let table = Table { columns: vec![Column::yielding(""), Column::right("F1")], ..Table::default() };
        assert_eq!(table.spoken(&[Cell::new("run 3"), Cell::new("0.85")]), "run 3, F1 0.85");
    }
}
