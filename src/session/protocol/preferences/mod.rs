//! How one person likes to work, in every project: kept among the user's settings, changed as a whole.

pub mod appearance;
pub mod labelling;
pub mod reading;
pub mod training;

use crate::session::protocol::preferences::appearance::Appearance;
use crate::session::protocol::preferences::labelling::Labelling;
use crate::session::protocol::preferences::reading::Reading;
use crate::session::protocol::preferences::training::Training;
use serde::{Deserialize, Serialize};

/// All that a person chose of how the window looks and answers. What a file does not name is as it comes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// How the window looks.
    pub appearance: Appearance,
    /// How pictures are read.
    pub reading: Reading,
    /// How images are labelled.
    pub labelling: Labelling,
    /// How models are trained.
    pub training: Training,
}
