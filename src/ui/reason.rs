//! Why images that are signed off are reopened: a dialog that asks for it.

use super::phrases;
use super::prompt::Outcome;
use super::theme::{Theme, space};
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::ImageId;
use egui::{Context, Id, Modal};

/// Asks for a reason.
pub struct ReasonPrompt {
    pub images: Vec<ImageId>,
    text: String,
}

impl ReasonPrompt {
    pub fn new(images: Vec<ImageId>) -> Self {
        Self { images, text: String::new() }
    }

    /// Shows it; the reason once it is given.
    pub fn show(&mut self, ctx: &Context, theme: &Theme) -> Outcome<String> {
        let mut outcome = Outcome::Open;
        let modal = Modal::new(Id::unique("reason")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
        let response = modal.show(ctx, |ui| {
            ui.set_width(460.0);
            ui.spacing_mut().item_spacing.y = space::S;
            let title = match self.images.len() {
                1 => "Reopen this image?".to_owned(),
                count => format!("Reopen {} images?", phrases::thousands(count)),
            };
            ui.label(widgets::heading(theme, title));
            let text = "What is said can be changed again then. The sign-off and the reason stay in the history.";
            ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
            let width = ui.available_width();
            let hint = "the lateral view was missed";
            let field = widgets::text_field(ui, theme, &mut self.text, "Reason", hint, width);
            if !field.has_focus() && !field.lost_focus() {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let ready = !self.text.trim().is_empty();
            ui.horizontal(|ui| {
                let button = Button::new("Reopen it").key("Enter").style(ButtonStyle::Primary).enabled(ready);
                let go = button.ui(ui, theme).on_disabled_hover_text("Say why first").clicked();
                if (go || entered) && ready {
                    outcome = Outcome::Done(self.text.trim().to_owned());
                }
                if Button::new("Leave it").key("Esc").ui(ui, theme).clicked() {
                    outcome = Outcome::Closed;
                }
            });
        });
        if matches!(outcome, Outcome::Open) && response.should_close() { Outcome::Closed } else { outcome }
    }
}
