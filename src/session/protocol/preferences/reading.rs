//! How pictures are read: what the mouse does, what goes along from one image to the next, what the corners say.

use serde::{Deserialize, Serialize};

/// How a person reads pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Whether window, zoom and rotation go along to the next image of the same kind.
    pub keep_view: bool,
}
