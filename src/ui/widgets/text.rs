//! Text in the sizes and weights of the design.

use crate::ui::fonts;
use crate::ui::theme::Theme;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Response, RichText, Ui};

/// Body text.
pub fn body(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(fonts::BODY)).color(theme.text)
}

/// Names and values that carry the meaning of a line.
pub fn strong(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::medium(fonts::BODY)).color(theme.text)
}

/// Secondary text.
pub fn caption(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(12.0)).color(theme.muted)
}

/// Text that helps and may be passed over.
pub fn faint(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::regular(fonts::SMALL)).color(theme.faint)
}

/// The name of what a screen or card is about.
pub fn heading(theme: &Theme, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::semibold(15.0)).color(theme.text)
}

/// A line of help under a control, wrapping.
pub fn hint(ui: &mut Ui, theme: &Theme, text: impl Into<String>) -> Response {
    ui.add(egui::Label::new(faint(theme, text)).wrap())
}

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
