//! Ctrl+,: everything a person can set, in sections, with a search over all of them. What is changed takes effect at once.
//!
//! A section is a function in a file of its own and a line in [`SECTIONS`]. It shows rows, which the search picks from by
//! their names and their words of help; what is chosen goes into `rows.preferences`, and is sent when the frame is painted.

mod about;
mod appearance;
mod keys;
mod labelling;
mod mouse;
mod privacy;
pub mod reading;
mod rows;
mod storage;
mod training;

use super::context::PanelContext;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{DeskCommand, Preferences};
use egui::{Id, Modal, Role, ScrollArea, Ui, Vec2, WidgetInfo};
use rows::Rows;

/// A section: what its tab says, what it shows, and how it is put back to what the program comes with.
struct Section {
    title: &'static str,
    show: fn(&mut Rows<'_, '_>, &mut State),
    reset: Option<Reset>,
}

/// How a section is put back.
enum Reset {
    /// Its part of the preferences.
    Preferences(fn(&mut Preferences)),
    /// What is kept elsewhere.
    Other(fn(&mut PanelContext<'_>)),
}

const SECTIONS: [Section; 9] = [
    Section { title: "Appearance", show: appearance::show, reset: Some(Reset::Preferences(appearance::reset)) },
    Section { title: "Keys", show: keys::show, reset: Some(Reset::Other(keys::reset)) },
    Section { title: "Mouse", show: mouse::show, reset: Some(Reset::Preferences(mouse::reset)) },
    Section { title: "Reading", show: reading::show, reset: Some(Reset::Other(reading::reset)) },
    Section { title: "Labelling", show: labelling::show, reset: Some(Reset::Preferences(labelling::reset)) },
    Section { title: "Training", show: training::show, reset: Some(Reset::Preferences(training::reset)) },
    Section { title: "Storage", show: storage::show, reset: None },
    Section { title: "Privacy", show: privacy::show, reset: None },
    Section { title: "About", show: about::show, reset: None },
];

/// The place of the section of keys.
const KEYS: usize = 1;

/// What is shown of the settings.
#[derive(Default)]
pub struct State {
    section: usize,
    search: String,
    /// The search gets the keyboard when the settings open.
    searched: bool,
    keys: super::keys::State,
    /// The sizes of what is stored were asked for.
    measured: bool,
}

impl State {
    /// To change the keys.
    pub fn keys() -> Self {
        Self { section: KEYS, ..Self::default() }
    }

    /// Whether the next key is the answer to a question.
    pub fn waits_for_a_key(&self) -> bool {
        self.keys.waits_for_a_key()
    }
}

/// Shows them over everything; returns whether they stay open.
pub fn show(ctx: &egui::Context, cx: &mut PanelContext<'_>, state: &mut State) -> bool {
    let waited = state.waits_for_a_key();
    let theme = cx.theme;
    let room = ctx.content_rect().size();
    let modal = Modal::new(Id::unique("settings")).frame(widgets::dialog_frame(theme)).backdrop_color(theme.backdrop);
    let response = modal.show(ctx, |ui| {
        let size = Vec2::new((room.x - 64.0).min(900.0), (room.y - 88.0).min(760.0));
        ui.set_width(size.x);
        ui.set_max_height(size.y);
        head(ui, cx, state);
        ui.add_space(space::S);
        let height = (size.y - 72.0).max(160.0);
        ui.horizontal_top(|ui| {
            ui.allocate_ui(Vec2::new(132.0, height), |ui| {
                ScrollArea::vertical().id_salt("sections").max_height(height).min_scrolled_height(height).show(
                    ui,
                    |ui| {
                        ui.vertical(|ui| tabs(ui, cx, state));
                    },
                );
            });
            // No separator, which is as high as the dialog was before.
            let (line, _) = ui.allocate_exact_size(Vec2::new(1.0, height), egui::Sense::empty());
            ui.painter().rect_filled(line, 0, theme.line);
            ui.add_space(space::S);
            let room = Vec2::new(ui.available_width(), height);
            ui.allocate_ui_with_layout(room, egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.set_min_size(room);
                ui.set_max_size(room);
                body(ui, cx, state, height);
            });
        });
    });
    // An Esc that answered closes nothing.
    waited || !response.should_close()
}

fn head(ui: &mut Ui, cx: &PanelContext<'_>, state: &mut State) {
    let theme = cx.theme;
    ui.horizontal(|ui| {
        ui.label(widgets::heading(theme, "Settings"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if Button::new("Close").key("Esc").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                ui.close();
            }
            let width = (ui.available_width() - space::L).min(280.0);
            let field = widgets::text_field(ui, theme, &mut state.search, "Find a setting", "Find a setting", width);
            if !state.searched {
                let mut asked = true;
                widgets::give_keyboard(&field, &mut asked);
                state.searched = !asked;
            }
        });
    });
}

/// The sections to choose from; while something is looked for, all are shown.
fn tabs(ui: &mut Ui, cx: &PanelContext<'_>, state: &mut State) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let searching = !state.search.trim().is_empty();
    for (index, section) in SECTIONS.iter().enumerate() {
        let chosen = !searching && state.section == index;
        let tab = Button::new(section.title).style(ButtonStyle::Quiet).selected(chosen);
        let response = tab.ui(ui, cx.theme);
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, section.title));
        if response.clicked() {
            (state.section, state.search) = (index, String::new());
        }
    }
}

fn body(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, height: f32) {
    let words: Vec<String> = state.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let searching = !words.is_empty();
    // The keys scroll themselves, below their own search.
    if !searching && state.section == KEYS {
        return super::keys::show(ui, cx, &mut state.keys, (height - 48.0).max(120.0));
    }
    let before = (*cx.view.preferences).clone();
    let mut preferences = before.clone();
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - space::M);
        let mut any = false;
        for (index, section) in SECTIONS.iter().enumerate() {
            if !searching && state.section != index {
                continue;
            }
            let mut rows = Rows::new(ui, cx, section.title, &words, &mut preferences);
            (section.show)(&mut rows, state);
            let shown = rows.is_shown();
            any |= shown;
            if shown && !searching {
                reset_ui(ui, cx, section, &mut preferences);
            }
        }
        if !any {
            ui.label(widgets::caption(cx.theme, "No setting is called that: try another word."));
        }
    });
    if preferences != before {
        cx.send(DeskCommand::SetPreferences(preferences));
    }
}

fn reset_ui(ui: &mut Ui, cx: &mut PanelContext<'_>, section: &Section, preferences: &mut Preferences) {
    let Some(reset) = &section.reset else { return };
    ui.add_space(space::M);
    let name = format!("Reset this section: {}", section.title);
    let button = Button::new("Reset this section").name(name).tooltip("All of it as the program comes");
    if button.ui(ui, cx.theme).clicked() {
        match reset {
            Reset::Preferences(reset) => reset(preferences),
            Reset::Other(reset) => reset(cx),
        }
    }
}
