//! How far the reader is in the list that was assigned.

use crate::domain::ReadingMode;
use crate::session::ProjectView;
use crate::ui::context::PanelContext;
use crate::ui::widgets;
use egui::{Frame, Label, Margin, Ui};

/// Shows it while the queue is that list.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView) {
    let Some(mine) = project.assigned.as_ref().filter(|_| project.filter.assigned) else { return };
    let theme = cx.theme;
    Frame::new().fill(theme.wash(theme.accent, 0.10)).inner_margin(Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(widgets::caption(theme, mine.sentence())).wrap());
    });
}

/// What is said where nothing of it is left: how it ended and what is to be done then.
pub(super) fn finished(project: &ProjectView) -> Option<(String, String)> {
    let mine = project.assigned.as_ref().filter(|mine| project.filter.assigned && mine.is_finished())?;
    let next = match project.reading {
        ReadingMode::Assisted => "What you said is in force.",
        ReadingMode::Blind => "Your readings stand beside those of others.",
        ReadingMode::Reveal => "All your readings are committed.",
    };
    let title = format!("Your list is read: all {}", mine.total);
    Some((title, format!("{next} Where others read in copies of their own, hand yours on now: overread share.")))
}
