//! The image looked at, with what is known of it.

use crate::domain::{AnnotatedBox, Findings, PredictedBox, signed_by};
use crate::session::{ImageDetail, ImageRow, ProjectView, RowFindings, leading_finding};

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

    /// The class the model calls; of one that answers with findings the one furthest above its threshold.
    pub fn predicted(&self) -> Option<usize> {
        let called = |probabilities: &[f32]| match self.project.finding_thresholds.as_deref() {
            Some(least) => leading_finding(probabilities, least, &self.project.classes).map(|(finding, _)| finding),
            None => self.project.class_thresholds.called(probabilities),
        };
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

    /// Its reading is committed, in a way of reading that reveals the model and the other readers then.
    pub fn is_revealed(&self) -> bool {
        self.detail.is_some_and(|detail| detail.committed)
    }

    /// It is a key image.
    pub fn is_key(&self) -> bool {
        self.detail.map_or(self.row.facts.key, |d| d.annotation.key)
    }

    /// Who signed it off; absent while it is open.
    pub fn signed_by(&self) -> Option<String> {
        self.detail
            .map_or_else(|| self.row.facts.signed.as_deref().map(str::to_owned), |d| signed_by(&d.annotation.signed))
    }

    /// Why nothing that is said of it can be changed: the project is read-only, or it is signed off.
    pub fn fixed(&self) -> Option<String> {
        self.project.read_only.clone().or_else(|| {
            let by = self.signed_by()?;
            Some(format!("Signed off by {by}: reopen it first, with a reason"))
        })
    }

    /// Whether what is said of it can be changed.
    pub fn may_change(&self) -> bool {
        self.project.read_only.is_none() && self.signed_by().is_none()
    }

    /// The class that readers say.
    pub fn label(&self) -> Option<usize> {
        self.detail.map_or(self.row.label.map(usize::from), |d| d.annotation.label)
    }

    /// What is known of findings, boxes included; nothing where an image is of one class.
    pub fn findings(&self) -> Findings {
        let is_one = |class: usize| self.project.classes.finding_places().any(|place| place == class);
        match self.detail {
            Some(detail) => detail.annotation.known_findings().iter().filter(|(class, _)| is_one(*class)).collect(),
            None => self.row.findings.as_ref().map(RowFindings::known).unwrap_or_default(),
        }
    }

    /// What the model says of findings; `None` where it has not looked for any.
    pub fn answered(&self) -> Option<Findings> {
        match self.probabilities().filter(|all| !all.is_empty()) {
            Some(probabilities) => self.project.answered_findings(probabilities),
            None => self.row.findings.as_ref().and_then(RowFindings::answered),
        }
    }

    /// The findings of which the model is not sure, by their places; none where it has not looked for any.
    pub fn unsure(&self) -> Vec<usize> {
        let Some(answered) = self.answered() else { return Vec::new() };
        self.project.classes.finding_places().filter(|place| answered.get(*place).is_none()).collect()
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
