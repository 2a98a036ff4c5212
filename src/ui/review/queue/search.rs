//! The field that narrows the queue: by words that are looked for in names, and by conditions such as `label:1`. It goes
//! through what it found.

use super::typing::{self, Vocabulary};
use crate::session::query::{Problem, Term, read, write_terms};
use crate::session::{Filter, ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Glyph};
use egui::{Margin, TextEdit, vec2};

/// After this many seconds a search was overtaken by another filter.
const LONGEST_ASKED: f64 = 2.0;

/// What a text asks for: conditions, and what is looked for in names.
type Wanted = (Vec<Term>, String);

/// What the field remembers between frames.
#[derive(Debug, Default)]
pub struct State {
    /// The field should get the keyboard.
    pub focus: bool,
    text: String,
    /// What the text asks for.
    wanted: Wanted,
    /// Why the text asks for nothing.
    problem: Option<Problem>,
    /// What was asked for and by which the session does not search yet, and when that was, in seconds.
    asked: Option<(Wanted, f64)>,
    /// Enter was pressed in the field: the next image found is to be shown.
    going: bool,
    /// One of those found was shown since the search was last changed.
    went: bool,
    /// Which of the words offered is chosen.
    pub(super) offered: usize,
}

impl State {
    /// Whether keys have to wait: the field is about to get the keyboard, or the images found are about to be shown.
    pub fn awaits_keyboard(&self, typing: bool) -> bool {
        self.focus || (self.asked.is_some() && (self.going || !typing))
    }

    /// Whether the field asks for nothing that can be searched for: what the queue shows is not what it says.
    pub fn is_wrong(&self) -> bool {
        self.problem.is_some()
    }

    /// Takes a new view in: by then the session may search by what was typed.
    pub fn follow(&mut self, project: &ProjectView, now: f64) {
        self.asked.take_if(|(wanted, at)| is_searched(project, wanted) || now - *at > LONGEST_ASKED);
    }

    /// Gives up what is awaited.
    pub fn forget_keyboard(&mut self) {
        (self.focus, self.going, self.asked) = (false, false, None);
    }
}

fn is_searched(project: &ProjectView, wanted: &Wanted) -> bool {
    project.filter.terms == wanted.0 && project.filter.name == wanted.1
}

/// Shows the field.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, project: &ProjectView) {
    let id = ui.scope_id().with("search");
    let typing = ui.memory(|m| m.has_focus(id));
    let state = &mut review.queue.search;
    if !typing && state.asked.is_none() && !is_searched(project, &state.wanted) {
        let filter = &project.filter;
        state.text = write_terms(&filter.terms, &filter.name, &project.classes);
        (state.wanted, state.problem) = ((filter.terms.clone(), filter.name.clone()), None);
    }
    let known = typing.then(|| Vocabulary::of(project));
    let offers = known.as_ref().map(|known| typing::offers(known, project, &state.text)).unwrap_or_default();
    let taken = typing.then(|| typing::keys(ui, &offers, &mut state.offered)).flatten();
    // Enter is left to the field: pressed once more than needed it would label the image that was found.
    let enter = typing && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
    let edit = TextEdit::singleline(&mut state.text)
        .id(id)
        .return_key(None)
        // Tab takes what is offered, else it goes on to the next control.
        .lock_focus(!offers.options.is_empty())
        .hint_text("Find by name, or label:\u{2026}")
        .margin(Margin { left: 28, right: 8, top: 5, bottom: 5 })
        .desired_width(f32::INFINITY);
    let response = widgets::named(ui.add(edit), "Find by name");
    Glyph::Search.paint(ui.painter(), response.rect.left_center() + vec2(15.0, 0.0), 13.0, cx.theme.faint);
    if state.focus && !typing {
        choose_all(ui, id, &state.text);
    }
    widgets::give_keyboard(&response, &mut state.focus);
    // Of a search that is none nothing was found.
    state.going |= enter && state.problem.is_none();
    let mut changed = response.changed();
    if response.has_focus() {
        ui.add_space(space::XS);
        let pressed = typing::show(ui, cx, &offers, state.offered);
        if let Some(text) = taken.or(pressed) {
            typing::take(ui, id, &mut state.text, offers.from, &text);
            changed = true;
        }
        if offers.options.is_empty() && state.problem.is_none() {
            ui.label(widgets::caption(cx.theme, "Enter goes to the next one found, Esc leaves the search."));
        }
    }
    if let Some(problem) = &state.problem {
        let place = format!("At sign {}: {}", problem.at + 1, problem.sentence);
        ui.add(egui::Label::new(widgets::caption(cx.theme, place).color(cx.theme.warning)).wrap());
    }
    if changed {
        ask(ui, cx, state, project);
    }
    go_to_found(cx, review);
}

/// Asks for what the text says now, or remembers what is wrong with it.
fn ask(ui: &egui::Ui, cx: &mut PanelContext<'_>, state: &mut State, project: &ProjectView) {
    state.offered = 0;
    let known = Vocabulary::of(project);
    match read(&state.text, &known.of_project(project)) {
        Ok(wanted) => {
            state.problem = None;
            state.wanted = wanted.clone();
            let (terms, name) = wanted.clone();
            (state.asked, state.going, state.went) = (Some((wanted, ui.input(|i| i.time))), false, false);
            cx.send(ProjectCommand::SetFilter(Filter { terms, name, ..project.filter.clone() }));
        }
        Err(problem) => (state.problem, state.going) = (Some(problem), false),
    }
}

/// Goes to the first image that was found, at the next Enter to the next, once the queue is that of the search.
fn go_to_found(cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    if review.queue.search.asked.is_none() && std::mem::take(&mut review.queue.search.going) {
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
