//! Who is to read which images: a plan of readings, and the lists that come of it.
//!
//! Images are named by their content, so that a plan means the same in every copy of a project.

use super::reading_mode::ReadingMode;
use serde::{Deserialize, Serialize};

/// How many readers an image has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// Every image so many.
    Each(usize),
    /// So many percent of the images two, the rest one.
    Doubled(u8),
}

/// By what the images of each reader are evened out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strata {
    #[default]
    None,
    /// By the label in force; images without one are a stratum of their own.
    Class,
    /// By how unsure the active model is, in four parts of as many images; images without an answer are one of their own.
    Uncertainty,
}

impl Strata {
    pub const ALL: [Self; 3] = [Self::None, Self::Class, Self::Uncertainty];

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "not evened out",
            Self::Class => "by class",
            Self::Uncertainty => "by the model's uncertainty",
        }
    }
}

/// What is asked of a plan of readings, as far as it does not depend on the project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentPlan {
    /// By name, each once, in order.
    pub readers: Vec<String>,
    pub reads: Reads,
    /// Images of each reader's own list that come again later in it.
    #[serde(default)]
    pub repeats: usize,
    /// Images that lie at least between a reading and its repeat.
    #[serde(default)]
    pub gap: usize,
    /// Images with a known truth that every reader gets.
    #[serde(default)]
    pub honeypots: usize,
    #[serde(default)]
    pub strata: Strata,
    /// All images of a patient go to the same readers. Lists then differ in length by up to the images of one patient, and are
    /// not evened out by stratum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub patients_together: bool,
    /// How its readers read while it is open; absent where each reads as the reader chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<ReadingMode>,
    pub seed: u64,
    /// Which images were chosen, in words: "all images", "Train".
    pub chosen: String,
}

impl Default for AssignmentPlan {
    fn default() -> Self {
        Self {
            readers: Vec::new(),
            reads: Reads::Each(1),
            repeats: 0,
            gap: 10,
            honeypots: 0,
            strata: Strata::None,
            patients_together: false,
            reading: None,
            seed: 1,
            chosen: "all images".into(),
        }
    }
}

/// Why an image is in a reader's list. Readers do not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// To be read.
    Plain,
    /// Its truth is known.
    Honeypot,
    /// It comes again.
    Repeat,
}

/// An image by its content: SHA-256 of its file, hexadecimal, and the frame, from 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ImageKey(pub String, pub u32);

/// What each reader reads, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentList {
    pub images: Vec<ImageKey>,
    /// For each reader of the plan, in that order: places in `images`, and why each is there.
    pub orders: Vec<Vec<(u32, Turn)>>,
}

impl AssignmentList {
    /// The list of the reader at a place of the plan.
    pub fn of(&self, reader: usize) -> impl Iterator<Item = (&ImageKey, Turn)> {
        let order = self.orders.get(reader).map(Vec::as_slice).unwrap_or_default();
        order.iter().filter_map(|(at, turn)| Some((self.images.get(*at as usize)?, *turn)))
    }

    /// Whether every place is one of an image, as in a list that was read from a file it need not be.
    pub fn is_whole(&self) -> bool {
        self.orders.iter().flatten().all(|(at, _)| (*at as usize) < self.images.len())
    }
}

/// Whether a plan is to be read; one that was deleted has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentState {
    Open,
    Ended,
}

/// A plan of a project with its lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// SHA-256 of plan and lists, hexadecimal.
    pub digest: String,
    pub plan: AssignmentPlan,
    pub list: AssignmentList,
    /// Absent where it was deleted.
    pub state: Option<AssignmentState>,
    /// When it was made, in ms since 1970-01-01 UTC, in whichever copy.
    pub made_ms: i64,
    /// When its state was decided last, in whichever copy.
    pub since_ms: i64,
    /// Who made it.
    pub by: String,
}

impl Assignment {
    /// The place of a reader in the plan.
    pub fn reader(&self, name: &str) -> Option<usize> {
        self.plan.readers.iter().position(|reader| reader == name)
    }
}
