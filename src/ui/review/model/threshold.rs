//! The score from which the model's boxes count, also while a person moves it.

use crate::domain::{BoxThresholds, PredictedBox};
use crate::session::{ProjectCommand, ProjectView};

/// A threshold that a person moves, until the session has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threshold {
    /// The one it was moved to, and the one in force when that began.
    moved: Option<(f64, f64)>,
}

impl Threshold {
    /// The scores from which boxes are shown: for all classes the one a person is moving, else the model's, beside each class's
    /// own; `None` where the active model draws no boxes.
    pub fn of(self, project: &ProjectView) -> Option<BoxThresholds> {
        Some(BoxThresholds { all: self.of_all(project)?, each: project.class_thresholds.clone() })
    }

    /// The one for all classes that have none of their own.
    pub fn of_all(self, project: &ProjectView) -> Option<f64> {
        let in_force = project.threshold?;
        let moved = self.moved.filter(|(_, before)| *before == in_force);
        Some(moved.map_or(in_force, |(now, _)| now))
    }

    /// Takes a new view in. Once another is in force the one it was moved to is forgotten: else it would come back with the
    /// one it was moved from.
    pub fn follow(&mut self, project: &ProjectView) {
        self.moved.take_if(|(_, before)| project.threshold != Some(*before));
    }

    /// Shows boxes from another score on; the command that keeps it with the model, where it is another and the project can
    /// be changed.
    pub fn move_to(&mut self, project: &ProjectView, to: f64) -> Option<ProjectCommand> {
        let (Some(before), Some(model)) = (project.threshold, project.active) else { return None };
        let to = (to.clamp(0.0, 1.0) * 100.0).round() / 100.0;
        self.moved = Some((to, before));
        let kept = to != before && project.read_only.is_none();
        kept.then_some(ProjectCommand::SetThreshold { model, threshold: Some(to) })
    }
}

/// Of the model's boxes those that count, each with its place among them all.
pub fn counting(all: &[PredictedBox], thresholds: BoxThresholds) -> impl Iterator<Item = (usize, &PredictedBox)> {
    all.iter().enumerate().filter(move |(_, one)| thresholds.counts(one))
}
