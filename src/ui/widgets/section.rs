//! Heads of sections.

use super::text::line;
use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Response, Role, Sense, Ui, WidgetInfo, vec2};

/// A section head: small capitals, spaced out.
pub fn section(ui: &mut Ui, theme: &Theme, title: &str) -> Response {
    ui.label(section_text(title, theme.muted))
}

/// The text of a section head in any colour.
pub fn section_text(title: &str, color: Color32) -> LayoutJob {
    let format =
        TextFormat { font_id: fonts::semibold(fonts::SMALL), extra_letter_spacing: 0.7, color, ..Default::default() };
    LayoutJob::single_section(title.to_uppercase(), format)
}

/// The same at a fixed height and named as a heading, with room for something at its right end.
pub fn section_with<R>(ui: &mut Ui, theme: &Theme, text: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let job = section_text(text, theme.muted);
    let galley = ui.painter().layout_job(job);
    line(ui.painter(), rect.left(), rect.center().y, galley);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, text));
    let builder = egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::right_to_left(egui::Align::Center));
    // A child that does not move the cursor: what comes next begins under the head whatever stands at its right.
    right(&mut ui.new_child(builder))
}
