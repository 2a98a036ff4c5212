//! What stands in the middle of a panel where there is nothing else.

use super::chip::filter_chip_width;
use super::{Button, ButtonStyle};
use crate::ui::fonts;
use crate::ui::theme::{Theme, space};
use egui::{Label, RichText, Ui};

/// Says what is not there and why, with a button where something can be done; whether that was pressed.
pub fn empty_state(ui: &mut Ui, theme: &Theme, title: &str, text: &str, offer: Option<&str>) -> bool {
    ui.vertical_centered(|ui| {
        ui.add(Label::new(RichText::new(title).font(fonts::medium(14.0)).color(theme.text)).wrap());
        if !text.is_empty() {
            ui.add(Label::new(RichText::new(text).color(theme.muted)).wrap());
        }
        offer.is_some_and(|offer| {
            ui.add_space(space::XS);
            let width = filter_chip_width(ui.painter(), offer) + 20.0;
            Button::new(offer).style(ButtonStyle::Answer).width(width).ui(ui, theme).clicked()
        })
    })
    .inner
}
