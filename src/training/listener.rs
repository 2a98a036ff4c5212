//! The one who is told about a run, and may end it.

use super::job::{Control, TrainEvent};
use crate::domain::StopReason;

/// Hears the listener's answers; the first wish to end holds, but a cancel overrides a stop.
pub(super) struct Listener<'a> {
    pub on_event: &'a mut dyn FnMut(&TrainEvent) -> Control,
    /// How the run is to end.
    pub asked: Option<StopReason>,
}

impl Listener<'_> {
    /// Whether to go on.
    pub fn tell(&mut self, event: &TrainEvent) -> bool {
        match (self.on_event)(event) {
            Control::Continue => {}
            Control::Stop => self.asked = self.asked.or(Some(StopReason::Stopped)),
            Control::Cancel => self.asked = Some(StopReason::Cancelled),
        }
        self.asked.is_none()
    }

    /// Whether nothing of the run is to be kept.
    pub fn is_cancelled(&self) -> bool {
        self.asked == Some(StopReason::Cancelled)
    }

    /// Tells a sentence for the run's log.
    pub fn log(&mut self, line: String) -> bool {
        self.tell(&TrainEvent::Log(line))
    }
}
