//! Every setting of the recipe by its name, to search, to type, and to put back.

use crate::domain::Recipe;
use crate::session::recipe_settings;
use crate::session::with_setting;
use crate::ui::fonts;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;

/// What is open and being typed.
#[derive(Default)]
pub(super) struct State {
    open: bool,
    search: String,
    /// The setting whose text is being changed.
    typing: Option<(String, String)>,
    /// The setting that could not be changed, and why.
    refused: Option<(String, String)>,
}

impl State {
    /// Whether they are shown.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }
}

/// Settings stand beside each other where each has so much room, in points.
const WIDE: f32 = 300.0;

/// The button that opens and closes them; whether it was pressed just now.
pub(super) fn button(ui: &mut Ui, theme: &Theme, state: &mut State) -> bool {
    let text = if state.open { "Hide all settings" } else { "All settings by name" };
    let pressed = Button::new(text).style(ButtonStyle::Quiet).ui(ui, theme).clicked();
    if pressed {
        *state = State { open: !state.open, ..State::default() };
    }
    pressed
}

/// Shows them where they are open, in as many columns as there is room for.
pub(super) fn show(ui: &mut Ui, theme: &Theme, recipe: &mut Recipe, original: Option<&Recipe>, state: &mut State) {
    if !state.open {
        return;
    }
    let settings = recipe_settings(recipe);
    let before = original.map(recipe_settings).unwrap_or_default();
    let changed = |key: &str, value: &str| {
        let was = before.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        (original.is_some() && was != Some(value)).then(|| was.map(str::to_owned))
    };
    let columns = ((ui.available_width() / WIDE) as usize).max(1);
    let width = ui.available_width().min(2.0 * WIDE);
    widgets::text_field(ui, theme, &mut state.search, "Search the settings", "Search the settings", width);
    ui.horizontal(|ui| {
        let count = settings.iter().filter(|(key, value)| changed(key, value).is_some()).count();
        let text = if count == 0 { "As the recipe has them".to_owned() } else { format!("{count} changed") };
        ui.label(widgets::caption(theme, text));
        if let Some(original) = original.filter(|_| count > 0) {
            let reset = Button::new("Reset all").style(ButtonStyle::Quiet).height(20.0);
            if reset.ui(ui, theme).clicked() {
                *recipe = original.clone();
                (state.typing, state.refused) = (None, None);
            }
        }
    });
    let wanted = state.search.trim().to_lowercase();
    let mut next = None;
    let found = |(k, v): &&(String, String)| k.contains(&wanted) || v.to_lowercase().contains(&wanted);
    let found: Vec<&(String, String)> = settings.iter().filter(found).collect();
    let each = found.len().div_ceil(columns).max(1);
    ui.columns(columns, |parts| {
        for (ui, part) in parts.iter_mut().zip(found.chunks(each)) {
            for (key, value) in part {
                line(ui, theme, key, value, changed(key, value), state, &mut next);
            }
        }
    });
    if let Some((key, text)) = next {
        match with_setting(recipe, &key, &text) {
            Ok(changed) => {
                *recipe = changed;
                (state.typing, state.refused) = (None, None);
            }
            Err(why) => {
                state.typing = Some((key.clone(), text));
                state.refused = Some((key, why));
            }
        }
    }
}

/// One setting: its name with a mark where it was changed, its text, a way back, and why it was refused. `changed` holds
/// what the recipe has instead; `next` takes what is to be set.
fn line(
    ui: &mut Ui,
    theme: &Theme,
    key: &str,
    value: &str,
    changed: Option<Option<String>>,
    state: &mut State,
    next: &mut Option<(String, String)>,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let color = if changed.is_some() { theme.accent } else { theme.muted };
        let mark = if changed.is_some() { "• " } else { "" };
        let name = egui::RichText::new(format!("{mark}{key}")).font(fonts::regular(12.0)).color(color);
        ui.label(name);
        if let Some(Some(was)) = &changed {
            let back = Button::new("Reset").name(format!("Reset {key}")).style(ButtonStyle::Quiet).height(20.0);
            if back.tooltip(format!("Back to {was}")).ui(ui, theme).clicked() {
                *next = Some((key.to_owned(), was.clone()));
            }
        }
    });
    let typed = state.typing.as_ref().filter(|(of, _)| of == key);
    let mut text = typed.map_or_else(|| value.to_owned(), |(_, text)| text.clone());
    let width = ui.available_width();
    let field = widgets::text_field(ui, theme, &mut text, key, "", width);
    if field.changed() {
        state.typing = Some((key.to_owned(), text.clone()));
    }
    if field.lost_focus() && state.typing.as_ref().is_some_and(|(of, _)| of == key) && next.is_none() {
        if text == value {
            (state.typing, state.refused) = (None, None);
        } else {
            *next = Some((key.to_owned(), text));
        }
    }
    if let Some((_, why)) = state.refused.as_ref().filter(|(of, _)| of == key) {
        ui.add(egui::Label::new(widgets::caption(theme, why).color(theme.error)).wrap());
    }
}
