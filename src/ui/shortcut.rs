//! A key with its modifiers, as text and as egui sends it.

use egui::{Key, Modifiers};
use thiserror::Error;

/// A key and what is held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    pub key: Key,
    pub modifiers: Modifiers,
}

/// Why a text is no shortcut.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShortcutError {
    #[error("{0:?} is no key: use names such as Ctrl Shift Z, F1, Right or Enter")]
    UnknownKey(String),
    #[error("a key is missing after the modifiers")]
    Empty,
}

/// Whether a key is only held with others, or switches what others type. By itself it asks for nothing: each shortcut with
/// it begins with it.
pub(super) fn is_modifier(key: Key) -> bool {
    matches!(
        key,
        Key::ShiftLeft
            | Key::ShiftRight
            | Key::ControlLeft
            | Key::ControlRight
            | Key::AltLeft
            | Key::AltRight
            | Key::SuperLeft
            | Key::SuperRight
            | Key::CapsLock
            | Key::NumLock
            | Key::ScrollLock
    )
}

fn is_digit(key: Key) -> bool {
    matches!(
        key,
        Key::Num0
            | Key::Num1
            | Key::Num2
            | Key::Num3
            | Key::Num4
            | Key::Num5
            | Key::Num6
            | Key::Num7
            | Key::Num8
            | Key::Num9
    )
}

impl Shortcut {
    /// Reads "Ctrl+Shift+Z" or "Ctrl Shift Z".
    pub fn parse(text: &str) -> Result<Self, ShortcutError> {
        let mut modifiers = Modifiers::NONE;
        let mut key = None;
        let spaced = text.replace('+', " ");
        // A lone plus is the key itself.
        let words: Vec<&str> = if text.trim_end().ends_with('+') {
            spaced.split_whitespace().chain(["Plus"]).collect()
        } else {
            spaced.split_whitespace().collect()
        };
        for word in words {
            match word.to_lowercase().as_str() {
                "ctrl" | "cmd" | "command" => modifiers |= Modifiers::COMMAND,
                "shift" => modifiers |= Modifiers::SHIFT,
                "alt" => modifiers |= Modifiers::ALT,
                _ => key = Some(key_named(word).ok_or_else(|| ShortcutError::UnknownKey(word.to_owned()))?),
            }
        }
        Ok(Self { key: key.ok_or(ShortcutError::Empty)?, modifiers })
    }

    /// What is pressed, as a key to give to something: Shift does not count with the plus sign, which needs it on many
    /// keyboards.
    pub fn of(key: Key, held: Modifiers) -> Self {
        let modifiers = Modifiers {
            alt: held.alt,
            ctrl: false,
            shift: held.shift && key != Key::Plus,
            mac_cmd: false,
            command: held.command || held.ctrl,
        };
        Self { key, modifiers }
    }

    /// As settings keep it on every system: "Ctrl Shift Z"; [`Self::parse`] reads it.
    pub fn stored(&self) -> String {
        let held = [
            (self.modifiers.command || self.modifiers.ctrl, "Ctrl"),
            (self.modifiers.alt, "Alt"),
            (self.modifiers.shift, "Shift"),
        ];
        let held = held.into_iter().filter_map(|(is, name)| is.then_some(name));
        held.chain([self.key.name()]).collect::<Vec<_>>().join(" ")
    }

    /// As people read it: "Ctrl Shift Z".
    pub fn text(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        if self.modifiers.command || self.modifiers.ctrl {
            parts.push(if cfg!(target_os = "macos") { "⌘" } else { "Ctrl" });
        }
        if self.modifiers.alt {
            parts.push("Alt");
        }
        if self.modifiers.shift {
            parts.push("Shift");
        }
        parts.push(key_name(self.key));
        parts.join(" ")
    }

    /// The same of what a window sends: with Shift the key of a digit types another sign on each keyboard, so it is known by
    /// its place.
    pub fn sent(key: Key, physical: Option<Key>, held: Modifiers) -> Self {
        match physical.filter(|place| held.shift && is_digit(*place)) {
            Some(digit) => Self::of(digit, held),
            None => Self::of(key, held),
        }
    }

    /// Whether what a window sends is this key, by its place too where that is a digit held with Shift.
    pub fn is_sent(&self, key: Key, physical: Option<Key>, held: Modifiers) -> bool {
        let place = physical.filter(|place| self.modifiers.shift && *place == self.key && is_digit(*place));
        self.matches(key, held) || place.is_some_and(|place| self.matches(place, held))
    }

    /// Whether a pressed key is this one, with nothing else held. Many keyboards need Shift for the plus sign, so it
    /// does not count there.
    pub fn matches(&self, key: Key, held: Modifiers) -> bool {
        key == self.key
            && (held.shift == self.modifiers.shift || key == Key::Plus)
            && held.alt == self.modifiers.alt
            && (held.command || held.ctrl) == (self.modifiers.command || self.modifiers.ctrl)
    }
}

fn key_named(word: &str) -> Option<Key> {
    let key = match word.to_lowercase().as_str() {
        "right" => Key::ArrowRight,
        "left" => Key::ArrowLeft,
        "up" => Key::ArrowUp,
        "down" => Key::ArrowDown,
        "del" => Key::Delete,
        "esc" => Key::Escape,
        "return" => Key::Enter,
        _ => {
            let mut letters = word.chars();
            let capital: String = letters.next()?.to_uppercase().chain(letters).collect();
            Key::from_name(&capital).or_else(|| Key::from_name(word))?
        }
    };
    (!is_modifier(key)).then_some(key)
}

fn key_name(key: Key) -> &'static str {
    match key {
        Key::ArrowRight => "Right",
        Key::ArrowLeft => "Left",
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::Escape => "Esc",
        Key::Plus => "+",
        Key::Minus => "−",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Equals => "=",
        Key::Comma => ",",
        Key::Period => ".",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_shortcut_are_the_same_thing() {
        for text in ["Ctrl Shift Z", "F1", "Right", "Alt 3", "Enter", "Delete", "Ctrl Alt Shift A", "Esc"] {
            assert_eq!(Shortcut::parse(text).expect(text).text(), text);
        }
        for &key in Key::ALL.iter().filter(|key| !is_modifier(**key)) {
            for held in [Modifiers::NONE, Modifiers::CTRL, Modifiers::ALT | Modifiers::SHIFT] {
                let pressed = Shortcut::of(key, held);
                assert_eq!(Shortcut::parse(&pressed.stored()), Ok(pressed), "{}", pressed.stored());
                assert!(pressed.matches(key, held), "{}", pressed.stored());
            }
        }
        assert_eq!(Shortcut::parse("ctrl+p").expect("lower case").text(), "Ctrl P");
        assert_eq!(Shortcut::parse("Ctrl++").expect("plus").key, Key::Plus);
        assert_eq!(Shortcut::parse("Ctrl"), Err(ShortcutError::Empty));
        assert!(Shortcut::parse("ControlLeft").is_err(), "it is pressed before every other key of its kind");
        assert_eq!(Shortcut::parse("Ctrl Foo"), Err(ShortcutError::UnknownKey("Foo".into())));
    }

    #[test]
    fn a_digit_held_with_shift_is_known_by_its_place_whatever_it_types() {
        let shift = Modifiers::SHIFT;
        let uncertain = Shortcut::parse("Shift 1").expect("a key");
        for types in [Key::Num1, Key::Exclamationmark, Key::Plus] {
            assert!(uncertain.is_sent(types, Some(Key::Num1), shift), "{types:?}");
            assert_eq!(Shortcut::sent(types, Some(Key::Num1), shift), uncertain);
        }
        assert!(uncertain.is_sent(Key::Num1, None, shift));
        assert!(!uncertain.is_sent(Key::Exclamationmark, Some(Key::Num2), shift));
        assert!(!uncertain.is_sent(Key::Num1, Some(Key::Num1), Modifiers::NONE));
        let label = Shortcut::parse("1").expect("a key");
        assert!(!label.is_sent(Key::Exclamationmark, Some(Key::Num1), shift));
        assert!(label.is_sent(Key::Num1, Some(Key::Num1), Modifiers::NONE));
        let letter = Shortcut::parse("Shift Z").expect("a key");
        assert!(!letter.is_sent(Key::Y, Some(Key::Z), shift), "letters are where the layout has them");
    }

    #[test]
    fn extra_modifiers_are_another_shortcut() {
        let undo = Shortcut::parse("Ctrl Z").expect("a key");
        assert!(undo.matches(Key::Z, Modifiers::CTRL | Modifiers::COMMAND));
        assert!(!undo.matches(Key::Z, Modifiers::CTRL | Modifiers::SHIFT));
        assert!(!undo.matches(Key::Z, Modifiers::NONE));
    }
}
