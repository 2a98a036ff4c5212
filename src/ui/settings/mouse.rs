//! What the buttons and the wheel of the mouse do on a picture.

use super::State;
use super::rows::Rows;
use crate::session::{DragUse, Mouse, Preferences, WheelUse};
use crate::ui::theme::Theme;
use crate::ui::widgets;
use egui::Ui;

/// Width of the fields.
const FIELD: f32 = 190.0;
/// Sets of uses that have a name.
const PROFILES: [(&str, Mouse); 2] = [("Labelling", Mouse::LABELLING), ("Workstation", Mouse::WORKSTATION)];

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    let help =
        "Labelling: the left button does what the tool in hand does. Workstation: as viewers in reading rooms have it.";
    rows.row("Mouse profile", help, |ui, cx, preferences| {
        let mouse = &mut preferences.reading.mouse;
        let chosen = PROFILES.iter().position(|(_, profile)| profile == mouse).unwrap_or(PROFILES.len());
        let names = ["Labelling", "Workstation", "Own"];
        let pressed = widgets::segmented(ui, cx.theme, &names, Some(chosen));
        if let Some((_, profile)) = pressed.and_then(|at| PROFILES.get(at)) {
            *mouse = *profile;
        }
    });
    let left = "A box that is chosen and a tool in hand go before it.";
    rows.row("Left drag", left, |ui, cx, p| drag(ui, cx.theme, "Left drag", &mut p.reading.mouse.left, true));
    rows.row("Middle drag", "", |ui, cx, p| drag(ui, cx.theme, "Middle drag", &mut p.reading.mouse.middle, false));
    rows.row("Right drag", "", |ui, cx, p| drag(ui, cx.theme, "Right drag", &mut p.reading.mouse.right, false));
    rows.row("Wheel", "", |ui, cx, p| wheel(ui, cx.theme, "Wheel", &mut p.reading.mouse.wheel));
    rows.row("Ctrl and wheel", "", |ui, cx, p| {
        wheel(ui, cx.theme, "Ctrl and wheel", &mut p.reading.mouse.ctrl_wheel);
    });
}

/// As the program comes.
pub(super) fn reset(preferences: &mut Preferences) {
    preferences.reading.mouse = Mouse::default();
}

fn drag(ui: &mut Ui, theme: &Theme, name: &str, does: &mut DragUse, left: bool) {
    widgets::drop_down(ui, theme, name, does.title(), FIELD, |ui| {
        for one in DragUse::ALL.into_iter().filter(|one| left || *one != DragUse::Tool) {
            if widgets::choice(ui, theme, one.title(), *does == one) {
                *does = one;
            }
        }
    });
}

fn wheel(ui: &mut Ui, theme: &Theme, name: &str, does: &mut WheelUse) {
    widgets::drop_down(ui, theme, name, does.title(), FIELD, |ui| {
        for one in WheelUse::ALL {
            if widgets::choice(ui, theme, one.title(), *does == one) {
                *does = one;
            }
        }
    });
}
