//! What a model says about a picture.

use crate::domain::PredictedBox;
use crate::domain::recipe::Head;

/// What a model says about one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// One a class, before the softmax, none of a model that draws boxes; of a network that answers in grades, the logarithms of the probabilities.
    pub logits: Vec<f32>,
    /// One a class, adding up to one, or one a finding, each on its own; none of a model that draws boxes.
    pub probabilities: Vec<f32>,
    /// What a model that draws boxes found, the highest score first; pixels of the picture.
    pub boxes: Vec<PredictedBox>,
    /// Share, 0 to 1, of the picture that can be seen where its file is cut short; `None` where it is whole.
    pub visible: Option<f64>,
    /// What is remarkable about the picture's values and is not seen in the answer.
    pub remarks: Vec<String>,
}

impl Output {
    /// What a last layer that answers so says: the probabilities follow from the logits.
    pub fn of(head: Head, logits: Vec<f32>) -> Self {
        Self {
            probabilities: probabilities(head, &logits),
            logits,
            boxes: Vec::new(),
            visible: None,
            remarks: Vec::new(),
        }
    }

    /// The probabilities follow from the logits by a softmax.
    pub fn from_logits(logits: Vec<f32>) -> Self {
        Self { probabilities: softmax(&logits), logits, boxes: Vec::new(), visible: None, remarks: Vec::new() }
    }

    /// Features that answer nothing yet stand where logits would.
    pub(super) fn of_features(features: Vec<f32>) -> Self {
        Self { logits: features, probabilities: Vec::new(), boxes: Vec::new(), visible: None, remarks: Vec::new() }
    }

    /// That the picture's file is cut short, as training says it, where it is.
    pub fn cut_short(&self, name: &str) -> Option<String> {
        let percent = self.visible? * 100.0;
        Some(format!("{name} is cut short; the {percent:.0} % of it that can be seen are used"))
    }

    /// Of a model that draws boxes.
    pub fn from_boxes(boxes: Vec<PredictedBox>) -> Self {
        Self { logits: Vec::new(), probabilities: Vec::new(), boxes, visible: None, remarks: Vec::new() }
    }
}

/// The probabilities that follow from logits, as a last layer that answers so means them.
pub fn probabilities(head: Head, logits: &[f32]) -> Vec<f32> {
    match head {
        Head::Classes | Head::Corn | Head::Coral => softmax(logits),
        Head::Findings => logits.iter().map(|logit| sigmoid(*logit)).collect(),
    }
}

/// 1 over 1 + exp(-x), which overflows nowhere.
pub fn sigmoid(logit: f32) -> f32 {
    let x = f64::from(logit);
    (if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }) as f32
}

/// exp(x) over its sum, shifted by the largest so that nothing overflows.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|&l| f64::from(l - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|p| (p / total) as f32).collect()
}
