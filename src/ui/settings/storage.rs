//! What lies where, and how large it is.

use super::State;
use super::rows::Rows;
use crate::session::DeskCommand;
use crate::ui::phrases;
use crate::ui::theme::CONTROL_HEIGHT;
use crate::ui::widgets::{self, Button, ButtonStyle};

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, state: &mut State) {
    if !std::mem::replace(&mut state.measured, true) {
        rows.cx.send(DeskCommand::MeasureStorage);
    }
    let Some(storage) = rows.cx.view.storage.clone() else {
        rows.note("Sizes", "They are being measured.");
        return;
    };
    for line in storage.lines.iter() {
        let help = format!("{}\n{}", line.what, line.path.display());
        rows.row(&line.name, &help, |ui, cx, _| {
            ui.horizontal(|ui| {
                let size = line.bytes.map_or_else(|| "nothing yet".to_owned(), phrases::bytes);
                let layout = egui::Layout::left_to_right(egui::Align::Center);
                ui.allocate_ui_with_layout(egui::vec2(96.0, CONTROL_HEIGHT), layout, |ui| {
                    ui.set_min_width(96.0);
                    ui.label(widgets::body(cx.theme, size));
                });
                let show = Button::new("Show").name(format!("Show the folder of: {}", line.name));
                if show.style(ButtonStyle::Quiet).enabled(line.bytes.is_some()).ui(ui, cx.theme).clicked() {
                    cx.send(DeskCommand::Show(line.folder.clone()));
                }
            });
        });
    }
    let open = rows.cx.view.project.as_ref().filter(|project| project.read_only.is_none()).is_some();
    let help = "Thumbnails of the open project; they are made again when they are needed. Labels, models and what runs \
                need to be resumed stay.";
    rows.row("Clear the cache", help, |ui, cx, _| {
        let button = Button::new("Clear the cache").enabled(open);
        if button.ui(ui, cx.theme).clicked() {
            cx.send(DeskCommand::ClearCache);
        }
    });
}
