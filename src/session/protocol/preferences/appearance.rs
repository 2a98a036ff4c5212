//! How the window looks.

use serde::{Deserialize, Serialize};

/// The sizes of text that can be chosen, as shares of the usual one.
pub const TEXT_SIZES: std::ops::RangeInclusive<f32> = 0.6..=2.5;

/// Colours and sizes of the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    pub theme: ThemeChoice,
    /// The size of text and of all that is around it, as a share of the usual one.
    pub text_size: f32,
}

impl Default for Appearance {
    fn default() -> Self {
        Self { theme: ThemeChoice::default(), text_size: 1.0 }
    }
}

impl Appearance {
    /// The size of text within what can be shown; the usual one where a file has no number.
    pub fn shown_text_size(&self) -> f32 {
        let size = if self.text_size.is_finite() { self.text_size } else { 1.0 };
        size.clamp(*TEXT_SIZES.start(), *TEXT_SIZES.end())
    }
}

/// Which colours are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// For reading rooms.
    #[default]
    Dark,
    Light,
    /// As the desktop has it; dark where that does not say.
    System,
}

impl ThemeChoice {
    pub const ALL: [ThemeChoice; 3] = [ThemeChoice::Dark, ThemeChoice::Light, ThemeChoice::System];

    /// What its button says.
    pub fn title(self) -> &'static str {
        match self {
            ThemeChoice::Dark => "Dark",
            ThemeChoice::Light => "Light",
            ThemeChoice::System => "As the system",
        }
    }
}
