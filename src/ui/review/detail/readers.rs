//! What each reader said last of the image, where several have: whoever adjudicates takes one's word with a press.

use crate::session::ReaderWord;
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Label, Ui};

/// Shows a line a reader; nothing where fewer than two have said anything.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, current: &Current<'_>) {
    let Some(detail) = current.detail.filter(|detail| !detail.readers.words.is_empty()) else { return };
    ui.add_space(space::M);
    let title = if detail.readers.differ { "Readers differ" } else { "Readers agree" };
    widgets::section_with(ui, cx.theme, title, |_| {});
    for one in &detail.readers.words {
        line(ui, cx, current, one);
    }
}

fn line(ui: &mut Ui, cx: &mut PanelContext<'_>, current: &Current<'_>, one: &ReaderWord) {
    let theme = cx.theme;
    let in_force = if one.in_force { ", in force" } else { "" };
    let text = format!("{}: {} ({}{in_force})", one.who, one.what, one.time);
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
        // Findings and boxes are taken one by one, with the tools there are for them.
        let classes = &current.project.classes;
        let taken_whole = !classes.findings && !current.project.is_about_boxes();
        let Some(label) = one.label.filter(|label| taken_whole && !one.in_force && *label < classes.len()) else {
            return;
        };
        let name = format!("Take {} as {} says", classes.name(label), one.who);
        let button = Button::new("Take").name(name).style(ButtonStyle::Quiet).enabled(cx.read_only().is_none());
        if button.ui(ui, theme).clicked() {
            cx.push(ReviewAction::Label(label));
        }
    });
}
