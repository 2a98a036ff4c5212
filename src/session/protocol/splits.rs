//! A division of the images: how it is asked for, and what it would change.

use crate::domain::{ModelId, Regroup, SplitMove, SplitRatios};

/// How images are to be divided. Classes keep their shares; groups and copies of one picture stay together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitOptions {
    pub ratios: SplitRatios,
    pub seed: u64,
    /// Test images stay where they are, and only images whose group or copy is there join them.
    pub freeze_test: bool,
    /// A regular expression whose first group (or whole match) in an image's name is its group from now on.
    pub group: Option<String>,
}

impl SplitOptions {
    /// "80/10/10, seed 1, test frozen".
    pub(in crate::session) fn in_words(&self) -> String {
        let SplitRatios { train, validation, test } = self.ratios;
        let mut text = if self.freeze_test {
            format!("train and validation {train}/{validation}, test frozen, seed {}", self.seed)
        } else {
            format!("{train}/{validation}/{test}, seed {}", self.seed)
        };
        if let Some(pattern) = &self.group {
            text.push_str(&format!(", groups by {pattern}"));
        }
        text
    }
}

/// A model that was trained on images which a change makes test images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalidated {
    pub id: ModelId,
    pub model: String,
    /// How many of the test images it may have been trained or tuned on.
    pub images: usize,
}

/// A change of the splits that was worked out and not applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitPlan {
    /// What was asked for, in words.
    pub what: String,
    pub moves: Vec<SplitMove>,
    pub regroups: Vec<Regroup>,
    /// By class, then of no class: images in the order of [`crate::domain::Split::ALL`], now and then. An image without a
    /// label counts in each class of its boxes.
    pub before: Vec<[usize; 3]>,
    pub after: Vec<[usize; 3]>,
    /// Groups, after the change.
    pub groups: usize,
    /// Models whose test figures would no longer count.
    pub invalidated: Vec<Invalidated>,
    /// Images that join a test split which is left as it is, because their group, or the same picture, is in it already.
    pub joins_test: usize,
    /// The test split would be another one, so that figures of before cannot be laid beside later ones.
    pub test_changes: bool,
}

/// A change of the splits in the project's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitLine {
    pub time: String,
    pub who: String,
    pub what: String,
    /// Images that moved.
    pub moved: usize,
    /// It is the one that would be taken back next.
    pub undoable: bool,
    /// Images came into the test split or left it.
    pub touches_test: bool,
    /// The present reader made it, and alone can take it back.
    pub mine: bool,
}
