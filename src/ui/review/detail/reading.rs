//! How the reader reads where the model and the others are not to be seen, and the commit that reveals them.

use crate::domain::ReadingMode;
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::theme::{radius, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Frame, Label, Margin, Stroke, Ui};

/// A title and what is to be said of a way of reading, of an image that is revealed or not, while a study runs or not.
fn said(reading: ReadingMode, revealed: bool, study: bool) -> Option<(&'static str, &'static str)> {
    match (reading, revealed) {
        (ReadingMode::Assisted, _) => None,
        (ReadingMode::Blind, _) => Some((
            "Blind reading",
            "Neither the model nor other readers are shown. What you say stands beside theirs and does not come into force.",
        )),
        (ReadingMode::Reveal, true) if study => Some((
            "Committed",
            "Your first reading is kept. The model is shown, and the other readers once the study has ended; what you change now is \
             kept beside it.",
        )),
        (ReadingMode::Reveal, true) => Some((
            "Committed",
            "Your first reading is kept. The model and the other readers are shown; what you change now is kept beside it.",
        )),
        (ReadingMode::Reveal, false) if study => Some((
            "Not committed yet",
            "Say what you see, then commit: the model appears after that, and the other readers once the study has ended.",
        )),
        (ReadingMode::Reveal, false) => Some((
            "Not committed yet",
            "Say what you see, then commit: the model and the other readers appear after that.",
        )),
    }
}

/// Says so at the head of the panel; nothing where all is shown.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, current: &Current<'_>) {
    let theme = cx.theme;
    let Some((title, text)) = said(current.project.reading, current.is_revealed(), current.project.study) else {
        return;
    };
    let frame = Frame::new()
        .fill(theme.wash(theme.accent, 0.10))
        .stroke(Stroke::new(1.0, theme.wash(theme.accent, 0.45)))
        .corner_radius(radius::M)
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(widgets::heading(theme, title));
        ui.add(Label::new(widgets::caption(theme, text).color(theme.text)).wrap());
        // Where an image is of one class its own button does that.
        let own_button = current.project.classes.findings || current.project.is_about_boxes();
        if let (Some(text), true) = (enter(current), own_button) {
            let said = current.detail.is_some_and(|detail| !detail.annotation.is_untouched());
            let enabled = said && cx.read_only().is_none();
            let button = Button::new(text).name("Commit or go on").key(cx.key(ReviewAction::Accept)).enabled(enabled);
            let button = button.style(ButtonStyle::Lead).full_width();
            let response = button.ui(ui, theme).on_disabled_hover_text("Say what you see first.");
            if response.clicked() {
                cx.push(ReviewAction::Accept);
            }
        }
    });
    ui.add_space(space::S);
}

/// What Enter does where readings are committed; nothing in any other way of reading, and where nothing is said yet.
pub(super) fn enter(current: &Current<'_>) -> Option<&'static str> {
    let detail = current.detail.filter(|_| current.project.reading == ReadingMode::Reveal)?;
    match (detail.committed, detail.annotation.is_untouched()) {
        (true, _) => Some("Next image"),
        (false, false) => Some("Commit and reveal"),
        (false, true) => None,
    }
}

/// How it stands with the reader's own reading of this image.
pub(super) fn stands(current: &Current<'_>) -> &'static str {
    match (current.project.reading, current.is_revealed()) {
        (ReadingMode::Reveal, false) => "Said, and not committed yet.",
        (ReadingMode::Reveal, true) => "Committed.",
        (ReadingMode::Assisted | ReadingMode::Blind, _) => "Said, in a reading of your own.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_a_study_runs_no_other_readers_are_promised_by_a_reveal() {
        let text = |revealed, study| said(ReadingMode::Reveal, revealed, study).unwrap().1;
        for revealed in [false, true] {
            assert!(text(revealed, true).contains("other readers once the study has ended"));
            assert!(!text(revealed, false).contains("study"));
        }
        assert!(said(ReadingMode::Blind, false, true).unwrap().1.contains("Neither the model"));
        assert_eq!(said(ReadingMode::Assisted, true, true), None);
    }
}
