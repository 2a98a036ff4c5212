//! The image looked at, with what is known of it.

use crate::domain::{AnnotatedBox, PredictedBox};
use crate::session::{ImageDetail, ImageRow, ProjectView};

/// The selected image with what is known of it.
#[derive(Clone, Copy)]
pub struct Current<'v> {
    pub project: &'v ProjectView,
    pub row: &'v ImageRow,
    /// Absent until the session has looked it up.
    pub detail: Option<&'v ImageDetail>,
}

impl<'v> Current<'v> {
    /// Class probabilities of the active model.
    pub fn probabilities(&self) -> Option<&[f32]> {
        Some(self.detail?.prediction.as_ref()?.probabilities.as_slice())
    }

    /// The class the model calls.
    pub fn predicted(&self) -> Option<usize> {
        let called = |probabilities: &[f32]| self.project.class_thresholds.called(probabilities);
        self.probabilities().and_then(called).or(self.row.predicted.map(|(class, _)| usize::from(class)))
    }

    /// Boxes of readers or of an import.
    pub fn drawn(&self) -> usize {
        self.detail.map_or(usize::from(self.row.boxes.drawn), |d| d.annotation.boxes.len())
    }

    /// A person looked at it.
    pub fn is_reviewed(&self) -> bool {
        self.detail.map_or(self.row.reviewed, |d| d.annotation.reviewed)
    }

    /// The class that readers say.
    pub fn label(&self) -> Option<usize> {
        self.detail.map_or(self.row.label.map(usize::from), |d| d.annotation.label)
    }

    /// The boxes of readers, as far as they are known.
    pub fn boxes(&self) -> &'v [AnnotatedBox] {
        self.detail.map_or(&[], |d| &d.annotation.boxes)
    }

    /// All boxes of the model, whatever their score.
    pub fn found(&self) -> &'v [PredictedBox] {
        self.detail.and_then(|d| d.prediction.as_ref()).map_or(&[], |p| &p.boxes)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [f64; 2] {
        [f64::from(self.row.width), f64::from(self.row.height)]
    }

    /// The class a drawn box gets: the one chosen for boxes, else the image's.
    pub fn class_of_new_box(&self, chosen: Option<usize>) -> Option<usize> {
        let classes = self.project.classes.len();
        let known = |class: &usize| *class < classes;
        let of_image = self.label().filter(known).or_else(|| self.predicted().filter(known));
        chosen.filter(known).or(of_image).or((classes > 0).then_some(0))
    }
}
