//! What a reader sees of what the model and other readers say.

use serde::{Deserialize, Serialize};

/// How a reader reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingMode {
    /// The model's answer and what is in force are on screen, and what the reader says comes into force.
    #[default]
    Assisted,
    /// Nothing that the model or another reader said is on screen; what the reader says is a reading of the reader's own.
    Blind,
    /// As [`Self::Blind`] until the reader commits the reading of an image; then the model and the others appear for it, and
    /// a changed mind is said again.
    Reveal,
}

impl ReadingMode {
    pub const ALL: [Self; 3] = [Self::Assisted, Self::Blind, Self::Reveal];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assisted => "Assisted",
            Self::Blind => "Blind",
            Self::Reveal => "Reveal after commit",
        }
    }

    /// What it does, in a sentence.
    pub fn means(self) -> &'static str {
        match self {
            Self::Assisted => "The model's answer and the label in force are shown; what you say comes into force.",
            Self::Blind => {
                "Neither the model nor other readers are shown, and what you say stands beside theirs without coming into force."
            }
            Self::Reveal => {
                "As blind, until you commit the reading of an image: then the model and the other readers appear for it, and \
                 both your readings are kept."
            }
        }
    }

    /// Behind "read": "blind", "with the reveal after the commit".
    pub fn adverb(self) -> &'static str {
        match self {
            Self::Assisted => "assisted",
            Self::Blind => "blind",
            Self::Reveal => "with the reveal after the commit",
        }
    }

    /// Whether the reader's statements are readings of the reader's own.
    pub fn is_own(self) -> bool {
        match self {
            Self::Assisted => false,
            Self::Blind | Self::Reveal => true,
        }
    }
}
