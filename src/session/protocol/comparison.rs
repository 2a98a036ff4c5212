//! Models laid side by side on the test split, as the window shows them.

use crate::domain::performance::{
    BoxDifference, BoxPerformance, BoxSubgroups, BoxesOn, Difference, Performance, Subgroups,
};
use crate::domain::{ClassificationReport, Findings, ImageId, ModelId, Presence};
use crate::session::protocol::queue::ImageSet;
use std::sync::Arc;

/// A candidate beside the active model, both on the frozen test split.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub candidate: ModelId,
    pub candidate_report: ClassificationReport,
    /// Images by `[truth][predicted]` of the candidate.
    pub candidate_cells: Vec<Vec<ImageSet>>,
    pub active: Option<(ModelId, ClassificationReport)>,
    pub active_cells: Vec<Vec<ImageSet>>,
    /// Test images on which the two disagree.
    pub flipped: ImageSet,
    /// Of these, now right; now wrong.
    pub gained: usize,
    pub lost: usize,
    /// Figures with intervals on the same images, as they are worked out.
    pub performances: Vec<(ModelId, Arc<Performance>)>,
    /// The candidate's finding in parts of the images, by attribute.
    pub subgroups: Arc<Vec<Subgroups>>,
    /// The images of each part of each.
    pub part_images: Arc<Vec<Vec<Vec<ImageId>>>>,
    /// What each classifier said of each image it is judged by.
    pub said: Vec<(ModelId, Arc<Vec<Said>>)>,
    /// Further models on the same images.
    pub beside: Vec<Beside>,
    /// Where the models draw boxes.
    pub boxes: ComparedBoxes,
    /// How much the candidate differs from the active model, once it is worked out.
    pub difference: Option<Arc<Difference>>,
}

impl Comparison {
    /// All models that are compared.
    pub fn models(&self) -> impl Iterator<Item = ModelId> + '_ {
        let active = self.active.as_ref().map(|(model, _)| *model);
        std::iter::once(self.candidate).chain(active).chain(self.beside.iter().map(|beside| beside.model))
    }
}

/// Whether something that is kept was brought back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recall {
    #[default]
    Wanted,
    Running,
    /// It is shown, or there is none.
    Done,
}

/// What there is to tell of models that draw boxes, as it is worked out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparedBoxes {
    pub performances: Vec<(ModelId, Arc<BoxPerformance>)>,
    /// How much each differs from the active model of the comparison.
    pub differences: Vec<(ModelId, Arc<BoxDifference>)>,
    /// What each found on each image.
    pub on: Vec<(ModelId, OnImages)>,
    /// The candidate's boxes in parts of the images, by attribute.
    pub subgroups: Arc<Vec<BoxSubgroups>>,
}

/// What a model found on each image.
pub type OnImages = Arc<Vec<(ImageId, BoxesOn)>>;

/// A further model of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    pub model: ModelId,
    pub report: ClassificationReport,
    /// How much it differs from the active model of the comparison, once it is worked out.
    pub difference: Option<Arc<Difference>>,
}

/// What a model said of an image whose truth is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    pub image: ImageId,
    /// Its class; of findings whether it has any, as the cells have it.
    pub truth: usize,
    /// What is known of its findings, where it may have several.
    pub findings: Option<Findings>,
    /// One a class.
    pub probabilities: Vec<f32>,
}

impl Said {
    /// Whether the image is of a class, or has a finding; `None` where that is not known.
    pub fn is(&self, class: usize) -> Option<bool> {
        match &self.findings {
            Some(findings) => findings.get(class).and_then(Presence::known),
            None => Some(self.truth == class),
        }
    }
}
