//! A change of which images belong to which split, as the project's history keeps it.

use super::ids::ImageId;
use super::image::Split;

/// One image that went from one split to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitMove {
    pub image: ImageId,
    pub from: Split,
    pub to: Split,
}

/// One image that got another group (patient, uploader), or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regroup {
    pub image: ImageId,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Images that moved together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitChange {
    pub id: i64,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
    pub reader: String,
    /// What was asked for, in words: "80/10/10, seed 1, test frozen".
    pub what: String,
    pub moves: Vec<SplitMove>,
    pub regroups: Vec<Regroup>,
    /// The change that this one takes back.
    pub undoes: Option<i64>,
}

impl SplitChange {
    /// The moves that take this one back.
    pub fn inverse(&self) -> (Vec<SplitMove>, Vec<Regroup>) {
        let back = |m: &SplitMove| SplitMove { image: m.image, from: m.to, to: m.from };
        let regroup = |r: &Regroup| Regroup { image: r.image, from: r.to.clone(), to: r.from.clone() };
        (self.moves.iter().map(back).collect(), self.regroups.iter().map(regroup).collect())
    }
}
