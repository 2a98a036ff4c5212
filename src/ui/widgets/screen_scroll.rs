//! What a screen is scrolled in.

use egui::{Align, Layout, ScrollArea, Ui};
use std::hash::Hash;

/// Below this width buttons are not beside what they are about, in points.
const NARROW: f32 = 600.0;

/// The room of a screen, which keeps how far it is scrolled for itself. Things are laid out to fit its width; what cannot be
/// made so narrow is reached by scrolling to the side.
pub fn screen_scroll(name: impl Hash + std::fmt::Debug) -> ScrollArea {
    ScrollArea::both().id_salt(("screen", name)).auto_shrink(false)
}

/// A line with something at the left and buttons at the right, or below it where both have no room beside each other. `add`
/// is called for the one and, with `true`, for the other.
pub fn with_buttons(ui: &mut Ui, mut add: impl FnMut(&mut Ui, bool)) {
    if ui.available_width() < NARROW {
        ui.horizontal_wrapped(|ui| add(ui, false));
        ui.horizontal_wrapped(|ui| add(ui, true));
        return;
    }
    ui.horizontal(|ui| {
        add(ui, false);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| add(ui, true));
    });
}
