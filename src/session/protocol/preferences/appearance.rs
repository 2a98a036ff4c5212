//! How the window looks.

use serde::{Deserialize, Serialize};

/// Colours and sizes of the window.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Appearance {
    /// Whether the dark or the light colours are shown; absent until the person chose.
    pub dark: Option<bool>,
}
