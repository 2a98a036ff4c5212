//! Which column of a table holds what.

use super::state::State;
use crate::session::{BoxColumns, DeskCommand, ImportSource, ImportView, InCell, Mapping, TableHead};
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Cell, Column, Table};
use egui::Ui;

const NAME_WIDTH: f32 = 130.0;
/// Columns shown of a wide table.
const SHOWN: usize = 7;

/// Shows the first rows and the choice of columns, where the source is a table.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, import: &ImportView) {
    let Some(table) = &import.table else { return };
    let theme = cx.theme;
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Columns");
        let before = if table.remembered { ", with the columns as they were chosen before" } else { "" };
        ui.label(widgets::caption(theme, format!("The first rows of {}{before}", table.file)));
        first_rows(ui, theme, table);
        let mut mapping = state.columns.clone().unwrap_or_else(Mapping::nothing);
        column(ui, theme, table, "Image", Some(mapping.image).filter(|at| *at < table.columns.len()), false, |at| {
            mapping.image = at.unwrap_or(usize::MAX);
        });
        let before = mapping.class;
        let Mapping { class, group, split, reader, .. } = &mut mapping;
        for (name, place) in [("Class", class), ("Patient or group", group), ("Split", split), ("Reader", reader)] {
            let now = *place;
            column(ui, theme, table, name, now, true, |at| *place = at);
        }
        if mapping.class != before {
            mapping.yes_or_no = None;
        }
        boxes(ui, theme, table, &mut mapping.boxes);
        let missing = missing(table, &mapping);
        let changed = Some(&mapping) != import.source.columns.as_ref().or(table.suggested.as_ref());
        state.columns = Some(mapping.clone());
        ui.horizontal(|ui| {
            ui.add_space(NAME_WIDTH);
            let read = Button::new("Read with these columns")
                .style(ButtonStyle::Primary)
                .enabled(missing.is_none() && changed);
            if read.ui(ui, theme).clicked() {
                let source = ImportSource { columns: Some(mapping), format: import.format, ..state.source() };
                cx.send(DeskCommand::ReadSource(source));
            }
            if let Some(missing) = missing {
                ui.label(widgets::caption(theme, missing).color(theme.warning));
            }
        });
    });
}

/// What is still to be chosen before the table can be read.
fn missing(table: &TableHead, mapping: &Mapping) -> Option<&'static str> {
    if mapping.image >= table.columns.len() {
        return Some("Say which column names the image.");
    }
    let sides = match &mapping.boxes {
        Some(BoxColumns::Corners(places) | BoxColumns::Size(places) | BoxColumns::Middle(places)) => places.as_slice(),
        Some(BoxColumns::OneCell(place, _)) => std::slice::from_ref(place),
        None => &[],
    };
    let distinct = sides.iter().chain([&mapping.image]).collect::<std::collections::BTreeSet<_>>().len();
    (distinct <= sides.len()).then_some("Say which columns hold the box, each another one.")
}

fn first_rows(ui: &mut Ui, theme: &Theme, table: &TableHead) {
    let columns = table.columns.iter().take(SHOWN).map(Column::left).collect();
    let rows = table.rows.iter().map(|row| row.iter().take(SHOWN).map(Cell::new).collect()).collect();
    egui::ScrollArea::horizontal().id_salt("first rows").show(ui, |ui| {
        Table { columns, rows, ..Table::default() }.ui(ui, theme);
    });
}

fn column(
    ui: &mut Ui,
    theme: &Theme,
    table: &TableHead,
    name: &str,
    now: Option<usize>,
    optional: bool,
    mut set: impl FnMut(Option<usize>),
) {
    widgets::labelled(ui, theme, name, NAME_WIDTH, "", |ui| {
        let label = format!("Column of {}", name.to_lowercase());
        let shown = now.and_then(|at| table.columns.get(at)).map_or("none", String::as_str);
        widgets::drop_down(ui, theme, &label, shown, 220.0, |ui| {
            if optional && widgets::choice(ui, theme, "none", now.is_none()) {
                set(None);
            }
            for (at, column) in table.columns.iter().enumerate() {
                if widgets::choice(ui, theme, column, now == Some(at)) {
                    set(Some(at));
                }
            }
        });
    });
}

const KINDS: [&str; 7] = [
    "none",
    "left, top, right, bottom",
    "left, top, width, height",
    "all four in one cell",
    "middle x, middle y, width, height",
    "left, top, right, bottom in one cell",
    "left, top, width, height in one cell",
];
/// The kinds that one column holds.
const ONE_CELL: [usize; 3] = [3, 5, 6];

fn boxes(ui: &mut Ui, theme: &Theme, table: &TableHead, boxes: &mut Option<BoxColumns>) {
    let kind = match boxes {
        None => 0,
        Some(BoxColumns::Corners(_)) => 1,
        Some(BoxColumns::Size(_)) => 2,
        Some(BoxColumns::OneCell(_, None)) => 3,
        Some(BoxColumns::Middle(_)) => 4,
        Some(BoxColumns::OneCell(_, Some(InCell::Corners))) => 5,
        Some(BoxColumns::OneCell(_, Some(InCell::Size))) => 6,
    };
    let places = match boxes {
        Some(BoxColumns::Corners(places) | BoxColumns::Size(places) | BoxColumns::Middle(places)) => *places,
        Some(BoxColumns::OneCell(place, _)) => [*place; 4],
        None => [0; 4],
    };
    let mut chosen = kind;
    let mut now = places;
    widgets::labelled(ui, theme, "Box", NAME_WIDTH, "In pixels from the top left corner.", |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let shown = KINDS.get(kind).copied().unwrap_or_default();
            widgets::drop_down(ui, theme, "Form of the box", shown, 196.0, |ui| {
                for (index, text) in KINDS.into_iter().enumerate() {
                    if widgets::choice(ui, theme, text, kind == index) {
                        chosen = index;
                    }
                }
            });
            let used = match kind {
                0 => 0,
                kind if ONE_CELL.contains(&kind) => 1,
                _ => 4,
            };
            // The numbers of one cell have one column.
            let kind = if ONE_CELL.contains(&kind) { 3 } else { kind };
            let names = KINDS.get(kind).copied().unwrap_or_default().split(", ");
            for (place, name) in now.iter_mut().take(used).zip(names) {
                let shown = table.columns.get(*place).map_or("none", String::as_str);
                widgets::drop_down(ui, theme, &format!("Column of {name}"), shown, 98.0, |ui| {
                    for (at, column) in table.columns.iter().enumerate() {
                        if widgets::choice(ui, theme, column, *place == at) {
                            *place = at;
                        }
                    }
                });
            }
        });
    });
    if chosen != kind || now != places {
        *boxes = match chosen {
            1 => Some(BoxColumns::Corners(now)),
            2 => Some(BoxColumns::Size(now)),
            3 => Some(BoxColumns::OneCell(now[0], None)),
            5 => Some(BoxColumns::OneCell(now[0], Some(InCell::Corners))),
            6 => Some(BoxColumns::OneCell(now[0], Some(InCell::Size))),
            4 => Some(BoxColumns::Middle(now)),
            _ => None,
        };
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
