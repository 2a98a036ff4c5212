//! Colours and sizes of the window.

use super::State;
use super::rows::Rows;
use crate::session::{Appearance, Preferences, ThemeChoice};
use crate::ui::widgets;

/// Sizes of text to choose from, in hundredths of the usual one.
const SIZES: [u32; 9] = [80, 90, 100, 110, 125, 150, 175, 200, 250];

/// Shows the section.
pub(super) fn show(rows: &mut Rows<'_, '_>, _: &mut State) {
    rows.row("Theme", "Dark for reading rooms, light for bright ones and print.", |ui, cx, preferences| {
        let names = ThemeChoice::ALL.map(ThemeChoice::title);
        let chosen = ThemeChoice::ALL.iter().position(|theme| *theme == preferences.appearance.theme);
        if let Some(theme) = widgets::segmented(ui, cx.theme, &names, chosen).and_then(|at| ThemeChoice::ALL.get(at)) {
            preferences.appearance.theme = *theme;
        }
    });
    rows.row("Text size", "Of text and all that is around it; Ctrl + and Ctrl − as well.", |ui, cx, preferences| {
        let size = preferences.appearance.shown_text_size();
        let text = |size: f32| format!("{:.0} %", size * 100.0);
        let chosen = text(size);
        widgets::drop_down(ui, cx.theme, "Text size", &chosen, 120.0, |ui| {
            for size in SIZES.map(|size| size as f32 / 100.0) {
                if widgets::choice(ui, cx.theme, &text(size), text(size) == chosen) {
                    preferences.appearance.text_size = size;
                    ui.close();
                }
            }
        });
    });
    rows.note(
        "Found again at the next start",
        "Theme, text size and the window's place and size; and of each project the screen, the queue's filter and order, \
         the image, its zoom and window, the tool and the widths of the panels, for each reader.",
    );
}

/// As the program comes.
pub(super) fn reset(preferences: &mut Preferences) {
    preferences.appearance = Appearance::default();
}
