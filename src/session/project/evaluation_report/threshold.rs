//! Where a threshold comes from.

use crate::domain::{ModelCard, ModelRecord};
use serde::Serialize;

/// Where the score comes from that calls are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdFrom {
    /// None: the most probable class is called.
    MostProbable,
    /// It was given for this evaluation.
    Given,
    /// It was chosen on the validation images for this evaluation.
    ChosenNow,
    /// Training chose it on the validation images and wrote it to the model's file.
    ModelFile,
    /// It was set for the model in the project, by a person or on the validation images.
    Project,
    /// Nobody and nothing chose one.
    Default,
}

impl ThresholdFrom {
    /// Where the score comes from that boxes of a model count from when none is given.
    pub fn of_boxes(card: &ModelCard, record: Option<&ModelRecord>) -> Self {
        match (record.and_then(|record| record.threshold), card.threshold) {
            (Some(_), _) => Self::Project,
            (None, Some(_)) => Self::ModelFile,
            (None, None) => Self::Default,
        }
    }

    /// What it is and where it comes from, as sentences.
    pub(super) fn sentences(self, threshold: Option<f64>) -> String {
        let score = threshold.map_or_else(|| "not known".to_owned(), crate::session::drawing::numbers::number);
        match self {
            Self::MostProbable => {
                "The most probable class is called; of two classes that is a probability of 0.5. No threshold was chosen, on \
                 these images or on others."
                    .to_owned()
            }
            Self::Given => format!("The threshold is {score}. It was given for this evaluation. {EXPLORATORY}"),
            Self::ChosenNow => format!(
                "The threshold is {score}. It was chosen on the validation images, for this evaluation. {EXPLORATORY}"
            ),
            Self::ModelFile => format!(
                "The threshold is {score}. Training chose it on the validation images and wrote it to the model's file, which \
                 does not change any more."
            ),
            Self::Project => format!(
                "The threshold is {score}. It was set for the model in the project, by a person or on the validation images. \
                 {EXPLORATORY}"
            ),
            Self::Default => format!("The threshold is {score}, which is taken where nobody and nothing chose one."),
        }
    }

    /// Whether nothing shows that it was fixed before the images were looked at.
    pub(super) fn is_exploratory(self) -> bool {
        match self {
            Self::Given | Self::ChosenNow | Self::Project => true,
            Self::MostProbable | Self::ModelFile | Self::Default => false,
        }
    }
}

const EXPLORATORY: &str =
    "Exploratory: the project's log does not show that it was fixed before the images judged here were opened.";
