//! The field that narrows the queue to images by their name, and goes through those it found.

use crate::session::{Filter, ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Glyph};
use egui::{Margin, TextEdit, vec2};

/// After this many seconds a search was overtaken by another filter.
const LONGEST_ASKED: f64 = 2.0;

/// What the field remembers between frames.
#[derive(Debug, Default)]
pub struct State {
    /// The field should get the keyboard.
    pub focus: bool,
    text: String,
    /// The name that was asked for and by which the session does not search yet, and when that was, in seconds.
    asked_name: Option<(String, f64)>,
    /// Enter was pressed in the field: the next image found is to be shown.
    going: bool,
    /// One of those found was shown since the search was last changed.
    went: bool,
}

impl State {
    /// Whether keys have to wait: the field is about to get the keyboard, or the images found are about to be shown.
    pub fn awaits_keyboard(&self, typing: bool) -> bool {
        self.focus || (self.asked_name.is_some() && (self.going || !typing))
    }

    /// Takes a new view in: by then the session may search by what was typed.
    pub fn follow(&mut self, project: &ProjectView, now: f64) {
        self.asked_name.take_if(|(name, at)| *name == project.filter.name || now - *at > LONGEST_ASKED);
    }

    /// Gives up what is awaited.
    pub fn forget_keyboard(&mut self) {
        (self.focus, self.going, self.asked_name) = (false, false, None);
    }
}

/// Shows the field.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, project: &ProjectView) {
    let id = ui.scope_id().with("search");
    let typing = ui.memory(|m| m.has_focus(id));
    let state = &mut review.queue.search;
    if !typing && state.asked_name.is_none() && state.text != project.filter.name {
        state.text.clone_from(&project.filter.name);
    }
    // Enter is left to the field: pressed once more than needed it would label the image that was found.
    let enter = typing && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
    let edit = TextEdit::singleline(&mut state.text)
        .id(id)
        .return_key(None)
        .hint_text("Find by name")
        .margin(Margin { left: 28, right: 8, top: 5, bottom: 5 })
        .desired_width(f32::INFINITY);
    let response = widgets::named(ui.add(edit), "Find by name");
    Glyph::Search.paint(ui.painter(), response.rect.left_center() + vec2(15.0, 0.0), 13.0, cx.theme.faint);
    if state.focus && !typing {
        choose_all(ui, id, &state.text);
    }
    widgets::give_keyboard(&response, &mut state.focus);
    if response.changed() {
        let name = state.text.trim().to_owned();
        let asked = (name.clone(), ui.input(|i| i.time));
        (state.asked_name, state.going, state.went) = (Some(asked), false, false);
        cx.send(ProjectCommand::SetFilter(Filter { name, ..project.filter.clone() }));
    }
    state.going |= enter;
    if response.has_focus() {
        ui.add_space(space::XS);
        ui.label(widgets::caption(cx.theme, "Enter goes to the next one found, Esc leaves the search."));
    }
    go_to_found(cx, review);
}

/// Goes to the first image that was found, at the next Enter to the next, once the queue is that of the search.
fn go_to_found(cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    if review.queue.search.asked_name.is_none() && std::mem::take(&mut review.queue.search.going) {
        let first = !std::mem::replace(&mut review.queue.search.went, true);
        review.go(cx.commands, cx.view, |selection, project| {
            if first {
                selection.choose(project, 0)
            } else {
                selection.step(project, 1) || selection.choose(project, 0)
            }
        });
    }
}

/// What is typed next replaces what was searched for before.
fn choose_all(ui: &egui::Ui, id: egui::Id, text: &str) {
    use egui::text::{CCursor, CCursorRange};
    let mut edit = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let end = CCursor::new(text.chars().count());
    edit.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    edit.store(ui.ctx(), id);
}
