//! One table of everything that can be asked for: its name, keys and when it makes sense. Tooltips, menus, the F1 help,
//! the palette and the keyboard itself all read it.

use super::action::{Action, Screen, Shown, When};
use super::shortcut::{Shortcut, ShortcutError};
use crate::session::View;
use egui::{Event, Key, Modifiers};

/// A group of actions in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    General,
    Queue,
    Picture,
    Annotation,
    Boxes,
    Project,
}

impl Section {
    pub const ALL: [Section; 6] =
        [Section::Queue, Section::Annotation, Section::Boxes, Section::Picture, Section::Project, Section::General];

    /// What its head says.
    pub fn title(self) -> &'static str {
        match self {
            Section::General => "Window",
            Section::Queue => "Queue",
            Section::Picture => "Picture",
            Section::Annotation => "Label and mark",
            Section::Boxes => "Boxes",
            Section::Project => "Project",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub action: Action,
    /// What a settings file calls it.
    pub id: &'static str,
    /// What people read.
    pub title: String,
    pub keys: Vec<Shortcut>,
    pub section: Section,
    pub when: When,
    /// Acts while the key is down instead of when it goes down.
    pub held: bool,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Keymap {
    entries: Vec<Entry>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { entries: super::default_keys::entries() }
    }
}

impl Keymap {
    /// Every line, in the order of the help.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line of an action.
    pub fn entry(&self, action: &Action) -> Option<&Entry> {
        self.entries.iter().find(|e| e.action == *action)
    }

    /// The first key of an action as people read it: "Ctrl Shift Z".
    pub fn key_text(&self, action: &Action) -> Option<String> {
        Some(self.entry(action)?.keys.first()?.text())
    }

    /// What an action is called.
    pub fn title(&self, action: &Action) -> &str {
        self.entry(action).map_or("", |e| &e.title)
    }

    /// What an action does, with its keys: "Next image (Right, D)".
    pub fn tooltip(&self, action: &Action) -> String {
        let Some(entry) = self.entry(action) else { return String::new() };
        if entry.keys.is_empty() {
            return entry.title.clone();
        }
        let keys: Vec<String> = entry.keys.iter().map(Shortcut::text).collect();
        format!("{} ({})", entry.title, keys.join(", "))
    }

    /// Whether one of a held action's keys is down and no text is being typed.
    pub fn is_down(&self, ctx: &egui::Context, action: &Action) -> bool {
        if ctx.text_edit_focused() {
            return false;
        }
        let Some(entry) = self.entry(action) else { return false };
        ctx.input(|i| entry.keys.iter().any(|s| i.key_down(s.key) && i.modifiers == s.modifiers))
    }

    /// Gives actions other keys: `id` and keys as text, none to leave it without. Returns a sentence for every line
    /// that was not understood; the others take effect.
    pub fn remap<'a>(&mut self, lines: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) -> Vec<String> {
        let mut problems = Vec::new();
        for (id, keys) in lines {
            let Some(at) = self.entries.iter().position(|e| e.id == id) else {
                problems.push(format!("there is no action {id:?}: see the keys under F1 for the names"));
                continue;
            };
            let parsed: Result<Vec<Shortcut>, ShortcutError> = keys.iter().map(|k| Shortcut::parse(k)).collect();
            match parsed {
                Ok(keys) => {
                    for (index, entry) in self.entries.iter_mut().enumerate() {
                        if index == at {
                            entry.keys.clone_from(&keys);
                        } else {
                            entry.keys.retain(|k| !keys.contains(k));
                        }
                    }
                }
                Err(error) => problems.push(format!("the key of {id:?} was not understood: {error}")),
            }
        }
        problems
    }

    /// Whether one of an action's keys was pressed just now; takes it out of the input.
    pub fn take(&self, ctx: &egui::Context, action: &Action) -> bool {
        let Some(entry) = self.entry(action) else { return false };
        ctx.input_mut(|input| {
            let before = input.events.len();
            input.events.retain(|event| {
                let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
                !entry.keys.iter().any(|s| s.matches(*key, *modifiers))
            });
            input.events.len() < before
        })
    }

    /// Takes the pressed keys that mean something now out of the input and returns what they ask for. While text is
    /// typed only keys that no text field uses are taken.
    pub fn pressed(&self, ctx: &egui::Context, screen: Screen, view: &View, shown: Shown) -> Vec<Action> {
        let typing = ctx.text_edit_focused();
        let focused = ctx.memory(|m| m.focused().is_some());
        let mut asked = Vec::new();
        let mut tabbed = false;
        let at_hand = |entry: &&Entry| match entry.when {
            When::BoxChosen => shown.chosen,
            When::BoxesThere => shown.boxes,
            When::Grid => shown.grid,
            _ => true,
        };
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
                let meant = self.entries.iter().filter(at_hand).filter(|e| {
                    !e.held && e.keys.iter().any(|s| s.matches(*key, *modifiers)) && e.when.holds(screen, view)
                });
                let Some(entry) = meant.min_by_key(|e| e.when != When::BoxChosen) else { return true };
                let own = if typing { belongs_to_text(*key, *modifiers) } else { focused && moves_focus(*key) };
                if own {
                    return true;
                }
                asked.push(entry.action.clone());
                tabbed |= *key == Key::Tab;
                false
            });
        });
        if tabbed {
            // Else the first control would get the keyboard.
            ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
        asked
    }
}

/// Keys a text field needs.
fn belongs_to_text(key: Key, modifiers: Modifiers) -> bool {
    if modifiers.command || modifiers.ctrl {
        return matches!(
            key,
            Key::A
                | Key::C
                | Key::V
                | Key::X
                | Key::Z
                | Key::Y
                | Key::ArrowLeft
                | Key::ArrowRight
                | Key::Home
                | Key::End
        );
    }
    !is_function_key(key)
}

/// Keys that press or move between focused controls.
fn moves_focus(key: Key) -> bool {
    matches!(key, Key::Tab | Key::Enter | Key::Space)
}

fn is_function_key(key: Key) -> bool {
    key.name().strip_prefix('F').is_some_and(|n| n.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_an_id_or_a_key_at_the_same_time() {
        let keymap = Keymap::default();
        for (index, a) in keymap.entries().iter().enumerate() {
            for b in &keymap.entries()[index + 1..] {
                assert_ne!(a.id, b.id);
                let both = a.when == b.when || a.when == When::Always || b.when == When::Always;
                let shared = a.keys.iter().find(|k| b.keys.contains(k));
                assert!(!both || shared.is_none(), "{} and {} share {shared:?}", a.id, b.id);
            }
            assert!(!a.title.is_empty());
        }
    }

    #[test]
    fn remapping_moves_a_key_and_reports_what_it_cannot() {
        let mut keymap = Keymap::default();
        let problems = keymap.remap([("accept", vec!["D"]), ("nonsense", vec![]), ("next", vec!["Hyper Q"])]);
        assert_eq!(keymap.key_text(&Action::Accept).as_deref(), Some("D"));
        assert!(!keymap.tooltip(&Action::Next).contains('D'), "D now accepts");
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn tooltips_name_the_keys() {
        assert_eq!(Keymap::default().tooltip(&Action::Train), "Train (Ctrl R)");
    }
}
