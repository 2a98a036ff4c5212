//! The name of a format.

use serde::{Serialize, Serializer};

/// A format that is read, and often written. Each is declared, as a constant of this type, in its own folder below
/// `formats`, which also lists them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format {
    id: &'static str,
    name: &'static str,
}

impl Format {
    /// One of that identifier (what it is called in commands and files, `label-studio`) and name (`Label Studio`).
    pub const fn new(id: &'static str, name: &'static str) -> Self {
        Self { id, name }
    }

    /// What it is called in commands and files.
    pub fn id(self) -> &'static str {
        self.id
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id)
    }
}
