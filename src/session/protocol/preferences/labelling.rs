//! How images are labelled: what the queue shows, which filters were kept under a name.

use serde::{Deserialize, Serialize};

/// How a person labels images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Labelling {
    /// How high the rows of the queue are.
    pub rows: RowSize,
    /// Filters kept under a name, the oldest first.
    pub filters: Vec<KeptFilter>,
    /// Whether the history of an image begins with what was said first.
    pub oldest_first: bool,
}

/// How high a row of the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSize {
    /// One line, so that many are seen.
    Dense,
    #[default]
    Normal,
    /// A large picture, and the person's word and the model's on lines of their own.
    Large,
}

/// A filter kept under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptFilter {
    pub name: String,
    /// As a person types it into the search.
    pub text: String,
}
