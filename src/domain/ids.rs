//! Identifiers, each its own type so that an image's cannot be passed for a model's.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// One image of a project.
    ImageId
);
id!(
    /// One entry of the annotation log; later entries have larger numbers.
    EventId
);
id!(
    /// One model of a project's registry.
    ModelId
);
id!(
    /// One training run of a project.
    RunId
);
id!(
    /// One measurement; from the same row of numbers as boxes, kept when a point is moved or its deletion is undone.
    MeasurementId
);
id!(
    /// One box; unique in its project, kept when the box is moved or its deletion is undone.
    BoxId
);
