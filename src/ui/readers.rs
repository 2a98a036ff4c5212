//! Who reads now, asked where more than one has worked in a project: what is said next is signed by whoever that is.

use super::prompt::Outcome;
use super::theme::{Theme, space};
use super::widgets::{self, Button, ButtonStyle};
use egui::{Context, Id, Key, Modal, Modifiers};
use std::sync::Arc;

/// The question, and the answer as far as it is given.
pub struct Question {
    /// Who has worked here, the last one first.
    pub readers: Arc<Vec<String>>,
    chosen: usize,
    /// A name that is not among them.
    other: String,
}

impl Question {
    /// With the last one chosen.
    pub fn new(readers: Arc<Vec<String>>) -> Self {
        Self { readers, chosen: 0, other: String::new() }
    }

    fn name(&self) -> Option<&str> {
        let other = self.other.trim();
        if other.is_empty() { self.readers.get(self.chosen).map(String::as_str) } else { Some(other) }
    }

    /// Shows it; the name that was chosen. Closed, the project is to be closed too.
    pub fn show(&mut self, ctx: &Context, theme: &Theme) -> Outcome<String> {
        let mut outcome = Outcome::Open;
        let modal =
            Modal::new(Id::unique("who reads")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
        let response = modal.show(ctx, |ui| {
            ui.set_width(400.0);
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(widgets::heading(theme, "Who is reading?"));
            let text = "More than one person reads in this project. What you say is signed with your name.";
            ui.add(egui::Label::new(widgets::body(theme, text).color(theme.muted)).wrap());
            self.arrows(ui);
            let typed = !self.other.trim().is_empty();
            egui::ScrollArea::vertical().max_height(220.0).show(ui, |ui| {
                for (index, name) in self.readers.iter().enumerate() {
                    let last = if index == 0 { format!("{name} (the last one)") } else { name.clone() };
                    if ui.radio(!typed && self.chosen == index, last).clicked() {
                        self.chosen = index;
                        self.other.clear();
                    }
                }
            });
            widgets::text_field(ui, theme, &mut self.other, "Somebody else", "Somebody else: name or initials", 360.0);
            let name = self.name().map(str::to_owned);
            ui.horizontal(|ui| {
                let go = format!("Go on as {}", name.as_deref().unwrap_or_default());
                let button = Button::new(&go).key("Enter").style(ButtonStyle::Primary).enabled(name.is_some());
                let entered = ui.input(|i| i.key_pressed(Key::Enter));
                if let (true, Some(name)) = (button.ui(ui, theme).clicked() || entered, name) {
                    outcome = Outcome::Done(name);
                } else if Button::new("Close the project").key("Esc").ui(ui, theme).clicked() {
                    outcome = Outcome::Closed;
                }
            });
        });
        // A press beside it means nothing.
        let left = !response.backdrop_response.clicked() && response.should_close();
        if matches!(outcome, Outcome::Open) && left { Outcome::Closed } else { outcome }
    }

    /// The arrow keys choose.
    fn arrows(&mut self, ui: &egui::Ui) {
        let (down, up) = ui.input_mut(|i| {
            (i.consume_key(Modifiers::NONE, Key::ArrowDown), i.consume_key(Modifiers::NONE, Key::ArrowUp))
        });
        if down || up {
            self.other.clear();
        }
        if down {
            self.chosen = (self.chosen + 1).min(self.readers.len().saturating_sub(1));
        }
        if up {
            self.chosen = self.chosen.saturating_sub(1);
        }
    }
}
