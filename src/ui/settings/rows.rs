//! The rows of a section: those that the search is about are shown, under the section's head.

use crate::session::Preferences;
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Label, Ui};

/// The width of the names; where there is no room beside them, what is set stands below.
const NAMES: f32 = 190.0;
const NARROW: f32 = 440.0;

/// What a section shows itself with.
pub struct Rows<'r, 'c> {
    ui: &'r mut Ui,
    pub cx: &'r mut PanelContext<'c>,
    title: &'static str,
    words: &'r [String],
    headed: bool,
    /// As they will be.
    pub preferences: &'r mut Preferences,
}

impl<'r, 'c> Rows<'r, 'c> {
    /// Of a section with this title; of its rows those that have all the words.
    pub fn new(
        ui: &'r mut Ui,
        cx: &'r mut PanelContext<'c>,
        title: &'static str,
        words: &'r [String],
        preferences: &'r mut Preferences,
    ) -> Self {
        Self { ui, cx, title, words, headed: false, preferences }
    }

    /// Whether any row was shown.
    pub fn is_shown(&self) -> bool {
        self.headed
    }

    /// Whether a row with this name and these words of help is looked for; then the section's head stands above it.
    fn begins(&mut self, name: &str, help: &str) -> bool {
        let text = format!("{} {name} {help}", self.title).to_lowercase();
        if !self.words.iter().all(|word| text.contains(word.as_str())) {
            return false;
        }
        if !self.headed {
            widgets::section(self.ui, self.cx.theme, self.title);
            self.headed = true;
        }
        self.ui.add_space(space::XS);
        true
    }

    /// Something that can be set: its name, what to know of it, and the control.
    pub fn row(
        &mut self,
        name: &str,
        help: &str,
        control: impl FnOnce(&mut Ui, &mut PanelContext<'_>, &mut Preferences),
    ) {
        if !self.begins(name, help) {
            return;
        }
        let theme = self.cx.theme;
        if self.ui.available_width() < NARROW {
            self.ui.label(widgets::body(theme, name));
            control(self.ui, self.cx, self.preferences);
            widgets::hint(self.ui, theme, help);
        } else {
            widgets::labelled(self.ui, theme, name, NAMES, help, |ui| control(ui, self.cx, self.preferences));
        }
        self.ui.add_space(space::S);
    }

    /// Something to know, which cannot be set.
    pub fn note(&mut self, name: &str, text: &str) {
        if !self.begins(name, text) {
            return;
        }
        let theme = self.cx.theme;
        self.ui.label(widgets::strong(theme, name));
        self.ui.add(Label::new(widgets::body(theme, text).color(theme.muted)).wrap());
        self.ui.add_space(space::S);
    }
}
