//! What a network answers with, and so what it learns from and is judged by.

use super::{Architecture, Head, Recipe};

/// What a network answers with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// One class of the whole image.
    #[default]
    Class,
    /// Of each finding, whether the image has it.
    Findings,
    /// Boxes around what it found.
    Boxes,
}

impl AnswerKind {
    /// What a network with such a last layer answers with.
    pub fn of(architecture: &Architecture, head: Head) -> Self {
        match (architecture, head) {
            (Architecture::Detector(_), _) => Self::Boxes,
            (Architecture::Classifier(_), Head::Findings) => Self::Findings,
            (Architecture::Classifier(_), Head::Classes | Head::Corn | Head::Coral) => Self::Class,
        }
    }

    /// What sentences call what it learns from: "classes".
    pub fn words(self) -> &'static str {
        match self {
            Self::Class => "classes",
            Self::Findings => "findings",
            Self::Boxes => "boxes",
        }
    }
}

impl Recipe {
    /// What its network answers with.
    pub fn answers(&self) -> AnswerKind {
        AnswerKind::of(&self.architecture, self.loss.into())
    }
}
