//! How far the boxes of a reader were relied on where the words of several became one.

use serde::{Deserialize, Serialize};

/// Estimated from where readers drew boxes, without a truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// As people call the reader.
    pub reader: String,
    /// Of the places that are a finding the share where the reader drew a box.
    pub sensitivity: f64,
    /// Of the places that somebody took for a finding and that are none, the share where the reader drew no box.
    pub specificity: f64,
    /// What the reader's corners count in the mean of a box: the share of the reader's boxes that are of a finding.
    pub weight: f64,
}
