//! What every panel gets for one frame: the session, its view, the theme, the keys, and where to put its actions.

use super::action::Action;
use super::keymap::Keymap;
use super::theme::Theme;
use crate::session::{Command, View, Workbench};

/// Read-only surroundings of a panel and the list its actions go to; they are applied after painting.
pub struct PanelContext<'a> {
    pub bench: &'a dyn Workbench,
    pub view: &'a View,
    pub theme: &'a Theme,
    pub keymap: &'a Keymap,
    /// Pushed while painting, applied after it.
    pub actions: &'a mut Vec<Action>,
}

impl PanelContext<'_> {
    /// Asks for an action.
    pub fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Asks the session for something.
    pub fn send(&mut self, command: impl Into<Command>) {
        self.actions.push(Action::Send(command.into()));
    }

    /// Why nothing can be changed, where that is so.
    pub fn read_only(&self) -> Option<&str> {
        self.view.project.as_ref()?.read_only.as_deref()
    }

    /// The key that does an action, "Ctrl P"; empty where there is none.
    pub fn key(&self, action: &Action) -> String {
        self.keymap.key_text(action).unwrap_or_default()
    }

    /// Text for a tooltip: what an action does and its key.
    pub fn tooltip(&self, action: &Action) -> String {
        self.keymap.tooltip(action)
    }
}
