//! That an image is signed off, with the way to reopen it; and the button that signs it off.

use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::theme::{radius, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Frame, Label, Margin, Stroke, Ui};

/// Says so at the head of the panel; nothing while the image is open.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, current: &Current<'_>) {
    let Some(by) = current.signed_by() else { return };
    let theme = cx.theme;
    let frame = Frame::new()
        .fill(theme.wash(theme.truth, 0.10))
        .stroke(Stroke::new(1.0, theme.wash(theme.truth, 0.45)))
        .corner_radius(radius::M)
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let said = current.detail.and_then(|detail| detail.signed.clone());
        ui.add(Label::new(widgets::heading(theme, said.unwrap_or_else(|| format!("Signed off by {by}")))).wrap());
        let mut text = "What is said of it is locked for everybody until it is reopened with a reason.".to_owned();
        let elsewhere = current.detail.is_some_and(|d| d.annotation.signed.iter().any(|one| one.elsewhere));
        if elsewhere {
            text.push_str(
                " The sign-off came from a copy in which the image said something else: reopen it, adjudicate, and sign it \
                 off anew.",
            );
        }
        ui.add(Label::new(widgets::caption(theme, text).color(theme.text)).wrap());
        let button = Button::new("Reopen\u{2026}").name("Reopen").enabled(cx.read_only().is_none());
        let tip = cx.tooltip(ReviewAction::Reopen);
        let why = cx.read_only().unwrap_or_default().to_owned();
        let response = button.key(cx.key(ReviewAction::Reopen)).ui(ui, theme).on_hover_text(tip);
        if response.on_disabled_hover_text(why).clicked() {
            cx.push(ReviewAction::Reopen);
        }
    });
    ui.add_space(space::S);
}

/// The button that signs the image off, once it is reviewed.
pub(super) fn offer(ui: &mut Ui, cx: &mut PanelContext<'_>, current: &Current<'_>) {
    if current.project.reading.is_own() || current.signed_by().is_some() || !current.is_reviewed() {
        return;
    }
    let tip = format!("{} until it is reopened with a reason", cx.tooltip(ReviewAction::SignOff));
    let button = Button::new("Sign off").style(ButtonStyle::Quiet).key(cx.key(ReviewAction::SignOff));
    let response = button.enabled(cx.read_only().is_none()).ui(ui, cx.theme).on_hover_text(tip);
    let why = cx.read_only().unwrap_or_default().to_owned();
    if response.on_disabled_hover_text(why).clicked() {
        cx.push(ReviewAction::SignOff);
    }
}
