//! Keys of a person's own: which replace those that the window comes with.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Keys that a person gave, as text ("Ctrl Shift Z"). What is not named here keeps the keys it comes with; an empty list
/// is none at all. The window reads the texts; here they are only kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnKeys {
    /// By the name that the window's table gives to an action.
    pub actions: BTreeMap<String, Vec<String>>,
    /// Of a label, by the name of the class: in every project that has a class of that name.
    pub classes: BTreeMap<String, Vec<String>>,
}
