//! A button that asks for an action, with what the keymap says of it.

use super::{Button, ButtonStyle};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use egui::{Response, Ui};

/// A button for a line of the keymap: its title (or other text) and its tooltip with the key, disabled when it makes no sense.
pub fn action_button(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    action: Action,
    text: Option<&str>,
    style: ButtonStyle,
    enabled: bool,
) -> Response {
    let title = cx.keymap.title(&action).to_owned();
    let button = Button::new(text.unwrap_or(&title)).style(style).enabled(enabled).tooltip(cx.tooltip(action.clone()));
    let response = button.ui(ui, cx.theme);
    if response.clicked() {
        cx.push(action);
    }
    response
}
