//! The events of a frame, dealt out in turns. A busy machine paints a frame in a third of a second, and a person types
//! several letters in it. What a letter means is only known once everything before it was done: after `N` it belongs to
//! the note. So whatever follows a key or a click that may move the keyboard waits for the next frame, and while a field is
//! about to get the keyboard everything waits for it. A press, the way the pointer went and its end are turns of their own
//! too: in one frame they would be no drag, and what is under the pointer at its end would be taken for what was pressed.
//! Nothing is lost, and nothing overtakes anything.

use super::shortcut::Shortcut;
use egui::{Context, Event, Key, Modifiers, Plugin, Pos2, RawInput, Ui};
use std::collections::VecDeque;

/// How long a field may take to get the keyboard, in seconds. It does so within a few frames, or once the session has
/// looked the image up; a window that took no key for longer would seem to hang.
const LONGEST: f64 = 10.0;

/// What waits, and for what.
#[derive(Default)]
pub struct Turns {
    waiting: VecDeque<Event>,
    /// Since when a field is about to get the keyboard.
    awaited: Option<f64>,
    /// The keys that are obeyed now and after which a key may mean something else.
    turning: Vec<Shortcut>,
    /// A text field had the keyboard when this frame began.
    typing: bool,
    down: Vec<Key>,
    /// The key that ended the last turn, until it is let go: held down it would type itself into the field it opened.
    opener: Option<Key>,
    /// Where the pointer was last, and whether a button of it was down.
    pointer: Option<Pos2>,
    pressing: bool,
}

/// What an event does to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It goes with any other.
    Quiet,
    Pointer,
    Keys,
    /// Up and down in a field, which go through the list under it: what was typed before has to have made that list.
    Lines,
    /// A turn of its own.
    Turning,
}

impl Turns {
    /// Has a window's events come in turns.
    pub fn install(ctx: &Context) {
        ctx.add_plugin(Self::default());
    }

    /// Says at the end of a frame what the next one has to know: whether a field is about to get the keyboard, and the keys
    /// after which a key may mean something else. Returns `false` where the field was waited for in vain: it is to be
    /// forgotten then, and what was typed for it is.
    pub fn prepare(ctx: &Context, awaited: bool, turning: Vec<Shortcut>) -> bool {
        let now = ctx.input(|i| i.time);
        let prepared = ctx.with_plugin(|turns: &mut Self| {
            turns.turning = turning;
            let since = awaited.then(|| turns.awaited.unwrap_or(now));
            turns.awaited = since.filter(|since| now - since <= LONGEST);
            let in_vain = awaited && turns.awaited.is_none();
            if in_vain {
                turns.forget();
            }
            !in_vain
        });
        if awaited {
            ctx.request_repaint();
        }
        prepared.unwrap_or(true)
    }

    /// Whether a text field had the keyboard when this frame began. Escape has taken it away by now.
    pub fn was_typing(ctx: &Context) -> bool {
        ctx.with_plugin(|turns: &mut Self| turns.typing).unwrap_or_default()
    }

    /// What was typed and has not come yet was meant for something that is gone.
    pub fn forget_typed(ctx: &Context) {
        ctx.with_plugin(Self::forget);
    }

    /// The same of all but these keys.
    pub fn forget_typed_but(ctx: &Context, keys: Vec<Shortcut>) {
        ctx.with_plugin(|turns: &mut Self| {
            turns.waiting.retain(|event| match event {
                Event::Key { key, pressed: true, modifiers, .. } => {
                    keys.iter().any(|one| one.matches(*key, *modifiers))
                }
                other => !is_keyboard(other),
            });
        });
    }

    fn forget(&mut self) {
        self.waiting.retain(|event| !is_keyboard(event));
    }

    fn kind(&self, event: &Event, pressing: bool) -> Kind {
        match event {
            Event::Key { key, pressed: true, modifiers, .. } => {
                let asks = || self.turning.iter().any(|shortcut| shortcut.matches(*key, *modifiers));
                let own = self.typing && belongs_to_text(*key, *modifiers);
                let closing = matches!(key, Key::Enter | Key::Escape | Key::Tab);
                if closing || (pressing && *key == Key::Space) || (!own && asks()) {
                    Kind::Turning
                } else if self.typing && matches!(key, Key::ArrowUp | Key::ArrowDown) {
                    Kind::Lines
                } else {
                    Kind::Keys
                }
            }
            event if is_keyboard(event) => Kind::Keys,
            Event::PointerButton { .. }
            | Event::Touch { .. }
            | Event::MiddleClickPaste { .. }
            | Event::AccessKitActionRequest(_) => Kind::Pointer,
            _ => Kind::Quiet,
        }
    }

    /// Takes what belongs to one turn from the front of what waits. `pressing`: Space would press a control.
    fn turn(&mut self, pressing: bool) -> Vec<Event> {
        let mut now = Vec::new();
        let mut before = None;
        let (mut pressed_at, mut moved) = (None, false);
        while let Some(event) = self.waiting.pop_front() {
            let kind = self.kind(&event, pressing);
            let other = kind != Kind::Quiet && before.is_some_and(|before| before != kind || kind == Kind::Turning);
            let parted = match &event {
                Event::PointerMoved(to) => pressed_at.is_some_and(|at| at != *to),
                Event::PointerButton { pressed: false, .. } => moved && self.pressing,
                _ => false,
            };
            if other || parted {
                self.waiting.push_front(event);
                break;
            }
            match &event {
                Event::PointerMoved(to) => {
                    moved |= self.pressing && self.pointer != Some(*to);
                    self.pointer = Some(*to);
                }
                Event::PointerButton { pos, pressed, .. } => {
                    (pressed_at, self.pointer, self.pressing) = (Some(*pos), Some(*pos), *pressed);
                }
                _ => {}
            }
            if let Event::Key { key, pressed, .. } = event {
                let again = pressed && self.down.contains(&key);
                if again && (kind == Kind::Turning || self.opener == Some(key)) {
                    // Held down it asks once.
                    self.drop_text_of(key);
                    continue;
                }
                self.track(key, pressed, again);
                if kind == Kind::Turning {
                    self.opener = Some(key);
                    self.drop_text_of(key);
                    now.push(event);
                    break;
                }
            }
            if event == Event::WindowFocused(false) {
                self.down.clear();
                self.opener = None;
                self.pressing = false;
            }
            now.push(event);
            if kind != Kind::Quiet {
                before = Some(kind);
            }
        }
        now
    }

    fn track(&mut self, key: Key, pressed: bool, again: bool) {
        if !pressed {
            self.down.retain(|down| *down != key);
            self.opener.take_if(|opener| *opener == key);
        } else if !again {
            self.down.push(key);
        }
    }

    /// A key that was obeyed types no letter.
    fn drop_text_of(&mut self, key: Key) {
        if prints(key) && matches!(self.waiting.front(), Some(Event::Text(_))) {
            self.waiting.pop_front();
        }
    }
}

impl Plugin for Turns {
    fn debug_name(&self) -> &'static str {
        "turns"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        self.waiting.extend(input.events.drain(..));
        self.typing = ctx.text_edit_focused();
        if self.awaited.is_none() {
            let pressing = !self.typing && ctx.memory(|memory| memory.focused().is_some());
            input.events = self.turn(pressing);
        }
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        if !self.waiting.is_empty() {
            ui.ctx().request_repaint();
        }
    }
}

fn is_keyboard(event: &Event) -> bool {
    matches!(
        event,
        Event::Key { pressed: true, .. }
            | Event::Text(_)
            | Event::Paste(_)
            | Event::PasteImage(_)
            | Event::Copy
            | Event::Cut
            | Event::Ime(_)
    )
}

/// Whether a key by itself types a sign.
fn prints(key: Key) -> bool {
    let moves = matches!(
        key,
        Key::Enter
            | Key::Escape
            | Key::Tab
            | Key::Backspace
            | Key::Delete
            | Key::Insert
            | Key::Home
            | Key::End
            | Key::PageUp
            | Key::PageDown
            | Key::ArrowUp
            | Key::ArrowDown
            | Key::ArrowLeft
            | Key::ArrowRight
    );
    !moves && !is_function_key(key)
}

/// Keys a text field needs.
pub(super) fn belongs_to_text(key: Key, modifiers: Modifiers) -> bool {
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

fn is_function_key(key: Key) -> bool {
    key.name().strip_prefix('F').is_some_and(|n| n.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: Key, pressed: bool) -> Event {
        Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    /// The turns that these events become, with `N` as the key that opens a field, which has the keyboard after it.
    fn turns(typing: bool, events: Vec<Event>) -> Vec<Vec<Event>> {
        let turning = vec![Shortcut { key: Key::N, modifiers: Modifiers::NONE }];
        let mut all = Turns { turning, typing, waiting: events.into(), ..Turns::default() };
        let mut dealt = Vec::new();
        while !all.waiting.is_empty() {
            let turn = all.turn(false);
            all.typing |= turn.contains(&key(Key::N, true));
            dealt.push(turn);
        }
        dealt
    }

    #[test]
    fn what_follows_a_key_that_opens_a_field_is_a_turn_of_its_own_without_its_letter() {
        let held = vec![key(Key::N, true), text("n"), key(Key::N, true), text("n"), key(Key::X, true), text("x")];
        assert_eq!(turns(false, held), [vec![key(Key::N, true)], vec![key(Key::X, true), text("x")]]);
        let typed = vec![key(Key::N, true), text("n"), text("ö")];
        assert_eq!(turns(true, typed.clone()), [typed], "in a field it is a letter");
        let after = vec![key(Key::N, true), text("n"), text("ö")];
        assert_eq!(turns(false, after), [vec![key(Key::N, true)], vec![text("ö")]]);
    }

    #[test]
    fn a_press_the_way_of_the_pointer_and_its_end_are_turns_of_their_own() {
        let button = |pressed, x| Event::PointerButton {
            pos: egui::pos2(x, 0.0),
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let moved = |x| Event::PointerMoved(egui::pos2(x, 0.0));
        let drag =
            vec![moved(1.0), button(true, 1.0), moved(5.0), moved(9.0), button(false, 9.0), key(Key::Delete, true)];
        let expected = [
            vec![moved(1.0), button(true, 1.0)],
            vec![moved(5.0), moved(9.0)],
            vec![button(false, 9.0)],
            vec![key(Key::Delete, true)],
        ];
        assert_eq!(turns(false, drag), expected);
        let clicks = vec![moved(1.0), button(true, 1.0), button(false, 1.0), moved(7.0), button(true, 7.0)];
        let expected = [clicks[..3].to_vec(), clicks[3..].to_vec()];
        assert_eq!(turns(false, clicks), expected, "two clicks are not both at the second place");
        let twice = vec![button(true, 1.0), button(false, 1.0), button(true, 1.0), button(false, 1.0)];
        assert_eq!(turns(false, twice.clone()), [twice], "a double click is not drawn out");
    }

    #[test]
    fn keys_that_close_and_clicks_part_what_was_typed() {
        let press = |pressed| Event::PointerButton {
            pos: egui::Pos2::ZERO,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        let all = vec![text("a"), text("b"), key(Key::Enter, true), text("é"), press(true), press(false), text("d")];
        let expected = [
            vec![text("a"), text("b")],
            vec![key(Key::Enter, true)],
            vec![text("é")],
            vec![press(true), press(false)],
            vec![text("d")],
        ];
        assert_eq!(turns(true, all), expected);
        let held = vec![key(Key::Enter, true), key(Key::Enter, true), key(Key::Enter, false), key(Key::Enter, true)];
        let once = [vec![key(Key::Enter, true)], vec![key(Key::Enter, false), key(Key::Enter, true)]];
        assert_eq!(turns(false, held), once, "held down it asks once");
        let plain = vec![key(Key::X, true), text("x"), key(Key::X, false), Event::PointerMoved(egui::Pos2::ZERO)];
        assert_eq!(turns(false, plain.clone()), [plain], "most of what comes is one turn");
    }
}
