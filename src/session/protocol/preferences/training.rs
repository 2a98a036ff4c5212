//! How models are trained.

use serde::{Deserialize, Serialize};

/// What is chosen for runs, in projects that have no choice of their own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Training {
    /// Whether the test split stays closed after a training, until somebody asks for figures.
    pub keep_test_closed: bool,
}
