//! What keys say of findings. The image stays: it may have several.

use crate::domain::Presence;
use crate::session::{Command, Edit, View};
use crate::ui::review::state::ReviewState;

impl ReviewState {
    /// A finding is present; one that is present already is absent.
    pub(super) fn call_present(&mut self, commands: &mut Vec<Command>, view: &View, finding: usize) {
        self.call(commands, view, finding, |now| match now {
            Some(Presence::Present) => Some(Presence::Absent),
            Some(Presence::Absent | Presence::Uncertain) | None => Some(Presence::Present),
        });
    }

    /// A finding is uncertain; of one that is uncertain already nothing is said any more.
    pub(super) fn call_uncertain(&mut self, commands: &mut Vec<Command>, view: &View, finding: usize) {
        self.call(commands, view, finding, |now| match now {
            Some(Presence::Uncertain) => None,
            Some(Presence::Present | Presence::Absent) | None => Some(Presence::Uncertain),
        });
    }

    fn call(
        &mut self,
        commands: &mut Vec<Command>,
        view: &View,
        finding: usize,
        next: impl FnOnce(Option<Presence>) -> Option<Presence>,
    ) {
        let Some(current) = self.current(view) else { return };
        if current.project.classes.finding_places().any(|place| place == finding) {
            let presence = next(current.findings().get(finding));
            self.annotate(commands, view, current.row.id, Edit::Finding { finding, presence });
        }
    }
}
