//! The window: screens, panels, widgets, keys and colours. It paints [`View`](crate::session::View)s and sends
//! [`Command`](crate::session::Command)s, and does no file, database or tensor work of its own.

pub mod action;
pub mod app;
pub mod context;
mod data;
mod default_keys;
pub mod dialogs;
mod evaluate;
mod export;
pub mod fonts;
mod guard;
mod help;
mod icon;
mod import;
mod imports;
pub mod key_profiles;
mod keymap;
mod keys;
mod models;
mod palette;
mod past;
mod phrases;
mod pixels;
mod prompt;
mod readers;
mod reading;
mod reason;
pub mod review;
mod run;
mod screens;
mod settings;
pub mod shortcut;
mod start;
mod status_bar;
mod summary;
pub mod theme;
mod top_bar;
mod train;
mod turns;
pub mod widgets;

pub use action::{Action, Screen, When};
pub use app::App;
pub use context::PanelContext;
pub use keymap::Keymap;
pub use run::{RunError, run, run_over};
pub use theme::Theme;
