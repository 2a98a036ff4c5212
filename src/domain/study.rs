//! A wrong answer that a study shows as the model's. It lies in the study's own list and nowhere else: what the model said stays as
//! it is for all that is counted, learned or exported.

use super::assignment::ImageKey;
use serde::{Deserialize, Serialize};

/// A wrong answer for an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlantedAnswer {
    pub image: ImageKey,
    /// The class that it answers (index into the class list).
    pub answer: usize,
    /// What is shown as the model's: one probability a class, as the model gave another image that it answers so.
    pub probabilities: Vec<f32>,
}
