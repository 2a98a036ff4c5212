//! The keys: the table in which they are changed, and what of it the search finds.

use super::rows::Rows;
use super::{KEYS, State};
use crate::session::{DeskCommand, OwnKeys};
use crate::ui::context::PanelContext;
use crate::ui::widgets::Button;

/// What the search finds; chosen by its tab, the section is the table itself.
pub(super) fn show(rows: &mut Rows<'_, '_>, state: &mut State) {
    rows.row("Change the keys", "Shortcuts of all actions and of each class, one by one.", |ui, cx, _| {
        if Button::new("Show the keys").ui(ui, cx.theme).clicked() {
            (state.section, state.search) = (KEYS, String::new());
        }
    });
}

/// As the program comes.
pub(super) fn reset(cx: &mut PanelContext<'_>) {
    cx.send(DeskCommand::SetKeys(OwnKeys::default()));
}
