//! What was said of an image, by whom and when.

use crate::session::{DeskCommand, HistoryLine};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::text::{LayoutJob, TextFormat};
use egui::{Label, Ui};

/// Shows it, the newest first or last as the person likes it. The lines come the newest first.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, lines: &[HistoryLine]) {
    if lines.is_empty() {
        return;
    }
    let theme = cx.theme;
    let oldest_first = cx.view.preferences.labelling.oldest_first;
    let mut turn = false;
    widgets::section_with(ui, theme, "History", |ui| {
        if lines.len() > 1 {
            let now = if oldest_first { "Oldest first" } else { "Newest first" };
            let button = Button::new(now).style(ButtonStyle::Link).tooltip("Turn the order round");
            turn = button.ui(ui, theme).clicked();
        }
    });
    if turn {
        let mut preferences = (*cx.view.preferences).clone();
        preferences.labelling.oldest_first = !oldest_first;
        cx.send(DeskCommand::SetPreferences(preferences));
    }
    let mut line = |line: &HistoryLine| {
        let mut job = LayoutJob::default();
        let format = |font, color| TextFormat { font_id: font, color, ..TextFormat::default() };
        job.append(&line.time, 0.0, format(fonts::regular(12.0), theme.faint));
        job.append(&line.who, 8.0, format(fonts::medium(12.0), theme.text));
        job.append(&line.what.replace(" -> ", " \u{2192} "), 6.0, format(fonts::regular(12.0), theme.muted));
        ui.add(Label::new(job).wrap());
    };
    if oldest_first {
        lines.iter().rev().for_each(&mut line);
    } else {
        lines.iter().for_each(&mut line);
    }
}
