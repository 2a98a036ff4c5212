//! Studies in which some images are shown with a wrong answer, and what came of them.

use crate::domain::ImageId;
use crate::evaluation::influence::Part;
use serde::Serialize;
use std::sync::Arc;

/// What a reader did with the planted answers of a study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StudyReader {
    pub reader: String,
    /// Of the planted answers that the reader answered under, those that were followed.
    pub followed: Part,
}

/// A study.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StudyView {
    /// "today 10:42".
    pub began: String,
    /// Absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    pub by: String,
    pub model: String,
    /// Images that are shown with a wrong answer.
    pub planted: usize,
    /// Of these the ones that somebody read while it ran; 0 while it runs.
    pub read: usize,
    pub seed: u64,
    /// It ran in this project, and not in a copy alone that was merged.
    pub here: bool,
    /// Why it is not told which images they were, where the list of them cannot be read or was changed from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// None while it runs.
    pub readers: Vec<StudyReader>,
    /// Which images they were; none while it runs.
    #[serde(skip)]
    pub images: Arc<Vec<ImageId>>,
    /// Of these the ones whose label in force follows the planted answer and was not said again.
    #[serde(skip)]
    pub unconfirmed: Arc<Vec<ImageId>>,
}

/// What is asked of studies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyCommand {
    /// Begins one in which so many images are shown with a wrong answer, drawn by the seed.
    Begin {
        images: usize,
        seed: u64,
    },
    End,
}
