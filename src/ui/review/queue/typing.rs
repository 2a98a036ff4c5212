//! The words that are offered while a search is typed.

use crate::session::ProjectView;
use crate::session::query::{Completion, Known, complete};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::theme::radius;
use crate::ui::widgets;
use egui::{Key, Modifiers, Role, Sense, Ui, WidgetInfo, vec2};
use std::collections::BTreeSet;

/// So many words are offered at a time.
const SHOWN: usize = 6;
/// Rows that are looked through for names of readers.
const LOOKED: usize = 20_000;

/// What of a project can be asked for by name.
pub(super) struct Vocabulary {
    readers: Vec<String>,
    attributes: Vec<(String, Vec<String>)>,
}

impl Vocabulary {
    pub fn of(project: &ProjectView) -> Self {
        let said = project.rows.iter().take(LOOKED).filter_map(|row| row.facts.said.as_ref());
        let mut readers: BTreeSet<&str> = said.map(|(reader, _)| &**reader).collect();
        readers.insert(&project.reader);
        let tables = project.data.analysis.iter().flat_map(|analysis| &analysis.attributes);
        Self {
            readers: readers.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            attributes: tables
                .map(|table| (table.name.clone(), table.values.iter().map(|one| one.value.clone()).collect()))
                .collect(),
        }
    }

    pub fn of_project<'a>(&'a self, project: &'a ProjectView) -> Known<'a> {
        Known { classes: &project.classes, readers: &self.readers, attributes: &self.attributes }
    }
}

/// What may stand in the place of the word being typed.
#[derive(Default)]
pub(super) struct Offers {
    /// Where the word begins, in bytes.
    pub from: usize,
    pub options: Vec<Completion>,
}

/// What is offered for a text; nothing while no word is begun.
pub(super) fn offers(known: &Vocabulary, project: &ProjectView, text: &str) -> Offers {
    let (from, mut options) = complete(text, &known.of_project(project));
    if text.get(from..).is_none_or(str::is_empty) {
        return Offers::default();
    }
    options.truncate(SHOWN);
    Offers { from, options }
}

/// Tab takes the chosen word, Up and Down choose another; the text it makes.
pub(super) fn keys(ui: &Ui, offers: &Offers, chosen: &mut usize) -> Option<String> {
    let count = offers.options.len();
    if count == 0 {
        return None;
    }
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowDown) {
        *chosen = (*chosen + 1) % count;
    }
    if pressed(Key::ArrowUp) {
        *chosen = (*chosen + count - 1) % count;
    }
    let chosen = offers.options.get((*chosen).min(count - 1))?;
    pressed(Key::Tab).then(|| chosen.text.clone())
}

/// Shows what is offered; what was pressed.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, offers: &Offers, chosen: usize) -> Option<String> {
    let theme = cx.theme;
    let mut pressed = None;
    let chosen = chosen.min(offers.options.len().saturating_sub(1));
    for (at, option) in offers.options.iter().enumerate() {
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(vec2(width, 22.0), Sense::click());
        let spoken =
            if option.about.is_empty() { option.text.clone() } else { format!("{} {}", option.text, option.about) };
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, at == chosen, &spoken));
        if at == chosen || response.hovered() {
            ui.painter().rect_filled(rect, radius::S, theme.hover);
        }
        let text = widgets::elided(ui.painter(), &option.text, fonts::regular(12.0), theme.text, width - 12.0);
        let used = widgets::line(ui.painter(), rect.left() + 6.0, rect.center().y, text);
        let room = width - used - 22.0;
        let about = widgets::elided(ui.painter(), &option.about, fonts::regular(fonts::SMALL), theme.muted, room);
        widgets::line(ui.painter(), rect.left() + used + 14.0, rect.center().y, about);
        if response.clicked() {
            pressed = Some(option.text.clone());
        }
    }
    if !offers.options.is_empty() {
        ui.label(widgets::caption(theme, "Tab takes it, Up and Down choose another."));
    }
    pressed
}

/// Puts a word in the place of the one that is being typed, and the cursor behind it.
pub(super) fn take(ui: &Ui, id: egui::Id, text: &mut String, from: usize, word: &str) {
    use egui::text::{CCursor, CCursorRange};
    text.truncate(from);
    text.push_str(word);
    if !word.ends_with([':', '>']) {
        text.push(' ');
    }
    let mut edit = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    edit.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(text.chars().count()))));
    edit.store(ui.ctx(), id);
    ui.memory_mut(|memory| memory.request_focus(id));
}
