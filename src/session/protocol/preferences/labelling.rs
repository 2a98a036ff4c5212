//! How images are labelled: what the queue shows, which filters were kept under a name.

use serde::{Deserialize, Serialize};

/// How a person labels images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Labelling {
    /// Whether the rows of the queue lie close together.
    pub dense_rows: bool,
}
