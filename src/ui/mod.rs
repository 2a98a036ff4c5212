//! The window: screens, panels, widgets, keys and colours. It paints [`View`](crate::session::View)s and sends
//! [`Command`](crate::session::Command)s, and does no file, database or tensor work of its own.

pub mod action;
pub mod context;
mod default_keys;
pub mod fonts;
pub mod keymap;
pub mod review;
pub mod shortcut;
pub mod theme;
pub mod widgets;

pub use action::{Action, Screen, When};
pub use context::Ui;
pub use keymap::Keymap;
pub use theme::Theme;
