//! A press that closes an open menu closes that and does nothing else.

use super::State;
use egui::{Popup, Response, Ui};

/// Whether the press under way is meant for a menu that was open over the picture, or anywhere else: it closes that and does
/// nothing to the picture, until the button is up again. A drag, which egui closes no menu for, does the same.
pub(super) fn only_closes(ui: &Ui, response: &Response, state: &mut State) -> bool {
    let (pressed, idle) = ui.input(|i| (i.pointer.any_pressed(), !i.pointer.any_down() && !i.pointer.any_released()));
    if idle {
        state.closing = false;
    }
    if pressed && response.contains_pointer() && Popup::is_any_open(ui.ctx()) {
        Popup::close_all(ui.ctx());
        state.closing = true;
    }
    state.closing
}
