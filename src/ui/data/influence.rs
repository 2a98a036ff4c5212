//! What the model does to its readers: readings that were committed before it was revealed, and what became of them.

use crate::session::{CountedPart, Influence, Influences};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Cell, Column, Table};
use egui::{Label, Ui};

/// Shows it, of which there is something.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, found: &Influences) {
    let theme = cx.theme;
    widgets::section(ui, theme, "What the model does to its readers");
    let text = "Readings that were committed before the model was revealed, and what became of them. \"Misled\" is how often a \
                wrong answer was taken by a reader who had said something else (automation bias), \"gained\" the same of right \
                ones, where the truth is known from others. In brackets 95 % intervals (Wilson).";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    let titles =
        ["Agreed before", "Agreed after", "Took its answer", "Right before", "Right after", "Gained", "Misled"];
    let mut columns = vec![Column::left("Reader"), Column::left("Model"), Column::right("Answers")];
    columns.extend(titles.map(Column::right));
    columns.push(Column::right("Seconds an image"));
    let of_readers = found.readers.iter().map(|one| (one.reader.as_str(), one.model.as_str(), &one.all));
    let together = found.models.iter().filter(|_| found.readers.len() > 1);
    let of_all = together.map(|(model, all)| ("all", model.as_str(), all));
    let rows = of_readers.chain(of_all).map(|(reader, model, all)| row(reader, model, all)).collect();
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
    for one in found.readers.iter().filter(|one| !one.over_time.is_empty()) {
        let parts: Vec<String> = one.over_time.iter().map(|part| share(part.followed)).collect();
        let text = format!("{}, {}, took its answer over time: {}", one.reader, one.model, parts.join(", then "));
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
    }
    if found.without_answer > 0 {
        ui.add_space(space::XS);
        let count = phrases::count(found.without_answer, "committed reading is", "committed readings are");
        let text = format!("{count} not counted: no model had answered, or one that draws boxes.");
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
    }
}

fn row(reader: &str, model: &str, all: &Influence) -> Vec<Cell> {
    let mut cells = vec![Cell::strong(reader), Cell::new(model), Cell::new(phrases::thousands(all.answers))];
    let parts =
        [all.agreed_first, all.agreed_last, all.followed, all.right_first, all.right_last, all.gained, all.misled];
    cells.extend(parts.map(|part| Cell::new(share(part))));
    let seconds = all.median_first_ms.map(|ms| format!("{:.1}", ms as f64 / 1000.0));
    cells.push(Cell::new(seconds.unwrap_or_else(|| "not known".to_owned())));
    cells
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: CountedPart) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => "none".to_owned(),
    }
}
