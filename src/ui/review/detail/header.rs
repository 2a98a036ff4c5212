//! What was remarked on reading the file, and the header of a DICOM file: every attribute, searchable, with those that may tell who the patient is hidden until
//! asked for.

use crate::session::{Fetched, Header, HeaderLine};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::theme::{Theme, space};
use crate::ui::{fonts, widgets};
use egui::{CollapsingHeader, Label, Margin, ScrollArea, TextEdit};

/// Rows shown without scrolling the list by itself, in points.
const HEIGHT: f32 = 300.0;

/// What the section remembers.
#[derive(Default)]
pub struct State {
    search: String,
    identifying: bool,
}

/// Shows remarks, where there are any, and the header, folded at first; pictures of other formats have none.
pub(super) fn show(ui: &mut egui::Ui, cx: &PanelContext<'_>, state: &mut State, current: &Current<'_>) {
    let Some(detail) = current.detail else { return };
    if !detail.remarks.is_empty() {
        ui.add_space(space::M);
        widgets::section_with(ui, cx.theme, "How the file was read", |_| {});
        detail.remarks.iter().for_each(|remark| sentence(ui, cx.theme, &format!("{remark}.")));
    }
    if !detail.dicom {
        return;
    }
    ui.add_space(space::M);
    let title = widgets::section_text("DICOM header", cx.theme.muted);
    CollapsingHeader::new(title).id_salt("header").show_unindented(ui, |ui| match cx.fetch.header(current.row.id) {
        Fetched::Ready(header) => list(ui, cx.theme, state, &header),
        Fetched::Loading(_) => sentence(ui, cx.theme, "Reading the header…"),
        Fetched::Failed(why) => sentence(ui, cx.theme, &why),
    });
}

fn sentence(ui: &mut egui::Ui, theme: &Theme, text: &str) {
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
}

fn list(ui: &mut egui::Ui, theme: &Theme, state: &mut State, header: &Header) {
    let edit = TextEdit::singleline(&mut state.search)
        .hint_text("Search names, numbers, values")
        .desired_width(f32::INFINITY)
        .margin(Margin::symmetric(10, 6));
    widgets::named(ui.add(edit), "Search the header");
    let text = widgets::caption(theme, "Show what may identify the patient");
    ui.checkbox(&mut state.identifying, text);
    let wanted = state.search.to_lowercase();
    let fits = |line: &&HeaderLine| matches(line, &wanted, state.identifying);
    let lines: Vec<&HeaderLine> = header.lines.iter().filter(fits).collect();
    if lines.is_empty() {
        sentence(ui, theme, "Nothing in the header has these letters.");
        return;
    }
    let row = ui.text_style_height(&egui::TextStyle::Body) * 2.0 + 4.0;
    ScrollArea::vertical().id_salt("header lines").min_scrolled_height(HEIGHT).max_height(HEIGHT).show_rows(
        ui,
        row,
        lines.len(),
        |ui, range| {
            for line in lines.get(range).unwrap_or_default() {
                attribute(ui, theme, line, state.identifying);
            }
        },
    );
    let hidden = header.lines.iter().filter(|line| line.identifying).count();
    if !state.identifying && hidden > 0 {
        sentence(ui, theme, &format!("{hidden} values are hidden because they may tell who the patient is."));
    }
}

/// Values that are hidden are not searched: finding one would tell it.
fn matches(line: &HeaderLine, wanted: &str, identifying: bool) -> bool {
    let value = !line.identifying || identifying;
    line.name.to_lowercase().contains(wanted)
        || line.tag.to_lowercase().contains(wanted)
        || (value && line.value.to_lowercase().contains(wanted))
}

fn attribute(ui: &mut egui::Ui, theme: &Theme, line: &HeaderLine, identifying: bool) {
    let hidden = line.identifying && !identifying;
    let value = if hidden { "hidden" } else { line.value.as_str() };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width();
        let shift = 10.0 * line.depth as f32;
        let name = format!("{} {}", line.tag, line.name);
        for (text, ink) in [(name.as_str(), theme.faint), (value, if hidden { theme.faint } else { theme.text })] {
            let galley = widgets::elided(ui.painter(), text, fonts::regular(12.0), ink, width - shift);
            let (rect, response) = ui.allocate_exact_size(egui::vec2(width, galley.size().y), egui::Sense::hover());
            widgets::line(ui.painter(), rect.left() + shift, rect.center().y, galley);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
            response.on_hover_text(text);
        }
        ui.add_space(4.0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_value_cannot_be_found_out_by_searching() {
        let line = HeaderLine {
            tag: "(0010,0010)".into(),
            depth: 0,
            name: "PatientName".into(),
            value: "Roe^Jane".into(),
            identifying: true,
        };
        assert!(matches(&line, "patient", false));
        assert!(!matches(&line, "jane", false));
        assert!(matches(&line, "jane", true));
    }
}
