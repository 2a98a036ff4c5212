//! Which values of a picture are of interest: how they become greys.

use serde::{Deserialize, Serialize};

/// A choice between what the header offers and what a person sets (PS3.3 C.11.2).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Voi {
    /// One of the header's windows and tables, from 0; where the header has none, 0 is the picture's whole range.
    Preset(usize),
    /// Centre and width, in values after the modality transform.
    Window(f64, f64),
}

impl Default for Voi {
    /// What the header names first.
    fn default() -> Self {
        Self::Preset(0)
    }
}
