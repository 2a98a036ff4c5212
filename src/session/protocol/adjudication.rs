//! What a rule makes of the readers' words, before it is put in force.

use crate::domain::{AdjudicationRule, Findings, ImageId, Rect, Reliability};
use std::sync::Arc;

/// What there is to adjudicate, and what the rule makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AdjudicationPlan {
    /// The one that decides: by majority where another was asked for and there is too little to estimate readers by.
    pub rule: AdjudicationRule,
    /// Why it is not the rule that was asked for.
    pub instead: Option<String>,
    /// How far each reader's boxes are relied on, where the rule weighs them.
    pub readers: Arc<Vec<Reliability>>,
    /// Words of students that were left out, one an image and student.
    pub left_out: usize,
    /// Which state of the project it was worked out from.
    pub version: u64,
    /// Images that two or more have read.
    pub shared: usize,
    /// Images of which the rule says something that is not in force.
    pub decided: Arc<Vec<Decided>>,
    /// Images of which it says what is in force already, and was put there by nothing else.
    pub stand: usize,
    /// Images that a person has to decide.
    pub undecided: Arc<Vec<ImageId>>,
    /// Images of which the rule says something that is not in force, and that are signed off: they stay as they are.
    pub signed: Arc<Vec<ImageId>>,
    /// Of the decided ones those of the test split.
    pub test_images: usize,
}

/// What becomes of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub image: ImageId,
    /// Whose words it is made of, as people call them.
    pub readers: Vec<String>,
    /// How far the boxes of those are relied on who looked for some, where the rule weighs them.
    pub weights: Vec<Reliability>,
    /// Index into the class list; absent where that stays as it is.
    pub label: Option<usize>,
    /// Others stay as they are.
    pub findings: Findings,
    /// Absent where they stay as they are.
    pub boxes: Option<Vec<(usize, Rect)>>,
}
