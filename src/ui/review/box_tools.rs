//! What keys do to boxes: the threshold, taking the model's, changing and copying one's own.

use super::state::State;
use crate::session::ProjectView;

impl State {
    /// The score from which boxes are shown: the one a person is moving, else the model's; `None` where the active model
    /// draws no boxes.
    pub(super) fn threshold(&self, project: &ProjectView) -> Option<f64> {
        let in_force = project.threshold?;
        let moved = self.moved_threshold.filter(|(_, before)| *before == in_force);
        Some(moved.map_or(in_force, |(now, _)| now))
    }
}
