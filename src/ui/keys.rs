//! The keys, to be changed: every line of the keymap's table with its keys as buttons. The next key pressed is the new one;
//! where it has a meaning already, that is said before it is taken away.

use super::action::Action;
use super::context::PanelContext;
use super::key_profiles::like_ohif;
use super::keymap::{Entry, Section};
use super::shortcut::{Shortcut, is_modifier};
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{DeskCommand, OwnKeys};
use egui::{Align, Event, Key, Layout, Ui, Vec2};

/// What is being changed.
#[derive(Default)]
pub struct State {
    /// Words that the lines shown have in them.
    search: String,
    asked: Option<Asked>,
}

/// A line for which a key is to be pressed.
struct Asked {
    action: Action,
    /// The key that it takes the place of; else it is one more.
    replaces: Option<Shortcut>,
    pressed: Option<Pressed>,
}

/// What was pressed for a line.
#[derive(Clone, Copy, PartialEq)]
enum Pressed {
    Key(Shortcut),
    /// Systems hand this over as what it does with text, and where there is nothing to paste not at all.
    Clipboard(&'static str),
}

impl State {
    /// Whether the next key is the answer, so that it must not mean anything else.
    pub fn waits_for_a_key(&self) -> bool {
        self.asked.is_some()
    }
}

/// Shows the table in the room there is, `height` points of it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, height: f32) {
    if let Some(asked) = &mut state.asked {
        match next_key(ui, !matches!(asked.pressed, Some(Pressed::Key(_)))) {
            Some(Pressed::Key(Shortcut { key: Key::Escape, modifiers })) if modifiers.is_none() => state.asked = None,
            Some(pressed) => asked.pressed = Some(pressed),
            None => {}
        }
    }
    if let Some(done) = state.asked.as_ref().and_then(|asked| answered(ui, cx, asked)) {
        if let Some(keys) = done {
            cx.send(DeskCommand::SetKeys(keys));
        }
        state.asked = None;
    }
    for problem in cx.keymap.problems() {
        ui.label(widgets::body(cx.theme, problem).color(cx.theme.warning));
    }
    ui.horizontal(|ui| {
        let hint = "Find an action or a class";
        ui.add_enabled_ui(state.asked.is_none(), |ui| {
            widgets::text_field(ui, cx.theme, &mut state.search, "Find a line of the keys", hint, 260.0);
        });
        if Button::new("Keys like OHIF's")
            .tooltip("For who is used to that viewer; each can be changed")
            .ui(ui, cx.theme)
            .clicked()
        {
            cx.send(DeskCommand::SetKeys(like_ohif(&cx.view.keys)));
            state.asked = None;
        }
        let reset = Button::new("All keys as they come").enabled(cx.keymap.has_own());
        if reset.tooltip("Takes back every change of a key").ui(ui, cx.theme).clicked() {
            cx.send(DeskCommand::SetKeys(OwnKeys::default()));
            state.asked = None;
        }
    });
    ui.add_space(space::S);
    let words: Vec<String> = state.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let keymap = cx.keymap;
    egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let (mut any, has) = (false, |entry: &&Entry| {
            let title = entry.title.to_lowercase();
            words.iter().all(|word| title.contains(word.as_str()))
        });
        for section in Section::ALL {
            let lines: Vec<&Entry> = keymap.entries().iter().filter(|e| e.section == section).filter(has).collect();
            if lines.is_empty() {
                continue;
            }
            any = true;
            widgets::section(ui, cx.theme, section.title());
            for entry in lines {
                line(ui, cx, state, entry);
            }
            ui.add_space(space::M);
        }
        if !any {
            ui.label(widgets::caption(cx.theme, "Nothing is called that: try another word."));
        }
    });
}

fn line(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, entry: &Entry) {
    let theme = cx.theme;
    ui.allocate_ui_with_layout(Vec2::new(ui.available_width(), 26.0), Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        if cx.keymap.is_own(entry) {
            let name = format!("{}: the keys it comes with", entry.title);
            if Button::new("Reset").name(name).style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                cx.send(DeskCommand::SetKeys(cx.keymap.with(&entry.action, None)));
                // Else it might get a key unasked that this line had.
                state.asked = None;
            }
        }
        let mut ask = |ui: &mut Ui, text: &str, name: String, replaces| {
            if Button::new(text).name(name).height(24.0).ui(ui, theme).clicked() {
                state.asked = Some(Asked { action: entry.action.clone(), replaces, pressed: None });
                // The question takes room; the dialog is laid out anew.
                ui.ctx().request_repaint();
            }
        };
        ask(ui, "+", format!("{}: another key", entry.title), None);
        for key in entry.keys.iter().rev() {
            ask(ui, &key.text(), format!("{}: change {}", entry.title, key.text()), Some(*key));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(egui::Label::new(widgets::body(theme, &entry.title)).truncate());
        });
    });
}

/// Asks for the key, or whether it may be taken from what has it. The keys to be from now on, `Some(None)` for no change,
/// `None` while it waits.
fn answered(ui: &mut Ui, cx: &PanelContext<'_>, asked: &Asked) -> Option<Option<OwnKeys>> {
    let theme = cx.theme;
    let title = cx.keymap.title(&asked.action).to_owned();
    let keys = |new: Option<Shortcut>| -> Vec<Shortcut> {
        let now = cx.keymap.entry(&asked.action).map(|entry| entry.keys.clone()).unwrap_or_default();
        let mut keys: Vec<Shortcut> = Vec::new();
        let replaced = now.iter().map(|key| if Some(*key) == asked.replaces { new } else { Some(*key) });
        for key in replaced.chain([new.filter(|_| asked.replaces.is_none())]).flatten() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    };
    let with = |new| Some(Some(cx.keymap.with(&asked.action, Some(keys(new)))));
    let pressed = match asked.pressed {
        Some(Pressed::Key(key)) => Some(key),
        Some(Pressed::Clipboard(_)) | None => None,
    };
    let others = pressed.map(|key| cx.keymap.others_with(&key, &asked.action)).unwrap_or_default();
    if pressed.is_some() && others.is_empty() {
        return with(pressed);
    }
    let mut done = None;
    widgets::card(ui, theme, |ui| {
        let others: Vec<&str> = others.iter().map(|other| &*other.title).collect();
        let say = match asked.pressed {
            None => format!("Press the key for \"{title}\". Esc leaves it as it is."),
            Some(Pressed::Clipboard(name)) => {
                format!("{name} is for text and cannot mean anything else. Press another key for \"{title}\".")
            }
            Some(Pressed::Key(key)) => format!("{} is the key of \"{}\".", key.text(), others.join("\" and \"")),
        };
        ui.add(egui::Label::new(widgets::strong(theme, say)).wrap());
        ui.horizontal(|ui| match pressed {
            None => {
                if let Some(key) = asked.replaces
                    && Button::new(&format!("Take {} away", key.text())).ui(ui, theme).clicked()
                {
                    done = with(None);
                }
                if Button::new("Cancel").key("Esc").ui(ui, theme).clicked() {
                    done = Some(None);
                }
            }
            Some(_) => {
                let give = format!("Give it to \"{title}\"");
                if Button::new(&give).style(ButtonStyle::Primary).ui(ui, theme).clicked() {
                    done = with(pressed);
                }
                if Button::new("Cancel").key("Esc").ui(ui, theme).clicked() {
                    done = Some(None);
                }
            }
        });
    });
    done
}

/// The first key pressed, with whatever else came of it; nobody else gets it. Escape alone where no `other` is asked for.
fn next_key(ui: &Ui, other: bool) -> Option<Pressed> {
    let pressed = ui.input_mut(|input| {
        let mut first = None;
        input.events.retain(|event| {
            let pressed = match event {
                Event::Key { key: Key::Escape, pressed: true, modifiers, .. } => {
                    Pressed::Key(Shortcut::of(Key::Escape, *modifiers))
                }
                _ if !other => return true,
                // What is held with a key is pressed before it.
                Event::Key { key, pressed: true, .. } if is_modifier(*key) => return true,
                Event::Key { key, physical_key, pressed: true, modifiers, .. } => {
                    Pressed::Key(Shortcut::sent(*key, *physical_key, *modifiers))
                }
                Event::Copy => Pressed::Clipboard("Copying"),
                Event::Cut => Pressed::Clipboard("Cutting"),
                Event::Paste(_) | Event::PasteImage(_) => Pressed::Clipboard("Pasting"),
                Event::Text(_) => return false,
                _ => return true,
            };
            first.get_or_insert(pressed);
            false
        });
        first
    });
    if pressed.is_some() {
        // Else Tab or Enter would go on to a control.
        ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        ui.ctx().request_repaint();
    }
    pressed
}
